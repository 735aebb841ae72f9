#include "ootd/index/index_state.h"

#include <gtest/gtest.h>

#include "tests/index/clustered_vectors.h"

namespace ootd {
namespace {

TEST(IndexState, KeepsRecallAtEverySelectivity) {
  const auto made = testing::clustered_vectors(12'000, 12, 200, 4);
  FlatStore flat(12);
  flat.put(testing::keys_from(1, 12'000), made.vectors);
  auto base = std::make_shared<IndexBase>();
  auto graph = std::make_unique<HnswStore>(flat, HnswParams{.M = 12, .ef_construction = 100});
  base->plan = measure_walks(*graph, 10);
  ASSERT_GT(base->plan.ef, 0);
  ASSERT_GT(plan_walk(base->plan, 10, 11'800, 12'000).ef, 0);  // loose filters do walk
  ASSERT_EQ(plan_walk(base->plan, 10, 120, 12'000).ef, 0);     // tight ones scan
  base->graph = std::move(graph);
  const IndexState state(base);
  Random random(5);
  Matrix queries(100, 12);
  for (std::size_t i = 0; i < 100; ++i) {  // profiles: means of some stored ones
    for (std::uint64_t n = 1 + random.below(5); n > 0; --n)
      for (std::size_t d = 0, s = random.below(12'000); d < 12; ++d) queries.row(i)[d] += made.vectors.row(s)[d];
    normalize(queries.row(i));
  }
  for (const double share : {0.001, 0.01, 0.1, 0.5, 0.99, 1.0}) {
    SlotSet independent, correlated;
    for (std::size_t i = 0; i < 12'000; ++i) {
      if (random.uniform() < share) independent.base.add(static_cast<Slot>(i));
      if (made.cluster_of[i] * 7919 % 1000 < 1000 * share) correlated.base.add(static_cast<Slot>(i));
    }
    for (const SlotSet* allowed : {&independent, &correlated}) {
      double sum = 0;
      for (std::size_t i = 0; i < 100; ++i) {
        const auto found = state.search(queries.row(i), 10, allowed);
        const auto right = flat.search(queries.row(i), 10, &allowed->base);
        ASSERT_EQ(found.size(), right.size());
        for (const Hit& hit : found) ASSERT_TRUE(allowed->contains(state.find(hit.key)));
        sum += testing::recall(found, right);
      }
      EXPECT_GE(sum / 100, 0.99) << share << (allowed == &correlated ? " correlated" : " independent");
    }
  }
  EXPECT_EQ(state.search(queries.row(0), 20'000, nullptr).size(), 12'000u);
}

}  // namespace
}  // namespace ootd
