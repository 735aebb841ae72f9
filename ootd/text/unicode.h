// The Unicode that text cleaning needs, on code points. Unicode data: utf8proc, whose only home this is.
#pragma once

#include <string>
#include <string_view>

namespace ootd {

bool is_utf8(std::string_view bytes);

// Each byte run that is no UTF-8 becomes one U+FFFD, cut as Python's errors="replace" does.
std::u32string decode_utf8(std::string_view bytes);
std::string encode_utf8(std::u32string_view text);

bool is_space(char32_t c);   // Python's str.isspace()
bool is_letter(char32_t c);  // \p{L} of regular expressions
bool is_number(char32_t c);  // \p{N}

// Python's str.lower(): full mapping (U+0130 gives two code points), and a capital sigma at the end of a word becomes
// the final one.
std::u32string lower(std::u32string_view text);

std::u32string nfc(std::u32string_view text);
std::u32string nfkc(char32_t c);

}  // namespace ootd
