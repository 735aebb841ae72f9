#include "ootd/image/resize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/random.h"

namespace ootd {
namespace {

Image noise(int width, int height, std::uint64_t seed) {
  Random random(seed);
  Image image{.width = width, .height = height, .rgb = std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  for (auto& value : image.rgb)
    value = static_cast<std::uint8_t>(random.below(4) == 0 ? 255 * random.below(2) : random.below(256));
  return image;
}

// The definition: one output value at a time, as Pillow's Resample.c reads. `at(i)` is the input along the axis.
template <class At>
std::uint8_t plain_value(int in, int out, int index, Interpolation filter, At at) {
  const double scale = static_cast<double>(in) / out, widening = std::max(scale, 1.0);
  const double radius = (filter == Interpolation::kBicubic ? 2 : 1) * widening, center = (index + 0.5) * scale;
  // NOLINTBEGIN(bugprone-incorrect-roundings): Pillow's
  const int low = std::max(0, static_cast<int>(center - radius + 0.5));
  const int high = std::min(in, static_cast<int>(center + radius + 0.5));
  // NOLINTEND(bugprone-incorrect-roundings)
  std::vector<double> weights;
  double sum = 0;
  for (int i = low; i < high; ++i) {
    const double x = std::abs((i - center + 0.5) * (1.0 / widening));
    double w = 0;
    if (filter == Interpolation::kBilinear)
      w = x < 1 ? 1 - x : 0;
    else if (x < 1)
      w = (1.5 * x - 2.5) * x * x + 1;
    else if (x < 2)
      w = (((x - 5) * x + 8) * x - 4) * -0.5;
    weights.push_back(w);
    sum += w;
  }
  std::int64_t total = 1 << 21;
  for (int i = low; i < high; ++i) total += at(i) * std::llround(weights[i - low] / sum * (1 << 22));
  return static_cast<std::uint8_t>(std::clamp<std::int64_t>(total >> 22, 0, 255));
}

Image plain_columns(const Image& in, int height, Interpolation filter) {
  Image out{.width = in.width, .height = height, .rgb = {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < in.width * 3; ++x)
      out.rgb.push_back(plain_value(in.height, height, y, filter, [&](int i) { return in.row(i)[x]; }));
  return out;
}

Image plain_rows(const Image& in, int width, Interpolation filter) {
  Image out{.width = width, .height = in.height, .rgb = {}};
  for (int y = 0; y < in.height; ++y)
    for (int x = 0; x < width * 3; ++x)
      out.rgb.push_back(plain_value(in.width, width, x / 3, filter, [&](int i) { return in.row(y)[i * 3 + x % 3]; }));
  return out;
}

Image plain_resize(const Image& in, int width, int height, Interpolation filter, PassOrder order) {
  const bool ribbon = in.height > 100 * in.width, much_lower = in.height - height > (in.width - width) * 2;
  if (in.height > height && (order == PassOrder::kHorizontalFirst ? ribbon : much_lower))
    return plain_rows(plain_columns(in, height, filter), width, filter);
  return plain_columns(plain_rows(in, width, filter), height, filter);
}

TEST(Resize, EqualsThePlainLoopsAtEverySize) {
  Random random(3);
  for (int round = 0; round < 60; ++round) {
    const auto side = [&] { return 1 + static_cast<int>(random.below(round < 40 ? 90 : 12)); };
    const Image in = noise(side(), side(), 100 + round);
    const int width = side(), height = side();
    const Interpolation filter = round % 2 ? Interpolation::kBicubic : Interpolation::kBilinear;
    const PassOrder order = round % 4 < 2 ? PassOrder::kHorizontalFirst : PassOrder::kPillow13;
    const Image out = resize(in, width, height, filter, order);
    EXPECT_EQ(out.width, width);
    EXPECT_EQ(out.height, height);
    EXPECT_EQ(out.rgb, plain_resize(in, width, height, filter, order).rgb)
        << in.width << "x" << in.height << " to " << width << "x" << height << ", round " << round;
  }
}

TEST(Resize, TakesARibbonVerticallyFirst) {
  for (const int in_height : {300, 301, 450}) {
    const Image in = noise(3, in_height, 7);
    EXPECT_EQ(resize(in, 17, 44, Interpolation::kBicubic).rgb,
              plain_resize(in, 17, 44, Interpolation::kBicubic, PassOrder::kHorizontalFirst).rgb)
        << in_height;
  }
}

TEST(Resize, ToTheSameSizeChangesNothing) {
  const Image in = noise(37, 23, 5);
  EXPECT_EQ(resize(in, 37, 23, Interpolation::kBicubic).rgb, in.rgb);
  EXPECT_EQ(resize(in, 37, 23, Interpolation::kBilinear, PassOrder::kPillow13).rgb, in.rgb);
}

TEST(Resize, KeepsOneColourThroughAHugeReduction) {
  Image in{.width = 5000, .height = 3, .rgb = std::vector<std::uint8_t>(45'000, 200)};
  const Image out = resize(in, 2, 1, Interpolation::kBicubic);
  EXPECT_EQ(out.rgb, std::vector<std::uint8_t>(6, 200));
}

TEST(Resize, RefusesWhatHasNoPixels) {
  EXPECT_THROW(resize(Image{}, 10, 10, Interpolation::kBicubic), Error);
  EXPECT_THROW(resize(noise(4, 4, 1), 0, 10, Interpolation::kBicubic), Error);
  EXPECT_THROW(resize(noise(4, 4, 1), 10, -1, Interpolation::kBicubic), Error);
}

TEST(ResizeWindow, HasThePixelsOfTheWholeResize) {
  Random random(4);
  for (int round = 0; round < 30; ++round) {
    const auto side = [&](int most) { return 1 + static_cast<int>(random.below(most)); };
    const Image in = noise(side(80), side(80), 200 + round);
    const int width = side(80), height = side(80);
    Window window{.left = side(width) - 1, .top = side(height) - 1, .width = 0, .height = 0};
    window.width = side(width - window.left);
    window.height = side(height - window.top);
    const PassOrder order = round % 2 ? PassOrder::kHorizontalFirst : PassOrder::kPillow13;
    const Image whole = resize(in, width, height, Interpolation::kBicubic, order);
    const Box box{static_cast<float>(window.left), static_cast<float>(window.top), static_cast<float>(window.width),
                  static_cast<float>(window.height)};
    EXPECT_EQ(resize_window(in, width, height, window, Interpolation::kBicubic, order).rgb, crop(whole, box).rgb)
        << "round " << round;
  }
}

TEST(ResizeWindow, RefusesAWindowOutsideTheResult) {
  const Image in = noise(8, 8, 1);
  for (const Window& window : {Window{-1, 0, 2, 2}, Window{0, 9, 2, 2}, Window{0, 0, 11, 2}, Window{0, 0, 0, 2},
                               Window{5, 5, std::numeric_limits<int>::max(), 2}})
    EXPECT_THROW(resize_window(in, 10, 10, window, Interpolation::kBilinear), Error);
}

TEST(Crop, RoundsOutwardsAndClips) {
  const Image in = noise(10, 8, 2);
  const Image part = crop(in, {2.5f, 1.0f, 3.0f, 2.25f});
  EXPECT_EQ(part.width, 4);   // columns 2..5
  EXPECT_EQ(part.height, 3);  // rows 1..3
  for (int y = 0; y < part.height; ++y)
    for (int x = 0; x < part.width * 3; ++x) ASSERT_EQ(part.row(y)[x], in.row(y + 1)[x + 6]);
  EXPECT_EQ(crop(in, {-5, -5, 100, 100}).rgb, in.rgb);
}

TEST(Crop, RefusesABoxWithNothingInIt) {
  const Image in = noise(10, 8, 2);
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  for (const Box& box : {Box{10, 0, 5, 5}, Box{-5, 0, 5, 5}, Box{2, 2, -1, 3}, Box{3, 3, 0, 0}, Box{nan, 0, 5, 5},
                         Box{0, 0, infinity, 5}, Box{0, 0, 5, nan}, Box{1e30f, 0, 1e30f, 5}})
    EXPECT_THROW(crop(in, box), Error) << box.x << " " << box.y << " " << box.w << " " << box.h;
  EXPECT_THROW(crop(Image{}, {0, 0, 1, 1}), Error);
}

}  // namespace
}  // namespace ootd
