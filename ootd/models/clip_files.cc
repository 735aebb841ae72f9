// CLIP's networks as open_clip's and transformers' configurations describe them (foreign_config.h).
#include <array>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/models/foreign_config.h"

namespace ootd {
namespace {

void require_clip_epsilon(const Fields& fields, const char* name) {
  if (std::abs(fields.get_or<double>(name, clip::kEps) - clip::kEps) > 1e-9)
    fields.refuse(name, "CLIP's layer norms have 1e-5");
}

// --- open_clip (model.py: CLIPVisionCfg, CLIPTextCfg; what a file leaves out is their default)

int clip_hidden_size(const Fields& tower, int width) {
  const double hidden = width * tower.get_or<double>("mlp_ratio", 4.0);
  if (!(hidden >= 1 && hidden <= Limits::kHidden)) tower.refuse("mlp_ratio", "the hidden layer's size is out of range");
  return static_cast<int>(hidden);
}

Activation read_activation(const Fields& model, const Fields& tower) {
  if (model.get_or("quick_gelu", false)) return Activation::kQuickGelu;
  const Fields arguments = tower.object_or_empty("act_kwargs");
  const auto approximate = arguments.get_or<std::string>("approximate", "none");
  if (approximate != "none" && approximate != "tanh") arguments.refuse("approximate", "known: none tanh");
  return approximate == "tanh" ? Activation::kGeluTanh : Activation::kGelu;
}

// Variants of the blocks that change what is computed.
void require_plain_blocks(const Fields& tower) {
  for (const char* name :
       {"qk_norm", "scaled_cosine_attn", "scale_heads", "scale_attn_inner", "scale_attn", "scale_fc"})
    tower.require(name, false, false, "CLIP's plain blocks have none of it");
  if (tower.has("ls_init_value")) tower.refuse("ls_init_value", "CLIP's plain blocks have no layer scale");
  require_clip_epsilon(tower.object_or_empty("norm_kwargs"), "eps");
}

TransformerTower read_open_clip_image(const Fields& model, const Fields& vision, ClipConfig& clip, int& side) {
  if (vision.has("layers") && !vision.json()["layers"].is_number())
    vision.refuse("layers", "a ResNet; of CLIP's image towers only vision transformers can be read");
  require_plain_blocks(vision);
  vision.require("attentional_pool", false, false, "CLIP takes the class token");
  vision.require<std::string>("pool_type", "tok", "tok", "CLIP takes the class token");
  vision.require("no_ln_pre", false, false, "CLIP has a layer norm before its blocks");
  vision.require<std::string>("pos_embed_type", "learnable", "learnable", "CLIP's positions are learned");
  side = vision.whole_or("image_size", 224, 1, Limits::kSide);
  clip.patch = vision.whole_or("patch_size", 16, 1, Limits::kSide);
  TransformerTower tower;
  tower.width = vision.whole_or("width", 768, 1, Limits::kWidth);
  tower.layers = vision.whole_or("layers", 12, 1, Limits::kLayers);
  tower.heads = tower.width / vision.whole_or("head_width", 64, 1, tower.width);
  tower.hidden = clip_hidden_size(vision, tower.width);
  tower.activation = read_activation(model, vision);
  return tower;
}

TransformerTower read_clip_text(const Fields& model, const Fields& text, ClipConfig& clip) {
  if (text.has("hf_model_name")) text.refuse("hf_model_name", "of text towers CLIP's and SigLIP's own can be read");
  require_plain_blocks(text);
  text.require("embed_cls", false, false, "CLIP's text tower has no class token");
  text.require("no_causal_mask", false, false, "CLIP's text tower is causal");
  text.require("proj_bias", false, false, "CLIP's projection has no bias");
  text.require<std::string>("proj_type", "linear", "linear", "CLIP's text tower ends in a projection");
  const auto pool = text.get_or<std::string>("pool_type", "argmax");
  if (pool != "argmax" && pool != "eos") text.refuse("pool_type", "known for CLIP: argmax eos");
  if (pool == "eos") clip.end_mark = text.whole_or("eos_id", 2, 0, Limits::kVocabulary);
  clip.vocabulary = text.whole_or("vocab_size", 49'408, 1, Limits::kVocabulary);
  clip.context = text.whole_or("context_length", 77, 1, Limits::kTokens);
  TransformerTower tower;
  tower.width = text.whole_or("width", 512, 1, Limits::kWidth);
  tower.layers = text.whole_or("layers", 12, 1, Limits::kLayers);
  tower.heads = text.whole_or("heads", 8, 1, Limits::kWidth);
  tower.hidden = clip_hidden_size(text, tower.width);
  tower.activation = read_activation(model, text);
  return tower;
}

// --- transformers (configuration_clip.py)

TransformerTower read_clip_tower(const Fields& fields, const TransformerTower& published) {
  require_clip_epsilon(fields, "layer_norm_eps");
  TransformerTower tower = {fields.whole_or("hidden_size", published.width, 1, Limits::kWidth),
                            fields.whole_or("num_hidden_layers", published.layers, 1, Limits::kLayers),
                            fields.whole_or("num_attention_heads", published.heads, 1, Limits::kWidth),
                            fields.whole_or("intermediate_size", published.hidden, 1, Limits::kHidden)};
  const auto activation = fields.get_or<std::string>("hidden_act", "quick_gelu");
  if (activation == "gelu")
    tower.activation = Activation::kGelu;
  else if (activation == "gelu_pytorch_tanh" || activation == "gelu_new")
    tower.activation = Activation::kGeluTanh;
  else if (activation == "quick_gelu")
    tower.activation = Activation::kQuickGelu;
  else
    fields.refuse("hidden_act", "known: quick_gelu gelu gelu_pytorch_tanh");
  return tower;
}

// Old files state a tower twice; what stands in "..._config_dict" wins.
Fields tower_of(const Fields& file, const std::string& name) {
  const std::string older = name + "_dict";
  if (!file.has(older.c_str())) return file.object_or_empty(name.c_str());
  Json merged = file.object_or_empty(name.c_str()).json();
  merged.update(file.object(older.c_str()).json());
  return {std::move(merged), file.where() + ": " + name};
}

}  // namespace

void read_open_clip_clip(const Fields& model, ModelConfig& config, int& side) {
  ClipConfig clip;
  const Fields text = model.object("text_cfg");
  clip.image = read_open_clip_image(model, model.object("vision_cfg"), clip, side);
  clip.text = read_clip_text(model, text, clip);
  clip.dim = model.whole("embed_dim", 1, Limits::kWidth);
  // Its own tokenizer makes lower case by default; one of the hub does so itself.
  const std::string clean = text.has("hf_tokenizer_name") ? "whitespace" : "lower";
  text.object_or_empty("tokenizer_kwargs").require("clean", clean, clean, "known for this tokenizer: " + clean);
  config.network = clip;
  config.text = TextSpec{clip.context, Cleaning::kOpenClip};
}

void read_transformers_clip(const Fields& file, ModelConfig& config) {
  const bool both = file.get<std::string>("model_type") == "clip";
  if (!both) {
    const auto classes = file.get_or<std::vector<std::string>>("architectures", {});
    if (classes != std::vector<std::string>{"CLIPVisionModelWithProjection"})
      file.refuse("architectures", "of image towers alone only CLIPVisionModelWithProjection can be read");
  }
  const ClipConfig published;
  const Fields vision = both ? tower_of(file, "vision_config") : file;
  ClipConfig clip;
  clip.image = read_clip_tower(vision, published.image);
  clip.patch = vision.whole_or("patch_size", published.patch, 1, Limits::kSide);
  clip.dim = file.whole_or("projection_dim", published.dim, 1, Limits::kWidth);
  vision.whole_or("num_channels", 3, 3, 3);
  config.input.width = config.input.height = vision.whole_or("image_size", 224, 1, Limits::kSide);
  clip.has_text = both;
  if (both) {
    const Fields text = tower_of(file, "text_config");
    clip.text = read_clip_tower(text, published.text);
    clip.vocabulary = text.whole_or("vocab_size", published.vocabulary, 1, Limits::kVocabulary);
    clip.context = text.whole_or("max_position_embeddings", published.context, 1, Limits::kTokens);
    const int end_mark = text.whole_or("eos_token_id", 49'407, 0, Limits::kVocabulary);
    constexpr int kWrongInOldFiles = 2;  // modeling_clip.py, CLIPTextTransformer.forward
    clip.end_mark = end_mark == kWrongInOldFiles ? -1 : end_mark;
  }
  config.network = clip;
}

}  // namespace ootd
