// Symmetric positive definite systems of some hundred unknowns.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace ootd {

class Cholesky {
 public:
  // a: [n, n], of which the lower triangle is read. Throws Error(kInternal) unless it is positive definite.
  // Cost: O(n^3 / 6).
  Cholesky(std::vector<double> a, std::size_t n);

  std::vector<double> solve(std::span<const double> b) const;  // O(n^2)
  std::vector<double> inverse_diagonal() const;                // O(n^3 / 6)

 private:
  std::size_t n_;
  std::vector<double> l_;  // [n, n]; the lower triangle
};

}  // namespace ootd
