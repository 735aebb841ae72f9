#include "ootd/taste/arms.h"

#include <gtest/gtest.h>

#include <vector>

#include "ootd/base/error.h"

namespace ootd {
namespace {

constexpr int kDivided = 20'000;

std::string person(int number) { return "person" + std::to_string(number); }

double share_moved(const std::vector<Arm>& before, const std::vector<Arm>& after) {
  int moved = 0;
  for (int i = 0; i < kDivided; ++i)
    moved += arm_of(before, "spring", person(i)).policy != arm_of(after, "spring", person(i)).policy;
  return static_cast<double>(moved) / kDivided;
}

TEST(Arms, PeopleAreDividedByTheShares) {
  const std::vector<Arm> arms = {{"kernel", 0.7}, {"ridge", 0.2}, {"random", 0.1}};
  std::vector<std::int64_t> people(3);
  for (int i = 0; i < kDivided; ++i)
    ++people[static_cast<std::size_t>(&arm_of(arms, "spring", person(i)) - arms.data())];
  EXPECT_GT(chance_of_division(people, std::vector<double>{0.7, 0.2, 0.1}), 0.001);
  EXPECT_LT(chance_of_division(people, std::vector<double>{0.6, 0.3, 0.1}), 1e-9);
}

// Written down: a change of the hash would move people in the middle of a test.
TEST(Arms, APersonStaysWhereTheyAre) {
  const std::vector<Arm> arms = {{"kernel", 0.5}, {"ridge", 0.5}}, turned = {{"ridge", 0.5}, {"kernel", 0.5}};
  std::string known;
  for (int i = 0; i < 24; ++i) {
    known += arm_of(arms, "spring", person(i)).policy.front();
    EXPECT_EQ(arm_of(arms, "spring", person(i)).policy, arm_of(turned, "spring", person(i)).policy);
  }
  EXPECT_EQ(known, "krrkrkkkrrkkkkkkrrkkrrrk");
}

TEST(Arms, FewMoveWhenArmsChange) {
  EXPECT_LT(share_moved({{"kernel", 0.9}, {"ridge", 0.1}}, {{"kernel", 0.8}, {"ridge", 0.1}, {"random", 0.1}}), 0.12);
  EXPECT_LT(share_moved({{"kernel", 0.9}, {"ridge", 0.1}}, {{"kernel", 0.8}, {"ridge", 0.2}}), 0.11);
  EXPECT_LT(share_moved({{"kernel", 0.8}, {"ridge", 0.1}, {"random", 0.1}}, {{"kernel", 0.9}, {"ridge", 0.1}}), 0.12);
}

TEST(Arms, AnotherSaltDividesIndependently) {
  const std::vector<Arm> arms = {{"kernel", 0.5}, {"ridge", 0.5}};
  int both = 0;
  for (int i = 0; i < kDivided; ++i)
    both +=
        arm_of(arms, "spring", person(i)).policy == "kernel" && arm_of(arms, "autumn", person(i)).policy == "kernel";
  EXPECT_NEAR(both, kDivided / 4, 200);
}

TEST(Arms, WhatCannotBeIsRefused) {
  EXPECT_NO_THROW(check_arms(std::vector<Arm>{{"kernel", 0.9}, {"kernel:load=0.5", 0.1}}));
  const std::vector<Arm> wrong[] = {{},
                                    {{"kernel", 0.9}, {"ridge", 0.2}},
                                    {{"kernel", 0.5}, {"kernel", 0.5}},
                                    {{"kernel", 1.0}, {"ridge", 0.0}},
                                    {{"colonel", 1.0}}};
  for (const auto& arms : wrong) EXPECT_THROW(check_arms(arms), Error);
}

// Against scipy.stats.chisquare.
TEST(Arms, TheChanceOfADivisionIsPearsons) {
  const auto chance = [](std::vector<std::int64_t> people) {
    return chance_of_division(people, std::vector<double>(people.size(), 1.0 / static_cast<double>(people.size())));
  };
  EXPECT_NEAR(chance({45, 55}), 0.31731, 1e-5);
  EXPECT_NEAR(chance({30, 40, 50}), 0.08208, 1e-5);
  EXPECT_NEAR(chance({20, 30, 30, 20}), 0.26146, 1e-5);
  EXPECT_NEAR(chance({10, 20, 30, 20, 20}), 0.04043, 1e-5);
  EXPECT_EQ(chance({0, 0}), 1);
}

}  // namespace
}  // namespace ootd
