// config.json: the fields that docs/formats.md lists, from and to ModelConfig.
#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/words.h"
#include "ootd/models/config_fields.h"
#include "ootd/models/model.h"
#include "ootd/models/shards.h"

namespace ootd {
namespace {

constexpr int kFormat = 1;

constexpr Word<Fit> kFits[] = {{"squash", Fit::kSquash}, {"center_crop", Fit::kCenterCrop}};
constexpr Word<Interpolation> kFilters[] = {{"bilinear", Interpolation::kBilinear},
                                            {"bicubic", Interpolation::kBicubic}};
constexpr Word<Cleaning> kCleanings[] = {{"canonicalize", Cleaning::kCanonicalize}, {"siglip", Cleaning::kSiglip},
                                         {"lowercase", Cleaning::kLowercase},       {"clip", Cleaning::kClip},
                                         {"open_clip", Cleaning::kOpenClip},        {"none", Cleaning::kNone}};
constexpr Word<Activation> kGelus[] = {
    {"gelu", Activation::kGelu}, {"gelu_tanh", Activation::kGeluTanh}, {"quick_gelu", Activation::kQuickGelu}};
constexpr Word<Centre> kCentres[] = {{"half_even", Centre::kHalfEven}, {"floor", Centre::kFloor}};
constexpr Word<PassOrder> kPassOrders[] = {{"horizontal_first", PassOrder::kHorizontalFirst},
                                           {"pillow13", PassOrder::kPillow13}};

template <class E, std::size_t N>
E parse_word(const Fields& fields, const char* name, const Word<E> (&words)[N]) {
  if (const auto value = find_word(fields.get<std::string>(name), words)) return *value;
  fields.refuse(name, "known: " + list_words(words));
}

InputSpec parse_input(const Fields& fields) {
  InputSpec input;
  input.width = fields.whole("width", 1, Limits::kSide);
  input.height = fields.whole("height", 1, Limits::kSide);
  input.fit = parse_word(fields, "fit", kFits);
  if (input.fit == Fit::kCenterCrop) {
    input.resize_side = fields.whole("resize_side", std::max(input.width, input.height), 2 * Limits::kSide);
    if (fields.has("centre")) input.centre = parse_word(fields, "centre", kCentres);
  }
  input.filter = parse_word(fields, "filter", kFilters);
  if (fields.has("pass_order")) input.pass_order = parse_word(fields, "pass_order", kPassOrders);
  input.mean = fields.get<std::array<float, 3>>("mean");
  input.std = fields.get<std::array<float, 3>>("std");
  check_input(input, fields.where());
  return input;
}

TransformerTower parse_tower(const Fields& fields) {
  return {fields.whole("width", 1, Limits::kWidth), fields.whole("layers", 1, Limits::kLayers),
          fields.whole("heads", 1, Limits::kWidth), fields.whole("hidden", 1, Limits::kHidden),
          parse_word(fields, "activation", kGelus)};
}

Json tower_json(const TransformerTower& tower) {
  return {{"width", tower.width},
          {"layers", tower.layers},
          {"heads", tower.heads},
          {"hidden", tower.hidden},
          {"activation", word_of(tower.activation, kGelus)}};
}

// What the configurations of SigLIP and CLIP share.
template <class Config>
void parse_towers(const Fields& fields, Config& config) {
  config.image = parse_tower(fields.object("image"));
  config.patch = fields.whole("patch", 1, Limits::kSide);
  config.has_text = fields.has("text");
  if (!config.has_text) return;
  config.text = parse_tower(fields.object("text"));
  config.vocabulary = fields.whole("vocabulary", 1, Limits::kVocabulary);
  config.context = fields.whole("context", 1, Limits::kTokens);
}

template <class Config>
Json towers_json(const Config& config) {
  Json json = {{"image", tower_json(config.image)}, {"patch", config.patch}};
  if (!config.has_text) return json;
  json["text"] = tower_json(config.text);
  json["vocabulary"] = config.vocabulary;
  json["context"] = config.context;
  return json;
}

// Only SigLIP and CLIP come in any size, and only ONNX files do not say theirs; other architectures are their row.
void parse_network(const Fields& fields, Network& network) {
  if (auto* siglip = std::get_if<SiglipConfig>(&network)) {
    parse_towers(fields, *siglip);
  } else if (auto* clip = std::get_if<ClipConfig>(&network)) {
    parse_towers(fields, *clip);
    clip->dim = fields.whole("dim", 1, Limits::kWidth);
    clip->end_mark = fields.whole_or("end_mark", -1, 0, Limits::kVocabulary);
  } else if (auto* onnx = std::get_if<OnnxTowers>(&network)) {
    onnx->dim = fields.whole("dim", 0, Limits::kWidth);
    onnx->has_text = fields.get<bool>("has_text");
  } else {
    throw Error(Kind::kInput, fields.where() + ": this architecture has one size only; leave the field out");
  }
}

Json network_json(const Network& network) {
  if (const auto* onnx = std::get_if<OnnxTowers>(&network)) return {{"dim", onnx->dim}, {"has_text", onnx->has_text}};
  if (const auto* siglip = std::get_if<SiglipConfig>(&network)) return towers_json(*siglip);
  const auto& clip = std::get<ClipConfig>(network);
  Json json = towers_json(clip);
  json["dim"] = clip.dim;
  if (clip.end_mark >= 0) json["end_mark"] = clip.end_mark;
  return json;
}

HeadConfig parse_head(const Fields& fields) {
  return {fields.whole("dim", 1, Limits::kWidth), fields.get<bool>("bias"), fields.get<bool>("normalize_input"),
          fields.whole_or("hidden", 0, 1, Limits::kHidden)};
}

Json head_json(const HeadConfig& head) {
  Json json = {{"dim", head.dim}, {"bias", head.bias}, {"normalize_input", head.normalize_input}};
  if (head.hidden > 0) json["hidden"] = head.hidden;
  return json;
}

// A weights file may not lie outside its folder: a checkpoint from elsewhere must not make us read other files.
std::vector<std::string> parse_files(const Fields& fields) {
  std::vector<std::string> files;
  if (fields.get<Json>("weights").is_string())
    files = {fields.get<std::string>("weights")};
  else
    files = fields.get<std::vector<std::string>>("weights");
  if (files.empty()) fields.refuse("weights", "it names no file");
  for (const auto& file : files)
    if (!stays_inside(file)) fields.refuse("weights", "\"" + file + "\" is not in the folder");
  return files;
}

}  // namespace

const Architecture* find_architecture(std::string_view name) {
  for (const auto& row : kArchitectures)
    if (row.name == name) return &row;
  return nullptr;
}

int feature_dim(const Network& network) {
  if (const auto* efficientnet = std::get_if<EfficientNetConfig>(&network))
    return efficientnet::head_width(*efficientnet);
  if (const auto* resnet = std::get_if<ResNetConfig>(&network)) return resnet->bottleneck ? 2048 : 512;
  if (const auto* siglip = std::get_if<SiglipConfig>(&network)) return siglip->image.width;
  if (const auto* clip = std::get_if<ClipConfig>(&network)) return clip->dim;
  return std::get<OnnxTowers>(network).dim;
}

bool has_text_tower(const Network& network) {
  if (const auto* siglip = std::get_if<SiglipConfig>(&network)) return siglip->has_text;
  if (const auto* clip = std::get_if<ClipConfig>(&network)) return clip->has_text;
  const auto* onnx = std::get_if<OnnxTowers>(&network);
  return onnx != nullptr && onnx->has_text;
}

int vocabulary_of(const Network& network) {
  if (const auto* siglip = std::get_if<SiglipConfig>(&network)) return siglip->vocabulary;
  const auto* clip = std::get_if<ClipConfig>(&network);
  return clip != nullptr ? clip->vocabulary : 0;
}

bool is_transformer(const Network& network) {
  return std::holds_alternative<SiglipConfig>(network) || std::holds_alternative<ClipConfig>(network);
}

ModelConfig default_config(const Architecture& architecture) {
  ModelConfig config;
  config.name = std::string(architecture.name);
  config.architecture = &architecture;
  config.network = architecture.network;
  config.input.width = config.input.height = architecture.input_px;
  if (has_text_tower(config.network)) config.text = TextSpec{};
  if (std::holds_alternative<SiglipConfig>(config.network) || std::holds_alternative<OnnxTowers>(config.network))
    return config;  // InputSpec's defaults are SigLIP's
  config.input.fit = Fit::kCenterCrop;
  if (const auto* clip = std::get_if<ClipConfig>(&config.network)) {
    config.input.resize_side = architecture.input_px;
    config.input.mean = kClipMean;
    config.input.std = kClipStd;
    config.text = TextSpec{clip->context, Cleaning::kOpenClip};
    return config;
  }
  config.input.resize_side = architecture.input_px * 8 / 7;  // 256 for 224
  config.input.filter =
      std::holds_alternative<ResNetConfig>(config.network) ? Interpolation::kBilinear : Interpolation::kBicubic;
  config.input.mean = {0.485f, 0.456f, 0.406f};
  config.input.std = {0.229f, 0.224f, 0.225f};
  return config;
}

void check_input(const InputSpec& input, const std::string& where) {
  for (std::size_t c = 0; c < 3; ++c) {
    if (!std::isfinite(input.mean[c])) throw_bad_field(where, "mean", "must be finite");
    if (!(input.std[c] > 0) || !std::isfinite(input.std[c])) throw_bad_field(where, "std", "must be positive");
  }
}

namespace {

template <class Config>
void check_towers(const Config& network, const InputSpec& input, const std::string& where) {
  const auto check_heads = [&](const TransformerTower& tower, const std::string& name) {
    if (tower.width % tower.heads != 0)
      throw Error(Kind::kInput, where + ": the " + name + " tower's width of " + std::to_string(tower.width) +
                                    " is no multiple of its " + std::to_string(tower.heads) + " heads");
  };
  check_heads(network.image, "image");
  if (network.has_text) check_heads(network.text, "text");
  const int rows = input.height / network.patch, columns = input.width / network.patch;
  if (rows < 1 || columns < 1 || rows * columns > Limits::kTokens)
    throw Error(Kind::kInput, where + ": an input of " + std::to_string(input.width) + " x " +
                                  std::to_string(input.height) + " pixels makes " + std::to_string(rows * columns) +
                                  " patches of " + std::to_string(network.patch) + "; there must be 1.." +
                                  std::to_string(Limits::kTokens));
}

}  // namespace

void check_sizes(const ModelConfig& config, const std::string& where) {
  if (const auto* siglip = std::get_if<SiglipConfig>(&config.network)) check_towers(*siglip, config.input, where);
  if (const auto* clip = std::get_if<ClipConfig>(&config.network)) check_towers(*clip, config.input, where);
}

ModelConfig parse_model_config(const Json& json, const std::string& where) {
  const Fields fields(json, where);
  fields.whole("format", kFormat, kFormat);
  ModelConfig config;
  config.name = fields.get<std::string>("name");
  const auto architecture = fields.get<std::string>("architecture");
  config.architecture = find_architecture(architecture);
  if (config.architecture == nullptr) {
    std::string known;
    for (const auto& row : kArchitectures) known += " " + std::string(row.name);
    throw Error(Kind::kInput, where + ": unknown architecture \"" + architecture + "\"; known:" + known);
  }
  config.network = config.architecture->network;
  if (fields.has("network")) parse_network(fields.object("network"), config.network);
  config.input = parse_input(fields.object("input"));
  if (fields.has("text")) {
    const Fields text = fields.object("text");
    config.text = TextSpec{text.whole("length", 1, Limits::kTokens), parse_word(text, "cleaning", kCleanings)};
    if (!has_text_tower(config.network)) throw Error(Kind::kInput, text.where() + ": this network has no text tower");
  }
  if (fields.has("head")) config.head = parse_head(fields.object("head"));
  config.weights = parse_files(fields);
  for (const Json& dim : fields.get_or<std::vector<Json>>("matryoshka", {}))
    config.matryoshka.push_back(fields.whole(dim, "matryoshka", 1, config.full_dim() - 1));
  config.licence = fields.get_or<std::string>("licence", "");
  config.source = fields.get_or<std::string>("source", "");
  check_sizes(config, where);
  return config;
}

Json to_json(const ModelConfig& config) {
  const InputSpec& in = config.input;
  Json input = {{"width", in.width},
                {"height", in.height},
                {"fit", word_of(in.fit, kFits)},
                {"filter", word_of(in.filter, kFilters)},
                {"pass_order", word_of(in.pass_order, kPassOrders)},
                {"mean", in.mean},
                {"std", in.std}};
  if (in.fit == Fit::kCenterCrop) input["resize_side"] = in.resize_side;
  if (in.centre != Centre::kHalfEven) input["centre"] = word_of(in.centre, kCentres);
  Json json = {{"format", kFormat},         {"name", config.name},      {"architecture", config.architecture->name},
               {"input", std::move(input)}, {"dim", config.full_dim()}, {"licence", config.licence},
               {"source", config.source}};
  json["weights"] = config.weights.size() == 1 ? Json(config.weights.front()) : Json(config.weights);
  if (config.network != config.architecture->network) json["network"] = network_json(config.network);
  if (config.text)
    json["text"] = {{"length", config.text->length}, {"cleaning", word_of(config.text->cleaning, kCleanings)}};
  if (config.head) json["head"] = head_json(*config.head);
  if (!config.matryoshka.empty()) json["matryoshka"] = config.matryoshka;
  return json;
}

}  // namespace ootd
