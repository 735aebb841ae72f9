#include "ootd/train/train_detector.h"

#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <mutex>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/threads.h"
#include "ootd/image/decode.h"
#include "ootd/image/preprocess.h"
#include "ootd/models/detector_points.h"
#include "ootd/torch/torch_ops.h"
#include "ootd/train/detector_loss.h"
#include "ootd/train/optimizer.h"
#include "ootd/train/prefetch.h"
#include "ootd/train/run_log.h"
#include "ootd/train/run_state.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

constexpr char kDetectorStateFile[] = "state.safetensors";

bool is_backbone(const std::string& name) { return !name.starts_with("neck.") && !name.starts_with("head."); }

std::string source_of(const std::string& id, const std::string& source) {
  return "trained by ootd train-detector from " + id + (source.empty() ? "" : " (" + source + ")");
}

DetectorConfig detector_of(const DetectorTrainConfig& config, const DetectorModel& base) {
  if (!base.config.network)
    throw Error(Kind::kInput, "base = \"" + config.base + "\": only detectors of this program's own family can learn");
  if (base.config.classes != detector_classes())  // labels are numbered by these
    throw Error(Kind::kInput, "base = \"" + config.base + "\": its classes are not those that are learnt here");
  DetectorConfig detector = base.config;
  detector.name = config.name;
  detector.input.width = detector.input.height = config.side;
  detector.weights = DetectorConfig().weights;
  detector.source = source_of(base.id, base.config.source);
  return detector;
}

DetectorConfig detector_of(const DetectorTrainConfig& config, const Model& base) {
  const auto* backbone = std::get_if<EfficientNetConfig>(&base.config.network);
  if (backbone == nullptr)
    throw Error(Kind::kInput, "base = \"" + config.base + "\": a detector's backbone is an EfficientNet, not " +
                                  std::string(base.config.architecture->name));
  DetectorConfig detector;
  detector.name = config.name;
  detector.family = DetectorFamily::kOotd;
  detector.input = {.width = config.side,
                    .height = config.side,
                    .fit = DetectorFit::kLetterboxCorner,
                    .antialias = true,
                    .mean = base.config.input.mean,
                    .std = base.config.input.std};
  detector.classes = detector_classes();
  for (const auto& name : detector.classes) detector.categories[name] = name;
  detector.network = DetectorNet{.backbone = *backbone, .width = config.width};
  detector.source = source_of(base.id, base.config.source);
  detector.licence = base.config.licence;
  return detector;
}

// The backbone's batch norms keep the statistics and scales of ImageNet: batches are small here, and mosaics are not
// what it will see. Layers before train_from do not learn at all.
std::vector<WeightSpec> specs_of(const DetectorTrainConfig& config, const DetectorNet& net) {
  std::vector<WeightSpec> specs = detector_weights(net);
  bool learns = config.train_from.empty(), found = learns;
  for (auto& spec : specs) {
    if (!learns && spec.name.starts_with(config.train_from)) learns = found = true;
    if (is_backbone(spec.name) && (!learns || config.backbone_lr == 0 || spec.shape.size() < 2)) spec.trained = false;
  }
  if (!found)
    throw Error(Kind::kInput, "[optimizer] train_from: no weight's name begins with \"" + config.train_from + "\"");
  return specs;
}

Weights start_weights(const DetectorTrainConfig&, const DetectorModel& base, const DetectorNet&,
                      const std::vector<WeightSpec>&) {
  return Weights(base.folder / base.config.weights);
}

Weights start_weights(const DetectorTrainConfig& config, const Model& base, const DetectorNet& net,
                      const std::vector<WeightSpec>& specs) {
  const Weights stored = open_weights(base);
  std::vector<NamedFloats> list;
  std::vector<WeightSpec> fresh;
  for (const auto& spec : specs)
    if (is_backbone(spec.name))
      list.push_back({spec.name, spec.shape, stored.floats(spec.name, spec.shape)});
    else
      fresh.push_back(spec);
  for (auto& weight : TorchWeights(fresh, config.seed).to_floats()) {
    if (weight.name.ends_with(".out.weight")) {
      const float shrink = 0.01f * std::sqrt(static_cast<float>(net.channels()) / 2);  // to a deviation of .01
      for (float& value : weight.values) value *= shrink;
    }
    if (weight.name.ends_with(".out.bias")) {
      // Boxes start some strides wide, scores at 1 % (Lin et al. 2017, 3.3): nearly all points are nothing.
      float* value = weight.values.data();
      for (const int classes : net.groups) {
        value = std::fill_n(value, 4, 1.0f);
        value = std::fill_n(value, classes, -std::log(99.0f));
      }
    }
    list.push_back(std::move(weight));
  }
  return Weights(std::move(list));
}

