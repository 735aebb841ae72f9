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
// kCanonicalize is open_clip's of that name, but what ftfy and HTML mend there stays as it is typed: text that was once
// read in the wrong encoding ("cafÃ©"), character references ("&amp;") and a terminal's colours.
std::string clean_text(std::string_view text, Cleaning cleaning);

}  // namespace ootd
