// What is known of a family of detectors before its config.json says otherwise, and how a folder of another program's
// tells which family it is of. Inside this folder and its tests.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/models/config_fields.h"
#include "ootd/models/detector_model.h"
#include "ootd/models/onnx_header.h"

namespace ootd {

// The pre-processing and thresholds that the family is published with; no classes.
DetectorConfig default_detector_config(DetectorFamily family);
std::optional<DetectorFamily> find_family(std::string_view word);
std::string known_families();  // for messages

// By the outputs' names, then by shapes. classes: how many there are, 0 if that is not known; it tells DETR's softmax
// (one column more) from the sigmoid of its successors. Nothing if that is not enough to be sure.
std::optional<DetectorFamily> recognize_family(const OnnxHeader& header, std::size_t classes);

// transformers' `model_type`.
std::optional<DetectorFamily> family_of_model_type(std::string_view model_type);

// transformers' `id2label`: {"0": "bag", "1": "bottom"}; names of absent numbers are "". Throws kInput.
std::vector<std::string> read_id2label(const Fields& config);

// Ultralytics' metadata, the text of a Python dict: {0: 'bag', 1: "men's wear"}. where: the file, for the error.
std::vector<std::string> parse_python_names(std::string_view text, const std::string& where);

// transformers' preprocessor_config.json, over the family's input. What it asks for and we cannot do exactly is
// refused.
void read_detector_preprocessor(const Fields& file, DetectorInput& input);

// The size that the graph is fixed to, or Ultralytics' `imgsz`; a graph of open size changes nothing. where: the file.
void read_graph_size(const OnnxHeader& header, const std::string& where, DetectorInput& input);

// The field `weights`, which must not leave the folder: it is checked before anything is opened. Throws kInput.
std::optional<std::string> read_weights_name(const Fields& fields);

// The fields of config.json that are there, over what `config` holds; then what cannot be left out is checked, and
// categories that are not stated are those of garment_names.h. Throws kInput naming the field.
void read_detector_fields(const Fields& fields, DetectorConfig& config);

}  // namespace ootd
