#include "ootd/train/train.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/threads.h"
#include "ootd/eval/retrieval.h"
#include "ootd/train/alarm_log.h"
#include "ootd/train/loader.h"
#include "ootd/train/objectives.h"
#include "ootd/train/optimizer.h"
#include "ootd/train/run_log.h"
#include "ootd/train/run_state.h"
#include "ootd/train/trainee.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

constexpr char kStateFile[] = "state.safetensors";
constexpr int kValidationBatch = 64;

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// One phase of a run: the head alone on features, or the whole network on pictures.
class Phase {
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
        optimizer_(everything_that_learns(), config.weight_decay, config.clip_norm),
        average_(trainee_.weights(), config.ema) {
    const auto pictures = static_cast<std::int64_t>(inputs.set.samples.size() - validation_.size());
    const std::int64_t per_step = std::int64_t{config.labels_per_batch} * config.images_per_label * config.accumulate;
    steps_per_epoch_ = std::max<std::int64_t>(1, pictures / per_step);
    steps_ = steps_per_epoch_ * config.epochs;
  }

  TrainOutcome run(bool resume) {
    const auto started = std::chrono::steady_clock::now();
    fs::create_directories(folder_);
    if (resume && fs::exists(folder_ / kStateFile)) load_state();
    RunLog log(folder_, step_, {"map", "recall_at_1"});
    AlarmLog alarms(folder_, static_cast<int>(step_ / steps_per_epoch_));
    for (const Alarm& alarm : inputs_.alarms) alarms.add(alarm);
    torch::set_num_threads(thread_count(config_.threads));
    std::optional<Loader> loader;
    if (trainee_.whole())
      loader.emplace(
          inputs_.set.samples, trainee_.model().input, config_.augment, config_.seed,
          [this](std::int64_t batch) { return objectives_.plan(batch); }, step_ * config_.accumulate,
          steps_ * config_.accumulate, thread_count(config_.threads));
    if (!alarms.has_start()) look_before_the_start(alarms);
    while (step_ < steps_) {
      train_step(loader, log, alarms);
      if (step_ % steps_per_epoch_ == 0) finish_epoch(log, alarms);
    }
    TrainOutcome outcome;
    outcome.best = open_model(folder_ / "best" / best_id_);
    outcome.best_epoch = best_;
    outcome.validation = std::move(best_vectors_);
    outcome.steps = step_;
    outcome.seconds = seconds_since(started);
    if (loader) outcome.broken = loader->broken();
    return outcome;
  }

 private:
  std::vector<Trained> everything_that_learns() const {
    std::vector<Trained> trained = trainee_.trained();
    // Proxies start at random and are seen once a step: the papers give them a far higher rate (2003.13911).
    for (const auto& [name, tensor] : objectives_.parameters())
      trained.push_back({name, tensor, config_.head_lr * 10, false});
    return trained;
  }

  void raise(const std::optional<Alarm>& alarm, AlarmLog& alarms) {
    if (!alarm) return;
    alarms.add(*alarm);
    if (events_.on_alarm) events_.on_alarm(*alarm);
  }

  // What the later epochs are compared with, and whether the network says the same twice.
  void look_before_the_start(AlarmLog& alarms) {
    const Matrix vectors = validation_vectors(validation_);
    const std::vector<std::size_t> few(
        validation_.begin(), validation_.begin() + std::min<std::ptrdiff_t>(kValidationBatch, std::ssize(validation_)));
    raise(evaluation_alarm(validation_vectors(few), validation_vectors(few)), alarms);
    alarms.add(epoch_stats(0, std::nan(""), validation_metrics(vectors)[kMap], vectors, validation_labels()));
  }

