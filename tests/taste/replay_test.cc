#include "ootd/taste/replay.h"

#include <gtest/gtest.h>

#include "tests/taste/simulated_log.h"

namespace ootd {
namespace {

class ReplayTest : public ::testing::Test {
 protected:
  Replayed replay_of(const std::vector<testing::SimulatedPerson>& people, const std::string& target,
                     const ReplayRequest& request = {}) const {
    Replayed replayed;
    for (const auto& person : people)
      replay_person(person.events(), *view_, nullptr, *find_policy(target), request, replayed);
    return replayed;
  }
  double truth_of(const std::vector<testing::SimulatedPerson>& people, const Replayed& replayed) const {
    double truth = 0;
    for (const ReplayedCard& card : replayed.cards)
      for (const LookKey look : card.targets)
        truth += people[card.person].chance_of_like(look) / static_cast<double>(card.targets.size());
    return truth / static_cast<double>(replayed.cards.size());
  }
  std::vector<testing::SimulatedPerson> people_of(const std::string& policy, double explore, int people = 40,
                                                  int decks = 6) const {
    return testing::simulated_people(catalog_, people, decks, *find_policy(policy), explore, 7);
  }

  const testing::SimulatedCatalog catalog_{400};
  const std::shared_ptr<const IndexView> view_ = catalog_.view();
};

bool holds(const Interval& interval, double value) { return interval.low <= value && value <= interval.high; }

TEST_F(ReplayTest, TheChancesOfAllCardsAddUpToOne) {
  const auto people = people_of("kernel", 0.1, 1, 2);
  Swipes swipes;
  swipes.fold(people.front().events());
  const Seen seen = seen_of(*view_, swipes);
  Random any(1);
  for (const char* policy : {"kernel", "ridge", "random"}) {
    double sum = 0;
    for (const LookKey look : view_->sample(seen.unseen, 400, any))
      sum += chances_of(*find_policy(policy), swipes, *view_, seen, nullptr, {.explore = 0.3, .seed = "ann"},
                        {&look, 1}, 1)
                 .front()
                 .probability;
    EXPECT_NEAR(sum, 1, 1e-9) << policy;
  }
}

// Of the very policy that dealt, card by card: what is rebuilt of each deal is what the deal was. As a page deals:
// new cards go under those that are still held, and some swipes are taken back.
TEST_F(ReplayTest, ThePlacesOfTheLogAreRebuilt) {
  std::vector<testing::SimulatedPerson> people;
  for (int p = 0; p < 10; ++p) {
    people.emplace_back(catalog_, "person" + std::to_string(p), static_cast<std::uint64_t>(p));
    for (int deal = 0; deal < 12; ++deal) {
      people.back().swipe(*find_policy("kernel"), 0.3, 1 + (p + deal) % 9);
      if (deal % 4 == 1) people.back().take_back();
    }
  }
  const Replayed replayed = replay_of(people, "kernel", {.explore = 0.3});
  EXPECT_GT(replayed.cards.size(), 400u);
  int differ = 0;
  for (const ReplayedCard& card : replayed.cards) differ += std::abs(card.target - card.probability) > 1e-9;
  EXPECT_EQ(differ, 0);
}

TEST_F(ReplayTest, ThePolicyThatDealtIsSupportedEverywhere) {
  const auto people = people_of("kernel", 0.1);
  const Replayed replayed = replay_of(people, "kernel");
  EXPECT_EQ(replayed.left_out.sum(), 0);
  EXPECT_EQ(replayed.cards.size(), 2400u);
  const OffPolicy result = estimate(replayed);
  EXPECT_EQ(result.refused, "");
  EXPECT_GT(result.supported, 0.97);
  EXPECT_GT(result.effective, 2000);
  const double truth = truth_of(people, replayed);
  for (const auto& one : {result.ips, result.snips, result.dr}) {
    EXPECT_TRUE(holds(one.interval, truth));
    EXPECT_LT(one.interval.high - one.interval.low, 0.2);
  }
  EXPECT_GT(truth, result.logged);  // the tenth that was drawn is liked less
  EXPECT_TRUE(holds(result.gain.interval, truth - result.logged));
}

TEST_F(ReplayTest, RandomCardsAreWorthWhatTheCatalogIs) {
  const auto people = people_of("kernel", 0.2);
  const Replayed replayed = replay_of(people, "random");
  const OffPolicy result = estimate(replayed);
  const double truth = truth_of(people, replayed);
  EXPECT_LT(truth, result.logged - 0.1);
  for (const auto& one : {result.ips, result.snips, result.dr}) {
    EXPECT_TRUE(holds(one.interval, truth));
    EXPECT_FALSE(holds(one.interval, result.logged));
  }
}

// Whoever draws nothing can say nothing of what it never deals.
TEST_F(ReplayTest, WhereNothingWasDrawnNothingIsClaimed) {
  const auto people = people_of("kernel", 0);
  for (const char* target : {"kernel:load=0", "kernel:width=0.6", "ridge"}) {
    const OffPolicy result = estimate(replay_of(people, target));
    EXPECT_LT(result.supported, 0.9);
    if (!result.refused.empty()) continue;
    EXPECT_GE(result.ips.interval.high - result.ips.interval.low, 1 - result.supported) << target;
    EXPECT_GE(result.snips.interval.high - result.snips.interval.low, 1 - result.supported) << target;
  }
  EXPECT_NE(estimate(replay_of(people, "random")).refused, "");
}

TEST_F(ReplayTest, AFewPeopleAreRefused) {
  const OffPolicy result = estimate(replay_of(people_of("kernel", 0.1, 19, 30), "kernel"));
  EXPECT_GT(result.effective, kFewestEffective);
  EXPECT_NE(result.refused.find("19 people"), std::string::npos) << result.refused;
  EXPECT_NE(estimate({}).refused, "");
}

TEST_F(ReplayTest, WhatIsLeftOutIsCounted) {
  testing::SimulatedPerson ann(catalog_, "ann", 1);
  const auto shown = [&](std::size_t look, int place, std::int64_t after, const std::string& policy = "kernel-1") {
    ann.append({.user = "ann",
                .kind = EventKind::kShown,
                .look = testing::key_of(look),
                .deal = Deal{.policy = policy, .place = place, .after = after}});
  };
  const auto swiped = [&](std::size_t look, EventKind kind) {
    return ann.append({.user = "ann", .kind = kind, .look = testing::key_of(look)});
  };
  ann.append({.user = "ann", .kind = EventKind::kShown, .look = testing::key_of(0)});  // no deal
  const auto first = swiped(0, EventKind::kLike);
  shown(1, 0, first);
  const auto second = swiped(1, EventKind::kSave);  // counts
  shown(2, 1, first);
  const auto third = swiped(2, EventKind::kDislike);  // counts, but for its undo
  ann.append({.user = "ann", .kind = EventKind::kUndo, .look = testing::key_of(2), .undoes = third});
  shown(2, 1, first);  // again
  swiped(2, EventKind::kSkip);
  shown(3, 2, first);  // never answered
  shown(4, 5, first);  // places 3 and 4 are missing
  swiped(4, EventKind::kLike);
  shown(5, 0, second, "oracle-9");
  const auto fourth = swiped(5, EventKind::kLike);
  shown(9'999, 0, fourth);  // not in the catalog
  const auto fifth = swiped(9'999, EventKind::kLike);
  ann.append({.user = "ann", .kind = EventKind::kUndo, .look = testing::key_of(0), .undoes = first});
  shown(6, 0, fifth);  // dealt with or without look 0?
  swiped(6, EventKind::kLike);
  const LeftOut out = replay_of({ann}, "kernel").left_out;
  EXPECT_EQ(out.without_deal, 1);
  EXPECT_EQ(out.shown_again, 1);
  EXPECT_EQ(out.unanswered, 1);
  EXPECT_EQ(out.incomplete, 1);
  EXPECT_EQ(out.unknown_policy, 1);
  EXPECT_EQ(out.gone, 1);
  EXPECT_EQ(out.unclear, 1);
  const auto counted = replay_of({ann}, "kernel").cards;
  ASSERT_EQ(counted.size(), 2u);
  EXPECT_EQ(counted[0].reward, 1);
  EXPECT_EQ(counted[1].reward, 0);  // a skip
  const auto late = replay_of({ann}, "kernel", {.since_ms = 1000 * fifth});
  EXPECT_EQ(late.cards.size(), 0u);
  EXPECT_EQ(late.left_out.sum(), 1);
}

}  // namespace
}  // namespace ootd
