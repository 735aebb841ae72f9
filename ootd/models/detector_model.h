// A detector's folder: config.json says which family of networks it is of, what it wants to see and what its classes
// are called here; the weights lie beside it (docs/formats.md has the fields). Our own detector is written over Ops
// (nets/detector.h); all others are ONNX files as their trainers export them.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/detection.h"
#include "ootd/base/json.h"
#include "ootd/models/nets/detector.h"
#include "ootd/models/weights.h"

namespace ootd {

// What a network's outputs mean. An ONNX folder that names none is recognised by its outputs' names and shapes.
enum class DetectorFamily {
  kOotd,             // ours: distances and class logits per point
  kYolo,             // Ultralytics v8, v9, 11: [1, 4 + C, A], scores without objectness
  kYoloEndToEnd,     // YOLOv10, YOLO26, exports with nms=True: [1, 300, 6]
  kYoloObjectness,   // YOLOv5, v7: [1, A, 5 + C]
  kYolox,            // [1, A, 5 + C], undecoded or decoded
  kDetr,             // DETR, YOLOS: softmax, the last class is "none"
  kConditionalDetr,  // Conditional- and Deformable-DETR: sigmoid, best of queries x classes
  kRtDetr,           // RT-DETR, D-FINE by transformers: the same, squashed input
  kRtDetrDecoded,    // RT-DETR, D-FINE, DEIM by their own export: labels, boxes, scores
  kRfDetr,           // dets, labels
};
std::string_view to_string(DetectorFamily family);

enum class DetectorFit {
  kLetterbox,        // scaled to fit, padded on all sides
  kLetterboxCorner,  // scaled to fit, padded right and below
  kSquash,           // both sides scaled to the input's
  kShortestEdge,     // the shorter side to `shortest_edge`, the longer at most `longest_edge`; no padding
};

// What the network sees: (v / 255 - mean) / std of red, green and blue, with `bgr` in the other order.
struct DetectorInput {
  int width = 640, height = 640;  // unless kShortestEdge
  DetectorFit fit = DetectorFit::kLetterbox;
  int shortest_edge = 800, longest_edge = 1333;
  int pad = 114;           // value of the padding, 0 .. 255
  bool antialias = false;  // letterboxes: other trainers shrink without
  bool bgr = false;
  std::array<float, 3> mean = {0, 0, 0}, std = {1, 1, 1};
  friend bool operator==(const DetectorInput&, const DetectorInput&) = default;
};

struct DetectorConfig {
  std::string name;
  DetectorFamily family = DetectorFamily::kOotd;
  DetectorInput input;
  std::vector<std::string> classes;  // label i's own name
  std::map<std::string, std::string>
      categories;  // a class's name -> a garment category or "person"; others are dropped
  float min_score = 0.3f;
  float nms_iou = 0.6f;  // of boxes of one class; families without NMS ignore it
  int max_detections = 100;
  std::optional<DetectorNet> network;  // kOotd only
  std::string weights = "model.safetensors";
  std::string licence, source;
};

DetectorConfig parse_detector_config(const Json& json, const std::string& where);
Json to_json(const DetectorConfig& config);

struct DetectorModel {
  std::filesystem::path folder;
  DetectorConfig config;
  std::string id;  // name + first 8 hex digits of the SHA-256 over configuration and weights
};

// Whether its config.json names a family, which an encoder's never does.
bool is_detector_folder(const std::filesystem::path& folder);

// Throws kNotFound saying what was looked for, kInput naming the file and the field.
DetectorModel open_detector(const std::filesystem::path& folder);

// Writes config.json and the weights under parent/<id>/; atomic. half: as float16.
DetectorModel save_detector(const std::filesystem::path& parent, const DetectorConfig& config,
                            std::vector<NamedFloats> weights, bool half);

// Boxes that overlap a better one of the same label by more than `iou` are dropped; at most `count` stay, best first.
std::vector<Detection> suppress(std::vector<Detection> detections, float max_iou, int count);

}  // namespace ootd
