#include "ootd/crawl/url_text.h"

#include <algorithm>
#include <charconv>
#include <cstdio>

#include "ootd/base/error.h"
#include "ootd/http/url.h"
#include "ootd/ingest/annotations.h"

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

// "http:" or "https:" in small letters, or empty.
std::string http_scheme(std::string_view link) {
  const std::string begin = lower_case(link.substr(0, 6));
  return begin == "https:" ? begin : begin.starts_with("http:") ? "http:" : "";
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

std::string_view trimmed(std::string_view text) {
  const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_http_url(std::string_view link) { return !http_scheme(trimmed(link)).empty(); }

bool is_data_url(std::string_view link) { return lower_case(trimmed(link).substr(0, 5)) == "data:"; }

std::optional<std::string> absolute_url(const std::string& base, std::string_view link) {
  static const std::string kept = std::string(kUnreserved) + "%:/?#[]@!$&'()*+,;=";
  std::string text(trimmed(link));
  std::erase_if(text, [](char c) { return c == '\t' || c == '\r' || c == '\n'; });
  text.resize(std::min(text.find('#'), text.size()));
  std::replace(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(std::min(text.find('?'), text.size())), '\\',
               '/');
  // "https:/a" and "https:a" are whole links, but next to a base of the same scheme relative ones.
  const std::string scheme = http_scheme(text);
  std::string rest = text.substr(scheme.size());
  const std::size_t slashes = std::min(rest.find_first_not_of('/'), rest.size());
  if (!scheme.empty() && (slashes >= 2 || !base.starts_with(scheme)))
    text = scheme + "//" + rest.substr(slashes);
  else
    text = slashes >= 2 ? rest.substr(slashes - 2) : rest;
  if (text.empty()) return std::nullopt;
  try {
    const std::string escaped = escape_all_but(text, kept);
    std::string whole = resolve_url(base.empty() ? escaped : base, escaped);
    origin_of(whole);
    const std::size_t host = whole.find("://") + 3, end = std::min(whole.find_first_of("/?", host), whole.size());
    const std::size_t user = whole.rfind('@', end);
    const std::size_t from = user == std::string::npos || user < host ? host : user + 1;
    return whole.replace(from, end - from, lower_case(whole.substr(from, end - from)));
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
    if (size > best_size && !is_data_url(url)) {
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
