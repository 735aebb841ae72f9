// What the outputs of each family of detectors mean. Pure functions of what a DetectorSession gave.
#pragma once

#include <span>
#include <vector>

#include "ootd/base/detection.h"
#include "ootd/detect/fit.h"
#include "ootd/models/detector_model.h"

namespace ootd {

// Boxes in pixels of the picture, inside it and with area; scores of at least config.min_score, best first, at most
// config.max_detections. Networks that leave overlapping boxes (YOLO but the end-to-end ones, YOLOX, ours) go through
// suppress(); the others give each thing once. Infinite boxes are dropped.
// Throws Error(kInput) naming the output for shapes that the family does not have, for another number of classes than
// the config lists, and for NaN: a picture must not come to have no clothes because the weights are damaged.
std::vector<Detection> decode(const DetectorConfig& config, std::span<const NamedFloats> outputs,
                              const Placement& placement);

}  // namespace ootd
