// A checkpoint folder: config.json says everything about the network and what it wants to see; the weights lie beside
// it. docs/formats.md has the fields. The checkpoint is the interface: there is no export step and no second
// definition.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "ootd/base/input_spec.h"
#include "ootd/base/json.h"
#include "ootd/models/registry.h"
#include "ootd/models/shape_ops.h"
#include "ootd/models/weights.h"

namespace ootd {

// A linear map of the features: y = W f + b, weights "head.weight" [dim, feature_dim] and "head.bias" [dim].
struct HeadConfig {
  int dim = 128;
  bool bias = true;
  bool normalize_input = false;  // scales f to length 1 first
  friend bool operator==(const HeadConfig&, const HeadConfig&) = default;
};

struct ModelConfig {
  std::string name;
  const Architecture* architecture = nullptr;  // a row of kArchitectures
  InputSpec input;
  std::optional<HeadConfig> head;
  std::string weights = "model.safetensors";  // relative to the folder
  std::string licence, source;                // where it came from, in words

  int dim() const { return head ? head->dim : architecture->feature_dim; }
};

// Throw Error(kInput) naming the file and the field.
ModelConfig parse_model_config(const Json& json, const std::string& where);
Json to_json(const ModelConfig& config);

struct Model {
  std::filesystem::path folder;
  ModelConfig config;
  std::string id;  // name + first 8 hex digits of the SHA-256 over config.json and weights

  std::filesystem::path weights_file() const { return folder / config.weights; }
};

// Reads config.json and hashes the weights. Throws kNotFound if there is no such model.
Model open_model(const std::filesystem::path& folder);

// Writes config.json and model.safetensors under parent/<id>/ and returns the model. Atomic: a folder is there wholly
// or not.
Model save_model(const std::filesystem::path& parent, const ModelConfig& config, std::vector<NamedFloats> weights);

// The whole encoder: backbone, head, unit length. x: [N, 3, H, W], normalised -> [N, dim()], rows of length 1.
template <Ops O>
typename O::Tensor encoder_forward(O& o, typename O::Tensor x, const ModelConfig& config) {
  x = features_forward(o, x, *config.architecture);
  if (config.head) {
    if (config.head->normalize_input) x = o.l2_normalize(x);
    x = o.linear(x, "head", {.out = config.head->dim, .bias = config.head->bias});
  }
  return o.l2_normalize(x);
}

// The weights, parameters and cost of the encoder for one picture.
ShapeOps describe(const ModelConfig& config);

}  // namespace ootd
