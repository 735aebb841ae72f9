// Which point of the detector's maps answers for which box: task-aligned assignment (Feng et al. 2021, TOOD, 3.2). For
// each box the points inside it are ranked by score^alpha x IoU^beta of what they say now; the best ones learn it, and
// learn to be as sure of it as they are right. Pure; no tensors, so that it is tested against an obvious twin.
#pragma once

#include <span>
#include <vector>

#include "ootd/base/box.h"
#include "ootd/eval/detection.h"

namespace ootd {

struct AssignConfig {
  int points_per_box = 10;
  float alpha = 0.5f, beta = 6;  // the values of YOLOv8 and PP-YOLOE
};

struct PointTarget {
  int box = -1;       // which of the boxes, or none
  float quality = 0;  // what the score of the box's label shall be, 0 .. 1
};

// What the network says now: points[p] is a place, predicted[p] its box, scores[p * classes + c] in 0 .. 1.
struct PointPredictions {
  std::span<const float> x, y;  // of the points, pixels
  std::span<const Box> predicted;
  std::span<const float> scores;
  int classes = 1;
};

// One target a point; boxes' labels count the classes of the group. A point that several boxes want goes to that which
// it fits best.
std::vector<PointTarget> assign_points(const PointPredictions& points, std::span<const LabelledBox> boxes,
                                       const AssignConfig& config = {});

}  // namespace ootd
