#include "ootd/models/model.h"

#include <cstring>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/sha256.h"

namespace ootd {
namespace {

constexpr int kFormat = 1;

template <class E>
struct Word {
  std::string_view text;
  E value;
};
constexpr Word<Fit> kFits[] = {{"squash", Fit::kSquash}, {"center_crop", Fit::kCenterCrop}};
constexpr Word<Filter> kFilters[] = {{"bilinear", Filter::kBilinear}, {"bicubic", Filter::kBicubic}};
constexpr Word<Cleaning> kCleanings[] = {{"canonicalize", Cleaning::kCanonicalize},
                                         {"siglip", Cleaning::kSiglip},
                                         {"lowercase", Cleaning::kLowercase},
                                         {"none", Cleaning::kNone}};
constexpr Word<Activation> kGelus[] = {{"gelu", Activation::kGelu}, {"gelu_tanh", Activation::kGeluTanh}};
constexpr Word<PassOrder> kPassOrders[] = {{"horizontal_first", PassOrder::kHorizontalFirst},
                                           {"pillow13", PassOrder::kPillow13}};

template <class E, std::size_t N>
E parse_word(const Json& object, const char* field, const Word<E> (&words)[N], const std::string& where) {
  const auto text = json_field<std::string>(object, field, where);
  std::string known;
  for (const auto& word : words) {
    if (word.text == text) return word.value;
    known += " " + std::string(word.text);
  }
  throw Error(Kind::kInput, where + ": field \"" + field + "\" is \"" + text + "\"; known:" + known);
}

template <class E, std::size_t N>
std::string word_of(E value, const Word<E> (&words)[N]) {
  for (const auto& word : words)
    if (word.value == value) return std::string(word.text);
  throw Error(Kind::kInternal, "enumerator without a word");
}

InputSpec parse_input(const Json& json, const std::string& where) {
  InputSpec input;
  input.width = json_field<int>(json, "width", where);
  input.height = json_field<int>(json, "height", where);
  input.fit = parse_word(json, "fit", kFits, where);
  if (input.fit == Fit::kCenterCrop) input.resize_side = json_field<int>(json, "resize_side", where);
  input.filter = parse_word(json, "filter", kFilters, where);
  if (json.contains("pass_order")) input.pass_order = parse_word(json, "pass_order", kPassOrders, where);
  input.mean = json_field<std::array<float, 3>>(json, "mean", where);
  input.std = json_field<std::array<float, 3>>(json, "std", where);
  if (input.width < 1 || input.height < 1 || input.width > 4096 || input.height > 4096)
    throw Error(Kind::kInput, where + ": input size must lie in 1..4096");
  if (input.fit == Fit::kCenterCrop && input.resize_side < std::max(input.width, input.height))
    throw Error(Kind::kInput, where + ": field \"resize_side\" is smaller than the window");
  for (const float s : input.std)
    if (!(s > 0)) throw Error(Kind::kInput, where + ": field \"std\" must be positive");
  return input;
}

int positive(const Json& json, const char* field, const std::string& where) {
  const int value = json_field<int>(json, field, where);
  if (value < 1 || value > 1'000'000)
    throw Error(Kind::kInput,
                where + ": field \"" + field + "\" is " + std::to_string(value) + "; it must be positive");
  return value;
}

SiglipTower parse_tower(const Json& json, const std::string& where) {
  const SiglipTower tower = {positive(json, "width", where), positive(json, "layers", where),
                             positive(json, "heads", where), positive(json, "hidden", where),
                             parse_word(json, "activation", kGelus, where)};
  if (tower.width % tower.heads != 0)
    throw Error(Kind::kInput, where + ": field \"width\" must be a multiple of field \"heads\"");
  return tower;
}

Json tower_json(const SiglipTower& tower) {
  return {{"width", tower.width},
          {"layers", tower.layers},
          {"heads", tower.heads},
          {"hidden", tower.hidden},
          {"activation", word_of(tower.activation, kGelus)}};
}

// Only SigLIP comes in any size, and only ONNX files do not say theirs; other architectures are their row.
void parse_network(const Json& json, Network& network, const std::string& where) {
  if (auto* siglip = std::get_if<SiglipConfig>(&network)) {
    siglip->image = parse_tower(json_field<Json>(json, "image", where), where + ": image");
    siglip->patch = positive(json, "patch", where);
    siglip->has_text = json.contains("text");
    if (!siglip->has_text) return;
    siglip->text = parse_tower(json["text"], where + ": text");
    siglip->vocabulary = positive(json, "vocabulary", where);
    siglip->context = positive(json, "context", where);
  } else if (auto* onnx = std::get_if<OnnxTowers>(&network)) {
    onnx->dim = positive(json, "dim", where);
    onnx->has_text = json_field<bool>(json, "has_text", where);
  } else {
    throw Error(Kind::kInput, where + ": this architecture has one size only; leave the field out");
  }
}

Json network_json(const Network& network) {
  if (const auto* onnx = std::get_if<OnnxTowers>(&network)) return {{"dim", onnx->dim}, {"has_text", onnx->has_text}};
  const auto& siglip = std::get<SiglipConfig>(network);
  Json json = {{"image", tower_json(siglip.image)}, {"patch", siglip.patch}};
  if (!siglip.has_text) return json;
  json["text"] = tower_json(siglip.text);
  json["vocabulary"] = siglip.vocabulary;
  json["context"] = siglip.context;
  return json;
}

HeadConfig parse_head(const Json& json, const std::string& where) {
  HeadConfig head{positive(json, "dim", where), json_field<bool>(json, "bias", where),
                  json_field<bool>(json, "normalize_input", where)};
  if (json.contains("hidden")) head.hidden = positive(json, "hidden", where);
  return head;
}

Json head_json(const HeadConfig& head) {
  Json json = {{"dim", head.dim}, {"bias", head.bias}, {"normalize_input", head.normalize_input}};
  if (head.hidden > 0) json["hidden"] = head.hidden;
  return json;
}

// A weights file may not lie outside its folder: a checkpoint from elsewhere must not make us read other files.
std::vector<std::string> parse_files(const Json& json, const std::string& where) {
  const Json& field = json.contains("weights") ? json["weights"] : json_field<Json>(json, "weights", where);
  std::vector<std::string> files;
  if (field.is_string())
    files = {field.get<std::string>()};
  else
    files = json_field<std::vector<std::string>>(json, "weights", where);
  if (files.empty()) throw Error(Kind::kInput, where + ": field \"weights\" names no file");
  for (const auto& file : files) {
    const std::filesystem::path path(file);
    bool leaves = file.empty() || path.is_absolute();
    for (const auto& part : path) leaves = leaves || part == "..";
    if (leaves)
      throw Error(Kind::kInput, where + ": field \"weights\" names \"" + file + "\", which is not in the folder");
  }
  return files;
}

// A hash over hashes: each part is read once, wherever it lies.
std::string hash_prefix(const std::string& config_text, const Model& model) {
  std::string parts = sha256_hex(std::as_bytes(std::span(config_text)));
  for (const auto& file : model.config.weights) parts += sha256_hex(MappedFile(model.folder / file).bytes());
  return sha256_hex(std::as_bytes(std::span(parts))).substr(0, 8);
}

// "FOLDER@64" -> FOLDER, 64
std::pair<std::filesystem::path, int> split_cut(const std::filesystem::path& folder) {
  const std::string text = folder.string();
  const auto at = text.rfind('@');
  if (at == std::string::npos || at + 1 == text.size() ||
      text.find_first_not_of("0123456789", at + 1) != std::string::npos || text.size() - at > 6)
    return {folder, 0};
  return {text.substr(0, at), std::stoi(text.substr(at + 1))};
}

void apply_cut(Model& model, int cut) {
  if (cut == 0) return;
  const auto& good = model.config.matryoshka;
  if (std::find(good.begin(), good.end(), cut) == good.end()) {
    std::string known;
    for (const int dim : good) known += " " + std::to_string(dim);
    throw Error(Kind::kInput, model.id + ": its vectors of " + std::to_string(model.config.dim()) +
                                  " numbers may not be cut to " + std::to_string(cut) +
                                  (known.empty() ? "; it was not trained for any cut" : "; trained for:" + known));
  }
  model.config.cut = cut;
  model.id += "@" + std::to_string(cut);
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
  return std::get<OnnxTowers>(network).dim;
}

bool has_text_tower(const Network& network) {
  if (const auto* siglip = std::get_if<SiglipConfig>(&network)) return siglip->has_text;
  const auto* onnx = std::get_if<OnnxTowers>(&network);
  return onnx != nullptr && onnx->has_text;
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
  config.input.resize_side = architecture.input_px * 8 / 7;  // 256 for 224
  config.input.filter = std::holds_alternative<ResNetConfig>(config.network) ? Filter::kBilinear : Filter::kBicubic;
  config.input.mean = {0.485f, 0.456f, 0.406f};
  config.input.std = {0.229f, 0.224f, 0.225f};
  return config;
}

ModelConfig parse_model_config(const Json& json, const std::string& where) {
  if (json_field<int>(json, "format", where) != kFormat)
    throw Error(Kind::kInput, where + ": is of another format version than " + std::to_string(kFormat));
  ModelConfig config;
  config.name = json_field<std::string>(json, "name", where);
  const auto architecture = json_field<std::string>(json, "architecture", where);
  config.architecture = find_architecture(architecture);
  if (config.architecture == nullptr) {
    std::string known;
    for (const auto& row : kArchitectures) known += " " + std::string(row.name);
    throw Error(Kind::kInput, where + ": unknown architecture \"" + architecture + "\"; known:" + known);
  }
  config.network = config.architecture->network;
  if (json.contains("network")) parse_network(json["network"], config.network, where + ": network");
  config.input = parse_input(json_field<Json>(json, "input", where), where + ": input");
  if (json.contains("text")) {
    const std::string at = where + ": text";
    config.text = TextSpec{positive(json["text"], "length", at), parse_word(json["text"], "cleaning", kCleanings, at)};
    if (!has_text_tower(config.network)) throw Error(Kind::kInput, at + ": this network has no text tower");
  }
  if (json.contains("head")) config.head = parse_head(json["head"], where + ": head");
  config.weights = parse_files(json, where);
  if (json.contains("matryoshka")) config.matryoshka = json_field<std::vector<int>>(json, "matryoshka", where);
  for (const int dim : config.matryoshka)
    if (dim < 1 || dim >= config.full_dim())
      throw Error(Kind::kInput, where + ": field \"matryoshka\" holds " + std::to_string(dim) +
                                    "; a cut must lie in 1.." + std::to_string(config.full_dim() - 1));
  config.licence = json.value("licence", "");
  config.source = json.value("source", "");
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

std::vector<std::filesystem::path> Model::weights_files() const {
  std::vector<std::filesystem::path> files;
  for (const auto& file : config.weights)
    if (!file.ends_with(".onnx")) files.push_back(folder / file);
  return files;
}

std::vector<std::filesystem::path> Model::onnx_files() const {
  std::vector<std::filesystem::path> files;
  for (const auto& file : config.weights)
    if (file.ends_with(".onnx")) files.push_back(folder / file);
  return files;
}

std::vector<std::filesystem::path> Model::tokenizer_files() const {
  std::vector<std::filesystem::path> files;
  for (const auto name :
       {"spiece.model", "tokenizer.model", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"})
    if (std::filesystem::exists(folder / name)) files.push_back(folder / name);
  return files;
}

std::string no_text_tower(const Model& model) {
  return model.id + " sees pictures only; words need a model with a text tower, as FashionSigLIP has one: " +
         "`ootd models pull marqo-fashionsiglip`, then `ootd embed --model marqo-fashionsiglip`";
}

bool is_model_folder(const std::filesystem::path& folder) {
  return std::filesystem::exists(split_cut(folder).first / "config.json");
}

Model open_model(const std::filesystem::path& folder) {
  const auto [plain, cut] = split_cut(folder);
  const auto config_file = plain / "config.json";
  Model model;
  model.folder = plain;
  const std::string text = read_text(config_file, 1 << 20);
  model.config = parse_model_config(parse_json(text, config_file.string()), config_file.string());
  model.id = model.config.name + "-" + hash_prefix(text, model);
  apply_cut(model, cut);
  return model;
}

Weights open_weights(const Model& model) {
  Weights weights(model.weights_files());
  const std::string_view classifier[] = {model.config.architecture->classifier};
  weights.check(all_weights(model.config), classifier);
  return weights;
}

Model save_model(const std::filesystem::path& parent, const ModelConfig& config, std::vector<NamedFloats> weights,
                 const std::vector<std::filesystem::path>& links) {
  std::filesystem::create_directories(parent);
  std::string pattern = (parent / ".new-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw Error(Kind::kUnavailable, parent.string() + ": cannot write there");
  const std::filesystem::path folder = pattern;
  try {
    const std::string text = dump_json(to_json(config), 2) + "\n";
    write_file_atomically(folder / "config.json", std::as_bytes(std::span(text)));
    write_safetensors(folder / config.weights.front(), weights);
    for (const auto& file : links) {
      const auto source = std::filesystem::canonical(file);
      std::error_code cannot_link;
      std::filesystem::create_hard_link(source, folder / file.filename(), cannot_link);
      if (cannot_link) std::filesystem::copy_file(source, folder / file.filename());
    }
    Model model = open_model(folder);
    model.folder = parent / model.id;
    // The id is made from the content, so a folder of this name already holds just these files.
    if (!std::filesystem::exists(model.folder))
      std::filesystem::rename(folder, model.folder);
    else
      std::filesystem::remove_all(folder);
    return model;
  } catch (...) {
    std::error_code ignored;
    std::filesystem::remove_all(folder, ignored);
    throw;
  }
}

ShapeOps describe_image(const ModelConfig& config) {
  ShapeOps ops;
  if (const auto* onnx = std::get_if<OnnxTowers>(&config.network))
    head_forward(ops, Shape{1, onnx->dim}, config);
  else
    encoder_forward(ops, Shape{1, 3, config.input.height, config.input.width}, config);
  return ops;
}

ShapeOps describe_text(const ModelConfig& config) {
  ShapeOps ops;
  if (const auto* siglip = std::get_if<SiglipConfig>(&config.network); siglip != nullptr && siglip->has_text) {
    text_encoder_forward(ops, Shape{1, siglip->context}, config);
    siglip_logit_weights(ops);
  }
  return ops;
}

std::vector<WeightSpec> all_weights(const ModelConfig& config) {
  std::vector<WeightSpec> list = describe_image(config).weights();
  const std::vector<WeightSpec> text = describe_text(config).weights();
  for (const auto& weight : text)
    if (!weight.name.starts_with("head.")) list.push_back(weight);
  return list;
}

std::int64_t parameter_count(const ModelConfig& config) {
  std::int64_t count = 0;
  for (const auto& weight : all_weights(config))
    if (weight.trained) count += static_cast<std::int64_t>(element_count(weight.shape));
  return count;
}

}  // namespace ootd
