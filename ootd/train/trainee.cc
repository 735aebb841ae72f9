#include "ootd/train/trainee.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/torch/autocast.h"
#include "ootd/train/train.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

torch::Device find_device(TrainDevice wanted) {
  const bool cuda = wanted != TrainDevice::kCpu && torch::cuda::is_available();
  if (wanted == TrainDevice::kCuda && !cuda)
    throw Error(Kind::kUnavailable, "device = \"cuda\", but this libtorch sees no CUDA device; use device = \"auto\"");
  return cuda ? torch::kCUDA : torch::kCPU;
}

ModelConfig model_of(const TrainConfig& config, const Model& base) {
  if (base.config.head || base.config.cut > 0)
    throw Error(Kind::kInput,
                base.id + " has a head already; base = \"" + config.base + "@backbone\" starts from what is below it");
  ModelConfig model = base.config;
  model.name = config.name;
  model.head = config.head;
  model.matryoshka = config.matryoshka;
  model.passes_over_head = false;
  return model;
}

std::vector<WeightSpec> specs_of(const ModelConfig& model, bool whole, const std::string& train_from) {
  if (!whole) {
    ShapeOps ops;
    head_forward(ops, Shape{1, feature_dim(model.network)}, model);
    return ops.weights();
  }
  if (std::holds_alternative<OnnxTowers>(model.network))
    throw Error(Kind::kInput, "an ONNX backbone cannot be trained; use mode = \"head\"");
  std::vector<WeightSpec> specs = describe_image(model).weights();
  const auto first =
      std::find_if(specs.begin(), specs.end(), [&](const auto& spec) { return spec.name.starts_with(train_from); });
  if (first == specs.end())
    throw Error(Kind::kInput, "[optimizer] train_from: no weight's name begins with \"" + train_from +
                                  "\"; ootd models show --layers lists them");
  std::for_each(specs.begin(), first, [](WeightSpec& spec) { spec.trained = false; });
  return specs;
}

bool is_head(const std::string& name) { return name.starts_with("head."); }

// The base model's weights with the head given, or a random one.
Weights start_weights(const TrainConfig& config, const Model& base, const std::vector<NamedFloats>& head,
                      const std::vector<WeightSpec>& specs) {
  std::optional<Weights> stored;
  std::vector<NamedFloats> list;
  std::vector<WeightSpec> random;
  for (const auto& spec : specs) {
    const auto given =
        std::find_if(head.begin(), head.end(), [&](const NamedFloats& weight) { return weight.name == spec.name; });
    if (given != head.end()) {
      list.push_back(*given);
    } else if (is_head(spec.name)) {
      random.push_back(spec);
    } else {
      if (!stored) stored.emplace(open_weights(base));
      list.push_back({spec.name, spec.shape, stored->floats(spec.name, spec.shape)});
    }
  }
  for (auto& weight : TorchWeights(random, config.seed).to_floats()) list.push_back(std::move(weight));
  return Weights(std::move(list));
}

}  // namespace

void check_trainable(const TrainConfig& config, const Model& base) {
  find_device(config.device);
  specs_of(model_of(config, base), config.mode != TrainMode::kHead, config.train_from);
}

Trainee::Trainee(const TrainConfig& config, const Model& base, const std::vector<NamedFloats>& head, bool whole)
    : config_(config),
      base_(base),
      whole_(whole),
      device_(find_device(config.device)),
      model_(model_of(config, base)),
      specs_(specs_of(model_, whole, config.train_from)),
      weights_(start_weights(config, base, head, specs_), specs_, device_) {
  if (config.drift > 0 || config.wise > 0)
    for (const auto& spec : specs_)
      if (!is_head(spec.name)) start_[spec.name] = weights_[spec.name].detach().clone();
}

torch::Tensor Trainee::pixels(std::vector<float>& values, std::size_t count) const {
  const torch::Tensor batch =
      torch::from_blob(values.data(), {static_cast<std::int64_t>(count), 3, model_.input.height, model_.input.width});
  return batch.to(device_).contiguous(torch::MemoryFormat::ChannelsLast);
}

TorchOps Trainee::ops(bool training) const {
  if (!training) return TorchOps(weights_);
  return TorchOps(weights_, TrainingPass{.drop_path = config_.drop_path, .batch_statistics = !config_.freeze_norm});
}

torch::Tensor Trainee::forward(const torch::Tensor& input, bool training) const {
  if (!whole_) return head(input, training);
  const Autocast autocast(device_.type(), training && config_.precision == TrainPrecision::kBf16);
  TorchOps interpreter = ops(training);
  return encoder_forward(interpreter, input, model_).to(torch::kFloat32);
}

torch::Tensor Trainee::head(const torch::Tensor& features, bool training) const {
  TorchOps interpreter = ops(training);
  return head_forward(interpreter, features, model_);
}

std::vector<Trained> Trainee::trained() const {
  std::vector<Trained> list;
  for (std::size_t i = 0; i < specs_.size(); ++i) {
    const WeightSpec& spec = specs_[i];
    if (!spec.trained) continue;
    const double height = static_cast<double>(i) / static_cast<double>(specs_.size());
    double rate = config_.lr * std::pow(config_.bottom_lr, 1 - height);
    if (is_head(spec.name)) rate = whole_ ? std::max(config_.lr, config_.head_lr) : config_.head_lr;
    list.push_back({spec.name, weights_[spec.name], rate, spec.shape.size() > 1});
  }
  return list;
}

NamedTensors Trainee::weights() const {
  NamedTensors list;
  for (const auto& spec : specs_) list.emplace_back(spec.name, weights_[spec.name]);
  return list;
}

torch::Tensor Trainee::drift() const {
  torch::Tensor sum = torch::zeros({}, device_);
  for (const auto& spec : specs_)
    if (spec.trained && start_.contains(spec.name))
      sum = sum + (weights_[spec.name] - start_.at(spec.name)).square().sum();
  return sum;
}

void Trainee::draw_back() const {
  const torch::NoGradGuard no_grad;
  if (config_.wise > 0)
    for (const auto& [name, base] : start_) weights_[name].detach().lerp_(base, config_.wise);
}

Model Trainee::save(const fs::path& parent) const {
  std::vector<NamedFloats> weights = weights_.to_floats();
  ModelConfig config = model_;
  config.source =
      "trained by ootd train from " + base_.id + (base_.config.source.empty() ? "" : " (" + base_.config.source + ")");
  std::vector<fs::path> links = base_.tokenizer_files();
  // The base model's files stand beside the head as they are, unless they hold another head or are to be halved.
  if (whole_ || base_.config.passes_over_head || config_.half) {
    config.weights = {"model.safetensors"};
    std::optional<Weights> stored;
    for (const auto& spec : all_weights(base_.config))
      if (std::none_of(specs_.begin(), specs_.end(), [&](const auto& s) { return s.name == spec.name; })) {
        if (!stored) stored.emplace(open_weights(base_));
        weights.push_back({spec.name, spec.shape, stored->floats(spec.name, spec.shape)});
      }
  } else {
    config.weights = {"head.safetensors"};
    for (const auto& file : base_.stored_files()) links.push_back(file);
    for (const auto& file : base_.config.weights) config.weights.push_back(fs::path(file).filename());
  }
  return save_model(parent, config, std::move(weights), links, config_.half);
}

}  // namespace ootd
