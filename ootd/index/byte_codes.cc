#include "ootd/index/byte_codes.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cmath>

#include "ootd/base/random.h"
#include "ootd/base/simd.h"
#include "ootd/index/nibble_products.h"

namespace ootd {
namespace {

constexpr std::size_t kBlock = 256;
constexpr int kZero = 128;           // a byte of both planes is a value of -127 .. 127 plus this
constexpr float kMiddleOfLow = 7.5;  // what the high plane alone takes the low one for

std::size_t width_of(std::size_t dim) { return (dim + 63) / 64 * 32; }

// In place, orthogonal: each stretch of the largest power of two that divides the length is mixed.
void rotate(std::span<float> values) {
  const std::size_t stretch = values.empty() ? 1 : std::size_t{1} << std::countr_zero(values.size());
  if (stretch == 1) return;
  const float norm = 1 / std::sqrt(static_cast<float>(stretch));
  std::uint64_t signs = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 64 == 0) signs = mixed(i + 1);
    values[i] *= (signs >> i % 64 & 1) != 0 ? -norm : norm;
  }
  for (std::size_t begin = 0; begin < values.size(); begin += stretch)
    for (std::size_t half = 1; half < stretch; half *= 2)
      for (std::size_t i = begin; i < begin + stretch; i += 2 * half)
        for (std::size_t j = i; j < i + half; ++j) {
          const float a = values[j], b = values[j + half];
          values[j] = a + b;
          values[j + half] = a - b;
        }
}

float largest(std::span<const float> vector) {
  float most = 0;
  for (const float x : vector) most = std::max(most, std::abs(x));
  return most;
}

float length_of(std::span<const float> vector) {
  double squares = 0;
  for (const float x : vector) squares += static_cast<double>(x) * x;
  return static_cast<float>(std::sqrt(squares));
}

// What a bound is made of, beside the product with the codes.
struct Terms {
  std::array<float, kBlock> scale, length, error;
};

// bounds[i] = factor * scale * (product + offset) + of_error * error + of_length * length.
OOTD_SIMD_CLONES void bound_kernel(const float* products, const Terms& terms, std::size_t n, float factor, float offset,
                                   float of_error, float of_length, float* bounds) {
  for (std::size_t i = 0; i < n; ++i)
    bounds[i] =
        factor * terms.scale[i] * (products[i] + offset) + of_error * terms.error[i] + of_length * terms.length[i];
}

}  // namespace

ByteCodes::ByteCodes(std::size_t dim) : dim_(dim), width_(width_of(dim)) {}

void ByteCodes::reserve(std::size_t slots) {
  high_.reserve(slots * width_);
  low_.reserve(slots * width_);
  codes_.reserve(slots);
}

void ByteCodes::set(Slot slot, std::span<const float> vector) {
  assert(vector.size() == dim_ && slot <= codes_.size());
  if (slot == codes_.size()) {
    codes_.emplace_back();
    high_.resize(high_.size() + width_);
    low_.resize(low_.size() + width_);
  }
  std::vector<float> rotated(vector.begin(), vector.end());
  rotate(rotated);
  Code& code = codes_[slot];
  code.length = length_of(vector);
  code.scale = largest(rotated) / INT8_MAX;
  std::uint8_t *high = high_.data() + slot * width_, *low = low_.data() + slot * width_;
  std::fill_n(high, width_, std::uint8_t{0});
  std::fill_n(low, width_, std::uint8_t{0});
  double high_squares = 0, low_squares = 0;
  for (std::size_t i = 0; i < dim_; ++i) {
    const long value = code.scale > 0 ? std::lround(rotated[i] / code.scale) : 0;
    const auto byte = static_cast<unsigned>(std::clamp(value, -127L, 127L) + kZero);
    const unsigned shift = i < width_ ? 0 : 4;
    high[i % width_] = static_cast<std::uint8_t>(high[i % width_] | byte / 16 << shift);
    low[i % width_] = static_cast<std::uint8_t>(low[i % width_] | byte % 16 << shift);
    const double scale = code.scale, both = (static_cast<double>(byte) - kZero) * scale,
                 alone = (static_cast<double>(byte / 16 * 16) + kMiddleOfLow - kZero) * scale;
    low_squares += (rotated[i] - both) * (rotated[i] - both);
    high_squares += (rotated[i] - alone) * (rotated[i] - alone);
  }
  code.high_error = static_cast<float>(std::sqrt(high_squares));
  code.low_error = static_cast<float>(std::sqrt(low_squares));
}

