#include "ootd/infer/calibrate.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <numeric>
#include <openvino/openvino.hpp>
#include <optional>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/matrix.h"
#include "ootd/base/vector_math.h"
#include "ootd/infer/histogram.h"
#include "ootd/infer/precision.h"
#include "ootd/infer/tower_graph.h"

namespace ootd {
namespace {

using Pictures = std::vector<std::span<const std::uint8_t>>;

// Where the best choice lies differs between networks (outliers of a transformer, ReLU6's hard end), so all are tried.
// Each layer's own percentile, of the least squared error, was tried too: the cosines rose by less than 0.001.
constexpr double kPercentiles[] = {100, 99.999, 99.99, 99.9};
// Enough to tell one choice from another; the final figures are of all.
constexpr std::size_t kPicturesToCompare = 48, kPicturesToRank = 12;
// Above kMinCosine: the final figure is of other pictures than the comparisons.
constexpr double kMargin = 0.0005;
// bf16 beside int8 must bring at least this, since it also costs some accuracy.
constexpr double kWorthwhile = 1.03;

struct Observed {
  std::map<std::string, Histogram> inputs;  // by layer
  std::set<std::string> linear;             // those that are no convolutions
};

// The inputs of all layers in f32.
Observed observe(const Model& model, const Pictures& pictures) {
  Observed observed;
  std::vector<std::string> layers;
  ov::OutputVector inputs;
  const auto graph = image_graph(model, nullptr, [&](const std::string& layer, const GraphOps::Tensor& input) {
    layers.push_back(layer);
    inputs.push_back(input);
    if (input.get_partial_shape().size() != 4) observed.linear.insert(layer);
  });
  ov::Core core;
  auto request = core.compile_model(std::make_shared<ov::Model>(inputs, graph->get_parameters()), "CPU",
                                    ov::hint::inference_precision(ov::element::f32))
                     .create_infer_request();
  for (const auto picture : pictures) {
    std::memcpy(request.get_input_tensor().data(), picture.data(), picture.size());
    request.infer();
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const ov::Tensor values = request.get_output_tensor(i);
      observed.inputs[layers[i]].add({values.data<float>(), values.get_size()});
    }
  }
  return observed;
}

struct Cosines {
  double mean = 0, min = 1;
};

class Calibration {
 public:
  Calibration(const Model& model, const Pictures& judges, const CalibrationOptions& options)
      : model_(model), judges_(judges), options_(options), reference_(vectors_of(Session(model), judges)) {}

  void say(const std::string& text) const {
    if (options_.notice) options_.notice(text);
  }

  Cosines cosines(const Quantization& quantization, std::size_t pictures) const {
    const Pictures some(judges_.begin(),
                        judges_.begin() + static_cast<std::ptrdiff_t>(std::min(pictures, judges_.size())));
    const Matrix vectors = vectors_of(Session(model_, {}, quantization), some);
    Cosines result;
    for (std::size_t i = 0; i < vectors.rows(); ++i) {
      const double cosine = dot(vectors.row(i), reference_.row(i));
      result.mean += cosine / static_cast<double>(vectors.rows());
      result.min = std::min(result.min, cosine);
    }
    return result;
  }

  bool good(const Quantization& quantization) const {
    return cosines(quantization, kPicturesToCompare).mean >= options_.target;
  }

  // As good as `plain` was asked to be: what reached the target must stay above it, what did not above the minimum.
  bool as_good(const Quantization& changed, const Quantization& plain) const {
    const double wanted = good(plain) ? options_.target : kMinCosine + kMargin;
    return cosines(changed, kPicturesToCompare).mean >= wanted;
  }

  // Every layer static, at the percentile that keeps the vectors best.
  void choose_percentile(Quantization& quantization, const Observed& observed) const {
    double best = -2;
    for (const double percent : kPercentiles) {
      Quantization candidate;
      candidate.percentile = percent;
      for (const auto& [layer, histogram] : observed.inputs) candidate.ranges[layer] = histogram.range(percent);
      const double mean = cosines(candidate, kPicturesToCompare).mean;
      say("all layers static, percentile " + std::to_string(percent) + ": mean cosine " + std::to_string(mean));
      if (mean <= best) continue;
      best = mean;
      quantization = std::move(candidate);
    }
  }

  void keep(Quantization& quantization, const std::string& layer) const {
    quantization.ranges.erase(layer);
    quantization.kept.push_back(layer);
  }

