#include "ootd/crawl/sites.h"

#include <gtest/gtest.h>

#include <unordered_map>

#include "ootd/base/random.h"

namespace ootd {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Time = PaceClock::time_point;

constexpr Time kFirst{std::chrono::hours(1)};
constexpr Pace kAnswered{Pace::Outcome::kGood, 0.05, {}};

Politeness a_second_apart() {
  Politeness politeness;
  politeness.requests_per_second = 1;
  politeness.connections = 1;
  return politeness;
}

CrawlTask task_of(std::int64_t no) {
  CrawlTask task;
  task.at.no = no;
  return task;
}

void push(Sites& sites, const std::string& origin, Time not_before = {}) {
  Site& site = sites.of(origin);
  CrawlTask task = task_of(1);
  task.not_before = not_before;
  not_before == Time() ? site.waiting.push_back(task) : site.later.push_back(task);
  sites.schedule(site);
}

// Starts the first of what waits.
void start(Sites& sites, Site& site, Time now) {
  site.collect_due(now);
  site.waiting.pop_front();
  site.pacer.started(now);
  sites.schedule(site);
}

void finish(Sites& sites, Site& site, Time now, const Pace& pace = kAnswered) {
  site.pacer.ended(now, pace);
  sites.schedule(site);
}

TEST(RecentAnswers, ABrokenObjectIsToldFromAHostInTrouble) {
  RecentAnswers answers;
  EXPECT_FALSE(answers.trouble_beside(1)) << "nothing is known";
  EXPECT_FALSE(answers.own_failures(1)) << "nothing is known";
  answers.note(1, false);
  EXPECT_FALSE(answers.trouble_beside(1)) << "its own failures say nothing of the host";
  EXPECT_TRUE(answers.trouble_beside(2)) << "two urls failed one after the other, and none came";
  answers.note(2, true);
  EXPECT_FALSE(answers.trouble_beside(1));
  EXPECT_EQ(answers.own_failures(1), 2) << "the other one came";
}

TEST(RecentAnswers, AHostThatGoesDownIsSeenAfterAsManyFailuresAsItGaveAnswers) {
  RecentAnswers answers;
  for (int no = 1; no <= 20; ++no) answers.note(no, true);
  int failures = 0;
  while (!answers.trouble_beside(100 + failures)) answers.note(100 + failures++, false);
  EXPECT_EQ(failures, 4) << "of the last eight";
  EXPECT_FALSE(answers.own_failures(200));
}

TEST(RecentAnswers, TheMoreOthersFailTheMoreTriesAnUrlHas) {
  RecentAnswers answers;
  for (int no = 1; no <= 6; ++no) answers.note(no, true);
  answers.note(7, false);
  answers.note(8, false);
  EXPECT_EQ(answers.own_failures(7), 3);
  EXPECT_EQ(answers.own_failures(9), 4);
  answers.forget(8);
  EXPECT_EQ(answers.own_failures(7), 2);
}

TEST(Sites, APhotoThatFailedWaitsBehindTheOthersAPageDoesNot) {
  Site site("host", a_second_apart());
  for (const int no : {1, 2}) site.waiting.push_back(task_of(no));
  CrawlTask photo = task_of(3), page = task_of(4);
  page.at.request = "{}";
  photo.not_before = page.not_before = kFirst;
  site.later = {photo, page};
  site.collect_due(kFirst);
  std::vector<std::int64_t> order;
  for (const CrawlTask& task : site.waiting) order.push_back(task.at.no);
  EXPECT_EQ(order, (std::vector<std::int64_t>{4, 1, 2, 3}));
}

TEST(Sites, TheOneWhoseTurnIsLongestPastIsServedFirst) {
  Sites sites(a_second_apart());
  EXPECT_EQ(sites.due(kFirst), nullptr);
  EXPECT_EQ(sites.next_turn(), Time::max());
  push(sites, "later", kFirst + seconds(2));
  push(sites, "soon", kFirst + seconds(1));
  EXPECT_EQ(sites.due(kFirst), nullptr);
  EXPECT_EQ(sites.next_turn(), kFirst + seconds(1));
  ASSERT_NE(sites.due(kFirst + seconds(3)), nullptr);
  EXPECT_EQ(sites.due(kFirst + seconds(3))->origin, "soon");
  start(sites, sites.of("soon"), kFirst + seconds(3));
  EXPECT_EQ(sites.due(kFirst + seconds(3))->origin, "later");
}

TEST(Sites, HaveNoTurnWhileTheyMustWaitForAnAnswer) {
  Sites sites(a_second_apart());
  push(sites, "a");
  push(sites, "a");
  start(sites, sites.of("a"), kFirst);
  EXPECT_EQ(sites.next_turn(), Time::max()) << "one at a time";
  finish(sites, sites.of("a"), kFirst + milliseconds(50));
  EXPECT_EQ(sites.next_turn(), kFirst + seconds(1));
  sites.of("a").robots_underway = true;
  sites.schedule(sites.of("a"));
  EXPECT_EQ(sites.next_turn(), Time::max());
}

TEST(Sites, OnlyWhatIsAtRestIsForgotten) {
  Sites sites(a_second_apart(), 1);
  const auto visit = [&](const std::string& origin, const Pace& pace) {
    push(sites, origin);
    start(sites, sites.of(origin), kFirst);
    finish(sites, sites.of(origin), kFirst, pace);
  };
  const auto names = [&](Time now) {
    std::string found;
    sites.forget(now);
    for (const auto& [origin, site] : sites) found += origin;
    return found;
  };
  visit("a", kAnswered);
  visit("b", {Pace::Outcome::kBusy, {}, 20.0});  // Retry-After
  visit("c", {Pace::Outcome::kBusy, {}, {}});    // is given less for a minute
  visit("d", kAnswered);
  sites.of("d").pacer.set_crawl_delay(30);
  push(sites, "e");  // waits
  push(sites, "f");
  start(sites, sites.of("f"), kFirst);  // is on its way
  visit("g", kAnswered);
  sites.of("g").given_up = "asks to come back in an hour";
  EXPECT_EQ(names(kFirst + milliseconds(500)), "abcdefg");
  EXPECT_EQ(names(kFirst + seconds(2)), "abcdefg") << "looked at only when there are twice as many";
  for (int i = 0; i < 20; ++i) push(sites, "x" + std::to_string(i), kFirst + std::chrono::hours(2));
  EXPECT_EQ(names(kFirst + seconds(2)).substr(0, 6), "bcdefg");
}

// A list of very many hosts, each asked a few times, some of them much later again.
TEST(Sites, MemoryIsBoundedAndNoDelayIsShortenedByForgetting) {
  constexpr std::size_t kHosts = 300'000, kAtRest = 1000, kAtWork = 500;
  Sites sites(a_second_apart(), kAtRest);
  Random random(1);
  std::unordered_map<std::string, Time> asked;
  std::vector<std::string> open;
  std::size_t next = 0, largest = 0, again = 0;
  Time now = kFirst;
  while (next < kHosts || !open.empty()) {
    for (; open.size() < kAtWork && next < kHosts; ++next) {
      const bool is_known = next > 0 && random.below(10) == 0;
      const std::string host = std::to_string(is_known ? random.below(next) : next);
      for (std::uint64_t i = 1 + random.below(2); i > 0; --i) push(sites, host), open.push_back(host);
    }
    sites.forget(now);
    largest = std::max(largest, sites.size());
    while (Site* site = sites.due(now)) {
      const auto [before, is_first] = asked.try_emplace(site->origin, now);
      if (!is_first) {
        ASSERT_GE(now - before->second, milliseconds(900)) << site->origin;  // a rate makes up for 0.1 s
        before->second = now;
        ++again;
      }
      start(sites, *site, now);
      finish(sites, *site, now);
      open.pop_back();
    }
    now += milliseconds(70);
  }
  EXPECT_GT(again, kHosts / 10);
  EXPECT_LT(largest, 2 * (kAtRest + 15 * kAtWork)) << "those whose second is not over are kept, too";
}

}  // namespace
}  // namespace ootd
