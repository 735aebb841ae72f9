// How fast one host may be asked: a fixed rate from the recipe and robots.txt, and a number of requests at once that
// follows how the host bears it (additive increase, multiplicative decrease; Chiu & Jain 1989, as in TCP): it halves on
// 429, errors of the server, time-outs and when answers take much longer than they did, and grows by one for each such
// number of good answers. It may fall below one: then there are pauses between requests.
// Pure logic: the caller says what time it is. Threads: none.
#pragma once

#include <chrono>
#include <optional>

#include "ootd/crawl/recipe.h"

namespace ootd {

using PaceClock = std::chrono::steady_clock;

// How a request ended, as far as the host's health goes.
struct Pace {
  enum class Outcome {
    kGood,
    kSetback,  // an error, a cut or no answer in time, which may be the url's own fault: no reason for a pause
    kBusy,     // the same, of the host
  };
  Outcome outcome = Outcome::kGood;
  std::optional<double> first_byte_s;  // nothing: tells nothing of how fast photos come (robots.txt, errors)
  std::optional<double> retry_after_s;
};

class HostPacer {
 public:
  // A host that answers this many times slower than it usually does is slowed down, but not for less than this.
  static constexpr double kSlower = 3, kLeastSlow_s = 0.5;
  static constexpr double kLongestPause_s = 60;  // of our own; a host's Retry-After may be longer

  explicit HostPacer(const Politeness& politeness);

  // robots.txt's Crawl-delay: one request at a time, so many seconds apart, if that is slower than the recipe.
  void set_crawl_delay(double seconds);

  // When the next request may start (at once if it is past); nothing: not before one in flight has ended.
  std::optional<PaceClock::time_point> next_start() const;
  void started(PaceClock::time_point now);
  void ended(PaceClock::time_point now, const Pace& pace);

  int in_flight() const { return in_flight_; }
  double allowed() const { return allowed_; }  // requests at once
  double usual_s() const { return usual_s_; }  // a good answer's usual time to the first byte; 0: not known
  bool pausing(PaceClock::time_point now) const { return now < paused_until_; }
  // A new pacer in its place would ask nothing sooner: nothing is in flight, all delays and pauses are over, and no
  // slow-down is recent.
  bool at_rest(PaceClock::time_point now) const;

 private:
  void slow_down(PaceClock::time_point now, double least);

  const int most_;      // requests at once
  const double gap_s_;  // on the average: makes up for wake-ups that come late
  double delay_s_;      // at least, always
  double allowed_;
  double usual_s_ = 0, recent_s_ = 0;
  double pause_s_ = 0;  // the last one of our own; doubled while the host stays busy
  int in_flight_ = 0, timed_ = 0;
  PaceClock::time_point started_at_, next_, paused_until_, slowed_at_;
  bool single_ = false;
};

// Whether the recipe's hours are open at this minute of the local day, and else how many minutes it takes.
int minutes_until_open(const Politeness& politeness, int minute_of_day);

}  // namespace ootd
