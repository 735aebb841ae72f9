#include "ootd/taste/cholesky.h"

#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/simd.h"

namespace ootd {
namespace {

OOTD_SIMD_CLONES double inner(const double* a, const double* b, std::size_t n) {
  double sum = 0;
  for (std::size_t i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

}  // namespace

Cholesky::Cholesky(std::vector<double> a, std::size_t n) : n_(n), l_(std::move(a)) {
  for (std::size_t i = 0; i < n; ++i) {
    double* row = l_.data() + i * n;
    for (std::size_t j = 0; j < i; ++j) row[j] = (row[j] - inner(row, l_.data() + j * n, j)) / l_[j * n + j];
    const double left = row[i] - inner(row, row, i);
    if (!(left > 0)) throw Error(Kind::kInternal, "a matrix of a taste is not positive definite");
    row[i] = std::sqrt(left);
  }
}

std::vector<double> Cholesky::solve(std::span<const double> b) const {
  std::vector<double> x(b.begin(), b.end());
  for (std::size_t i = 0; i < n_; ++i) x[i] = (x[i] - inner(l_.data() + i * n_, x.data(), i)) / l_[i * n_ + i];
  for (std::size_t i = n_; i-- > 0;) {
    x[i] /= l_[i * n_ + i];
    for (std::size_t j = 0; j < i; ++j) x[j] -= l_[i * n_ + j] * x[i];
  }
  return x;
}

// A^-1 = M' M with M = L^-1, so its diagonal is the squared lengths of M's columns.
std::vector<double> Cholesky::inverse_diagonal() const {
  std::vector<double> diagonal(n_), column(n_);
  for (std::size_t j = 0; j < n_; ++j) {
    column[j] = 1 / l_[j * n_ + j];
    for (std::size_t i = j + 1; i < n_; ++i)
      column[i] = -inner(l_.data() + i * n_ + j, column.data() + j, i - j) / l_[i * n_ + i];
    diagonal[j] = inner(column.data() + j, column.data() + j, n_ - j);
  }
  return diagonal;
}

}  // namespace ootd
