// A folder of ONNX graphs (foreign_config.h): which file is which tower, and what its neighbours say of its input.
#include <algorithm>
#include <map>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/models/foreign_config.h"
#include "ootd/models/onnx_tower.h"

namespace ootd {
namespace {

constexpr const char* kOnnxFolders[] = {"onnx/", ""};
// Copies of a graph in fewer bits, as exporters name them.
constexpr std::string_view kSmaller[] = {"_fp16", "_int8", "_uint8", "_quantized", "_q4", "_q4f16", "_bnb4"};

// The one of these files that is meant: the first that is called so, or the only one.
std::optional<std::string> choose_graph(const std::vector<std::string>& files, std::span<const std::string_view> names,
                                        const std::string& what) {
  for (const auto name : names)
    for (const auto& file : files)
      if (std::filesystem::path(file).stem() == name) return file;
  if (files.empty()) return std::nullopt;
  if (files.size() == 1) return files.front();
  std::string list;
  for (const auto& file : files) list += (list.empty() ? "" : ", ") + file;
  throw Error(Kind::kInput, what + ": " + list + "; leave one, or call it " + std::string(names.front()) + ".onnx");
}

struct OnnxGraphs {
  std::vector<std::string> files;  // the image tower's; the text tower's if it has one of its own
  OnnxTower image;
  std::optional<OnnxPort> text;  // its input; what else it is, whoever asks for words finds out
};

OnnxGraphs find_graphs(const std::filesystem::path& folder) {
  std::map<std::string, OnnxHeader> headers;
  std::vector<std::string> files = onnx_files(folder), images, texts;
  for (const auto& file : files) {
    const OnnxHeader& header = headers[file] = read_onnx_header(folder / file);
    if (first_input(header, TowerKind::kImage) != nullptr) images.push_back(file);
  }
  constexpr std::string_view kImages[] = {"vision_model", "model"}, kTexts[] = {"text_model"};
  const auto image = choose_graph(images, kImages, folder.string() + ": holds several graphs for pictures");
  // Of a graph that takes no pictures, the error says what it takes.
  OnnxGraphs graphs{{image.value_or(files.front())}, {}, {}};
  const OnnxHeader& first = headers.at(graphs.files[0]);
  graphs.image = find_tower(first, TowerKind::kImage, (folder / graphs.files[0]).string());
  const auto text_input = [&](const std::string& file) { return first_input(headers.at(file), TowerKind::kText); };
  for (const auto& file : files)
    if (text_input(file) != nullptr && first_input(headers.at(file), TowerKind::kImage) == nullptr)
      texts.push_back(file);
  // Whole numbers beside pictures may be something else, sizes maybe.
  const bool both =
      text_input(graphs.files[0]) != nullptr &&
      std::ranges::any_of(first.outputs, [](const OnnxPort& port) { return port.name.starts_with("text_"); });
  if (const auto text = choose_graph(texts, kTexts, folder.string() + ": holds several graphs for texts")) {
    graphs.text = *text_input(*text);
    graphs.files.push_back(*text);
  } else if (both) {
    graphs.text = *text_input(graphs.files[0]);
  }
  return graphs;
}

// What the files beside a text tower's graph say of its texts; of any model, since the graph runs whatever it is.
// Nothing if its tokenizer is of a class that we do not have: then it sees pictures only.
std::optional<TextSpec> read_onnx_text(const std::filesystem::path& folder, const OnnxPort& ids,
                                       const std::optional<Fields>& open_clip,
                                       const std::optional<Fields>& transformers) {
  TextSpec text;
  const auto tokenizer = read_optional_fields(folder / "tokenizer_config.json");
  int vocabulary = 0;
  bool is_clip = tokenizer && tokenizer->get_or<std::string>("tokenizer_class", "").starts_with("CLIPTokenizer");
  std::optional<Cleaning> cleaning;
  if (open_clip) {
    const Fields described = open_clip->object("model_cfg").object_or_empty("text_cfg");
    text.length = described.whole_or("context_length", 77, 1, Limits::kTokens);
    const Fields arguments = described.object_or_empty("tokenizer_kwargs");
    if (arguments.get_or<std::string>("clean", "") == "canonicalize")
      cleaning = Cleaning::kCanonicalize;
    else if (is_clip || !described.has("hf_tokenizer_name"))
      cleaning = Cleaning::kOpenClip;
  } else if (transformers) {
    is_clip = is_clip || transformers->get_or<std::string>("model_type", "") == "clip";
    const Fields described = transformers->object_or_empty("text_config");
    text.length = described.whole_or("max_position_embeddings", is_clip ? 77 : text.length, 1, Limits::kTokens);
    vocabulary = described.whole_or("vocab_size", 0, 1, Limits::kVocabulary);
    if (is_clip) cleaning = Cleaning::kClip;
  }
  if (!cleaning) cleaning = known_cleaning(tokenizer, vocabulary);
  if (!cleaning) return std::nullopt;
  text.cleaning = *cleaning;
  if (ids.shape.size() == 2 && ids.shape[1] > 0) text.length = static_cast<int>(ids.shape[1]);
  return text;
}

// The width that a configuration states, where the graph leaves it open; 0 if none does.
int stated_width(const std::optional<Fields>& open_clip, const std::optional<Fields>& transformers) {
  if (open_clip) return open_clip->object("model_cfg").whole_or("embed_dim", 0, 1, Limits::kWidth);
  if (!transformers) return 0;
  const int width = transformers->object_or_empty("vision_config").whole_or("hidden_size", 0, 1, Limits::kWidth);
  return transformers->whole_or("projection_dim", width, 1, Limits::kWidth);
}

}  // namespace

std::vector<std::string> onnx_files(const std::filesystem::path& folder) {
  std::vector<std::string> files;
  for (const std::string sub : kOnnxFolders) {
    if (!std::filesystem::is_directory(folder / sub)) continue;
    std::vector<std::string> here;
    for (const auto& entry : std::filesystem::directory_iterator(folder / sub))
      if (entry.path().extension() == ".onnx") here.push_back(entry.path().stem());
    std::ranges::sort(here);
    for (const std::string& stem : here) {
      const bool smaller = std::ranges::any_of(kSmaller, [&](std::string_view suffix) {
        return stem.ends_with(suffix) &&
               std::ranges::find(here, stem.substr(0, stem.size() - suffix.size())) != here.end();
      });
      if (!smaller) files.push_back(sub + stem + ".onnx");
    }
  }
  return files;
}

void read_onnx_folder(const std::filesystem::path& folder, ModelConfig& config) {
  const OnnxGraphs graphs = find_graphs(folder);
  const auto open_clip = read_optional_fields(folder / kOpenClip);
  const auto transformers = read_optional_fields(folder / kTransformers);
  config.architecture = find_architecture("onnx");
  config.weights = graphs.files;
  const int width = width_of(graphs.image);
  if (graphs.text) config.text = read_onnx_text(folder, *graphs.text, open_clip, transformers);
  config.network = OnnxTowers{width > 0 ? width : stated_width(open_clip, transformers), config.text.has_value()};

  const auto& shape = graphs.image.input.shape;
  const bool sized = shape.size() == 4 && shape[2] > 0 && shape[3] > 0;
  if (const auto input = read_preparation(folder)) {
    config.input = *input;
  } else if (open_clip) {
    const Fields vision = open_clip->object("model_cfg").object_or_empty("vision_cfg");
    const int side =
        vision.whole_or("image_size", sized ? static_cast<int>(std::min<std::int64_t>(shape[2], Limits::kSide)) : 224,
                        1, Limits::kSide);
    config.input = read_open_clip_input(open_clip->object("preprocess_cfg"), side);
  } else {
    throw Error(Kind::kNotFound, folder.string() + ": holds ONNX graphs, but no " + kPreprocessor + ", " + kProcessor +
                                     " or " + kOpenClip + " that says what they want to see");
  }
  if (sized && (config.input.height != shape[2] || config.input.width != shape[3]))
    throw Error(Kind::kInput, (folder / graphs.files[0]).string() + ": takes pictures of " + std::to_string(shape[3]) +
                                  " x " + std::to_string(shape[2]) + " pixels, but the folder prepares them as " +
                                  std::to_string(config.input.width) + " x " + std::to_string(config.input.height));
}

}  // namespace ootd