InputSpec square(const DetectorInput& input, int side) {
  InputSpec spec;
  spec.width = spec.height = side;
  spec.mean = input.mean;
  spec.std = input.std;
  return spec;
}

struct DetectorBatch {
  int side = 0;
  std::vector<std::size_t> photos;
  std::vector<float> pixels;
  std::vector<std::vector<LabelledBox>> boxes;
  std::size_t size() const { return photos.size(); }
};

class DetectorRun {
 public:
  DetectorRun(const DetectorTrainConfig& config, const DetectorBase& base, std::span<const DetectorPhoto> training,
              std::span<const DetectorPhoto> validation, const fs::path& folder, const DetectorTrainEvents& events)
      : config_(config),
        training_(training),
        folder_(folder),
        events_(events),
        detector_(std::visit([&](const auto& from) { return detector_of(config, from); }, base)),
        net_(*detector_.network),
        specs_(specs_of(config, net_)),
        weights_(std::visit([&](const auto& from) { return start_weights(config, from, net_, specs_); }, base), specs_),
        optimizer_(what_learns(), config.weight_decay, config.clip_norm),
        average_(all_weights(), config.ema),
        steps_per_epoch_(std::max<std::int64_t>(1, std::ssize(training) / config.batch)),
        steps_(steps_per_epoch_ * config.epochs) {
    for (const auto& photo : validation) {
      try {
        validation_.push_back(
            fitted_picture(decode_image(read_file(photo.file), photo.file.string()), photo.boxes, config.side));
      } catch (const Error& error) {
        broken_.emplace_back(error.what());
      }
    }
    if (validation_.empty())
      throw Error(Kind::kInput, "no validation photo can be read; the first: " + broken_.front());
  }

  DetectorTrainOutcome run(bool resume) {
    const auto started = std::chrono::steady_clock::now();
    if (resume && fs::exists(folder_ / kDetectorStateFile)) load_state();
    RunLog log(folder_, step_, {"ap50", "ap", "person_iou"});
    torch::set_num_threads(thread_count(config_.threads));
    {
      Prefetch<DetectorBatch> prefetch(
          [this](std::int64_t step) { return plan(step); },
          [this](DetectorBatch& batch, std::int64_t step, std::size_t position) { make(batch, step, position); }, step_,
          steps_, thread_count(config_.threads));
      while (step_ < steps_) {
        train_step(prefetch, log);
        if (step_ % steps_per_epoch_ == 0) finish_epoch(log);
      }
    }
    return {open_detector(folder_ / "best" / best_id_), best_, step_,
            std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count(), broken_};
  }

 private:
  std::vector<Trained> what_learns() const {
    std::vector<Trained> list;
    for (const auto& spec : specs_)
      if (spec.trained)
        list.push_back(
            {spec.name, weights_[spec.name],
             static_cast<double>(config_.lr) * (is_backbone(spec.name) ? static_cast<double>(config_.backbone_lr) : 1),
             spec.shape.size() > 1});
    return list;
  }

  std::vector<std::pair<std::string, torch::Tensor>> all_weights() const {
    std::vector<std::pair<std::string, torch::Tensor>> list;
    for (const auto& spec : specs_) list.emplace_back(spec.name, weights_[spec.name]);
    return list;
  }

