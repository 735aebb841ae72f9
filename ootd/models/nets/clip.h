// CLIP (Radford et al. 2021): a ViT with a class token and a causal text transformer into one space. Weight names as
// in OpenAI's code and open_clip; layouts.h maps transformers' to them.
#pragma once

#include "ootd/models/nets/transformer.h"

namespace ootd {

struct ClipConfig {
  TransformerTower image = {768, 12, 12, 3072, Activation::kQuickGelu};
  int patch = 32;
  int dim = 512;  // of the common space
  bool has_text = true;
  TransformerTower text = {512, 12, 8, 2048, Activation::kQuickGelu};
  int vocabulary = 49'408, context = 77;
  // The end mark, whose first place in a text holds the sentence; -1: the largest number there is it, as OpenAI's code
  // takes it (transformers too, where a configuration's eos_token_id is the 2 of old files).
  int end_mark = -1;
  friend bool operator==(const ClipConfig&, const ClipConfig&) = default;
};

namespace clip {

inline constexpr float kEps = 1e-5f;

}  // namespace clip

// x: [N, 3, H, W], normalised as the checkpoint's InputSpec says -> [N, dim], not of unit length.
template <Ops O>
typename O::Tensor clip_image_forward(O& o, typename O::Tensor x, const ClipConfig& config) {
  const TransformerTower& tower = config.image;
  x = o.conv2d(x, "visual.conv1", {.out = tower.width, .kernel = config.patch, .stride = config.patch});
  x = o.prepend(o.tokens(x), o.parameter("visual.class_embedding", {tower.width}));
  x = o.add(x, o.parameter("visual.positional_embedding", {o.channels(x), tower.width}));
  x = o.layer_norm(x, "visual.ln_pre", clip::kEps);
  x = transformer::residual_blocks(o, x, "visual.transformer.resblocks.", tower, clip::kEps, Mask::kNone);
  x = o.layer_norm(o.token(x, 0), "visual.ln_post", clip::kEps);
  return o.linear(x, "visual.proj", {.out = config.dim, .bias = false, .matrix = true});
}

// ids: [N, context] token numbers, padded behind the end mark -> [N, dim], not of unit length. A token sees those
// before it only, so what pads a text does not matter.
template <Ops O>
typename O::Tensor clip_text_forward(O& o, const typename O::Tensor& ids, const ClipConfig& config) {
  const TransformerTower& tower = config.text;
  typename O::Tensor x = o.embedding(ids, "token_embedding", {config.vocabulary, tower.width});
  x = o.add(x, o.parameter("positional_embedding", {config.context, tower.width}));
  x = transformer::residual_blocks(o, x, "transformer.resblocks.", tower, clip::kEps, Mask::kCausal);
  x = o.layer_norm(o.token_of(x, ids, config.end_mark), "ln_final", clip::kEps);
  return o.linear(x, "text_projection", {.out = config.dim, .bias = false, .matrix = true});
}

// What the softmax of the loss was scaled with: exp(logit_scale).
template <Ops O>
void clip_logit_weights(O& o) {
  o.parameter("logit_scale", {});
}

}  // namespace ootd
