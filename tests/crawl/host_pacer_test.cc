#include "ootd/crawl/host_pacer.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Time = PaceClock::time_point;

Politeness politeness(double per_second, int connections, double min_delay_s = 0) {
  Politeness politeness;
  politeness.requests_per_second = per_second;
  politeness.connections = connections;
  politeness.min_delay_s = min_delay_s;
  return politeness;
}

constexpr Time kBegin{std::chrono::hours(1)};
constexpr Pace kGood{Pace::Outcome::kGood, 0.05, {}};
constexpr Pace kBusy{Pace::Outcome::kBusy, {}, {}};

// A host that answers each request after `latency`; how many were started within `span`.
int started_within(HostPacer& pacer, Time& now, std::chrono::duration<double> span, double latency_s) {
  const Time end = now + std::chrono::duration_cast<PaceClock::duration>(span);
  std::vector<Time> in_flight;
  int started = 0;
  for (; now < end; now += milliseconds(1)) {
    while (!in_flight.empty() && in_flight.front() <= now) {
      pacer.ended(now, {Pace::Outcome::kGood, latency_s, {}});
      in_flight.erase(in_flight.begin());
    }
    for (auto at = pacer.next_start(); at && *at <= now; at = pacer.next_start()) {
      pacer.started(now);
      in_flight.push_back(now +
                          std::chrono::duration_cast<PaceClock::duration>(std::chrono::duration<double>(latency_s)));
      ++started;
    }
  }
  for (std::size_t i = 0; i < in_flight.size(); ++i) pacer.ended(now, {Pace::Outcome::kGood, latency_s, {}});
  return started;
}

TEST(HostPacer, KeepsTheRateOfTheRecipe) {
  HostPacer pacer(politeness(10, 100));
  Time now = kBegin;
  EXPECT_NEAR(started_within(pacer, now, seconds(10), 0.05), 100, 2);
}

TEST(HostPacer, HasNoMoreRequestsAtOnceThanTheRecipeSays) {
  HostPacer pacer(politeness(0, 4));
  Time now = kBegin;
  EXPECT_NEAR(started_within(pacer, now, seconds(10), 0.1), 4 * 10 / 0.1, 8);
}

TEST(HostPacer, ACrawlDelayMeansOneAtATime) {
  HostPacer pacer(politeness(10, 4));
  pacer.set_crawl_delay(2);
  Time now = kBegin;
  EXPECT_NEAR(started_within(pacer, now, seconds(20), 0.05), 10, 1);
  pacer.started(now);
  EXPECT_FALSE(pacer.next_start());
}

TEST(HostPacer, ACrawlDelayShorterThanTheRecipesChangesNoRate) {
  HostPacer pacer(politeness(1, 4, 3));
  pacer.set_crawl_delay(0.1);
  Time now = kBegin;
  EXPECT_NEAR(started_within(pacer, now, seconds(30), 0.05), 10, 1);
}

