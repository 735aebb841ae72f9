#include "ootd/models/foreign_config.h"

#include <algorithm>
#include <fstream>

#include "ootd/base/error.h"
#include "ootd/base/io.h"

namespace ootd {
namespace {

// The first that is there is taken.
constexpr const char* kWeights[] = {"open_clip_model.safetensors", "model.safetensors", "model.safetensors.index.json",
                                    "open_clip_pytorch_model.bin", "pytorch_model.bin", "pytorch_model.bin.index.json"};

std::string first_weights(const std::filesystem::path& folder) {
  for (const char* name : kWeights)
    if (std::filesystem::exists(folder / name)) return name;
  return "";
}

std::string join(std::span<const char* const> names) {
  std::string text;
  for (const char* name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

// The row whose sizes these are, or whose image tower it is; sizes that no row has are still the family's.
template <class Config>
const Architecture* architecture_of(const Config& config, std::string_view family) {
  const auto like = [&](bool whole) -> const Architecture* {
    for (const auto& row : kArchitectures) {
      const auto* published = std::get_if<Config>(&row.network);
      if (published == nullptr) continue;
      TransformerTower image = published->image;
      if (std::is_same_v<Config, ClipConfig>) image.activation = config.image.activation;  // one network, two recipes
      if (whole ? *published == config : image == config.image && published->patch == config.patch) return &row;
    }
    return nullptr;
  };
  const Architecture* row = like(true);
  if (row == nullptr) row = like(false);
  return row != nullptr ? row : find_architecture(family);
}

// Whether there is hope to build the network from its description.
bool is_known_network(const std::filesystem::path& folder) {
  if (std::filesystem::exists(folder / kOpenClip)) return true;
  const auto transformers = read_optional_fields(folder / kTransformers);
  const std::string type = transformers ? transformers->get_or<std::string>("model_type", "") : "";
  return type.starts_with("siglip") || type == "clip" || type == "clip_vision_model";
}

// Networks that we build, from named weights.
void read_network(const std::filesystem::path& folder, std::string weights, ModelConfig& config) {
  if (const auto open_clip = read_optional_fields(folder / kOpenClip)) {
    read_open_clip_config(*open_clip, config);
  } else if (const auto transformers = read_optional_fields(folder / kTransformers)) {
    read_transformers_config(*transformers, config);
    const int side = config.input.width;
    const auto input = read_preparation(folder);
    if (!input)
      throw Error(Kind::kNotFound, folder.string() + ": has no " + kPreprocessor + " (or " + kProcessor +
                                       "), so how its pictures are to be prepared is not known");
    if (input->width != side || input->height != side)
      throw Error(Kind::kInput, folder.string() + ": its pictures are prepared as " + std::to_string(input->width) +
                                    " x " + std::to_string(input->height) + ", but the network's image_size is " +
                                    std::to_string(side));
    config.input = *input;
    if (const auto* siglip = std::get_if<SiglipConfig>(&config.network); siglip != nullptr && siglip->has_text)
      config.text = TextSpec{siglip->context,
                             read_cleaning(read_optional_fields(folder / "tokenizer_config.json"), siglip->vocabulary)};
    if (const auto* clip = std::get_if<ClipConfig>(&config.network); clip != nullptr && clip->has_text)
      config.text = TextSpec{clip->context, Cleaning::kClip};
  }
  const auto* clip = std::get_if<ClipConfig>(&config.network);
  config.architecture = clip != nullptr ? architecture_of(*clip, "clip_b32")
                                        : architecture_of(std::get<SiglipConfig>(config.network), "siglip_b16");
  config.weights = {std::move(weights)};
}

// "license: apache-2.0" between the two "---" lines that a model card starts with.
std::string front_matter_licence(const std::filesystem::path& readme) {
  std::ifstream in(readme, std::ios::binary);
  std::string text(1 << 16, '\0');
  text.resize(static_cast<std::size_t>(in.read(text.data(), static_cast<std::streamsize>(text.size())).gcount()));
  constexpr std::string_view kField = "license:";
  bool inside = false;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    std::string line = text.substr(at, end - at);
    line.erase(std::remove_if(line.begin(), line.end(), [](char c) { return c == '\r' || c == '"' || c == '\''; }),
               line.end());
    at = end + 1;
    if (line == "---" && inside) return "";
    if (!inside && line != "---") return "";
    inside = true;
    if (!line.starts_with(kField)) continue;
    const auto first = line.find_first_not_of(' ', kField.size());
    return first == std::string::npos ? "" : line.substr(first, line.find_last_not_of(' ') + 1 - first);
  }
  return "";
}

std::string folder_name(const std::filesystem::path& folder) {
  const auto plain = std::filesystem::absolute(folder).lexically_normal();
  return (plain.has_filename() ? plain : plain.parent_path()).filename().string();
}

}  // namespace

std::optional<InputSpec> read_preparation(const std::filesystem::path& folder) {
  if (const auto processor = read_optional_fields(folder / kProcessor); processor && processor->has("image_processor"))
    return read_preprocessor_config(processor->object("image_processor"));
  if (const auto preprocessor = read_optional_fields(folder / kPreprocessor))
    return read_preprocessor_config(*preprocessor);
  return std::nullopt;
}

std::optional<Fields> read_optional_fields(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return std::nullopt;
  return Fields(parse_json(read_text(file, kMaxConfigBytes), file.string()), file.string());
}

Provenance read_provenance(const std::filesystem::path& folder) {
  Provenance provenance = {.name = folder_name(folder), .licence = "", .source = ""};
  if (const auto pulled = read_optional_fields(folder / "pull.json")) {
    provenance.licence = pulled->get_or<std::string>("licence", "");
    provenance.source = pulled->get_or<std::string>("source", "");
  }
  if (provenance.licence.empty()) provenance.licence = front_matter_licence(folder / "README.md");
  return provenance;
}

bool is_foreign_folder(const std::filesystem::path& folder) {
  return std::filesystem::exists(folder / kOpenClip) || !onnx_files(folder).empty();
}

ModelConfig read_foreign_config(const std::filesystem::path& folder) {
  ModelConfig config;
  const std::string weights = first_weights(folder);
  const bool graphs = !onnx_files(folder).empty();
  const bool configured =
      std::filesystem::exists(folder / kOpenClip) || std::filesystem::exists(folder / kTransformers);
  if (!configured && !graphs)
    throw Error(Kind::kNotFound, folder.string() + ": is no model: there is neither config.json (ootd's or " +
                                     "transformers') nor " + kOpenClip + " nor [onnx/]*.onnx");
  if (weights.empty() && !graphs)
    throw Error(Kind::kNotFound,
                folder.string() + ": has no weights: looked for " + join(kWeights) + " and [onnx/]*.onnx");
  if (configured && !weights.empty() && (!graphs || is_known_network(folder)))
    read_network(folder, weights, config);
  else
    read_onnx_folder(folder, config);
  check_sizes(config, folder.string());
  Provenance provenance = read_provenance(folder);
  config.name = std::move(provenance.name);
  config.licence = std::move(provenance.licence);
  config.source = std::move(provenance.source);
  return config;
}

}  // namespace ootd
