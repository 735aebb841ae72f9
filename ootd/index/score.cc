#include "ootd/index/score.h"

#include <algorithm>
#include <string>

#include "ootd/base/error.h"
#include "ootd/base/simd.h"

namespace ootd {
namespace {

// As dot() of ootd/base: sixteen partial sums in a fixed order. Vectors that a scan is in doubt of lie anywhere in
// memory, so the ones to come are asked for while the present one is summed.
OOTD_SIMD_CLONES void score_kernel(const float* query, std::size_t dim, const float* vectors, const Slot* slots,
                                   std::size_t n, float* scores) {
  constexpr std::size_t kLanes = 16, kAhead = 3;
  for (std::size_t s = 0; s < n; ++s) {
    if (s + kAhead < n) {
      const float* later = vectors + slots[s + kAhead] * dim;
      for (std::size_t i = 0; i < dim; i += kLanes) __builtin_prefetch(later + i);
    }
    const float* vector = vectors + slots[s] * dim;
    float sums[kLanes] = {};
    std::size_t i = 0;
    for (; i + kLanes <= dim; i += kLanes)
      for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += query[i + lane] * vector[i + lane];
    float tail = 0;
    for (; i < dim; ++i) tail += query[i] * vector[i];
    for (std::size_t width = kLanes / 2; width > 0; width /= 2)
      for (std::size_t lane = 0; lane < width; ++lane) sums[lane] += sums[lane + width];
    scores[s] = sums[0] + tail;
  }
}

}  // namespace

void score_slots(std::span<const float> query, const float* vectors, std::span<const Slot> slots, float* scores) {
  score_kernel(query.data(), query.size(), vectors, slots.data(), slots.size(), scores);
}

void check_query(std::span<const float> query, int dim, int k) {
  if (k < 0) throw Error(Kind::kInput, "k is " + std::to_string(k) + ", but must not be negative");
  if (query.size() != static_cast<std::size_t>(dim))
    throw Error(Kind::kInput, "the query has " + std::to_string(query.size()) +
                                  " values, but the stored vectors have " + std::to_string(dim));
  if (!can_be_scored(query)) throw Error(Kind::kInput, "the query has values that are not finite or far too large");
}

bool can_be_scored(std::span<const float> vector) {
  constexpr double kLongest = 1e18;  // its square is below the largest float, 3.4e38
  double squares = 0;
  for (const float x : vector) squares += static_cast<double>(x) * x;
  return squares <= kLongest * kLongest;  // false for NaN
}

}  // namespace ootd
