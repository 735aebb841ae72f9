#include "ootd/index/byte_codes.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>

#include "ootd/base/simd.h"

namespace ootd {
namespace {

constexpr std::size_t kBlock = 256;

OOTD_SIMD_CLONES void product_kernel(const std::int16_t* query, std::size_t dim, const std::int8_t* bytes,
                                     const Slot* slots, std::size_t n, std::int32_t* products) {
  constexpr std::size_t kAhead = 16, kCacheLine = 64;  // under a filter the codes lie apart
  for (std::size_t s = 0; s < n; ++s) {
    if (s + kAhead < n)
      for (std::size_t i = 0; i < dim; i += kCacheLine) __builtin_prefetch(bytes + slots[s + kAhead] * dim + i);
    const std::int8_t* code = bytes + slots[s] * dim;
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < dim; ++i) sum += query[i] * static_cast<std::int16_t>(code[i]);
    products[s] = sum;
  }
}

struct Fit {
  double length = 0, error = 0;
};

// values[i] = round(vector[i] / scale).
template <class T>
Fit quantize(std::span<const float> vector, double scale, T* values) {
  double squares = 0, error_squares = 0;
  for (std::size_t i = 0; i < vector.size(); ++i) {
    values[i] = static_cast<T>(scale > 0 ? std::lround(vector[i] / scale) : 0);
    const double error = vector[i] - values[i] * scale;
    squares += static_cast<double>(vector[i]) * vector[i];
    error_squares += error * error;
  }
  return {std::sqrt(squares), std::sqrt(error_squares)};
}

double largest(std::span<const float> vector) {
  double most = 0;
  for (const float x : vector) most = std::max(most, std::abs(static_cast<double>(x)));
  return most;
}

}  // namespace

void ByteCodes::reserve(std::size_t slots) {
  bytes_.reserve(slots * dim_);
  codes_.reserve(slots);
}

void ByteCodes::set(Slot slot, std::span<const float> vector) {
  assert(vector.size() == dim_ && slot <= codes_.size());
  if (slot == codes_.size()) {
    codes_.emplace_back();
    bytes_.resize(bytes_.size() + dim_);
  }
  Code& code = codes_[slot];
  code.scale = static_cast<float>(largest(vector) / INT8_MAX);
  const Fit fit = quantize(vector, code.scale, bytes_.data() + slot * dim_);
  code.length = static_cast<float>(fit.length);
  code.error = static_cast<float>(fit.error);
}

void ByteCodes::move(Slot from, Slot to) {
  codes_[to] = codes_[from];
  std::copy_n(bytes_.begin() + static_cast<std::ptrdiff_t>(from * dim_), dim_,
              bytes_.begin() + static_cast<std::ptrdiff_t>(to * dim_));
}

void ByteCodes::drop_last() {
  codes_.pop_back();
  bytes_.resize(bytes_.size() - dim_);
}

ByteCodes::Query::Query(std::span<const float> query) : values_(query.size()) {
  // Two bytes a value, but no larger than lets a sum of all products with bytes fit into 32 bits.
  double sum = 0;
  for (const float x : query) sum += std::abs(static_cast<double>(x));
  const double scale = std::max(largest(query) / INT16_MAX, sum * INT8_MAX / (INT32_MAX / 2));
  scale_ = static_cast<float>(scale);
  const Fit fit = quantize(query, scale_, values_.data());
  length_ = static_cast<float>(fit.length);
  error_ = static_cast<float>(fit.error);
}

void ByteCodes::estimate_scores(const Query& query, std::span<const Slot> slots, float* scores) const {
  std::array<std::int32_t, kBlock> products;
  for (std::size_t begin = 0; begin < slots.size(); begin += kBlock) {
    const auto block = slots.subspan(begin, std::min(kBlock, slots.size() - begin));
    for (const Slot slot : block) __builtin_prefetch(&codes_[slot]);
    product_kernel(query.values_.data(), dim_, bytes_.data(), block.data(), block.size(), products.data());
    for (std::size_t i = 0; i < block.size(); ++i)
      scores[begin + i] = query.scale_ * codes_[block[i]].scale * static_cast<float>(products[i]);
  }
}

void ByteCodes::bound_scores(const Query& query, std::span<const Slot> slots, float* bounds) const {
  // Both the score and this bound are rounded, each of their sums by less than this share of |q| |x|.
  const float rounding = 3e-7f * static_cast<float>(dim_ + 16);
  estimate_scores(query, slots, bounds);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const Code& code = codes_[slots[i]];
    bounds[i] +=
        query.length_ * code.error + query.error_ * (code.length + code.error) + rounding * query.length_ * code.length;
  }
}

}  // namespace ootd
