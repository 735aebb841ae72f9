// A network's layers as `ootd models show` prints them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ootd/models/model.h"

namespace ootd {

// Layers of one block as one row: sums, and the output of the last.
std::vector<ShapeOps::Layer> blocks_of(const std::vector<ShapeOps::Layer>& layers);

// What one layer reads and writes at a time, float32: an estimate, since an engine fuses layers and reuses memory.
std::int64_t peak_activation_bytes(const ModelConfig& config, const std::vector<ShapeOps::Layer>& layers);

std::string layer_table(const std::vector<ShapeOps::Layer>& rows);

}  // namespace ootd
