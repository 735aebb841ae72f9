// The goldens of kArchitectures in tests/golden/architectures (made by scripts/golden/architectures.py): which input
// each row was given, and what its source framework made of it. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "ootd/base/npy.h"
#include "ootd/models/registry.h"
#include "ootd/models/shape_ops.h"
#include "tests/testing/procedural_weights.h"

namespace ootd::testing {

inline constexpr const char* kHowToAdd = " (every row of kArchitectures needs this: docs/adding-a-model.md)";

// ONNX towers are whatever their file says; siglip-tiny/onnx stands for them.
inline bool has_golden(const Architecture& row) { return !std::holds_alternative<OnnxTowers>(row.network); }

// For INSTANTIATE_TEST_SUITE_P: every row that has one, called by its name.
inline std::vector<const Architecture*> golden_rows() {
  std::vector<const Architecture*> list;
  for (const auto& row : kArchitectures)
    if (has_golden(row)) list.push_back(&row);
  return list;
}
inline std::string row_name(const ::testing::TestParamInfo<const Architecture*>& row) {
  return std::string(row.param->name);
}

inline std::filesystem::path golden_file(const Architecture& row, const std::string& tower) {
  return std::filesystem::path(OOTD_GOLDEN_DIR) / "architectures" / (std::string(row.name) + "_" + tower + ".npy");
}

inline constexpr int kGoldenRows = 2;

// The side of the golden pictures: small, and odd after two halvings, which shows how a network pads.
inline int golden_side(const Architecture& row) {
  if (const auto* siglip = std::get_if<SiglipConfig>(&row.network)) return 4 * siglip->patch;
  const auto* clip = std::get_if<ClipConfig>(&row.network);
  return clip != nullptr ? 4 * clip->patch : 60;
}

struct ImageTower {
  using Value = float;
  const Architecture& row;
  std::string name = "image";
  Shape input_shape(int n = kGoldenRows) const { return {n, 3, golden_side(row), golden_side(row)}; }
  std::vector<Value> input() const { return procedural_pictures(kGoldenRows, golden_side(row)); }
  template <class O>
  auto operator()(O& ops, const typename O::Tensor& x) const {
    return features_forward(ops, x, row.network);
  }
};

struct TextTower {
  using Value = std::int64_t;
  const Architecture& row;
  std::string name = "text";
  int context() const {
    const auto* clip = std::get_if<ClipConfig>(&row.network);
    return clip != nullptr ? clip->context : std::get<SiglipConfig>(row.network).context;
  }
  Shape input_shape(int n = kGoldenRows) const { return {n, context()}; }
  std::vector<Value> input() const { return procedural_tokens(kGoldenRows, context(), vocabulary_of(row.network)); }
  template <class O>
  auto operator()(O& ops, const typename O::Tensor& ids) const {
    return text_features_forward(ops, ids, row.network);
  }
};

template <class Forward>
std::vector<WeightSpec> specs_of(const Forward& forward, const Shape& input_shape) {
  ShapeOps ops;
  forward(ops, input_shape);
  return ops.weights();
}

// Largest difference as a share of the largest expected value; infinite if the sizes differ or a value is no number.
inline double relative_difference(const std::vector<float>& actual, const std::vector<float>& expected) {
  double difference = actual.size() == expected.size() ? 0 : INFINITY, scale = 0;
  for (std::size_t i = 0; i < expected.size() && i < actual.size(); ++i) {
    const double d = std::abs(static_cast<double>(actual[i]) - expected[i]);
    difference = std::isfinite(d) ? std::max(difference, d) : INFINITY;
    scale = std::max<double>(scale, std::abs(expected[i]));
  }
  return difference / scale;
}

// Rows scaled to length 1, as vectors are used.
inline std::vector<float> unit_rows(std::vector<float> values, std::size_t width) {
  for (std::size_t begin = 0; begin + width <= values.size(); begin += width) {
    double sum = 0;
    for (std::size_t i = begin; i < begin + width; ++i) sum += static_cast<double>(values[i]) * values[i];
    for (std::size_t i = begin; i < begin + width; ++i) values[i] = static_cast<float>(values[i] / std::sqrt(sum));
  }
  return values;
}

inline double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  double difference = a.size() == b.size() ? 0 : INFINITY;
  for (std::size_t i = 0; i < a.size() && i < b.size(); ++i) {
    const double d = std::abs(static_cast<double>(a[i]) - b[i]);
    difference = std::isfinite(d) ? std::max(difference, d) : INFINITY;
  }
  return difference;
}

// How far [2, width] features are from the golden, as a share of what is allowed: 1e-3 of the largest value for CNNs,
// 1e-5 on unit vectors for SigLIP and CLIP. At most 1 passes.
template <class Tower>
double share_of_tolerance(const Tower& tower, const std::vector<float>& features) {
  const FloatArray golden = read_npy(golden_file(tower.row, tower.name));
  const auto width = static_cast<std::size_t>(golden.shape.back());
  if (!is_transformer(tower.row.network)) return relative_difference(features, golden.values) / 1e-3;
  return largest_difference(unit_rows(features, width), unit_rows(golden.values, width)) / 1e-5;
}

}  // namespace ootd::testing
