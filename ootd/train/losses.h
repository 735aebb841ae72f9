// Metric-learning losses over a batch of unit embeddings. Each is a mean that does not grow with the batch, so that
// weights of a sum and learning rates keep their meaning. They compute in float (or double) even under autocast, and
// assume length 1: a distance is taken from the cosine.
//
// Labels are multi-hot: row i of `labels` marks every value that image i carries; two images are alike (positives) if
// they share one. A row of zeros has no label and takes no part.
// Threads: one instance per training loop. Cost: O(N (N + M) D) for N rows and M remembered ones.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ootd/train/loss_config.h"

namespace ootd {

struct LossBatch {
  torch::Tensor embeddings;  // [N, D], rows of length 1, with gradient
  torch::Tensor labels;      // [N, C] of 0 and 1, float
  // Cross-batch memory (Wang et al. 2020): embeddings of earlier batches, without gradient. They stand on the far side
  // of every pair, never as anchors; losses that learn a vector per label have no far side and pass over them.
  // Undefined: none.
  torch::Tensor memory_embeddings;  // [M, D]
  torch::Tensor memory_labels;      // [M, C]
};

class Loss {
 public:
  virtual ~Loss() = default;
  // A scalar. Zero (with a gradient of zero) if the batch holds nothing to learn from, never NaN.
  virtual torch::Tensor operator()(const LossBatch& batch) = 0;
  // What it learns itself (proxies, centres, scale and bias), for the optimiser; with their names for checkpoints.
  virtual std::vector<std::pair<std::string, torch::Tensor>> parameters() { return {}; }
};

// labels: C; dim: D. Seeded: the same seed gives the same proxies. Throws Error(kInput) naming a field out of range.
std::unique_ptr<Loss> make_loss(const LossConfig& config, int labels, int dim, std::uint64_t seed,
                                torch::Device device = torch::kCPU);

// CLIP's and SigLIP's loss. images: [N, D], texts: [T, D], of length 1; matches: [N, T] of 0 and 1, which text belongs
// to which image: the unit matrix for pairs as in the papers, several ones where images share a caption (the mean over
// them, Yang et al. 2022). Images and texts without a match are only what others do not match. log_scale, bias: learnt
// scalars; the softmax has no bias.
enum class PairLoss { kSoftmax, kSigmoid };
torch::Tensor image_text_loss(PairLoss kind, const torch::Tensor& images, const torch::Tensor& texts,
                              const torch::Tensor& matches, const torch::Tensor& log_scale, const torch::Tensor& bias);

// The same with its own scale and bias, and over prefixes as any other loss. Of a LossConfig it takes the kind
// (kSigmoid: SigLIP's, kInfoNce: CLIP's) and matryoshka. Throws Error(kInput) for another kind.
class CaptionLoss {
 public:
  CaptionLoss(const LossConfig& config, torch::Device device);
  // rows: [N, D]; texts: [C, D], a caption per label; labels: [N, C].
  torch::Tensor operator()(const torch::Tensor& rows, const torch::Tensor& texts, const torch::Tensor& labels) const;
  std::vector<std::pair<std::string, torch::Tensor>> parameters() const;

 private:
  PairLoss kind_;
  std::vector<int> prefixes_;
  torch::Tensor log_scale_, bias_;
};

// Keeps what the base model knew (similarity distillation: Fang et al. 2021, eq. 4, within the batch): for each row,
// the divergence of the softmax over its cosines with the others from the same softmax of the base model's cosines,
// both at `temperature`; mean over the rows, and over the prefixes and the whole as in LossConfig::matryoshka.
// embeddings: [N, D] of length 1; base: [N, B] of length 1, without gradient. groups: [N] of int64; only rows of one
// group are compared, so that the distance of the groups is free; undefined: one group. A row whose group holds fewer
// than two others takes no part.
torch::Tensor relation_loss(const torch::Tensor& embeddings, const torch::Tensor& base, const torch::Tensor& groups,
                            double temperature, const std::vector<int>& matryoshka);

// A queue of the latest `capacity` embeddings and their labels, without gradient, newest first. Pushing what another
// one holds copies it (--resume). Capacity 0: no memory.
class CrossBatchMemory {
 public:
  explicit CrossBatchMemory(int capacity) : capacity_(capacity) {}
  void push(const torch::Tensor& embeddings, const torch::Tensor& labels);
  const torch::Tensor& embeddings() const { return embeddings_; }  // [M, D]; undefined while empty
  const torch::Tensor& labels() const { return labels_; }

 private:
  int capacity_;
  torch::Tensor embeddings_, labels_;
};

}  // namespace ootd
