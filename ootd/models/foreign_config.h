// Model folders as others publish them, opened as they are:
//   open_clip     open_clip_config.json (wins over transformers' config.json beside it) and weights
//   transformers  config.json with model_type "siglip" or "siglip_vision_model", preprocessor_config.json and weights
//   ONNX          [onnx/]vision_model.onnx [+ text_model.onnx] and preprocessor_config.json or open_clip_config.json.
//                 Where no configuration states the width, OnnxTowers::dim is 0: whoever opens the graph asks it
// Named weights win over ONNX graphs. What the files ask for and we cannot do exactly is refused by its name.
// `name` is the folder's; licence and source come from pull.json or the front matter of README.md, if there.
#pragma once

#include <filesystem>
#include <optional>

#include "ootd/models/config_fields.h"
#include "ootd/models/model.h"

namespace ootd {

// Whether it holds the configuration or the graphs of one (config.json aside, which is not theirs alone).
bool is_foreign_folder(const std::filesystem::path& folder);

// Throws kNotFound saying what was looked for; kInput naming file and field.
ModelConfig read_foreign_config(const std::filesystem::path& folder);

// A JSON file that may not be there. Throws kInput if it is no JSON object.
std::optional<Fields> read_optional_fields(const std::filesystem::path& file);

// What a published folder says of itself in words: its own name; licence and source as above.
struct Provenance {
  std::string name, licence, source;
};
Provenance read_provenance(const std::filesystem::path& folder);

// The parts, from files that are read already. They fill network, input and, but for the cleaning, text.
void read_open_clip_config(const Fields& file, ModelConfig& config);
void read_transformers_config(const Fields& file, ModelConfig& config);
InputSpec read_preprocessor_config(const Fields& file);
Cleaning read_cleaning(const std::optional<Fields>& tokenizer_config, int vocabulary);

}  // namespace ootd