  void train_step(std::optional<Loader>& loader, RunLog& log, AlarmLog& alarms) {
    const auto started = std::chrono::steady_clock::now();
    // Dropout and stochastic depth draw from torch's generator: seeded by the step, they need no state.
    torch::manual_seed(config_.seed * 1'000'003 + static_cast<std::uint64_t>(step_));
    optimizer_.zero_grad();
    StepReport report;
    std::size_t pictures = 0;
    for (int part = 0; part < config_.accumulate; ++part) {
      PictureBatch batch;
      torch::Tensor input;
      if (loader) {
        batch = loader->next();
        if (step_ == 0 && part == 0) raise(input_alarm(batch.pixels, trainee_.model().input), alarms);
        input = trainee_.pixels(batch.pixels, batch.samples.size());
      } else {
        batch.samples = objectives_.plan(step_ * config_.accumulate + part);
        input = rows_of(inputs_.features, batch.samples).to(trainee_.device());
      }
      const torch::Tensor rows = trainee_.forward(input, /*training=*/true);
      torch::Tensor loss = objectives_.loss(batch.samples, rows);
      if (config_.drift > 0) loss = loss + config_.drift * trainee_.drift();
      loss = loss / config_.accumulate;
      const double value = loss.item<double>();
      if (!std::isfinite(value))
        throw Error(Kind::kUnavailable, "the loss is no longer a number at step " + std::to_string(step_) +
                                            "; a lower [optimizer] lr or head_lr is needed");
      report.loss += value;
      if (loss.requires_grad()) loss.backward();
      pictures += batch.samples.size();
    }
    const double rate = schedule(step_, steps_, config_.warmup);
    report.gradient_norm = optimizer_.step(rate);
    if (config_.ema > 0) average_.update();
    report.step = step_++;
    report.steps = steps_;
    report.epoch = static_cast<int>(report.step / steps_per_epoch_);
    report.learning_rate = rate * (trainee_.whole() ? config_.lr : config_.head_lr);
    report.images_per_s = static_cast<double>(pictures) / seconds_since(started);
    epoch_loss_ += report.loss / static_cast<double>(steps_per_epoch_);
    log.add(report);
    if (events_.on_step) events_.on_step(report);
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
    for (const std::size_t i : validation_) rows.ids.push_back(static_cast<std::uint64_t>(inputs_.set.samples[i].look));
    return mean_of(retrieval_metrics(rows, rows, config_.threads));
  }

  // What is validated and saved are the averaged weights, drawn back towards the base model's.
  void finish_epoch(RunLog& log, AlarmLog& alarms) {
    if (config_.ema > 0) average_.swap();
    trainee_.draw_back();
    EpochReport report;
    report.epoch = static_cast<int>(step_ / steps_per_epoch_);
    Matrix vectors = validation_vectors(validation_);
    const MetricValues metrics = validation_metrics(vectors);
    report.map = metrics[kMap];
    report.recall_at_1 = metrics[kRecallAt1];
    report.best = best_id_.empty() || report.map > best_.map;
    if (report.best) {
      const std::string former = best_id_;
      best_ = report;
      best_id_ = trainee_.save(folder_ / "best").id;
      best_vectors_ = vectors;
      if (!former.empty() && former != best_id_) fs::remove_all(folder_ / "best" / former);
    }
    trainee_.undo();
    if (config_.ema > 0) average_.swap();
    log.add_epoch(report.epoch, {report.map, report.recall_at_1}, report.best);
    const auto seen = alarms.add(epoch_stats(report.epoch, epoch_loss_, report.map, vectors, validation_labels()));
    if (events_.on_alarm) std::ranges::for_each(seen, events_.on_alarm);
    epoch_loss_ = 0;
    save_state();
    if (events_.on_epoch) events_.on_epoch(report);
  }

  void save_state() {
    RunState state;
    for (const auto& [name, tensor] : trainee_.weights()) state.put("weight/" + name, tensor);
    for (const auto& [name, tensor] : objectives_.parameters()) state.put(name, tensor);
    state.put(optimizer_.state());
    state.put(average_.state());
    if (const CrossBatchMemory& memory = objectives_.memory(); memory.embeddings().defined()) {
      state.put("memory/embeddings", memory.embeddings());
      state.put("memory/labels", memory.labels());
    }
    state.put("step", static_cast<double>(step_));
    state.put("best_epoch", best_.epoch);
    state.write(folder_ / kStateFile);
    const std::string note = dump_json({{"best", best_id_}, {"map", best_.map}, {"recall_at_1", best_.recall_at_1}});
    write_file_atomically(folder_ / "best.json", std::as_bytes(std::span(note)));
  }

  void load_state() {
    const RunState state(folder_ / kStateFile);
    for (const auto& [name, tensor] : trainee_.weights()) state.take("weight/" + name, tensor);
    for (const auto& [name, tensor] : objectives_.parameters()) state.take(name, tensor);
    optimizer_.load(state.tensors());
    average_.load(state.tensors());
    if (state.contains("memory/embeddings"))
      objectives_.memory().push(state["memory/embeddings"].to(trainee_.device()),
                                state["memory/labels"].to(trainee_.device()));
    step_ = static_cast<std::int64_t>(state.number("step"));
    const Json note = read_json(folder_ / "best.json");
    best_id_ = note.at("best").get<std::string>();
    best_.map = note.at("map").get<double>();
    best_.recall_at_1 = note.at("recall_at_1").get<double>();
    best_.epoch = static_cast<int>(state.number("best_epoch"));
  }

  const TrainConfig& config_;
  const TrainInputs& inputs_;
  const fs::path folder_;
  const TrainEvents& events_;
  Trainee trainee_;
  Objectives objectives_;
  const std::vector<std::size_t> validation_;
  AdamW optimizer_;
  WeightAverage average_;
  std::int64_t steps_per_epoch_ = 1, steps_ = 1, step_ = 0;
  double epoch_loss_ = 0;  // mean over the epoch so far
  EpochReport best_;
  Matrix best_vectors_;
  std::string best_id_;
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
