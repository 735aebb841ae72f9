// The loop that all trainers share: steps, epochs, the best epoch's checkpoint, the log, and the state from which a run
// that was killed goes on to the same bits.
//
// An epoch ends in this order: its model is written whole as best/ID, if it is the best so far; one atomic write of
// state.safetensors names the best that belongs to it; and only then goes what the state does not name. So whatever
// stops a run, a kill, a full disk or a power cut, leaves a state and its best, or none yet.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "ootd/train/optimizer.h"
#include "ootd/train/run_state.h"
#include "ootd/train/train.h"

namespace ootd {

struct RunPlan {
  // config: a trainer's, as far as they all name these alike.
  template <class Config>
  RunPlan(const Config& config, std::filesystem::path run, std::int64_t steps)
      : folder(std::move(run)),
        steps_per_epoch(steps),
        epochs(config.epochs),
        threads(config.threads),
        lr(config.lr),
        weight_decay(config.weight_decay),
        clip_norm(config.clip_norm),
        ema(config.ema),
        warmup(config.warmup) {}

  std::filesystem::path folder;
  std::int64_t steps_per_epoch;
  int epochs, threads;
  double lr;  // for the log
  double weight_decay, clip_norm, ema, warmup;
  std::vector<std::string> metrics;  // what an epoch is measured by
  std::size_t best_by = 0;           // the metric that is largest in the best epoch
};

struct RunEpoch {
  int epoch = 0;               // from 1
  std::vector<double> values;  // of RunPlan::metrics
  bool best = false;           // so far
};

struct LearntStep {
  double loss = 0;
  std::size_t pictures = 0;
};

// What a trainer brings. One thread calls all of it.
class Learner {
 public:
  virtual ~Learner() = default;
  virtual NamedTensors weights() const = 0;  // all that a checkpoint holds
  virtual std::vector<Trained> trained() const = 0;
  // What it needs beside these to go on.
  virtual void put(RunState&) const {}
  virtual void take(const RunState&) {}
  // Once, before anything below: the first step that is taken.
  virtual void begin(std::int64_t step) = 0;
  // Adds the gradients of a step's loss.
  virtual LearntStep learn(std::int64_t step) = 0;
  // The metrics of an epoch that has ended, by the weights that are in place: the averaged ones. It may change them for
  // save(); afterwards they are what they were.
  virtual std::vector<double> validate(int epoch) = 0;
  // What was just validated as a folder below parent, written whole and durably. Returns its name.
  virtual std::string save(const std::filesystem::path& parent) = 0;
};

struct RunOutcome {
  RunEpoch best;
  std::filesystem::path best_folder;
  std::int64_t steps = 0;
  double seconds = 0;
};

// resume: goes on with the folder's state, if it has one; else the folder's former run is gone. on_epoch is called when
// its state is on the disk. Throws Error: kInput for a state of another run, kUnavailable if the disk is full or the
// loss is no longer a number.
RunOutcome run_loop(const RunPlan& plan, Learner& learner, bool resume,
                    const std::function<void(const StepReport&)>& on_step,
                    const std::function<void(const RunEpoch&)>& on_epoch);

}  // namespace ootd
