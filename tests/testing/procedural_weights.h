// Weights and inputs by formula, bit for bit as scripts/golden/procedural.py makes them (its head comment has the
// formula), so goldens of full-size networks need no weights in the repository. Tests and benches only.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "ootd/models/weights.h"

namespace ootd::testing {

// SplitMix64 (Steele et al. 2014), seeded with the FNV-1a hash of a name: the upper 24 bits of each output.
class ProceduralBits {
 public:
  explicit ProceduralBits(std::string_view name) : state_(0xcbf29ce484222325) {
    for (const char c : name) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  std::uint32_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return static_cast<std::uint32_t>((z ^ (z >> 31)) >> 40);
  }

 private:
  std::uint64_t state_;
};

struct OffsetAndScale {
  double offset, scale;
};

inline std::vector<float> procedural_values(std::string_view name, std::size_t count, OffsetAndScale range) {
  ProceduralBits bits(name);
  const auto offset = static_cast<float>(range.offset), scale = static_cast<float>(range.scale);
  std::vector<float> values(count);
  for (float& value : values) value = (static_cast<float>(bits.next()) * 0x1p-23f - 1.0f) * scale + offset;
  return values;
}

// The last norm of a residual block is small, so that values keep their size through 50 blocks.
inline double procedural_norm(std::string_view name) {
  if (name.ends_with("bn2.weight") || name.ends_with("bn3.weight")) return 0.5;  // ResNet, EfficientNet-Lite
  const bool last = name.ends_with("block.2.1.weight") || name.ends_with("block.3.1.weight");  // EfficientNet
  return last && name.find(".0.block.") == name.npos ? 0.25 : 1;
}

inline OffsetAndScale procedural_range(std::string_view name, const Shape& shape) {
  if (name.ends_with("running_var")) return {1, 0x1p-3};
  if (shape.size() == 1 && name.ends_with("weight")) return {procedural_norm(name), 0x1p-3};
  if (shape.size() < 2) return {0, 0x1p-4};  // biases, running means, SigLIP's scale and bias, CLIP's class token
  if (name.ends_with("visual.proj") || name.ends_with("text_projection"))  // CLIP's projections, [in, out]
    return {0, std::sqrt(3 / static_cast<double>(shape[0]))};
  if (!name.ends_with("weight") || name.ends_with("embedding.weight")) return {0, 1};  // learned tensors and tables
  const double fan_in = static_cast<double>(element_count(shape)) / static_cast<double>(shape[0]);
  if (shape.size() == 2) return {0, std::sqrt(3 / fan_in)};
  // He et al. 2015 for ReLU; EfficientNet's activations and gates let less pass.
  return {0, std::sqrt((name.starts_with("features.") || name.starts_with("_") ? 9 : 6) / fan_in)};
}

inline std::vector<NamedFloats> procedural_weights(std::span<const WeightSpec> specs) {
  std::vector<NamedFloats> weights;
  for (const auto& [name, shape, trained] : specs)
    weights.push_back({name, shape, procedural_values(name, element_count(shape), procedural_range(name, shape))});
  return weights;
}

// [count, 3, side, side]: coarse squares of 8 pixels, which make pictures differ, and fine grain.
inline std::vector<float> procedural_pictures(int count, int side) {
  const auto n = static_cast<std::size_t>(count), s = static_cast<std::size_t>(side), cells = (s + 7) / 8;
  const auto coarse = procedural_values("coarse", n * 3 * cells * cells, {0, 1});
  auto values = procedural_values("fine", n * 3 * s * s, {0, 0.25});
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] += coarse[(i / (s * s) * cells + i / s % s / 8) * cells + i % s / 8];
  return values;
}

// [count, length]
inline std::vector<std::int64_t> procedural_tokens(int count, int length, int vocabulary) {
  ProceduralBits bits("tokens");
  std::vector<std::int64_t> ids(static_cast<std::size_t>(count) * static_cast<std::size_t>(length));
  for (auto& id : ids) id = bits.next() % static_cast<std::uint32_t>(vocabulary);
  return ids;
}

}  // namespace ootd::testing
