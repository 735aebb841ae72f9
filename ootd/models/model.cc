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

std::string hash_prefix(const std::string& config_text, std::span<const std::byte> weights) {
  // A hash over two hashes: each part is read once, wherever it lies.
  const std::string both = sha256_hex(std::as_bytes(std::span(config_text))) + sha256_hex(weights);
  return sha256_hex(std::as_bytes(std::span(both))).substr(0, 8);
}

}  // namespace

const Architecture* find_architecture(std::string_view name) {
  for (const auto& row : kArchitectures)
    if (row.name == name) return &row;
  return nullptr;
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
  config.input = parse_input(json_field<Json>(json, "input", where), where + ": input");
  if (json.contains("head")) {
    const Json& head = json["head"];
    const std::string at = where + ": head";
    config.head = HeadConfig{json_field<int>(head, "dim", at), json_field<bool>(head, "bias", at),
                             json_field<bool>(head, "normalize_input", at)};
    if (config.head->dim < 1) throw Error(Kind::kInput, at + ": field \"dim\" must be positive");
  }
  config.weights = json_field<std::string>(json, "weights", where);
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
  Json json = {{"format", kFormat},         {"name", config.name},       {"architecture", config.architecture->name},
               {"input", std::move(input)}, {"weights", config.weights}, {"dim", config.dim()},
               {"licence", config.licence}, {"source", config.source}};
  if (config.head)
    json["head"] = {
        {"dim", config.head->dim}, {"bias", config.head->bias}, {"normalize_input", config.head->normalize_input}};
  return json;
}

Model open_model(const std::filesystem::path& folder) {
  const auto config_file = folder / "config.json";
  Model model;
  model.folder = folder;
  const std::string text = read_text(config_file, 1 << 20);
  model.config = parse_model_config(parse_json(text, config_file.string()), config_file.string());
  model.id = model.config.name + "-" + hash_prefix(text, MappedFile(model.weights_file()).bytes());
  return model;
}

Model save_model(const std::filesystem::path& parent, const ModelConfig& config, std::vector<NamedFloats> weights) {
  std::filesystem::create_directories(parent);
  std::string pattern = (parent / ".new-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw Error(Kind::kUnavailable, parent.string() + ": cannot write there");
  const std::filesystem::path folder = pattern;
  try {
    const std::string text = dump_json(to_json(config), 2) + "\n";
    write_file_atomically(folder / "config.json", std::as_bytes(std::span(text)));
    write_safetensors(folder / config.weights, weights);
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

ShapeOps describe(const ModelConfig& config) {
  ShapeOps ops;
  encoder_forward(ops, Shape{1, 3, config.input.height, config.input.width}, config);
  return ops;
}

}  // namespace ootd
