#include "ootd/models/detector_model.h"

#include <algorithm>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/models/checkpoint_folder.h"
#include "ootd/models/detector_family.h"
#include "ootd/models/foreign_config.h"
#include "ootd/models/model.h"

namespace ootd {
namespace {

// The folder's only graph, or of several the one called model.onnx; here or under onnx/.
std::optional<std::string> find_graph(const std::filesystem::path& folder) {
  for (const std::string sub : {"", "onnx/"}) {
    std::vector<std::string> graphs;
    if (std::filesystem::is_directory(folder / sub))
      for (const auto& entry : std::filesystem::directory_iterator(folder / sub))
        if (entry.path().extension() == ".onnx") graphs.push_back(sub + entry.path().filename().string());
    std::ranges::sort(graphs);
    if (graphs.size() == 1) return graphs.front();
    if (std::ranges::find(graphs, sub + "model.onnx") != graphs.end()) return sub + "model.onnx";
    if (graphs.empty()) continue;
    std::string list;
    for (const auto& graph : graphs) list += " " + graph;
    throw Error(Kind::kInput, folder.string() + ": holds several ONNX files:" + list +
                                  "; name one of them as \"weights\" in config.json");
  }
  return std::nullopt;
}

// Of a graph that another program exported: what it says itself, then what transformers' files beside it say, then the
// fields of ours.
DetectorConfig read_onnx_detector(const Fields& fields, const std::filesystem::path& folder, std::string weights) {
  const std::string graph = (folder / weights).string();
  const OnnxHeader header = read_onnx_header(folder / weights);
  std::vector<std::string> classes;
  if (fields.has("classes"))
    classes = fields.get<std::vector<std::string>>("classes");
  else if (fields.has("id2label"))
    classes = read_id2label(fields);
  else if (const auto names = header.metadata.find("names"); names != header.metadata.end())
    classes = parse_python_names(names->second, graph);

  std::optional<DetectorFamily> family;
  if (fields.has("family")) {
    family = find_family(fields.get<std::string>("family"));
    if (!family) fields.refuse("family", "known: " + known_families());
  }
  if (!family) family = family_of_model_type(fields.get_or<std::string>("model_type", ""));
  if (!family) family = recognize_family(header, classes.size());
  if (!family) {
    std::string outputs;
    for (const auto& output : header.outputs) outputs += " " + output.name + to_string(output.shape);
    throw Error(Kind::kInput, graph + ": its outputs" + outputs +
                                  " do not say which kind of detector it is; name its \"family\" in config.json: " +
                                  known_families());
  }
  DetectorConfig config = default_detector_config(*family);
  if (const auto preprocessor = read_optional_fields(folder / "preprocessor_config.json"))
    read_detector_preprocessor(*preprocessor, config.input);
  read_graph_size(header, graph, config.input);
  Provenance provenance = read_provenance(folder);
  config.name = std::move(provenance.name);
  config.licence = std::move(provenance.licence);
  config.source = std::move(provenance.source);
  if (config.licence.empty() && header.metadata.contains("license")) config.licence = header.metadata.at("license");
  config.classes = std::move(classes);
  config.weights = std::move(weights);
  read_detector_fields(fields, config);
  return config;
}

}  // namespace

bool is_detector_folder(const std::filesystem::path& folder) {
  try {
    const auto fields = read_optional_fields(folder / "config.json");
    return fields && fields->has("family");
  } catch (const Error&) {  // damaged: whoever opens it says so
    return false;
  }
}

DetectorModel open_detector(const std::filesystem::path& folder) {
  const auto file = folder / "config.json";
  const Fields fields = read_optional_fields(file).value_or(Fields(Json::object(), file.string()));
  std::optional<std::string> weights = read_weights_name(fields);
  if (!weights && fields.get_or<std::string>("family", "") != to_string(DetectorFamily::kOotd))
    weights = find_graph(folder);
  DetectorModel model = {.folder = folder, .config = {}, .id = ""};
  if (weights && weights->ends_with(".onnx"))
    model.config = read_onnx_detector(fields, folder, *weights);
  else if (fields.has("family"))
    model.config = parse_detector_config(fields.json(), fields.where());
  else
    throw Error(
        Kind::kNotFound,
        folder.string() + ": is no detector: there is neither a config.json with a \"family\" nor an ONNX file");
  // The same detector has the same id wherever its files came from and whatever they left to defaults.
  DetectorConfig meaning = model.config;
  meaning.licence = meaning.source = "";
  model.id = meaning.name + "-" + hash_prefix(dump_json(to_json(meaning)), stored_parts(folder / meaning.weights));
  return model;
}

DetectorModel save_detector(const std::filesystem::path& parent, const DetectorConfig& config,
                            std::vector<NamedFloats> weights, bool half) {
  DetectorModel model;
  const auto named = write_folder(parent, [&](const std::filesystem::path& folder) {
    const std::string text = dump_json(to_json(config), 2) + "\n";
    write_file_atomically(folder / "config.json", std::as_bytes(std::span(text)));
    write_safetensors(folder / config.weights, weights, half);
    model = open_detector(folder);
    return model.id;
  });
  model.folder = named;
  return model;
}

std::vector<Detection> suppress(std::vector<Detection> detections, float max_iou, int count) {
  std::ranges::stable_sort(detections, std::ranges::greater{}, &Detection::score);
  std::vector<Detection> kept;
  for (const auto& detection : detections) {
    if (static_cast<int>(kept.size()) >= count) break;
    const bool hidden = std::ranges::any_of(kept, [&](const Detection& better) {
      return better.label == detection.label && iou(better.box, detection.box) > max_iou;
    });
    if (!hidden) kept.push_back(detection);
  }
  return kept;
}

}  // namespace ootd
