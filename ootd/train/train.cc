#include "ootd/train/train.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "ootd/base/io.h"
#include "ootd/base/threads.h"
#include "ootd/eval/retrieval.h"
#include "ootd/train/alarm_log.h"
#include "ootd/train/loader.h"
#include "ootd/train/objectives.h"
#include "ootd/train/run_loop.h"
#include "ootd/train/trainee.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

constexpr int kValidationBatch = 64;

EpochReport report_of(const RunEpoch& epoch) { return {epoch.epoch, epoch.values[0], epoch.values[1], epoch.best}; }

// One phase of a run: the head alone on features, or the whole network on pictures.
class Phase : public Learner {
 public:
  Phase(const TrainConfig& config, const TrainInputs& inputs, const fs::path& folder, bool whole,
        const TrainEvents& events)
      : config_(config),
        inputs_(inputs),
        folder_(folder),
        events_(events),
        trainee_(config, inputs.base, inputs.head, whole),
        objectives_(config, inputs, trainee_),
        validation_(inputs.set.part(/*validation=*/true)),
        steps_per_epoch_(std::max<std::int64_t>(
            1, (std::ssize(inputs.set.samples) - std::ssize(validation_)) /
                   (std::int64_t{config.labels_per_batch} * config.images_per_label * config.accumulate))) {}

  TrainOutcome run(bool resume) {
    RunPlan plan(config_, folder_, steps_per_epoch_);
    if (!trainee_.whole()) plan.lr = config_.head_lr;
    plan.metrics = {"map", "recall_at_1"};
    const RunOutcome done = run_loop(plan, *this, resume, events_.on_step, [this](const RunEpoch& epoch) {
      if (events_.on_epoch) events_.on_epoch(report_of(epoch));
    });
    return {open_model(done.best_folder),
            report_of(done.best),
            std::move(best_vectors_),
            done.steps,
            done.seconds,
            loader_ ? loader_->broken() : std::vector<std::string>()};
  }

  NamedTensors weights() const override { return trainee_.weights(); }

  std::vector<Trained> trained() const override {
    std::vector<Trained> trained = trainee_.trained();
    // Proxies start at random and are seen once a step: the papers give them a far higher rate (2003.13911).
    for (const auto& [name, tensor] : objectives_.parameters())
      trained.push_back({name, tensor, config_.head_lr * 10, false});
    return trained;
  }

  void put(RunState& state) const override {
    for (const auto& [name, tensor] : objectives_.parameters()) state.put(name, tensor);
    if (const CrossBatchMemory& memory = objectives_.memory(); memory.embeddings().defined()) {
      state.put("memory/embeddings", memory.embeddings());
      state.put("memory/labels", memory.labels());
    }
  }

  void take(const RunState& state) override {
    for (const auto& [name, tensor] : objectives_.parameters()) state.take(name, tensor);
    if (state.contains("memory/embeddings"))
      objectives_.memory().push(state["memory/embeddings"].to(trainee_.device()),
                                state["memory/labels"].to(trainee_.device()));
  }

  void begin(std::int64_t step) override {
    alarms_.emplace(folder_, static_cast<int>(step / steps_per_epoch_));
    for (const Alarm& alarm : inputs_.alarms) alarms_->add(alarm);
    if (trainee_.whole())
      loader_.emplace(
          inputs_.set.samples, trainee_.model().input, config_.augment, config_.seed,
          [this](std::int64_t batch) { return objectives_.plan(batch); }, step * config_.accumulate,
          steps_per_epoch_ * config_.epochs * config_.accumulate, thread_count(config_.threads));
    if (!alarms_->has_start()) look_before_the_start();
  }

  LearntStep learn(std::int64_t step) override {
    // Dropout and stochastic depth draw from torch's generator: seeded by the step, they need no state.
    torch::manual_seed(config_.seed * 1'000'003 + static_cast<std::uint64_t>(step));
    LearntStep learnt;
    for (int part = 0; part < config_.accumulate; ++part) {
      PictureBatch batch;
      torch::Tensor input;
      if (loader_) {
        batch = loader_->next();
        if (step == 0 && part == 0) raise(input_alarm(batch.pixels, trainee_.model().input));
        input = trainee_.pixels(batch.pixels, batch.samples.size());
      } else {
        batch.samples = objectives_.plan(step * config_.accumulate + part);
        input = rows_of(inputs_.features, batch.samples).to(trainee_.device());
      }
      const torch::Tensor rows = trainee_.forward(input, /*training=*/true);
      torch::Tensor loss = objectives_.loss(batch.samples, rows);
      if (config_.drift > 0) loss = loss + config_.drift * trainee_.drift();
      loss = loss / config_.accumulate;
      learnt.loss += loss.item<double>();
      if (loss.requires_grad()) loss.backward();
      learnt.pictures += batch.samples.size();
    }
    epoch_loss_ += learnt.loss / static_cast<double>(steps_per_epoch_);
    return learnt;
  }

