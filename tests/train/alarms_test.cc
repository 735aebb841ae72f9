// Every alarm fires on its planted fault, and stays silent on the healthy twin.
#include "ootd/train/alarms.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/image/preprocess.h"

namespace ootd {
namespace {

constexpr std::array<float, 3> kImageNetMean = {0.485f, 0.456f, 0.406f}, kImageNetStd = {0.229f, 0.224f, 0.225f};

InputSpec spec_of(bool imagenet) {
  InputSpec spec{.width = 16, .height = 12};
  if (imagenet) spec.mean = kImageNetMean, spec.std = kImageNetStd;
  return spec;
}

// A batch of 8 pictures of soft noise between the levels.
std::vector<Image> pictures(const InputSpec& spec, int low = 5, int high = 250) {
  Random random(2);
  std::vector<Image> images(8, Image{spec.width, spec.height, {}});
  for (auto& image : images)
    for (int i = 0; i < spec.width * spec.height * 3; ++i)
      image.rgb.push_back(static_cast<std::uint8_t>(low + static_cast<int>(random.below(high - low + 1))));
  return images;
}

std::vector<float> pixels_of(const std::vector<Image>& images, const InputSpec& spec) {
  const std::size_t size = images[0].rgb.size();
  std::vector<float> pixels(images.size() * size);
  for (std::size_t i = 0; i < images.size(); ++i)
    normalize_chw(images[i], spec, std::span(pixels).subspan(i * size, size));
  return pixels;
}

// What `f` makes of every pixel, told its channel.
template <class F>
std::vector<float> changed(std::vector<float> pixels, const InputSpec& spec, const F& f) {
  const std::size_t plane = static_cast<std::size_t>(spec.width * spec.height);
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = f(pixels[i], i / plane % 3);
  return pixels;
}

std::string fired(const std::optional<Alarm>& alarm) {
  return alarm ? std::string(to_string(alarm->kind)) + " " + std::string(to_string(alarm->level)) + ": " + alarm->text
               : "silent";
}
void expect_fired(const std::optional<Alarm>& alarm, const std::string& start, const std::string& word) {
  EXPECT_EQ(fired(alarm).substr(0, start.size()), start) << fired(alarm);
  EXPECT_NE(fired(alarm).find(word), std::string::npos) << fired(alarm);
}

TEST(InputAlarm, IsSilentOnNormalisedPhotosAlsoDarkAndBrightOnes) {
  for (const bool imagenet : {false, true}) {
    const InputSpec spec = spec_of(imagenet);
    EXPECT_EQ(fired(input_alarm(pixels_of(pictures(spec), spec), spec)), "silent");
    EXPECT_EQ(fired(input_alarm(pixels_of(pictures(spec, 0, 40), spec), spec)), "silent");
    EXPECT_EQ(fired(input_alarm(pixels_of(pictures(spec, 100, 255), spec), spec)), "silent");
  }
  EXPECT_EQ(fired(input_alarm({}, spec_of(true))), "silent");
}

TEST(InputAlarm, SeesPixelsDividedBy255Twice) {
  for (const bool imagenet : {false, true}) {
    const InputSpec spec = spec_of(imagenet);
    const auto black = changed(pixels_of(pictures(spec), spec), spec, [&](float x, std::size_t c) {
      return ((x * spec.std[c] + spec.mean[c]) / 255 - spec.mean[c]) / spec.std[c];
    });
    expect_fired(input_alarm(black, spec), "input critical", "divided by 255 twice");
  }
}

TEST(InputAlarm, SeesPixelsThatWereNotNormalisedOrTwice) {
  for (const bool imagenet : {false, true}) {
    const InputSpec spec = spec_of(imagenet);
    const auto right = pixels_of(pictures(spec), spec);
    const auto unit = changed(right, spec, [&](float x, std::size_t c) { return x * spec.std[c] + spec.mean[c]; });
    const auto bytes = changed(unit, spec, [](float x, std::size_t) { return 255 * x; });
    const auto twice = changed(right, spec, [&](float x, std::size_t c) { return (x - spec.mean[c]) / spec.std[c]; });
    expect_fired(input_alarm(unit, spec), "input critical", "scaled but not normalised");
    expect_fired(input_alarm(bytes, spec), "input critical", "0..255 went in as it is");
    expect_fired(input_alarm(twice, spec), "input critical", "normalised twice");
  }
}

TEST(InputAlarm, SeesABatchOfGrayAndOfNoNumbers) {
  const InputSpec spec = spec_of(true);
  expect_fired(input_alarm(pixels_of(pictures(spec, 128, 128), spec), spec), "input critical", "could not be read");
  auto broken = pixels_of(pictures(spec), spec);
  broken[77] = NAN;
  expect_fired(input_alarm(broken, spec), "input critical", "no number");
}

// n unit rows, each moved by noise of this length from the row of `from`, or from nowhere.
Matrix unit_rows(std::size_t n, std::uint64_t seed, double noise = 1, const Matrix* from = nullptr) {
  Random random(seed);
  Matrix rows(n, 32);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t d = 0; d < rows.cols(); ++d)
      rows.row(i)[d] = static_cast<float>(noise / std::sqrt(32.0) * random.normal()) + (from ? from->row(i)[d] : 0);
    normalize(rows.row(i));
  }
  return rows;
}

