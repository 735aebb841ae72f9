// The Unicode that text cleaning and labels need. Unicode data: utf8proc, whose only home this is.
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

// A label's key or value as it is stored and compared, whoever wrote it: composed (NFC: macOS spells the folder 스트릿
// in pieces) and without white space, byte-order marks and zero-width spaces at its ends. Bytes that are no UTF-8 stay,
// but for ASCII blanks at the ends.
std::string label_text(std::string_view text);

}  // namespace ootd
