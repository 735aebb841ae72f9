#include "ootd/models/model.h"

#include <algorithm>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/models/checkpoint_folder.h"
#include "ootd/models/foreign_config.h"

namespace ootd {
namespace {

constexpr std::string_view kBackbone = "backbone";

// "FOLDER@64" -> FOLDER, "64"; "FOLDER@backbone" likewise. Any other name is a folder's.
std::pair<std::filesystem::path, std::string> split_view(const std::filesystem::path& folder) {
  const std::string text = folder.string();
  const auto at = text.rfind('@');
  if (at == std::string::npos) return {folder, ""};
  const std::string view = text.substr(at + 1);
  const bool number = !view.empty() && view.size() < 6 && view.find_first_not_of("0123456789") == std::string::npos;
  if (!number && view != kBackbone) return {folder, ""};
  return {text.substr(0, at), view};
}

void cut_to(Model& model, int cut) {
  const auto& good = model.config.matryoshka;
  if (std::find(good.begin(), good.end(), cut) == good.end()) {
    std::string known;
    for (const int dim : good) known += " " + std::to_string(dim);
    throw Error(Kind::kInput, model.id + ": its vectors of " + std::to_string(model.config.dim()) +
                                  " numbers may not be cut to " + std::to_string(cut) +
                                  (known.empty() ? "; it was not trained for any cut" : "; trained for:" + known));
  }
  model.config.cut = cut;
}

void leave_head_away(Model& model) {
  if (!model.config.head) throw Error(Kind::kInput, model.id + ": has no head; it is a backbone by itself");
  model.config.head.reset();
  model.config.matryoshka.clear();
  model.config.passes_over_head = true;
}

void apply_view(Model& model, const std::string& view) {
  if (view.empty() || view == "0") return;
  if (view == kBackbone)
    leave_head_away(model);
  else
    cut_to(model, std::stoi(view));
  model.id += "@" + view;
}

}  // namespace

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
  for (const auto name : {"spiece.model", "tokenizer.model", "tokenizer.json", "vocab.json", "merges.txt",
                          "bpe_simple_vocab_16e6.txt.gz", "tokenizer_config.json", "special_tokens_map.json"})
    if (std::filesystem::exists(folder / name)) files.push_back(folder / name);
  return files;
}

std::string no_text_tower(const Model& model) {
  return model.id + " sees pictures only; words need a model with a text tower, as FashionSigLIP has one: " +
         "`ootd models pull marqo-fashionsiglip`, then `ootd embed --model marqo-fashionsiglip`";
}

std::vector<std::filesystem::path> Model::stored_files() const {
  std::vector<std::filesystem::path> files;
  for (const auto& name : config.weights) {
    const auto parts = stored_parts(folder / name);
    files.insert(files.end(), parts.begin(), parts.end());
  }
  return files;
}

bool is_model_folder(const std::filesystem::path& folder) {
  const auto plain = split_view(folder).first;
  return std::filesystem::exists(plain / "config.json") || is_foreign_folder(plain);
}

Model open_model(const std::filesystem::path& folder) {
  const auto [plain, view] = split_view(folder);
  const auto config_file = plain / "config.json";
  Model model;
  model.folder = plain;
  std::string text;
  Json json;
  if (std::filesystem::exists(config_file)) {
    text = read_text(config_file, kMaxConfigBytes);
    json = parse_json(text, config_file.string());
  }
  if (json.contains("format")) {
    model.config = parse_model_config(json, config_file.string());
  } else {
    model.config = read_foreign_config(plain);
    // What the published files come to, without where they came from: the same model has the same id everywhere.
    ModelConfig meaning = model.config;
    meaning.licence = meaning.source = "";
    text = dump_json(to_json(meaning));
  }
  model.id = model.config.name + "-" + hash_prefix(text, model.stored_files());
  apply_view(model, view);
  return model;
}

Weights open_weights(const Model& model) {
  Weights weights(model.weights_files());
  std::vector<std::string_view> unused = {model.config.architecture->classifier};
  if (model.config.passes_over_head) unused.push_back("head.");
  weights.check(all_weights(model.config), unused);
  return weights;
}

Model save_model(const std::filesystem::path& parent, const ModelConfig& config, std::vector<NamedFloats> weights,
                 const std::vector<std::filesystem::path>& links, bool half) {
  Model model;
  const auto named = write_folder(parent, [&](const std::filesystem::path& folder) {
    const std::string text = dump_json(to_json(config), 2) + "\n";
    write_file_atomically(folder / "config.json", std::as_bytes(std::span(text)));
    write_safetensors(folder / config.weights.front(), weights, half);
    for (const auto& file : links) link_or_copy(file, folder / file.filename());
    model = open_model(folder);
    return model.id;
  });
  model.folder = named;
  return model;
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
  } else if (const auto* clip = std::get_if<ClipConfig>(&config.network); clip != nullptr && clip->has_text) {
    text_encoder_forward(ops, Shape{1, clip->context}, config);
    clip_logit_weights(ops);
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
