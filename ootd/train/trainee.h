// The network that a run teaches: its weights on a device, which of them learn and how fast, and the checkpoint that
// they become. One thread.
#pragma once

#include <torch/torch.h>

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ootd/models/model.h"
#include "ootd/torch/torch_ops.h"
#include "ootd/train/optimizer.h"
#include "ootd/train/train_config.h"

namespace ootd {

class Trainee {
 public:
  // whole: from pictures to vectors; else the head alone, on the base model's vectors. head: weights to start from by
  // name ("head.weight" ...), at random where there are none. config and base outlive this.
  // Throws as check_trainable (train.h).
  Trainee(const TrainConfig& config, const Model& base, const std::vector<NamedFloats>& head, bool whole);

  const ModelConfig& model() const { return model_; }
  bool whole() const { return whole_; }
  torch::Device device() const { return device_; }

  // pixels: count x 3 x height x width, normalised. -> what forward() takes, on the device.
  torch::Tensor pixels(std::vector<float>& values, std::size_t count) const;
  // Pixels, or the base model's vectors [N, F] if not whole() -> [N, dim], rows of length 1.
  torch::Tensor forward(const torch::Tensor& input, bool training) const;
  // Vectors of the backbone (or of its text tower) through the head: [N, F] -> [N, dim], rows of length 1.
  torch::Tensor head(const torch::Tensor& features, bool training) const;

  // What learns, each with its rate: the last layer at the full one, the first at `bottom_lr` of it, those between in
  // geometric steps.
  std::vector<Trained> trained() const;
  NamedTensors weights() const;
  // Sum of squares of the distance of the backbone's weights from the base model's; needs config.drift > 0.
  torch::Tensor drift() const;
  // Draws the backbone's weights back towards the base model's by config.wise.
  void draw_back() const;

  // A checkpoint folder below `parent`; what the run did not touch (a text tower, a tokenizer) comes along.
  Model save(const std::filesystem::path& parent) const;

 private:
  TorchOps ops(bool training) const;

  const TrainConfig& config_;
  const Model& base_;
  const bool whole_;
  const torch::Device device_;
  const ModelConfig model_;
  const std::vector<WeightSpec> specs_;
  const TorchWeights weights_;
  std::map<std::string, torch::Tensor> start_;  // the backbone's as they were, where they are needed again
};

}  // namespace ootd
