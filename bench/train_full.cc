#include <torch/torch.h>

#include <chrono>
#include <thread>

#include "bench/workloads.h"
#include "ootd/base/error.h"
#include "ootd/base/json.h"
#include "ootd/base/memory.h"
#include "ootd/base/npy.h"
#include "ootd/models/model.h"
#include "ootd/torch/torch_ops.h"
#include "ootd/train/losses.h"
#include "ootd/train/optimizer.h"
#include "tests/testing/procedural_weights.h"

namespace ootd::bench {
namespace {

constexpr int kSteps = 4;  // a run
constexpr int kPerLabel = 4;
constexpr double kRate = 1e-3, kWeightDecay = 0.05;

// Mode full's step as ootd/train/train.cc takes it, on one batch that stays.
class FullStep {
 public:
  FullStep(const ModelConfig& config, int batch)
      : config_(config),
        specs_(describe_image(config).weights()),
        weights_(specs_, /*seed=*/1),
        loss_(make_loss(default_loss(LossKind::kSupCon), batch / kPerLabel, config.head->dim, 1)),
        optimizer_(trained(), kWeightDecay, /*clip_norm=*/1) {
    std::vector<float> values = testing::procedural_pictures(batch, config.input.width);
    pixels_ = torch::from_blob(values.data(), {batch, 3, config.input.height, config.input.width})
                  .clone(torch::MemoryFormat::ChannelsLast);
    labels_ = torch::eye(batch / kPerLabel).repeat_interleave(kPerLabel, 0);
  }

  double take() {
    optimizer_.zero_grad();
    TorchOps ops(weights_, TrainingPass{});
    const torch::Tensor loss = (*loss_)({encoder_forward(ops, pixels_, config_), labels_, {}, {}});
    const double value = loss.item<double>();
    loss.backward();
    optimizer_.step(1);
    return value;
  }

  // The start, for a peer that is to take the same steps; before take().
  void save(const std::filesystem::path& folder) const {
    save_model(folder, config_, weights_.to_floats());
    const torch::Tensor plain = pixels_.contiguous();
    Matrix rows(static_cast<std::size_t>(plain.size(0)), static_cast<std::size_t>(plain.numel() / plain.size(0)));
    std::copy_n(plain.data_ptr<float>(), plain.numel(), rows.values());
    write_npy(folder / "pixels.npy", rows);
  }

 private:
  std::vector<Trained> trained() const {
    std::vector<Trained> list;
    for (const auto& spec : specs_)
      if (spec.trained) list.push_back({spec.name, weights_[spec.name], kRate, spec.shape.size() > 1});
    return list;
  }

  const ModelConfig config_;
  const std::vector<WeightSpec> specs_;
  const TorchWeights weights_;
  const std::unique_ptr<Loss> loss_;
  AdamW optimizer_;
  torch::Tensor pixels_, labels_;
};

}  // namespace

void train_full(const Options& options) {
  keep_all_freed_memory();
  const Architecture* architecture = find_architecture(options.architecture);
  if (architecture == nullptr || std::holds_alternative<OnnxTowers>(architecture->network))
    throw Error(Kind::kInput, "--architecture " + options.architecture + ": no architecture of this name has weights");
  ModelConfig config = default_config(*architecture);
  config.name = "start";
  config.head = HeadConfig{.dim = 128, .bias = false, .normalize_input = true};
  config.text.reset();
  if (auto* siglip = std::get_if<SiglipConfig>(&config.network)) siglip->has_text = false;
  const int batch = options.batch / kPerLabel * kPerLabel;

  torch::set_num_threads(static_cast<int>(std::thread::hardware_concurrency()));
  FullStep step(config, batch);
  if (!options.save.empty()) step.save(options.save);
  std::vector<double> losses, rates;
  for (int run = 0; run <= options.runs; ++run) {  // the first is the warm-up
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < kSteps; ++i) losses.push_back(step.take());
    const std::chrono::duration<double> wall = std::chrono::steady_clock::now() - start;
    if (run > 0) rates.push_back(kSteps * batch / wall.count());
  }
  if (!(losses.back() < losses.front())) throw Error(Kind::kInternal, "the loss did not fall: this was no training");
  RowPrinter("train_full")
      .add("architecture", options.architecture)
      .add("batch", std::to_string(batch))
      .add("images_per_s", spread_of(rates), 2)
      .add("loss_first", losses.front(), 5)
      .add("loss_second", losses[1], 5)
      .add("loss_last", losses.back(), 5)
      .print();
}

}  // namespace ootd::bench
