// What the towers of SigLIP and CLIP have in common: pre-norm transformer blocks (Vaswani et al. 2017; Dosovitskiy et
// al. 2021), with open_clip's names.
#pragma once

#include <string>

#include "ootd/models/ops.h"

namespace ootd {

struct TransformerTower {
  int width = 768, layers = 12, heads = 12, hidden = 3072;
  // It belongs to the checkpoint. SigLIP: timm and open_clip compute the exact GELU in most sizes; transformers, and
  // open_clip's SigLIP-2 text towers, the tanh approximation. CLIP: OpenAI's weights want kQuickGelu, LAION's kGelu.
  Activation activation = Activation::kGelu;
  friend bool operator==(const TransformerTower&, const TransformerTower&) = default;
};

namespace transformer {

struct MlpNames {
  std::string fc1, fc2;
};

template <Ops O>
typename O::Tensor mlp(O& o, const typename O::Tensor& x, const MlpNames& names, const TransformerTower& tower) {
  const auto hidden = o.activate(o.linear(x, names.fc1, {.out = tower.hidden}), tower.activation);
  return o.linear(hidden, names.fc2, {.out = tower.width});
}

// qkv: [N, T, 3 * width], queries, keys and values side by side
template <Ops O>
typename O::Tensor self_attention(O& o, const typename O::Tensor& qkv, const TransformerTower& tower,
                                  Mask mask = Mask::kNone) {
  const int w = tower.width;
  return o.attention(o.columns(qkv, 0, w), o.columns(qkv, w, w), o.columns(qkv, 2 * w, w), tower.heads, mask);
}

// prefix + "0.", "1.", ...: x [N, T, width] -> the same
template <Ops O>
typename O::Tensor residual_blocks(O& o, typename O::Tensor x, const std::string& prefix, const TransformerTower& tower,
                                   float eps, Mask mask) {
  for (int layer = 0; layer < tower.layers; ++layer) {
    const std::string block = prefix + std::to_string(layer) + ".";
    auto y =
        o.linear(o.layer_norm(x, block + "ln_1", eps), block + "attn.in_proj", {.out = 3 * tower.width, .joint = '_'});
    y = o.linear(self_attention(o, y, tower, mask), block + "attn.out_proj", {.out = tower.width});
    x = o.add(x, o.drop_path(y, layer, tower.layers));
    y = mlp(o, o.layer_norm(x, block + "ln_2", eps), {block + "mlp.c_fc", block + "mlp.c_proj"}, tower);
    x = o.add(x, o.drop_path(y, layer, tower.layers));
  }
  return x;
}

}  // namespace transformer
}  // namespace ootd
