// The architectures that ootd knows, one row each. To add one: docs/adding-a-model.md.
#pragma once

#include <string_view>
#include <variant>

#include "ootd/models/nets/efficientnet.h"
#include "ootd/models/nets/resnet.h"

namespace ootd {

struct Architecture {
  std::string_view name;
  int feature_dim;              // width of the pooled features
  std::string_view classifier;  // prefix of the weights behind them, which an encoder does not use
  std::variant<EfficientNetConfig, ResNetConfig> network;
};

inline constexpr Architecture kArchitectures[] = {
    {"efficientnet_lite0", 1280, "_fc.", EfficientNetConfig{1.0, 1.0, true, 1e-3f}},
    {"efficientnet_lite1", 1280, "_fc.", EfficientNetConfig{1.0, 1.1, true, 1e-3f}},
    {"efficientnet_lite2", 1280, "_fc.", EfficientNetConfig{1.1, 1.2, true, 1e-3f}},
    {"efficientnet_lite3", 1280, "_fc.", EfficientNetConfig{1.2, 1.4, true, 1e-3f}},
    {"efficientnet_lite4", 1280, "_fc.", EfficientNetConfig{1.4, 1.8, true, 1e-3f}},
    {"efficientnet_b0", 1280, "classifier.", EfficientNetConfig{1.0, 1.0}},
    {"efficientnet_b4", 1792, "classifier.", EfficientNetConfig{1.4, 1.8}},
    {"resnet18", 512, "fc.", ResNetConfig{{2, 2, 2, 2}, false}},
    {"resnet50", 2048, "fc.", ResNetConfig{}},
    {"resnext50_32x4d", 2048, "fc.", ResNetConfig{{3, 4, 6, 3}, true, 32, 4}},
    {"resnext101_32x8d", 2048, "fc.", ResNetConfig{{3, 4, 23, 3}, true, 32, 8}},
};

// Null if there is none of this name.
const Architecture* find_architecture(std::string_view name);

// x: [N, 3, H, W] -> [N, feature_dim]
template <Ops O>
typename O::Tensor features_forward(O& o, typename O::Tensor x, const Architecture& architecture) {
  return std::visit(
      [&](const auto& config) {
        if constexpr (std::is_same_v<std::decay_t<decltype(config)>, EfficientNetConfig>)
          return efficientnet_forward(o, x, config);
        else
          return resnet_forward(o, x, config);
      },
      architecture.network);
}

}  // namespace ootd
