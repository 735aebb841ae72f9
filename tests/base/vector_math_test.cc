#include "ootd/base/vector_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "ootd/base/random.h"

namespace ootd {
namespace {

TEST(Dot, EqualsThePlainSumAtEveryLength) {
  Random random(1);
  for (std::size_t n = 0; n < 200; ++n) {
    std::vector<float> a(n), b(n);
    double expected = 0;
    for (std::size_t i = 0; i < n; ++i) {
      a[i] = static_cast<float>(random.normal());
      b[i] = static_cast<float>(random.normal());
      expected += static_cast<double>(a[i]) * b[i];
    }
    EXPECT_NEAR(dot(a, b), expected, 1e-4) << "n = " << n;
  }
}

TEST(Normalize, GivesLengthOneAndReturnsTheOldLength) {
  std::vector<float> v = {3, 4};
  EXPECT_FLOAT_EQ(normalize(v), 5);
  EXPECT_FLOAT_EQ(v[0], 0.6f);
  EXPECT_FLOAT_EQ(v[1], 0.8f);
}

TEST(Normalize, LeavesZeroAlone) {
  std::vector<float> v = {0, 0, 0};
  EXPECT_EQ(normalize(v), 0);
  EXPECT_EQ(v, (std::vector<float>{0, 0, 0}));
}

}  // namespace
}  // namespace ootd
