// A training run as its TOML file states it. docs/training.md explains each field; every default is a value from the
// literature (spec models.md, section 2).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "ootd/models/model.h"
#include "ootd/train/augment.h"
#include "ootd/train/loss_config.h"

namespace ootd {

enum class TrainMode {
  kHead,  // the backbone's features are computed once; only the head learns
  kLpFt,  // the head first, then everything at a low rate (Kumar et al. 2022)
  kFull,  // everything from the start
};

enum class TrainDevice { kAuto, kCpu, kCuda };  // auto: CUDA where it is
enum class TrainPrecision { kF32, kBf16 };      // of convolutions and matrix products; weights and losses stay float

// One thing that a batch is asked to get right.
struct ObjectiveConfig {
  static constexpr char kSelf[] = "@self";  // two augmented views of a picture are alike
  static constexpr char kBase[] = "@base";  // pictures stay near to those that are near by the base model, or `teacher`
  std::string labels;                       // a label key of the workspace, or one of the two above
  // @base: a label key; only pictures that share its value are compared (those without one with each other), so that
  // other objectives are free to move the values apart. Empty: all.
  std::string within;
  std::string teacher;  // @base: another model, by name, whose neighbours are kept instead of the base model's
  // A label key's values as sentences, "{}" standing for the value: the loss is then between pictures and the text
  // tower's vectors of these (SigLIP bases only), and of kind sigmoid or infonce.
  std::string captions;
  LossConfig loss;
  float weight = 1;
};

struct TrainConfig {
  std::string name = "run";
  std::string base = "efficientnet_lite0";  // a model by name or folder
  std::uint64_t seed = 1;
  TrainMode mode = TrainMode::kHead;

  HeadConfig head{.dim = 128, .bias = false, .normalize_input = true};
  bool pca_init = true;         // the head starts as the PCA of the training features, else at random
  std::vector<int> matryoshka;  // prefixes that every loss is taken on too

  std::vector<ObjectiveConfig> objectives;

  std::string train_split = "train", val_split = "val";
  std::string group;   // a label key: samples that share a value of it stay on one side of the split. Empty: none
  std::string select;  // the label key whose validation mAP picks the best epoch; default: the first objective's
  int labels_per_batch = 16, images_per_label = 4;  // PK sampling

  int epochs = 10;       // of everything; in mode head: of the head
  int head_epochs = 20;  // lp-ft: of the head, before
  double lr = 1e-4, head_lr = 1e-3;
  double bottom_lr = 0.1;  // rate of the first layer as a share of the last one's, geometric between (layer-wise decay)
  double weight_decay = 0.05;
  double warmup = 0.05;  // share of the steps
  double clip_norm = 1;  // 0: none
  int accumulate = 1;    // batches a step
  double ema = 0.999;    // decay of the averaged weights, which are what is validated and saved; 0: none
  double drift = 0;      // L2 penalty on the distance of the backbone's weights to the base model's
  double wise = 0;       // WiSE-FT: share of the base model's weights in the result (Wortsman et al. 2022)
  double drop_path = 0;  // stochastic depth of the last block
  // The layers before the first weight whose name begins so stay as they are, and cost no backward pass. Empty: all
  // learn.
  std::string train_from;
  // Batch norm keeps the base model's statistics: batches drawn by label are no fair sample of the photos, and small
  // ones no sample at all (Musgrave et al. 2020, section 3.1). From random weights it must be false.
  bool freeze_norm = true;
  int memory = 0;  // rows of cross-batch memory
  AugmentConfig augment;
  int threads = 0;  // 0 = all cores
  TrainDevice device = TrainDevice::kAuto;
  TrainPrecision precision = TrainPrecision::kF32;
  bool half = false;  // the checkpoint holds float16
};

// Throws Error(kInput) naming the file, the field, and what is known, also for fields that are not known.
TrainConfig read_train_config(const std::filesystem::path& file);
TrainConfig parse_train_config(const std::string& toml, const std::string& where);
std::string to_toml(const TrainConfig& config);

}  // namespace ootd
