#include "ootd/base/unicode.h"

#include <utf8proc.h>

#include <algorithm>
#include <array>
#include <vector>

namespace ootd {
namespace {

constexpr char32_t kReplacement = 0xfffd;

struct Decoded {
  char32_t c = kReplacement;
  std::size_t bytes = 1;
  bool valid = false;
};

// The first code point, or how many bytes are the beginning of one that never ends (Unicode 15, table 3-7).
Decoded decode_one(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned lead = at(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4) return {};
  char32_t c = lead & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    unsigned low = 0x80, high = 0xbf;
    if (i == 1 && lead == 0xe0) low = 0xa0;   // no overlong forms,
    if (i == 1 && lead == 0xed) high = 0x9f;  // no surrogates,
    if (i == 1 && lead == 0xf0) low = 0x90;
    if (i == 1 && lead == 0xf4) high = 0x8f;  // nothing above U+10FFFF
    if (i == bytes.size() || at(i) < low || at(i) > high) return {kReplacement, i, false};
    c = c << 6 | (at(i) & 0x3fu);
  }
  return {c, length, true};
}

utf8proc_category_t category(char32_t c) { return utf8proc_category(static_cast<utf8proc_int32_t>(c)); }

bool in(char32_t c, char32_t first, char32_t last) { return first <= c && c <= last; }

// Unicode's property Cased: letters with case, and Other_Lowercase / Other_Uppercase of PropList.txt.
bool is_cased(char32_t c) {
  switch (category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
      return true;
    default:
      return c == 0xaa || c == 0xba || in(c, 0x2b0, 0x2b8) || in(c, 0x2c0, 0x2c1) || in(c, 0x2e0, 0x2e4) ||
             c == 0x345 || c == 0x37a || in(c, 0x1d2c, 0x1d6a) || c == 0x1d78 || in(c, 0x1d9b, 0x1dbf) || c == 0x2071 ||
             c == 0x207f || in(c, 0x2090, 0x209c) || in(c, 0x2160, 0x217f) || in(c, 0x24b6, 0x24e9) ||
             in(c, 0x1f130, 0x1f149) || in(c, 0x1f150, 0x1f169) || in(c, 0x1f170, 0x1f189);
  }
}

// Case_Ignorable: marks, format characters, modifiers, and Word_Break = MidLetter, MidNumLet, Single_Quote.
bool is_case_ignorable(char32_t c) {
  switch (category(c)) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_SK:
      return true;
    default:
      return c == '\'' || c == '.' || c == ':' || c == 0xb7 || c == 0x387 || c == 0x55f || c == 0x5f4 || c == 0x2018 ||
             c == 0x2019 || c == 0x2024 || c == 0x2027 || c == 0xfe13 || c == 0xfe52 || c == 0xfe55 || c == 0xff07 ||
             c == 0xff0e || c == 0xff1a;
  }
}

// The rule Final_Sigma of SpecialCasing.txt for the sigma at `at`. cased_before: the same question, looking back.
bool is_final_sigma(std::u32string_view text, std::size_t at, bool cased_before) {
  if (!cased_before) return false;
  for (std::size_t i = at + 1; i < text.size(); ++i)
    if (!is_case_ignorable(text[i])) return !is_cased(text[i]);
  return true;
}

