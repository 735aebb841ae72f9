// Vectors as style embeddings lie: clusters of Zipf-like sizes with noise that is not the same in all directions, on
// the unit sphere; and what tests of search ask of them. Tests only.
#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

#include "ootd/base/matrix.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/index/index_view.h"

namespace ootd::testing {

struct ClusteredVectors {
  Matrix vectors;
  std::vector<int> cluster_of;  // by vector
};

inline ClusteredVectors clustered_vectors(std::size_t n, std::size_t dim, int clusters, std::uint64_t seed) {
  Random random(seed);
  Matrix centres(static_cast<std::size_t>(clusters), dim);
  for (std::size_t c = 0; c < centres.rows(); ++c) {
    for (float& x : centres.row(c)) x = static_cast<float>(random.normal());
    normalize(centres.row(c));
  }
  std::vector<double> share(centres.rows());  // cumulated
  for (std::size_t c = 0; c < share.size(); ++c)
    share[c] = (c > 0 ? share[c - 1] : 0) + 1.0 / static_cast<double>(c + 1);
  ClusteredVectors made{Matrix(n, dim), std::vector<int>(n)};
  for (std::size_t i = 0; i < n; ++i) {
    const double u = random.uniform(0, share.back());
    const auto c = static_cast<std::size_t>(std::ranges::lower_bound(share, u) - share.begin());
    made.cluster_of[i] = static_cast<int>(c);
    for (std::size_t d = 0; d < dim; ++d) {
      const double spread = 1.0 / std::sqrt(1.0 + static_cast<double>(d) / 8);
      made.vectors.row(i)[d] = static_cast<float>(centres.row(c)[d] + 0.15 * spread * random.normal());
    }
    normalize(made.vectors.row(i));
  }
  return made;
}

// Keys as a store may give them: huge and far apart, in the order of i.
inline LookKey key_of(std::size_t i) { return LookKey{(std::uint64_t{1} << 60) + i * 12'345'679}; }

inline std::vector<LookKey> keys_from(std::size_t first, std::size_t n) {
  std::vector<LookKey> keys(n);
  for (std::size_t i = 0; i < n; ++i) keys[i] = key_of(first + i);
  return keys;
}

// The share of `right` that `found` holds too.
inline double recall(const std::vector<Hit>& found, const std::vector<Hit>& right) {
  if (right.empty()) return 1;
  std::size_t both = 0;
  for (const Hit& hit : right)
    both += std::ranges::any_of(found, [&](const Hit& other) { return other.key == hit.key; }) ? 1u : 0u;
  return static_cast<double>(both) / static_cast<double>(right.size());
}

}  // namespace ootd::testing