  std::vector<double> validate(int epoch) override {
    trainee_.draw_back();
    vectors_ = validation_vectors(validation_);
    const MetricValues metrics = validation_metrics(vectors_);
    const auto seen = alarms_->add(epoch_stats(epoch, epoch_loss_, metrics[kMap], vectors_, validation_labels()));
    if (events_.on_alarm) std::ranges::for_each(seen, events_.on_alarm);
    epoch_loss_ = 0;
    return {metrics[kMap], metrics[kRecallAt1]};
  }

  std::string save(const fs::path& parent) override {
    best_vectors_ = vectors_;
    return trainee_.save(parent).id;
  }

 private:
  void raise(const std::optional<Alarm>& alarm) {
    if (!alarm) return;
    alarms_->add(*alarm);
    if (events_.on_alarm) events_.on_alarm(*alarm);
  }

  // What the later epochs are compared with, and whether the network says the same twice.
  void look_before_the_start() {
    const Matrix vectors = validation_vectors(validation_);
    const std::vector<std::size_t> few(
        validation_.begin(), validation_.begin() + std::min<std::ptrdiff_t>(kValidationBatch, std::ssize(validation_)));
    raise(evaluation_alarm(validation_vectors(few), validation_vectors(few)));
    alarms_->add(epoch_stats(0, std::nan(""), validation_metrics(vectors)[kMap], vectors, validation_labels()));
  }

  Matrix validation_vectors(const std::vector<std::size_t>& samples) {
    const torch::NoGradGuard no_grad;
    Matrix vectors(samples.size(), static_cast<std::size_t>(config_.head.dim));
    for (std::size_t begin = 0; begin < samples.size(); begin += kValidationBatch) {
      const std::size_t end = std::min(samples.size(), begin + kValidationBatch);
      const std::vector<std::size_t> part(samples.begin() + static_cast<std::ptrdiff_t>(begin),
                                          samples.begin() + static_cast<std::ptrdiff_t>(end));
      std::vector<float> pixels;
      torch::Tensor input;
      if (trainee_.whole()) {
        pixels = fitted_pixels(inputs_.set.samples, part, trainee_.model().input, thread_count(config_.threads));
        input = trainee_.pixels(pixels, part.size());
      } else {
        input = rows_of(inputs_.features, part).to(trainee_.device());
      }
      const torch::Tensor rows = trainee_.forward(input, /*training=*/false).to(torch::kCPU).contiguous();
      std::copy_n(rows.data_ptr<float>(), rows.numel(), vectors.row(begin).begin());
    }
    return vectors;
  }

  std::vector<LabelSet> validation_labels() const {
    std::vector<LabelSet> labels;
    for (const std::size_t i : validation_) labels.push_back(inputs_.set.column(config_.select).labels[i]);
    return labels;
  }

  MetricValues validation_metrics(const Matrix& vectors) const {
    LabelledRows rows;
    rows.vectors = vectors;
    rows.labels = validation_labels();
    for (const std::size_t i : validation_) rows.ids.push_back(inputs_.set.samples[i].look);
    return mean_of(retrieval_metrics(rows, rows, config_.threads));
  }

  const TrainConfig& config_;
  const TrainInputs& inputs_;
  const fs::path folder_;
  const TrainEvents& events_;
  Trainee trainee_;
  Objectives objectives_;
  const std::vector<std::size_t> validation_;
  const std::int64_t steps_per_epoch_;
  std::optional<AlarmLog> alarms_;
  double epoch_loss_ = 0;          // mean over the epoch so far
  Matrix vectors_, best_vectors_;  // of the validation samples: by the latest epoch's network, by the best one's
  std::optional<Loader> loader_;
};

// The head that a finished phase left, for the next.
std::vector<NamedFloats> head_of(const Model& model) {
  std::vector<NamedFloats> head;
  const Weights weights = open_weights(model);
  for (const auto& [name, weight] : weights.all())
    if (name.starts_with("head.")) head.push_back({name, weight.shape, weights.floats(name, weight.shape)});
  return head;
}

}  // namespace

TrainOutcome train(const TrainConfig& config, const TrainInputs& inputs, const fs::path& run_folder, bool resume,
                   const TrainEvents& events) {
  fs::create_directories(run_folder);
  const std::string text = to_toml(config);
  write_file_atomically(run_folder / "config.toml", std::as_bytes(std::span(text)));
  if (config.mode != TrainMode::kLpFt)
    return Phase(config, inputs, run_folder, config.mode == TrainMode::kFull, events).run(resume);

  TrainConfig first = config, second = config;
  first.mode = TrainMode::kHead;
  first.epochs = config.head_epochs;
  // What needs pictures waits for the second phase.
  std::erase_if(first.objectives, [](const auto& objective) { return objective.labels == ObjectiveConfig::kSelf; });
  second.mode = TrainMode::kFull;
  second.head_lr = config.lr;
  const TrainOutcome head = train(first, inputs, run_folder / "head", resume, events);
  TrainInputs warm = inputs;
  warm.head = head_of(head.best);
  return Phase(second, warm, run_folder, /*whole=*/true, events).run(resume);
}

}  // namespace ootd
