#include "ootd/train/train.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/threads.h"
#include "ootd/eval/retrieval.h"
#include "ootd/torch/torch_ops.h"
#include "ootd/train/loader.h"
#include "ootd/train/losses.h"
#include "ootd/train/optimizer.h"
#include "ootd/train/run_log.h"
#include "ootd/train/sampler.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, torch::Tensor>;

constexpr char kStateFile[] = "state.safetensors";
constexpr int kValidationBatch = 64;

torch::Tensor rows_of(const Matrix& matrix, const std::vector<std::size_t>& rows) {
  torch::Tensor tensor =
      torch::empty({static_cast<std::int64_t>(rows.size()), static_cast<std::int64_t>(matrix.cols())});
  float* out = tensor.data_ptr<float>();
  for (const std::size_t row : rows) out = std::copy(matrix.row(row).begin(), matrix.row(row).end(), out);
  return tensor;
}

NamedFloats named_floats(const std::string& name, const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().to(torch::kCPU, torch::kFloat32).contiguous();
  const float* values = plain.data_ptr<float>();
  return {name, plain.sizes().vec(), {values, values + plain.numel()}};
}

// Keeps the base model's geometry: mean squared difference of the cosines between the batch's pictures.
torch::Tensor relation_loss(const torch::Tensor& rows, const torch::Tensor& base) {
  return (rows.mm(rows.t()) - base.mm(base.t())).square().mean();
}