TEST(HostPacer, ADelayIsNeverShortenedAndARateOnlyByTheWakeUpThatCameLate) {
  HostPacer delayed(politeness(0, 1, 5)), rated(politeness(1, 1));
  for (HostPacer* pacer : {&delayed, &rated}) {
    pacer->started(kBegin);
    pacer->ended(kBegin + milliseconds(5900), kGood);  // it took long
    pacer->started(kBegin + milliseconds(5900));
    pacer->ended(kBegin + milliseconds(5910), kGood);
  }
  EXPECT_EQ(*delayed.next_start(), kBegin + milliseconds(10'900));
  EXPECT_EQ(*rated.next_start(), kBegin + milliseconds(6900));
  rated.started(kBegin + milliseconds(6950));
  rated.ended(kBegin + milliseconds(6950), kGood);
  EXPECT_EQ(*rated.next_start(), kBegin + milliseconds(7900));
}

TEST(HostPacer, TheRequestForRobotsTxtIsTheFirstThatItsCrawlDelayCounts) {
  HostPacer pacer(politeness(1, 4));
  pacer.started(kBegin);
  pacer.ended(kBegin + milliseconds(50), kGood);
  pacer.set_crawl_delay(10);
  EXPECT_EQ(*pacer.next_start(), kBegin + seconds(10));
}

TEST(HostPacer, IsAtRestWhenANewOneWouldAskNothingSooner) {
  HostPacer pacer(politeness(1, 4));
  EXPECT_TRUE(pacer.at_rest(kBegin));
  pacer.started(kBegin);
  EXPECT_FALSE(pacer.at_rest(kBegin + seconds(100))) << "in flight";
  pacer.ended(kBegin + milliseconds(50), kGood);
  EXPECT_FALSE(pacer.at_rest(kBegin + milliseconds(999)));
  EXPECT_TRUE(pacer.at_rest(kBegin + seconds(1)));
  pacer.started(kBegin + seconds(1));
  pacer.ended(kBegin + seconds(1), kBusy);
  EXPECT_FALSE(pacer.at_rest(kBegin + seconds(60))) << "it was slowed down";
  EXPECT_TRUE(pacer.at_rest(kBegin + seconds(62)));
}

TEST(HostPacer, WaitsAsLongAsTheHostAsks) {
  HostPacer pacer(politeness(0, 4));
  pacer.started(kBegin);
  pacer.ended(kBegin + milliseconds(10), {Pace::Outcome::kBusy, {}, 120.0});
  ASSERT_TRUE(pacer.next_start());
  EXPECT_EQ(*pacer.next_start(), kBegin + milliseconds(10) + seconds(120));
  EXPECT_TRUE(pacer.pausing(kBegin + seconds(100)));
}

TEST(HostPacer, RequestsOfOneMomentHalveOnlyOnceAndPausesDoubleFromTroubleToTrouble) {
  HostPacer pacer(politeness(0, 8));
  for (int i = 0; i < 8; ++i) pacer.started(kBegin);
  for (int i = 0; i < 8; ++i) pacer.ended(kBegin, kBusy);
  EXPECT_EQ(pacer.allowed(), 4);
  EXPECT_EQ(*pacer.next_start(), kBegin + seconds(1));
  pacer.started(kBegin + seconds(1));
  pacer.ended(kBegin + seconds(1), kBusy);
  EXPECT_EQ(pacer.allowed(), 2);
  EXPECT_EQ(*pacer.next_start(), kBegin + seconds(3));
  Time now = kBegin + seconds(3);
  for (int i = 0; i < 20; ++i) {
    now = std::max(now, *pacer.next_start());
    pacer.started(now);
    pacer.ended(now, kBusy);
  }
  EXPECT_LE(*pacer.next_start() - now, seconds(60)) << "its own pauses are bounded";
}

TEST(HostPacer, AnUrlThatFailsHalvesButNeverPauses) {
  HostPacer pacer(politeness(0, 4));
  Time now = kBegin;
  for (const int allowed : {2, 1, 1, 1}) {
    pacer.started(now);
    pacer.ended(now, {Pace::Outcome::kSetback, {}, {}});
    EXPECT_EQ(pacer.allowed(), allowed);
    EXPECT_LE(*pacer.next_start(), now);
    now += seconds(2);
  }
}

TEST(HostPacer, RecoversOneByOne) {
  HostPacer pacer(politeness(0, 8));
  pacer.started(kBegin);
  pacer.ended(kBegin, kBusy);
  ASSERT_EQ(pacer.allowed(), 4);
  Time now = kBegin + seconds(10);
  for (int i = 0; i < 4; ++i) pacer.started(now), pacer.ended(now, kGood);
  EXPECT_NEAR(pacer.allowed(), 5, 0.2);
  for (int i = 0; i < 100; ++i) pacer.started(now), pacer.ended(now, kGood);
  EXPECT_EQ(pacer.allowed(), 8);
}

TEST(HostPacer, SlowsDownWhenAnswersTakeMuchLongerThanTheyDid) {
  HostPacer pacer(politeness(0, 16));
  Time now = kBegin;
  started_within(pacer, now, seconds(10), 0.1);
  ASSERT_EQ(pacer.allowed(), 16);
  started_within(pacer, now, seconds(10), 1.0);
  EXPECT_LT(pacer.allowed(), 8);
  started_within(pacer, now, seconds(60), 0.1);
  EXPECT_EQ(pacer.allowed(), 16);
}

TEST(HostPacer, AHostThatAlwaysWasSlowIsNotSlowedDown) {
  HostPacer pacer(politeness(0, 16));
  Time now = kBegin;
  started_within(pacer, now, seconds(30), 2.0);
  EXPECT_EQ(pacer.allowed(), 16);
}

TEST(HostPacer, AQuickRobotsTxtOrACachedPhotoMakesNoHostLookSlow) {
  HostPacer pacer(politeness(0, 16));
  Time now = kBegin;
  pacer.started(now);
  pacer.ended(now, {Pace::Outcome::kGood, {}, {}});
  for (int i = 0; i < 200; ++i) {
    pacer.started(now);
    pacer.ended(now, {Pace::Outcome::kGood, i % 20 == 0 ? 0.001 : 2.0, {}});
    EXPECT_GE(pacer.allowed(), 8) << i;
    now += milliseconds(100);
  }
  EXPECT_EQ(pacer.allowed(), 16);
}

TEST(OpenHours, SpanMidnight) {
  Politeness night;
  night.from_minute = 22 * 60;
  night.until_minute = 6 * 60;
  EXPECT_EQ(minutes_until_open(night, 23 * 60), 0);
  EXPECT_EQ(minutes_until_open(night, 5 * 60), 0);
  EXPECT_EQ(minutes_until_open(night, 6 * 60), 16 * 60);
  EXPECT_EQ(minutes_until_open(Politeness{}, 0), 0) << "open all day";
  Politeness day;
  day.from_minute = 60;
  day.until_minute = 120;
  EXPECT_EQ(minutes_until_open(day, 120), 23 * 60);
}

}  // namespace
}  // namespace ootd
