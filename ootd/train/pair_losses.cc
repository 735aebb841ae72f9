// Losses over pairs: each row of the batch is an anchor, and stands before all other rows and the memory.
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/train/loss_parts.h"

namespace ootd {
namespace {

// Anchors are the N rows of the batch; the far side is the batch, then the M rows of the memory.
struct Pairs {
  torch::Tensor cosines;  // [N, N + M]
  // Masks of the same shape. A row is in no pair with itself; rows without labels are in none.
  torch::Tensor alike, unlike;
};

Pairs pairs_of(const LossBatch& batch) {
  torch::Tensor far = batch.embeddings, far_labels = batch.labels;
  if (batch.memory_embeddings.defined()) {
    far = torch::cat({far, batch.memory_embeddings});
    far_labels = torch::cat({far_labels, batch.memory_labels});
  }
  const torch::Tensor share = batch.labels.matmul(far_labels.t()) > 0;
  const torch::Tensor both_labelled =
      (batch.labels.sum(1, /*keepdim=*/true) > 0).logical_and((far_labels.sum(1) > 0).unsqueeze(0));
  const torch::Tensor itself = torch::zeros_like(share).fill_diagonal_(true);
  return {batch.embeddings.matmul(far.t()), share.logical_and(itself.logical_not()),
          both_labelled.logical_and(share.logical_not())};
}

// Euclidean, of unit vectors. Rows nearer than 0.001 have no direction to go: there the slope, which would grow without
// bound, is zero, and float's rounding of the cosine (1e-7) would be all of it.
torch::Tensor distances(const torch::Tensor& cosines) { return (2 - 2 * cosines).clamp_min(1e-6).sqrt(); }

// Hadsell, Chopra, LeCun 2006, Dimensionality Reduction by Learning an Invariant Mapping, eq. 4, without its factors of
// one half: d^2 for an alike pair, max(0, m - d)^2 for an unlike one. The mean over the alike pairs plus the mean over
// the unlike pairs within the margin: of the many unlike ones most are far already, and would dilute the rest.
torch::Tensor contrastive(const Pairs& pairs, float margin, bool inverted) {
  const torch::Tensor d = distances(pairs.cosines), shortfall = torch::relu(margin - d).square();
  const torch::Tensor &pulled = inverted ? pairs.unlike : pairs.alike, &pushed = inverted ? pairs.alike : pairs.unlike;
  return masked_mean(2 - 2 * pairs.cosines, pulled) + masked_mean(shortfall, pushed.logical_and(d < margin));
}

// Schroff et al. 2015 (FaceNet), eq. 3, with d itself instead of its square after Hermans et al. 2017, who found it to
// collapse less. Mean over the triplets.
// Batch-hard (Hermans, eq. 5): per anchor the farthest alike row and the nearest unlike one.
// Semi-hard (Schroff, 3.2): per alike pair the nearest unlike row that is farther than the alike one; if there is none,
// the farthest, which keeps a collapsed batch moving.
torch::Tensor triplet(const Pairs& pairs, float margin, TripletMining mining) {
  constexpr double kBeyond = 4;  // no distance on the unit sphere passes 2
  const torch::Tensor d = distances(pairs.cosines), unlike_d = torch::where(pairs.unlike, d, kBeyond);
  const torch::Tensor unlikes = pairs.unlike.sum(1, /*keepdim=*/true);
  if (mining == TripletMining::kBatchHard) {
    const torch::Tensor farthest = torch::where(pairs.alike, d, -kBeyond).amax(1), nearest = unlike_d.amin(1);
    return masked_mean(torch::relu(farthest - nearest + margin),
                       pairs.alike.any(1).logical_and(unlikes.squeeze(1) > 0));
  }
  // One sort per anchor instead of all N (N + M)^2 triplets.
  const torch::Tensor sorted = std::get<0>(unlike_d.sort(1));
  const torch::Tensor farther =
      torch::searchsorted(sorted.detach().contiguous(), d.detach().contiguous(), /*out_int32=*/false, /*right=*/true);
  const torch::Tensor chosen = torch::minimum(farther, unlikes - 1).clamp_min(0);
  return masked_mean(torch::relu(d - sorted.gather(1, chosen) + margin), pairs.alike.logical_and(unlikes > 0));
}

// Khosla et al. 2020, Supervised Contrastive Learning, eq. 2 (L_out): per anchor the mean over its alike rows of
// -log softmax among all other rows; mean over the anchors that have any.
torch::Tensor sup_con(const Pairs& pairs, float temperature) {
  const torch::Tensor logits = pairs.cosines / temperature;
  const torch::Tensor total = masked_log_sum_exp(logits, pairs.alike.logical_or(pairs.unlike), 1);
  return masked_mean(masked_mean(total - logits, pairs.alike, 1), pairs.alike.any(1));
}

// Oord et al. 2018, eq. 4, and Chen et al. 2020 (SimCLR), eq. 1: per alike pair -log softmax of it among itself and the
// anchor's unlike rows; mean over the alike pairs.
torch::Tensor info_nce(const Pairs& pairs, float temperature) {
  const torch::Tensor logits = pairs.cosines / temperature;
  return masked_mean(torch::softplus(masked_log_sum_exp(logits, pairs.unlike, 1) - logits), pairs.alike);
}

// Zhai et al. 2023, Sigmoid Loss for Language Image Pre-Training, algorithm 1: -log sigmoid(z (t s + b)) summed over
// all pairs, z = 1 if alike, else -1. There divided by the batch, which is its number of alike pairs; here by that
// number.
torch::Tensor sigmoid(const Pairs& pairs, const torch::Tensor& log_scale, const torch::Tensor& bias) {
  const torch::Tensor logits = pairs.cosines * log_scale.exp() + bias;
  const torch::Tensor losses = -torch::log_sigmoid(torch::where(pairs.alike, logits, -logits));
  const torch::Tensor alikes = pairs.alike.sum(), taken = pairs.alike.logical_or(pairs.unlike);
  return torch::where(taken.logical_and(alikes > 0), losses, 0).sum() / alikes.clamp_min(1);
}

// Wang et al. 2019, Multi-Similarity Loss, eqs. 12 and 13 for the mining, eq. 15 for the loss. Mean over the anchors
// that have alike and unlike rows, whether the mining keeps some or not.
torch::Tensor multi_similarity(const Pairs& pairs, const LossConfig& config) {
  const torch::Tensor& s = pairs.cosines;
  const torch::Tensor least_alike = torch::where(pairs.alike, s, 2).amin(1, /*keepdim=*/true);
  const torch::Tensor most_unlike = torch::where(pairs.unlike, s, -2).amax(1, /*keepdim=*/true);
  const torch::Tensor alike = pairs.alike.logical_and(s - config.ms_epsilon < most_unlike);
  const torch::Tensor unlike = pairs.unlike.logical_and(s + config.ms_epsilon > least_alike);
  const torch::Tensor from_base = s - config.ms_base;
  const torch::Tensor pull = masked_log_1p_sum_exp(-config.ms_alpha * from_base, alike, 1) / config.ms_alpha;
  const torch::Tensor push = masked_log_1p_sum_exp(config.ms_beta * from_base, unlike, 1) / config.ms_beta;
  return masked_mean(pull + push, pairs.alike.any(1).logical_and(pairs.unlike.any(1)));
}

class PairKindLoss : public Loss {
 public:
  PairKindLoss(const LossConfig& config, torch::Device device) : config_(config) {
    if (config.kind != LossKind::kSigmoid) return;
    const auto learnt = torch::TensorOptions().device(device).requires_grad(true);
    log_scale_ = torch::full({}, std::log(10.0), learnt);  // the paper's start
    bias_ = torch::full({}, -10.0, learnt);
  }

