#include "ootd/ingest/text_encoding.h"

#include <iconv.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string_view>

#include "ootd/base/unicode.h"

namespace ootd {
namespace {

// Nothing if a byte sequence means nothing there.
std::optional<std::string> convert(std::string_view bytes, const char* from) {
  const iconv_t converter = ::iconv_open("UTF-8", from);
  if (converter == reinterpret_cast<iconv_t>(-1)) return std::nullopt;
  const std::unique_ptr<void, decltype(&::iconv_close)> owner(converter, ::iconv_close);
  std::string text(bytes.size() * 3, '\0');  // no unit of any of these gives more
  char* in = const_cast<char*>(bytes.data());
  char* out = text.data();
  std::size_t in_left = bytes.size(), out_left = text.size();
  if (::iconv(converter, &in, &in_left, &out, &out_left) == static_cast<std::size_t>(-1) || in_left > 0)
    return std::nullopt;
  text.resize(text.size() - out_left);
  return text;
}

// How many of the characters beyond ASCII are of each sort.
struct Sorts {
  std::int64_t all = 0, hangul = 0, kana = 0, han = 0, marks = 0, other = 0;
};
Sorts sorts_of(std::string_view text) {
  Sorts sorts;
  for (const char32_t c : decode_utf8(text)) {
    if (c < 0x80) continue;
    ++sorts.all;
    if (c >= 0xac00 && c <= 0xd7a3)
      ++sorts.hangul;
    else if (c >= 0x3040 && c <= 0x30ff)
      ++sorts.kana;
    else if (c >= 0x4e00 && c <= 0x9fff)
      ++sorts.han;
    else if ((c >= 0x3000 && c <= 0x303f) || (c >= 0xff01 && c <= 0xff5e) || (c >= 0x2010 && c <= 0x2026) || c == 0xb7)
      ++sorts.marks;
    else
      ++sorts.other;
  }
  return sorts;
}

// Both bytes of each character beyond ASCII are: any two accents of western Europe are such a pair, too, but those that
// stand alone are none.
bool all_in_high_pairs(std::string_view bytes, unsigned char first_lead, unsigned char last_lead) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto lead = static_cast<unsigned char>(bytes[i]);
    if (lead < 0x80) continue;
    if (lead < first_lead || lead > last_lead || ++i == bytes.size() || static_cast<unsigned char>(bytes[i]) < 0xa1)
      return false;
  }
  return true;
}

// Accents stand among letters, at most two side by side; a word of nothing else is of another alphabet's code page.
bool looks_western(std::string_view bytes) {
  constexpr std::string_view kMarks = "\x80\x85\x91\x92\x93\x94\x95\x96\x97\x99\xa0\xa3\xa9\xab\xae\xb0\xb4\xb7\xbb";
  int run = 0;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      run = 0;
    } else if (byte >= 0xc0 && byte != 0xd7 && byte != 0xf7) {
      if (++run > 2) return false;
    } else if (kMarks.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

std::optional<std::string> from_code_page(std::string_view bytes) {
  if (auto text = convert(bytes, "CP949")) {
    const Sorts sorts = sorts_of(*text);
    if (sorts.hangul * 10 >= sorts.all * 8 && sorts.hangul + sorts.han + sorts.marks == sorts.all) return text;
  }
  if (auto text = convert(bytes, "CP932")) {
    const Sorts sorts = sorts_of(*text);
    if (sorts.kana * 10 >= sorts.all * 2 && sorts.other == 0 && sorts.hangul == 0) return text;
  }
  // The level of GB2312 that holds the common characters.
  if (all_in_high_pairs(bytes, 0xa1, 0xd7)) {
    if (auto text = convert(bytes, "GBK")) {
      const Sorts sorts = sorts_of(*text);
      if (sorts.han * 10 >= sorts.all * 7 && sorts.han + sorts.marks == sorts.all) return text;
    }
  }
  if (looks_western(bytes)) return convert(bytes, "WINDOWS-1252");
  return std::nullopt;
}

}  // namespace

std::string utf8_text(std::string bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.erase(0, 3);
  if (bytes.starts_with("\xFF\xFE")) return convert(std::string_view(bytes).substr(2), "UTF-16LE").value_or(bytes);
  if (bytes.starts_with("\xFE\xFF")) return convert(std::string_view(bytes).substr(2), "UTF-16BE").value_or(bytes);
  if (is_utf8(bytes)) return bytes;
  return from_code_page(bytes).value_or(bytes);
}

}  // namespace ootd
