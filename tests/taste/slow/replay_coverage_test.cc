// How often the intervals of a replay hold the truth, how wide they are, and what exploring costs. `ctest -L slow`, or
// build/release/tests/taste/slow/taste_slow_test, which prints the tables of docs/taste.md.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "ootd/taste/replay.h"
#include "tests/taste/simulated_log.h"

namespace ootd {
namespace {

int number_of(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr ? std::atoi(text) : otherwise;
}

constexpr const char* kTargets[] = {"kernel", "kernel:load=0.3", "kernel:width=0.6", "ridge", "random"};

struct Tally {
  int runs = 0, ips = 0, snips = 0, dr = 0, gain = 0;
  double truth = 0, logged = 0, supported = 0, effective = 0, widths[4] = {};
};

bool holds(const Interval& interval, double value) { return interval.low <= value && value <= interval.high; }
double width(const Interval& interval) { return interval.high - interval.low; }

void add(Tally& tally, const std::vector<testing::SimulatedPerson>& people, const IndexView& view,
         const Policy& target) {
  Replayed replayed;
  for (const auto& person : people) replay_person(person.events(), view, nullptr, target, {}, replayed);
  ASSERT_EQ(replayed.left_out.sum(), 0);
  double truth = 0, dealt = 0;
  for (const ReplayedCard& card : replayed.cards)
    for (const LookKey look : card.targets)
      truth += people[card.person].chance_of_like(look) / static_cast<double>(card.targets.size());
  for (const auto& person : people)
    for (const Event& event : person.events())
      if (event.kind == EventKind::kShown) dealt += person.chance_of_like(event.look);
  truth /= static_cast<double>(replayed.cards.size());
  dealt /= static_cast<double>(replayed.cards.size());
  const OffPolicy result = estimate(replayed, {.draws = 500});
  tally.supported += result.supported;
  tally.effective += result.effective;
  tally.truth += truth;
  tally.logged += dealt;
  if (!result.refused.empty()) return;
  ++tally.runs;
  tally.ips += holds(result.ips.interval, truth);
  tally.snips += holds(result.snips.interval, truth);
  tally.dr += holds(result.dr.interval, truth);
  tally.gain += holds(result.gain.interval, truth - dealt);
  tally.widths[0] += width(result.ips.interval);
  tally.widths[1] += width(result.snips.interval);
  tally.widths[2] += width(result.dr.interval);
  tally.widths[3] += width(result.gain.interval);
}

// A small log, in which what the target deals otherwise was never met, and one in which it was met some twenty times.
class ReplayCoverage : public ::testing::TestWithParam<std::pair<double, int>> {};
INSTANTIATE_TEST_SUITE_P(Logs, ReplayCoverage,
                         ::testing::Values(std::pair(0.1, 50), std::pair(0.2, 50), std::pair(0.2, 400)));

TEST_P(ReplayCoverage, TheTruthLiesInNineOfTenIntervals) {
  const auto [explore, people] = GetParam();
  const int runs = number_of("OOTD_RUNS", 100), decks = 8;
  const testing::SimulatedCatalog catalog(600);
  const auto view = catalog.view();
  const auto logger = find_policy("kernel");
  std::vector<Tally> tallies(std::size(kTargets));
  for (int run = 0; run < runs; ++run) {
    const auto log =
        testing::simulated_people(catalog, people, decks, *logger, explore, 1 + static_cast<unsigned>(run));
    for (std::size_t t = 0; t < tallies.size(); ++t) add(tallies[t], log, *view, *find_policy(kTargets[t]));
  }
  std::printf(
      "explore %.2f, %d runs of %d people x %d cards\n%-18s told truth logged supported effective | holds ips "
      "snips  dr gain | width ips snips dr gain\n",
      explore, runs, people, 10 * decks, "target");
  for (std::size_t t = 0; t < tallies.size(); ++t) {
    const Tally& tally = tallies[t];
    const double n = std::max(tally.runs, 1);
    std::printf("%-18s %4d  %.3f  %.3f  %.2f  %6.0f | %3d %3d %3d %3d | %.3f %.3f %.3f %.3f\n", kTargets[t], tally.runs,
                tally.truth / runs, tally.logged / runs, tally.supported / runs, tally.effective / runs, tally.ips,
                tally.snips, tally.dr, tally.gain, tally.widths[0] / n, tally.widths[1] / n, tally.widths[2] / n,
                tally.widths[3] / n);
    for (const int held : {tally.ips, tally.snips, tally.dr, tally.gain})
      EXPECT_GE(held, 0.9 * tally.runs) << kTargets[t];
  }
  std::fflush(stdout);
}

// How many cards a useful answer takes.
TEST(ReplayPrice, AnswersSharpenWithTheLog) {
  const testing::SimulatedCatalog catalog(600);
  const auto logger = find_policy("kernel");
  std::printf("explore  cards  target           supported effective | width ips snips dr gain\n");
  for (const double explore : {0.02, 0.05, 0.1}) {
    for (const char* target : {"kernel:load=0.3", "random"}) {
      for (const int people : {50, 200, 800}) {
        Tally tally;
        add(tally, testing::simulated_people(catalog, people, 8, *logger, explore, 5), *catalog.view(),
            *find_policy(target));
        std::printf("%.2f    %6d  %-16s  %.2f  %6.0f | ", explore, 80 * people, target, tally.supported,
                    tally.effective);
        if (tally.runs == 0)
          std::printf("refused\n");
        else
          std::printf("%.3f %.3f %.3f %.3f\n", tally.widths[0], tally.widths[1], tally.widths[2], tally.widths[3]);
        std::fflush(stdout);
        if (tally.runs > 0 && people == 800) {
          EXPECT_LT(tally.widths[2], 0.2);
        }
      }
    }
  }
}

// The price: the like rate of what is dealt, by the share that is drawn.
TEST(ReplayPrice, ExploringCostsWhatTheDrawnCardsAreWorth) {
  const testing::SimulatedCatalog catalog(600);
  const auto logger = find_policy("kernel");
  double none = 0;
  for (const double explore : {0.0, 0.01, 0.02, 0.05, 0.1, 0.2}) {
    double expected = 0, cards = 0;
    for (auto& person :
         testing::simulated_people(catalog, number_of("OOTD_PRICE_PEOPLE", 300), 10, *logger, explore, 9))
      for (const Event& event : person.events())
        if (event.kind == EventKind::kShown) expected += person.chance_of_like(event.look), ++cards;
    if (explore == 0) none = expected / cards;
    std::printf("explore %.2f: %.4f liked, %.1f %% less than without\n", explore, expected / cards,
                100 * (1 - expected / cards / none));
    EXPECT_GT(expected / cards, none * (1 - explore));
  }
}

}  // namespace
}  // namespace ootd
