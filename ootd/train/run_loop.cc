#include "ootd/train/run_loop.h"

#include <chrono>
#include <cmath>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/base/threads.h"
#include "ootd/train/run_log.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

class Run {
 public:
  Run(const RunPlan& plan, Learner& learner)
      : plan_(plan),
        learner_(learner),
        state_file_(plan.folder / "state.safetensors"),
        best_folder_(plan.folder / "best"),
        steps_(plan.steps_per_epoch * plan.epochs),
        weights_(learner.weights()),
        optimizer_(learner.trained(), plan.weight_decay, plan.clip_norm) {
    if (plan.ema > 0) average_.emplace(weights_, plan.ema);
  }

  RunOutcome run(bool resume, const std::function<void(const StepReport&)>& on_step,
                 const std::function<void(const RunEpoch&)>& on_epoch) {
    const auto started = Clock::now();
    fs::create_directories(best_folder_);
    if (!resume) fs::remove(state_file_);
    if (fs::exists(state_file_)) load();
    sweep();
    RunLog log(plan_.folder, step_, plan_.metrics);
    torch::set_num_threads(thread_count(plan_.threads));
    learner_.begin(step_);
    while (step_ < steps_) {
      const StepReport report = take_step();
      log.add(report);
      if (on_step) on_step(report);
      if (step_ % plan_.steps_per_epoch != 0) continue;
      const RunEpoch epoch = judge_epoch();
      log.add_epoch(epoch.epoch, epoch.values, epoch.best);
      save();
      sweep();
      if (on_epoch) on_epoch(epoch);
    }
    return {best_, best_folder_ / best_id_, step_, seconds_since(started)};
  }

 private:
  StepReport take_step() {
    const auto started = Clock::now();
    optimizer_.zero_grad();
    const LearntStep learnt = learner_.learn(step_);
    if (!std::isfinite(learnt.loss))
      throw Error(Kind::kUnavailable, "the loss is no longer a number at step " + std::to_string(step_) +
                                          "; a lower learning rate ([optimizer]) is needed");
    const double rate = schedule(step_, steps_, plan_.warmup);
    StepReport report{.step = step_, .steps = steps_, .loss = learnt.loss, .learning_rate = rate * plan_.lr};
    report.epoch = static_cast<int>(step_ / plan_.steps_per_epoch);
    report.gradient_norm = optimizer_.step(rate);
    if (average_) average_->update();
    report.images_per_s = static_cast<double>(learnt.pictures) / seconds_since(started);
    ++step_;
    return report;
  }

  // By the averaged weights, if there are any.
  RunEpoch judge_epoch() {
    RunEpoch epoch{.epoch = static_cast<int>(step_ / plan_.steps_per_epoch), .values = {}};
    std::vector<torch::Tensor> kept;
    for (const auto& [name, weight] : weights_) kept.push_back(weight.detach().clone());
    if (average_) average_->replace_weights();
    epoch.values = learner_.validate(epoch.epoch);
    epoch.best = best_id_.empty() || epoch.values[plan_.best_by] > best_.values[plan_.best_by];
    if (epoch.best) {
      best_ = epoch;
      best_id_ = learner_.save(best_folder_);
    }
    for (std::size_t i = 0; i < kept.size(); ++i) weights_[i].second.detach().copy_(kept[i]);
    return epoch;
  }

  void save() const {
    RunState state;
    for (const auto& [name, tensor] : weights_) state.put("weight/" + name, tensor);
    optimizer_.put(state);
    if (average_) average_->put(state);
    learner_.put(state);
    Json best = {{"id", best_id_}, {"epoch", best_.epoch}};
    for (std::size_t i = 0; i < plan_.metrics.size(); ++i) best[plan_.metrics[i]] = best_.values[i];
    state.write(state_file_, {{"step", step_}, {"best", best}});
  }

  void load() {
    const RunState state(state_file_);
    const std::string where = state_file_.string();
    step_ = json_field<std::int64_t>(state.notes(), "step", where);
    for (const auto& [name, tensor] : weights_) state.take("weight/" + name, tensor);
    optimizer_.take(state, step_);
    if (average_) average_->take(state, step_);
    learner_.take(state);
    const Json best = json_field<Json>(state.notes(), "best", where);
    best_id_ = json_field<std::string>(best, "id", where);
    best_ = {.epoch = json_field<int>(best, "epoch", where), .values = {}, .best = true};
    for (const auto& name : plan_.metrics) best_.values.push_back(json_field<double>(best, name.c_str(), where));
    if (!fs::is_directory(best_folder_ / best_id_))
      throw Error(Kind::kInput, where + ": its best epoch's model is gone (" + (best_folder_ / best_id_).string() +
                                    "); start anew in another folder");
  }

  // Removes former bests, and what a kill left half written.
  void sweep() const {
    std::vector<fs::path> stale;
    for (const auto& entry : fs::directory_iterator(best_folder_))
      if (entry.path().filename() != best_id_) stale.push_back(entry.path());
    for (const auto& entry : fs::directory_iterator(plan_.folder))
      if (entry.path().extension() == ".tmp") stale.push_back(entry.path());
    for (const auto& path : stale) fs::remove_all(path);
  }

  const RunPlan& plan_;
  Learner& learner_;
  const fs::path state_file_, best_folder_;
  const std::int64_t steps_;
  const NamedTensors weights_;
  AdamW optimizer_;
  std::optional<WeightAverage> average_;
  std::int64_t step_ = 0;
  RunEpoch best_;
  std::string best_id_;  // names a folder below best_folder_; empty before the first epoch's end
};

}  // namespace

RunOutcome run_loop(const RunPlan& plan, Learner& learner, bool resume,
                    const std::function<void(const StepReport&)>& on_step,
                    const std::function<void(const RunEpoch&)>& on_epoch) {
  return Run(plan, learner).run(resume, on_step, on_epoch);
}

}  // namespace ootd
