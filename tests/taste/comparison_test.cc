#include "ootd/taste/comparison.h"

#include <gtest/gtest.h>

#include "ootd/base/random.h"

namespace ootd {
namespace {

const std::vector<Arm> kArms = {{"kernel", 0.5}, {"ridge", 0.5}};

// People of either arm, each with a like rate of their own round the arm's, and a better one after 20 swipes.
std::vector<PersonTally> people_of(int people, double kernel, double ridge, std::uint64_t seed, int cards = 40) {
  std::vector<PersonTally> tallies;
  Random random(seed);
  for (int p = 0; p < people; ++p) {
    const std::string user = "person" + std::to_string(p);
    const bool is_kernel = arm_of(kArms, "salt", user).policy == "kernel";
    const double own = random.uniform(-0.2, 0.2);
    std::vector<Event> events;
    for (int i = 0; i < cards; ++i) {
      const auto look = LookKey{static_cast<std::uint64_t>(i + 1)};
      events.push_back({.id = 2 * i + 1,
                        .user = user,
                        .kind = EventKind::kShown,
                        .look = look,
                        .deal = Deal{.policy = is_kernel ? "kernel-1" : "ridge"},
                        .at_ms = 2 * i + 1});
      const double chance = (is_kernel ? kernel : ridge) + own + (i >= 20 ? 0.1 : 0);
      const bool liked = random.uniform() < chance;
      events.push_back({.id = 2 * i + 2,
                        .user = user,
                        .kind = !liked       ? EventKind::kDislike
                                : i % 2 == 0 ? EventKind::kLike
                                             : EventKind::kSave,
                        .look = look,
                        .at_ms = 2 * i + 2});
    }
    tallies.push_back(tally_of(events, 0));
  }
  return tallies;
}

TEST(Comparison, TellsABetterPolicyAndItsFirstSwipes) {
  const Comparison comparison = compare(people_of(300, 0.5, 0.4, 1), kArms, "salt");
  ASSERT_EQ(comparison.rows.size(), 2u);
  const auto& [kernel, ridge] = std::tie(comparison.rows[0], comparison.rows[1]);
  EXPECT_EQ(kernel.policy, "kernel-1");
  EXPECT_EQ(kernel.people + ridge.people, 300);
  EXPECT_EQ(kernel.cards, 40 * kernel.people);
  EXPECT_NEAR(static_cast<double>(kernel.likes + kernel.saves) / static_cast<double>(kernel.cards), kernel.rate.value,
              1e-12);
  EXPECT_GT(kernel.saves, 0);
  EXPECT_NEAR(kernel.first_rate.value, 0.5, 0.04);
  EXPECT_NEAR(kernel.later_rate.value, 0.6, 0.04);
  EXPECT_LT(ridge.difference.interval.high, 0);
  EXPECT_EQ(kernel.difference.value, 0);
  EXPECT_TRUE(warnings_of(comparison).empty());
}

// Cards of one person are alike: counted as if they were not, five of hundred equal arms would become twenty-five.
TEST(Comparison, EqualArmsDifferInOneOfTwentyTests) {
  int differ = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto rows = compare(people_of(80, 0.5, 0.5, seed), kArms, "salt", {.draws = 400}).rows;
    const Interval interval = rows.at(1).difference.interval;
    differ += interval.low > 0 || interval.high < 0;
  }
  EXPECT_LE(differ, 11);
}

TEST(Comparison, WarnsOfFewPeopleAndOfAWrongDivision) {
  EXPECT_EQ(warnings_of(compare(people_of(30, 0.5, 0.5, 1), kArms, "salt")).size(), 2u);  // both arms are small
  auto people = people_of(200, 0.5, 0.5, 1);
  std::erase_if(people,
                [left = 60](const PersonTally& person) mutable { return person.latest == "ridge" && left-- > 0; });
  const Comparison lost = compare(people, kArms, "salt");
  EXPECT_LT(lost.chance, 0.001);
  EXPECT_EQ(lost.elsewhere, 0);
  EXPECT_EQ(warnings_of(lost).size(), 1u);
  const Comparison changed = compare(people, std::vector<Arm>{{"kernel", 0.9}, {"ridge", 0.1}}, "salt");
  EXPECT_GT(changed.elsewhere, 20);
}

TEST(Comparison, CountsFromADateAndWhatSaysNothing) {
  std::vector<Event> events = {{.id = 1, .user = "ann", .kind = EventKind::kShown, .look = LookKey{1}, .at_ms = 1},
                               {.id = 2, .user = "ann", .kind = EventKind::kLike, .look = LookKey{1}, .at_ms = 2},
                               {.id = 3,
                                .user = "ann",
                                .kind = EventKind::kShown,
                                .look = LookKey{2},
                                .deal = Deal{.policy = "first"},
                                .at_ms = 3},
                               {.id = 4, .user = "ann", .kind = EventKind::kLike, .look = LookKey{2}, .at_ms = 4},
                               {.id = 5,
                                .user = "ann",
                                .kind = EventKind::kShown,
                                .look = LookKey{3},
                                .deal = Deal{.policy = "ridge"},
                                .at_ms = 5},
                               {.id = 6, .user = "ann", .kind = EventKind::kSkip, .look = LookKey{3}, .at_ms = 6},
                               {.id = 7,
                                .user = "ann",
                                .kind = EventKind::kShown,
                                .look = LookKey{4},
                                .deal = Deal{.policy = "ridge"},
                                .at_ms = 7}};
  const PersonTally all = tally_of(events, 0), late = tally_of(events, 5);
  EXPECT_EQ(all.without_deal, 1);
  EXPECT_EQ(all.unanswered, 1);
  EXPECT_EQ(all.by_policy.size(), 2u);
  EXPECT_EQ(all.latest, "ridge");
  EXPECT_EQ(late.without_deal, 0);
  ASSERT_EQ(late.by_policy.size(), 1u);
  EXPECT_EQ(late.by_policy.at("ridge").cards, 1);
  EXPECT_EQ(late.by_policy.at("ridge").likes, 0);
  EXPECT_EQ(compare({&all, 1}, {}, "").several, 1);
  EXPECT_TRUE(compare({}, {}, "").rows.empty());
}

}  // namespace
}  // namespace ootd
