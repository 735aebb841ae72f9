// NumPy .npy files, format version 1 and 2, little-endian float32, C order.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "ootd/base/matrix.h"

namespace ootd {

struct FloatArray {
  std::vector<std::int64_t> shape;
  std::vector<float> values;  // row-major
};

// Throws Error(kInput) naming the file: not .npy, another type or order, or fewer values than the shape says.
FloatArray read_npy(const std::filesystem::path& path);

// A two-dimensional float32 array.
void write_npy(const std::filesystem::path& path, const Matrix& matrix);

}  // namespace ootd
