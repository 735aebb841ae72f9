#include "ootd/detect/decoders.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>

#include "ootd/base/error.h"
#include "ootd/models/detector_points.h"

namespace ootd {
namespace {

using Outputs = std::span<const NamedFloats>;

[[noreturn]] void refuse(const DetectorConfig& config, const NamedFloats& output, const std::string& why) {
  throw Error(Kind::kInput, config.name + ": its output " + output.name + to_string(output.shape) + " " + why +
                                "; is it of another family than \"" + std::string(to_string(config.family)) + "\"?");
}

// An output of one picture, [1, rows, columns] or [1, rows].
struct OutputTable {
  const NamedFloats& output;
  std::size_t rows, columns;
  const float* row(std::size_t i) const { return output.values.data() + i * columns; }
};

OutputTable table_of(const DetectorConfig& config, const NamedFloats& output, std::size_t dimensions) {
  const Shape& shape = output.shape;
  if (shape.size() != dimensions || shape[0] != 1 || element_count(shape) != output.values.size())
    refuse(config, output, "should be of one picture and have " + std::to_string(dimensions) + " dimensions");
  return {output, static_cast<std::size_t>(shape[1]), dimensions == 3 ? static_cast<std::size_t>(shape[2]) : 1};
}

// By one of its names, else the only one of three dimensions whose last is 4 (boxes) or is not.
const NamedFloats& find_output(const DetectorConfig& config, Outputs outputs,
                               std::initializer_list<std::string_view> names, bool boxes) {
  for (const auto& output : outputs)
    if (std::ranges::find(names, output.name) != names.end()) return output;
  const NamedFloats* found = nullptr;
  int count = 0;
  std::string list;
  for (const auto& output : outputs) {
    list += " " + output.name + to_string(output.shape);
    if (output.shape.size() != 3 || (output.shape[2] == 4) != boxes) continue;
    found = &output;
    ++count;
  }
  if (count == 1) return *found;
  throw Error(Kind::kInput, config.name + ": has no output " + std::string(*names.begin()) + " that family \"" +
                                std::string(to_string(config.family)) + "\" needs; it has:" + list);
}

void check_classes(const DetectorConfig& config, const NamedFloats& output, std::size_t room) {
  if (room != config.classes.size())
    refuse(config, output,
           "tells " + std::to_string(room) + " classes apart, but config.json lists " +
               std::to_string(config.classes.size()));
}

// A label that the network itself wrote as a number.
int checked_label(const DetectorConfig& config, const NamedFloats& output, float label) {
  if (!(label >= 0 && label < static_cast<float>(config.classes.size())))
    refuse(config, output,
           "names class " + std::to_string(label) + ", but config.json lists " + std::to_string(config.classes.size()));
  return static_cast<int>(label);
}

Box around(float x, float y, float w, float h) { return {x - w / 2, y - h / 2, w, h}; }

std::vector<Detection> decode_yolo(const DetectorConfig& config, Outputs outputs) {
  const OutputTable table = table_of(config, find_output(config, outputs, {"output0"}, false), 3);
  check_classes(config, table.output, table.rows < 4 ? 0 : table.rows - 4);
  // Row after row, as the memory lies.
  std::vector<float> best(table.columns, -1);
  std::vector<int> label(table.columns, 0);
  for (std::size_t c = 0; c + 4 < table.rows; ++c) {
    const float* scores = table.row(4 + c);
    for (std::size_t i = 0; i < table.columns; ++i)
      if (scores[i] > best[i]) {
        best[i] = scores[i];
        label[i] = static_cast<int>(c);
      }
  }
  std::vector<Detection> found;
  for (std::size_t i = 0; i < table.columns; ++i)
    if (best[i] >= config.min_score)
      found.push_back({label[i], best[i], around(table.row(0)[i], table.row(1)[i], table.row(2)[i], table.row(3)[i])});
  return found;
}

std::vector<Detection> decode_end_to_end(const DetectorConfig& config, Outputs outputs) {
  const OutputTable table = table_of(config, find_output(config, outputs, {"output0"}, false), 3);
  if (table.columns != 6) refuse(config, table.output, "should have rows of x1, y1, x2, y2, score, class");
  std::vector<Detection> found;
  for (std::size_t i = 0; i < table.rows; ++i) {
    const float* v = table.row(i);
    if (v[4] >= config.min_score && v[4] > 0)
      found.push_back({checked_label(config, table.output, v[5]), v[4], {v[0], v[1], v[2] - v[0], v[3] - v[1]}});
  }
  return found;
}

// Rows of box, objectness, class scores; box(i, v) reads the first four.
template <class ReadBox>
std::vector<Detection> decode_objectness(const DetectorConfig& config, const OutputTable& table, const ReadBox& box) {
  check_classes(config, table.output, table.columns < 5 ? 0 : table.columns - 5);
  std::vector<Detection> found;
  for (std::size_t i = 0; i < table.rows; ++i) {
    const float* v = table.row(i);
    if (v[4] < config.min_score) continue;
    const float* best = std::max_element(v + 5, v + table.columns);
    if (const float score = v[4] * *best; score >= config.min_score)
      found.push_back({static_cast<int>(best - (v + 5)), score, box(i, v)});
  }
  return found;
}

std::vector<Detection> decode_yolo_objectness(const DetectorConfig& config, Outputs outputs) {
  return decode_objectness(config, table_of(config, find_output(config, outputs, {"output0", "output"}, false), 3),
                           [](std::size_t, const float* v) { return around(v[0], v[1], v[2], v[3]); });
}

// Whether sizes are pixels already, which exports may have decoded: their logarithms in strides are small numbers.
bool has_pixels(const OutputTable& table) {
  constexpr float kLargestLogarithm = 10;
  std::vector<float> sizes;
  for (std::size_t i = 0; i < table.rows; ++i) sizes.insert(sizes.end(), {table.row(i)[2], table.row(i)[3]});
  const auto middle = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() / 2);
  std::nth_element(sizes.begin(), middle, sizes.end());
  return !sizes.empty() && *middle > kLargestLogarithm;
}

std::vector<Detection> decode_yolox(const DetectorConfig& config, Outputs outputs, const Placement& seen) {
  const OutputTable table = table_of(config, find_output(config, outputs, {"output"}, false), 3);
  if (table.columns < 5) refuse(config, table.output, "should have rows of box, objectness and class scores");
  if (has_pixels(table))
    return decode_objectness(config, table, [](std::size_t, const float* v) { return around(v[0], v[1], v[2], v[3]); });
  struct Point {
    int x, y, stride;
  };
  std::vector<Point> points;
  for (const int stride : kDetectorStrides)
    for (int y = 0; y < seen.height / stride; ++y)
      for (int x = 0; x < seen.width / stride; ++x) points.push_back({x, y, stride});
  if (points.size() != table.rows)
    refuse(config, table.output,
           "should have " + std::to_string(points.size()) + " points for an input of " + std::to_string(seen.width) +
               "x" + std::to_string(seen.height));
  return decode_objectness(config, table, [&](std::size_t i, const float* v) {
    const auto stride = static_cast<float>(points[i].stride);
    return around((v[0] + static_cast<float>(points[i].x)) * stride, (v[1] + static_cast<float>(points[i].y)) * stride,
                  std::exp(v[2]) * stride, std::exp(v[3]) * stride);
  });
}

std::vector<Detection> decode_ours(const DetectorConfig& config, Outputs outputs, const Placement& seen) {
  DetectorMaps maps = {.width = seen.width, .height = seen.height, .values = {}};
  for (std::size_t level = 0; level < maps.values.size(); ++level) {
    if (level >= outputs.size()) throw Error(Kind::kInternal, config.name + ": has fewer maps than strides");
    const Shape expected = {1, config.network->channels(), maps.rows(level), maps.columns(level)};
    if (outputs[level].shape != expected) refuse(config, outputs[level], "should be " + to_string(expected));
    maps.values[level] = outputs[level].values;
  }
  return merge_points(decode_points(maps, *config.network, config.min_score), config.nms_iou, config.max_detections);
}

// Boxes of queries are shares of what the network sees.
struct Queries {
  OutputTable logits, boxes;
  const Placement& seen;
  Box box(std::size_t i) const {
    const auto width = static_cast<float>(seen.width), height = static_cast<float>(seen.height);
    const float* v = boxes.row(i);
    return around(v[0] * width, v[1] * height, v[2] * width, v[3] * height);
  }
};

Queries queries_of(const DetectorConfig& config, Outputs outputs, const Placement& seen) {
  const bool rf_detr = config.family == DetectorFamily::kRfDetr;
  const auto& logits = rf_detr ? find_output(config, outputs, {"labels", "logits"}, false)
                               : find_output(config, outputs, {"logits"}, false);
  const auto& boxes = find_output(config, outputs, {"pred_boxes", "dets"}, true);
  const Queries queries = {table_of(config, logits, 3), table_of(config, boxes, 3), seen};
  if (queries.boxes.columns != 4 || queries.boxes.rows != queries.logits.rows)
    refuse(config, boxes, "should have a box for each row of " + logits.name + to_string(logits.shape));
  return queries;
}

// The last column stands for "no object".
std::vector<Detection> decode_softmax(const DetectorConfig& config, const Queries& queries) {
  const OutputTable& logits = queries.logits;
  check_classes(config, logits.output, logits.columns < 1 ? 0 : logits.columns - 1);
  std::vector<Detection> found;
  for (std::size_t i = 0; i < logits.rows; ++i) {
    const float *v = logits.row(i), *none = v + logits.columns - 1;
    const float* best = std::max_element(v, none);
    const float largest = std::max(*best, *none);
    float sum = 0;
    for (std::size_t c = 0; c < logits.columns; ++c) sum += std::exp(v[c] - largest);
    if (const float score = std::exp(*best - largest) / sum; score >= config.min_score)
      found.push_back({static_cast<int>(best - v), score, queries.box(i)});
  }
  return found;
}

// Every pair of query and class counts by itself. RF-DETR's heads have columns that no class uses.
std::vector<Detection> decode_sigmoid(const DetectorConfig& config, const Queries& queries) {
  const OutputTable& logits = queries.logits;
  if (config.family != DetectorFamily::kRfDetr || logits.columns < config.classes.size())
    check_classes(config, logits.output, logits.columns);
  const float threshold = std::log(config.min_score / (1 - config.min_score));
  std::vector<Detection> found;
  for (std::size_t i = 0; i < logits.rows; ++i)
    for (std::size_t c = 0; c < config.classes.size(); ++c)
      if (const float logit = logits.row(i)[c]; logit >= threshold)
        found.push_back({static_cast<int>(c), 1 / (1 + std::exp(-logit)), queries.box(i)});
  return found;
}

// Corners in pixels of the picture already.
std::vector<Detection> decode_rt_detr_decoded(const DetectorConfig& config, Outputs outputs) {
  const OutputTable labels = table_of(config, find_output(config, outputs, {"labels"}, false), 2);
  const OutputTable boxes = table_of(config, find_output(config, outputs, {"boxes"}, true), 3);
  const OutputTable scores = table_of(config, find_output(config, outputs, {"scores"}, false), 2);
  if (boxes.columns != 4 || boxes.rows != labels.rows || boxes.rows != scores.rows)
    refuse(config, boxes.output, "should have a box for each of the labels and the scores");
  std::vector<Detection> found;
  for (std::size_t i = 0; i < boxes.rows; ++i) {
    const float *v = boxes.row(i), score = *scores.row(i);
    if (score >= config.min_score)
      found.push_back(
          {checked_label(config, labels.output, *labels.row(i)), score, {v[0], v[1], v[2] - v[0], v[3] - v[1]}});
  }
  return found;
}

// Best first, overlaps gone, boxes on the picture.
std::vector<Detection> finished(std::vector<Detection> found, const DetectorConfig& config, bool overlapping,
                                const Placement& placement) {
  std::erase_if(found, [](const Detection& one) {
    return !(std::isfinite(one.box.x) && std::isfinite(one.box.y) && std::isfinite(one.box.w) &&
             std::isfinite(one.box.h) && one.box.w > 0 && one.box.h > 0);
  });
  constexpr float kAll = 1;  // no two boxes overlap by more
  found = suppress(std::move(found), overlapping ? config.nms_iou : kAll, config.max_detections);
  for (auto& one : found) one.box = placement.to_picture(one.box.x, one.box.y, one.box.right(), one.box.bottom());
  std::erase_if(found, [](const Detection& one) { return one.box.area() <= 0; });
  return found;
}

}  // namespace

