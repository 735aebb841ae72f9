// Metric-learning losses over a batch of unit embeddings. Each is a mean that does not grow with the batch, so that
// weights of a sum and learning rates keep their meaning. They compute in float (or double) even under autocast, and
// assume length 1: a distance is taken from the cosine.
//
// Labels are multi-hot: row i of `labels` marks every value that image i carries; two images are alike (positives) if
// they share one. A row of zeros has no label and takes no part. Known values of the parameters: spec models.md, 2.1.
// Threads: one instance per training loop. Cost: O(N (N + M) D) for N rows and M remembered ones.
#pragma once

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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

enum class LossKind {
  kContrastive,          // Hadsell et al. 2006, pairs, as its eq. 4 with our label (1 = alike): d^2, max(0, m - d)^2
  kInvertedContrastive,  // the mistake of exchanging the two terms; only to show what it does
  kTriplet,              // Schroff et al. 2015 with Hermans et al. 2017's mining
  kSupCon,               // Khosla et al. 2020, L_out
  kInfoNce,              // Oord et al. 2018 / NT-Xent, Chen et al. 2020: each positive against all negatives
  kSigmoid,              // Zhai et al. 2023, over all pairs of the batch, learnt scale and bias
  kMultiSimilarity,      // Wang et al. 2019, with its mining
  kProxyAnchor,          // Kim et al. 2020, a learnt proxy per label
  kArcFace,              // Deng et al. 2019, sub-centres Deng et al. 2020
  kCrossEntropy,         // a linear classifier; several labels share the target
};
std::string_view to_string(LossKind kind);
LossKind parse_loss(std::string_view name);  // "supcon", "proxy_anchor" ...; throws Error(kInput) listing them

enum class TripletMining { kBatchHard, kSemiHard };

struct LossConfig {
  LossKind kind = LossKind::kSupCon;
  float temperature = 0.1f;  // SupCon; InfoNCE's usual is 0.07
  float margin = 0.5f;       // contrastive 0.5..1; triplet .05 to .3; Proxy-Anchor .1; ArcFace .5 rad
  TripletMining mining = TripletMining::kSemiHard;
  float ms_alpha = 2, ms_beta = 50, ms_base = 0.5f, ms_epsilon = 0.1f;
  float proxy_alpha = 32;
  float arc_scale = 30;  // 64 for thousands of classes, 30 for few
  int sub_centers = 3;
  // Prefixes of the vector that the loss is taken on too, each scaled to length 1 (Kusupati et al. 2022). The loss is
  // the mean over these and the whole vector, which is taken once whether listed or not. Empty: the whole vector alone.
  std::vector<int> matryoshka;
};
// The known values of this kind.
LossConfig default_loss(LossKind kind);

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

// CLIP's and SigLIP's loss over pairs: row i of `images` belongs to row i of `texts`, both [N, D] of length 1.
// log_scale, bias: learnt scalars; the softmax has no bias. CLIP's authors keep log_scale at log 100 or below, after
// each step.
enum class PairLoss { kSoftmax, kSigmoid };
torch::Tensor image_text_loss(PairLoss kind, const torch::Tensor& images, const torch::Tensor& texts,
                              const torch::Tensor& log_scale, const torch::Tensor& bias);

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
