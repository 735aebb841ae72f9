#include "ootd/report/tsne.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ootd/base/random.h"

namespace ootd {
namespace {

// Two clouds of 10 dimensions, `apart` standard deviations from each other; the even rows are the first.
Matrix two_clouds(std::size_t n, double apart) {
  Random random(11);
  Matrix rows(n, 10);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t d = 0; d < 10; ++d)
      rows.row(i)[d] = static_cast<float>(random.normal() + (i % 2 == 0 && d == 0 ? apart : 0));
  return rows;
}

double distance(const Matrix& map, std::size_t a, std::size_t b) {
  return std::hypot(static_cast<double>(map.row(a)[0] - map.row(b)[0]),
                    static_cast<double>(map.row(a)[1] - map.row(b)[1]));
}

TEST(Tsne, PutsEveryPointBesideOneOfItsOwnCloud) {
  const Matrix map = tsne(two_clouds(120, 12));
  double within = 0, between = 0;
  for (std::size_t i = 0; i < 120; ++i) {
    double own = INFINITY, other = INFINITY;
    for (std::size_t j = 0; j < 120; ++j) {
      if (i == j) continue;
      double& nearest = i % 2 == j % 2 ? own : other;
      nearest = std::min(nearest, distance(map, i, j));
      (i % 2 == j % 2 ? within : between) += distance(map, i, j);
    }
    EXPECT_LT(own, other) << i;
  }
  EXPECT_GT(between, 1.5 * within);  // as many pairs, but for the diagonal
}

TEST(Tsne, IsTheSameForTheSameSeedAndStaysFinite) {
  const Matrix rows = two_clouds(60, 5);
  const Matrix a = tsne(rows), b = tsne(rows), c = tsne(rows, {.seed = 2});
  bool differs = false;
  double sum = 0;
  for (std::size_t i = 0; i < 120; ++i) {
    EXPECT_EQ(a.values()[i], b.values()[i]);
    EXPECT_TRUE(std::isfinite(a.values()[i]));
    differs = differs || a.values()[i] != c.values()[i];
    sum += static_cast<double>(a.values()[i]);
  }
  EXPECT_TRUE(differs);
  EXPECT_NEAR(sum, 0, 1e-2);  // centred
}

TEST(Tsne, TakesFewRowsAndEqualRows) {
  for (const std::size_t n : {0u, 1u, 3u, 4u, 12u}) {
    const Matrix map = tsne(Matrix(n, 5));
    ASSERT_EQ(map.rows(), n);
    for (std::size_t i = 0; i < 2 * n; ++i) EXPECT_TRUE(std::isfinite(map.values()[i])) << n;
  }
}

}  // namespace
}  // namespace ootd
