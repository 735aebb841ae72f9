#include "ootd/detect/lab.h"

#include <gtest/gtest.h>

#include "ootd/base/random.h"

namespace ootd {
namespace {

// The paper's 34 pairs (table 1), chosen for the places where implementations go wrong: hues across 0 degrees, gray.
constexpr float kPairs[][7] = {
    {50.0000f, 2.6772f, -79.7751f, 50.0000f, 0.0000f, -82.7485f, 2.0425f},
    {50.0000f, 3.1571f, -77.2803f, 50.0000f, 0.0000f, -82.7485f, 2.8615f},
    {50.0000f, 2.8361f, -74.0200f, 50.0000f, 0.0000f, -82.7485f, 3.4412f},
    {50.0000f, -1.3802f, -84.2814f, 50.0000f, 0.0000f, -82.7485f, 1.0000f},
    {50.0000f, -1.1848f, -84.8006f, 50.0000f, 0.0000f, -82.7485f, 1.0000f},
    {50.0000f, -0.9009f, -85.5211f, 50.0000f, 0.0000f, -82.7485f, 1.0000f},
    {50.0000f, 0.0000f, 0.0000f, 50.0000f, -1.0000f, 2.0000f, 2.3669f},
    {50.0000f, -1.0000f, 2.0000f, 50.0000f, 0.0000f, 0.0000f, 2.3669f},
    {50.0000f, 2.4900f, -0.0010f, 50.0000f, -2.4900f, 0.0009f, 7.1792f},
    {50.0000f, 2.4900f, -0.0010f, 50.0000f, -2.4900f, 0.0010f, 7.1792f},
    {50.0000f, 2.4900f, -0.0010f, 50.0000f, -2.4900f, 0.0011f, 7.2195f},
    {50.0000f, 2.4900f, -0.0010f, 50.0000f, -2.4900f, 0.0012f, 7.2195f},
    {50.0000f, -0.0010f, 2.4900f, 50.0000f, 0.0009f, -2.4900f, 4.8045f},
    {50.0000f, -0.0010f, 2.4900f, 50.0000f, 0.0010f, -2.4900f, 4.8045f},
    {50.0000f, -0.0010f, 2.4900f, 50.0000f, 0.0011f, -2.4900f, 4.7461f},
    {50.0000f, 2.5000f, 0.0000f, 50.0000f, 0.0000f, -2.5000f, 4.3065f},
    {50.0000f, 2.5000f, 0.0000f, 73.0000f, 25.0000f, -18.0000f, 27.1492f},
    {50.0000f, 2.5000f, 0.0000f, 61.0000f, -5.0000f, 29.0000f, 22.8977f},
    {50.0000f, 2.5000f, 0.0000f, 56.0000f, -27.0000f, -3.0000f, 31.9030f},
    {50.0000f, 2.5000f, 0.0000f, 58.0000f, 24.0000f, 15.0000f, 19.4535f},
    {50.0000f, 2.5000f, 0.0000f, 50.0000f, 3.1736f, 0.5854f, 1.0000f},
    {50.0000f, 2.5000f, 0.0000f, 50.0000f, 3.2972f, 0.0000f, 1.0000f},
    {50.0000f, 2.5000f, 0.0000f, 50.0000f, 1.8634f, 0.5757f, 1.0000f},
    {50.0000f, 2.5000f, 0.0000f, 50.0000f, 3.2592f, 0.3350f, 1.0000f},
    {60.2574f, -34.0099f, 36.2677f, 60.4626f, -34.1751f, 39.4387f, 1.2644f},
    {63.0109f, -31.0961f, -5.8663f, 62.8187f, -29.7946f, -4.0864f, 1.2630f},
    {61.2901f, 3.7196f, -5.3901f, 61.4292f, 2.2480f, -4.9620f, 1.8731f},
    {35.0831f, -44.1164f, 3.7933f, 35.0232f, -40.0716f, 1.5901f, 1.8645f},
    {22.7233f, 20.0904f, -46.6940f, 23.0331f, 14.9730f, -42.5619f, 2.0373f},
    {36.4612f, 47.8580f, 18.3852f, 36.2715f, 50.5065f, 21.2231f, 1.4146f},
    {90.8027f, -2.0831f, 1.4410f, 91.1528f, -1.6435f, 0.0447f, 1.4441f},
    {90.9257f, -0.5406f, -0.9208f, 88.6381f, -0.8985f, -0.7239f, 1.5381f},
    {6.7747f, -0.2908f, -2.4247f, 5.8714f, -0.0985f, -2.2286f, 0.6377f},
    {2.0776f, 0.0795f, -1.1350f, 0.9033f, -0.0636f, -0.5514f, 0.9082f},
};

TEST(Ciede2000, GivesThePublishedDifferences) {
  ASSERT_EQ(std::size(kPairs), 34u);
  for (const auto& p : kPairs) {
    EXPECT_NEAR(ciede2000({p[0], p[1], p[2]}, {p[3], p[4], p[5]}), p[6], 1e-4f);
    EXPECT_NEAR(ciede2000({p[3], p[4], p[5]}, {p[0], p[1], p[2]}), p[6], 1e-4f);
  }
}

TEST(Ciede2000, IsNothingForOneColourAndSymmetric) {
  Random random(1);
  const auto any = [&] {
    return lab_of(static_cast<std::uint8_t>(random.below(256)), static_cast<std::uint8_t>(random.below(256)),
                  static_cast<std::uint8_t>(random.below(256)));
  };
  for (int i = 0; i < 1000; ++i) {
    const Lab p = any(), q = any();
    EXPECT_EQ(ciede2000(p, p), 0);
    EXPECT_NEAR(ciede2000(p, q), ciede2000(q, p), 1e-4f);
    EXPECT_TRUE(p == q || ciede2000(p, q) > 0);
  }
}

// sRGB's primaries in Lab (D65), as in the tables of every text on colour.
TEST(LabOf, GivesThePrimariesTheirKnownPlaces) {
  const auto near = [](const Lab& found, const Lab& known) {
    EXPECT_NEAR(found.l, known.l, 0.02);
    EXPECT_NEAR(found.a, known.a, 0.02);
    EXPECT_NEAR(found.b, known.b, 0.02);
  };
  near(lab_of(255, 255, 255), {100, 0, 0});
  near(lab_of(0, 0, 0), {0, 0, 0});
  near(lab_of(255, 0, 0), {53.24f, 80.09f, 67.20f});
  near(lab_of(0, 255, 0), {87.73f, -86.18f, 83.18f});
  near(lab_of(0, 0, 255), {32.30f, 79.19f, -107.86f});
  near(lab_of(119, 119, 119), {50.03f, 0, 0});
  near(lab_of(5, 5, 5), {1.37f, 0, 0});  // the straight part of both curves
}

}  // namespace
}  // namespace ootd
