#include "ootd/report/tsne.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/random.h"
#include "ootd/base/simd.h"
#include "ootd/base/vector_math.h"

namespace ootd {
namespace {

constexpr int kExaggeratedSteps = 250;
constexpr float kExaggeration = 12;

// Squared Euclidean distances.
Matrix distances(const Matrix& rows) {
  const std::size_t n = rows.rows();
  Matrix squares(n, n);
  std::vector<float> norms;
  for (std::size_t i = 0; i < n; ++i) norms.push_back(dot(rows.row(i), rows.row(i)));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      squares.row(i)[j] = squares.row(j)[i] = std::max(0.0f, norms[i] + norms[j] - 2 * dot(rows.row(i), rows.row(j)));
  return squares;
}

// Turns one row of distances into p(j | i) = exp(-beta d) / sum, beta so that the row's entropy is log(perplexity).
void conditional_row(std::span<float> row, std::size_t own, double log_perplexity) {
  std::vector<double> weights(row.size());
  float nearest = INFINITY;
  for (std::size_t j = 0; j < row.size(); ++j)
    if (j != own) nearest = std::min(nearest, row[j]);
  double beta = 1, low = 0, high = INFINITY, sum = 0;
  for (int step = 0; step < 60; ++step) {
    sum = 0;
    double distance = 0;
    for (std::size_t j = 0; j < row.size(); ++j) {
      const double d = static_cast<double>(row[j] - nearest);
      weights[j] = j == own ? 0 : std::exp(-beta * d);
      sum += weights[j];
      distance += weights[j] * d;
    }
    const double excess = std::log(sum) + beta * distance / sum - log_perplexity;
    if (std::abs(excess) < 1e-5) break;
    (excess > 0 ? low : high) = beta;
    beta = std::isinf(high) ? beta * 2 : (low + high) / 2;
  }
  for (std::size_t j = 0; j < row.size(); ++j) row[j] = static_cast<float>(weights[j] / sum);
}

// Symmetric, summing to 1.
Matrix affinities(const Matrix& rows, double perplexity) {
  Matrix p = distances(rows);
  const std::size_t n = p.rows();
  for (std::size_t i = 0; i < n; ++i) conditional_row(p.row(i), i, std::log(perplexity));
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < i; ++j)
      p.row(i)[j] = p.row(j)[i] = (p.row(i)[j] + p.row(j)[i]) / (2 * static_cast<float>(n));
  return p;
}

struct Forces {
  float pull_x = 0, pull_y = 0, push_x = 0, push_y = 0, mass = 0;
};

// On the point at (at_x, at_y), by all n (itself adds nothing but 1 to the mass).
OOTD_SIMD_CLONES Forces forces_on(float at_x, float at_y, const float* p, const float* x, const float* y,
                                  std::size_t n) {
  Forces f;
  for (std::size_t j = 0; j < n; ++j) {
    const float dx = at_x - x[j], dy = at_y - y[j];
    const float q = 1 / (1 + dx * dx + dy * dy);
    const float pull = p[j] * q, push = q * q;
    f.pull_x += pull * dx;
    f.pull_y += pull * dy;
    f.push_x += push * dx;
    f.push_y += push * dy;
    f.mass += q;
  }
  return f;
}

// Gradient descent with momentum and a gain for each number (Jacobs 1988), as in the authors' own program.
class Descent {
 public:
  Descent(std::size_t n, std::uint64_t seed) : x_(n), y_(n), moves_(2 * n), gains_(2 * n, 1.0f), forces_(n) {
    Random random(seed);
    for (auto* side : {&x_, &y_})
      for (float& value : *side) value = static_cast<float>(1e-4 * random.normal());
  }

  void step(const Matrix& p, float exaggeration, float momentum) {
    const std::size_t n = x_.size();
    double mass = 0;
    for (std::size_t i = 0; i < n; ++i) {
      forces_[i] = forces_on(x_[i], y_[i], p.row(i).data(), x_.data(), y_.data(), n);
      mass += static_cast<double>(forces_[i].mass) - 1;
    }
    const float rate = std::max(50.0f, static_cast<float>(n) / kExaggeration), weight = static_cast<float>(1 / mass);
    for (std::size_t i = 0; i < n; ++i) {
      move(x_[i], i, 4 * (exaggeration * forces_[i].pull_x - weight * forces_[i].push_x), rate, momentum);
      move(y_[i], n + i, 4 * (exaggeration * forces_[i].pull_y - weight * forces_[i].push_y), rate, momentum);
    }
    for (auto* side : {&x_, &y_}) {
      double mean = 0;
      for (const float value : *side) mean += static_cast<double>(value) / static_cast<double>(n);
      for (float& value : *side) value -= static_cast<float>(mean);
    }
  }

  Matrix map() const {
    Matrix map(x_.size(), 2);
    for (std::size_t i = 0; i < x_.size(); ++i) {
      map.row(i)[0] = x_[i];
      map.row(i)[1] = y_[i];
    }
    return map;
  }

 private:
  void move(float& value, std::size_t k, float gradient, float rate, float momentum) {
    gains_[k] = std::max(0.01f, (gradient > 0) == (moves_[k] > 0) ? gains_[k] * 0.8f : gains_[k] + 0.2f);
    moves_[k] = momentum * moves_[k] - rate * gains_[k] * gradient;
    value += moves_[k];
  }

  std::vector<float> x_, y_, moves_, gains_;
  std::vector<Forces> forces_;
};

}  // namespace

Matrix tsne(const Matrix& rows, const TsneOptions& options) {
  const std::size_t n = rows.rows();
  if (n < 4) {  // too few to have neighbours: side by side
    Matrix map(n, 2);
    for (std::size_t i = 0; i < n; ++i) map.row(i)[0] = static_cast<float>(i) - static_cast<float>(n - 1) / 2;
    return map;
  }
  const Matrix p = affinities(rows, std::min(options.perplexity, static_cast<double>(n - 1) / 3));
  Descent descent(n, options.seed);
  for (int i = 0; i < options.iterations; ++i) {
    const bool early = i < kExaggeratedSteps;
    descent.step(p, early ? kExaggeration : 1, early ? 0.5f : 0.8f);
  }
  return descent.map();
}

}  // namespace ootd
