// What static int8 needs to know of a network beside its weights: the range of each layer's input on the user's own
// pictures. `ootd models quantize` measures it (calibrate.h) and writes it as quantization.json beside the weights,
// whose id it names. docs/formats.md has the fields.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ootd/base/json.h"
#include "ootd/models/model.h"

namespace ootd {

// Mean cosine of int8 to f32 vectors, below which int8 is not used.
inline constexpr double kMinCosine = 0.995;

// 256 steps from low to high. low is 0 where the values are never negative, and 0 always lies on a step: padding is 0.
struct Range {
  float low = 0, high = 1;
  friend bool operator==(const Range&, const Range&) = default;
};

struct Quantization {
  std::string model;  // Model::id without a cut: the weights that were measured
  // By layer name: static int8. Other linear layers are dynamic int8, other convolutions f32.
  std::map<std::string, Range, std::less<>> ranges;
  std::vector<std::string> kept;  // layers that were not made static, because they moved the vectors too far
  bool bfloat16 = false;          // what is not int8 is bf16 where the CPU has it, else f32

  int photos = 0;  // half of them gave the ranges, the other half the cosines
  std::string photos_sha256;
  double percentile = 100;  // of the values' magnitudes, that the ranges span
  double cosine_mean = 0, cosine_min = 0;

  std::string cpu;                                                            // where these were measured, in turns
  double f32_images_per_s = 0, bf16_images_per_s = 0, int8_images_per_s = 0;  // 0: the CPU has no bf16
};

Json to_json(const Quantization& quantization);
// Throws Error(kInput) naming `where` and the field.
Quantization parse_quantization(const Json& json, const std::string& where);

std::filesystem::path quantization_file(const Model& model);
void write_quantization(const Quantization& quantization, const std::filesystem::path& file);

// Nothing if the model has none. Throws Error(kInput) if the file is damaged or was made for other weights.
std::optional<Quantization> read_quantization(const Model& model);

// Model::id without a cut: vectors that are cut come from the same layers.
std::string weights_id(const Model& model);

}  // namespace ootd
