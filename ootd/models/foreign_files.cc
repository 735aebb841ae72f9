// The single configuration files of foreign_config.h.
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
  SiglipTower tower;
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
  if (!vision.has(kField))
    vision.refuse(kField, "only SigLIP's image towers can be read, which open_clip takes from timm");
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

template <class T>
void require(const Fields& fields, const char* name, const T& fallback, const T& wanted, const std::string& why) {
  if (fields.get_or<T>(name, fallback) != wanted) fields.refuse(name, why);
}

InputSpec read_open_clip_input(const Fields& fields, int side) {
  InputSpec input;
  input.width = input.height = side;  // open_clip ignores a size in preprocess_cfg, too
  const auto mode = fields.get<std::string>("resize_mode");
  if (mode == "shortest") {
    input.fit = Fit::kCenterCrop;
    input.resize_side = side;
  } else if (mode != "squash") {
    fields.refuse("resize_mode", "known: squash shortest");
  }
  const auto filter = fields.get<std::string>("interpolation");
  if (filter != "bicubic" && filter != "bilinear") fields.refuse("interpolation", "known: bicubic bilinear");
  input.filter = filter == "bicubic" ? Interpolation::kBicubic : Interpolation::kBilinear;
  input.mean = fields.get<std::array<float, 3>>("mean");
  input.std = fields.get<std::array<float, 3>>("std");
  require<std::string>(fields, "mode", "RGB", "RGB", "pictures are made RGB");
  check_input(input, fields.where());
  return input;
}

