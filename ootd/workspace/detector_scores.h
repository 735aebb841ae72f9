// What a detector's boxes are worth beside labelled ones: average precision per class, the person's box, and what the
// whole-person rule makes of either. Pure functions.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "ootd/detect/person.h"
#include "ootd/eval/confusion.h"
#include "ootd/eval/detection.h"

namespace ootd {

struct LabelledPhoto {
  int width = 0, height = 0;
  std::vector<Garment> labelled;
  std::vector<Garment> found;  // down to low scores: average precision is about the whole ranking
};

struct DetectorScores {
  struct OfClass {
    ClassFigures figures;
    // Of the detections that the rule sees (score >= its min_score), at IoU .5; nothing if there are none, or no box is
    // to be found.
    std::optional<PrecisionRecall> seen_by_rule = {};
  };
  std::vector<OfClass> classes;  // of kGarmentCategories in their order, then of kPersonCategory
  DetectionFigures garments;     // mean of the garment categories
  // The main person's box as `ootd detect` prints it, in photos with a labelled person; the crop by the rule, in those
  // whose labels give one. 0 where the detections give none.
  IouSummary person, crop;
  Confusion refusals;  // of Refusal's numbers: by the labels, by the detections
};

// A photo without a labelled garment says nothing of garments and refusals, one without a labelled person nothing of
// persons: nobody looked for them there. Labels of other categories do not count.
DetectorScores score_detector(std::span<const LabelledPhoto> photos, const PersonRule& rule,
                              const BootstrapOptions& options = {});

}  // namespace ootd
