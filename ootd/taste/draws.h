// Looks at random, of which a stated share is new, so that a look that nobody knows yet is met.
#pragma once

#include <vector>

#include "ootd/base/random.h"
#include "ootd/index/index_view.h"

namespace ootd {

inline constexpr double kNewShare = 0.1;
inline constexpr std::size_t kNewLooks = 200;  // that the catalog got last

// n different unseen looks, in random order: kNewShare of them from the new ones, the others from all; fewer if there
// are no more.
std::vector<LookKey> draw_looks(const IndexView& view, const IndexView::Subset& unseen, int n, Random& random);

}  // namespace ootd
