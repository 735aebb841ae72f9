// The outcome of `ootd eval-detector` as JSON (whose keys scripts rely on) and as tables made from it.
#pragma once

#include <string>

#include "ootd/base/json.h"
#include "ootd/workspace/detector_scores.h"

namespace ootd {

// "per_class" {"top": {"ap50", "ap50_ci", "ap", "ar", ..., "boxes", "photos", "precision", "recall"}}, "macro" of the
// garments, "person_iou" and "crop_iou" {"n", "mean", "at_least" {"0.8": share}, "quantiles"}, "refusals" {by the
// labels: {by the detections: n}}; null where there is nothing to say.
Json detector_scores_json(const DetectorScores& scores);
std::string detector_scores_text(const Json& json);

}  // namespace ootd
