// t-SNE: a map in the plane on which neighbours of many dimensions stay neighbours. Distances between far groups mean
// nothing. Source: van der Maaten & Hinton 2008, with the learning rate n / 12 of Belkina et al. 2019.
#pragma once

#include <cstdint>

#include "ootd/base/matrix.h"

namespace ootd {

struct TsneOptions {
  double perplexity = 30;  // about how many neighbours count; at most a third of the rows
  int iterations = 750;    // the first 250 with exaggerated attraction
  std::uint64_t seed = 1;
};

// rows: n x d. Returns n x 2, centred. The same rows and seed give the same map on the same machine; one thread.
// Cost: exact, O(iterations * n^2): 4 s for 1,500 rows; memory n^2 floats.
Matrix tsne(const Matrix& rows, const TsneOptions& options = {});

}  // namespace ootd