std::vector<Detection> decode(const DetectorConfig& config, Outputs outputs, const Placement& placement) {
  for (const auto& output : outputs)
    if (std::ranges::any_of(output.values, [](float value) { return std::isnan(value); }))
      throw Error(Kind::kInput, config.name + ": its output " + output.name +
                                    " holds NaN; the weights are damaged, or " +
                                    "the input's mean and std are not what it was trained with");
  switch (config.family) {
    case DetectorFamily::kOotd:
      return finished(decode_ours(config, outputs, placement), config, false, placement);
    case DetectorFamily::kYolo:
      return finished(decode_yolo(config, outputs), config, true, placement);
    case DetectorFamily::kYoloEndToEnd:
      return finished(decode_end_to_end(config, outputs), config, false, placement);
    case DetectorFamily::kYoloObjectness:
      return finished(decode_yolo_objectness(config, outputs), config, true, placement);
    case DetectorFamily::kYolox:
      return finished(decode_yolox(config, outputs, placement), config, true, placement);
    case DetectorFamily::kDetr:
      return finished(decode_softmax(config, queries_of(config, outputs, placement)), config, false, placement);
    case DetectorFamily::kConditionalDetr:
    case DetectorFamily::kRtDetr:
    case DetectorFamily::kRfDetr:
      return finished(decode_sigmoid(config, queries_of(config, outputs, placement)), config, false, placement);
    case DetectorFamily::kRtDetrDecoded: {
      const Placement itself = {.width = placement.picture_width,
                                .height = placement.picture_height,
                                .picture_width = placement.picture_width,
                                .picture_height = placement.picture_height};
      return finished(decode_rt_detr_decoded(config, outputs), config, false, itself);
    }
  }
  throw Error(Kind::kInternal, "a detector without a family");
}

}  // namespace ootd
