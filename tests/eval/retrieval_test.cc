#include "ootd/eval/retrieval.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <set>

#include "ootd/base/error.h"
#include "tests/eval/random_rows.h"

namespace ootd {
namespace {

using testing::random_rows;

// Points on the unit circle: the nearest in angle is the nearest in cosine, so rankings can be read off by eye.
LabelledRows on_circle(const std::vector<double>& degrees, const std::vector<LabelSet>& labels,
                       std::uint64_t first_id) {
  LabelledRows rows{Matrix(degrees.size(), 2), labels, {}, {}, {}};
  for (std::size_t i = 0; i < degrees.size(); ++i) {
    const double angle = degrees[i] * std::numbers::pi / 180;
    rows.vectors.row(i)[0] = static_cast<float>(std::cos(angle));
    rows.vectors.row(i)[1] = static_cast<float>(std::sin(angle));
    rows.ids.push_back(LookKey{first_id + i});
  }
  return rows;
}

TEST(Retrieval, GivesTheFiguresWorkedOutByHand) {
  const auto queries = on_circle({0}, {{1}}, 100);
  const auto gallery = on_circle({10, 20, 30, 40}, {{2}, {1}, {3}, {1, 3}}, 1);  // ranks 1..4: no, yes, no, yes
  const auto result = retrieval_metrics(queries, gallery);
  ASSERT_EQ(result.queries.size(), 1U);
  const MetricValues m = mean_of(result);
  EXPECT_DOUBLE_EQ(m[kRecallAt1], 0);
  EXPECT_DOUBLE_EQ(m[kRecallAt5], 1);
  EXPECT_DOUBLE_EQ(m[kMrr], 0.5);
  EXPECT_DOUBLE_EQ(m[kMap], (1.0 / 2 + 2.0 / 4) / 2);
  EXPECT_DOUBLE_EQ(m[kPrecisionAt10], 2.0 / 4);  // the gallery has only four
  EXPECT_DOUBLE_EQ(m[kChancePrecision], 2.0 / 4);
  // Gains 1 and 1/2 at ranks 2 and 4, at best at ranks 1 and 2.
  EXPECT_NEAR(m[kNdcg], (1 / std::log2(3) + 0.5 / std::log2(5)) / (1 + 0.5 / std::log2(3)), 1e-12);
}

TEST(Retrieval, NeverFindsTheQueryItselfAndLeavesOutHopelessQueries) {
  const auto rows = on_circle({0, 1, 90}, {{1}, {1}, {2}}, 1);
  const auto result = retrieval_metrics(rows, rows);
  ASSERT_EQ(result.queries.size(), 2U);
  EXPECT_EQ(result.queries[1].query, 1U);
  EXPECT_EQ(result.left_out, 1);  // nothing else has label 2
  EXPECT_DOUBLE_EQ(mean_of(result)[kRecallAt1], 1);
}

TEST(Retrieval, FindsNothingOfItsOwnSource) {
  auto queries = on_circle({0}, {{1}}, 100);
  auto gallery = on_circle({1, 20, 30}, {{1}, {2}, {1}}, 1);
  queries.sources = {{7}};
  gallery.sources = {{7}, {8}, {}};
  const MetricValues m = mean_of(retrieval_metrics(queries, gallery));
  EXPECT_DOUBLE_EQ(m[kMrr], 0.5);  // the near-duplicate at 1 degree is no candidate
  EXPECT_DOUBLE_EQ(m[kChancePrecision], 0.5);
}

TEST(Retrieval, LooksOnlyWithinTheGroup) {
  auto queries = on_circle({0}, {{1}}, 100);
  auto gallery = on_circle({1, 20, 30, 40}, {{2}, {1}, {2}, {1}}, 1);
  queries.within = {{0}};
  gallery.within = {{5}, {0, 5}, {0}, {5}};
  const MetricValues m = mean_of(retrieval_metrics(queries, gallery));
  EXPECT_DOUBLE_EQ(m[kRecallAt1], 1);
  EXPECT_DOUBLE_EQ(m[kChancePrecision], 0.5);
}

TEST(Retrieval, OfOneSideWithGroupsAndOneWithoutIsABug) {
  auto queries = on_circle({0}, {{1}}, 100);
  queries.within = {{0}};
  EXPECT_THROW(retrieval_metrics(queries, on_circle({1}, {{1}}, 1)), Error);
}

// Random unit rows of one or two labels each, in two groups and many sources.
LabelledRows messy_rows(std::size_t n, std::uint64_t seed) {
  LabelledRows rows = random_rows(n, 16, 5, 2, seed);
  Random random(seed + 1);
  for (auto& labels : rows.labels) {
    const int second = static_cast<int>(random.below(5));
    if (second > labels[0]) labels.push_back(second);
    rows.within.push_back({static_cast<int>(random.below(2))});
    rows.sources.push_back({static_cast<int>(random.below(20))});
  }
  return rows;
}

bool share(const LabelSet& a, const LabelSet& b) {
  return std::ranges::any_of(a, [&](int label) { return std::ranges::find(b, label) != b.end(); });
}

// The definitions, one query at a time and with nothing kept.
MetricValues plain_metrics(const LabelledRows& rows, std::size_t q, std::size_t& relevant) {
  std::vector<std::pair<float, std::size_t>> order;
  for (std::size_t g = 0; g < rows.ids.size(); ++g)
    if (g != q && share(rows.within[q], rows.within[g]) && !share(rows.sources[q], rows.sources[g]))
      order.emplace_back(-dot(rows.vectors.row(q), rows.vectors.row(g)), g);
  std::sort(order.begin(), order.end());
  std::vector<double> gains;
  for (const auto& [score, g] : order) {
    std::set<int> all(rows.labels[q].begin(), rows.labels[q].end());
    all.insert(rows.labels[g].begin(), rows.labels[g].end());
    const double both = static_cast<double>(rows.labels[q].size() + rows.labels[g].size() - all.size());
    gains.push_back(both / static_cast<double>(all.size()));
  }
  const auto hits = [&](std::size_t k) {
    return static_cast<double>(std::count_if(gains.begin(), gains.begin() + static_cast<std::ptrdiff_t>(k),
                                             [](double gain) { return gain > 0; }));
  };
  const auto dcg = [](const std::vector<double>& list) {
    double sum = 0;
    for (std::size_t i = 0; i < list.size(); ++i) sum += list[i] / std::log2(static_cast<double>(i) + 2);
    return sum;
  };
  MetricValues m{};
  relevant = static_cast<std::size_t>(hits(gains.size()));
  for (std::size_t rank = gains.size(); rank > 0; --rank) {
    if (gains[rank - 1] == 0) continue;
    m[kMrr] = 1 / static_cast<double>(rank);
    m[kMap] += hits(rank) / static_cast<double>(rank) / static_cast<double>(relevant);
  }
  for (const auto& [metric, k] : {std::pair{kRecallAt1, 1}, {kRecallAt5, 5}, {kRecallAt10, 10}})
    m[metric] = hits(static_cast<std::size_t>(k)) > 0;
  for (const auto& [metric, k] :
       {std::pair{kPrecisionAt5, 5}, {kPrecisionAt10, 10}, {kPrecisionAt20, 20}, {kPrecisionAt50, 50}})
    m[metric] = hits(static_cast<std::size_t>(k)) / static_cast<double>(k);
  m[kChancePrecision] = static_cast<double>(relevant) / static_cast<double>(gains.size());
  const double achieved = dcg(gains);
  std::sort(gains.rbegin(), gains.rend());
  m[kNdcg] = achieved / dcg(gains);
  return m;
}

TEST(Retrieval, EqualsItsDefinitionsWrittenOutPlainly) {
  const auto rows = messy_rows(150, 11);
  const auto result = retrieval_metrics(rows, rows);
  ASSERT_EQ(result.queries.size(), 150U);
  for (const QueryMetrics& query : result.queries) {
    std::size_t relevant = 0;
    const MetricValues plain = plain_metrics(rows, query.query, relevant);
    ASSERT_GT(relevant, 0U);
    for (std::size_t m = 0; m < kMetricCount; ++m)
      EXPECT_NEAR(query.values[m], plain[m], 1e-6) << kMetricNames[m] << " of query " << query.query;
  }
}

TEST(Retrieval, IsTheSameOnAnyNumberOfThreads) {
  const auto rows = messy_rows(200, 3);
  const auto one = retrieval_metrics(rows, rows, 1), many = retrieval_metrics(rows, rows, 7);
  ASSERT_EQ(one.queries.size(), many.queries.size());
  for (std::size_t q = 0; q < one.queries.size(); ++q) EXPECT_EQ(one.queries[q].values, many.queries[q].values);
}

TEST(Retrieval, OfRandomVectorsIsAtTheChanceLevelThatItStates) {
  const auto rows = random_rows(400, 32, 5, 0, 8);
  const MetricValues m = mean_of(retrieval_metrics(rows, rows));
  EXPECT_NEAR(m[kChancePrecision], 0.2, 0.01);
  EXPECT_NEAR(m[kPrecisionAt50], m[kChancePrecision], 0.02);
}

TEST(Retrieval, RefusesEmptySidesAndOtherDimensions) {
  EXPECT_THROW(retrieval_metrics({}, on_circle({0}, {{1}}, 1)), Error);
  EXPECT_THROW(retrieval_metrics(on_circle({0}, {{1}}, 1), {}), Error);
  EXPECT_THROW(retrieval_metrics(on_circle({0}, {{1}}, 1), random_rows(3, 4, 2, 1, 1)), Error);
}

}  // namespace
}  // namespace ootd
