#include "ootd/train/detector_targets.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace ootd {

std::vector<PointTarget> assign_points(const PointPredictions& points, std::span<const LabelledBox> boxes,
                                       const AssignConfig& config) {
  const std::size_t count = points.x.size();
  std::vector<PointTarget> targets(count);
  std::vector<float> fit(count, -1);  // the IoU with the box that a point goes to
  struct Candidate {
    std::size_t point;
    float alignment, iou;
  };
  std::vector<std::vector<Candidate>> chosen(boxes.size());
  for (std::size_t b = 0; b < boxes.size(); ++b) {
    const Box& box = boxes[b].box;
    std::vector<Candidate>& inside = chosen[b];
    for (std::size_t p = 0; p < count; ++p) {
      if (!(points.x[p] > box.x && points.x[p] < box.right() && points.y[p] > box.y && points.y[p] < box.bottom()))
        continue;
      const float overlap = iou(box, points.predicted[p]);
      const float score =
          points.scores[p * static_cast<std::size_t>(points.classes) + static_cast<std::size_t>(boxes[b].label)];
      inside.push_back({p, std::pow(score, config.alpha) * std::pow(overlap, config.beta), overlap});
    }
    const auto keep = std::min(inside.size(), static_cast<std::size_t>(config.points_per_box));
    std::partial_sort(inside.begin(), inside.begin() + static_cast<std::ptrdiff_t>(keep), inside.end(),
                      [](const Candidate& a, const Candidate& c) {
                        return a.alignment != c.alignment ? a.alignment > c.alignment : a.point < c.point;
                      });
    inside.resize(keep);
    for (const Candidate& candidate : inside)
      if (candidate.iou > fit[candidate.point]) {
        fit[candidate.point] = candidate.iou;
        targets[candidate.point].box = static_cast<int>(b);
      }
  }
  // Normalised within each box: its best point shall be as sure as its IoU, the others in proportion.
  for (std::size_t b = 0; b < boxes.size(); ++b) {
    float best_alignment = 0, best_iou = 0;
    for (const Candidate& candidate : chosen[b])
      if (targets[candidate.point].box == static_cast<int>(b)) {
        best_alignment = std::max(best_alignment, candidate.alignment);
        best_iou = std::max(best_iou, candidate.iou);
      }
    for (const Candidate& candidate : chosen[b])
      if (targets[candidate.point].box == static_cast<int>(b) && best_alignment > 0)
        targets[candidate.point].quality = candidate.alignment / best_alignment * best_iou;
  }
  return targets;
}

}  // namespace ootd
