// How the values of one tensor are spread over many pictures, without keeping them.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>

#include "ootd/infer/quantization.h"

namespace ootd {

class Histogram {
 public:
  // Values must be finite.
  void add(std::span<const float> values);

  // The value that `percent` of all values do not exceed, to within a bin: (largest magnitude) / 1024 at most. 0 and
  // 100 are exact. Throws Error(kInternal) if nothing was added.
  float percentile(double percent) const;

  // Spans `percent` of the values on each side that has any, and 0; with 0 on one of its 256 steps.
  Range range(double percent) const;

 private:
  void grow();  // doubles what the bins span

  static constexpr std::size_t kBins = 4096;
  std::array<std::uint64_t, kBins> counts_ = {};  // equal parts of -span_ .. span_
  float span_ = 1.0f / 1024;
  std::uint64_t count_ = 0;
  float smallest_ = std::numeric_limits<float>::max(), largest_ = std::numeric_limits<float>::lowest();
};

}  // namespace ootd