std::u32string normalize(std::u32string_view text, int options) {
  std::vector<utf8proc_int32_t> decomposed;
  decomposed.reserve(text.size() + 32);
  for (const char32_t c : text) {
    std::array<utf8proc_int32_t, 32> parts;  // no character decomposes into more than 18
    const auto n = utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts.data(), parts.size(),
                                           static_cast<utf8proc_option_t>(options), nullptr);
    if (n < 0)
      decomposed.push_back(static_cast<utf8proc_int32_t>(c));
    else
      decomposed.insert(decomposed.end(), parts.begin(), parts.begin() + n);
  }
  // Marks go into the order of their classes. Stable and O(n log n) for any run of marks, unlike utf8proc's own sort.
  const auto combining_class = [](utf8proc_int32_t c) { return utf8proc_get_property(c)->combining_class; };
  for (auto begin = decomposed.begin(); begin != decomposed.end();) {
    auto end = begin;
    while (end != decomposed.end() && combining_class(*end) != 0) ++end;
    std::stable_sort(begin, end, [&](auto a, auto b) { return combining_class(a) < combining_class(b); });
    begin = end == decomposed.end() ? end : end + 1;
  }
  const auto length = utf8proc_normalize_utf32(decomposed.data(), static_cast<utf8proc_ssize_t>(decomposed.size()),
                                               static_cast<utf8proc_option_t>(options));
  return {decomposed.begin(), decomposed.begin() + (length < 0 ? 0 : length)};
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const Decoded next = decode_one(bytes);
    if (!next.valid) return false;
    bytes.remove_prefix(next.bytes);
  }
  return true;
}

std::u32string decode_utf8(std::string_view bytes) {
  std::u32string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const Decoded next = decode_one(bytes);
    text += next.c;
    bytes.remove_prefix(next.bytes);
  }
  return text;
}

std::string encode_utf8(std::u32string_view text) {
  std::string bytes;
  bytes.reserve(text.size());
  for (const char32_t c : text) {
    std::array<utf8proc_uint8_t, 4> coded;
    const auto n = utf8proc_encode_char(static_cast<utf8proc_int32_t>(c), coded.data());
    bytes.append(reinterpret_cast<const char*>(coded.data()), static_cast<std::size_t>(n));
  }
  return bytes;
}

bool is_letter(char32_t c) {
  const auto kind = category(c);
  return kind >= UTF8PROC_CATEGORY_LU && kind <= UTF8PROC_CATEGORY_LO;
}

bool is_number(char32_t c) {
  const auto kind = category(c);
  return kind >= UTF8PROC_CATEGORY_ND && kind <= UTF8PROC_CATEGORY_NO;
}

bool is_space(char32_t c) {
  return in(c, 0x09, 0x0d) || in(c, 0x1c, 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 || in(c, 0x2000, 0x200a) ||
         c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

std::u32string lower(std::u32string_view text) {
  std::u32string lowered;
  lowered.reserve(text.size());
  bool cased_before = false;  // the last character that is not case-ignorable is cased
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    if (c == 0x130)
      lowered += U"i\u0307";
    else if (c == 0x3a3)
      lowered += is_final_sigma(text, i, cased_before) ? U'\u03c2' : U'\u03c3';
    else
      lowered += static_cast<char32_t>(utf8proc_tolower(static_cast<utf8proc_int32_t>(c)));
    if (!is_case_ignorable(c)) cased_before = is_cased(c);
  }
  return lowered;
}

std::u32string nfc(std::u32string_view text) { return normalize(text, UTF8PROC_STABLE | UTF8PROC_COMPOSE); }

std::u32string nfkc(char32_t c) {
  return normalize(std::u32string_view(&c, 1), UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_COMPOSE);
}

std::string label_text(std::string_view text) {
  if (!is_utf8(text)) {
    constexpr std::string_view kBlank = " \t\r\n\v\f";
    const std::size_t begin = text.find_first_not_of(kBlank);
    if (begin == std::string_view::npos) return "";
    return std::string(text.substr(begin, text.find_last_not_of(kBlank) - begin + 1));
  }
  const std::u32string points = decode_utf8(text);
  // A zero-width joiner is part of an emoji, and may stand at no end.
  const auto is_empty = [](char32_t c) { return is_space(c) || c == 0xfeff || c == 0x200b; };
  const auto begin = std::ranges::find_if_not(points, is_empty);
  auto end = points.end();
  while (end != begin && is_empty(end[-1])) --end;
  return encode_utf8(nfc(std::u32string_view(begin, end)));
}

}  // namespace ootd
