// Labelled random rows for the tests of this folder.
#pragma once

#include <algorithm>

#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/eval/retrieval.h"

namespace ootd::testing {

// n unit rows pulled towards one axis per label by `pull`; the ids start at `first_id`.
inline LabelledRows random_rows(std::size_t n, std::size_t dim, int labels, double pull, std::uint64_t seed,
                                std::uint64_t first_id = 0) {
  Random random(seed);
  LabelledRows rows{Matrix(n, dim), {}, {}, {}, {}};
  for (std::uint64_t i = 0; i < n; ++i) {
    const auto label = random.below(static_cast<std::uint64_t>(labels));
    for (float& v : rows.vectors.row(i)) v = static_cast<float>(random.normal());
    rows.vectors.row(i)[label % dim] += static_cast<float>(pull);
    normalize(rows.vectors.row(i));
    rows.labels.push_back({static_cast<int>(label)});
    rows.ids.push_back(LookKey{first_id + i});
  }
  return rows;
}

}  // namespace ootd::testing
