// The TOML file of a detector's training run: docs/training.md explains its fields. Unknown fields are refused.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace ootd {

// What happens to a training photo, beside flip and scale.
struct DetectorAugment {
  float min_scale = 0.6f, max_scale = 1.4f;  // of the size at which the photo just fits
  float max_stretch = 1.15f;                 // of width against height, at most
  float flip = 0.5f;                         // probability
  float jitter = 0.3f;                       // brightness, contrast, saturation: factors within 1 +- this
  float background = 0.25f;                  // probability that all outside the labelled boxes is replaced
  float mosaic = 0.5f;                       // probability of four photos in one (Bochkovskiy et al. 2020)
  float mixup = 0.1f;                        // probability that another photo shines through (Zhang et al. 2018)
  std::vector<int> sides = {256, 288, 320, 352, 384};  // multi-scale: each step has one of these
};

struct DetectorTrainConfig {
  std::string name = "detector";
  std::string base = "efficientnet_lite0";  // an encoder, which becomes the backbone, or a detector, which learns on
  std::uint64_t seed = 1;
  int threads = 0;   // 0 = all cores
  bool half = true;  // weights are saved as float16
  int width = 96;    // channels of neck and heads; a base that is a detector brings its own
  int side = 320;    // of the input in serving and validation

  std::string train_split = "train", val_split = "val";
  std::string origin = "label";  // whose boxes are learnt

  int epochs = 40;
  int plain_epochs = 8;  // the last ones: no mosaic, no mixup (Ge et al. 2021)
  int batch = 16;
  float lr = 2e-3f;          // of neck and heads
  float backbone_lr = 0.2f;  // the backbone's share of it
  std::string train_from;    // backbone weights before this name prefix stay as they are; empty: all learn
  float weight_decay = 0.02f;
  float warmup = 0.05f;  // share of the steps
  float clip_norm = 10;
  float ema = 0.998f;
  float box_weight = 2;  // of the GIoU loss beside the class loss (Feng et al. 2021)
  int points_per_box = 10;

  DetectorAugment augment;
};

// Throw Error(kInput) naming the file and the field.
DetectorTrainConfig parse_detector_train_config(const std::string& text, const std::string& where);
DetectorTrainConfig read_detector_train_config(const std::filesystem::path& file);
std::string to_toml(const DetectorTrainConfig& config);

}  // namespace ootd
