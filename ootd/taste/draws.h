// Looks at random, of which a stated share is new, so that a look that nobody knows yet is met.
#pragma once

#include <span>
#include <vector>

#include "ootd/base/random.h"
#include "ootd/taste/policy.h"

namespace ootd {

inline constexpr double kNewShare = 0.1;

// n different unseen looks, in random order: kNewShare of them from the new ones, the others from all; fewer if there
// are no more.
std::vector<LookKey> draw_looks(const Offer& offer, int n, Random& random);

// n different ones of these looks that are unseen, at random; fewer if there are no more, or where few of them are.
// Cost: O(n).
std::vector<LookKey> draw_among(const Offer& offer, std::span<const LookKey> looks, int n, Random& random);

}  // namespace ootd
