// The Unicode that labels and text cleaning need, on code points. Unicode data: utf8proc, whose only home this is.
#pragma once

#include <string>
#include <string_view>

namespace ootd {

bool is_utf8(std::string_view bytes);

// Each byte run that is no UTF-8 becomes one U+FFFD, cut as Python's errors="replace" does.
std::u32string decode_utf8(std::string_view bytes);
std::string encode_utf8(std::u32string_view text);

bool is_space(char32_t c);  // Python's str.isspace()

// Python's str.lower(): full mapping (U+0130 gives two code points), and a capital sigma at the end of a word becomes
// the final one.
std::u32string lower(std::u32string_view text);

std::u32string nfc(std::u32string_view text);
std::u32string nfkc(char32_t c);

// A label, a filter's word or a person's name as it is kept: NFC (macOS writes file names decomposed), without spaces
// at its ends. Bytes that are no UTF-8 stay as they are.
std::string tidy_word(std::string_view text);

}  // namespace ootd
