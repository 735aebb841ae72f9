// `ootd train`: what a run is given from the workspace, and what is made of its outcome.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ootd/cli/workspace.h"
#include "ootd/train/label_noise.h"
#include "ootd/train/train.h"

namespace ootd {

struct TrainingData {
  Model base;
  SampleSet set = {};
  Matrix features = {};  // empty if nothing asks for them
  std::vector<NamedFloats> head = {};
  std::vector<Matrix> captions = {}, teachers = {};
  std::vector<LabelSuspect> suspects = {};  // of the labels that the run is selected by
  std::vector<Alarm> alarms = {};           // what the photos and labels give cause for
  std::string hash = {};                    // of photos, labels and split: equal for equal data

  TrainInputs inputs() const { return {base, set, features, head, captions, teachers, alarms}; }
};

// Near copies and groups are kept on one side of the split; vectors that are missing are computed.
// Throws Error as check_trainable() and load_samples().
TrainingData gather_training(Workspace& workspace, const TrainConfig& config, bool show_progress);

// run.json in the run's folder, before it starts: program with its commit, machine, base model, and what the data were.
void note_run(const std::filesystem::path& folder, const TrainConfig& config, const TrainingData& data);

// Embeds the validation photos as serving will, compares, and writes report.html and suspects.csv into the run's
// folder. Returns the alarm that the comparison gives cause for.
std::optional<Alarm> conclude_training(Workspace& workspace, const std::filesystem::path& folder,
                                       const TrainConfig& config, const TrainingData& data, const TrainOutcome& outcome,
                                       std::vector<Alarm> alarms, bool show_progress);

}  // namespace ootd
