// Which loss, with which parameters: what a run's configuration states. losses.h computes them.
#pragma once

#include <string_view>
#include <vector>

namespace ootd {

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
// Of relation_loss: cosines of ImageNet features differ by hundredths, and the nearest few should count.
inline constexpr float kRelationTemperature = 0.05f;
// The known values of this kind.
LossConfig default_loss(LossKind kind);

}  // namespace ootd
