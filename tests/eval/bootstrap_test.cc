#include "ootd/eval/bootstrap.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/eval/summary.h"
#include "tests/eval/random_rows.h"

namespace ootd {
namespace {

TEST(Percentile, InterpolatesAsNumpyDoes) {
  const std::vector<double> sorted = {1, 2, 4, 8};
  EXPECT_DOUBLE_EQ(percentile(sorted, 0), 1);
  EXPECT_DOUBLE_EQ(percentile(sorted, 1), 8);
  EXPECT_DOUBLE_EQ(percentile(sorted, 0.5), 3);
  EXPECT_DOUBLE_EQ(percentile(sorted, 0.9), 4 + 0.7 * 4);
}

// Many values: the central limit theorem says how wide the interval must be.
TEST(Bootstrap, IsAsWideAsTheStandardErrorSays) {
  Random random(1);
  std::vector<double> values(2000);
  for (double& v : values) v = 3 + 2 * random.normal();
  const Interval interval = bootstrap_mean(values, {.draws = 4000});
  EXPECT_NEAR(interval.high - interval.low, 2 * 1.96 * 2 / std::sqrt(2000.0), 0.012);
  EXPECT_LT(interval.low, 3);
  EXPECT_GT(interval.high, 3);
}

TEST(Bootstrap, CoversTheTruthAboutAsOftenAsItClaims) {
  Random random(2);
  int covered = 0;
  constexpr int kTrials = 400;
  for (int trial = 0; trial < kTrials; ++trial) {
    std::vector<double> hits(100);
    for (double& hit : hits) hit = random.uniform() < 0.7;
    const Interval interval = bootstrap_mean(hits, {.draws = 300, .seed = static_cast<std::uint64_t>(trial)});
    covered += interval.low <= 0.7 && 0.7 <= interval.high;
  }
  EXPECT_NEAR(static_cast<double>(covered) / kTrials, 0.95, 0.04);
}

TEST(Bootstrap, DependsOnTheSeedAlone) {
  const std::vector<double> values = {1, 5, 2, 8, 3};
  EXPECT_EQ(bootstrap_mean(values).low, bootstrap_mean(values).low);
  EXPECT_NE(bootstrap_mean(values, {.draws = 50}).low, bootstrap_mean(values, {.draws = 50, .seed = 9}).low);
  EXPECT_EQ(bootstrap_mean({}).high, 0);
  EXPECT_THROW(bootstrap_mean(values, {.draws = 0}), Error);
}

TEST(Bootstrap, OfAMacroMeanResamplesEachGroupWithinItself) {
  // Both groups are constant: however they are resampled, the mean of their means is 2. Together they would vary.
  const std::vector<std::vector<double>> groups = {{1, 1, 1}, {3}, {}};
  const Interval interval = bootstrap_macro_mean(groups);
  EXPECT_DOUBLE_EQ(interval.low, 2);
  EXPECT_DOUBLE_EQ(interval.high, 2);
}

TEST(Summary, IsTheMeanPerLabelAndOverLabels) {
  Retrieval retrieval;
  for (std::size_t q = 0; q < 4; ++q) retrieval.queries.push_back({q, {}});
  for (std::size_t q = 0; q < 3; ++q) retrieval.queries[q].values[kMap] = 1;
  const auto summary = summarize(retrieval, {{0}, {0}, {0, 2}, {2}});
  EXPECT_DOUBLE_EQ(summary.all[kMap].value, 0.75);
  ASSERT_EQ(summary.labels.size(), 2U);
  EXPECT_EQ(summary.labels[1].label, 2);
  EXPECT_EQ(summary.labels[1].queries, 2);
  EXPECT_DOUBLE_EQ(summary.labels[0].metrics[kMap].value, 1);
  EXPECT_DOUBLE_EQ(summary.labels[1].metrics[kMap].value, 0.5);
  EXPECT_DOUBLE_EQ(summary.macro[kMap].value, 0.75);
  EXPECT_LE(summary.macro[kMap].interval.low, 0.75);
}

// Two models that fail on the same hard queries differ by less than their own intervals suggest.
TEST(PairedDifference, IsNarrowerThanTheTwoIntervalsApart) {
  const auto weak = testing::random_rows(300, 12, 4, 1.5, 21);
  auto strong = weak;
  for (std::size_t i = 0; i < strong.ids.size(); ++i) {
    strong.vectors.row(i)[static_cast<std::size_t>(strong.labels[i][0])] += 0.1F;
    normalize(strong.vectors.row(i));
  }
  const auto a = retrieval_metrics(strong, strong), b = retrieval_metrics(weak, weak);
  const Estimate difference = paired_difference(a, b)[kMap];
  EXPECT_NEAR(difference.value, mean_of(a)[kMap] - mean_of(b)[kMap], 1e-12);
  const Interval alone = summarize(a, weak.labels).all[kMap].interval;
  EXPECT_LT(difference.interval.high - difference.interval.low, (alone.high - alone.low) / 2);
  EXPECT_GT(difference.interval.low, 0);
  Retrieval fewer = b;
  fewer.queries.pop_back();
  EXPECT_THROW(paired_difference(a, fewer), Error);
}

}  // namespace
}  // namespace ootd