  // Takes layers out of static int8, the most hurtful first, until the vectors are good. If that leaves less than half
  // of the layers, the first that were good enough (kMinCosine) are better: int8 is for speed.
  void put_back_what_hurts(Quantization& quantization) const {
    std::vector<std::pair<double, std::string>> by_cosine;
    for (const auto& [layer, range] : quantization.ranges) {
      Quantization alone;
      alone.ranges[layer] = range;
      by_cosine.emplace_back(cosines(alone, kPicturesToRank).mean, layer);
    }
    std::sort(by_cosine.begin(), by_cosine.end());
    const std::size_t half = by_cosine.size() / 2;
    std::optional<Quantization> good_enough;
    for (std::size_t begin = 0, count = 1; begin < by_cosine.size();
         begin += count, count = std::min(2 * count, half)) {
      count = std::min(count, by_cosine.size() - begin);
      for (std::size_t i = begin; i < begin + count; ++i) keep(quantization, by_cosine[i].second);
      const double mean = cosines(quantization, kPicturesToCompare).mean;
      say("put back " + std::to_string(begin + count) + " layers, the last " + quantization.kept.back() + " (" +
          std::to_string(by_cosine[begin + count - 1].first) + " alone): mean cosine " + std::to_string(mean));
      if (mean >= options_.target) break;
      if (mean >= kMinCosine + kMargin && !good_enough) good_enough = quantization;
    }
    if (quantization.ranges.size() < half && good_enough) quantization = *good_enough;
  }

  void finish(Quantization& quantization) const {
    const Cosines reached = cosines(quantization, judges_.size());
    quantization.cosine_mean = reached.mean;
    quantization.cosine_min = reached.min;
  }

 private:
  const Model& model_;
  const Pictures& judges_;
  const CalibrationOptions& options_;
  const Matrix reference_;
};

// All that are given, in turns, so that a busy machine is unfair to none.
std::vector<double> rates_of(const std::vector<const Session*>& sessions, const Pictures& pictures, int milliseconds) {
  constexpr int kRounds = 5;
  std::vector<std::vector<double>> rates(sessions.size());
  for (int round = 0; round < kRounds; ++round)
    for (std::size_t i = 0; i < sessions.size(); ++i)
      rates[i].push_back(images_per_s(*sessions[i], pictures, milliseconds));
  std::vector<double> medians;
  for (auto& values : rates) {
    std::sort(values.begin(), values.end());
    medians.push_back(values[values.size() / 2]);
  }
  return medians;
}

// Chooses what surrounds the int8 layers, and notes all speeds.
void measure_speed(const Model& model, const Calibration& calibration, const Pictures& pictures, int milliseconds,
                   Quantization& q) {
  Quantization mixed = q;
  mixed.bfloat16 = true;
  const bool has_bf16 = cpu_has_bfloat16();
  const Session f32(model), int8(model, {}, q);
  std::unique_ptr<Session> bf16, with_bf16;
  std::vector<const Session*> sessions = {&f32, &int8};
  if (has_bf16) {
    SessionOptions options;
    options.precision = Precision::kBfloat16;
    bf16 = std::make_unique<Session>(model, options);
    with_bf16 = std::make_unique<Session>(model, SessionOptions{}, mixed);
    sessions.insert(sessions.end(), {bf16.get(), with_bf16.get()});
  }
  const std::vector<double> rates = rates_of(sessions, pictures, milliseconds);
  q.cpu = cpu_name();
  q.f32_images_per_s = rates[0];
  q.int8_images_per_s = rates[1];
  if (!has_bf16) return;
  q.bf16_images_per_s = rates[2];
  if (rates[3] < kWorthwhile * rates[1] || !calibration.as_good(mixed, q)) return;
  q.bfloat16 = true;
  q.int8_images_per_s = rates[3];
}

}  // namespace

Quantization calibrate(const Model& model, std::span<const std::vector<std::uint8_t>> pictures,
                       const CalibrationOptions& options) {
  if (std::holds_alternative<OnnxTowers>(model.config.network))
    throw Error(Kind::kInput, model.id + " comes as ONNX files; only networks that ootd builds can be quantised");
  if (pictures.size() < kMinCalibrationPictures)
    throw Error(Kind::kInput, "quantising wants at least " + std::to_string(kMinCalibrationPictures) +
                                  " readable photos, better some hundred; there are " +
                                  std::to_string(pictures.size()));
  Pictures halves[2];
  for (std::size_t i = 0; i < pictures.size(); ++i) halves[i % 2].push_back(pictures[i]);
  const Calibration calibration(model, halves[1], options);
  calibration.say("ranges from " + std::to_string(halves[0].size()) + " photos");
  const Observed observed = observe(model, halves[0]);

  Quantization quantization;
  calibration.choose_percentile(quantization, observed);
  if (!calibration.good(quantization) && !observed.linear.empty()) {
    for (const auto& layer : observed.linear) calibration.keep(quantization, layer);
    calibration.say("linear layers made dynamic");
  }
  if (!calibration.good(quantization)) calibration.put_back_what_hurts(quantization);
  measure_speed(model, calibration, halves[1], options.speed_ms, quantization);
  calibration.finish(quantization);
  quantization.model = weights_id(model);
  quantization.photos = static_cast<int>(pictures.size());
  std::sort(quantization.kept.begin(), quantization.kept.end());
  return quantization;
}

}  // namespace ootd
