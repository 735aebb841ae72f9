// A checkpoint folder: config.json says everything about the network and what it wants to see; the weights lie beside
// it. docs/formats.md has the fields. The checkpoint is the interface: there is no export step and no second
// definition. Folders as open_clip, transformers and ONNX exporters publish them open as they are (foreign_config.h).
#pragma once

#include <array>
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

// A map of the features f. Linear: y = W f + b, weights "head.weight" [dim, feature_dim] and "head.bias" [dim].
// With hidden > 0 an MLP: y = W2 gelu(W1 f + b1) + b2, weights "head.fc1.*" [hidden, feature_dim] and "head.fc2.*".
struct HeadConfig {
  int dim = 128;
  bool bias = true;
  bool normalize_input = false;  // scales f to length 1 first
  int hidden = 0;
  friend bool operator==(const HeadConfig&, const HeadConfig&) = default;
};

struct ModelConfig {
  std::string name;
  const Architecture* architecture = nullptr;  // a row of kArchitectures
  Network network;                             // that row's, unless config.json states other sizes (SigLIP, CLIP)
  InputSpec input;
  std::optional<TextSpec> text;  // present if there is a text tower with a tokenizer
  std::optional<HeadConfig> head;
  // Files relative to the folder: one, or those of one state, or the index of its shards. ONNX: the image tower, then
  // the text tower.
  std::vector<std::string> weights = {"model.safetensors"};
  std::vector<int> matryoshka;    // prefixes of the vector that are good vectors themselves (Kusupati et al. 2022)
  int cut = 0;                    // one of them: vectors are cut to it. 0: whole
  bool passes_over_head = false;  // the files hold a head, which is not used
  std::string licence, source;    // where it came from, in words

  // 0 if only an ONNX graph knows.
  int full_dim() const { return head ? head->dim : feature_dim(network); }
  int dim() const { return cut > 0 ? cut : full_dim(); }
};

// What CLIP's pictures are normalised with.
inline constexpr std::array<float, 3> kClipMean = {0.48145466f, 0.4578275f, 0.40821073f};
inline constexpr std::array<float, 3> kClipStd = {0.26862954f, 0.26130258f, 0.27577711f};

// The architecture as published: its size and pre-processing, no head, weights in model.safetensors.
ModelConfig default_config(const Architecture& architecture);

inline constexpr std::size_t kMaxConfigBytes = 1u << 20;

// Throw Error(kInput) naming the file and the field.
void check_input(const InputSpec& input, const std::string& where);
// Sizes that fit together and stay within what a description can count.
void check_sizes(const ModelConfig& config, const std::string& where);
ModelConfig parse_model_config(const Json& json, const std::string& where);
Json to_json(const ModelConfig& config);

struct Model {
  std::filesystem::path folder;
  ModelConfig config;
  // Name + first 8 hex digits of the SHA-256 over configuration and weights, and "@64" if vectors are cut to 64, or
  // "@backbone" if they are taken before the head.
  std::string id;

  // The files of config.weights that hold named weights (a *.index.json stands for its shards, as Weights reads it),
  // and those that are ONNX graphs.
  std::vector<std::filesystem::path> weights_files() const;
  std::vector<std::filesystem::path> onnx_files() const;
  std::vector<std::filesystem::path> tokenizer_files() const;
  // Every file that the network is stored in: config.weights, the shards of an index, what an ONNX graph refers to.
  std::vector<std::filesystem::path> stored_files() const;
};

// What to tell a user who wants words of a model that sees pictures only.
std::string no_text_tower(const Model& model);

// Whether open_model() would find a configuration there: ours or a published one (foreign_config.h).
bool is_model_folder(const std::filesystem::path& folder);

// Reads the configuration and hashes the weights. "FOLDER@64" cuts the vectors to 64 numbers, where the model says that
// such prefixes are good; "FOLDER@backbone" leaves the head away: what another head may be trained on. Throws
// kNotFound, saying what was looked for, if there is no such model.
Model open_model(const std::filesystem::path& folder);

// The model's named weights, checked against its network. Throws Error(kInput) listing what does not fit.
Weights open_weights(const Model& model);

// Writes config.json and the weights (into the first file of config.weights) under parent/<id>/ and returns the model.
// half: as float16, which changes vectors in the fourth digit.
// `links` are files put beside them, hard links where the file system can. Atomic: a folder is there wholly or not.
Model save_model(const std::filesystem::path& parent, const ModelConfig& config, std::vector<NamedFloats> weights,
                 const std::vector<std::filesystem::path>& links = {}, bool half = false);

// What follows either tower: head, cut, unit length. x: [N, feature_dim] -> [N, dim()].
template <Ops O>
typename O::Tensor head_forward(O& o, typename O::Tensor x, const ModelConfig& config) {
  if (config.head) {
    const HeadConfig& head = *config.head;
    if (head.normalize_input) x = o.l2_normalize(x);
    if (head.hidden > 0) {
      x = o.activate(o.linear(x, "head.fc1", {.out = head.hidden, .bias = head.bias}), Activation::kGelu);
      x = o.linear(x, "head.fc2", {.out = head.dim, .bias = head.bias});
    } else {
      x = o.linear(x, "head", {.out = head.dim, .bias = head.bias});
    }
  }
  if (config.cut > 0) x = o.columns(x, 0, config.cut);
  return o.l2_normalize(x);
}

// The whole image encoder. x: [N, 3, H, W], normalised -> [N, dim()], rows of length 1.
template <Ops O>
typename O::Tensor encoder_forward(O& o, const typename O::Tensor& x, const ModelConfig& config) {
  return head_forward(o, features_forward(o, x, config.network), config);
}

// The whole text encoder. ids: [N, text->length] -> [N, dim()], rows of length 1. Only with has_text_tower().
template <Ops O>
typename O::Tensor text_encoder_forward(O& o, const typename O::Tensor& ids, const ModelConfig& config) {
  return head_forward(o, text_features_forward(o, ids, config.network), config);
}

// The layers, weights and cost of a tower with its head, for one picture or one text.
ShapeOps describe_image(const ModelConfig& config);
ShapeOps describe_text(const ModelConfig& config);
// Everything that the checkpoint holds: what the towers share is listed once. Of OnnxTowers
// only the head.
std::vector<WeightSpec> all_weights(const ModelConfig& config);
std::int64_t parameter_count(const ModelConfig& config);

}  // namespace ootd
