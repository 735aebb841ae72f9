// Our garment detector: one stage, no anchors (FCOS, Tian et al. 2019): every point of three feature maps says how far
// the four sides of a box are and what lies in it. EfficientNet backbone, a path-aggregation neck (Liu et al. 2018) and
// heads of depthwise-separable 5x5 convolutions, as PicoDet's (Yu et al. 2021), which are cheap on CPUs.
#pragma once

#include <array>
#include <numeric>
#include <string>
#include <vector>

#include "ootd/models/nets/efficientnet.h"
#include "ootd/models/ops.h"

namespace ootd {

struct DetectorNet {
  EfficientNetConfig backbone = {1.0, 1.0, true, 1e-3f};
  int width = 96;  // channels of the neck and the heads
  // Classes that share a point's box, group by group. Persons are a group of their own: their centres are those of
  // their clothes, and a point can tell one box only in each group.
  std::vector<int> groups = {4, 1};

  int classes() const { return std::accumulate(groups.begin(), groups.end(), 0); }
  // Of a point: for each group four distances, then the logits of its classes.
  int channels() const { return classes() + 4 * static_cast<int>(groups.size()); }
  friend bool operator==(const DetectorNet&, const DetectorNet&) = default;
};

inline constexpr std::array<int, 3> kDetectorStrides = {8, 16, 32};

// x: [N, 3, H, W], sides multiples of 32, normalised -> for each stride [N, net.channels(), H / stride, W / stride].
// The point of column i, row j lies at ((i + .5) stride, (j + .5) stride); a raw distance d stands for exp(d) stride
// pixels to the left, top, right, bottom.
template <Ops O>
std::array<typename O::Tensor, 3> detector_forward(O& o, const typename O::Tensor& x, const DetectorNet& net) {
  using Tensor = typename O::Tensor;
  constexpr float kEps = 1e-5f;
  const auto pointwise = [&](const Tensor& in, const std::string& name) {
    const Tensor y = o.conv2d(in, name + ".conv", {.out = net.width});
    return o.activate(o.batch_norm(y, name + ".bn", kEps), Activation::kSilu);
  };
  const auto separable = [&](const Tensor& in, const std::string& name, int stride = 1) {
    const int channels = o.channels(in);
    Tensor y = o.conv2d(in, name + ".depthwise.conv",
                        {.out = channels, .kernel = 5, .stride = stride, .pad = 2, .groups = channels});
    y = o.activate(o.batch_norm(y, name + ".depthwise.bn", kEps), Activation::kSilu);
    return pointwise(y, name + ".pointwise");
  };

  const std::vector<Tensor> maps = efficientnet_maps(o, x, net.backbone);
  std::array<Tensor, 3> levels = {pointwise(maps[2], "neck.lateral.0"), pointwise(maps[4], "neck.lateral.1"),
                                  pointwise(maps[6], "neck.lateral.2")};
  levels[1] = separable(o.add(levels[1], o.upsample2x(levels[2])), "neck.down.1");
  levels[0] = separable(o.add(levels[0], o.upsample2x(levels[1])), "neck.down.0");
  levels[1] = separable(o.add(levels[1], separable(levels[0], "neck.reduce.0", 2)), "neck.up.1");
  levels[2] = separable(o.add(levels[2], separable(levels[1], "neck.reduce.1", 2)), "neck.up.2");
  for (std::size_t level = 0; level < levels.size(); ++level) {
    const std::string head = "head." + std::to_string(level);
    const Tensor y = separable(separable(levels[level], head + ".0"), head + ".1");
    levels[level] = o.conv2d(y, head + ".out", {.out = net.channels(), .bias = true});
  }
  return levels;
}

}  // namespace ootd
