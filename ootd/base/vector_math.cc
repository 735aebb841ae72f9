#include "ootd/base/vector_math.h"

#include <cassert>
#include <cmath>

#include "ootd/base/simd.h"

namespace ootd {
namespace {

// Sixteen partial sums in a fixed order: fast on every register width, and the same result on all of them but for the
// fused multiply-add.
OOTD_SIMD_CLONES float dot_kernel(const float* a, const float* b, std::size_t n) {
  constexpr std::size_t kLanes = 16;
  float sums[kLanes] = {};
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  float tail = 0;
  for (; i < n; ++i) tail += a[i] * b[i];
  for (std::size_t width = kLanes / 2; width > 0; width /= 2)
    for (std::size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
  return sums[0] + tail;
}

}  // namespace

float dot(std::span<const float> a, std::span<const float> b) {
  assert(a.size() == b.size());
  return dot_kernel(a.data(), b.data(), a.size());
}

float normalize(std::span<float> v) {
  double sum = 0;
  for (float x : v) sum += static_cast<double>(x) * x;
  const double length = std::sqrt(sum);
  if (length > 0 && std::isfinite(length))
    for (float& x : v) x = static_cast<float>(x / length);
  return static_cast<float>(length);
}

}  // namespace ootd
