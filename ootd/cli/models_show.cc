#include <cstdio>
#include <filesystem>
#include <optional>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/cli/layer_table.h"
#include "ootd/cli/models.h"
#include "ootd/hub/named_models.h"
#include "ootd/workspace/models.h"

namespace ootd {
namespace {

using Layer = ShapeOps::Layer;

// {"width": 224, ...} as words
std::string input_text(const Json& input) {
  std::string text = input.at("width").dump() + " x " + input.at("height").dump() + " RGB, ";
  text += input.at("fit") == "squash" ? "squashed" : "shorter side to " + input.at("resize_side").dump() + ", centre";
  return text + ", " + input.at("filter").get<std::string>();
}

Json layers_json(const std::vector<Layer>& rows) {
  Json list = Json::array();
  for (const Layer& row : rows)
    list.push_back({{"name", row.name},
                    {"kind", row.kind},
                    {"out", row.out},
                    {"params", row.parameters},
                    {"multiply_adds", row.multiply_adds}});
  return list;
}

// A model of the workspace, or what a name stands for that can be pulled or that config.json may name.
struct Shown {
  std::optional<Model> model;
  const NamedModel* named = nullptr;
  ModelConfig config;
};

Shown find_shown(const Globals& globals, const std::string& name) {
  try {
    Model model = find_model(globals.home, name);
    ModelConfig config = model.config;
    return {std::move(model), nullptr, std::move(config)};
  } catch (const Error& error) {
    if (error.kind() != Kind::kNotFound || std::filesystem::exists(globals.home / "models" / name)) throw;
    if (const NamedModel* named = find_named_model(name)) return {std::nullopt, named, described(*named)};
    if (const Architecture* row = find_architecture(name)) return {std::nullopt, nullptr, default_config(*row)};
    throw Error(Kind::kNotFound,
                std::string(error.what()) + "; nor can one of that name be pulled: `ootd models list` has the names");
  }
}

Json document_of(const Shown& shown) {
  if (shown.model) return model_json(*shown.model);
  const ModelConfig& config = shown.config;
  Json document = {{"name", config.name},
                   {"dim", config.dim()},
                   {"params", parameter_count(config)},
                   {"text", has_text_tower(config.network)},
                   {"licence", config.licence},
                   {"source", config.source}};
  if (shown.named != nullptr) document["megabytes"] = shown.named->megabytes;
  return document;
}

// What lies where, or how to have it.
std::string place_of(const Shown& shown) {
  const ModelConfig& config = shown.config;
  std::string words = "\narchitecture  " + std::string(config.architecture->name);
  if (!config.licence.empty()) words += "\nlicence       " + config.licence;
  if (!config.source.empty()) words += "\nsource        " + config.source;
  if (shown.model) return words + "\nfolder        " + shown.model->folder.string();
  if (shown.named != nullptr)
    return words + "\nnot here yet  `ootd models pull " + config.name + "` brings it, about " +
           std::to_string(shown.named->megabytes) + " MB";
  return words + "\nno weights    an architecture that a model's config.json may name; docs/adding-a-model.md";
}

void show(const Globals& globals, const std::string& name, bool every_layer) {
  const Shown shown = find_shown(globals, name);
  const ModelConfig& config = shown.config;
  const ShapeOps image = describe_image(config), text = describe_text(config);
  const auto rows_of = [&](const ShapeOps& tower) { return every_layer ? tower.layers() : blocks_of(tower.layers()); };
  Json document = document_of(shown);
  std::int64_t weight_bytes = 4 * document.at("params").get<std::int64_t>();
  if (shown.model) {
    weight_bytes = 0;
    for (const auto& file : shown.model->stored_files())
      weight_bytes += static_cast<std::int64_t>(std::filesystem::file_size(file));
  }
  const std::int64_t peak = peak_activation_bytes(config, image.layers());
  document.update({{"architecture", config.architecture->name},
                   {"here", shown.model.has_value()},
                   {"multiply_adds", image.multiply_adds()},
                   {"weight_bytes", weight_bytes},
                   {"peak_activation_bytes", peak},
                   {"input", to_json(config).at("input")},
                   {"layers", layers_json(rows_of(image))}});
  std::string words = "image tower\n" + layer_table(rows_of(image));
  if (!text.layers().empty()) {
    document["text_layers"] = layers_json(rows_of(text));
    document["text_multiply_adds"] = text.multiply_adds();
    words += "\ntext tower\n" + layer_table(rows_of(text));
  }
  if (std::holds_alternative<OnnxTowers>(config.network)) words = "its layers are in its ONNX files\n";
  words += "\n" + (shown.model ? shown.model->id : config.name);
  words +=
      "\nvector        " + (config.dim() > 0 ? std::to_string(config.dim()) + " numbers, length 1" : "the graph's");
  for (const int prefix : config.matryoshka)
    words += (prefix == config.matryoshka.front() ? "; cut to " : ", ") + std::to_string(prefix);
  if (!std::holds_alternative<OnnxTowers>(config.network))
    words += "\nparameters    " + document["params"].dump() + "\ncost          " +
             std::to_string(image.multiply_adds()) + " multiply-adds a picture" +
             (text.layers().empty() ? "" : ", " + std::to_string(text.multiply_adds()) + " a text") +
             "\nmemory        weights " + megabytes(static_cast<double>(weight_bytes)) + ", activations about " +
             megabytes(static_cast<double>(peak)) + " a picture";
  words += "\ninput         " + input_text(document["input"]);
  globals.print(document, words + place_of(shown));
}

}  // namespace

void add_models_show(CLI::App& verb, Globals& globals) {
  auto name = std::make_shared<std::string>();
  auto layers = std::make_shared<bool>(false);
  auto* sub =
      verb.add_subcommand("show", "Layers, parameters, cost, memory, input, licence and source, before a pull too");
  sub->add_option("MODEL", *name, "Name, id or folder; a name that `models pull` knows, or an architecture's")
      ->required();
  sub->add_flag("--layers", *layers, "Every layer, not block by block");
  sub->callback([&globals, name, layers] { show(globals, *name, *layers); });
}

}  // namespace ootd
