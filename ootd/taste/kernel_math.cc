#include "ootd/taste/kernel_math.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <numeric>

#include "ootd/base/simd.h"

namespace ootd {

OOTD_SIMD_CLONES void likeness_of(float* values, std::size_t n, float per_width) {
  constexpr float kLog2E = 1.44269504088896341f;
  for (std::size_t i = 0; i < n; ++i) {
    // 2^t = 2^whole 2^part, the latter by its Taylor series on [-1/2, 1/2].
    const float t = std::max((values[i] - 1.0f) * per_width * kLog2E, -120.0f);
    const auto whole = static_cast<std::int32_t>(t - 0.5f);  // t <= about 0: rounds to the nearest
    const float part = (t - static_cast<float>(whole)) * 0.693147180559945309f;
    float power = 1.0f / 5040;
    power = power * part + 1.0f / 720;
    power = power * part + 1.0f / 120;
    power = power * part + 1.0f / 24;
    power = power * part + 1.0f / 6;
    power = power * part + 0.5f;
    power = power * part + 1.0f;
    power = power * part + 1.0f;
    values[i] = power * std::bit_cast<float>((whole + 127) << 23);
  }
}

OOTD_SIMD_CLONES void dots_of(const float* rows, std::size_t n, const float* vector, std::size_t dim, float* dots) {
  for (std::size_t i = 0; i < n; ++i) {
    float sum = 0;
    for (std::size_t d = 0; d < dim; ++d) sum += rows[i * dim + d] * vector[d];
    dots[i] = sum;
  }
}

std::vector<std::size_t> largest(std::span<const float> values, std::size_t n) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  n = std::min(n, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(n),
                            [&](auto a, auto b) { return values[a] != values[b] ? values[a] > values[b] : a < b; });
  order.resize(n);
  return order;
}

}  // namespace ootd
