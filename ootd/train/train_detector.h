// One training run of our detector, from labelled boxes to a detector's folder.
//
// The run folder is that of train.h: config.toml, log.csv, metrics.csv, TensorBoard events, state.safetensors, and the
// best epoch's detector as best/<id>/. Everything random follows from the seed and the step, so that a run that was
// killed and resumed ends with the same bits. Threads: one run at a time in a process; it uses all cores.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ootd/models/detector_model.h"
#include "ootd/models/model.h"
#include "ootd/train/detector_config.h"
#include "ootd/train/detector_pictures.h"
#include "ootd/train/train.h"

namespace ootd {

// On the validation photos: COCO's figures, mean over the classes, and the mean over photos of the IoU between the
// labelled person and the likeliest one found.
struct DetectorEpoch {
  int epoch = 0;
  double ap50 = 0, ap = 0, person_iou = 0;
  bool best = false;  // by ap
};

// Where a run begins: an EfficientNet, which becomes the backbone of a detector that knows no garments yet, or a
// detector of ours, which goes on learning with all that it knows.
using DetectorBase = std::variant<Model, DetectorModel>;

struct DetectorTrainEvents {
  std::function<void(const StepReport&)> on_step = {};
  std::function<void(const DetectorEpoch&)> on_epoch = {};
};

struct DetectorTrainOutcome {
  DetectorModel best;
  DetectorEpoch best_epoch;
  std::int64_t steps = 0;
  double seconds = 0;
  std::vector<std::string> broken;  // photos that could not be read, seen as gray without boxes
};

// Throws Error: kInput for a base that is neither or a state of another run; kUnavailable if the loss is no longer a
// number.
DetectorTrainOutcome train_detector(const DetectorTrainConfig& config, const DetectorBase& base,
                                    std::span<const DetectorPhoto> training, std::span<const DetectorPhoto> validation,
                                    const std::filesystem::path& run_folder, bool resume,
                                    const DetectorTrainEvents& events = {});

}  // namespace ootd
