#include "ootd/text/clean_text.h"

#include <algorithm>

#include "ootd/base/unicode.h"

namespace ootd {
namespace {

bool is_ascii_punctuation(char32_t c) {
  return (c >= '!' && c <= '/') || (c >= ':' && c <= '@') || (c >= '[' && c <= '`') || (c >= '{' && c <= '~');
}

// Characters that do nothing in a text, as ftfy lists them: controls but tab, line feed, form feed and carriage return;
// deprecated formatting, the byte order mark, interlinear annotation.
bool is_idle_control(char32_t c) {
  return c < 0x09 || c == 0x0b || (c >= 0x0e && c < 0x20) || c == 0x7f || (c >= 0x206a && c < 0x2070) || c == 0xfeff ||
         (c >= 0xfff9 && c < 0xfffd);
}

// What a character is plainly written as; the character itself if nothing else.
std::u32string plain(char32_t c) {
  if (c == 0x2bc || (c >= 0x2018 && c <= 0x201b)) return U"'";
  if (c >= 0x201c && c <= 0x201f) return U"\"";
  if (c == 0x3000) return U" ";
  if (c >= 0xff01 && c < 0xfff0) return nfkc(c);                  // full- and half-width forms
  if (c >= 0xfb00 && c <= 0xfb06 && c != 0xfb05) return nfkc(c);  // ff, fi, fl, ffi, ffl, st
  switch (c) {
    case 0xfb05:
      return U"\u017ft";
    case 0x132:
      return U"IJ";
    case 0x133:
      return U"ij";
    case 0x149:
      return U"'n";
    case 0x1c4:
      return U"D\u017d";
    case 0x1c5:
      return U"D\u017e";
    case 0x1c6:
      return U"d\u017e";
    case 0x1c7:
    case 0x1c8:
    case 0x1c9:
    case 0x1ca:
    case 0x1cb:
    case 0x1cc:
    case 0x1f1:
    case 0x1f2:
    case 0x1f3:
      return nfkc(c);  // LJ, Lj, lj, NJ, Nj, nj, DZ, Dz, dz
    case 0x85:
    case 0x2028:
    case 0x2029:
      return U"\n";
    default:
      return std::u32string(1, c);
  }
}

std::u32string simplify(std::u32string_view text) {
  std::u32string out;
  out.reserve(text.size());
  for (const char32_t c : text)
    if (!is_idle_control(c)) out += plain(c);
  return out;
}

// underscore_parts: '_' stands for a space; else it is deleted as all ASCII punctuation is.
std::u32string drop_punctuation(std::u32string_view text, bool underscore_parts) {
  std::u32string out;
  for (const char32_t c : text) {
    if (c == '_' && underscore_parts)
      out += ' ';
    else if (!is_ascii_punctuation(c))
      out += c;
  }
  return out;
}

// Each character alone, as the tokenizers library does it: no sigma becomes a final one.
std::u32string lower_each(std::u32string_view text) {
  std::u32string out;
  for (const char32_t c : text) out += lower(std::u32string_view(&c, 1));
  return out;
}

std::u32string collapse_spaces(std::u32string_view text) {
  std::u32string out;
  for (const char32_t c : text) {
    if (!is_space(c)) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  if (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::string clean_text(std::string_view bytes, Cleaning cleaning) {
  std::u32string text = decode_utf8(bytes);
  switch (cleaning) {
    case Cleaning::kCanonicalize:
      text = nfc(simplify(text));
      text = collapse_spaces(lower(drop_punctuation(text, /*underscore_parts=*/true)));
      break;
    case Cleaning::kSiglip:
      text = collapse_spaces(drop_punctuation(lower(text), /*underscore_parts=*/false));
      break;
    case Cleaning::kLowercase:
      text = lower(text);
      break;
    case Cleaning::kClip:
      text = lower_each(collapse_spaces(nfc(text)));
      break;
    case Cleaning::kOpenClip:
      text = lower(collapse_spaces(nfc(simplify(text))));
      break;
    case Cleaning::kNone:
      break;
  }
  return encode_utf8(text);
}

}  // namespace ootd
