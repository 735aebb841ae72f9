// `ootd train` and `ootd train-detector`: runs on the workspace's labels and boxes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ootd/base/progress.h"
#include "ootd/train/train.h"
#include "ootd/train/train_detector.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

struct TrainingReport {
  TrainOutcome outcome;
  std::vector<Alarm> alarms = {};  // of the data, the run, and the comparison with what serves
  std::filesystem::path page = {};
};

// Gathers photos, labels and vectors (near copies and groups stay on one side of the split; vectors that are missing
// are computed), trains, embeds the validation photos as serving will, compares, and leaves in the run's folder, beside
// what train() does, run.json (program with its commit, machine, base model, what the data were), suspects.csv and
// report.html. events: on_step is not called; progress is told instead: "features", "train" in steps.
// Throws Error as check_trainable(), load_samples() and train(); Stopped: what train() saved by then is gone on from
// with `resume`.
TrainingReport train_in_workspace(Workspace& workspace, const TrainConfig& config, const std::filesystem::path& folder,
                                  bool resume, const TrainEvents& events = {}, const Progress& progress = {});

struct DetectorTrainingReport {
  DetectorTrainOutcome outcome;
  std::size_t training_photos = 0, validation_photos = 0;
};

// The same of our detector, as train_detector() says: from the photos that have boxes of config.origin.
DetectorTrainingReport train_detector_in_workspace(Workspace& workspace, const DetectorTrainConfig& config,
                                                   const std::filesystem::path& folder, bool resume,
                                                   const DetectorTrainEvents& events = {},
                                                   const Progress& progress = {});

}  // namespace ootd
