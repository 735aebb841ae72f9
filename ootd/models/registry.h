// The architectures that ootd knows, one row each. To add one: docs/adding-a-model.md.
#pragma once

#include <string_view>
#include <variant>

#include "ootd/models/nets/clip.h"
#include "ootd/models/nets/efficientnet.h"
#include "ootd/models/nets/resnet.h"
#include "ootd/models/nets/siglip.h"

namespace ootd {

// Towers that came as ONNX files: what they compute is in them, only their width is known here.
struct OnnxTowers {
  int dim = 0;
  bool has_text = false;
  friend bool operator==(const OnnxTowers&, const OnnxTowers&) = default;
};

using Network = std::variant<EfficientNetConfig, ResNetConfig, SiglipConfig, ClipConfig, OnnxTowers>;

struct Architecture {
  std::string_view name;
  int input_px;                 // the side it was published with; a checkpoint's InputSpec decides
  std::string_view classifier;  // prefix of the weights behind the features, which an encoder does not use
  Network network;
};

namespace registry {

inline constexpr TransformerTower kLarge = {1024, 24, 16, 4096, Activation::kGelu};
inline constexpr TransformerTower kSo400m = {1152, 27, 16, 4304, Activation::kGelu};
constexpr TransformerTower tanh(TransformerTower tower) {
  tower.activation = Activation::kGeluTanh;
  return tower;
}
constexpr TransformerTower quick(TransformerTower tower) {
  tower.activation = Activation::kQuickGelu;
  return tower;
}
inline constexpr int kGemmaVocabulary = 256'000;

}  // namespace registry

inline constexpr Architecture kArchitectures[] = {
    {"efficientnet_lite0", 224, "_fc.", EfficientNetConfig{1.0, 1.0, true, 1e-3f}},
    {"efficientnet_lite1", 240, "_fc.", EfficientNetConfig{1.0, 1.1, true, 1e-3f}},
    {"efficientnet_lite2", 260, "_fc.", EfficientNetConfig{1.1, 1.2, true, 1e-3f}},
    {"efficientnet_lite3", 280, "_fc.", EfficientNetConfig{1.2, 1.4, true, 1e-3f}},
    {"efficientnet_lite4", 300, "_fc.", EfficientNetConfig{1.4, 1.8, true, 1e-3f}},
    {"efficientnet_b0", 224, "classifier.", EfficientNetConfig{1.0, 1.0}},
    {"efficientnet_b1", 240, "classifier.", EfficientNetConfig{1.0, 1.1}},
    {"efficientnet_b2", 288, "classifier.", EfficientNetConfig{1.1, 1.2}},
    {"efficientnet_b3", 300, "classifier.", EfficientNetConfig{1.2, 1.4}},
    {"efficientnet_b4", 380, "classifier.", EfficientNetConfig{1.4, 1.8}},
    {"efficientnet_b5", 456, "classifier.", EfficientNetConfig{1.6, 2.2, false, 1e-3f}},
    {"efficientnet_b6", 528, "classifier.", EfficientNetConfig{1.8, 2.6, false, 1e-3f}},
    {"efficientnet_b7", 600, "classifier.", EfficientNetConfig{2.0, 3.1, false, 1e-3f}},
    {"resnet18", 224, "fc.", ResNetConfig{{2, 2, 2, 2}, false}},
    {"resnet34", 224, "fc.", ResNetConfig{{3, 4, 6, 3}, false}},
    {"resnet50", 224, "fc.", ResNetConfig{{3, 4, 6, 3}}},
    {"resnet101", 224, "fc.", ResNetConfig{{3, 4, 23, 3}}},
    {"resnet152", 224, "fc.", ResNetConfig{{3, 8, 36, 3}}},
    {"resnext50_32x4d", 224, "fc.", ResNetConfig{{3, 4, 6, 3}, true, 32, 4}},
    {"resnext101_32x8d", 224, "fc.", ResNetConfig{{3, 4, 23, 3}, true, 32, 8}},
    {"resnext101_64x4d", 224, "fc.", ResNetConfig{{3, 4, 23, 3}, true, 64, 4}},
    {"siglip_b16", 224, "", SiglipConfig{}},
    {"siglip_l16", 256, "", SiglipConfig{registry::kLarge, 16, true, registry::kLarge}},
    {"siglip_so400m14", 384, "", SiglipConfig{registry::kSo400m, 14, true, registry::kSo400m}},
    {"siglip2_b16", 224, "",
     SiglipConfig{{}, 16, true, registry::tanh(TransformerTower{}), registry::kGemmaVocabulary}},
    {"siglip2_l16", 256, "",
     SiglipConfig{registry::kLarge, 16, true, registry::tanh(registry::kLarge), registry::kGemmaVocabulary}},
    {"siglip2_so400m14", 384, "",
     SiglipConfig{registry::kSo400m, 14, true, registry::tanh(registry::kSo400m), registry::kGemmaVocabulary}},
    {"siglip2_so400m16", 256, "",
     SiglipConfig{registry::tanh(registry::kSo400m), 16, true, registry::tanh(registry::kSo400m),
                  registry::kGemmaVocabulary}},
    {"clip_b32", 224, "", ClipConfig{}},
    {"clip_b16", 224, "", ClipConfig{.patch = 16}},
    {"clip_l14", 224, "",
     ClipConfig{.image = registry::quick(registry::kLarge),
                .patch = 14,
                .dim = 768,
                .text = {768, 12, 12, 3072, Activation::kQuickGelu}}},
    {"onnx", 224, "", OnnxTowers{}},
};

// Null if there is none of this name.
const Architecture* find_architecture(std::string_view name);

// Width of the pooled features.
int feature_dim(const Network& network);
bool has_text_tower(const Network& network);
// Numbers that a text tower's tokens may have: 0 .. this - 1; 0 if only an ONNX graph knows.
int vocabulary_of(const Network& network);
bool is_transformer(const Network& network);

// x: [N, 3, H, W] -> [N, feature_dim]. Not for OnnxTowers, whose layers are in their file.
template <Ops O>
typename O::Tensor features_forward(O& o, typename O::Tensor x, const Network& network) {
  return std::visit(
      [&](const auto& config) -> typename O::Tensor {
        using Config = std::decay_t<decltype(config)>;
        if constexpr (std::is_same_v<Config, EfficientNetConfig>)
          return efficientnet_forward(o, x, config);
        else if constexpr (std::is_same_v<Config, ResNetConfig>)
          return resnet_forward(o, x, config);
        else if constexpr (std::is_same_v<Config, SiglipConfig>)
          return siglip_image_forward(o, x, config);
        else if constexpr (std::is_same_v<Config, ClipConfig>)
          return clip_image_forward(o, x, config);
        else
          return x;
      },
      network);
}

// ids: [N, context] -> [N, feature_dim]. Only with has_text_tower(), and not for OnnxTowers.
template <Ops O>
typename O::Tensor text_features_forward(O& o, const typename O::Tensor& ids, const Network& network) {
  if (const auto* clip = std::get_if<ClipConfig>(&network)) return clip_text_forward(o, ids, *clip);
  return siglip_text_forward(o, ids, std::get<SiglipConfig>(network));
}

}  // namespace ootd