SiglipTower read_open_clip_text(const Fields& text) {
  require<std::string>(text, "pool_type", "argmax", "last", "SigLIP's text towers take the last token");
  require(text, "no_causal_mask", false, true, "SigLIP's text towers have no mask");
  require(text, "proj_bias", false, true, "SigLIP's text towers end in a linear layer with bias");
  require<std::string>(text, "proj_type", "linear", "linear", "SigLIP's text towers end in a linear layer");
  require_epsilon(text.object_or_empty("norm_kwargs"), "eps");
  SiglipTower tower = {text.whole("width", 1, Limits::kWidth), text.whole("layers", 1, Limits::kLayers),
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
SiglipTower read_transformers_tower(const Fields& tower) {
  require_epsilon(tower, "layer_norm_eps");
  SiglipTower read = {tower.whole_or("hidden_size", 768, 1, Limits::kWidth),
                      tower.whole_or("num_hidden_layers", 12, 1, Limits::kLayers),
                      tower.whole_or("num_attention_heads", 12, 1, Limits::kWidth),
                      tower.whole_or("intermediate_size", 3072, 1, Limits::kHidden)};
  const auto activation = tower.get_or<std::string>("hidden_act", "gelu_pytorch_tanh");
  if (activation != "gelu" && activation != "gelu_pytorch_tanh")
    tower.refuse("hidden_act", "known: gelu gelu_pytorch_tanh");
  read.activation = activation == "gelu" ? Activation::kGelu : Activation::kGeluTanh;
  return read;
}

}  // namespace

void read_open_clip_config(const Fields& file, ModelConfig& config) {
  const Fields model = file.object("model_cfg");
  const Fields vision = model.object("vision_cfg"), text = model.object("text_cfg");
  SiglipConfig siglip;
  int side = 0;
  read_timm_tower(vision, siglip, side);
  require<std::string>(vision, "timm_pool", "map", "map", "SigLIP pools by attention");
  require<std::string>(vision, "timm_proj", "none", "none", "SigLIP's image tower has no projection");
  if (vision.whole_or("image_size", side, 1, Limits::kSide) != side)
    vision.refuse("image_size", "the tower's name says " + std::to_string(side));
  if (model.whole("embed_dim", 1, Limits::kWidth) != siglip.image.width)
    model.refuse("embed_dim", "the image tower's width is " + std::to_string(siglip.image.width));
  siglip.text = read_open_clip_text(text);
  siglip.vocabulary = text.whole("vocab_size", 1, Limits::kVocabulary);
  siglip.context = text.whole("context_length", 1, Limits::kTokens);
  const Fields tokenizer = text.object_or_empty("tokenizer_kwargs");
  require<std::string>(tokenizer, "clean", "whitespace", "canonicalize", "known: canonicalize");
  config.network = siglip;
  config.text = TextSpec{siglip.context, Cleaning::kCanonicalize};
  config.input = read_open_clip_input(file.object("preprocess_cfg"), side);
}

void read_transformers_config(const Fields& file, ModelConfig& config) {
  const auto type = file.get_or<std::string>("model_type", "");
  if (type == "siglip2")
    file.refuse("model_type",
                "NaFlex models, which take pictures of any size, are not supported; SigLIP 2 of a fixed "
                "resolution is");
  if (type != "siglip" && type != "siglip_vision_model")
    file.refuse("model_type", "known: siglip siglip_vision_model, and ootd's own files, which have a \"format\"");
  if (file.has("open_clip_model_name") && !file.has("vision_config"))
    file.refuse("open_clip_model_name", "this file does not describe the network; fetch its open_clip_config.json too");
  const Fields vision = type == "siglip" ? file.object_or_empty("vision_config") : file;
  SiglipConfig siglip;
  siglip.image = read_transformers_tower(vision);
  siglip.patch = vision.whole_or("patch_size", 16, 1, Limits::kSide);
  require(vision, "vision_use_head", true, true, "the pooling head is the embedding");
  vision.whole_or("num_channels", 3, 3, 3);
  config.input.width = config.input.height = vision.whole_or("image_size", 224, 1, Limits::kSide);
  siglip.has_text = type == "siglip";
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

InputSpec read_preprocessor_config(const Fields& file) {
  InputSpec input;
  // What is switched on and not known here would change the pixels.
  constexpr std::string_view kKnown[] = {"do_resize", "do_rescale", "do_normalize", "do_convert_rgb", "do_center_crop"};
  for (const auto& [key, value] : file.json().items())
    if (key.starts_with("do_") && value != false && !value.is_null() &&
        std::find(std::begin(kKnown), std::end(kKnown), key) == std::end(kKnown))
      file.refuse(key.c_str(), "this step is not known");
  if (file.has("max_num_patches")) file.refuse("max_num_patches", "NaFlex models are not supported");
  require(file, "do_resize", true, true, "pictures are always resized");
  require(file, "do_rescale", true, true, "pixels are always divided by 255");
  require(file, "do_convert_rgb", true, true, "pictures are always made RGB");
  if (std::abs(file.get_or<double>("rescale_factor", 1.0 / 255) * 255 - 1) > 1e-6)
    file.refuse("rescale_factor", "pixels are always divided by 255");
  const int resample = file.whole("resample", 0, 5);
  if (resample != 2 && resample != 3) file.refuse("resample", "known: 2 (bilinear), 3 (bicubic)");
  input.filter = resample == 2 ? Interpolation::kBilinear : Interpolation::kBicubic;

  const auto window = [&](const Fields& size) {
    input.width = size.whole("width", 1, Limits::kSide);
    input.height = size.whole("height", 1, Limits::kSide);
  };
  const Fields size = file.object("size");
  if (file.get_or("do_center_crop", false)) {
    input.fit = Fit::kCenterCrop;
    window(file.object("crop_size"));
    input.resize_side = size.whole("shortest_edge", std::max(input.width, input.height), 2 * Limits::kSide);
  } else {
    window(size);
  }
  if (file.get_or("do_normalize", true)) {
    input.mean = file.get<std::array<float, 3>>("image_mean");
    input.std = file.get<std::array<float, 3>>("image_std");
  } else {
    input.mean = {0, 0, 0};
    input.std = {1, 1, 1};
  }
  check_input(input, file.where());
  return input;
}

// A tokenizer class cleans in its own way. open_clip's repositories carry T5's class and canonicalize before it.
Cleaning read_cleaning(const std::optional<Fields>& tokenizer_config, int vocabulary) {
  const std::string name = tokenizer_config ? tokenizer_config->get_or<std::string>("tokenizer_class", "") : "";
  if (name.starts_with("GemmaTokenizer") || vocabulary == registry::kGemmaVocabulary) return Cleaning::kLowercase;
  if (name.starts_with("T5Tokenizer")) return Cleaning::kCanonicalize;
  if (tokenizer_config && !name.empty() && !name.starts_with("SiglipTokenizer"))
    tokenizer_config->refuse("tokenizer_class", "known: SiglipTokenizer GemmaTokenizer T5Tokenizer");
  return Cleaning::kSiglip;
}

}  // namespace ootd
