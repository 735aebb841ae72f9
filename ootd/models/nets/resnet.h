// ResNet (He et al. 2015, the torchvision variant: a bottleneck's stride sits on its 3x3) and ResNeXt (Xie et al.
// 2017). Weight names as in torchvision.
#pragma once

#include <array>
#include <string>

#include "ootd/models/ops.h"

namespace ootd {

struct ResNetConfig {
  std::array<int, 4> blocks = {3, 4, 6, 3};
  bool bottleneck = true;
  int groups = 1, width_per_group = 64;
  int classes = 0;  // 0: pooled features, else logits
  friend bool operator==(const ResNetConfig&, const ResNetConfig&) = default;
};

// x: [N, 3, H, W], normalised as the checkpoint's InputSpec says -> [N, 512 or 2048] or [N, classes].
template <Ops O>
typename O::Tensor resnet_forward(O& o, typename O::Tensor x, const ResNetConfig& config) {
  using Tensor = typename O::Tensor;
  constexpr float kEps = 1e-5f;
  const auto norm = [&](const Tensor& in, const std::string& name) { return o.batch_norm(in, name, kEps); };
  const auto relu = [&](const Tensor& in) { return o.activate(in, Activation::kRelu); };

  x = relu(norm(o.conv2d(x, "conv1", {.out = 64, .kernel = 7, .stride = 2, .pad = 3}), "bn1"));
  x = o.max_pool2d(x, {.kernel = 3, .stride = 2, .pad = 1});
  int blocks = 0;
  for (const int n : config.blocks) blocks += n;

  int index = 0;
  for (int layer = 0; layer < 4; ++layer) {
    const int planes = 64 << layer;
    const int out = config.bottleneck ? planes * 4 : planes;
    for (int block = 0; block < config.blocks[static_cast<std::size_t>(layer)]; ++block, ++index) {
      const std::string p = "layer" + std::to_string(layer + 1) + "." + std::to_string(block) + ".";
      const int stride = layer > 0 && block == 0 ? 2 : 1;
      Tensor y;
      if (config.bottleneck) {
        const int width = planes * config.width_per_group / 64 * config.groups;
        y = relu(norm(o.conv2d(x, p + "conv1", {.out = width}), p + "bn1"));
        y = o.conv2d(y, p + "conv2", {.out = width, .kernel = 3, .stride = stride, .pad = 1, .groups = config.groups});
        y = relu(norm(y, p + "bn2"));
        y = norm(o.conv2d(y, p + "conv3", {.out = out}), p + "bn3");
      } else {
        y = o.conv2d(x, p + "conv1", {.out = planes, .kernel = 3, .stride = stride, .pad = 1});
        y = relu(norm(y, p + "bn1"));
        y = norm(o.conv2d(y, p + "conv2", {.out = planes, .kernel = 3, .pad = 1}), p + "bn2");
      }
      Tensor shortcut = x;
      if (stride != 1 || o.channels(x) != out)
        shortcut = norm(o.conv2d(x, p + "downsample.0", {.out = out, .stride = stride}), p + "downsample.1");
      x = relu(o.add(o.drop_path(y, index, blocks), shortcut));
    }
  }
  x = o.flatten(o.mean_pool2d(x));
  return config.classes == 0 ? x : o.linear(x, "fc", {.out = config.classes});
}

}  // namespace ootd
