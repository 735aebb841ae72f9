// What the maps of our detector mean, as boxes. Pure functions; training and serving share them.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "ootd/base/detection.h"
#include "ootd/models/nets/detector.h"
#include "ootd/models/weights.h"

namespace ootd {

// The maps of one picture: values[l] holds channels() x rows x columns floats, of stride kDetectorStrides[l].
struct DetectorMaps {
  int width = 0, height = 0;  // of the network's input
  std::array<std::span<const float>, 3> values;

  int columns(std::size_t level) const { return width / kDetectorStrides[level]; }
  int rows(std::size_t level) const { return height / kDetectorStrides[level]; }
};

// A raw distance in strides: exp, held where a box would leave any picture anyway and the exponential any float.
float point_distance(float raw);

// Every class of every point that scores at least min_score, best first, boxes in pixels of the network's input;
// overlapping ones are still among them (suppress()). At most `count` a class.
std::vector<Detection> decode_points(const DetectorMaps& maps, const DetectorNet& net, float min_score,
                                     int count = 1000);

// The boxes that decode_points() found, each thing once: of boxes of one label that overlap by more than max_iou the
// best stays, and becomes the mean, weighted by score, of itself and those that say nearly the same (box voting;
// Gidaris & Komodakis 2015, 3.2): the points of one thing err in different directions. At most `count`, best first.
std::vector<Detection> merge_points(const std::vector<Detection>& found, float max_iou, int count);

// All weights by name and shape.
std::vector<WeightSpec> detector_weights(const DetectorNet& net);

}  // namespace ootd
