// Between tensors and plain vectors. Tests only.
#pragma once

#include <torch/torch.h>

#include <vector>

#include "ootd/models/ops.h"

namespace ootd::testing {

// A copy of the values.
template <class Value>
torch::Tensor tensor_of(const std::vector<Value>& values, const Shape& shape) {
  return torch::from_blob(const_cast<Value*>(values.data()), shape, torch::CppTypeToScalarType<Value>::value).clone();
}

inline std::vector<float> floats_of(const torch::Tensor& tensor) {
  const torch::Tensor plain = tensor.detach().contiguous();
  return {plain.const_data_ptr<float>(), plain.const_data_ptr<float>() + plain.numel()};
}

// Largest difference as a share of the largest value of b.
inline double relative_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max()).item<double>();
}

}  // namespace ootd::testing
