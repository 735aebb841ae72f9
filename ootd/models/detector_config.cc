// config.json of a detector: the fields that docs/formats.md lists, from and to DetectorConfig.
#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/base/garment.h"
#include "ootd/base/words.h"
#include "ootd/models/detector_family.h"
#include "ootd/models/garment_names.h"
#include "ootd/models/model.h"
#include "ootd/models/shards.h"

namespace ootd {
namespace {

constexpr int kDetectorFormat = 1, kMaxClasses = 10'000, kMaxDetections = 10'000;

constexpr Word<DetectorFit> kDetectorFits[] = {{"letterbox", DetectorFit::kLetterbox},
                                               {"letterbox_corner", DetectorFit::kLetterboxCorner},
                                               {"squash", DetectorFit::kSquash},
                                               {"shortest_edge", DetectorFit::kShortestEdge}};

void read_input(const Fields& fields, DetectorInput& input) {
  input.width = fields.whole_or("width", input.width, 1, Limits::kSide);
  input.height = fields.whole_or("height", input.height, 1, Limits::kSide);
  if (fields.has("fit")) {
    const auto fit = find_word(fields.get<std::string>("fit"), kDetectorFits);
    if (!fit) fields.refuse("fit", "known: " + list_words(kDetectorFits));
    input.fit = *fit;
  }
  input.shortest_edge = fields.whole_or("shortest_edge", input.shortest_edge, 1, Limits::kSide);
  input.longest_edge = fields.whole_or("longest_edge", input.longest_edge, 1, Limits::kSide);
  if (input.longest_edge < input.shortest_edge)
    fields.refuse("longest_edge", "shortest_edge is " + std::to_string(input.shortest_edge));
  input.pad = fields.whole_or("pad", input.pad, 0, 255);
  input.antialias = fields.get_or("antialias", input.antialias);
  input.bgr = fields.get_or("bgr", input.bgr);
  input.mean = fields.get_or("mean", input.mean);
  input.std = fields.get_or("std", input.std);
}

float read_fraction(const Fields& fields, const char* name, float fallback) {
  const auto value = fields.get_or<double>(name, fallback);
  if (!(value >= 0 && value <= 1)) fields.refuse(name, "must be in 0..1");
  return static_cast<float>(value);
}

DetectorNet parse_net(const Fields& fields) {
  DetectorNet net;
  const auto name = fields.get<std::string>("backbone");
  const Architecture* row = find_architecture(name);
  if (row == nullptr || !std::holds_alternative<EfficientNetConfig>(row->network))
    fields.refuse("backbone", "known: the EfficientNets of ootd/models/registry.h, such as efficientnet_lite0");
  net.backbone = std::get<EfficientNetConfig>(row->network);
  net.width = fields.whole("width", 1, Limits::kWidth);
  net.groups.clear();
  for (const Json& classes : fields.get<std::vector<Json>>("groups"))
    net.groups.push_back(fields.whole(classes, "groups", 1, kMaxClasses));
  return net;
}

Json net_json(const DetectorNet& net) {
  const auto row = std::ranges::find(kArchitectures, Network(net.backbone), &Architecture::network);
  if (row == std::end(kArchitectures))
    throw Error(Kind::kInput, "a detector's backbone must be one of the EfficientNets of ootd/models/registry.h");
  return {{"backbone", row->name}, {"width", net.width}, {"groups", net.groups}};
}

void check_categories(const Fields& fields, const DetectorConfig& config) {
  for (const auto& [name, category] : config.categories) {
    if (std::ranges::find(config.classes, name) == config.classes.end())
      fields.refuse("categories", "\"" + name + "\" is none of its classes");
    if (category != kPersonCategory && std::ranges::find(kGarmentCategories, category) == kGarmentCategories.end())
      fields.refuse("categories", "\"" + category + "\" is no category; known: outer bottom dress top person");
  }
  if (!config.categories.empty()) return;
  std::string names;
  for (const auto& name : config.classes) names += " \"" + name + "\"";
  fields.refuse("categories", "none of its classes is known here:" + names.substr(0, 500) +
                                  "; map those that are garments or persons, such as {\"coat\": \"outer\"}");
}

}  // namespace

std::optional<std::string> read_weights_name(const Fields& fields) {
  if (!fields.has("weights")) return std::nullopt;
  auto name = fields.get<std::string>("weights");
  if (!stays_inside(name)) fields.refuse("weights", "it is not in the folder");
  return name;
}

void read_detector_fields(const Fields& fields, DetectorConfig& config) {
  fields.whole_or("format", kDetectorFormat, kDetectorFormat, kDetectorFormat);
  config.name = fields.get_or("name", config.name);
  if (config.name.empty() || config.name.find('/') != std::string::npos) fields.refuse("name", "must be a plain word");
  if (fields.has("input")) read_input(fields.object("input"), config.input);
  check_input({.mean = config.input.mean, .std = config.input.std}, fields.where() + ": input");
  config.classes = fields.get_or("classes", config.classes);
  if (config.classes.empty() || config.classes.size() > kMaxClasses)
    fields.refuse("classes", "list the names of the classes, label 0 first");
  config.categories = fields.get_or("categories", default_categories(config.classes));
  check_categories(fields, config);
  config.min_score = read_fraction(fields, "min_score", config.min_score);
  config.nms_iou = read_fraction(fields, "nms_iou", config.nms_iou);
  config.max_detections = fields.whole_or("max_detections", config.max_detections, 1, kMaxDetections);
  config.weights = read_weights_name(fields).value_or(config.weights);
  config.licence = fields.get_or("licence", config.licence);
  config.source = fields.get_or("source", config.source);
  if ((config.family == DetectorFamily::kOotd) == config.weights.ends_with(".onnx"))
    fields.refuse("weights", "family \"ootd\" takes safetensors, every other an .onnx file");
  if (config.family != DetectorFamily::kOotd) {
    if (fields.has("network")) fields.refuse("network", "only family \"ootd\" has this; leave it out");
    return;
  }
  if (!fields.has("network")) fields.refuse("network", "family \"ootd\" needs it");
  config.network = parse_net(fields.object("network"));
  if (config.network->classes() != static_cast<int>(config.classes.size()))
    fields.refuse("network", "its groups have another number of classes than the " +
                                 std::to_string(config.classes.size()) + " of \"classes\"");
  constexpr int kCoarsest = kDetectorStrides.back();
  if (config.input.fit == DetectorFit::kShortestEdge || config.input.width % kCoarsest != 0 ||
      config.input.height % kCoarsest != 0)
    fields.refuse("input", "family \"ootd\" sees pictures of a fixed size whose sides are multiples of " +
                               std::to_string(kCoarsest));
}

DetectorConfig parse_detector_config(const Json& json, const std::string& where) {
  const Fields fields(json, where);
  fields.whole("format", kDetectorFormat, kDetectorFormat);
  const auto family = find_family(fields.get<std::string>("family"));
  if (!family) fields.refuse("family", "known: " + known_families());
  DetectorConfig config = default_detector_config(*family);
  read_detector_fields(fields, config);
  return config;
}

Json to_json(const DetectorConfig& config) {
  const DetectorInput& in = config.input;
  Json input = {{"fit", word_of(in.fit, kDetectorFits)}, {"bgr", in.bgr}, {"mean", in.mean}, {"std", in.std}};
  if (in.fit == DetectorFit::kShortestEdge)
    input.update({{"shortest_edge", in.shortest_edge}, {"longest_edge", in.longest_edge}});
  else
    input.update({{"width", in.width}, {"height", in.height}});
  if (in.fit == DetectorFit::kLetterbox || in.fit == DetectorFit::kLetterboxCorner) {
    input["pad"] = in.pad;
    input["antialias"] = in.antialias;
  }
  Json json = {{"format", kDetectorFormat},     {"name", config.name},       {"family", to_string(config.family)},
               {"input", std::move(input)},     {"classes", config.classes}, {"categories", config.categories},
               {"min_score", config.min_score}, {"nms_iou", config.nms_iou}, {"max_detections", config.max_detections},
               {"weights", config.weights},     {"licence", config.licence}, {"source", config.source}};
  if (config.network) json["network"] = net_json(*config.network);
  return json;
}

}  // namespace ootd
