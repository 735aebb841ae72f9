#include "ootd/workspace/detector_scores.h"

#include <algorithm>
#include <utility>

namespace ootd {
namespace {

constexpr std::size_t kRefusals = static_cast<std::size_t>(Refusal::kTouchesBorder) + 1;

// The garment categories are classes 0 .. 3; persons, who are scored by themselves, class 0.
std::optional<int> class_of(const Garment& garment, bool persons) {
  if (persons) return garment.category == kPersonCategory ? std::optional(0) : std::nullopt;
  const auto found = std::ranges::find(kGarmentCategories, garment.category);
  if (found == kGarmentCategories.end()) return std::nullopt;
  return static_cast<int>(found - kGarmentCategories.begin());
}

std::vector<PhotoBoxes> boxes_of(std::span<const LabelledPhoto> photos, bool persons) {
  std::vector<PhotoBoxes> all;
  for (const LabelledPhoto& photo : photos) {
    PhotoBoxes boxes;
    for (const Garment& garment : photo.labelled)
      if (const auto label = class_of(garment, persons)) boxes.labelled.push_back({*label, garment.box});
    if (boxes.labelled.empty()) continue;
    for (const Garment& garment : photo.found)
      if (const auto label = class_of(garment, persons)) boxes.found.push_back({*label, garment.score, garment.box});
    all.push_back(std::move(boxes));
  }
  return all;
}

std::optional<PrecisionRecall> last_at(const ClassMatches& matches, float min_score) {
  const auto curve = precision_recall_curve(matches, 0);
  const auto end = std::ranges::find_if(curve, [&](const PrecisionRecall& point) { return point.score < min_score; });
  if (end == curve.begin()) return std::nullopt;
  return *std::prev(end);
}

// As `ootd detect` prints it.
std::optional<Box> main_person(const Outfit& outfit) {
  if (outfit.persons.empty()) return std::nullopt;
  return whole_person(outfit.persons.front());
}

}  // namespace

DetectorScores score_detector(std::span<const LabelledPhoto> photos, const PersonRule& rule,
                              const BootstrapOptions& options) {
  DetectorScores scores;
  for (const bool persons : {false, true}) {
    const auto boxes = boxes_of(photos, persons);
    const int labels = persons ? 1 : static_cast<int>(kGarmentCategories.size());
    const DetectionSummary summary = summarize_detection(boxes, labels, options);
    if (!persons) scores.garments = summary.macro;
    for (int label = 0; label < labels; ++label) {
      const ClassFigures& figures = summary.classes[static_cast<std::size_t>(label)];
      auto& row = scores.classes.emplace_back(figures);
      if (figures.labelled > 0) row.seen_by_rule = last_at(match_boxes(boxes, label), rule.min_score);
    }
  }
  std::vector<double> person_ious, crop_ious;
  std::vector<std::pair<int, int>> refusals;
  const auto compare = [](const Box& labelled, const std::optional<Box>& found) {
    return found ? static_cast<double>(iou(labelled, *found)) : 0;
  };
  for (const LabelledPhoto& photo : photos) {
    const Outfit expected = find_outfit(photo.labelled, photo.width, photo.height, rule);
    const Outfit found = find_outfit(photo.found, photo.width, photo.height, rule);
    if (!expected.persons.empty() && expected.persons.front().box)
      person_ious.push_back(compare(*expected.persons.front().box, main_person(found)));
    if (std::ranges::none_of(photo.labelled, [](const auto& garment) { return class_of(garment, false).has_value(); }))
      continue;
    if (expected.crop) crop_ious.push_back(compare(*expected.crop, found.crop));
    refusals.emplace_back(static_cast<int>(expected.refusal), static_cast<int>(found.refusal));
  }
  scores.person = summarize_ious(std::move(person_ious), options);
  scores.crop = summarize_ious(std::move(crop_ious), options);
  scores.refusals = confusion_of_pairs(refusals, kRefusals);
  return scores;
}

}  // namespace ootd