TEST(ServingAlarm, SeesAnotherVectorAndIsSilentOnAnotherOrderOfSums) {
  const Matrix trained = unit_rows(50, 1);
  EXPECT_EQ(fired(serving_alarm(trained, unit_rows(50, 2, 0.01, &trained))), "silent");
  Matrix served = trained;
  std::swap(served.row(7)[0], served.row(7)[1]);
  served.row(7)[2] += 0.2f;
  expect_fired(serving_alarm(trained, served), "preprocessing critical", "1 of 50 photos");
  expect_fired(serving_alarm(trained, unit_rows(50, 2, 0.2, &trained)), "preprocessing critical", "50 of 50");
  served.row(7)[2] = NAN;
  expect_fired(serving_alarm(trained, served), "preprocessing critical", "1 of 50 photos");
  EXPECT_THROW(serving_alarm(trained, unit_rows(49, 1)), Error);
}

TEST(EvaluationAlarm, SeesDropoutAndIsSilentOnTheSameRows) {
  const Matrix features = unit_rows(40, 1), weight = unit_rows(32, 5);
  // A linear head whose inputs are dropped with probability 0.1, as inverted dropout does.
  const auto evaluate = [&](double dropout, std::uint64_t seed) {
    Random random(seed);
    Matrix out(40, 32);
    for (std::size_t i = 0; i < 40; ++i) {
      std::vector<float> input(features.row(i).begin(), features.row(i).end());
      for (float& x : input) x = random.uniform() < dropout ? 0 : x / static_cast<float>(1 - dropout);
      for (std::size_t d = 0; d < 32; ++d) out.row(i)[d] = dot(input, weight.row(d));
      normalize(out.row(i));
    }
    return out;
  };
  EXPECT_EQ(fired(evaluation_alarm(evaluate(0, 1), evaluate(0, 2))), "silent");
  expect_fired(evaluation_alarm(evaluate(0.1, 1), evaluate(0.1, 2)), "evaluation critical", "40 of 40 photos");
  // A GPU that adds in another order.
  const Matrix exact = evaluate(0, 1);
  EXPECT_EQ(fired(evaluation_alarm(exact, unit_rows(40, 3, 1e-6, &exact))), "silent");
  Matrix broken = exact;
  broken.row(3)[3] = NAN;
  expect_fired(evaluation_alarm(exact, broken), "evaluation critical", "1 of 40");
}

}  // namespace
}  // namespace ootd
