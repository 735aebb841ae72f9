// Mends text whose UTF-8 was once read as Windows-1252 or Latin-1: "cafÃ©" -> "café", "itâ€™s" -> "it’s".
#pragma once

#include <string>
#include <string_view>

namespace ootd {

// One line of text, mended as often as it was broken (at most four times). C1 control characters that remain are read
// as Windows-1252 (U+0092 -> U+2019). A letter with the characters behind it is taken for a broken one if they code a
// UTF-8 character and do not look like text: text has closing punctuation and signs behind a capital ("CAFÉ™",
// "MÜLLER’S"), but neither a currency sign nor, behind lower-case letters, an opening quote. If one such place is found
// and the whole line codes UTF-8, the whole line is decoded, else only the places found.
std::u32string mend_mojibake(std::u32string line);

}  // namespace ootd
