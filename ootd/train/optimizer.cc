#include "ootd/train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace ootd {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

}  // namespace

double schedule(std::int64_t step, std::int64_t steps, double warmup_share) {
  const double warmup = warmup_share * static_cast<double>(steps);
  const double at = static_cast<double>(step);
  if (at < warmup) return (at + 1) / (warmup + 1);
  const double progress = (at - warmup) / std::max(1.0, static_cast<double>(steps) - warmup);
  return 0.5 * (1 + std::cos(std::numbers::pi * std::min(1.0, progress)));
}

AdamW::AdamW(std::vector<Trained> weights, double weight_decay, double clip_norm)
    : weights_(std::move(weights)), weight_decay_(weight_decay), clip_norm_(clip_norm) {
  for (const auto& weight : weights_) {
    first_.push_back(torch::zeros_like(weight.weight, torch::MemoryFormat::Contiguous));
    second_.push_back(torch::zeros_like(weight.weight, torch::MemoryFormat::Contiguous));
  }
}

void AdamW::zero_grad() {
  for (auto& weight : weights_) weight.weight.mutable_grad().reset();
}

double AdamW::step(double rate) {
  const torch::NoGradGuard no_grad;
  std::vector<torch::Tensor> squares;  // brought to the host at once: each look at a GPU's number waits for it
  for (const auto& weight : weights_)
    if (weight.weight.grad().defined()) squares.push_back(weight.weight.grad().square().sum());
  const double norm = squares.empty() ? 0 : std::sqrt(torch::stack(squares).to(torch::kDouble).sum().item<double>());
  const double clip = clip_norm_ > 0 && norm > clip_norm_ ? clip_norm_ / norm : 1;
  ++steps_;
  const double correction1 = 1 - std::pow(kBeta1, static_cast<double>(steps_));
  const double correction2 = 1 - std::pow(kBeta2, static_cast<double>(steps_));
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    torch::Tensor& w = weights_[i].weight;
    if (!w.grad().defined()) continue;
    const torch::Tensor g = clip == 1 ? w.grad() : w.grad() * clip;
    const double lr = weights_[i].lr * rate;
    if (weights_[i].decays) w.mul_(1 - lr * weight_decay_);
    first_[i].lerp_(g, 1 - kBeta1);
    second_[i].mul_(kBeta2).addcmul_(g, g, 1 - kBeta2);
    w.addcdiv_(first_[i], (second_[i] / correction2).sqrt_().add_(kEpsilon), -lr / correction1);
  }
  return norm;
}

void AdamW::put(RunState& state) const {
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    state.put("m/" + weights_[i].name, first_[i]);
    state.put("v/" + weights_[i].name, second_[i]);
  }
}

void AdamW::take(const RunState& state, std::int64_t steps) {
  steps_ = steps;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    state.take("m/" + weights_[i].name, first_[i]);
    state.take("v/" + weights_[i].name, second_[i]);
  }
}

WeightAverage::WeightAverage(NamedTensors weights, double decay) : weights_(std::move(weights)), decay_(decay) {
  for (const auto& [name, weight] : weights_) averages_.push_back(weight.detach().clone());
}

void WeightAverage::update() {
  const torch::NoGradGuard no_grad;
  const double t = static_cast<double>(updates_++);
  const double decay = std::min(decay_, (1 + t) / (10 + t));
  for (std::size_t i = 0; i < weights_.size(); ++i) averages_[i].lerp_(weights_[i].second.detach(), 1 - decay);
}

void WeightAverage::replace_weights() const {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < weights_.size(); ++i) weights_[i].second.detach().copy_(averages_[i]);
}

void WeightAverage::put(RunState& state) const {
  for (std::size_t i = 0; i < weights_.size(); ++i) state.put("ema/" + weights_[i].first, averages_[i]);
}

void WeightAverage::take(const RunState& state, std::int64_t updates) {
  updates_ = updates;
  for (std::size_t i = 0; i < weights_.size(); ++i) state.take("ema/" + weights_[i].first, averages_[i]);
}

}  // namespace ootd
