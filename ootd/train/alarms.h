// What spoils a training run without any error: each alarm says what was seen, why that matters, and what to do. Pure
// functions over plain values; an optional without a value is the all-clear. docs/training.md lists the alarms with
// their thresholds; epoch_alarms.h and label_noise.h hold those that look at labels.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ootd/base/input_spec.h"
#include "ootd/base/matrix.h"

namespace ootd {

enum class AlarmKind {
  kInput,          // pixels that no photo has
  kPreprocessing,  // the same photo gives other pixels, or another vector, in serving than in training
  kEvaluation,     // the same photos give other vectors the second time
  kLeakage,        // validation photos that the run also learns from
  kCollapse,       // all vectors become one, or lie in too few directions
  kStagnation,     // neither the loss nor the metric gets better
  kInverted,       // pictures that share a label are pushed apart
  kLabelNoise,     // labels that the neighbours deny
};
std::string_view to_string(AlarmKind kind);  // "input", "preprocessing" ...

enum class AlarmLevel {
  kWarning,   // to be looked at
  kCritical,  // the run's result means nothing
};
std::string_view to_string(AlarmLevel level);

struct Alarm {
  AlarmKind kind{};
  AlarmLevel level = AlarmLevel::kWarning;
  int epoch = 0;  // after which it was seen; 0: before the first step
  std::string text;
};

// pixels: N x 3 x height x width as the network gets them; a whole batch, since one photo may well be dark or white.
// Fires on values that are no number, that no (v / 255 - mean) / std gives (not normalised, or twice), on [0, 1] values
// that were not normalised, on near-black pictures (divided by 255 twice), and on a batch of one flat colour.
std::optional<Alarm> input_alarm(std::span<const float> pixels, const InputSpec& spec);

// Vectors of the same photos by the network in training and by the engine that will serve it, at f32: rows whose cosine
// is below kServedCosine. Throws Error(kInternal) if the sizes differ, as does evaluation_alarm().
std::optional<Alarm> serving_alarm(const Matrix& trained, const Matrix& served);
// The engines agree to rounding at f32, far above this; EfficientNet-Lite0 served with ImageNet's mean and std in place
// of its own gave cosines of .78 to .96 (24 photos).
inline constexpr double kServedCosine = 0.999;

// Vectors of the same photos evaluated twice: dropout or stochastic depth left on, or norms that follow the batch, make
// them differ. Equal on the CPU; a GPU may add in another order, hence kRepeatTolerance for each (unit) row's values.
std::optional<Alarm> evaluation_alarm(const Matrix& once, const Matrix& again);
inline constexpr float kRepeatTolerance = 1e-4f;

}  // namespace ootd
