// Arithmetic on float vectors, vectorised for the CPU at hand. All are pure and safe on any thread.
#pragma once

#include <cstddef>
#include <span>

namespace ootd {

// Inner product of two vectors of equal length; of unit vectors this is the cosine.
float dot(std::span<const float> a, std::span<const float> b);

// Scales v to L2 length 1 and returns its former length. A vector of length 0 (or not finite) stays as it is.
float normalize(std::span<float> v);

}  // namespace ootd
