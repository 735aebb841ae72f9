#include "ootd/text/html_entities.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <unordered_map>

#include "ootd/text/html_entities_table.h"
#include "ootd/text/mojibake.h"
#include "ootd/text/unicode.h"

namespace ootd {
namespace {

constexpr std::size_t kMaxName = 32;  // longest name, with its semicolon

using Entities = std::unordered_map<std::string_view, std::u32string>;

const Entities& entities() {
  static const Entities table = [] {
    Entities built;
    std::string_view left = kHtmlEntities;
    const auto word = [&] {
      const auto begin = left.find_first_not_of(" \n");
      if (begin == std::string_view::npos) return std::string_view();
      left.remove_prefix(begin);
      const auto found = left.substr(0, left.find_first_of(" \n"));
      left.remove_prefix(found.size());
      return found;
    };
    for (auto name = word(); !name.empty(); name = word()) {
      std::u32string& text = built[name];
      const std::string_view hex = word();
      for (const char *at = hex.data(), *end = at + hex.size(); at < end; ++at) {
        std::uint32_t c = 0;
        at = std::from_chars(at, end, c, 16).ptr;
        text += static_cast<char32_t>(c);
      }
    }
    return built;
  }();
  return table;
}

const std::u32string* find_entity(const std::string& name) {
  const auto found = entities().find(name);
  return found == entities().end() ? nullptr : &found->second;
}

bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_hex(char32_t c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

std::u32string character(std::uint32_t code) {
  if (code >= 0x80 && code < 0xa0) {
    const std::u32string read = mend_mojibake(std::u32string(1, code));  // as Windows-1252
    return read;
  }
  if (code == 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return U"\ufffd";
  const bool control = code < 0x20 && code != '\t' && code != '\n' && code != '\f' && code != '\r';
  const bool never = (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code < 0xfdf0);
  if (control || code == 0x7f || never) return {};
  return std::u32string(1, code);
}

struct Reference {
  std::size_t length;  // from the '&' on
  std::u32string text;
};

// text: from "&#" on.
std::optional<Reference> numeric(std::u32string_view text) {
  const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  std::size_t at = hex ? 3 : 2;
  const std::size_t first = at;
  std::uint32_t code = 0;
  for (; at < text.size() && (hex ? is_hex(text[at]) : is_digit(text[at])); ++at) {
    const char32_t digit = is_digit(text[at]) ? text[at] - '0' : (text[at] | 0x20) - 'a' + 10;
    code = std::min<std::uint32_t>(code * (hex ? 16 : 10) + digit, 0x110000);
  }
  if (at == first) return std::nullopt;
  if (at < text.size() && text[at] == ';') ++at;
  return Reference{at, character(code)};
}

// Calls at('&...') for each '&' and puts what it gives in its place.
template <class Find>
std::u32string replace_references(std::u32string_view text, const Find& find) {
  std::u32string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '&') {
      if (auto reference = find(text.substr(i))) {
        out += reference->text;
        i += reference->length;
        continue;
      }
    }
    out += text[i++];
  }
  return out;
}

// The ASCII letters and digits behind the '&', at most `most`.
std::string name_of(std::u32string_view text, std::size_t most) {
  std::string name;
  for (std::size_t i = 1; i < text.size() && name.size() < most; ++i) {
    const char32_t c = text[i];
    if (!is_digit(c) && !((c | 0x20) >= 'a' && (c | 0x20) <= 'z' && c < 0x80)) break;
    name += static_cast<char>(c);
  }
  return name;
}

}  // namespace

std::u32string unescape_html(std::u32string_view text) {
  return replace_references(text, [](std::u32string_view at) -> std::optional<Reference> {
    if (at.size() > 1 && at[1] == '#') return numeric(at);
    std::string name = name_of(at, kMaxName);
    if (name.size() + 1 < at.size() && at[name.size() + 1] == ';') name += ';';
    for (; name.size() > 1; name.pop_back())
      if (const auto* found = find_entity(name)) return Reference{name.size() + 1, *found};
    return std::nullopt;
  });
}

std::u32string unescape_html_strictly(std::u32string_view text) {
  return replace_references(text, [](std::u32string_view at) -> std::optional<Reference> {
    if (at.size() > 1 && at[1] == '#') {
      auto reference = numeric(at);
      return reference && at[reference->length - 1] == ';' ? reference : std::nullopt;
    }
    const std::string name = name_of(at, kMaxName);
    const std::size_t length = name.size() + 2;
    if (length > at.size() || at[length - 1] != ';') return std::nullopt;
    if (const auto* found = find_entity(name + ";")) return Reference{length, *found};
    // A name all in capitals whose lower-case form is known.
    const std::u32string lowered = lower(at.substr(1, name.size()));
    if (name != encode_utf8(upper(lowered))) return std::nullopt;
    const auto* found = find_entity(encode_utf8(lowered) + ";");
    return found ? std::optional(Reference{length, upper(*found)}) : std::nullopt;
  });
}

}  // namespace ootd
