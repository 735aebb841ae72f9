// Row-major float32 matrices: the form in which vectors travel between folders. Row i is one vector.
#pragma once

#include <cassert>
#include <cstddef>
#include <span>
#include <vector>

namespace ootd {

class Matrix {
 public:
  Matrix() = default;
  Matrix(std::size_t rows, std::size_t cols) : rows_(rows), cols_(cols), values_(rows * cols) {}

  std::size_t rows() const { return rows_; }
  std::size_t cols() const { return cols_; }
  bool empty() const { return rows_ == 0; }
  float* values() { return values_.data(); }
  const float* values() const { return values_.data(); }

  std::span<float> row(std::size_t i) {
    assert(i < rows_);
    return {values_.data() + i * cols_, cols_};
  }
  std::span<const float> row(std::size_t i) const {
    assert(i < rows_);
    return {values_.data() + i * cols_, cols_};
  }

 private:
  std::size_t rows_ = 0, cols_ = 0;
  std::vector<float> values_;
};

}  // namespace ootd
