#include "ootd/models/onnx_tower.h"

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "ootd/base/error.h"

namespace ootd {
namespace {

// By preference. Beside an embedding in the common space (CLIP, SigLIP) lies the tower's own pooler_output.
constexpr std::string_view kImageNames[] = {"image_embeds",   "image_embeddings", "image_embedding",
                                            "image_features", "pooler_output",    "pooled_output",
                                            "embeddings",     "embedding",        "sentence_embedding"};
constexpr std::string_view kTextNames[] = {"text_embeds",   "text_embeddings", "text_embedding",
                                           "text_features", "pooler_output",   "pooled_output",
                                           "embeddings",    "embedding",       "sentence_embedding"};

bool is_picture(const OnnxPort& port) {
  return port.is_float() &&
         (port.shape.empty() || (port.shape.size() == 4 && (port.shape[1] == 3 || port.shape[1] == -1) &&
                                 !(port.shape[1] == -1 && port.shape[3] == 3)));
}

bool is_text(const OnnxPort& port) {
  const bool mask = port.name.find("mask") != port.name.npos || port.name.find("type") != port.name.npos ||
                    port.name.find("position") != port.name.npos;
  return port.is_integer() && (port.shape.empty() || port.shape.size() == 2) && !mask;
}

std::string list_ports(std::span<const OnnxPort> ports) {
  std::string text;
  for (const OnnxPort& port : ports) {
    text += (text.empty() ? "" : ", ") + port.name + " [";
    for (std::size_t i = 0; i < port.shape.size(); ++i)
      text += (i == 0 ? "" : ", ") + (port.shape[i] < 0 ? "?" : std::to_string(port.shape[i]));
    text += port.shape.empty() ? "shape not stated]" : "]";
    if (!port.is_float()) text += port.is_integer() ? " of whole numbers" : " of another type";
  }
  return text;
}

template <class Is>
std::vector<OnnxPort> those(std::span<const OnnxPort> ports, const Is& is) {
  std::vector<OnnxPort> found;
  std::ranges::copy_if(ports, std::back_inserter(found), is);
  return found;
}

OnnxPort find_input(const OnnxHeader& graph, TowerKind kind, const std::string& file) {
  const bool image = kind == TowerKind::kImage;
  const auto found = those(graph.inputs, image ? is_picture : is_text);
  if (found.size() == 1) return found.front();
  throw Error(Kind::kInput, file + (found.empty() ? ": has no input for " : ": has more than one input for ") +
                                (image ? "pictures, floats [N, 3, H, W]" : "texts, whole numbers [N, T]") +
                                "; its inputs: " + list_ports(graph.inputs));
}

OnnxPort find_output(const OnnxHeader& graph, TowerKind kind, const std::string& file) {
  const std::span<const std::string_view> names = kind == TowerKind::kImage ? kImageNames : kTextNames;
  const auto outputs =
      those(graph.outputs, [](const OnnxPort& port) { return port.is_float() && !port.name.starts_with("logits"); });
  for (const auto name : names)
    for (const OnnxPort& port : outputs)
      if (port.name == name) return port;
  const auto of_rank = [&](std::size_t rank) {
    return those(outputs, [&](const OnnxPort& port) { return port.shape.size() == rank && port.shape[1] != 1; });
  };
  const auto rows = of_rank(2);
  if (rows.size() == 1) return rows.front();
  if (rows.empty() && kind == TowerKind::kImage) {
    for (const OnnxPort& port : outputs)
      if (port.name == "last_hidden_state") return port;
    for (const std::size_t rank : {3, 4}) {
      const auto found = of_rank(rank);
      if (found.size() == 1) return found.front();
      if (!found.empty()) break;
    }
  }
  std::string known;
  for (const auto name : names) known += (known.empty() ? "" : ", ") + std::string(name);
  throw Error(Kind::kInput, file + ": which of its outputs is the embedding is not clear: none is called " + known +
                                ", and not just one is [N, width]; its outputs: " + list_ports(graph.outputs));
}

}  // namespace

const OnnxPort* first_input(const OnnxHeader& graph, TowerKind kind) {
  const auto found = std::ranges::find_if(graph.inputs, kind == TowerKind::kImage ? is_picture : is_text);
  return found == graph.inputs.end() ? nullptr : &*found;
}

OnnxTower find_tower(const OnnxHeader& graph, TowerKind kind, const std::string& file) {
  return {find_input(graph, kind, file), find_output(graph, kind, file)};
}

int width_of(const OnnxTower& tower) {
  const auto& shape = tower.output.shape;
  if (shape.size() < 2) return 0;
  const std::int64_t width = shape.size() == 4 ? shape[1] : shape.back();
  return width > 0 ? static_cast<int>(width) : 0;
}

}  // namespace ootd