// Over the whole vector and each prefix that is to be a good vector itself.
torch::Tensor relation_loss(const torch::Tensor& rows, const torch::Tensor& base, const std::vector<int>& prefixes) {
  torch::Tensor sum = relation_loss(rows, base);
  for (const int prefix : prefixes)
    sum = sum + relation_loss(torch::nn::functional::normalize(rows.narrow(1, 0, prefix)), base);
  return sum / static_cast<double>(1 + prefixes.size());
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
        whole_(whole),
        model_(model_config(config, inputs.base)),
        specs_(specs_of(model_, whole)),
        weights_(start_weights(config, inputs, specs_), specs_),
        train_(inputs.set.part(false)),
        validation_(inputs.set.part(true)),
        select_(column_number(config.select)),
        memory_(config.memory) {
    if (config.drift > 0 || config.wise > 0)
      for (const auto& spec : specs_)
        if (!spec.name.starts_with("head.")) start_[spec.name] = weights_[spec.name].detach().clone();
    make_objectives();
    std::vector<Trained> trained;
    for (std::size_t i = 0; i < specs_.size(); ++i)
      if (specs_[i].trained)
        trained.push_back({specs_[i].name, weights_[specs_[i].name], rate_of(i), specs_[i].shape.size() > 1});
    for (std::size_t k = 0; k < objectives_.size(); ++k)
      if (objectives_[k].loss)
        for (auto& [name, tensor] : objectives_[k].loss->parameters()) {
          const std::string full = "loss/" + std::to_string(k) + "/" + name;
          learnt_.emplace_back(full, tensor);
          // Proxies start at random and are seen once a step: the papers give them a far higher rate (2003.13911).
          trained.push_back({full, tensor, config.head_lr * 10, false});
        }
    optimizer_.emplace(std::move(trained), config.weight_decay, config.clip_norm);
    std::vector<std::pair<std::string, torch::Tensor>> all;
    for (const auto& spec : specs_) all.emplace_back(spec.name, weights_[spec.name]);
    average_.emplace(std::move(all), config.ema);
    steps_per_epoch_ = std::max<std::int64_t>(
        1, static_cast<std::int64_t>(train_.size()) /
               (std::int64_t{config.labels_per_batch} * config.images_per_label * config.accumulate));
  }

  TrainOutcome run(bool resume) {
    const auto started = std::chrono::steady_clock::now();
    fs::create_directories(folder_);
    if (resume && fs::exists(folder_ / kStateFile)) load_state();
    const std::int64_t steps = steps_per_epoch_ * config_.epochs;
    RunLog log(folder_, step_);
    torch::set_num_threads(thread_count(config_.threads));
    std::optional<Loader> loader;
    if (whole_)
      loader.emplace(
          inputs_.set.samples, model_.input, config_.augment, config_.seed,
          [this](std::int64_t batch) { return plan(batch); }, step_ * config_.accumulate, steps * config_.accumulate,
          std::max(1, thread_count(config_.threads)));
    while (step_ < steps) {
      train_step(loader, steps, log);
      if (step_ % steps_per_epoch_ == 0) finish_epoch(log);
    }
    TrainOutcome outcome;
    outcome.best = open_model(folder_ / "best" / best_id_);
    outcome.best_epoch = best_;
    outcome.steps = step_;
    outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    if (loader) outcome.broken = loader->broken();
    return outcome;
  }

 private:
  struct Objective {
    const ObjectiveConfig* config = nullptr;
    std::unique_ptr<Loss> loss;           // none for @base
    const LabelColumn* column = nullptr;  // none for @self and @base
    std::optional<PkSampler> sampler;
  };

  static ModelConfig model_config(const TrainConfig& config, const Model& base) {
    if (base.config.head || base.config.cut > 0)
      throw Error(Kind::kInput, base.id + " has a head already; start from its backbone");
    ModelConfig model = base.config;
    model.name = config.name;
    model.head = config.head;
    model.matryoshka = config.matryoshka;
    return model;
  }

  static std::vector<WeightSpec> specs_of(const ModelConfig& model, bool whole) {
    if (whole) {
      if (std::holds_alternative<OnnxTowers>(model.network))
        throw Error(Kind::kInput, "an ONNX backbone cannot be trained; use mode = \"head\"");
      return describe_image(model).weights();
    }
    ShapeOps ops;
    head_forward(ops, Shape{1, feature_dim(model.network)}, model);
    return ops.weights();
  }

  // The base model's weights with the head given, or a random one.
  static Weights start_weights(const TrainConfig& config, const TrainInputs& inputs,
                               const std::vector<WeightSpec>& specs) {
    std::optional<Weights> base;
    std::vector<NamedFloats> list;
    std::vector<WeightSpec> random;
    for (const auto& spec : specs) {
      const auto given = std::find_if(inputs.head.begin(), inputs.head.end(),
                                      [&](const NamedFloats& weight) { return weight.name == spec.name; });
      if (given != inputs.head.end()) {
        list.push_back(*given);
      } else if (spec.name.starts_with("head.")) {
        random.push_back(spec);
      } else {
        if (!base) base.emplace(open_weights(inputs.base));
        list.push_back({spec.name, spec.shape, base->floats(spec.name, spec.shape)});
      }
    }
    for (auto& weight : TorchWeights(random, config.seed).to_floats()) list.push_back(std::move(weight));
    return Weights(std::move(list));
  }

  std::size_t column_number(const std::string& key) const {
    for (std::size_t k = 0; k < inputs_.set.columns.size(); ++k)
      if (inputs_.set.columns[k].key == key) return k;
    throw Error(Kind::kInternal, "train: no column " + key);
  }

  void make_objectives() {
    for (const auto& config : config_.objectives) {
      Objective objective;
      objective.config = &config;
      if (config.labels == ObjectiveConfig::kSelf) {
        if (!whole_) throw Error(Kind::kInput, "objective \"@self\" needs pictures: mode = \"full\" or \"lp-ft\"");
        two_views_ = true;
        objective.loss = make_loss(config.loss, 1, config_.head.dim, config_.seed);
      } else if (config.labels != ObjectiveConfig::kBase) {
        objective.column = &inputs_.set.columns[column_number(config.labels)];
        if (!memory_key_) memory_key_ = objectives_.size();
        std::vector<std::vector<int>> labels = objective.column->labels;
        for (const std::size_t i : validation_) labels[i].clear();
        objective.sampler.emplace(labels, static_cast<int>(objective.column->names.size()));
        if (objective.sampler->usable_labels() < 2)
          throw Error(Kind::kInput, "label \"" + config.labels + "\" has fewer than two values with enough photos");
        objective.loss =
            make_loss(config.loss, static_cast<int>(objective.column->names.size()), config_.head.dim, config_.seed);
      }
      objectives_.push_back(std::move(objective));
    }
  }

  // The last layer learns at the full rate, the first at bottom_lr of it, those between in geometric steps.
  double rate_of(std::size_t spec) const {
    if (specs_[spec].name.starts_with("head.")) return whole_ ? std::max(config_.lr, config_.head_lr) : config_.head_lr;
    const double height = static_cast<double>(spec) / static_cast<double>(specs_.size());
    return config_.lr * std::pow(config_.bottom_lr, 1 - height);
  }

  // The sample numbers of a batch: drawn for one of the label keys, judged by all objectives.
  std::vector<std::size_t> plan(std::int64_t batch) const {
    Random random(config_.seed * 0x94D049BB133111EBu + static_cast<std::uint64_t>(batch));
    double total = 0;
    for (const auto& objective : objectives_)
      if (objective.sampler) total += static_cast<double>(objective.config->weight);
    std::vector<std::size_t> samples;
    double at = random.uniform() * total;
    for (const auto& objective : objectives_) {
      if (!objective.sampler) continue;
      samples = objective.sampler->batch(config_.labels_per_batch, config_.images_per_label, random);
      at -= static_cast<double>(objective.config->weight);
      if (at < 0) break;
    }
    if (samples.empty()) {
      samples = train_;
      random.shuffle(std::span(samples));
      samples.resize(std::min<std::size_t>(samples.size(), static_cast<std::size_t>(config_.labels_per_batch) *
                                                               static_cast<std::size_t>(config_.images_per_label)));
    }
    if (two_views_) samples.insert(samples.end(), samples.begin(), samples.end());
    return samples;
  }

  torch::Tensor labels_of(const Objective& objective, const std::vector<std::size_t>& samples) const {
    const auto rows = static_cast<std::int64_t>(samples.size());
    if (objective.column == nullptr) {  // @self: the two views of a picture are alike
      const auto half = rows / 2;
      return torch::eye(half).repeat({2, 1});
    }
    torch::Tensor labels = torch::zeros({rows, static_cast<std::int64_t>(objective.column->names.size())});
    auto cells = labels.accessor<float, 2>();
    for (std::int64_t i = 0; i < rows; ++i)
      for (const int label : objective.column->labels[samples[static_cast<std::size_t>(i)]]) cells[i][label] = 1;
    return labels;
  }

  torch::Tensor forward(TorchOps& ops, const torch::Tensor& input) const {
    return whole_ ? encoder_forward(ops, input, model_) : head_forward(ops, input, model_);
  }

  torch::Tensor pixels_tensor(std::vector<float>& pixels, std::size_t count) const {
    return torch::from_blob(pixels.data(),
                            {static_cast<std::int64_t>(count), 3, model_.input.height, model_.input.width})
        .contiguous(torch::MemoryFormat::ChannelsLast);
  }

  torch::Tensor loss_of(const std::vector<std::size_t>& samples, const torch::Tensor& rows) {
    torch::Tensor loss = torch::zeros({});
    for (std::size_t k = 0; k < objectives_.size(); ++k) {
      Objective& objective = objectives_[k];
      torch::Tensor value;
      if (objective.loss) {
        LossBatch batch{rows, labels_of(objective, samples), {}, {}};
        const bool remembers = config_.memory > 0 && objective.column != nullptr && memory_key_ == k;
        if (remembers) {
          batch.memory_embeddings = memory_.embeddings();
          batch.memory_labels = memory_.labels();
        }
        value = (*objective.loss)(batch);
        if (remembers) memory_.push(rows.detach(), batch.labels);
      } else {
        value = relation_loss(rows, rows_of(inputs_.features, samples), config_.matryoshka);
      }
      loss = loss + static_cast<double>(objective.config->weight) * value;
    }
    if (config_.drift > 0)
      for (const auto& spec : specs_)
        if (spec.trained && start_.contains(spec.name))
          loss = loss + config_.drift * (weights_[spec.name] - start_.at(spec.name)).square().sum();
    return loss;
  }

  void train_step(std::optional<Loader>& loader, std::int64_t steps, RunLog& log) {
    const auto started = std::chrono::steady_clock::now();
    // Dropout and stochastic depth draw from torch's generator: seeded by the step, they need no state.
    torch::manual_seed(config_.seed * 1'000'003 + static_cast<std::uint64_t>(step_));
    optimizer_->zero_grad();
    StepReport report;
    std::size_t pictures = 0;
    for (int part = 0; part < config_.accumulate; ++part) {
      TorchOps ops(weights_, /*training=*/true, config_.drop_path);
      torch::Tensor rows;
      std::vector<std::size_t> samples;
      if (whole_) {
        PictureBatch batch = loader->next();
        samples = std::move(batch.samples);
        rows = forward(ops, pixels_tensor(batch.pixels, samples.size()));
      } else {
        samples = plan(step_ * config_.accumulate + part);
        rows = forward(ops, rows_of(inputs_.features, samples));
      }
      torch::Tensor loss = loss_of(samples, rows) / config_.accumulate;
      const double value = loss.item<double>();
      if (!std::isfinite(value))
        throw Error(Kind::kUnavailable, "the loss is no longer a number at step " + std::to_string(step_) +
                                            "; a lower [optimizer] lr or head_lr is needed");
      report.loss += value;
      if (loss.requires_grad()) loss.backward();
      pictures += samples.size();
    }
    const double rate = schedule(step_, steps, config_.warmup);
    report.gradient_norm = optimizer_->step(rate);
    if (config_.ema > 0) average_->update();
    report.step = step_++;
    report.steps = steps;
    report.epoch = static_cast<int>(report.step / steps_per_epoch_);
    report.learning_rate = rate * (whole_ ? config_.lr : config_.head_lr);
    report.images_per_s = static_cast<double>(pictures) /
                          std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    log.add(report);
    if (events_.on_step) events_.on_step(report);
  }

  Matrix validation_vectors() {
    const torch::NoGradGuard no_grad;
    Matrix vectors(validation_.size(), static_cast<std::size_t>(config_.head.dim));
    for (std::size_t begin = 0; begin < validation_.size(); begin += kValidationBatch) {
      const std::size_t end = std::min(validation_.size(), begin + kValidationBatch);
      const std::vector<std::size_t> part(validation_.begin() + static_cast<std::ptrdiff_t>(begin),
                                          validation_.begin() + static_cast<std::ptrdiff_t>(end));
      TorchOps ops(weights_);
      torch::Tensor rows;
      if (whole_) {
        std::vector<float> pixels =
            fitted_pixels(inputs_.set.samples, part, model_.input, thread_count(config_.threads));
        rows = forward(ops, pixels_tensor(pixels, part.size()));
      } else {
        rows = forward(ops, rows_of(inputs_.features, part));
      }
      rows = rows.contiguous();
      std::copy_n(rows.data_ptr<float>(), rows.numel(), vectors.row(begin).begin());
    }
    return vectors;
  }

  // The weights that are validated and saved: averaged, and drawn back towards the base model, while `use` runs.
  template <class F>
  void with_published_weights(const F& use) {
    const torch::NoGradGuard no_grad;
    if (config_.ema > 0) average_->swap();
    Tensors kept;
    if (config_.wise > 0)
      for (const auto& [name, base] : start_) {
        kept[name] = weights_[name].detach().clone();
        weights_[name].detach().lerp_(base, config_.wise);
      }
    use();
    for (const auto& [name, weight] : kept) weights_[name].detach().copy_(weight);
    if (config_.ema > 0) average_->swap();
  }

  void finish_epoch(RunLog& log) {
    EpochReport report;
    report.epoch = static_cast<int>(step_ / steps_per_epoch_);
    with_published_weights([&] {
      LabelledRows rows;
      rows.vectors = validation_vectors();
      for (const std::size_t i : validation_) {
        rows.labels.push_back(inputs_.set.columns[select_].labels[i]);
        rows.ids.push_back(inputs_.set.samples[i].row);
      }
      const MetricValues metrics = mean_of(retrieval_metrics(rows, rows, config_.threads));
      report.map = metrics[kMap];
      report.recall_at_1 = metrics[kRecallAt1];
      report.best = best_id_.empty() || report.map > best_.map;
      if (report.best) {
        const std::string former = best_id_;
        best_ = report;
        best_id_ = save("best").id;
        if (!former.empty() && former != best_id_) fs::remove_all(folder_ / "best" / former);
      }
    });
    log.add(report);
    save_state();
    if (events_.on_epoch) events_.on_epoch(report);
  }

  Model save(const char* which) {
    std::vector<NamedFloats> weights = weights_.to_floats();
    ModelConfig config = model_;
    config.source = "trained by ootd train from " + inputs_.base.id +
                    (inputs_.base.config.source.empty() ? "" : " (" + inputs_.base.config.source + ")");
    std::vector<fs::path> links = inputs_.base.tokenizer_files();
    if (whole_) {
      config.weights = {"model.safetensors"};
      // A text tower that was not trained is kept.
      std::optional<Weights> base;
      for (const auto& spec : all_weights(inputs_.base.config))
        if (std::none_of(specs_.begin(), specs_.end(), [&](const auto& s) { return s.name == spec.name; })) {
          if (!base) base.emplace(open_weights(inputs_.base));
          weights.push_back({spec.name, spec.shape, base->floats(spec.name, spec.shape)});
        }
    } else {
      config.weights = {"head.safetensors"};
      for (const auto& file : inputs_.base.stored_files()) links.push_back(file);
      for (const auto& file : inputs_.base.config.weights) config.weights.push_back(fs::path(file).filename());
    }
    return save_model(folder_ / which, config, std::move(weights), links);
  }

  void save_state() const {
    std::vector<NamedFloats> state;
    for (const auto& spec : specs_) state.push_back(named_floats("weight/" + spec.name, weights_[spec.name]));
    for (const auto& [name, tensor] : learnt_) state.push_back(named_floats(name, tensor));
    for (const auto& part : {optimizer_->state(), average_->state()})
      for (const auto& [name, tensor] : part) state.push_back(named_floats(name, tensor));
    if (memory_.embeddings().defined()) {
      state.push_back(named_floats("memory/embeddings", memory_.embeddings()));
      state.push_back(named_floats("memory/labels", memory_.labels()));
    }
    state.push_back({"step", {1}, {static_cast<float>(step_)}});
    state.push_back({"best_epoch", {1}, {static_cast<float>(best_.epoch)}});
    write_safetensors(folder_ / kStateFile, state);
    const std::string note = dump_json({{"best", best_id_}, {"map", best_.map}, {"recall_at_1", best_.recall_at_1}});
    write_file_atomically(folder_ / "best.json", std::as_bytes(std::span(note)));
  }

  void load_state() {
    const torch::NoGradGuard no_grad;
    const Weights saved(folder_ / kStateFile);
    Tensors state;
    for (const auto& [name, weight] : saved.all()) {
      std::vector<float> values = saved.floats(name, weight.shape);
      state[name] = torch::from_blob(values.data(), weight.shape).clone();
    }
    const auto take = [&](const std::string& name, const torch::Tensor& into) {
      const auto found = state.find(name);
      if (found == state.end() || found->second.sizes() != into.sizes())
        throw Error(Kind::kInput, (folder_ / kStateFile).string() + ": is of another run: no " + name +
                                      " of this shape. Start anew without --resume, or in another folder");
      into.detach().copy_(found->second);
    };
    for (const auto& spec : specs_) take("weight/" + spec.name, weights_[spec.name]);
    for (const auto& [name, tensor] : learnt_) take(name, tensor);
    optimizer_->load(state);
    average_->load(state);
    if (state.contains("memory/embeddings")) memory_.push(state["memory/embeddings"], state["memory/labels"]);
    step_ = static_cast<std::int64_t>(state.at("step").item<float>());
    const Json note = read_json(folder_ / "best.json");
    best_id_ = note.at("best").get<std::string>();
    best_.map = note.at("map").get<double>();
    best_.recall_at_1 = note.at("recall_at_1").get<double>();
    best_.epoch = static_cast<int>(state.at("best_epoch").item<float>());
  }

  const TrainConfig& config_;
  const TrainInputs& inputs_;
  const fs::path folder_;
  const TrainEvents& events_;
  const bool whole_;
  const ModelConfig model_;
  const std::vector<WeightSpec> specs_;
  const TorchWeights weights_;
  const std::vector<std::size_t> train_, validation_;
  const std::size_t select_;
  Tensors start_;  // the base model's, where they are needed again
  std::vector<Objective> objectives_;
  bool two_views_ = false;
  std::vector<std::pair<std::string, torch::Tensor>> learnt_;  // by losses
  std::optional<AdamW> optimizer_;
  std::optional<WeightAverage> average_;
  CrossBatchMemory memory_;
  std::optional<std::size_t> memory_key_;  // whose objective has the memory: the first by label
  std::int64_t steps_per_epoch_ = 1, step_ = 0;
  EpochReport best_;
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
  const TrainInputs warm{inputs.base, inputs.set, inputs.features, head_of(head.best)};
  return Phase(second, warm, run_folder, /*whole=*/true, events).run(resume);
}

}  // namespace ootd
