#include "ootd/train/train_detector.h"

#include <torch/torch.h>

#include <algorithm>
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
#include "ootd/train/prefetch.h"
#include "ootd/train/run_loop.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

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

DetectorEpoch detector_epoch(const RunEpoch& epoch) {
  return {epoch.epoch, epoch.values[0], epoch.values[1], epoch.values[2], epoch.best};
}

class DetectorRun : public Learner {
 public:
  DetectorRun(const DetectorTrainConfig& config, const DetectorBase& base, std::span<const DetectorPhoto> training,
              std::span<const DetectorPhoto> validation)
      : config_(config),
        training_(training),
        detector_(std::visit([&](const auto& from) { return detector_of(config, from); }, base)),
        net_(*detector_.network),
        specs_(specs_of(config, net_)),
        weights_(std::visit([&](const auto& from) { return start_weights(config, from, net_, specs_); }, base), specs_),
        steps_per_epoch_(std::max<std::int64_t>(1, std::ssize(training) / config.batch)) {
    for (const auto& photo : validation) {
      try {
        validation_.push_back(fitted_picture(decode_image(read_file(photo.file), photo.file.string(), photo.limits),
                                             photo.boxes, config.side));
      } catch (const Error& error) {
        broken_.emplace_back(error.what());
      }
    }
    if (validation_.empty())
      throw Error(Kind::kInput, "no validation photo can be read; the first: " + broken_.front());
  }

  DetectorTrainOutcome run(const fs::path& folder, bool resume, const DetectorTrainEvents& events) {
    RunPlan plan(config_, folder, steps_per_epoch_);
    plan.metrics = {"ap50", "ap", "person_iou"};
    plan.best_by = 1;
    const RunOutcome done = run_loop(plan, *this, resume, events.on_step, [&](const RunEpoch& epoch) {
      if (events.on_epoch) events.on_epoch(detector_epoch(epoch));
    });
    pictures_.reset();
    return {open_detector(done.best_folder), detector_epoch(done.best), done.steps, done.seconds, broken_};
  }

  NamedTensors weights() const override {
    NamedTensors list;
    for (const auto& spec : specs_) list.emplace_back(spec.name, weights_[spec.name]);
    return list;
  }

  std::vector<Trained> trained() const override {
    std::vector<Trained> list;
    for (const auto& spec : specs_)
      if (spec.trained)
        list.push_back(
            {spec.name, weights_[spec.name],
             static_cast<double>(config_.lr) * (is_backbone(spec.name) ? static_cast<double>(config_.backbone_lr) : 1),
             spec.shape.size() > 1});
    return list;
  }

  void begin(std::int64_t step) override {
    pictures_.emplace(
        [this](std::int64_t at) { return plan(at); },
        [this](DetectorBatch& batch, std::int64_t at, std::size_t position) { make(batch, at, position); }, step,
        steps_per_epoch_ * config_.epochs, thread_count(config_.threads));
  }

  LearntStep learn(std::int64_t) override {
    DetectorBatch batch = pictures_->next();
    TorchOps ops(weights_, TrainingPass{});
    const auto maps = detector_forward(ops, pixels_of(batch.pixels, config_.batch, batch.side), net_);
    const DetectorLoss loss = detector_loss(maps, net_, batch.boxes, {.points_per_box = config_.points_per_box});
    const torch::Tensor sum = loss.score + static_cast<double>(config_.box_weight) * loss.box;
    sum.backward();
    return {sum.item<double>(), batch.size()};
  }

  std::vector<double> validate(int) override {
    const auto photos = look_at_validation();
    double ap50 = 0, ap = 0;
    int measured = 0;
    for (int label = 0; label < net_.classes(); ++label)
      if (const auto precision = average_precision(match_boxes(photos, label))) {
        ap50 += precision->ap50();
        ap += precision->ap();
        ++measured;
      }
    measured = std::max(1, measured);
    return {ap50 / measured, ap / measured, mean_person_iou(photos)};
  }

  std::string save(const fs::path& parent) override {
    return save_detector(parent, detector_, weights_.to_floats(), config_.half).id;
  }

 private:
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

  const DetectorTrainConfig& config_;
  const std::span<const DetectorPhoto> training_;
  const DetectorConfig detector_;
  const DetectorNet& net_;
  const std::vector<WeightSpec> specs_;
  const TorchWeights weights_;
  const std::int64_t steps_per_epoch_;
  std::vector<DetectorPicture> validation_;  // fitted, in memory: they are looked at every epoch
  std::mutex mutex_;
  std::vector<std::string> broken_;  // guarded by mutex_ while the loaders run
  std::optional<Prefetch<DetectorBatch>> pictures_;
};

}  // namespace

DetectorTrainOutcome train_detector(const DetectorTrainConfig& config, const DetectorBase& base,
                                    std::span<const DetectorPhoto> training, std::span<const DetectorPhoto> validation,
                                    const fs::path& run_folder, bool resume, const DetectorTrainEvents& events) {
  fs::create_directories(run_folder);
  const std::string text = to_toml(config);
  write_file_atomically(run_folder / "config.toml", std::as_bytes(std::span(text)));
  return DetectorRun(config, base, training, validation).run(run_folder, resume, events);
}

}  // namespace ootd
