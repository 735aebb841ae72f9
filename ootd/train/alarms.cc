#include "ootd/train/alarms.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/vector_math.h"
#include "ootd/base/words.h"
#include "ootd/train/alarm_text.h"

namespace ootd {
namespace {

constexpr Word<AlarmKind> kKinds[] = {
    {"input", AlarmKind::kInput},           {"preprocessing", AlarmKind::kPreprocessing},
    {"evaluation", AlarmKind::kEvaluation}, {"leakage", AlarmKind::kLeakage},
    {"collapse", AlarmKind::kCollapse},     {"stagnation", AlarmKind::kStagnation},
    {"inverted", AlarmKind::kInverted},     {"label_noise", AlarmKind::kLabelNoise},
};
constexpr Word<AlarmLevel> kLevels[] = {{"warning", AlarmLevel::kWarning}, {"critical", AlarmLevel::kCritical}};

// Levels are pixel values in 0..255, computed back from what the network gets.
constexpr double kRounding = 2;  // what float arithmetic and resampling may add
// A batch's mean level; divided by 255 twice it is below 1. Of 9,233 photos the darkest alone has 8.5, 99.9 % above 56.
constexpr double kNearBlack = 5;

Alarm critical(AlarmKind kind, std::string text) { return {kind, AlarmLevel::kCritical, 0, std::move(text)}; }

struct PixelRange {
  double low = std::numeric_limits<double>::infinity(), high = -low, mean = 0;  // levels
  double raw_low = low, raw_high = -low;                                        // as the network gets them
  bool finite = true;
};

PixelRange range_of(std::span<const float> pixels, const InputSpec& spec) {
  PixelRange range;
  const std::size_t plane = static_cast<std::size_t>(spec.width) * static_cast<std::size_t>(spec.height);
  for (std::size_t begin = 0, channel = 0; begin + plane <= pixels.size();
       begin += plane, channel = (channel + 1) % 3) {
    double low = std::numeric_limits<double>::infinity(), high = -low, sum = 0;
    for (const float value : pixels.subspan(begin, plane)) {
      range.finite = range.finite && std::isfinite(value);
      low = std::min(low, static_cast<double>(value));
      high = std::max(high, static_cast<double>(value));
      sum += static_cast<double>(value);
    }
    const auto level = [&](double value) {
      return 255 * (value * static_cast<double>(spec.std[channel]) + static_cast<double>(spec.mean[channel]));
    };
    range.raw_low = std::min(range.raw_low, low);
    range.raw_high = std::max(range.raw_high, high);
    range.low = std::min(range.low, level(low));
    range.high = std::max(range.high, level(high));
    range.mean +=
        level(sum / static_cast<double>(plane)) * static_cast<double>(plane) / static_cast<double>(pixels.size());
  }
  return range;
}

void check_same_shape(const Matrix& a, const Matrix& b) {
  if (a.rows() != b.rows() || a.cols() != b.cols())
    throw Error(Kind::kInternal, "alarms: " + std::to_string(a.rows()) + " x " + std::to_string(a.cols()) +
                                     " vectors against " + std::to_string(b.rows()) + " x " + std::to_string(b.cols()));
}

}  // namespace

std::string_view to_string(AlarmKind kind) { return word_of(kind, kKinds); }
std::string_view to_string(AlarmLevel level) { return word_of(level, kLevels); }

std::optional<Alarm> input_alarm(std::span<const float> pixels, const InputSpec& spec) {
  if (pixels.empty()) return std::nullopt;
  const PixelRange range = range_of(pixels, spec);
  const std::string seen = "the first batch's pixels, taken back to levels of 0..255, reach from " +
                           short_number(range.low) + " to " + short_number(range.high) + " with a mean of " +
                           short_number(range.mean) + ". ";
  const auto alarm = [&](const std::string& meaning) { return critical(AlarmKind::kInput, seen + meaning); };
  if (!range.finite)
    return critical(
        AlarmKind::kInput,
        "the first batch holds pixels that are no number. Nothing can be learnt from them: look at mean and "
        "std in the base model's config.json.");
  if (range.raw_low >= 0 && range.raw_high > 50)
    return alarm(
        "They were not normalised (0..255 went in as it is), and a network sees noise there: apply mean and std "
        "of the model's config.json to v / 255.");
  if (range.low < -kRounding || range.high > 255 + kRounding)
    return alarm(
        "No photo has such values: they were normalised twice, or by another mean and std than the model's "
        "config.json states. Normalise once, by these.");
  if (range.high - range.low <= kRounding && range.high > 2 * kRounding)
    return alarm(
        "All pictures are one flat colour: the photos could not be read. Look at the list of those seen as gray.");
  if (range.high <= 2 * kRounding || range.mean < kNearBlack)
    return alarm(
        "The pictures are nearly black: most likely they were divided by 255 twice, and the network sees almost "
        "nothing of them. Scale to [0, 1] once.");
  const double least_mean = static_cast<double>(*std::min_element(spec.mean.begin(), spec.mean.end()));
  if (least_mean > 0 && range.raw_low >= 0 && range.raw_high <= 1)
    return alarm(
        "All lie in [0, 1] before that, and not one pixel is darker than the mean: they were scaled but not "
        "normalised, which is not what the weights were trained for. Apply mean and std of the model's config.json.");
  return std::nullopt;
}

std::optional<Alarm> serving_alarm(const Matrix& trained, const Matrix& served) {
  check_same_shape(trained, served);
  double lowest = 1;
  std::size_t below = 0;
  for (std::size_t i = 0; i < trained.rows(); ++i) {
    const auto a = trained.row(i), b = served.row(i);
    const double lengths = std::sqrt(static_cast<double>(dot(a, a)) * static_cast<double>(dot(b, b)));
    const double cosine = lengths > 0 ? static_cast<double>(dot(a, b)) / lengths : 0;
    if (cosine >= kServedCosine) continue;  // false for NaN
    ++below;
    lowest = std::isfinite(cosine) ? std::min(lowest, cosine) : -1;
  }
  if (below == 0) return std::nullopt;
  return critical(AlarmKind::kPreprocessing,
                  std::to_string(below) + " of " + std::to_string(trained.rows()) +
                      " photos have another vector in serving than in training; the lowest cosine is " +
                      short_number(lowest) + ", below " + short_number(kServedCosine) +
                      ". The validation figures do not hold for what is served: compare pre-processing, weights and "
                      "precision of the two (ootd models verify).");
}

std::optional<Alarm> evaluation_alarm(const Matrix& once, const Matrix& again) {
  check_same_shape(once, again);
  float largest = 0;
  std::size_t differing = 0;
  for (std::size_t i = 0; i < once.rows(); ++i) {
    float difference = 0;
    for (std::size_t d = 0; d < once.cols(); ++d) {
      const float here = std::abs(once.row(i)[d] - again.row(i)[d]);
      difference = std::isfinite(here) ? std::max(difference, here) : 2;  // no number: as far as unit rows can be
    }
    differing += difference > kRepeatTolerance;
    largest = std::max(largest, difference);
  }
  if (differing == 0) return std::nullopt;
  return critical(AlarmKind::kEvaluation,
                  std::to_string(differing) + " of " + std::to_string(once.rows()) +
                      " photos get another vector when evaluated again (values differ by up to " +
                      short_number(static_cast<double>(largest)) +
                      "). Dropout, stochastic depth or batch statistics are on while evaluating, so metrics and "
                      "checkpoints are chosen by chance: switch the network to inference first.");
}

}  // namespace ootd
