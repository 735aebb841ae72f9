// Our garment detector: one stage, no anchors (FCOS, Tian et al. 2019): every point of three feature maps says how far
// the four sides of a box are and what lies in it. EfficientNet backbone; a path-aggregation neck (Liu et al. 2018) and
// heads of depthwise-separable 5x5 convolutions (as PicoDet, Yu et al. 2021), which are cheap on CPUs.
#pragma once

#include <array>
#include <string>

#include "ootd/models/nets/efficientnet.h"
#include "ootd/models/ops.h"

namespace ootd {

struct DetectorNet {
  EfficientNetConfig backbone = {1.0, 1.0, true, 1e-3f};
  int width = 96;  // channels of the neck and the heads
  int classes = 5;
  friend bool operator==(const DetectorNet&, const DetectorNet&) = default;
};

inline constexpr std::array<int, 3> kDetectorStrides = {8, 16, 32};

}  // namespace ootd