  // Each epoch is the photos in an order of its own.
  DetectorBatch plan(std::int64_t step) {
    const std::int64_t epoch = step / steps_per_epoch_;
    std::vector<std::size_t> order(training_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    Random(picture_seed(config_.seed, epoch, 1u << 20)).shuffle(std::span(order));
    DetectorBatch batch;
    Random random(picture_seed(config_.seed, step, 1u << 21));
    batch.side = config_.augment.sides[random.below(config_.augment.sides.size())];
    const auto size = static_cast<std::size_t>(config_.batch);
    const std::size_t begin = static_cast<std::size_t>(step % steps_per_epoch_) * size;
    for (std::size_t i = 0; i < size; ++i) batch.photos.push_back(order[(begin + i) % order.size()]);
    batch.pixels.resize(size * 3 * static_cast<std::size_t>(batch.side) * static_cast<std::size_t>(batch.side));
    batch.boxes.resize(size);
    return batch;
  }

  void make(DetectorBatch& batch, std::int64_t step, std::size_t position) {
    Random random(picture_seed(config_.seed, step, position));
    const bool mixes = step / steps_per_epoch_ < config_.epochs - config_.plain_epochs;
    DetectorPicture picture;
    try {
      picture = augmented_picture(training_, batch.photos[position], batch.side, config_.augment, mixes, random);
    } catch (const Error& error) {
      // It was readable when it was imported, and one photo must not end a run of hours.
      picture.image = {batch.side, batch.side,
                       std::vector<std::uint8_t>(batch.pixels.size() / batch.boxes.size(), 128)};
      const std::lock_guard lock(mutex_);
      broken_.emplace_back(error.what());
    }
    const std::size_t size = batch.pixels.size() / batch.boxes.size();
    normalize_chw(picture.image, square(detector_.input, batch.side),
                  std::span(batch.pixels).subspan(position * size, size));
    batch.boxes[position] = std::move(picture.boxes);
  }

  static torch::Tensor pixels_of(std::vector<float>& values, std::int64_t count, int side) {
    return torch::from_blob(values.data(), {count, 3, side, side}).contiguous(torch::MemoryFormat::ChannelsLast);
  }

  void train_step(Prefetch<DetectorBatch>& prefetch, RunLog& log) {
    const auto started = std::chrono::steady_clock::now();
    DetectorBatch batch = prefetch.next();
    optimizer_.zero_grad();
    TorchOps ops(weights_, TrainingPass{});
    const auto maps = detector_forward(ops, pixels_of(batch.pixels, config_.batch, batch.side), net_);
    const DetectorLoss loss = detector_loss(maps, net_, batch.boxes, {.points_per_box = config_.points_per_box});
    const torch::Tensor sum = loss.score + static_cast<double>(config_.box_weight) * loss.box;
    StepReport report;
    report.loss = sum.item<double>();
    if (!std::isfinite(report.loss))
      throw Error(Kind::kUnavailable, "the loss is no longer a number at step " + std::to_string(step_) +
                                          "; a lower [optimizer] lr is needed");
    sum.backward();
    const double rate = schedule(step_, steps_, config_.warmup);
    report.gradient_norm = optimizer_.step(rate);
    if (config_.ema > 0) average_.update();
    report.step = step_++;
    report.steps = steps_;
    report.epoch = static_cast<int>(report.step / steps_per_epoch_);
    report.learning_rate = rate * static_cast<double>(config_.lr);
    report.images_per_s =
        config_.batch / std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    log.add(report);
    if (events_.on_step) events_.on_step(report);
  }

  // With the serving threshold far down: AP counts boxes of low scores too.
  std::vector<PhotoBoxes> look_at_validation() {
    const torch::NoGradGuard no_grad;
    const InputSpec spec = square(detector_.input, config_.side);
    const std::size_t floats = static_cast<std::size_t>(config_.side) * static_cast<std::size_t>(config_.side) * 3;
    std::vector<PhotoBoxes> photos;
    for (std::size_t begin = 0; begin < validation_.size();) {
      const std::size_t count = std::min<std::size_t>(16, validation_.size() - begin);
      std::vector<float> pixels(count * floats);
      for (std::size_t i = 0; i < count; ++i)
        normalize_chw(validation_[begin + i].image, spec, std::span(pixels).subspan(i * floats, floats));
      TorchOps ops(weights_);
      auto maps = detector_forward(ops, pixels_of(pixels, static_cast<std::int64_t>(count), config_.side), net_);
      for (auto& map : maps) map = map.contiguous(torch::MemoryFormat::Contiguous);
      for (std::size_t i = 0; i < count; ++i) {
        DetectorMaps one{config_.side, config_.side, {}};
        for (std::size_t level = 0; level < maps.size(); ++level) {
          const torch::Tensor map = maps[level][static_cast<std::int64_t>(i)];
          one.values[level] = {map.data_ptr<float>(), static_cast<std::size_t>(map.numel())};
        }
        photos.push_back({validation_[begin + i].boxes,
                          merge_points(decode_points(one, net_, 0.01f), detector_.nms_iou, detector_.max_detections)});
      }
      begin += count;
    }
    return photos;
  }

  void finish_epoch(RunLog& log) {
    if (config_.ema > 0) average_.swap();
    const auto photos = look_at_validation();
    DetectorEpoch epoch;
    epoch.epoch = static_cast<int>(step_ / steps_per_epoch_);
    int measured = 0;
    for (int label = 0; label < net_.classes(); ++label)
      if (const auto precision = average_precision(match_boxes(photos, label))) {
        epoch.ap50 += precision->ap50();
        epoch.ap += precision->ap();
        ++measured;
      }
    epoch.ap50 /= std::max(1, measured);
    epoch.ap /= std::max(1, measured);
    epoch.person_iou = mean_person_iou(photos);
    epoch.best = best_id_.empty() || epoch.ap > best_.ap;
    if (epoch.best) {
      const std::string former = best_id_;
      best_ = epoch;
      best_id_ = save_detector(folder_ / "best", detector_, weights_.to_floats(), config_.half).id;
      if (!former.empty() && former != best_id_) fs::remove_all(folder_ / "best" / former);
    }
    if (config_.ema > 0) average_.swap();
    log.add_epoch(epoch.epoch, {epoch.ap50, epoch.ap, epoch.person_iou}, epoch.best);
    save_state();
    if (events_.on_epoch) events_.on_epoch(epoch);
  }

  double mean_person_iou(const std::vector<PhotoBoxes>& photos) const {
    const int person = net_.classes() - 1;
    double sum = 0;
    int count = 0;
    for (const auto& photo : photos)
      for (const auto& labelled : photo.labelled) {
        if (labelled.label != person) continue;
        const auto found =
            std::ranges::find_if(photo.found, [&](const Detection& each) { return each.label == person; });
        sum += found == photo.found.end() ? 0 : static_cast<double>(iou(found->box, labelled.box));
        ++count;
      }
    return count > 0 ? sum / count : 0;
  }

  void save_state() const {
    RunState state;
    for (const auto& [name, tensor] : all_weights()) state.put("weight/" + name, tensor);
    state.put(optimizer_.state());
    state.put(average_.state());
    state.put("step", static_cast<double>(step_));
    state.write(folder_ / kDetectorStateFile);
    const std::string note = dump_json({{"best", best_id_},
                                        {"epoch", best_.epoch},
                                        {"ap50", best_.ap50},
                                        {"ap", best_.ap},
                                        {"person_iou", best_.person_iou}});
    write_file_atomically(folder_ / "best.json", std::as_bytes(std::span(note)));
  }

  void load_state() {
    const RunState state(folder_ / kDetectorStateFile);
    for (const auto& [name, tensor] : all_weights()) state.take("weight/" + name, tensor);
    optimizer_.load(state.tensors());
    average_.load(state.tensors());
    step_ = static_cast<std::int64_t>(state.number("step"));
    const Json note = read_json(folder_ / "best.json");
    best_id_ = note.at("best").get<std::string>();
    best_ = {note.at("epoch").get<int>(), note.at("ap50").get<double>(), note.at("ap").get<double>(),
             note.at("person_iou").get<double>(), true};
  }

  const DetectorTrainConfig& config_;
  const std::span<const DetectorPhoto> training_;
  const fs::path folder_;
  const DetectorTrainEvents& events_;
  const DetectorConfig detector_;
  const DetectorNet& net_;
  const std::vector<WeightSpec> specs_;
  const TorchWeights weights_;
  AdamW optimizer_;
  WeightAverage average_;
  const std::int64_t steps_per_epoch_, steps_;
  std::int64_t step_ = 0;
  std::vector<DetectorPicture> validation_;  // fitted, in memory: they are looked at every epoch
  DetectorEpoch best_;
  std::string best_id_;
  std::mutex mutex_;
  std::vector<std::string> broken_;  // guarded by mutex_ while the loaders run
};

}  // namespace

DetectorTrainOutcome train_detector(const DetectorTrainConfig& config, const DetectorBase& base,
                                    std::span<const DetectorPhoto> training, std::span<const DetectorPhoto> validation,
                                    const fs::path& run_folder, bool resume, const DetectorTrainEvents& events) {
  fs::create_directories(run_folder);
  const std::string text = to_toml(config);
  write_file_atomically(run_folder / "config.toml", std::as_bytes(std::span(text)));
  return DetectorRun(config, base, training, validation, run_folder, events).run(resume);
}

}  // namespace ootd
