// `ootd eval-detector`: what a detector finds in the workspace's labelled photos, and its scores as JSON and text.
#pragma once

#include <string>
#include <vector>

#include "ootd/base/json.h"
#include "ootd/cli/detector_scores.h"
#include "ootd/cli/workspace.h"

namespace ootd {

struct DetectorEvalRequest {
  std::string split = "test";    // photos with this split label; if no photo has it, all
  std::string origin = "label";  // whose boxes are the truth
  bool show_progress = true;
};

struct DetectedPhotos {
  std::vector<LabelledPhoto> photos;  // by row, whatever the order in which they were finished
  std::vector<Failure> failures;
  std::string protocol;  // which photos these are
};

// Looks at every photo that has boxes of a known category. Average precision needs boxes of low scores: open the
// detector with kScoredFrom. Throws kNotFound if no photo has any.
inline constexpr float kScoredFrom = 0.01f;
DetectedPhotos detect_labelled(const Workspace& workspace, const OutfitFinder& finder,
                               const DetectorEvalRequest& request);

// "per_class" {"top": {"ap50", "ap50_ci", "ap", "ar", ..., "boxes", "photos", "precision", "recall"}}, "macro" of the
// garments, "person_iou" and "crop_iou" {"n", "mean", "at_least" {"0.8": share}, "quantiles"}, "refusals" {by the
// labels: {by the detections: n}}; null where there is nothing to say.
Json detector_scores_json(const DetectorScores& scores);
std::string detector_scores_text(const Json& json);

}  // namespace ootd
