// What docs/parameters.md says of the default parameters, at a size that takes a while to build.
#include <gtest/gtest.h>

#include "ootd/index/walk_plan.h"
#include "tests/index/clustered_vectors.h"

namespace ootd {
namespace {

TEST(HnswStoreAtDefaults, Reaches99PercentRecallOn50000ClusteredVectors) {
  constexpr std::size_t kVectors = 50'000, kQueries = 400, kDim = 128;
  const auto made = testing::clustered_vectors(kVectors + kQueries, kDim, 2000, 1);
  FlatStore flat(kDim);
  for (std::size_t i = 0; i < kVectors; ++i) flat.put(testing::key_of(i + 1), made.vectors.row(i));
  const HnswStore store(flat, {});
  double sum = 0;
  for (std::size_t i = 0; i < kQueries; ++i) {
    const auto query = made.vectors.row(kVectors + i);
    sum += testing::recall(store.search(query, 10), flat.search(query, 10));
  }
  EXPECT_GE(sum / kQueries, 0.99);
  // Profiles between the clusters need wider walks, and get them or a scan.
  if (const WalkPlan plan = measure_walks(store, store.params().ef_search); plan.ef > 0) {
    EXPECT_GE(measured_recall(store, plan.ef), kWantedRecall);
  }
  RecordProperty("recall", std::to_string(sum / kQueries));
}

}  // namespace
}  // namespace ootd
