// Principal components of the user's own features: the 128-d head until one is trained. Home of Eigen.
// Source: Jolliffe, Principal Component Analysis, 2nd ed., ch. 2; partial whitening as in Jegou & Chum 2012.
#pragma once

#include <vector>

#include "ootd/base/matrix.h"
#include "ootd/models/model.h"

namespace ootd {

struct PcaOptions {
  int dim = 128;
  // Each component is divided by its standard deviation to this power: 0 = plain PCA, 1 = full whitening. The default
  // is what docs/benchmarks.md measured as best.
  float whitening = 0.0f;
};

// features: n x d, rows of length 1, n >= 2. Returns the head's weights "head.weight" [dim, d] and "head.bias" [dim],
// which map a feature row of length 1 to its components about the mean. The signs of the components are fixed, so the
// same rows give the same head. Components that n rows cannot determine (dim >= n) still complete an orthonormal basis.
// Throws Error(kInput) if there are fewer than 2 rows, dim > d, or all rows are the same.
// Cost: O(n d^2 + d^3): about 3 s for 10,000 x 1280 on one core.
std::vector<NamedFloats> fit_pca(const Matrix& features, const PcaOptions& options = {});

// The model's linear head over features of its backbone (n x d, rows of length 1) -> n x dim, rows of length 1. As the whole
// network computes it, but for the order of the sums.
Matrix apply_head(const Model& model, const Matrix& features);

// The backbone's model with the fitted head, saved under parent/<id>/ like any checkpoint.
Model save_pca_model(const std::filesystem::path& parent, const Model& backbone, const Matrix& features,
                     const PcaOptions& options = {});

}  // namespace ootd
