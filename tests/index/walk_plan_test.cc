#include "ootd/index/walk_plan.h"

#include <gtest/gtest.h>

#include "tests/index/clustered_vectors.h"

namespace ootd {
namespace {

HnswStore store_of(std::size_t n, std::size_t dim, int M) {
  const auto made = testing::clustered_vectors(n, dim, 40, 1);
  FlatStore flat(static_cast<int>(dim));
  flat.put(testing::keys_from(1, n), made.vectors);
  return HnswStore(std::move(flat), {.M = M, .ef_construction = 100, .build_threads = 1});
}

TEST(WalkPlan, IsAsWideAsTheWantedRecallNeeds) {
  const HnswStore store = store_of(12000, 10, 12);
  const WalkPlan plan = measure_walks(store, 1);
  ASSERT_GT(plan.ef, 0);
  EXPECT_GE(measured_recall(store, plan.ef), kWantedRecall);
  EXPECT_LT(measured_recall(store, plan.ef / 2), kWantedRecall);
  EXPECT_GT(plan.scored, static_cast<std::size_t>(plan.ef));
  EXPECT_EQ(measure_walks(store, 2 * plan.ef).ef, 2 * plan.ef);  // never narrower than was asked for
}

TEST(WalkPlan, IsNoneWhereAScanIsCheaperAnyway) {
  EXPECT_EQ(measure_walks(store_of(200, 10, 12), 16).ef, 0);
  EXPECT_EQ(measure_walks(HnswStore(4), 16).ef, 0);
}

TEST(WalkPlan, WalksLooseFiltersAndScansTightOnes) {
  const WalkPlan plan{.ef = 200, .scored = 2000};
  const std::size_t n = 1'000'000;
  EXPECT_GT(plan_walk(plan, 10, n, n).ef, 0);
  EXPECT_GT(plan_walk(plan, 10, n / 2, n).ef, 0);
  EXPECT_EQ(plan_walk(plan, 10, n / 100, n).ef, 0);
  EXPECT_EQ(plan_walk(plan, 10, 0, n).ef, 0);
  EXPECT_EQ(plan_walk(plan, 10, 1, n).ef, 0);
  EXPECT_EQ(plan_walk({}, 10, n, n).ef, 0);
  EXPECT_EQ(plan_walk(plan, 1000, n, n).ef, 2000);             // room for many hits
  EXPECT_EQ(plan_walk(plan, 1'000'000, n, n).ef, 0);           // all of them: a scan
  EXPECT_LE(plan_walk(plan, 10, n / 2, n).max_scored, n / 2);  // gives up before it costs more than the scan
}

}  // namespace
}  // namespace ootd
