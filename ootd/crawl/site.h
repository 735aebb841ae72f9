// Inside this folder: one host of a crawl, with what waits to be asked of it.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "ootd/crawl/host_pacer.h"
#include "ootd/crawl/robots.h"
#include "ootd/store/crawl_ledger.h"

namespace ootd {

// A url on its way; no == 0: a robots.txt, which is in no ledger.
struct CrawlTask {
  CrawlUrl at;
  std::string url;  // at.url, or where redirects have led
  int hops = 0;
  PaceClock::time_point not_before;
  bool is_robots() const { return at.no == 0; }
  bool is_page() const { return !at.request.empty(); }
};

struct Site {
  explicit Site(const Politeness& politeness) : pacer(politeness) {}

  HostPacer pacer;
  std::optional<Robots> robots;
  PaceClock::time_point robots_until;  // when they are too old (RFC 9309, 2.4: a day)
  bool robots_underway = false;
  int robots_attempts = 0;     // in a row that failed
  std::string robots_problem;  // why there will be none in this run
  std::deque<CrawlTask> waiting;
  std::vector<CrawlTask> later;  // whose not_before is to come
  std::string given_up;          // why no more is asked in this run

  std::size_t open() const { return waiting.size() + later.size(); }
  // What is due goes before what never was tried.
  void collect_due(PaceClock::time_point now) {
    for (std::size_t i = 0; i < later.size();) {
      if (later[i].not_before > now) {
        ++i;
        continue;
      }
      waiting.push_front(std::move(later[i]));
      later[i] = std::move(later.back());
      later.pop_back();
    }
  }
};

}  // namespace ootd
