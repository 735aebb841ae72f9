// Model folders as others publish them, opened as they are:
//   open_clip     open_clip_config.json (wins over transformers' config.json beside it) and weights
//   transformers  config.json with model_type "siglip", "clip" or "..._vision_model", weights, and what prepares
//                 pictures: processor_config.json with an "image_processor", else preprocessor_config.json
//   ONNX          [onnx/]*.onnx, and what prepares pictures as above, or open_clip_config.json. The graph that pictures
//                 go into and the one for texts (onnx_tower.h); "vision_model", then "model" win over other names.
//                 Where neither graph nor configuration states the width, OnnxTowers::dim is 0: whoever opens it asks
//                 it
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

inline constexpr const char* kOpenClip = "open_clip_config.json";
inline constexpr const char* kTransformers = "config.json";
inline constexpr const char* kProcessor = "processor_config.json";
inline constexpr const char* kPreprocessor = "preprocessor_config.json";

// The folder's ONNX files, relative to it, those in onnx/ first; without copies of another one in fewer bits.
std::vector<std::string> onnx_files(const std::filesystem::path& folder);
// A folder that has some, as described above.
void read_onnx_folder(const std::filesystem::path& folder, ModelConfig& config);

// How pictures are prepared, as transformers says it. Nothing if neither file is there.
std::optional<InputSpec> read_preparation(const std::filesystem::path& folder);

// The parts, from files that are read already. They fill network, input and, but for the cleaning, text.
void read_open_clip_config(const Fields& file, ModelConfig& config);
void read_open_clip_clip(const Fields& model, ModelConfig& config, int& side);
InputSpec read_open_clip_input(const Fields& preprocess, int side);
void read_transformers_config(const Fields& file, ModelConfig& config);
void read_transformers_clip(const Fields& file, ModelConfig& config);
// A size of one number, of two, or by name; a centred window; what a class takes where its file is silent.
InputSpec read_preprocessor_config(const Fields& file);
// A tokenizer class cleans in its own way. open_clip's repositories carry T5's class and canonicalize before it.
std::optional<Cleaning> known_cleaning(const std::optional<Fields>& tokenizer_config, int vocabulary);
Cleaning read_cleaning(const std::optional<Fields>& tokenizer_config, int vocabulary);

}  // namespace ootd
