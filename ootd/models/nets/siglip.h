// SigLIP (Zhai et al. 2023) and SigLIP 2 (Tschannen et al. 2025) at fixed resolution: an image and a text tower into
// one space. Weight names as in open_clip, whose image tower is timm's ViT; layouts.h maps the others to them.
#pragma once

#include <string>

#include "ootd/models/nets/transformer.h"

namespace ootd {

struct SiglipConfig {
  TransformerTower image;
  int patch = 16;
  bool has_text = true;
  TransformerTower text;
  int vocabulary = 32'000, context = 64;
  friend bool operator==(const SiglipConfig&, const SiglipConfig&) = default;
};

namespace siglip {

inline constexpr float kEps = 1e-6f;

}  // namespace siglip

// x: [N, 3, H, W], normalised as the checkpoint's InputSpec says -> [N, image.width], not of unit length.
template <Ops O>
typename O::Tensor siglip_image_forward(O& o, typename O::Tensor x, const SiglipConfig& config) {
  using namespace transformer;
  using siglip::kEps;
  using Tensor = typename O::Tensor;
  const TransformerTower& tower = config.image;
  const int width = tower.width;
  const std::string trunk = "visual.trunk.";
  x = o.conv2d(x, trunk + "patch_embed.proj",
               {.out = width, .kernel = config.patch, .stride = config.patch, .bias = true});
  x = o.tokens(x);
  x = o.add(x, o.parameter(trunk + "pos_embed", {1, o.channels(x), width}));
  for (int layer = 0; layer < tower.layers; ++layer) {
    const std::string block = trunk + "blocks." + std::to_string(layer) + ".";
    Tensor y = o.linear(o.layer_norm(x, block + "norm1", kEps), block + "attn.qkv", {.out = 3 * width});
    y = o.linear(self_attention(o, y, tower), block + "attn.proj", {.out = width});
    x = o.add(x, o.drop_path(y, layer, tower.layers));
    y = mlp(o, o.layer_norm(x, block + "norm2", kEps), {block + "mlp.fc1", block + "mlp.fc2"}, tower);
    x = o.add(x, o.drop_path(y, layer, tower.layers));
  }
  x = o.layer_norm(x, trunk + "norm", kEps);

  // Attention pooling: one learned query looks at all tokens. There is no residual to the query.
  const std::string pool = trunk + "attn_pool.";
  const Tensor query = o.linear(o.parameter(pool + "latent", {1, 1, width}), pool + "q", {.out = width});
  const Tensor keys_values = o.linear(x, pool + "kv", {.out = 2 * width});
  x = o.attention(query, o.columns(keys_values, 0, width), o.columns(keys_values, width, width), tower.heads);
  x = o.linear(o.token(x, 0), pool + "proj", {.out = width});
  return o.add(mlp(o, o.layer_norm(x, pool + "norm", kEps), {pool + "mlp.fc1", pool + "mlp.fc2"}, tower), x);
}

// ids: [N, context] token numbers, padded -> [N, image.width], not of unit length. There is no mask: padding takes
// part, as it did in training.
template <Ops O>
typename O::Tensor siglip_text_forward(O& o, typename O::Tensor ids, const SiglipConfig& config) {
  const TransformerTower& tower = config.text;
  typename O::Tensor x = o.embedding(ids, "text.token_embedding", {config.vocabulary, tower.width});
  x = o.add(x, o.parameter("text.positional_embedding", {config.context, tower.width}));
  x = transformer::residual_blocks(o, x, "text.transformer.resblocks.", tower, siglip::kEps, Mask::kNone);
  // The last position is always padding or the end mark; it was trained to hold the sentence.
  x = o.layer_norm(o.token(x, config.context - 1), "text.ln_final", siglip::kEps);
  return o.linear(x, "text.text_projection", {.out = config.image.width});
}

// The two learned numbers of the sigmoid loss: a pair of cosine c matches with probability sigmoid(exp(scale) c +
// bias).
template <Ops O>
void siglip_logit_weights(O& o) {
  o.parameter("logit_scale", {});
  o.parameter("logit_bias", {});
}

}  // namespace ootd
