#include "ootd/crawl/url_text.h"

#include <charconv>
#include <cstdio>

#include "ootd/base/error.h"
#include "ootd/http/url.h"

namespace ootd {
namespace {

constexpr std::string_view kUnreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789_";
constexpr std::string_view kHtmlBlank = " \t\r\n\f";

std::string escape_all_but(std::string_view text, std::string_view kept) {
  std::string escaped;
  for (const char c : text) {
    if (kept.find(c) != std::string_view::npos && c != '\0') {
      escaped += c;
    } else {
      char code[4];
      std::snprintf(code, sizeof code, "%%%02X", static_cast<unsigned char>(c));
      escaped += code;
    }
  }
  return escaped;
}

// Calls `each` for the texts between placeholders (false) and the names of these (true).
void split_template(std::string_view text, const std::function<void(std::string_view, bool)>& each) {
  std::size_t plain = 0;
  for (std::size_t open = text.find('{'); open != std::string_view::npos; open = text.find('{', open + 1)) {
    const std::size_t close = text.find_first_not_of(kNameCharacters, open + 1);
    if (close == std::string_view::npos || text[close] != '}' || close == open + 1) continue;
    each(text.substr(plain, open - plain), false);
    each(text.substr(open + 1, close - open - 1), true);
    plain = close + 1;
  }
  each(text.substr(plain), false);
}

}  // namespace

std::string expand(std::string_view text, const std::function<std::optional<std::string>(const std::string&)>& value) {
  std::string expanded;
  split_template(text, [&](std::string_view part, bool is_name) {
    if (!is_name)
      expanded += part;
    else if (const auto found = value(std::string(part)))
      expanded += *found;
    else
      expanded.append("{").append(part).append("}");
  });
  return expanded;
}

std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> names;
  split_template(text, [&](std::string_view part, bool is_name) {
    if (is_name) names.emplace_back(part);
  });
  return names;
}

std::string escape_url(std::string_view value) { return escape_all_but(value, kUnreserved); }

std::optional<std::string> absolute_url(const std::string& base, std::string_view link) {
  static const std::string kept = std::string(kUnreserved) + "%:/?#[]@!$&'()*+,;=";
  const std::size_t begin = link.find_first_not_of(kHtmlBlank);
  if (begin == std::string_view::npos) return std::nullopt;
  link = link.substr(begin, link.find_last_not_of(kHtmlBlank) - begin + 1);
  link = link.substr(0, link.find('#'));
  if (link.empty()) return std::nullopt;
  try {
    const std::string escaped = escape_all_but(link, kept);
    const std::string whole = resolve_url(base.empty() ? escaped : base, escaped);
    origin_of(whole);
    return whole;
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::string largest_of_srcset(std::string_view srcset) {
  std::string best;
  double best_size = 0;
  while (true) {
    const std::size_t begin = srcset.find_first_not_of(" \t\r\n\f,");
    if (begin == std::string_view::npos) return best;
    srcset.remove_prefix(begin);
    // A url may hold commas, but does not end in one (HTML, "parse a srcset attribute").
    const std::size_t url_end = std::min(srcset.find_first_of(kHtmlBlank), srcset.size());
    std::string_view url = srcset.substr(0, url_end);
    srcset.remove_prefix(url_end);
    double size = 1;
    if (url.ends_with(',')) {
      url = url.substr(0, url.find_last_not_of(',') + 1);
    } else {
      const std::size_t end = std::min(srcset.find(','), srcset.size());
      const std::size_t number = srcset.find_first_of("0123456789.");
      if (number < end) std::from_chars(srcset.data() + number, srcset.data() + end, size);
      srcset.remove_prefix(end);
    }
    if (size > best_size) {
      best_size = size;
      best = url;
    }
  }
}

std::string tidy_text(std::string_view text) {
  std::string tidy;
  for (const char c : text) {
    if (kHtmlBlank.find(c) == std::string_view::npos)
      tidy += c;
    else if (!tidy.empty() && tidy.back() != ' ')
      tidy += ' ';
  }
  if (tidy.ends_with(' ')) tidy.pop_back();
  return tidy;
}

}  // namespace ootd
