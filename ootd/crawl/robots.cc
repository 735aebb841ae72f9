#include "ootd/crawl/robots.h"

#include <algorithm>
#include <charconv>

#include "ootd/ingest/annotations.h"

namespace ootd {
namespace {

constexpr std::string_view kBlank = " \t";

std::string_view trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// RFC 9309 section 2.2.1: letters, "_" and "-" make a product token; what follows, such as a version, is no part of it.
std::string product_token(std::string_view text) {
  if (text.starts_with('*') && (text.size() == 1 || kBlank.find(text[1]) != std::string_view::npos)) return "*";
  const auto is_part = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '-'; };
  return lower_case(text.substr(0, std::ranges::find_if_not(text, is_part) - text.begin()));
}

enum class Line { kUserAgent, kAllow, kDisallow, kCrawlDelay, kSitemap, kOther };

// With the misspellings that Google's parser reads, too: their owners meant something by them.
Line line_of(const std::string& key) {
  constexpr std::string_view kMisspelt[] = {"dissallow", "dissalow", "disalow", "diasllow", "disallaw"};
  if (key == "user-agent" || key == "useragent" || key == "user agent") return Line::kUserAgent;
  if (key == "allow") return Line::kAllow;
  if (key == "disallow" || std::ranges::find(kMisspelt, key) != std::end(kMisspelt)) return Line::kDisallow;
  if (key == "crawl-delay") return Line::kCrawlDelay;
  if (key == "sitemap" || key == "site-map") return Line::kSitemap;
  return Line::kOther;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Section 2.2.2 compares octets: %62 is b and a raw "é" is %C3%A9, but an escaped reserved character is not the raw
// one. So an octet of a path is its byte, and kEscaped where it is reserved (RFC 3986 section 2.2) and was written %XX.
constexpr char16_t kEscaped = 0x100, kStar = 0x200, kEnd = 0x201;

std::u16string octets_of(std::string_view text) {
  constexpr std::string_view kReserved = ":/?#[]@!$&'()*+,;=";
  std::u16string octets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int high = i + 2 < text.size() && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
    const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
    if (low < 0) {
      octets += static_cast<unsigned char>(text[i]);
      continue;
    }
    const char byte = static_cast<char>(high * 16 + low);
    const bool reserved = byte != '\0' && kReserved.find(byte) != std::string_view::npos;
    octets += static_cast<char16_t>(static_cast<unsigned char>(byte) | (reserved ? kEscaped : 0));
    i += 2;
  }
  return octets;
}

std::u16string pattern_of(std::string_view text) {
  std::u16string pattern;
  const std::u16string octets = octets_of(text);
  for (std::size_t i = 0; i < octets.size(); ++i) {
    if (octets[i] == u'*') {
      if (!pattern.ends_with(kStar)) pattern += kStar;
    } else {
      pattern += octets[i] == u'$' && i + 1 == octets.size() ? kEnd : octets[i];
    }
  }
  return pattern;
}

// A match is as specific as its rule has octets, non-ASCII ones counted as written, %XX.
std::size_t length_of(const std::u16string& pattern) {
  std::size_t length = 0;
  for (const char16_t octet : pattern) length += (octet & kEscaped) || (octet >= 0x80 && octet < kEscaped) ? 3 : 1;
  return length;
}

// The RFC's example compares "?baz=http://x" as "?baz=http%3A%2F%2Fx": in a query, both ways of writing are one. And
// %2A and %24 in a rule are how to write a star or dollar that means itself.
bool same_octet(char16_t rule, char16_t path, bool in_query) {
  if (rule == path) return true;
  if (((rule ^ path) & 0xFF) != 0 || rule >= kStar) return false;
  const char16_t byte = rule & 0xFF;
  return in_query || (rule > path && (byte == u'*' || byte == u'$'));
}

// Greedy: of several stars only the last one ever needs to take more.
bool matches(const std::u16string& pattern, const std::u16string& path, std::size_t query) {
  std::size_t p = 0, s = 0, star = std::u16string::npos, star_s = 0;
  while (true) {
    if (p == pattern.size()) return true;  // a rule is a prefix
    if (pattern[p] == kStar) {
      star = ++p;
      star_s = s;
    } else if (pattern[p] == kEnd ? s == path.size() : s < path.size() && same_octet(pattern[p], path[s], s > query)) {
      ++p;
      ++s;
    } else if (star != std::u16string::npos && star_s < path.size()) {
      p = star;
      s = ++star_s;
    } else {
      return false;
    }
  }
}

}  // namespace

