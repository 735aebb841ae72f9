// Losses that learn a vector per label and compare each row with it. All slice their vectors to the width of the rows,
// so that Matryoshka's prefixes share them (Kusupati et al. 2022, "efficient" MRL).
#include <cmath>
#include <numbers>

#include "ootd/base/random.h"
#include "ootd/train/loss_parts.h"

namespace ootd {
namespace {

using Parameters = std::vector<std::pair<std::string, torch::Tensor>>;

// `draw` fills it in order: libtorch's own generators differ between CPU and CUDA.
template <class Draw>
torch::Tensor learnt_tensor(at::IntArrayRef shape, torch::Device device, const Draw& draw) {
  const torch::Tensor tensor = torch::empty(shape);
  float* values = tensor.data_ptr<float>();
  for (std::int64_t i = 0; i < tensor.numel(); ++i) values[i] = static_cast<float>(draw());
  return tensor.to(device).requires_grad_(true);
}

// Directions at random, each about of length 1; only the direction counts, the length sets how fast it turns.
torch::Tensor random_directions(at::IntArrayRef shape, std::uint64_t seed, torch::Device device) {
  Random random(seed);
  const double deviation = 1 / std::sqrt(static_cast<double>(shape.back()));
  return learnt_tensor(shape, device, [&] { return deviation * random.normal(); });
}

// [..., D] in the rows' type and width, unit length.
torch::Tensor unit_like(const torch::Tensor& vectors, const torch::Tensor& rows) {
  return torch::nn::functional::normalize(vectors.to(rows.scalar_type()).narrow(-1, 0, rows.size(1)),
                                          torch::nn::functional::NormalizeFuncOptions().dim(-1));
}

// Kim et al. 2020, Proxy Anchor Loss, eq. 4. A label's proxy pulls the rows that carry it and pushes the labelled rows
// that do not; the mean of the pulls is over the labels present.
class ProxyAnchorLoss : public Loss {
 public:
  ProxyAnchorLoss(const LossConfig& config, int labels, int dim, std::uint64_t seed, torch::Device device)
      : margin_(config.margin), alpha_(config.proxy_alpha), proxies_(random_directions({labels, dim}, seed, device)) {}

  torch::Tensor operator()(const LossBatch& batch) override {
    const torch::Tensor cosines = batch.embeddings.matmul(unit_like(proxies_, batch.embeddings).t());  // [N, C]
    const torch::Tensor carried = batch.labels > 0;
    const torch::Tensor lacked = carried.any(1, /*keepdim=*/true).logical_and(carried.logical_not());
    const torch::Tensor pull = masked_log_1p_sum_exp(-alpha_ * (cosines - margin_), carried, 0);
    const torch::Tensor push = masked_log_1p_sum_exp(alpha_ * (cosines + margin_), lacked, 0);
    return masked_mean(pull, carried.any(0)) + push.mean();
  }

  Parameters parameters() override { return {{"proxies", proxies_}}; }

 private:
  const double margin_, alpha_;
  const torch::Tensor proxies_;  // [C, D]
};

// Deng et al. 2019, ArcFace, eq. 3, with the nearest of several centres per label (Deng et al. 2020, Sub-center
// ArcFace, 3.2). A row with several labels: the mean over them, each against the labels that the row does not carry.
class ArcFaceLoss : public Loss {
 public:
  ArcFaceLoss(const LossConfig& config, int labels, int dim, std::uint64_t seed, torch::Device device)
      : margin_(config.margin),
        scale_(config.arc_scale),
        centers_(random_directions({labels, config.sub_centers, dim}, seed, device)) {}

  torch::Tensor operator()(const LossBatch& batch) override {
    const torch::Tensor cosines =
        torch::einsum("nd,ckd->nck", {batch.embeddings, unit_like(centers_, batch.embeddings)}).amax(2);  // [N, C]
    const torch::Tensor carried = batch.labels > 0;
    const torch::Tensor rest = masked_log_sum_exp(scale_ * cosines, carried.logical_not(), 1);
    const torch::Tensor losses = torch::softplus(rest - scale_ * with_margin(cosines));
    return masked_mean(masked_mean(losses, carried, 1), carried.any(1));
  }

  Parameters parameters() override { return {{"centers", centers_}}; }

 private:
  // cos(angle + m). Past angle = pi - m, where that would rise again, the authors' code goes on with cos(angle) -
  // m sin(m). The sine's slope is without bound at angles 0 and pi, so it is cut there.
  torch::Tensor with_margin(const torch::Tensor& cosines) const {
    const torch::Tensor sines = (1 - cosines.square()).clamp_min(1e-6).sqrt();
    return torch::where(cosines > -std::cos(margin_), cosines * std::cos(margin_) - sines * std::sin(margin_),
                        cosines - margin_ * std::sin(margin_));
  }

  const double margin_, scale_;
  const torch::Tensor centers_;  // [C, sub-centres, D]
};

// Softmax cross-entropy of a linear classifier; the target of a row with k labels is 1/k for each (Mahajan et al. 2018,
// Exploring the Limits of Weakly Supervised Pretraining, 2.2).
class CrossEntropyLoss : public Loss {
 public:
  CrossEntropyLoss(int labels, int dim, std::uint64_t seed, torch::Device device) {
    Random random(seed);
    const double bound = 1 / std::sqrt(static_cast<double>(dim));  // PyTorch's for a linear layer
    weight_ = learnt_tensor({labels, dim}, device, [&] { return random.uniform(-bound, bound); });
    bias_ = learnt_tensor({labels}, device, [] { return 0.0; });
  }

  torch::Tensor operator()(const LossBatch& batch) override {
    const auto type = batch.embeddings.scalar_type();
    const torch::Tensor weight = weight_.to(type).narrow(1, 0, batch.embeddings.size(1));
    const torch::Tensor log_odds = torch::log_softmax(torch::linear(batch.embeddings, weight, bias_.to(type)), 1);
    const torch::Tensor carried = batch.labels > 0;
    return masked_mean(masked_mean(-log_odds, carried, 1), carried.any(1));
  }

  Parameters parameters() override { return {{"weight", weight_}, {"bias", bias_}}; }

 private:
  torch::Tensor weight_, bias_;  // [C, D], [C]
};

}  // namespace

std::unique_ptr<Loss> make_label_loss(const LossConfig& config, int labels, int dim, std::uint64_t seed,
                                      torch::Device device) {
  if (config.kind == LossKind::kProxyAnchor) {
    return std::make_unique<ProxyAnchorLoss>(config, labels, dim, seed, device);
  }
  if (config.kind == LossKind::kArcFace) return std::make_unique<ArcFaceLoss>(config, labels, dim, seed, device);
  return std::make_unique<CrossEntropyLoss>(labels, dim, seed, device);
}

}  // namespace ootd
