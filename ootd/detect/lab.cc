#include "ootd/detect/lab.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace ootd {
namespace {

const std::array<float, 256>& linear_light() {
  static const std::array<float, 256> table = [] {
    std::array<float, 256> all{};
    for (std::size_t i = 0; i < all.size(); ++i) {
      const double v = static_cast<double>(i) / 255;
      all[i] = static_cast<float>(v <= 0.04045 ? v / 12.92 : std::pow((v + 0.055) / 1.055, 2.4));
    }
    return all;
  }();
  return table;
}

float root(float t) {
  constexpr float kKnee = 216.0f / 24389, kSlope = 24389.0f / 27;
  return t > kKnee ? std::cbrt(t) : (kSlope * t + 16) / 116;
}

}  // namespace

Lab lab_of(std::uint8_t r, std::uint8_t g, std::uint8_t b) {
  const auto& light = linear_light();
  const float lr = light[r], lg = light[g], lb = light[b];
  // Rows: X, Y, Z of sRGB's primaries, each divided by that of D65, so that white is (1, 1, 1).
  const float x = root((0.4124564f * lr + 0.3575761f * lg + 0.1804375f * lb) / 0.95047f);
  const float y = root(0.2126729f * lr + 0.7151522f * lg + 0.0721750f * lb);
  const float z = root((0.0193339f * lr + 0.1191920f * lg + 0.9503041f * lb) / 1.08883f);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

std::array<std::uint8_t, 3> srgb_of(const Lab& color) {
  constexpr double kKnee = 6.0 / 29;
  const auto power = [](double t) { return t > kKnee ? t * t * t : 3 * kKnee * kKnee * (t - 4.0 / 29); };
  const double l = (static_cast<double>(color.l) + 16) / 116;
  const double x = 0.95047 * power(l + static_cast<double>(color.a) / 500), y = power(l);
  const double z = 1.08883 * power(l - static_cast<double>(color.b) / 200);
  const auto byte = [](double light) {
    light = std::clamp(light, 0.0, 1.0);
    const double v = light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055;
    return static_cast<std::uint8_t>(std::lround(255 * v));
  };
  return {byte(3.2404542 * x - 1.5371385 * y - 0.4985314 * z), byte(-0.9692660 * x + 1.8760108 * y + 0.0415560 * z),
          byte(0.0556434 * x - 0.2040259 * y + 1.0572252 * z)};
}

// Names and numbers of the equations are those of the paper.
float ciede2000(const Lab& p, const Lab& q) {
  constexpr double kDegree = std::numbers::pi / 180, k25To7 = 6103515625.0;
  constexpr double kHalfTurn = 180 + 1e-9;  // opposite hues count as 180 degrees apart, whatever the last bits say
  const auto pow7 = [](double v) { return v * v * v * v * v * v * v; };
  const double mean_c = (std::hypot(p.a, p.b) + std::hypot(q.a, q.b)) / 2;
  const double g = 0.5 * (1 - std::sqrt(pow7(mean_c) / (pow7(mean_c) + k25To7)));  // (4)
  const double a1 = (1 + g) * p.a, a2 = (1 + g) * q.a;                             // (5)
  const double c1 = std::hypot(a1, p.b), c2 = std::hypot(a2, q.b);                 // (6)
  const auto hue = [](double b, double a) {                                        // (7), in degrees
    const double h = a == 0 && b == 0 ? 0 : std::atan2(b, a) / kDegree;
    return h < 0 ? h + 360 : h;
  };
  const double h1 = hue(p.b, a1), h2 = hue(q.b, a2);
  const double dl = q.l - p.l, dc = c2 - c1;  // (8), (9)
  const bool gray = c1 * c2 == 0;
  double dh = gray ? 0 : h2 - h1;  // (10)
  if (dh > kHalfTurn) dh -= 360;
  if (dh < -kHalfTurn) dh += 360;
  const double big_dh = 2 * std::sqrt(c1 * c2) * std::sin(dh / 2 * kDegree);  // (11)
  const double l = (p.l + q.l) / 2.0, c = (c1 + c2) / 2;                      // (12), (13)
  double h = gray ? h1 + h2 : (h1 + h2) / 2;                                  // (14)
  if (!gray && std::abs(h1 - h2) > kHalfTurn) h += h1 + h2 < 360 ? 180 : -180;
  const double t = 1 - 0.17 * std::cos((h - 30) * kDegree) + 0.24 * std::cos(2 * h * kDegree) +
                   0.32 * std::cos((3 * h + 6) * kDegree) - 0.20 * std::cos((4 * h - 63) * kDegree);  // (15)
  const double around_blue = (h - 275) / 25;
  const double turn = 30 * std::exp(-around_blue * around_blue);  // (16)
  const double rc = 2 * std::sqrt(pow7(c) / (pow7(c) + k25To7));  // (17)
  const double l50 = (l - 50) * (l - 50);
  const double sl = 1 + 0.015 * l50 / std::sqrt(20 + l50);  // (18)
  const double sc = 1 + 0.045 * c, sh = 1 + 0.015 * c * t;  // (19), (20)
  const double rt = -std::sin(2 * turn * kDegree) * rc;     // (21)
  const double x = dl / sl, y = dc / sc, z = big_dh / sh;
  return static_cast<float>(std::sqrt(std::max(0.0, x * x + y * y + z * z + rt * y * z)));  // (22)
}

}  // namespace ootd
