#include "ootd/crawl/host_pacer.h"

#include <algorithm>

namespace ootd {
namespace {

constexpr double kFirstPause_s = 1, kLeastAllowed = 0.125;
constexpr double kLatest_s = 0.1;  // that a wake-up may be
// Of a new answer in the moving averages. What is usual falls faster than it rises, so that a host that is being
// overrun is not taken for a slow one; until there are some answers it is their mean.
constexpr double kRecentWeight = 0.2, kFallWeight = 0.05, kRiseWeight = 0.005;
constexpr int kFirstAnswers = 20;

PaceClock::duration seconds(double value) {
  return std::chrono::duration_cast<PaceClock::duration>(std::chrono::duration<double>(value));
}

}  // namespace

HostPacer::HostPacer(const Politeness& politeness)
    : most_(std::max(1, politeness.connections)),
      gap_s_(politeness.requests_per_second > 0 ? 1 / politeness.requests_per_second : 0),
      delay_s_(politeness.min_delay_s),
      allowed_(most_) {}

void HostPacer::set_crawl_delay(double delay_s) {
  if (delay_s <= 0) return;
  delay_s_ = std::max(delay_s_, delay_s);
  next_ = std::max(next_, started_at_ + seconds(delay_s_));  // the request for robots.txt counts
  single_ = true;
}

std::optional<PaceClock::time_point> HostPacer::next_start() const {
  const int at_once = single_ ? 1 : std::max(1, static_cast<int>(allowed_));
  if (in_flight_ >= at_once) return std::nullopt;
  return std::max(next_, paused_until_);
}

void HostPacer::started(PaceClock::time_point now) {
  ++in_flight_;
  started_at_ = now;
  // From the time that was planned, if it is just past: else each wake-up that comes late would lower the rate.
  const PaceClock::time_point from =
      now - next_ < seconds(std::min(gap_s_, kLatest_s)) ? std::max(next_, paused_until_) : now;
  next_ = std::max(from + seconds(gap_s_), now + seconds(delay_s_));
}

bool HostPacer::at_rest(PaceClock::time_point now) const {
  const bool slowed = allowed_ < most_ && now - slowed_at_ < seconds(kLongestPause_s);
  return in_flight_ == 0 && now >= std::max(next_, paused_until_) && !slowed;
}

void HostPacer::slow_down(PaceClock::time_point now, double least) {
  // Requests that were in flight together tell of one and the same trouble.
  if (slowed_at_ != PaceClock::time_point() && now - slowed_at_ < seconds(std::max(usual_s_, kFirstPause_s))) return;
  slowed_at_ = now;
  allowed_ = std::max(std::min(least, allowed_), allowed_ / 2);
}

void HostPacer::ended(PaceClock::time_point now, const Pace& pace) {
  --in_flight_;
  if (pace.outcome == Pace::Outcome::kSetback) return slow_down(now, 1);
  if (pace.outcome == Pace::Outcome::kBusy) {
    slow_down(now, kLeastAllowed);
    if (now >= paused_until_) pause_s_ = std::min(kLongestPause_s, std::max(kFirstPause_s, 2 * pause_s_));
    paused_until_ = std::max(paused_until_, now + seconds(pace.retry_after_s.value_or(pause_s_)));
    return;
  }
  pause_s_ = 0;
  bool slower = false;
  if (pace.first_byte_s) {
    const double answer_s = *pace.first_byte_s;
    recent_s_ += (timed_ == 0 ? 1 : kRecentWeight) * (answer_s - recent_s_);
    ++timed_;
    const double weight = answer_s < usual_s_ ? kFallWeight : kRiseWeight;
    usual_s_ += std::max(weight, timed_ <= kFirstAnswers ? 1.0 / timed_ : 0.0) * (answer_s - usual_s_);
    slower = recent_s_ > std::max(kLeastSlow_s, kSlower * usual_s_);
  }
  if (slower)
    slow_down(now, 1);
  else
    allowed_ = std::min<double>(most_, allowed_ + 1 / std::max(1.0, allowed_));
  if (allowed_ < 1) paused_until_ = std::max(paused_until_, now + seconds((1 / allowed_ - 1) * recent_s_));
}

int minutes_until_open(const Politeness& politeness, int minute_of_day) {
  const int from = politeness.from_minute, until = politeness.until_minute;
  const bool open =
      from <= until ? minute_of_day >= from && minute_of_day < until : minute_of_day >= from || minute_of_day < until;
  constexpr int kDay = 24 * 60;
  return open ? 0 : (from - minute_of_day + kDay) % kDay;
}

}  // namespace ootd
