#include <cstdio>
#include <filesystem>
#include <vector>

#include "ootd/cli/layer_table.h"
#include "ootd/cli/models.h"
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

void show(const Globals& globals, const std::string& name, bool every_layer) {
  const Model model = find_model(globals.home, name);
  const ShapeOps image = describe_image(model.config), text = describe_text(model.config);
  const auto rows_of = [&](const ShapeOps& tower) { return every_layer ? tower.layers() : blocks_of(tower.layers()); };
  std::int64_t weight_bytes = 0;
  for (const auto& file : model.stored_files())
    weight_bytes += static_cast<std::int64_t>(std::filesystem::file_size(file));
  const std::int64_t peak = peak_activation_bytes(model.config, image.layers());
  Json document = model_json(model);
  document.update({{"multiply_adds", image.multiply_adds()},
                   {"weight_bytes", weight_bytes},
                   {"peak_activation_bytes", peak},
                   {"input", to_json(model.config).at("input")},
                   {"layers", layers_json(rows_of(image))}});
  std::string words = "image tower\n" + layer_table(rows_of(image));
  if (!text.layers().empty()) {
    document["text_layers"] = layers_json(rows_of(text));
    document["text_multiply_adds"] = text.multiply_adds();
    words += "\ntext tower\n" + layer_table(rows_of(text));
  }
  if (std::holds_alternative<OnnxTowers>(model.config.network)) words = "its layers are in its ONNX files\n";
  words += "\n" + model.id + "\nvector      " + std::to_string(model.config.dim()) + " numbers, length 1";
  for (const int prefix : model.config.matryoshka)
    words += (prefix == model.config.matryoshka.front() ? "; cut to " : ", ") + std::to_string(prefix);
  words += "\nparameters  " + document["params"].dump() + "\ncost        " + std::to_string(image.multiply_adds()) +
           " multiply-adds a picture" +
           (text.layers().empty() ? "" : ", " + std::to_string(text.multiply_adds()) + " a text") +
           "\nmemory      weights " + megabytes(static_cast<double>(weight_bytes)) + ", activations about " +
           megabytes(static_cast<double>(peak)) + " a picture\ninput       " + input_text(document["input"]) +
           "\nlicence     " + document["licence"].get<std::string>() + "\nsource      " +
           document["source"].get<std::string>() + "\nfolder      " + model.folder.string();
  globals.print(document, words);
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
