// How near a detector's boxes come to the labelled ones, counted as COCO does it (Lin et al. 2014; pycocotools'
// COCOeval, to the last comparison): in each photo and class the detections, best score first, each take the labelled
// box that they overlap most; precision is read off at 101 recalls, and averaged over ten IoU thresholds.
// Threads: pure functions. Boxes are in pixels of the photo, whose size decides what is small: scale them alike.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "ootd/base/detection.h"
#include "ootd/eval/summary.h"

namespace ootd {

struct LabelledBox {
  int label = 0;
  Box box;
  // COCO's iscrowd: detections on it, any number of them, are neither right nor wrong. What counts there is the share
  // of the detection's area, not the IoU.
  bool ignore = false;
};

struct PhotoBoxes {
  std::vector<LabelledBox> labelled;
  std::vector<Detection> found;  // any order; equal scores rank in the order given
};

inline constexpr std::size_t kIouThresholds = 10;  // .50, .55 ... .95
double iou_threshold(std::size_t i);

// COCO's area ranges, in px^2: all; up to 32^2; 32^2 to 96^2; from 96^2. Labelled boxes of another size are ignored,
// and so are detections of another size that match nothing.
enum BoxSize : std::size_t { kAnySize, kSmallBox, kMediumBox, kLargeBox, kBoxSizeCount };

// What became of one class's detections in all photos.
struct ClassMatches {
  struct Found {
    float score = 0;
    std::uint32_t photo = 0;
    std::uint16_t right = 0, ignored = 0;  // bit i: at IoU threshold i
  };
  std::vector<Found> found;             // best score first; equal ones by photo; at most 100 a photo
  std::vector<std::uint32_t> labelled;  // of each photo: boxes to be found
};
ClassMatches match_boxes(std::span<const PhotoBoxes> photos, int label, BoxSize size = kAnySize);

// Of one class, at each IoU threshold.
struct AveragePrecision {
  std::array<double, kIouThresholds> precision{};  // mean of the precisions at 101 recalls
  std::array<double, kIouThresholds> recall{};     // with all detections
  double ap50() const { return precision[0]; }
  double ap() const;  // AP50:95
  double ar() const;  // mean recall: COCO's AR of 100 detections
};
// counts: how often each photo counts (a bootstrap's draw); empty: once each. Nothing if no box is to be found.
std::optional<AveragePrecision> average_precision(const ClassMatches& matches,
                                                  std::span<const std::uint32_t> counts = {});

// One point per detection that counts, best score first: what a detector that stops at this score would reach.
struct PrecisionRecall {
  float score = 0;
  double precision = 0, recall = 0;
};
std::vector<PrecisionRecall> precision_recall_curve(const ClassMatches& matches, std::size_t threshold);

// Figures of a class, or of all together; nothing where no box is to be found. Intervals: photos drawn anew.
struct DetectionFigures {
  std::optional<Estimate> ap50, ap, ar;
  std::array<std::optional<double>, kBoxSizeCount> ap_by_size;
};
struct ClassFigures : DetectionFigures {
  std::int64_t labelled = 0;  // boxes to be found, in all photos
  std::int64_t photos = 0;    // that have one
};
struct DetectionSummary {
  std::vector<ClassFigures> classes;  // of label 0, 1 ... label_count - 1
  DetectionFigures macro;             // every class with labelled boxes weighs the same, as in COCO's AP
};
// Cost: O(draws * detections), some seconds for 1,000 draws of 100,000 detections.
DetectionSummary summarize_detection(std::span<const PhotoBoxes> photos, int label_count,
                                     const BootstrapOptions& options = {});

// One box per photo against the labelled one.
struct IouSummary {
  static constexpr std::array<double, 4> kMarks = {0.5, 0.7, 0.8, 0.9};
  static constexpr std::array<double, 5> kQuantiles = {0.05, 0.25, 0.5, 0.75, 0.95};
  std::size_t n = 0;
  Estimate mean;
  std::array<Estimate, kMarks.size()> shares;         // of photos with at least this IoU
  std::array<double, kQuantiles.size()> quantiles{};  // of the IoUs
};
// ious: of each photo that has a label, 0 where nothing was found. All zeros if there is none.
IouSummary summarize_ious(std::vector<double> ious, const BootstrapOptions& options = {});

}  // namespace ootd
