// What is done to a text before it is cut into pieces, as its checkpoint says (Cleaning in input_spec.h).
#pragma once

#include <string>
#include <string_view>

#include "ootd/base/input_spec.h"

namespace ootd {

// Lower-case is Python's str.lower(); all but kLowercase and kNone also make each run of white space one space and drop
// it at both ends. Bytes that are no UTF-8 become U+FFFD; the result is UTF-8. Pure; any thread. Cost: linear in the
// text, but for n log n within a run of combining marks.
//
// kCanonicalize and kOpenClip are open_clip's "canonicalize" and "lower". Of what ftfy mends there, curly quotes, full-
// and half-width forms, ligatures, idle controls, line breaks and NFC are done; text that was once read in the wrong
// encoding ("cafÃ©"), character references ("&amp;") and a terminal's colours stay as they are typed. kClip is
// transformers' CLIPTokenizer, which calls no ftfy.
std::string clean_text(std::string_view text, Cleaning cleaning);

}  // namespace ootd
