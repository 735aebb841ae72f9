// "This jacket, other bottoms": looks whose garments of some categories are like those of a given look, and of others
// are not; what else they are is left to the person's taste.
//
//   value(x) = m(x) + near mean over kept c of k_c(x) - away mean over changed c of k_c(x)
//   k_c(x)   = exp((g_c(x).g_c(look) - 1) / width)
//
// m(x): the value of the policy that knows the person's taste; g_c(x): x's garment of category c, centred
// (garment_views.h). A look without a garment of category c counts as unlike if c is kept (k_c = 0) and as alike if c
// is changed (k_c = 1), so that what lacks one of them comes last. A mean over no category is 0. docs/taste.md has the
// measurements.
// Threads: as Policy.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ootd/taste/garment_views.h"
#include "ootd/taste/policy.h"

namespace ootd {

struct GarmentWish {
  LookKey look = {};
  std::vector<std::string> keep, change;  // categories
};

struct GarmentParams {
  float near = 1.5f;    // what a garment like the kept one adds to a look's value
  float away = 0.75f;   // what one like the changed garment takes from it
  float width = 0.35f;  // of the likeness of garments, in cosines
  float load = 0.7f;    // how much a deck is spread: over the changed garments, or over the looks if nothing is changed
  int pool = 400;       // candidates, those nearest to the kept garments
};

// The candidates are the looks nearest to the kept garments that have one of each category of the wish; the look itself
// is none. Parts of a score are those of `taste`, then one kGarments of wish.look for each kept category and one for
// each changed, in the wish's order. Its reasons begin with wish.look. Named "TASTE+garments-1".
// views: of all the wish's categories at least; of the same catalog as the view that is dealt from.
// Throws Error(kInput) if nothing is kept, a category comes twice, there is no view of it, or the look has no such
// garment.
// Cost of a deck: that of `taste`, one search of at least 2 `pool` garments for each kept category, and `pool` values
// of `taste`. Where few garments may be dealt the searches grow, up to one that ranks the whole category.
std::unique_ptr<const Policy> garment_policy(std::shared_ptr<const Policy> taste, GarmentViews views, GarmentWish wish,
                                             const GarmentParams& params = {});

}  // namespace ootd
