#include "ootd/models/detector_points.h"

#include <algorithm>
#include <cmath>

#include "ootd/models/detector_model.h"
#include "ootd/models/shape_ops.h"

namespace ootd {

float point_distance(float raw) {
  constexpr float kLargest = 8;  // exp(8) = 2981 strides
  return std::exp(std::min(raw, kLargest));
}

std::vector<Detection> decode_points(const DetectorMaps& maps, const DetectorNet& net, float min_score, int count) {
  std::vector<std::vector<Detection>> found(static_cast<std::size_t>(net.classes()));
  // Scores are compared as logits: nearly all points are nothing, and need no exponential.
  const float threshold = min_score > 0 ? std::log(min_score / (1 - min_score)) : -INFINITY;
  for (std::size_t level = 0; level < maps.values.size(); ++level) {
    const int columns = maps.columns(level), rows = maps.rows(level);
    const auto stride = static_cast<float>(kDetectorStrides[level]);
    const auto points = static_cast<std::size_t>(columns) * static_cast<std::size_t>(rows);
    const float* channel = maps.values[level].data();
    int label = 0;
    for (const int classes : net.groups) {
      const float* sides = channel;
      channel += 4 * points;
      for (int c = 0; c < classes; ++c, ++label, channel += points)
        for (std::size_t point = 0; point < points; ++point) {
          if (!(channel[point] >= threshold)) continue;
          const auto distance = [&](std::size_t side) { return point_distance(sides[side * points + point]) * stride; };
          const float x = (static_cast<float>(point % static_cast<std::size_t>(columns)) + 0.5f) * stride;
          const float y = (static_cast<float>(point / static_cast<std::size_t>(columns)) + 0.5f) * stride;
          const float left = x - distance(0), top = y - distance(1);
          found[static_cast<std::size_t>(label)].push_back(
              {label, 1 / (1 + std::exp(-channel[point])), {left, top, x + distance(2) - left, y + distance(3) - top}});
        }
    }
  }
  std::vector<Detection> all;
  for (auto& list : found) {
    const auto keep = std::min(list.size(), static_cast<std::size_t>(count));
    std::partial_sort(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(keep), list.end(),
                      [](const Detection& a, const Detection& b) { return a.score > b.score; });
    all.insert(all.end(), list.begin(), list.begin() + static_cast<std::ptrdiff_t>(keep));
  }
  std::ranges::stable_sort(all, [](const Detection& a, const Detection& b) { return a.score > b.score; });
  return all;
}

std::vector<Detection> merge_points(const std::vector<Detection>& found, float max_iou, int count) {
  constexpr float kNearlyTheSame = 0.65f;
  constexpr float kNearlyAsSure = 0.6f;  // of the best's score: a lower threshold of scores changes nothing
  std::vector<Detection> merged = suppress(found, max_iou, count);
  for (Detection& best : merged) {
    double weights = 0, left = 0, top = 0, right = 0, bottom = 0;
    for (const Detection& other : found) {
      const bool votes = other.label == best.label && other.score >= kNearlyAsSure * best.score;
      if (!votes || iou(other.box, best.box) < kNearlyTheSame) continue;
      const auto weight = static_cast<double>(other.score);
      weights += weight;
      left += weight * static_cast<double>(other.box.x);
      top += weight * static_cast<double>(other.box.y);
      right += weight * static_cast<double>(other.box.right());
      bottom += weight * static_cast<double>(other.box.bottom());
    }
    best.box = {static_cast<float>(left / weights), static_cast<float>(top / weights),
                static_cast<float>((right - left) / weights), static_cast<float>((bottom - top) / weights)};
  }
  return merged;
}

std::vector<WeightSpec> detector_weights(const DetectorNet& net) {
  ShapeOps ops;
  detector_forward(ops, {1, 3, 320, 320}, net);
  return ops.weights();
}

}  // namespace ootd
