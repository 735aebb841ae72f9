#include "ootd/eval/clustering.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "ootd/base/error.h"
#include "tests/eval/random_rows.h"

namespace ootd {
namespace {

using testing::random_rows;

// The definition, pair by pair.
double plain_silhouette(const SingleLabelRows& rows, std::size_t i) {
  std::map<int, std::vector<double>> distances;
  for (std::size_t j = 0; j < rows.labels.size(); ++j)
    if (j != i)
      distances[rows.labels[j]].push_back(1 - static_cast<double>(dot(rows.vectors.row(i), rows.vectors.row(j))));
  if (!distances.contains(rows.labels[i])) return 0;
  double own = 0, nearest = 10;
  for (const auto& [label, list] : distances) {
    const double mean = std::accumulate(list.begin(), list.end(), 0.0) / static_cast<double>(list.size());
    if (label == rows.labels[i])
      own = mean;
    else
      nearest = std::min(nearest, mean);
  }
  return (nearest - own) / std::max(nearest, own);
}

TEST(Silhouette, EqualsItsPairwiseDefinition) {
  auto labelled = random_rows(60, 8, 3, 4, 9);
  labelled.labels[0] = {3};  // a label with a single row, far from the others
  std::ranges::fill(labelled.vectors.row(0), 0.0F);
  labelled.vectors.row(0)[7] = 1;
  const auto rows = single_label_rows(labelled);
  const auto values = silhouettes(rows);
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], plain_silhouette(rows, i), 1e-5);
  EXPECT_GT(std::accumulate(values.begin(), values.end(), 0.0) / 60, 0.1);
}

TEST(Silhouette, NeedsTwoLabels) { EXPECT_THROW(silhouettes(single_label_rows(random_rows(10, 4, 1, 0, 1))), Error); }

TEST(SingleLabelRows, LeaveOutWhatHasNoneOrSeveral) {
  auto rows = random_rows(4, 3, 1, 0, 1);
  rows.labels = {{7}, {}, {2, 7}, {2}};
  const auto single = single_label_rows(rows);
  EXPECT_EQ(single.labels, (std::vector<int>{0, 1}));
  EXPECT_EQ(single.label_count, 2);
  EXPECT_EQ(single.vectors.row(1)[0], rows.vectors.row(3)[0]);
}

TEST(KMeans, FindsClustersThatLieApart) {
  const auto rows = random_rows(300, 16, 6, 20, 4);
  std::vector<int> labels;
  for (const auto& set : rows.labels) labels.push_back(set[0]);
  const auto found = k_means(rows.vectors, {.clusters = 6});
  EXPECT_NEAR(adjusted_mutual_information(labels, found.clusters), 1, 1e-9);
}

TEST(KMeans, IsTheSameOnAnyNumberOfThreads) {
  const auto rows = random_rows(120, 8, 3, 1, 5);
  const auto one = k_means(rows.vectors, {.clusters = 5, .threads = 1});
  const auto many = k_means(rows.vectors, {.clusters = 5, .threads = 6});
  EXPECT_EQ(one.clusters, many.clusters);
  EXPECT_EQ(one.inertia, many.inertia);
}

// Where Lloyd's algorithm ends, each row is with the nearest of the centres and the inertia is theirs.
TEST(KMeans, EndsWithEachRowAtItsNearestCentre) {
  const auto rows = random_rows(150, 8, 3, 1, 6).vectors;
  const auto found = k_means(rows, {.clusters = 7});
  Matrix centres(7, 8);
  std::vector<float> sizes(7);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    const auto c = static_cast<std::size_t>(found.clusters[i]);
    for (std::size_t d = 0; d < 8; ++d) centres.row(c)[d] += rows.row(i)[d];
    sizes[c] += 1;
  }
  double inertia = 0;
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    std::vector<double> distances;
    for (std::size_t c = 0; c < 7; ++c) {
      double sum = 0;
      for (std::size_t d = 0; d < 8; ++d)
        sum += std::pow(static_cast<double>(rows.row(i)[d]) - static_cast<double>(centres.row(c)[d] / sizes[c]), 2);
      distances.push_back(sum);
    }
    const double own = distances[static_cast<std::size_t>(found.clusters[i])];
    EXPECT_LE(own, *std::ranges::min_element(distances) + 1e-6);
    inertia += own;
  }
  EXPECT_NEAR(found.inertia, inertia, 1e-4);
}

TEST(KMeans, GivesEveryRowItsOwnClusterEvenAmongCopies) {
  Matrix rows(4, 2);  // two pairs of copies: two of the four clusters start empty or doubled
  rows.row(0)[0] = rows.row(1)[0] = 1;
  rows.row(2)[1] = rows.row(3)[1] = 1;
  EXPECT_NEAR(k_means(rows, {.clusters = 4}).inertia, 0, 1e-9);
  EXPECT_THROW(k_means(rows, {.clusters = 5}), Error);
}

// By its meaning: the mean over all ways of dealing the second partition's numbers to the rows.
TEST(AdjustedMutualInformation, SubtractsTheMeanOverAllPermutations) {
  const std::vector<int> a = {0, 0, 0, 1, 1, 2, 2}, b = {0, 0, 1, 1, 1, 1, 0};
  const auto information = [&](const std::vector<int>& x, const std::vector<int>& y) {
    double sum = 0;
    for (int i = 0; i < 3; ++i)
      for (int j = 0; j < 2; ++j) {
        double both = 0, in_x = 0, in_y = 0;
        for (std::size_t k = 0; k < x.size(); ++k) {
          both += x[k] == i && y[k] == j;
          in_x += x[k] == i;
          in_y += y[k] == j;
        }
        if (both > 0) sum += both / 7 * std::log(7 * both / (in_x * in_y));
      }
    return sum;
  };
  std::vector<int> permuted = b;
  std::ranges::sort(permuted);
  double expected = 0, count = 0;
  do {
    expected += information(a, permuted);
    ++count;
  } while (std::next_permutation(permuted.begin(), permuted.end()));
  expected /= count;
  const auto term = [](double size) { return -size / 7 * std::log(size / 7); };
  const double mean_entropy = (term(3) + term(2) + term(2) + term(3) + term(4)) / 2;
  EXPECT_NEAR(adjusted_mutual_information(a, b), (information(a, b) - expected) / (mean_entropy - expected), 1e-9);
}

TEST(AdjustedMutualInformation, KnowsOnlyPartitionsNotNumbers) {
  const std::vector<int> a = {0, 0, 1, 1, 2}, renamed = {9, 9, -4, -4, 0}, one = {3, 3, 3, 3, 3};
  EXPECT_NEAR(adjusted_mutual_information(a, renamed), 1, 1e-12);
  EXPECT_NEAR(adjusted_mutual_information(a, one), 0, 1e-12);
  EXPECT_EQ(adjusted_mutual_information(one, one), 1);
  EXPECT_THROW(adjusted_mutual_information(a, std::vector<int>{1}), Error);
}

}  // namespace
}  // namespace ootd
