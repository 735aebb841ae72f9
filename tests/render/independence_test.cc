// The clothes tell the style; the background does not.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "ootd/base/random.h"
#include "tools/render/look.h"

namespace ootd {
namespace {

constexpr int kLooksPerStyle = 50, kTestPerStyle = 20;
constexpr int kStyleCount = static_cast<int>(kStyles.size());

using Histogram = std::array<float, 64>;  // 4 x 4 x 4 cells of RGB; sums to 1

struct Sample {
  int style;
  Histogram clothes{}, background{};
  std::array<double, 3> background_mean{};
};

void add(Histogram& histogram, const std::uint8_t* rgb) {
  ++histogram[static_cast<std::size_t>((rgb[0] >> 6) * 16 + (rgb[1] >> 6) * 4 + (rgb[2] >> 6))];
}

void normalize(Histogram& histogram) {
  float sum = 0;
  for (const float v : histogram) sum += v;
  for (float& v : histogram) v /= std::max(sum, 1.0f);
}

bool holds(const Box& box, int x, int y) { return x >= box.x && x < box.x + box.w && y >= box.y && y < box.y + box.h; }

Sample sample(int style, int number) {
  Random random(static_cast<std::uint64_t>(number));
  const std::uint64_t outfit_seed = random.next(), background_seed = random.next();
  const Look look =
      render_look(kStyles[static_cast<std::size_t>(style)], outfit_seed, background_seed, {.width = 96, .height = 128});
  Sample s;
  s.style = style;
  int n = 0;
  for (int y = 0; y < look.image.height; ++y)
    for (int x = 0; x < look.image.width; ++x) {
      const std::uint8_t* rgb = look.image.row(y) + 3 * x;
      if (std::any_of(look.garments.begin(), look.garments.end(), [&](const auto& g) { return holds(g.box, x, y); }))
        add(s.clothes, rgb);
      const Box shadow = {0, look.person.y + look.person.h - 6, 96, 16};  // it lies beside the person's box
      if (holds(look.person, x, y) || holds(shadow, x, y)) continue;
      add(s.background, rgb);
      for (std::size_t c = 0; c < 3; ++c) s.background_mean[c] += rgb[c];
      ++n;
    }
  normalize(s.clothes);
  normalize(s.background);
  for (double& v : s.background_mean) v /= n;
  return s;
}

const std::vector<Sample>& samples() {
  static const std::vector<Sample> all = [] {
    std::vector<Sample> made;
    for (int i = 0; i < kLooksPerStyle * kStyleCount; ++i) made.push_back(sample(i % kStyleCount, i));
    return made;
  }();
  return all;
}

// Share of the last looks whose nearest of the first looks (by L1 distance) has the same style.
double nearest_neighbour_accuracy(const Histogram Sample::* feature) {
  const std::vector<Sample>& all = samples();
  const std::size_t split = all.size() - kTestPerStyle * kStyleCount;
  int right = 0;
  for (std::size_t q = split; q < all.size(); ++q) {
    float best = 1e9f;
    int style = -1;
    for (std::size_t t = 0; t < split; ++t) {
      float distance = 0;
      for (std::size_t k = 0; k < 64; ++k) distance += std::abs((all[q].*feature)[k] - (all[t].*feature)[k]);
      if (distance < best) best = distance, style = all[t].style;
    }
    right += style == all[q].style;
  }
  return right / static_cast<double>(all.size() - split);
}

constexpr double kChance = 1.0 / kStyleCount;

TEST(RenderedLooks, ColoursOfTheGarmentBoxesTellTheStyle) {
  const double accuracy = nearest_neighbour_accuracy(&Sample::clothes);
  RecordProperty("accuracy", std::to_string(accuracy));
  EXPECT_GT(accuracy, 2.2 * kChance);
}

TEST(RenderedLooks, BackgroundSaysNothingOfTheStyle) {
  const double accuracy = nearest_neighbour_accuracy(&Sample::background);
  RecordProperty("accuracy", std::to_string(accuracy));
  const double deviation = std::sqrt(kChance * (1 - kChance) / (kTestPerStyle * kStyleCount));
  EXPECT_LT(accuracy, kChance + 3 * deviation);
}

TEST(RenderedLooks, MeanBackgroundColourIsThatOfEveryStyle) {
  // One-way analysis of variance: the spread of the styles' means over the one that chance gives. For 12 and 637
  // degrees of freedom F exceeds 2.8 once in a thousand.
  for (std::size_t c = 0; c < 3; ++c) {
    std::array<double, kStyleCount> means{};
    double total = 0, within = 0, between = 0;
    for (const Sample& s : samples()) means[static_cast<std::size_t>(s.style)] += s.background_mean[c] / kLooksPerStyle;
    for (const double mean : means) total += mean / kStyleCount;
    for (const Sample& s : samples())
      within += std::pow(s.background_mean[c] - means[static_cast<std::size_t>(s.style)], 2);
    for (const double mean : means) between += kLooksPerStyle * std::pow(mean - total, 2);
    const double f = (between / (kStyleCount - 1)) / (within / (kStyleCount * (kLooksPerStyle - 1)));
    EXPECT_LT(f, 2.8) << "channel " << c;
  }
}

}  // namespace
}  // namespace ootd
