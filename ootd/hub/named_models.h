// The models that `ootd models pull NAME` knows, one row each; any other comes by its address (source.h).
#pragma once

#include <string_view>

#include "ootd/base/input_spec.h"
#include "ootd/models/model.h"

namespace ootd {

struct NamedModel {
  std::string_view name;     // also the folder's
  std::string_view source;   // hf:owner/name, or torchvision:FILE
  std::string_view licence;  // of the weights
  int megabytes;             // of a pull, about
  // hf: the weight files wanted, separated by spaces, since such a repository holds several sets; empty: its best.
  std::string_view weights;
  std::string_view architecture;  // a row of kArchitectures: what it is, before anything is fetched
  // torchvision: what its bare file of weights does not say.
  int resize_side = 0;
  Interpolation filter = Interpolation::kBilinear;
};

// torchvision's second weights of an architecture (a longer recipe, resized to 232) are named -v2; the digits in a
// file's name begin its SHA-256. Its models see 224 x 224 pixels.
inline constexpr NamedModel kNamedModels[] = {
    {"marqo-fashionsiglip", "hf:Marqo/marqo-fashionSigLIP", "Apache-2.0", 816, "open_clip_model.safetensors",
     "siglip_b16"},
    {"marqo-fashionsiglip-onnx", "hf:Marqo/marqo-fashionSigLIP", "Apache-2.0", 816,
     "onnx/vision_model.onnx onnx/text_model.onnx", "siglip_b16"},
    {"siglip2-base", "hf:google/siglip2-base-patch16-224", "Apache-2.0", 1540, "model.safetensors", "siglip2_b16"},
    {"fashion-clip", "hf:patrickjohncyh/fashion-clip", "MIT", 609, {}, "clip_b32"},
    {"marqo-fashionclip", "hf:Marqo/marqo-fashionCLIP", "Apache-2.0", 602, {}, "clip_b16"},
    {"clip-b32", "hf:openai/clip-vit-base-patch32", "MIT", 609, {}, "clip_b32"},
    {"clip-b16", "hf:openai/clip-vit-base-patch16", "MIT", 602, {}, "clip_b16"},
    {"clip-l14", "hf:openai/clip-vit-large-patch14", "MIT", 1714, {}, "clip_l14"},
    {"resnet18", "torchvision:resnet18-f37072fd.pth", "BSD-3-Clause", 47, {}, "resnet18", 256},
    {"resnet50", "torchvision:resnet50-0676ba61.pth", "BSD-3-Clause", 102, {}, "resnet50", 256},
    {"resnet50-v2", "torchvision:resnet50-11ad3fa6.pth", "BSD-3-Clause", 102, {}, "resnet50", 232},
    {"resnext50_32x4d", "torchvision:resnext50_32x4d-7cdf4587.pth", "BSD-3-Clause", 100, {}, "resnext50_32x4d", 256},
    {"resnext50_32x4d-v2", "torchvision:resnext50_32x4d-1a0047aa.pth", "BSD-3-Clause", 100, {}, "resnext50_32x4d", 232},
    {"resnext101_32x8d", "torchvision:resnext101_32x8d-8ba56ff5.pth", "BSD-3-Clause", 356, {}, "resnext101_32x8d", 256},
    {"resnext101_32x8d-v2",
     "torchvision:resnext101_32x8d-110c445d.pth",
     "BSD-3-Clause",
     356,
     {},
     "resnext101_32x8d",
     232},
    {"efficientnet_b0",
     "torchvision:efficientnet_b0_rwightman-7f5810bc.pth",
     "BSD-3-Clause",
     21,
     {},
     "efficientnet_b0",
     256,
     Interpolation::kBicubic},
};

// By its name, whatever its case, or by its source ("hf:Marqo/marqo-fashionSigLIP", with or without "hf:"). Null if
// none.
const NamedModel* find_named_model(std::string_view name);

// What is known of it before anything is fetched: the published sizes and how pictures are prepared.
ModelConfig described(const NamedModel& row);

}  // namespace ootd
