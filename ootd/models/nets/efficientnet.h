// EfficientNet (Tan & Le 2019) and EfficientNet-Lite (Liu 2020: no squeeze-and-excitation, ReLU6, stem and head not
// scaled). Weight names: Lite as in the PyPI package efficientnet-lite-pytorch ("_blocks.3._depthwise_conv"), B0..B7 as
// in torchvision
// ("features.2.1.block.1.0"); so both kinds of checkpoint load by name.
#pragma once

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ootd/models/ops.h"

namespace ootd {

struct EfficientNetConfig {
  double width = 1.0, depth = 1.0;
  bool lite = false;
  float batch_norm_eps = 1e-5f;  // torchvision B0..B4; B5..B7 and Lite: 1e-3
  int classes = 0;               // 0: pooled features, else logits
  friend bool operator==(const EfficientNetConfig&, const EfficientNetConfig&) = default;
};

namespace efficientnet {

struct Stage {
  int kernel, stride, expand, out, repeats;
};
// Table 1 of the paper: stages 2 to 8.
inline constexpr Stage kStages[] = {{3, 1, 1, 16, 1},  {3, 2, 6, 24, 2},  {5, 2, 6, 40, 2}, {3, 2, 6, 80, 3},
                                    {5, 1, 6, 112, 3}, {5, 2, 6, 192, 4}, {3, 1, 6, 320, 1}};

// Channels scaled and rounded to a multiple of 8, never down by more than a tenth.
inline int scaled_width(int channels, double width) {
  const double scaled = channels * width;
  const int rounded = std::max(8, static_cast<int>(scaled + 4) / 8 * 8);
  return rounded < 0.9 * scaled ? rounded + 8 : rounded;
}

// Channels of the last convolution, and so of the pooled features.
inline int head_width(const EfficientNetConfig& config) {
  return config.lite ? 1280 : scaled_width(320, config.width) * 4;
}

// The names of one MBConv block's layers in the two source frameworks.
struct BlockNames {
  std::string expand, expand_bn, depthwise, depthwise_bn, squeeze, excite, project, project_bn;
};

inline BlockNames lite_names(int block) {
  const std::string p = "_blocks." + std::to_string(block) + ".";
  return {p + "_expand_conv", p + "_bn0", p + "_depthwise_conv", p + "_bn1", "", "", p + "_project_conv", p + "_bn2"};
}

inline BlockNames torchvision_names(int stage, int repeat, bool expands) {
  const std::string p = "features." + std::to_string(stage + 1) + "." + std::to_string(repeat) + ".block.";
  const auto at = [&](int i) { return p + std::to_string(i + (expands ? 1 : 0)); };
  return {p + "0.0", p + "0.1", at(0) + ".0", at(0) + ".1", at(1) + ".fc1", at(1) + ".fc2", at(2) + ".0", at(2) + ".1"};
}

inline Activation activation_of(const EfficientNetConfig& config) {
  return config.lite ? Activation::kRelu6 : Activation::kSilu;
}

inline Conv conv_of(const EfficientNetConfig& config, int out, int kernel, int stride, int groups) {
  return {.out = out,
          .kernel = kernel,
          .stride = stride,
          .pad = config.lite ? 0 : (kernel - 1) / 2,
          .groups = groups,
          .padding = config.lite ? Padding::kSame : Padding::kExplicit};
}

}  // namespace efficientnet

// x: [N, 3, H, W], normalised as the checkpoint's InputSpec says -> what each of the seven stages gives, at strides 2,
// 4, 8, 16, 16, 32 and 32.
template <Ops O>
std::vector<typename O::Tensor> efficientnet_maps(O& o, typename O::Tensor x, const EfficientNetConfig& config) {
  using namespace efficientnet;
  using Tensor = typename O::Tensor;
  const bool lite = config.lite;
  const Activation activation = activation_of(config);
  const auto conv = [&](const Tensor& in, const std::string& name, int out, int kernel, int stride, int groups) {
    return o.conv2d(in, name, conv_of(config, out, kernel, stride, groups));
  };
  const auto norm = [&](const Tensor& in, const std::string& name) {
    return o.batch_norm(in, name, config.batch_norm_eps);
  };

  x = conv(x, lite ? "_conv_stem" : "features.0.0", lite ? 32 : scaled_width(32, config.width), 3, 2, 1);
  x = o.activate(norm(x, lite ? "_bn0" : "features.0.1"), activation);

  constexpr int kStageCount = static_cast<int>(std::size(kStages));
  // Lite scales the depth of the inner stages only.
  const auto repeats = [&](int stage) {
    if (lite && (stage == 0 || stage == kStageCount - 1)) return kStages[stage].repeats;
    return static_cast<int>(std::ceil(config.depth * kStages[stage].repeats));
  };
  int blocks = 0;
  for (int stage = 0; stage < kStageCount; ++stage) blocks += repeats(stage);

  std::vector<Tensor> maps;
  int block = 0;
  for (int stage = 0; stage < kStageCount; ++stage) {
    const Stage& s = kStages[stage];
    const int out = scaled_width(s.out, config.width);
    for (int repeat = 0; repeat < repeats(stage); ++repeat, ++block) {
      const BlockNames names = lite ? lite_names(block) : torchvision_names(stage, repeat, s.expand != 1);
      const int in = o.channels(x), wide = in * s.expand, stride = repeat == 0 ? s.stride : 1;
      Tensor y = x;
      if (s.expand != 1) y = o.activate(norm(conv(y, names.expand, wide, 1, 1, 1), names.expand_bn), activation);
      y = o.activate(norm(conv(y, names.depthwise, wide, s.kernel, stride, wide), names.depthwise_bn), activation);
      if (!lite) {
        Tensor gate = o.mean_pool2d(y);
        gate = o.activate(o.conv2d(gate, names.squeeze, {.out = std::max(1, in / 4), .bias = true}), Activation::kSilu);
        gate = o.activate(o.conv2d(gate, names.excite, {.out = wide, .bias = true}), Activation::kSigmoid);
        y = o.mul(y, gate);
      }
      y = norm(conv(y, names.project, out, 1, 1, 1), names.project_bn);
      x = stride == 1 && in == out ? o.add(o.drop_path(y, block, blocks), x) : y;
    }
    maps.push_back(x);
  }
  return maps;
}

// x: as above -> [N, 1280 * width] or [N, classes].
template <Ops O>
typename O::Tensor efficientnet_forward(O& o, typename O::Tensor x, const EfficientNetConfig& config) {
  using namespace efficientnet;
  const bool lite = config.lite;
  x = efficientnet_maps(o, x, config).back();
  x = o.conv2d(x, lite ? "_conv_head" : "features.8.0", conv_of(config, head_width(config), 1, 1, 1));
  x = o.activate(o.batch_norm(x, lite ? "_bn1" : "features.8.1", config.batch_norm_eps), activation_of(config));
  x = o.flatten(o.mean_pool2d(x));
  if (config.classes == 0) return x;
  return o.linear(o.dropout(x, 0.2), lite ? "_fc" : "classifier.1", {.out = config.classes});
}

}  // namespace ootd
