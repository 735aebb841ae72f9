#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <vector>

#include "ootd/cli/models.h"
#include "ootd/cli/workspace.h"

namespace ootd {
namespace {

using Layer = ShapeOps::Layer;

// The block that a layer belongs to: its name up to the first number and the numbers right behind it ("layer1.0",
// "features.2.1", "visual.trunk.blocks.11"), else without its last part ("visual.trunk.attn_pool"; "conv1" stays).
std::string block_of(const std::string& name) {
  std::size_t end = 0;
  bool numbered = false;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    const bool number =
        std::all_of(name.begin() + static_cast<std::ptrdiff_t>(at), name.begin() + static_cast<std::ptrdiff_t>(dot),
                    [](unsigned char c) { return std::isdigit(c) != 0; });
    if (numbered && !number) break;
    numbered = numbered || number;
    if (numbered || dot < name.size()) end = dot;
    at = dot + 1;
  }
  return end == 0 ? name : name.substr(0, end);
}

std::vector<Layer> grouped(const std::vector<Layer>& layers) {
  std::vector<Layer> blocks;
  for (const Layer& layer : layers) {
    const std::string block = block_of(layer.name);
    if (blocks.empty() || blocks.back().name != block) {
      blocks.push_back(layer);
      blocks.back().name = block;
      continue;
    }
    Layer& last = blocks.back();
    last.kind = "block";
    last.out = layer.out;
    last.parameters += layer.parameters;
    last.multiply_adds += layer.multiply_adds;
  }
  return blocks;
}

// What one layer reads and writes at a time, float32: an estimate, since an engine fuses layers and reuses memory.
std::int64_t peak_activation_bytes(const ModelConfig& config, const std::vector<Layer>& layers) {
  auto before = static_cast<std::int64_t>(config.input.width) * config.input.height * 3;
  std::int64_t peak = 0;
  for (const Layer& layer : layers) {
    const auto after = static_cast<std::int64_t>(element_count(layer.out));
    peak = std::max(peak, before + after);
    before = after;
  }
  return 4 * peak;
}

std::string layer_table(const std::vector<Layer>& rows) {
  std::size_t width = 5;
  for (const Layer& row : rows) width = std::max(width, row.name.size());
  const auto line = [&](const std::string& name, const std::string& kind, const std::string& out,
                        const std::string& parameters, const std::string& multiply_adds) {
    char text[320];
    std::snprintf(text, sizeof text, "%-*s  %-11s %-20s %13s %15s\n", static_cast<int>(width), name.c_str(),
                  kind.c_str(), out.c_str(), parameters.c_str(), multiply_adds.c_str());
    return std::string(text);
  };
  std::string table = line("layer", "kind", "output", "parameters", "multiply-adds");
  for (const Layer& row : rows)
    table +=
        line(row.name, row.kind, to_string(row.out), std::to_string(row.parameters), std::to_string(row.multiply_adds));
  return table;
}

// {"width": 224, ...} as words
std::string input_text(const Json& input) {
  std::string text = input.at("width").dump() + " x " + input.at("height").dump() + " RGB, ";
  text += input.at("fit") == "squash" ? "squashed" : "shorter side to " + input.at("resize_side").dump() + ", centre";
  return text + ", " + input.at("filter").get<std::string>();
}

void show(const Globals& globals, const std::string& name, bool every_layer) {
  const Model model = find_model(globals.home, name);
  const ShapeOps network = describe(model.config);
  const auto rows = every_layer ? network.layers() : grouped(network.layers());
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

}  // namespace

void add_models_show(CLI::App& verb, Globals& globals) {
  auto name = std::make_shared<std::string>();
  auto layers = std::make_shared<bool>(false);
  auto* sub = verb.add_subcommand("show", "Its layers, parameters, cost, memory, input, licence and source");
  sub->add_option("MODEL", *name, "Name, id or folder")->required();
  sub->add_flag("--layers", *layers, "Every layer, not block by block");
  sub->callback([&globals, name, layers] { show(globals, *name, *layers); });
}

}  // namespace ootd
