// `ootd eval-detector`: what a detector finds in the workspace's labelled photos.
#pragma once

#include <string>
#include <vector>

#include "ootd/base/progress.h"
#include "ootd/workspace/detector_scores.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

struct DetectorEvalRequest {
  std::string split = "test";    // photos with this split label; if no photo has it, all
  std::string origin = "label";  // whose boxes are the truth
};

struct DetectedPhotos {
  std::vector<LabelledPhoto> photos;  // by row, whatever the order in which they were finished
  std::vector<Failure> failures;
  std::string protocol;  // which photos these are
};

// Looks at every photo that has boxes of a known category. Average precision needs boxes of low scores: open the
// detector with kScoredFrom. Throws kNotFound if no photo has any; Stopped.
inline constexpr float kScoredFrom = 0.01f;
DetectedPhotos detect_labelled(const Workspace& workspace, const OutfitFinder& finder,
                               const DetectorEvalRequest& request, const Progress& progress = {});

}  // namespace ootd
