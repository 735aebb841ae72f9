// The Robots Exclusion Protocol, RFC 9309: which paths of a site a crawler may fetch. The caller fetches and caches
// robots.txt (RFC 9309 section 2.4: for at most 24 hours).
// Threads: an object is immutable.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ootd {

class Robots {
 public:
  // RFC 9309 section 2.5: what is beyond these bytes is not read.
  static constexpr std::size_t kMaxBytes = 500 * 1024;

  // Never throws: lines that make no sense say nothing.
  static Robots parse(std::string_view text);
  // By the status of the answer (section 2.3.1), redirects followed: 2xx is parsed, 4xx but 429 (and a redirect that
  // leads nowhere) allows all, anything else, also 0 for no answer at all, forbids all.
  static Robots of_answer(int status, std::string_view body);
  static Robots allow_all();
  static Robots forbid_all();

  // product: the crawler's name, as in "ootd/0.1": the letters, "-" and "_" of it count. path: of the url, from "/" on,
  // with its query. /robots.txt itself is always allowed.
  bool allowed(std::string_view product, std::string_view path) const;
  // Seconds between two requests: no part of the RFC, but widely used.
  std::optional<double> crawl_delay(std::string_view product) const;
  const std::vector<std::string>& sitemaps() const { return sitemaps_; }

 private:
  struct Rule {
    std::u16string pattern;  // octets, and what * and $ mean
    bool allow = false;
  };
  struct Group {
    std::vector<std::string> products;  // lower case; "*" = everybody else
    std::vector<Rule> rules;
    std::optional<double> crawl_delay;
  };
  // The groups that speak to this crawler, which count as one.
  std::vector<const Group*> groups_of(std::string_view product) const;

  std::vector<Group> groups_;
  std::vector<std::string> sitemaps_;
  bool forbid_all_ = false;
};

}  // namespace ootd
