// AdamW (Loshchilov & Hutter 2019) with a rate for each weight, and the averages that go with it. All its state is
// named tensors, so that a run can be saved and resumed to the bit.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace ootd {

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

  // First and second moments as "m/NAME" and "v/NAME", and the number of steps.
  std::map<std::string, torch::Tensor> state() const;
  void load(const std::map<std::string, torch::Tensor>& state);

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
  WeightAverage(std::vector<std::pair<std::string, torch::Tensor>> weights, double decay);

  void update();
  // The averages take the weights' place, and go back: for validation and saving.
  void swap();

  std::map<std::string, torch::Tensor> state() const;
  void load(const std::map<std::string, torch::Tensor>& state);

 private:
  std::vector<std::pair<std::string, torch::Tensor>> weights_;
  std::vector<torch::Tensor> averages_;
  double decay_;
  std::int64_t updates_ = 0;
};

}  // namespace ootd
