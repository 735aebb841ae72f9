// How often the intervals of a replay hold the truth, how wide they are, and what exploring costs. `ctest -L slow`, or
// build/release/tests/taste/slow/taste_slow_test, which prints the tables of docs/taste.md.
#include <gtest/gtest.h>

#include <cmath>
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

struct Tally {
  int runs = 0, ips = 0, snips = 0, dr = 0, gain = 0;
  double truth = 0, logged = 0, supported = 0, effective = 0, widths[4] = {}, error[3] = {};
};

bool holds(const Interval& interval, double value) { return interval.low <= value && value <= interval.high; }
double width(const Interval& interval) { return interval.high - interval.low; }

void add(Tally& tally, const std::vector<testing::SimulatedPerson>& people, const IndexView& view,
         const Policy& target) {
  Replayed replayed;
  for (const auto& person : people) replay_person(person.events(), view, nullptr, target, {}, replayed);
  ASSERT_EQ(replayed.left_out.sum(), 0);
  double truth = 0;
  for (const ReplayedCard& card : replayed.cards)
    for (const LookKey look : card.targets)
      truth += people[card.person].chance_of_like(look) / static_cast<double>(card.targets.size());
  truth /= static_cast<double>(replayed.cards.size());
  const OffPolicy result = estimate(replayed, {.draws = 500});
  tally.supported += result.supported;
  tally.effective += result.effective;
  tally.truth += truth;
  tally.logged += result.logged;
  if (!result.refused.empty()) return;
  ++tally.runs;
  tally.ips += holds(result.ips.interval, truth);
  tally.snips += holds(result.snips.interval, truth);
  tally.dr += holds(result.dr.interval, truth);
  tally.gain += holds(result.gain.interval, truth - result.logged);
  tally.widths[0] += width(result.ips.interval);
  tally.widths[1] += width(result.snips.interval);
  tally.widths[2] += width(result.dr.interval);
  tally.widths[3] += width(result.gain.interval);
  tally.error[0] += std::pow(result.ips.value - truth, 2);
  tally.error[1] += std::pow(result.snips.value - truth, 2);
  tally.error[2] += std::pow(result.dr.value - truth, 2);
}

TEST(ReplayCoverage, TheTruthLiesInNineOfTenIntervals) {
  const int runs = number_of("OOTD_RUNS", 100), people = number_of("OOTD_PEOPLE", 50),
            decks = number_of("OOTD_DECKS", 8);
  const testing::SimulatedCatalog catalog(600);
  const auto view = catalog.view();
  const auto logger = find_policy("kernel");
  for (const double explore : {0.1, 0.2}) {
    for (const char* name : {"kernel", "kernel:load=0.3", "kernel:width=0.6", "ridge", "random"}) {
      const auto target = find_policy(name);
      Tally tally;
      for (int run = 0; run < runs; ++run)
        add(tally, testing::simulated_people(catalog, people, decks, *logger, explore, 1 + static_cast<unsigned>(run)),
            *view, *target);
      const double n = std::max(tally.runs, 1);
      std::printf(
          "explore %.2f %-16s told %3d of %3d, truth %.3f logged %.3f supported %.2f effective %6.0f | holds ips %3d "
          "snips %3d dr %3d gain %3d | width %.3f %.3f %.3f %.3f | rmse %.3f %.3f %.3f\n",
          explore, name, tally.runs, runs, tally.truth / runs, tally.logged / runs, tally.supported / runs,
          tally.effective / runs, tally.ips, tally.snips, tally.dr, tally.gain, tally.widths[0] / n,
          tally.widths[1] / n, tally.widths[2] / n, tally.widths[3] / n, std::sqrt(tally.error[0] / n),
          std::sqrt(tally.error[1] / n), std::sqrt(tally.error[2] / n));
      std::fflush(stdout);
      for (const int held : {tally.ips, tally.snips, tally.dr}) EXPECT_GE(held, 0.9 * tally.runs) << name;
    }
  }
}

}  // namespace
}  // namespace ootd