  torch::Tensor operator()(const LossBatch& batch) override {
    const Pairs pairs = pairs_of(batch);
    switch (config_.kind) {
      case LossKind::kContrastive:
        return contrastive(pairs, config_.margin, /*inverted=*/false);
      case LossKind::kInvertedContrastive:
        return contrastive(pairs, config_.margin, /*inverted=*/true);
      case LossKind::kTriplet:
        return triplet(pairs, config_.margin, config_.mining);
      case LossKind::kSupCon:
        return sup_con(pairs, config_.temperature);
      case LossKind::kInfoNce:
        return info_nce(pairs, config_.temperature);
      case LossKind::kSigmoid:
        return sigmoid(pairs, log_scale_, bias_);
      case LossKind::kMultiSimilarity:
        return multi_similarity(pairs, config_);
      case LossKind::kProxyAnchor:
      case LossKind::kArcFace:
      case LossKind::kCrossEntropy:
        break;
    }
    throw Error(Kind::kInternal, "not a loss over pairs: " + std::string(to_string(config_.kind)));
  }

  std::vector<std::pair<std::string, torch::Tensor>> parameters() override {
    if (config_.kind != LossKind::kSigmoid) return {};
    return {{"log_scale", log_scale_}, {"bias", bias_}};
  }

 private:
  const LossConfig config_;
  torch::Tensor log_scale_, bias_;  // of kSigmoid
};

}  // namespace

std::unique_ptr<Loss> make_pair_loss(const LossConfig& config, torch::Device device) {
  return std::make_unique<PairKindLoss>(config, device);
}

}  // namespace ootd
