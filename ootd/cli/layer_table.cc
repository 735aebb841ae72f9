#include "ootd/cli/layer_table.h"

#include <algorithm>
#include <cctype>
#include <cstdio>

namespace ootd {
namespace {

using Layer = ShapeOps::Layer;

// The block that a layer belongs to: its name up to the first number and the numbers right behind it ("layer1.0",
// "features.2.1", "visual.trunk.blocks.11"), else without its last part ("visual.trunk.attn_pool"; "conv1" stays).
std::string block_of(const std::string& name) {
  std::size_t end = 0;
  bool numbered = false;
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t dot = std::min(name.find('.', at), name.size());
    const bool number =
        std::all_of(name.begin() + static_cast<std::ptrdiff_t>(at), name.begin() + static_cast<std::ptrdiff_t>(dot),
                    [](unsigned char c) { return std::isdigit(c) != 0; });
    if (numbered && !number) break;
    numbered = numbered || number;
    if (numbered || dot < name.size()) end = dot;
    at = dot + 1;
  }
  return end == 0 ? name : name.substr(0, end);
}

}  // namespace

std::vector<Layer> blocks_of(const std::vector<Layer>& layers) {
  std::vector<Layer> blocks;
  for (const Layer& layer : layers) {
    const std::string block = block_of(layer.name);
    if (blocks.empty() || blocks.back().name != block) {
      blocks.push_back(layer);
      blocks.back().name = block;
      continue;
    }
    Layer& last = blocks.back();
    last.kind = "block";
    last.out = layer.out;
    last.parameters += layer.parameters;
    last.multiply_adds += layer.multiply_adds;
  }
  return blocks;
}

std::int64_t peak_activation_bytes(const ModelConfig& config, const std::vector<Layer>& layers) {
  auto before = static_cast<std::int64_t>(config.input.width) * config.input.height * 3;
  std::int64_t peak = 0;
  for (const Layer& layer : layers) {
    const auto after = static_cast<std::int64_t>(element_count(layer.out));
    peak = std::max(peak, before + after);
    before = after;
  }
  return 4 * peak;
}

std::string layer_table(const std::vector<Layer>& rows) {
  std::size_t width = 5;
  for (const Layer& row : rows) width = std::max(width, row.name.size());
  const auto line = [&](const std::string& name, const std::string& kind, const std::string& out,
                        const std::string& parameters, const std::string& multiply_adds) {
    char text[320];
    std::snprintf(text, sizeof text, "%-*s  %-11s %-20s %13s %15s\n", static_cast<int>(width), name.c_str(),
                  kind.c_str(), out.c_str(), parameters.c_str(), multiply_adds.c_str());
    return std::string(text);
  };
  std::string table = line("layer", "kind", "output", "parameters", "multiply-adds");
  for (const Layer& row : rows)
    table +=
        line(row.name, row.kind, to_string(row.out), std::to_string(row.parameters), std::to_string(row.multiply_adds));
  return table;
}

}  // namespace ootd
