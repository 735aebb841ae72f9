#include "ootd/models/foreign_config.h"

#include <algorithm>
#include <fstream>

#include "ootd/base/error.h"
#include "ootd/base/io.h"

namespace ootd {
namespace {

constexpr const char* kOpenClip = "open_clip_config.json";
constexpr const char* kTransformers = "config.json";
constexpr const char* kPreprocessor = "preprocessor_config.json";
// The first that is there is taken.
constexpr const char* kWeights[] = {"open_clip_model.safetensors", "model.safetensors", "model.safetensors.index.json",
                                    "open_clip_pytorch_model.bin", "pytorch_model.bin", "pytorch_model.bin.index.json"};
constexpr const char* kOnnxFolders[] = {"onnx/", ""};

std::string first_weights(const std::filesystem::path& folder) {
  for (const char* name : kWeights)
    if (std::filesystem::exists(folder / name)) return name;
  return "";
}

std::vector<std::string> onnx_graphs(const std::filesystem::path& folder) {
  for (const std::string sub : kOnnxFolders) {
    if (!std::filesystem::exists(folder / (sub + "vision_model.onnx"))) continue;
    std::vector<std::string> graphs = {sub + "vision_model.onnx"};
    if (std::filesystem::exists(folder / (sub + "text_model.onnx"))) graphs.push_back(sub + "text_model.onnx");
    return graphs;
  }
  return {};
}

std::string join(std::span<const char* const> names) {
  std::string text;
  for (const char* name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text;
}

// The row whose sizes these are, or whose image tower it is; sizes that no row has are still SigLIP's.
const Architecture* architecture_of(const SiglipConfig& siglip) {
  const auto like = [&](bool whole) -> const Architecture* {
    for (const auto& row : kArchitectures) {
      const auto* published = std::get_if<SiglipConfig>(&row.network);
      if (published == nullptr) continue;
      if (whole ? *published == siglip : published->image == siglip.image && published->patch == siglip.patch)
        return &row;
    }
    return nullptr;
  };
  const Architecture* row = like(true);
  if (row == nullptr) row = like(false);
  return row != nullptr ? row : find_architecture("siglip_b16");
}

// open_clip_config.json says how a text is cleaned, transformers' files only which tokenizer class does it.
bool states_cleaning(const ModelConfig& config) { return config.text.has_value(); }

void read_onnx(const std::filesystem::path& folder, std::vector<std::string> graphs, ModelConfig& config) {
  config.architecture = find_architecture("onnx");
  OnnxTowers towers{0, graphs.size() > 1};
  const auto open_clip = read_optional_fields(folder / kOpenClip);
  const auto transformers = read_optional_fields(folder / kTransformers);
  int length = TextSpec{}.length, vocabulary = 0;
  if (open_clip) {
    const Fields model = open_clip->object("model_cfg");
    towers.dim = model.whole("embed_dim", 1, Limits::kWidth);
    read_open_clip_config(*open_clip, config);
  } else if (transformers && transformers->has("vision_config")) {
    ModelConfig sizes;
    read_transformers_config(*transformers, sizes);
    const auto& siglip = std::get<SiglipConfig>(sizes.network);
    towers.dim = siglip.image.width;
    length = siglip.context;
    vocabulary = siglip.vocabulary;
  }
  config.network = towers;
  if (const auto preprocessor = read_optional_fields(folder / kPreprocessor))
    config.input = read_preprocessor_config(*preprocessor);
  else if (!open_clip)
    throw Error(Kind::kNotFound, folder.string() + ": holds ONNX graphs, but no " + kPreprocessor + " that says what " +
                                     "they want to see");
  if (!towers.has_text)
    config.text.reset();
  else if (!states_cleaning(config))
    config.text = TextSpec{length, read_cleaning(read_optional_fields(folder / "tokenizer_config.json"), vocabulary)};
  config.weights = std::move(graphs);
}

void read_siglip(const std::filesystem::path& folder, std::string weights, ModelConfig& config) {
  if (const auto open_clip = read_optional_fields(folder / kOpenClip)) {
    read_open_clip_config(*open_clip, config);
  } else if (const auto transformers = read_optional_fields(folder / kTransformers)) {
    read_transformers_config(*transformers, config);
    const auto preprocessor = read_optional_fields(folder / kPreprocessor);
    if (!preprocessor)
      throw Error(Kind::kNotFound, folder.string() + ": has no " + kPreprocessor + ", so how its pictures are to be " +
                                       "prepared is not known");
    const int side = config.input.width;
    config.input = read_preprocessor_config(*preprocessor);
    if (config.input.width != side || config.input.height != side)
      preprocessor->refuse("size", "the network's image_size is " + std::to_string(side));
    const auto& siglip = std::get<SiglipConfig>(config.network);
    if (siglip.has_text)
      config.text = TextSpec{siglip.context,
                             read_cleaning(read_optional_fields(folder / "tokenizer_config.json"), siglip.vocabulary)};
  }
  config.architecture = architecture_of(std::get<SiglipConfig>(config.network));
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
  return std::filesystem::exists(folder / kOpenClip) || !onnx_graphs(folder).empty();
}

ModelConfig read_foreign_config(const std::filesystem::path& folder) {
  ModelConfig config;
  const std::string weights = first_weights(folder);
  std::vector<std::string> graphs = onnx_graphs(folder);
  const bool configured =
      std::filesystem::exists(folder / kOpenClip) || std::filesystem::exists(folder / kTransformers);
  if (!configured && graphs.empty())
    throw Error(Kind::kNotFound, folder.string() + ": is no model: there is neither config.json (ootd's or " +
                                     "transformers') nor " + kOpenClip + " nor [onnx/]vision_model.onnx");
  if (weights.empty() && graphs.empty())
    throw Error(Kind::kNotFound,
                folder.string() + ": has no weights: looked for " + join(kWeights) + " and [onnx/]vision_model.onnx");
  if (configured && !weights.empty())
    read_siglip(folder, weights, config);
  else if (!graphs.empty())
    read_onnx(folder, std::move(graphs), config);
  check_sizes(config, folder.string());
  Provenance provenance = read_provenance(folder);
  config.name = std::move(provenance.name);
  config.licence = std::move(provenance.licence);
  config.source = std::move(provenance.source);
  return config;
}

}  // namespace ootd
