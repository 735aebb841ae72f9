// AdamW (Loshchilov & Hutter 2019) with a rate for each weight, and the averages that go with it. Beside the step, all
// their state is tensors in a RunState, so that a run can be resumed to the bit.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "ootd/train/run_state.h"

namespace ootd {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

// Share of the peak rate at a step: linear warm-up, then half a cosine down to 0 (Loshchilov & Hutter 2017).
double schedule(std::int64_t step, std::int64_t steps, double warmup_share);

struct Trained {
  std::string name;
  torch::Tensor weight;
  double lr = 1e-4;
  bool decays = true;  // norms and biases do not
};

class AdamW {
 public:
  AdamW(std::vector<Trained> weights, double weight_decay, double clip_norm);

  void zero_grad();
  // rate: a factor on each weight's lr. Returns the norm of the gradient before clipping. Weights without a gradient
  // stay as they are.
  double step(double rate);

  // First and second moments as "m/NAME" and "v/NAME". steps: how often step() had been called.
  void put(RunState& state) const;
  void take(const RunState& state, std::int64_t steps);  // throws as RunState does

 private:
  std::vector<Trained> weights_;
  std::vector<torch::Tensor> first_, second_;
  double weight_decay_, clip_norm_;
  std::int64_t steps_ = 0;
};

// Exponential moving average of weights (Polyak & Juditsky 1992), corrected for its start as Adam's moments are not:
// the decay grows from 0 as (1 + t) / (10 + t) until it reaches its value.
class WeightAverage {
 public:
  WeightAverage(NamedTensors weights, double decay);

  void update();
  void replace_weights() const;  // by the averages

  // The averages as "ema/NAME". updates: how often update() had been called.
  void put(RunState& state) const;
  void take(const RunState& state, std::int64_t updates);  // throws as RunState does

 private:
  NamedTensors weights_;
  std::vector<torch::Tensor> averages_;
  double decay_;
  std::int64_t updates_ = 0;
};

}  // namespace ootd
