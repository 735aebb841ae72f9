// The configuration files of open_clip and transformers (foreign_config.h): SigLIP's networks here, CLIP's in
// clip_files.cc.
#include <charconv>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/models/foreign_config.h"

namespace ootd {
namespace {

void require_epsilon(const Fields& fields, const char* name) {
  if (std::abs(fields.get_or<double>(name, siglip::kEps) - siglip::kEps) > 1e-9)
    fields.refuse(name, "SigLIP's layer norms have 1e-6");
}

// --- open_clip

struct TimmTower {
  std::string_view name;
  TransformerTower tower;
};
constexpr TimmTower kTimmTowers[] = {
    {"vit_base_patch", {768, 12, 12, 3072}},
    {"vit_large_patch", {1024, 24, 16, 4096}},
    {"vit_so400m_patch", {1152, 27, 16, 4304}},
    {"vit_giantopt_patch", {1536, 40, 16, 6144}},
};

// timm's vision_transformer.py, by the names of its models: these have act_layer="gelu_tanh", the others erf.
bool timm_uses_tanh(std::string_view size, int patch, int side) {
  return (size == "vit_base_patch" && patch == 32) || (size == "vit_large_patch" && side == 512) ||
         (size == "vit_so400m_patch" && patch == 16) || size == "vit_giantopt_patch";
}

// "vit_base_patch16_siglip_224": size, patch, picture side
void read_timm_tower(const Fields& vision, SiglipConfig& siglip, int& side) {
  constexpr const char* kField = "timm_model_name";
  const auto full = vision.get<std::string>(kField);
  const std::string name = full.substr(0, full.find('.'));  // a tag of pretrained weights may follow
  if (name.find("_gap_") != std::string::npos)
    vision.refuse(kField, "a tower without attention pooling; only those with it can be read");
  for (const auto& row : kTimmTowers) {
    if (!name.starts_with(row.name)) continue;
    const char *at = name.data() + row.name.size(), *const end = name.data() + name.size();
    const auto patch = std::from_chars(at, end, siglip.patch);
    constexpr std::string_view kMiddle = "_siglip_";
    if (patch.ec != std::errc() || !std::string_view(patch.ptr, end).starts_with(kMiddle)) break;
    const auto last = std::from_chars(patch.ptr + kMiddle.size(), end, side);
    const bool known = siglip.patch == 14 || siglip.patch == 16 || siglip.patch == 32;
    if (last.ec != std::errc() || last.ptr != end || side < 1 || side > Limits::kSide || !known) break;
    siglip.image = row.tower;
    if (timm_uses_tanh(row.name, siglip.patch, side)) siglip.image.activation = Activation::kGeluTanh;
    return;
  }
  vision.refuse(kField, "known: vit_{base,large,so400m,giantopt}_patch{14,16,32}_siglip_SIDE");
}

TransformerTower read_open_clip_text(const Fields& text) {
  text.require<std::string>("pool_type", "argmax", "last", "SigLIP's text towers take the last token");
  text.require("no_causal_mask", false, true, "SigLIP's text towers have no mask");
  text.require("proj_bias", false, true, "SigLIP's text towers end in a linear layer with bias");
  text.require<std::string>("proj_type", "linear", "linear", "SigLIP's text towers end in a linear layer");
  require_epsilon(text.object_or_empty("norm_kwargs"), "eps");
  TransformerTower tower = {text.whole("width", 1, Limits::kWidth), text.whole("layers", 1, Limits::kLayers),
                            text.whole("heads", 1, Limits::kWidth)};
  const double hidden = tower.width * text.get_or<double>("mlp_ratio", 4.0);
  if (!(hidden >= 1 && hidden <= Limits::kHidden)) text.refuse("mlp_ratio", "the hidden layer's size is out of range");
  tower.hidden = static_cast<int>(hidden);
  const Fields activation = text.object_or_empty("act_kwargs");
  const auto approximate = activation.get_or<std::string>("approximate", "none");
  if (approximate != "none" && approximate != "tanh") activation.refuse("approximate", "known: none tanh");
  if (approximate == "tanh") tower.activation = Activation::kGeluTanh;
  return tower;
}

// --- transformers

// Published files leave out what equals the class's defaults (configuration_siglip.py).
TransformerTower read_transformers_tower(const Fields& tower) {
  require_epsilon(tower, "layer_norm_eps");
  TransformerTower read = {tower.whole_or("hidden_size", 768, 1, Limits::kWidth),
                           tower.whole_or("num_hidden_layers", 12, 1, Limits::kLayers),
                           tower.whole_or("num_attention_heads", 12, 1, Limits::kWidth),
                           tower.whole_or("intermediate_size", 3072, 1, Limits::kHidden)};
  const auto activation = tower.get_or<std::string>("hidden_act", "gelu_pytorch_tanh");
  if (activation != "gelu" && activation != "gelu_pytorch_tanh")
    tower.refuse("hidden_act", "known: gelu gelu_pytorch_tanh");
  read.activation = activation == "gelu" ? Activation::kGelu : Activation::kGeluTanh;
  return read;
}

void read_open_clip_siglip(const Fields& model, ModelConfig& config, int& side) {
  const Fields vision = model.object("vision_cfg"), text = model.object("text_cfg");
  SiglipConfig siglip;
  read_timm_tower(vision, siglip, side);
  vision.require<std::string>("timm_pool", "map", "map", "SigLIP pools by attention");
  vision.require<std::string>("timm_proj", "none", "none", "SigLIP's image tower has no projection");
  if (vision.whole_or("image_size", side, 1, Limits::kSide) != side)
    vision.refuse("image_size", "the tower's name says " + std::to_string(side));
  if (model.whole("embed_dim", 1, Limits::kWidth) != siglip.image.width)
    model.refuse("embed_dim", "the image tower's width is " + std::to_string(siglip.image.width));
  siglip.text = read_open_clip_text(text);
  siglip.vocabulary = text.whole("vocab_size", 1, Limits::kVocabulary);
  siglip.context = text.whole("context_length", 1, Limits::kTokens);
  const Fields tokenizer = text.object_or_empty("tokenizer_kwargs");
  tokenizer.require<std::string>("clean", "whitespace", "canonicalize", "known: canonicalize");
  config.network = siglip;
  config.text = TextSpec{siglip.context, Cleaning::kCanonicalize};
}

void read_transformers_siglip(const Fields& file, ModelConfig& config) {
  if (file.has("open_clip_model_name") && !file.has("vision_config"))
    file.refuse("open_clip_model_name", "this file does not describe the network; fetch its open_clip_config.json too");
  SiglipConfig siglip;
  siglip.has_text = file.get<std::string>("model_type") == "siglip";
  const Fields vision = siglip.has_text ? file.object_or_empty("vision_config") : file;
  siglip.image = read_transformers_tower(vision);
  siglip.patch = vision.whole_or("patch_size", 16, 1, Limits::kSide);
  vision.require("vision_use_head", true, true, "the pooling head is the embedding");
  vision.whole_or("num_channels", 3, 3, 3);
  config.input.width = config.input.height = vision.whole_or("image_size", 224, 1, Limits::kSide);
  if (siglip.has_text) {
    const Fields text = file.object_or_empty("text_config");
    siglip.text = read_transformers_tower(text);
    siglip.vocabulary = text.whole_or("vocab_size", 32'000, 1, Limits::kVocabulary);
    siglip.context = text.whole_or("max_position_embeddings", 64, 1, Limits::kTokens);
    if (text.whole_or("projection_size", siglip.text.width, 1, Limits::kWidth) != siglip.image.width)
      text.refuse("projection_size", "the image tower's vectors have " + std::to_string(siglip.image.width));
  }
  config.network = siglip;
}

}  // namespace

// What a file leaves out is open_clip's default (transform.py, PreprocessCfg): older ones state mean and std only.
InputSpec read_open_clip_input(const Fields& fields, int side) {
  InputSpec input;
  input.width = input.height = side;  // open_clip ignores a size in preprocess_cfg, too
  const auto mode = fields.get_or<std::string>("resize_mode", "shortest");
  if (mode == "shortest") {
    input.fit = Fit::kCenterCrop;
    input.resize_side = side;
  } else if (mode != "squash") {
    fields.refuse("resize_mode", "known: squash shortest");
  }
  const auto filter = fields.get_or<std::string>("interpolation", "bicubic");
  if (filter != "bicubic" && filter != "bilinear") fields.refuse("interpolation", "known: bicubic bilinear");
  input.filter = filter == "bicubic" ? Interpolation::kBicubic : Interpolation::kBilinear;
  input.mean = fields.get_or("mean", kClipMean);
  input.std = fields.get_or("std", kClipStd);
  fields.require<std::string>("mode", "RGB", "RGB", "pictures are made RGB");
  check_input(input, fields.where());
  return input;
}

void read_open_clip_config(const Fields& file, ModelConfig& config) {
  const Fields model = file.object("model_cfg");
  int side = 0;
  // SigLIP's image towers are timm's, CLIP's open_clip's own.
  if (model.object("vision_cfg").has("timm_model_name"))
    read_open_clip_siglip(model, config, side);
  else
    read_open_clip_clip(model, config, side);
  config.input = read_open_clip_input(file.object("preprocess_cfg"), side);
}

void read_transformers_config(const Fields& file, ModelConfig& config) {
  const auto type = file.get_or<std::string>("model_type", "");
  if (type == "siglip2")
    file.refuse("model_type",
                "NaFlex models, which take pictures of any size, are not supported; SigLIP 2 of a fixed "
                "resolution is");
  if (type == "siglip" || type == "siglip_vision_model") return read_transformers_siglip(file, config);
  if (type == "clip" || type == "clip_vision_model") return read_transformers_clip(file, config);
  file.refuse(
      "model_type",
      "known: siglip siglip_vision_model clip clip_vision_model, and ootd's own files, which have a \"format\"");
}

}  // namespace ootd