void ByteCodes::move(Slot from, Slot to) {
  codes_[to] = codes_[from];
  for (auto* plane : {&high_, &low_}) std::copy_n(plane->data() + from * width_, width_, plane->data() + to * width_);
}

void ByteCodes::drop_last() {
  codes_.pop_back();
  high_.resize(high_.size() - width_);
  low_.resize(low_.size() - width_);
}

ByteCodes::Query::Query(std::span<const float> query) : values_(2 * width_of(query.size())), length_(length_of(query)) {
  std::vector<float> rotated(query.begin(), query.end());
  rotate(rotated);
  scale_ = largest(rotated) / INT8_MAX;
  double squares = 0;
  for (std::size_t i = 0; i < rotated.size(); ++i) {
    const long value = scale_ > 0 ? std::clamp(std::lround(rotated[i] / scale_), -127L, 127L) : 0;
    values_[i] = static_cast<std::int8_t>(value);
    sum_ += values_[i];
    const double error = rotated[i] - values_[i] * static_cast<double>(scale_);
    squares += error * error;
  }
  error_ = static_cast<float>(std::sqrt(squares));
}

std::size_t ByteCodes::keep(const Query& query, std::span<const Slot> slots, float worst, Slot* kept) const {
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < slots.size(); begin += kBlock)
    count += keep_block(query, slots.subspan(begin, std::min(kBlock, slots.size() - begin)), worst, kept + count);
  return count;
}

std::size_t ByteCodes::keep_block(const Query& query, std::span<const Slot> slots, float worst, Slot* kept) const {
  // The score, this bound and the rotation are rounded, each of their sums by less than this share of |q| |x|.
  const float rounding = 3e-7f * static_cast<float>(dim_ + 16);
  const float of_error = query.length_ + query.error_, of_length = query.error_ + rounding * query.length_;
  std::array<std::int32_t, kBlock> products;
  std::array<float, kBlock> high, sums, bounds;
  Terms terms;

  nibble_products(query.values_.data(), width_, high_.data(), slots, products.data());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const Code& code = codes_[slots[i]];
    terms.scale[i] = code.scale, terms.length[i] = code.length, terms.error[i] = code.high_error;
    high[i] = 16 * static_cast<float>(products[i]);
  }
  const auto sum = static_cast<float>(query.sum_);
  bound_kernel(high.data(), terms, slots.size(), query.scale_, (kMiddleOfLow - kZero) * sum, of_error, of_length,
               bounds.data());
  std::size_t count = 0;
  for (std::size_t i = 0; i < slots.size(); ++i) {
    kept[count] = slots[i];
    high[count] = high[i];
    count += bounds[i] >= worst ? 1u : 0u;
  }

  const std::span<const Slot> doubtful(kept, count);
  nibble_products(query.values_.data(), width_, low_.data(), doubtful, products.data());
  for (std::size_t i = 0; i < count; ++i) {
    const Code& code = codes_[doubtful[i]];
    terms.scale[i] = code.scale, terms.length[i] = code.length, terms.error[i] = code.low_error;
    sums[i] = high[i] + static_cast<float>(products[i]);
  }
  bound_kernel(sums.data(), terms, count, query.scale_, -kZero * sum, of_error, of_length, bounds.data());
  std::size_t left = 0;
  for (std::size_t i = 0; i < count; ++i) {
    kept[left] = doubtful[i];
    left += bounds[i] >= worst ? 1u : 0u;
  }
  return left;
}

}  // namespace ootd
