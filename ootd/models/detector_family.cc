#include "ootd/models/detector_family.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "ootd/base/error.h"
#include "ootd/base/words.h"
#include "ootd/models/model.h"

namespace ootd {
namespace {

constexpr float kByte = 1.0f / 255;
constexpr std::array<float, 3> kImageNetMean = {0.485f, 0.456f, 0.406f}, kImageNetStd = {0.229f, 0.224f, 0.225f};

constexpr DetectorInput kLetterboxed = {};
constexpr DetectorInput kCorner = {
    .fit = DetectorFit::kLetterboxCorner, .bgr = true, .mean = {0, 0, 0}, .std = {kByte, kByte, kByte}};
constexpr DetectorInput kEdge = {.fit = DetectorFit::kShortestEdge, .mean = kImageNetMean, .std = kImageNetStd};
constexpr DetectorInput kSquashed = {.fit = DetectorFit::kSquash};
constexpr DetectorInput kSquashedImageNet = {
    .width = 560, .height = 560, .fit = DetectorFit::kSquash, .mean = kImageNetMean, .std = kImageNetStd};

struct FamilyRow {
  DetectorFamily family;
  std::string_view word;
  const DetectorInput& input;
  float min_score, nms_iou;
};
constexpr FamilyRow kFamilies[] = {
    {DetectorFamily::kOotd, "ootd", kLetterboxed, 0.3f, 0.6f},
    {DetectorFamily::kYolo, "yolo", kLetterboxed, 0.25f, 0.6f},
    {DetectorFamily::kYoloEndToEnd, "yolo_end_to_end", kLetterboxed, 0.25f, 0.6f},
    {DetectorFamily::kYoloObjectness, "yolo_objectness", kLetterboxed, 0.25f, 0.45f},
    {DetectorFamily::kYolox, "yolox", kCorner, 0.3f, 0.45f},
    {DetectorFamily::kDetr, "detr", kEdge, 0.5f, 0.6f},
    {DetectorFamily::kConditionalDetr, "conditional_detr", kEdge, 0.4f, 0.6f},
    {DetectorFamily::kRtDetr, "rt_detr", kSquashed, 0.4f, 0.6f},
    {DetectorFamily::kRtDetrDecoded, "rt_detr_decoded", kSquashed, 0.4f, 0.6f},
    {DetectorFamily::kRfDetr, "rf_detr", kSquashedImageNet, 0.5f, 0.6f},
};

constexpr Word<DetectorFamily> kModelTypes[] = {
    {"detr", DetectorFamily::kDetr},
    {"yolos", DetectorFamily::kDetr},
    {"conditional_detr", DetectorFamily::kConditionalDetr},
    {"deformable_detr", DetectorFamily::kConditionalDetr},
    {"rt_detr", DetectorFamily::kRtDetr},
    {"rt_detr_v2", DetectorFamily::kRtDetr},
    {"d_fine", DetectorFamily::kRtDetr},
};

const OnnxPort* find_port(const std::vector<OnnxPort>& ports, std::string_view name) {
  const auto port = std::ranges::find(ports, name, &OnnxPort::name);
  return port == ports.end() ? nullptr : &*port;
}

// The pixels: the only input of four dimensions.
const OnnxPort* pixels_of(const OnnxHeader& header) {
  const auto port = std::ranges::find(header.inputs, 4u, [](const OnnxPort& input) { return input.shape.size(); });
  return port == header.inputs.end() ? nullptr : &*port;
}

// One [1, a, b] of points: a row of it is a point or, in the newer ones, a column.
std::optional<DetectorFamily> family_of_points(const OnnxHeader& header, const OnnxPort& output) {
  const std::int64_t rows = output.shape[1], columns = output.shape[2];
  constexpr std::int64_t kMostBoxes = 1000, kMostClasses = 1000;
  // Six numbers of an open number of points are corners, score and class, or box, objectness and one class.
  if (columns == 6 && rows < 0) return std::nullopt;
  if (columns == 6 && rows <= kMostBoxes) return DetectorFamily::kYoloEndToEnd;
  const bool channels_first = rows > 0 && rows < kMostClasses && (columns < 0 || rows < columns);
  if (channels_first) return DetectorFamily::kYolo;
  if (columns < 0 || (rows > 0 && rows < columns)) return std::nullopt;
  if (const OnnxPort* pixels = pixels_of(header); pixels != nullptr && rows > 0) {
    std::int64_t points = 0;
    for (const int stride : kDetectorStrides) points += (pixels->shape[2] / stride) * (pixels->shape[3] / stride);
    if (rows == points) return DetectorFamily::kYolox;
    if (rows == 3 * points) return DetectorFamily::kYoloObjectness;
  }
  return output.name == "output" ? DetectorFamily::kYolox : DetectorFamily::kYoloObjectness;
}

// Class logits [N, Q, C] beside boxes [N, Q, 4].
std::optional<DetectorFamily> family_of_queries(const OnnxHeader& header, const OnnxPort& logits, std::size_t classes) {
  const std::int64_t queries = logits.shape[1], columns = logits.shape[2];
  if (classes > 0 && columns == static_cast<std::int64_t>(classes) + 1) return DetectorFamily::kDetr;
  if (find_port(header.inputs, "pixel_mask") != nullptr)
    return classes > 0 && columns == static_cast<std::int64_t>(classes) ? DetectorFamily::kConditionalDetr
                                                                        : DetectorFamily::kDetr;
  if (classes == 0 && queries == 100) return DetectorFamily::kDetr;
  if (const OnnxPort* pixels = pixels_of(header); pixels != nullptr && pixels->shape[2] > 0 && pixels->shape[3] > 0)
    return DetectorFamily::kRtDetr;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(DetectorFamily family) {
  return std::ranges::find(kFamilies, family, &FamilyRow::family)->word;
}

std::optional<DetectorFamily> find_family(std::string_view word) {
  const auto row = std::ranges::find(kFamilies, word, &FamilyRow::word);
  return row == std::end(kFamilies) ? std::nullopt : std::optional(row->family);
}

std::string known_families() {
  std::string list;
  for (const auto& row : kFamilies) list += (list.empty() ? "" : " ") + std::string(row.word);
  return list;
}

DetectorConfig default_detector_config(DetectorFamily family) {
  const FamilyRow& row = *std::ranges::find(kFamilies, family, &FamilyRow::family);
  DetectorConfig config;
  config.family = family;
  config.input = row.input;
  config.min_score = row.min_score;
  config.nms_iou = row.nms_iou;
  return config;
}

std::optional<DetectorFamily> recognize_family(const OnnxHeader& header, std::size_t classes) {
  const auto has = [&](std::string_view name) { return find_port(header.outputs, name) != nullptr; };
  if (has("labels") && has("boxes") && has("scores")) return DetectorFamily::kRtDetrDecoded;
  if (has("dets") && has("labels")) return DetectorFamily::kRfDetr;
  std::vector<const OnnxPort*> tables, boxes;
  for (const auto& output : header.outputs)
    if (output.shape.size() == 3) (output.shape[2] == 4 ? boxes : tables).push_back(&output);
  if (tables.size() == 1 && boxes.empty()) return family_of_points(header, *tables.front());
  const OnnxPort* logits = find_port(header.outputs, "logits");
  if (logits == nullptr && tables.size() == 1) logits = tables.front();
  if (logits != nullptr && logits->shape.size() == 3 && (boxes.size() == 1 || has("pred_boxes")))
    return family_of_queries(header, *logits, classes);
  return std::nullopt;
}

std::optional<DetectorFamily> family_of_model_type(std::string_view model_type) {
  return find_word(model_type, kModelTypes);
}

std::vector<std::string> read_id2label(const Fields& config) {
  std::vector<std::string> names;
  const Fields table = config.object("id2label");
  for (const auto& [key, name] : table.json().items()) {
    const bool digits = !key.empty() && key.size() < 5 && key.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || !name.is_string()) table.refuse(key.c_str(), "must be the name of a class number in 0..9999");
    const auto number = static_cast<std::size_t>(std::stoi(key));
    if (number >= names.size()) names.resize(number + 1);
    names[number] = name.get<std::string>();
  }
  return names;
}

std::vector<std::string> parse_python_names(std::string_view text, const std::string& where) {
  std::vector<std::string> names;
  std::size_t at = 0;
  const auto fail = [&] {
    throw Error(Kind::kInput, where + ": its metadata \"names\" is no dict of class names: " +
                                  std::string(text.substr(0, 100)) + "; write `classes` in config.json");
  };
  const auto next = [&]() -> char {
    while (at < text.size() && text[at] == ' ') ++at;
    return at < text.size() ? text[at++] : '\0';
  };
  if (next() != '{') fail();
  for (char mark = next(); mark != '}'; mark = next()) {
    if (mark == ',') continue;
    std::string digits;
    for (; mark >= '0' && mark <= '9'; mark = next()) digits += mark;
    if (mark != ':' || digits != std::to_string(names.size())) fail();
    const char quote = next();
    if (quote != '\'' && quote != '"') fail();
    std::string name;
    while (at < text.size() && text[at] != quote) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      name += text[at++];
    }
    if (at++ >= text.size()) fail();
    names.push_back(std::move(name));
  }
  return names;
}

void read_detector_preprocessor(const Fields& file, DetectorInput& input) {
  if (!file.get_or("do_resize", true)) file.refuse("do_resize", "pictures are always resized");
  if (!file.get_or("do_rescale", true)) file.refuse("do_rescale", "pixels are always divided by 255");
  if (std::abs(file.get_or<double>("rescale_factor", 1.0 / 255) * 255 - 1) > 1e-6)
    file.refuse("rescale_factor", "pixels are always divided by 255");
  if (file.has("resample") && file.whole("resample", 0, 5) != 2) file.refuse("resample", "known: 2 (bilinear)");
  if (file.has("size") && file.json()["size"].is_number()) {  // as older versions of transformers write it
    input.fit = DetectorFit::kShortestEdge;
    input.shortest_edge = file.whole("size", 1, Limits::kSide);
    input.longest_edge = file.whole_or("max_size", 1333, input.shortest_edge, Limits::kSide);
  } else if (file.has("size")) {
    const Fields size = file.object("size");
    input.fit = size.has("shortest_edge") ? DetectorFit::kShortestEdge : DetectorFit::kSquash;
    if (input.fit == DetectorFit::kShortestEdge) {
      input.shortest_edge = size.whole("shortest_edge", 1, Limits::kSide);
      input.longest_edge = size.whole_or("longest_edge", Limits::kSide, input.shortest_edge, Limits::kSide);
    } else {
      input.width = size.whole("width", 1, Limits::kSide);
      input.height = size.whole("height", 1, Limits::kSide);
    }
  }
  const bool normalize = file.get_or("do_normalize", true);
  input.mean = normalize ? file.get_or("image_mean", kImageNetMean) : std::array<float, 3>{0, 0, 0};
  input.std = normalize ? file.get_or("image_std", kImageNetStd) : std::array<float, 3>{1, 1, 1};
}

void read_graph_size(const OnnxHeader& header, const std::string& where, DetectorInput& input) {
  const auto fix = [&](std::int64_t height, std::int64_t width) {
    if (height > Limits::kSide || width > Limits::kSide)
      throw Error(Kind::kInput, where + ": wants pictures of " + std::to_string(width) + " x " +
                                    std::to_string(height) + " pixels; the limit is " + std::to_string(Limits::kSide));
    input.height = static_cast<int>(height);
    input.width = static_cast<int>(width);
    if (input.fit == DetectorFit::kShortestEdge) input.fit = DetectorFit::kSquash;
  };
  const OnnxPort* pixels = pixels_of(header);
  if (pixels != nullptr && pixels->shape[2] > 0 && pixels->shape[3] > 0) {
    fix(pixels->shape[2], pixels->shape[3]);
  } else if (const auto size = header.metadata.find("imgsz"); size != header.metadata.end()) {
    const Json sides = Json::parse(size->second, nullptr, /*allow_exceptions=*/false);  // "[640, 640]": height, width
    const auto side = [&](std::size_t i) {
      return Fields({{"imgsz", sides[i]}}, where).whole("imgsz", 1, Limits::kSide);
    };
    if (sides.is_array() && sides.size() == 2) fix(side(0), side(1));
  }
}

}  // namespace ootd
