// What the detector's maps are blamed for: quality focal loss on the scores (Li et al. 2020, eq. 3), which shall say
// how well the point's box fits, and GIoU (Rezatofighi et al. 2019) on the boxes of the points that are responsible for
// one.
#pragma once

#include <torch/torch.h>

#include <span>
#include <vector>

#include "ootd/models/nets/detector.h"
#include "ootd/train/detector_targets.h"

namespace ootd {

// 1 - GIoU of each pair of boxes (left, top, right, bottom), [K, 4] -> [K]; 0 for equal boxes, up to 2.
torch::Tensor giou_loss(const torch::Tensor& a, const torch::Tensor& b);

// -|target - s|^2 (target log s + (1 - target) log(1 - s)) with s = sigmoid(logits), summed.
torch::Tensor quality_focal_loss(const torch::Tensor& logits, const torch::Tensor& targets);

struct DetectorLoss {
  torch::Tensor score, box;  // scalars
};

// maps: of detector_forward(), [N, channels, h, w] each; boxes: of each picture, labels counting all classes, in pixels
// of the input. Both losses are divided by the sum of the target qualities.
DetectorLoss detector_loss(std::span<const torch::Tensor> maps, const DetectorNet& net,
                           std::span<const std::vector<LabelledBox>> boxes, const AssignConfig& config);

}  // namespace ootd
