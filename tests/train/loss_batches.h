// Batches for the tests of the losses, in double, and a loss's value and gradient on them.
#pragma once

#include <torch/torch.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ootd/base/random.h"
#include "ootd/train/losses.h"
#include "tests/train/loss_references.h"

namespace ootd::testing {

inline constexpr LossKind kKinds[] = {LossKind::kContrastive,     LossKind::kInvertedContrastive,
                                      LossKind::kTriplet,         LossKind::kSupCon,
                                      LossKind::kInfoNce,         LossKind::kSigmoid,
                                      LossKind::kMultiSimilarity, LossKind::kProxyAnchor,
                                      LossKind::kArcFace,         LossKind::kCrossEntropy};

inline bool is_pair_loss(LossKind kind) { return kind < LossKind::kProxyAnchor; }

// Every kind at its known values, and the triplet with each mining.
inline std::vector<LossConfig> all_losses() {
  std::vector<LossConfig> configs;
  for (const LossKind kind : kKinds) configs.push_back(default_loss(kind));
  configs.push_back(default_loss(LossKind::kTriplet));
  configs.back().mining = TripletMining::kBatchHard;
  return configs;
}

inline std::string name_of(const LossConfig& config) {
  return std::string(to_string(config.kind)) + (config.mining == TripletMining::kBatchHard ? " batch-hard" : "");
}

inline torch::Tensor tensor_of(const Rows& rows) {
  const torch::Tensor tensor = torch::empty({std::ssize(rows), std::ssize(rows[0])}, torch::kDouble);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(rows[i], tensor.data_ptr<double>() + i * rows[i].size());
  }
  return tensor;
}

inline Rows rows_of(const torch::Tensor& tensor) {
  const torch::Tensor doubles = tensor.detach().to(torch::kDouble).reshape({-1, tensor.size(-1)}).contiguous();
  Rows rows;
  for (std::int64_t i = 0; i < doubles.size(0); ++i) {
    const double* row = doubles.data_ptr<double>() + i * doubles.size(1);
    rows.emplace_back(row, row + doubles.size(1));
  }
  return rows;
}

inline torch::Tensor unit_rows(const torch::Tensor& rows) { return rows / rows.norm(2, 1, /*keepdim=*/true); }

// n rows of length 1 in `dim` dimensions, in double.
inline torch::Tensor random_rows(int n, int dim, std::uint64_t seed) {
  Random random(seed);
  const torch::Tensor rows = torch::empty({n, dim}, torch::kDouble);
  for (std::int64_t i = 0; i < rows.numel(); ++i) rows.data_ptr<double>()[i] = random.normal();
  return unit_rows(rows);
}

// One label per row.
inline torch::Tensor one_hot(const std::vector<int>& labels, int count) {
  torch::Tensor hot = torch::zeros({std::ssize(labels), count}, torch::kDouble);
  for (std::size_t i = 0; i < labels.size(); ++i) hot[static_cast<std::int64_t>(i)][labels[i]] = 1;
  return hot;
}

// Nine rows that carry none, one or several of four labels (the last on one row only), and five remembered ones.
inline LossBatch multi_label_batch() {
  const Rows labels = {{1, 0, 0, 0}, {1, 1, 0, 0}, {0, 1, 0, 0}, {0, 0, 0, 0}, {0, 1, 1, 0},
                       {0, 0, 1, 0}, {1, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 1, 0}};
  const Rows memory_labels = {{1, 0, 0, 0}, {0, 0, 0, 0}, {0, 1, 1, 0}, {0, 0, 0, 1}, {0, 0, 1, 0}};
  return {random_rows(9, 6, 1), tensor_of(labels), random_rows(5, 6, 2), tensor_of(memory_labels)};
}

inline double value_of(Loss& loss, const LossBatch& batch) { return loss(batch).item<double>(); }

// Gradient with regard to the rows.
inline torch::Tensor gradient_of(Loss& loss, LossBatch batch) {
  batch.embeddings = batch.embeddings.detach().clone().requires_grad_(true);
  loss(batch).backward();
  return batch.embeddings.grad();
}

inline LossBatch without_memory(const LossBatch& batch) { return {batch.embeddings, batch.labels, {}, {}}; }

}  // namespace ootd::testing