Robots Robots::parse(std::string_view text) {
  Robots robots;
  if (text.size() > kMaxBytes) {
    text = text.substr(0, kMaxBytes);
    text = text.substr(0, text.find_last_of("\r\n") + 1);  // half a rule would say something else
  }
  for (const char byte : std::string_view("\xEF\xBB\xBF"))
    if (text.starts_with(byte)) text.remove_prefix(1);
  bool in_rules = true;  // the next user-agent line begins a new group
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    std::string_view line = trim(text.substr(0, std::min(end, text.find('#'))));
    text.remove_prefix(std::min(end + 1, text.size()));
    std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) colon = line.find_first_of(kBlank);  // "Disallow /x"
    if (colon == std::string_view::npos) continue;
    const std::string_view value = trim(line.substr(colon + 1));
    switch (line_of(lower_case(trim(line.substr(0, colon))))) {
      case Line::kUserAgent:
        if (in_rules) robots.groups_.emplace_back();
        in_rules = false;
        robots.groups_.back().products.push_back(product_token(value));
        break;
      case Line::kAllow:
      case Line::kDisallow:
        in_rules = true;
        if (robots.groups_.empty() || value.empty()) break;  // an empty rule forbids nothing
        robots.groups_.back().rules.push_back(
            {pattern_of(value), line_of(lower_case(trim(line.substr(0, colon)))) == Line::kAllow});
        break;
      case Line::kCrawlDelay: {
        double seconds = 0;
        const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
        if (!robots.groups_.empty() && error == std::errc() && seconds >= 0 && seconds < 1e9)
          robots.groups_.back().crawl_delay = seconds;
        break;
      }
      case Line::kSitemap:
        if (!value.empty()) robots.sitemaps_.emplace_back(value);
        break;
      case Line::kOther:
        break;
    }
  }
  return robots;
}

Robots Robots::of_answer(int status, std::string_view body) {
  if (status >= 200 && status < 300) return parse(body);
  return status >= 300 && status < 500 && status != 429 ? allow_all() : forbid_all();
}

Robots Robots::allow_all() { return {}; }

Robots Robots::forbid_all() {
  Robots robots;
  robots.forbid_all_ = true;
  return robots;
}

std::vector<const Robots::Group*> Robots::groups_of(std::string_view product) const {
  const std::string token = product_token(product);
  std::vector<const Group*> ours;
  for (const std::string& wanted : {token, std::string("*")}) {
    for (const Group& group : groups_)
      if (std::ranges::find(group.products, wanted) != group.products.end()) ours.push_back(&group);
    if (!ours.empty()) break;
  }
  return ours;
}

bool Robots::allowed(std::string_view product, std::string_view path) const {
  path = path.substr(0, path.find('#'));
  if (path == "/robots.txt") return true;
  if (forbid_all_) return false;
  const std::u16string octets = octets_of(path.empty() ? "/" : path);
  const std::size_t query = octets.find(u'?');
  std::size_t longest = 0;
  bool allow = true;
  for (const Group* group : groups_of(product)) {
    for (const Rule& rule : group->rules) {
      const std::size_t length = length_of(rule.pattern);
      if (length < longest || (length == longest && !rule.allow)) continue;  // of equals, the least restrictive
      if (!matches(rule.pattern, octets, query)) continue;
      longest = length;
      allow = rule.allow;
    }
  }
  return allow;
}

std::optional<double> Robots::crawl_delay(std::string_view product) const {
  std::optional<double> longest;
  for (const Group* group : groups_of(product))
    if (group->crawl_delay && (!longest || *group->crawl_delay > *longest)) longest = group->crawl_delay;
  return longest;
}

}  // namespace ootd
