#include "ootd/eval/retrieval.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"

namespace ootd {
namespace {

// Points on the unit circle: the nearest in angle is the nearest in cosine, so rankings can be read off by eye.
LabelledRows on_circle(const std::vector<double>& degrees, const std::vector<std::vector<int>>& labels,
                       std::uint32_t first_id) {
  LabelledRows rows{Matrix(degrees.size(), 2), labels, {}};
  for (std::size_t i = 0; i < degrees.size(); ++i) {
    const double angle = degrees[i] * std::numbers::pi / 180;
    rows.vectors.row(i)[0] = static_cast<float>(std::cos(angle));
    rows.vectors.row(i)[1] = static_cast<float>(std::sin(angle));
    rows.ids.push_back(first_id + static_cast<std::uint32_t>(i));
  }
  return rows;
}

TEST(Retrieval, GivesTheFiguresWorkedOutByHand) {
  const auto queries = on_circle({0}, {{1}}, 100);
  const auto gallery = on_circle({10, 20, 30, 40}, {{2}, {1}, {3}, {1, 3}}, 1);  // ranks 1..4: no, yes, no, yes
  const auto m = retrieval_metrics(queries, gallery);
  EXPECT_EQ(m.queries, 1);
  EXPECT_DOUBLE_EQ(m.recall_at_1, 0);
  EXPECT_DOUBLE_EQ(m.recall_at_5, 1);
  EXPECT_DOUBLE_EQ(m.mrr, 0.5);
  EXPECT_DOUBLE_EQ(m.map, (1.0 / 2 + 2.0 / 4) / 2);
  EXPECT_DOUBLE_EQ(m.precision_at_10, 2.0 / 4);  // the gallery has only four
}

TEST(Retrieval, NeverFindsTheQueryItselfAndLeavesOutHopelessQueries) {
  const auto rows = on_circle({0, 1, 90}, {{1}, {1}, {2}}, 1);
  const auto m = retrieval_metrics(rows, rows);
  EXPECT_EQ(m.queries, 2);
  EXPECT_EQ(m.left_out, 1);  // nothing else has label 2
  EXPECT_DOUBLE_EQ(m.recall_at_1, 1);
}

TEST(Retrieval, IsTheSameOnAnyNumberOfThreads) {
  Random random(3);
  LabelledRows rows{Matrix(200, 16), {}, {}};
  for (std::uint32_t i = 0; i < 200; ++i) {
    for (float& v : rows.vectors.row(i)) v = static_cast<float>(random.normal());
    normalize(rows.vectors.row(i));
    rows.labels.push_back({static_cast<int>(random.below(5))});
    rows.ids.push_back(i);
  }
  const auto one = retrieval_metrics(rows, rows, 1), many = retrieval_metrics(rows, rows, 7);
  EXPECT_EQ(one.map, many.map);
  EXPECT_EQ(one.recall_at_1, many.recall_at_1);
  EXPECT_NEAR(one.precision_at_10, 0.2, 0.05);  // chance: five labels on random vectors
}

TEST(Retrieval, RefusesEmptySides) {
  EXPECT_THROW(retrieval_metrics({}, on_circle({0}, {{1}}, 1)), Error);
  EXPECT_THROW(retrieval_metrics(on_circle({0}, {{1}}, 1), {}), Error);
}

// The definition, pair by pair.
double plain_silhouette(const LabelledRows& rows) {
  double total = 0;
  for (std::size_t i = 0; i < rows.ids.size(); ++i) {
    double own = 0, nearest = 10;
    int own_count = 0;
    for (int label = 0; label < 4; ++label) {
      double sum = 0;
      int count = 0;
      for (std::size_t j = 0; j < rows.ids.size(); ++j)
        if (j != i && rows.labels[j].front() == label) {
          sum += 1 - dot(rows.vectors.row(i), rows.vectors.row(j));
          ++count;
        }
      if (label == rows.labels[i].front()) {
        own = sum / std::max(1, count);
        own_count = count;
      } else if (count > 0) {
        nearest = std::min(nearest, sum / count);
      }
    }
    if (own_count > 0) total += (nearest - own) / std::max(nearest, own);
  }
  return total / static_cast<double>(rows.ids.size());
}

TEST(Silhouette, EqualsItsPairwiseDefinition) {
  Random random(9);
  LabelledRows rows{Matrix(60, 8), {}, {}};
  for (std::uint32_t i = 0; i < 60; ++i) {
    const int label = i == 0 ? 3 : static_cast<int>(random.below(3));  // label 3 has a single row
    for (float& v : rows.vectors.row(i)) v = static_cast<float>(random.normal());
    rows.vectors.row(i)[static_cast<std::size_t>(label)] += 2;
    normalize(rows.vectors.row(i));
    rows.labels.push_back({label});
    rows.ids.push_back(i);
  }
  EXPECT_NEAR(silhouette(rows), plain_silhouette(rows), 1e-5);
  EXPECT_GT(silhouette(rows), 0.1);
}

TEST(Silhouette, NeedsTwoLabels) { EXPECT_THROW(silhouette(on_circle({0, 1}, {{0}, {0}}, 1)), Error); }

}  // namespace
}  // namespace ootd
