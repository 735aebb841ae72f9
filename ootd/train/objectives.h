// What a run is asked to get right: draws the batches for it, and judges them.
//
// Several objectives may stand side by side; a batch has a part for each label key, by weight, and all objectives judge
// all of it. Threads: plan() may be called on any thread, all else belongs to the training loop.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ootd/train/losses.h"
#include "ootd/train/sampler.h"
#include "ootd/train/train.h"
#include "ootd/train/trainee.h"

namespace ootd {

// The rows of a matrix as a tensor.
torch::Tensor rows_of(const Matrix& matrix, const std::vector<std::size_t>& rows);

class Objectives {
 public:
  // All outlive this. Throws Error(kInput) naming the objective that the data or the mode does not allow.
  Objectives(const TrainConfig& config, const TrainInputs& inputs, const Trainee& trainee);

  // The sample numbers of a batch; where an objective compares two views of a picture, the second half repeats the
  // first. Pure.
  std::vector<std::size_t> plan(std::int64_t batch) const;
  // rows: the batch's vectors, with gradient. -> the weighted sum, a scalar. Remembers the rows for the next batches.
  torch::Tensor loss(const std::vector<std::size_t>& samples, const torch::Tensor& rows);

  // What the losses learn themselves, by names that tell the objectives apart.
  std::vector<std::pair<std::string, torch::Tensor>> parameters() const;
  CrossBatchMemory& memory() { return memory_; }
  const CrossBatchMemory& memory() const { return memory_; }

 private:
  struct Objective {
    const ObjectiveConfig* config = nullptr;
    const LabelColumn* column = nullptr;  // of the labels; for @base of `within`, if any; none for @self
    std::optional<PkSampler> sampler;     // draws a part of each batch
    std::unique_ptr<Loss> loss;           // none for @base and for captions
    std::optional<CaptionLoss> captions;
    torch::Tensor texts;              // [C, F], the base model's vectors of the captions
    const Matrix* teacher = nullptr;  // @base
  };

  Objective make(const ObjectiveConfig& config, std::size_t number) const;
  torch::Tensor labels_of(const Objective& objective, const std::vector<std::size_t>& samples) const;
  torch::Tensor groups_of(const Objective& objective, const std::vector<std::size_t>& samples) const;
  torch::Tensor value_of(Objective& objective, const std::vector<std::size_t>& samples, const torch::Tensor& rows);

  const TrainConfig& config_;
  const TrainInputs& inputs_;
  const Trainee& trainee_;
  const std::vector<std::size_t> train_;
  std::vector<Objective> list_;
  bool two_views_ = false;
  CrossBatchMemory memory_;
  const Objective* remembering_ = nullptr;  // whose loss sees the memory: the first by labels
};

}  // namespace ootd
