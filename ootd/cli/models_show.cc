#include <cstdio>
#include <filesystem>
#include <vector>

#include "ootd/cli/layer_table.h"
#include "ootd/cli/models.h"
#include "ootd/cli/workspace.h"

namespace ootd {
namespace {

using Layer = ShapeOps::Layer;

// {"width": 224, ...} as words
std::string input_text(const Json& input) {
  std::string text = input.at("width").dump() + " x " + input.at("height").dump() + " RGB, ";
  text += input.at("fit") == "squash" ? "squashed" : "shorter side to " + input.at("resize_side").dump() + ", centre";
  return text + ", " + input.at("filter").get<std::string>();
}

void show(const Globals& globals, const std::string& name, bool every_layer) {
  const Model model = find_model(globals.home, name);
  const ShapeOps network = describe(model.config);
  const auto rows = every_layer ? network.layers() : blocks_of(network.layers());
  const auto weight_bytes = static_cast<std::int64_t>(std::filesystem::file_size(model.weights_file()));
  const std::int64_t peak = peak_activation_bytes(model.config, network.layers());
  Json document = model_json(model);
  document.update({{"multiply_adds", network.multiply_adds()},
                   {"weight_bytes", weight_bytes},
                   {"peak_activation_bytes", peak},
                   {"input", to_json(model.config).at("input")},
                   {"layers", Json::array()}});
  for (const Layer& row : rows)
    document["layers"].push_back({{"name", row.name},
                                  {"kind", row.kind},
                                  {"out", row.out},
                                  {"params", row.parameters},
                                  {"multiply_adds", row.multiply_adds}});
  const std::string text =
      layer_table(rows) + "\n" + model.id + "\nvector      " + std::to_string(model.config.dim()) +
      " numbers, length 1\nparameters  " + std::to_string(network.parameters()) + "\ncost        " +
      std::to_string(network.multiply_adds()) + " multiply-adds a picture\nmemory      weights " +
      megabytes(static_cast<double>(weight_bytes)) + ", activations about " + megabytes(static_cast<double>(peak)) +
      " a picture\ninput       " + input_text(document["input"]) + "\nlicence     " +
      document["licence"].get<std::string>() + "\nsource      " + document["source"].get<std::string>() +
      "\nfolder      " + model.folder.string();
  globals.print(document, text);
}

// pull.json knows it (`models verify` checks that); otherwise the file is read.
std::string weights_sha256(const Model& model, const std::optional<Manifest>& manifest) {
  if (manifest)
    for (const auto& file : manifest->files)
      if (file.path == model.config.weights && file.size == std::filesystem::file_size(model.weights_file()))
        return file.sha256;
  return hash_file(model.folder, model.config.weights).sha256;
}

}  // namespace

Json model_json(const Model& model) {
  const auto manifest = read_manifest(model.folder);
  const bool unnamed = model.config.source.empty() && manifest.has_value();
  return {{"name", model.config.name},
          {"id", model.id},
          {"dim", model.config.dim()},
          {"params", describe(model.config).parameters()},
          {"sha256", weights_sha256(model, manifest)},
          {"folder", model.folder.string()},
          {"source",
           unnamed ? manifest->source + (manifest->commit.empty() ? "" : "@" + manifest->commit) : model.config.source},
          {"licence", model.config.licence.empty() && manifest ? manifest->licence : model.config.licence}};
}

std::string megabytes(double bytes) {
  char text[32];
  std::snprintf(text, sizeof text, bytes < 10e6 ? "%.1f MB" : "%.0f MB", bytes / 1e6);
  return text;
}

void add_models_show(CLI::App& verb, Globals& globals) {
  auto name = std::make_shared<std::string>();
  auto layers = std::make_shared<bool>(false);
  auto* sub = verb.add_subcommand("show", "Its layers, parameters, cost, memory, input, licence and source");
  sub->add_option("MODEL", *name, "Name, id or folder")->required();
  sub->add_flag("--layers", *layers, "Every layer, not block by block");
  sub->callback([&globals, name, layers] { show(globals, *name, *layers); });
}

}  // namespace ootd
