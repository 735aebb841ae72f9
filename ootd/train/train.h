// One training run, from a configuration and labelled photos to a checkpoint folder.
//
// The run folder: config.toml (as run), log.csv (a line a step), metrics.csv (a line an epoch), both for TensorBoard,
// geometry.csv and alarms.csv (alarm_log.h), state.safetensors (all that a resumed run needs; the last epoch's weights
// are in it), and the best epoch's model as any checkpoint: best/<id>/ (run_loop.h: in which order they are written).
// Everything random follows from the seed and the step, so the same configuration gives the same run on the same
// machine, and a run that was killed and resumed ends with the same bits as one that was not. Threads: one run at a
// time in a process; it uses all cores.
#pragma once

#include <filesystem>
#include <functional>
#include <string>

#include "ootd/base/matrix.h"
#include "ootd/models/model.h"
#include "ootd/train/alarms.h"
#include "ootd/train/sample_set.h"
#include "ootd/train/train_config.h"

namespace ootd {

struct TrainInputs {
  const Model& base;
  const SampleSet& set;
  // The base model's vectors of the samples, row i of sample i: what head mode learns on and "@base" keeps. May be
  // empty if nothing asks for them.
  const Matrix& features;
  // "head.weight" ... to start from; empty: at random.
  std::vector<NamedFloats> head = {};
  // For each objective: the base model's vectors of its captions, row c of the column's value c; else empty.
  std::vector<Matrix> captions = {};
  // For each objective: its teacher's vectors of the samples, if it has one of its own; else empty.
  std::vector<Matrix> teachers = {};
  // Seen before the run (leakage, label noise): kept in its folder with its own.
  std::vector<Alarm> alarms = {};
};

struct StepReport {
  std::int64_t step = 0, steps = 0;
  int epoch = 0;
  double loss = 0, learning_rate = 0, gradient_norm = 0, images_per_s = 0;
};

// Retrieval within the validation split, by the label key `select`: each of its pictures against all others.
struct EpochReport {
  int epoch = 0;
  double map = 0, recall_at_1 = 0;
  bool best = false;
};

struct TrainEvents {
  std::function<void(const StepReport&)> on_step = {};
  std::function<void(const EpochReport&)> on_epoch = {};
  std::function<void(const Alarm&)> on_alarm = {};  // as soon as it is seen, each once
};

struct TrainOutcome {
  Model best;
  EpochReport best_epoch;
  // The validation samples' vectors by the best epoch's network, to compare with what serves it; empty if that epoch
  // lies before a resume.
  Matrix validation;
  std::int64_t steps = 0;
  double seconds = 0;
  std::vector<std::string> broken;  // photos that could not be read
};

// Throws Error(kInput) for a base model that the configuration does not fit, before anything is computed;
// kUnavailable for a device that is not there.
void check_trainable(const TrainConfig& config, const Model& base);

// resume: goes on with the folder's state, if it has one. Throws Error: kInput for a configuration that does not fit
// the data or the state; kUnavailable if the loss is no longer a number.
TrainOutcome train(const TrainConfig& config, const TrainInputs& inputs, const std::filesystem::path& run_folder,
                   bool resume, const TrainEvents& events = {});

}  // namespace ootd
