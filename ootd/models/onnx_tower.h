// Which part of a foreign ONNX graph is a tower: exporters agree on no names, and some put both towers into one file.
#pragma once

#include <string>

#include "ootd/models/onnx_header.h"

namespace ootd {

enum class TowerKind { kImage, kText };

struct OnnxTower {
  OnnxPort input, output;
};

// The graph's first input of that kind, null if it has none:
//   pictures  floats [N, 3, H, W], each of which may be open
//   texts     whole numbers [N, T], whatever masks lie beside them
const OnnxPort* first_input(const OnnxHeader& graph, TowerKind kind);

// The tower's input, as above, and its output, the first of
//   an output by a usual name ("image_embeds", "pooler_output", ...; onnx_tower.cc has the list)
//   the only one of [N, width]; those called "logits..." are scores of classes or pairs, and count as none
//   images only: "last_hidden_state" or the only one of [N, T, width]; the only one of [N, C, H, W]
// Throws Error(kInput) that lists names and shapes if there is none or more than one.
OnnxTower find_tower(const OnnxHeader& graph, TowerKind kind, const std::string& file);

// Numbers in the vector that the output comes to; 0 if the graph leaves that open.
int width_of(const OnnxTower& tower);

}  // namespace ootd
