// The kernel's inner loops. Private to the folder.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ootd {

// values[i] = exp((values[i] - 1) / width) within 2e-7, for values in [-1, 1] and widths from .02 on.
void likeness_of(float* values, std::size_t n, float per_width);

// dots[i] = rows[i] . vector; rows: [n, dim]
void dots_of(const float* rows, std::size_t n, const float* vector, std::size_t dim, float* dots);

// Where the n largest values stand, the largest first, equal ones in order; all, if there are no more.
std::vector<std::size_t> largest(std::span<const float> values, std::size_t n);

}  // namespace ootd
