#include "ootd/eval/similarity.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/eval/random_rows.h"

namespace ootd {
namespace {

using testing::random_rows;

std::int64_t sum(const std::vector<std::int64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), std::int64_t{0});
}

TEST(Similarities, CountEveryPairOfAQueryAndACandidate) {
  const auto rows = random_rows(60, 8, 3, 1.0, 1);
  const Similarities found = similarities(rows, rows);
  EXPECT_EQ(found.same_pairs + found.different_pairs, 60 * 59);
  EXPECT_EQ(sum(found.same), found.same_pairs);
  EXPECT_EQ(sum(found.different), found.different_pairs);
}

// The slow twin: every same pair against every different one.
TEST(Similarities, AucIsWhatComparingAllPairsGives) {
  const auto queries = random_rows(40, 8, 3, 1.5, 2), gallery = random_rows(70, 8, 3, 1.5, 3, 1000);
  std::vector<float> same, different;
  for (std::size_t q = 0; q < 40; ++q)
    for (std::size_t g = 0; g < 70; ++g)
      (queries.labels[q] == gallery.labels[g] ? same : different)
          .push_back(dot(queries.vectors.row(q), gallery.vectors.row(g)));
  double wins = 0;
  for (const float s : same)
    for (const float d : different) wins += s > d ? 1.0 : s == d ? 0.5 : 0.0;
  const double auc = wins / static_cast<double>(same.size()) / static_cast<double>(different.size());
  EXPECT_GT(auc, 0.6);
  EXPECT_LT(auc, 0.95);
  EXPECT_NEAR(similarities(queries, gallery).auc(), auc, 2e-4);  // half a bin's pairs
}

TEST(Similarities, KnowApartFromMixed) {
  const auto apart = random_rows(80, 8, 2, 30, 4), mixed = random_rows(300, 8, 2, 0, 5);
  EXPECT_GT(similarities(apart, apart).auc(), 0.999);
  EXPECT_LT(similarities(apart, apart).overlap(), 0.01);
  EXPECT_NEAR(similarities(mixed, mixed).auc(), 0.5, 0.05);
  EXPECT_GT(similarities(mixed, mixed).overlap(), 0.85);
}

TEST(Similarities, TakeASampleOfTooManyQueries) {
  const auto rows = random_rows(100, 8, 2, 1, 6);
  const Similarities found = similarities(rows, rows, /*max_pairs=*/5'000);
  EXPECT_EQ(found.same_pairs + found.different_pairs, 50 * 99);
  EXPECT_NEAR(found.auc(), similarities(rows, rows).auc(), 0.05);
}

}  // namespace
}  // namespace ootd
