// Inside this folder: the hosts of a crawl, each with what waits to be asked of it, and whose turn it is.
// However many hosts a list names, few are kept: one that is at rest is forgotten, together with its robots.txt, which
// is fetched anew if the host comes up again. Nothing that slows requests down is forgotten before it is over.
// Pure logic: the caller says what time it is. Threads: none.
// Cost: O(log n) a call, but for forget().
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "ootd/crawl/crawl_ledger.h"
#include "ootd/crawl/host_pacer.h"
#include "ootd/crawl/robots.h"

namespace ootd {

// A url on its way; no == 0: a robots.txt, which is in no ledger.
struct CrawlTask {
  CrawlUrl at;
  std::string url;  // at.url, or where redirects have led
  int hops = 0;
  PaceClock::time_point not_before;
  bool as_sent = false;  // its Content-Encoding cannot be true
  bool is_robots() const { return at.no == 0; }
  bool is_page() const { return !at.request.empty(); }
};

// What a host answered of late, one answer for each url: tells a broken object from a host in trouble. A url that fails
// once more says nothing new of the host: at the end of a run there may be none but broken ones to ask for.
class RecentAnswers {
 public:
  void note(std::int64_t no, bool good);
  void forget(std::int64_t no);  // its failures were its own
  // Whether the failure of this url, too, speaks for a trouble of the host: the one before failed, and so did half of
  // the others.
  bool trouble_beside(std::int64_t no) const;
  // So many failures are this url's own fault: two where all others come, more where others fail as well; nothing where
  // too few come to tell.
  std::optional<int> own_failures(std::int64_t no) const;

 private:
  static constexpr std::size_t kAnswers = 8;
  struct Answer {
    std::int64_t no = 0;
    bool good = false;
  };
  struct Others {
    int good = 0, bad = 0;
    bool last_is_bad = false;
  };
  Others others(std::int64_t no) const;

  std::vector<Answer> answers_;  // oldest first
};

struct Site {
  Site(std::string name, const Politeness& politeness) : origin(std::move(name)), pacer(politeness) {}

  const std::string origin;
  HostPacer pacer;
  RecentAnswers answers;
  std::optional<Robots> robots;
  PaceClock::time_point robots_until;  // when they are too old (RFC 9309, 2.4: a day)
  bool robots_underway = false;
  int robots_attempts = 0;      // in a row that failed
  std::string robots_problem;   // why there will be none until this host is forgotten
  bool photos_as_sent = false;  // those of this host say a Content-Encoding that cannot be true
  std::deque<CrawlTask> waiting;
  std::vector<CrawlTask> later;                               // whose not_before is to come
  std::string given_up;                                       // why no more is asked in this run
  PaceClock::time_point turn = PaceClock::time_point::max();  // kept by Sites

  std::size_t open() const { return waiting.size() + later.size(); }
  // A photo that failed waits behind all others, which may come meanwhile.
  void collect_due(PaceClock::time_point now);
  // When something can be done; max(): nothing is open, or not before a request has ended.
  PaceClock::time_point next_turn() const;
};

class Sites {
 public:
  using Time = PaceClock::time_point;

  // most_at_rest: from so many hosts on, those at rest are forgotten.
  explicit Sites(const Politeness& politeness, std::size_t most_at_rest = 10'000)
      : politeness_(politeness), most_at_rest_(most_at_rest), forget_at_(most_at_rest) {}

  Site& of(const std::string& origin);  // stays where it is until forget()
  void schedule(Site& site);            // after any change of the site
  Site* due(Time now);                  // the one whose turn is longest past; call schedule() after serving it
  Time next_turn() const { return turns_.empty() ? Time::max() : turns_.begin()->first; }

  // Forgets hosts at rest, if there are too many. Cost: O(n) every time that n has doubled.
  void forget(Time now);

  std::size_t size() const { return sites_.size(); }
  auto begin() const { return sites_.begin(); }  // pairs of origin and site
  auto end() const { return sites_.end(); }

 private:
  const Politeness politeness_;
  const std::size_t most_at_rest_;
  std::size_t forget_at_;
  std::map<std::string, Site> sites_;
  std::set<std::pair<Time, Site*>> turns_;
};

}  // namespace ootd
