// The weights of a checkpoint file: names, shapes and bytes, whatever the container.
//   *.safetensors           https://github.com/huggingface/safetensors, format section of its README
//   *.pth *.pt *.bin        PyTorch's zip container, and the older stream that starts with a magic number
//   *.index.json            the shards of one state, in either format
// Files are mapped, so opening costs their headers only; values are converted when they are asked for.
// Nothing in a file can run: the pickle inside PyTorch's containers is read by an allow-list machine (pickle.h).
// Threads: const functions may run on many threads at once.
// Errors:  Error(kInput) naming the file, for containers that are damaged, hostile or hold what is not allowed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/io.h"
#include "ootd/models/ops.h"

namespace ootd {

enum class DType { kFloat32, kFloat16, kBfloat16, kFloat64, kInt64, kInt32, kInt16, kInt8, kUint8, kBool };
std::size_t size_of(DType type);
std::string_view to_string(DType type);

std::string to_string(const Shape& shape);  // "[64, 3, 7, 7]"
std::size_t element_count(const Shape& shape);

// Elements lie at `bytes` with these strides (in elements; empty = C order).
struct WeightView {
  DType type = DType::kFloat32;
  Shape shape;
  std::vector<std::int64_t> strides;
  std::span<const std::byte> bytes;
};

// A weight under the name that the networks use (layouts.h). The rows (dimension 0) of its parts follow one another:
// where a network has one matrix for an attention's q, k and v, some files have three. Mostly one part.
struct Weight {
  Shape shape;
  std::vector<WeightView> parts;
  std::string file_name;  // what the file calls it, if otherwise: "a + b"
};
using NamedWeights = std::map<std::string, Weight, std::less<>>;

// What a network needs; ShapeOps makes the list.
struct WeightSpec {
  std::string name;
  Shape shape;
  bool trained = true;  // false: statistics (batch norm's running mean and variance), no parameters
};

struct NamedFloats {
  std::string name;
  Shape shape;
  std::vector<float> values;
};

class Weights {
 public:
  explicit Weights(const std::filesystem::path& file);
  // The files of one state. A *.index.json stands for the shards that it names. Throws kInput if two files hold the
  // same name, kNotFound listing the shards that are not there. No files (ONNX towers): no weights.
  explicit Weights(const std::vector<std::filesystem::path>& files);
  // Weights that lie in memory already. Throws kInput if two have the same name.
  explicit Weights(std::vector<NamedFloats> weights);

  // By the networks' names, whatever the files call them.
  const NamedWeights& all() const { return weights_; }

  // The values in C order as float32, converted from any floating type. Throws kInput if the name is missing or the
  // shape is another one.
  std::vector<float> floats(std::string_view name, const Shape& shape) const;

  // Throws kInput with one line per weight that is missing, misshapen or unexpected. Names that start with one of
  // `ignored` may be there (a classifier that is not used), and so may batch norm's counters.
  void check(std::span<const WeightSpec> wanted, std::span<const std::string_view> ignored = {}) const;

 private:
  std::string where_;  // the first file, for messages
  std::string note_;   // what was done to the file's names, for messages
  std::vector<std::shared_ptr<const MappedFile>> mapped_;
  std::shared_ptr<const std::vector<NamedFloats>> in_memory_;
  NamedWeights weights_;
};

// The texts that a safetensors file holds beside its weights, by name.
using Metadata = std::map<std::string, std::string>;
Metadata safetensors_metadata(const std::filesystem::path& path);

// Writes a safetensors file, atomically. half: as float16 (round to nearest even), else float32.
void write_safetensors(const std::filesystem::path& path, std::span<const NamedFloats> weights, bool half = false,
                       const Metadata& metadata = {});

}  // namespace ootd
