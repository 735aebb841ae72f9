#include "ootd/train/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "ootd/base/error.h"

namespace ootd {
namespace {

constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-8;

torch::Tensor find(const std::map<std::string, torch::Tensor>& state, const std::string& name,
                   const torch::Tensor& like) {
  const auto found = state.find(name);
  if (found == state.end() || found->second.sizes() != like.sizes())
    throw Error(Kind::kInput, "the saved state lacks " + name + " or has it in another shape: it is of another run");
  return found->second;
}

torch::Tensor number(std::int64_t value) { return torch::tensor(static_cast<double>(value), torch::kFloat64); }

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

std::map<std::string, torch::Tensor> AdamW::state() const {
  std::map<std::string, torch::Tensor> state{{"adam_steps", number(steps_)}};
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    state["m/" + weights_[i].name] = first_[i];
    state["v/" + weights_[i].name] = second_[i];
  }
  return state;
}

void AdamW::load(const std::map<std::string, torch::Tensor>& state) {
  steps_ = static_cast<std::int64_t>(find(state, "adam_steps", number(0)).item<double>());
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    first_[i].copy_(find(state, "m/" + weights_[i].name, first_[i]));
    second_[i].copy_(find(state, "v/" + weights_[i].name, second_[i]));
  }
}

WeightAverage::WeightAverage(std::vector<std::pair<std::string, torch::Tensor>> weights, double decay)
    : weights_(std::move(weights)), decay_(decay) {
  for (const auto& [name, weight] : weights_) averages_.push_back(weight.detach().clone());
}

void WeightAverage::update() {
  const torch::NoGradGuard no_grad;
  const double t = static_cast<double>(updates_++);
  const double decay = std::min(decay_, (1 + t) / (10 + t));
  for (std::size_t i = 0; i < weights_.size(); ++i) averages_[i].lerp_(weights_[i].second.detach(), 1 - decay);
}

void WeightAverage::swap() {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    const torch::Tensor weight = weights_[i].second.detach().clone();
    weights_[i].second.detach().copy_(averages_[i]);
    averages_[i].copy_(weight);
  }
}

std::map<std::string, torch::Tensor> WeightAverage::state() const {
  std::map<std::string, torch::Tensor> state{{"ema_updates", number(updates_)}};
  for (std::size_t i = 0; i < weights_.size(); ++i) state["ema/" + weights_[i].first] = averages_[i];
  return state;
}

void WeightAverage::load(const std::map<std::string, torch::Tensor>& state) {
  updates_ = static_cast<std::int64_t>(find(state, "ema_updates", number(0)).item<double>());
  for (std::size_t i = 0; i < weights_.size(); ++i)
    averages_[i].copy_(find(state, "ema/" + weights_[i].first, averages_[i]));
}

}  // namespace ootd
