// What the files of the losses share; losses.h is the contract for others.
//
// Each loss here is a plain formula over a batch that make_loss's wrapper has checked: N >= 1 rows, all tensors of one
// floating type, rows as wide as the whole vector or, under Matryoshka, a prefix.
#pragma once

#include <torch/torch.h>

#include <memory>

#include "ootd/train/losses.h"

namespace ootd {

// A logit that weighs nothing in a log-sum-exp. Finite, since the gradient through -infinity is NaN.
inline constexpr double kNothing = -1e9;

// Mean of `values` where `mask` holds; zero, with a gradient of zero, where it holds nowhere.
inline torch::Tensor masked_mean(const torch::Tensor& values, const torch::Tensor& mask) {
  return torch::where(mask, values, 0).sum() / mask.sum().clamp_min(1);
}

// The same along one dimension.
inline torch::Tensor masked_mean(const torch::Tensor& values, const torch::Tensor& mask, int dim) {
  return torch::where(mask, values, 0).sum(dim) / mask.sum(dim).clamp_min(1);
}

// log(sum of exp(values)) over `dim` where `mask` holds, kept as a dimension of 1; about kNothing where it holds
// nowhere.
inline torch::Tensor masked_log_sum_exp(const torch::Tensor& values, const torch::Tensor& mask, int dim) {
  return torch::logsumexp(torch::where(mask, values, kNothing), dim, /*keepdim=*/true);
}

// log(1 + sum of exp(values)), likewise; 0 where the mask holds nowhere.
inline torch::Tensor masked_log_1p_sum_exp(const torch::Tensor& values, const torch::Tensor& mask, int dim) {
  return torch::softplus(masked_log_sum_exp(values, mask, dim)).squeeze(dim);
}

// Losses over pairs of rows, which use the memory.
std::unique_ptr<Loss> make_pair_loss(const LossConfig& config, torch::Device device);
// Losses that learn a vector per label; they have no far side, and leave the memory alone.
std::unique_ptr<Loss> make_label_loss(const LossConfig& config, int labels, int dim, std::uint64_t seed,
                                      torch::Device device);
inline bool learns_labels(LossKind kind) {
  return kind == LossKind::kProxyAnchor || kind == LossKind::kArcFace || kind == LossKind::kCrossEntropy;
}

}  // namespace ootd
