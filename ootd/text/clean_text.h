// What is done to a text before it is cut into pieces, as its checkpoint says (Cleaning in input_spec.h).
#pragma once

#include <string>
#include <string_view>

#include "ootd/base/input_spec.h"

namespace ootd {

// Lower-case is Python's str.lower(); kCanonicalize and kSiglip also make each run of white space one space and drop it
// at both ends. Bytes that are no UTF-8 become U+FFFD; the result is UTF-8. Pure; any thread.
// Cost: linear in the text, but for n log n within a run of combining marks.
//
// The repair in kCanonicalize is ftfy.fix_text (6.3) with its default settings, except:
//  - text in the wrong encoding is mended if UTF-8 was read as Windows-1252 or Latin-1 (once or several times), not if
//    it was read as Windows-1250, -1251, -1253, -1254, -1257, ISO-8859-2, MacRoman or CP437; nor where bytes of it
//    were lost (ftfy's replace_lossy_sequences);
//  - whether two characters are such a broken one is decided by where they stand (see mojibake.h), not by ftfy's table
//    of unlikely neighbours;
//  - surrogates encoded as UTF-8 (CESU-8) are invalid bytes here, for the reader of UTF-8 as well as inside broken
//  text.
std::string clean_text(std::string_view text, Cleaning cleaning);

}  // namespace ootd
