#include "ootd/taste/draws.h"

#include <algorithm>
#include <span>
#include <unordered_set>

namespace ootd {

std::vector<LookKey> draw_looks(const IndexView& view, const IndexView::Subset& unseen, int n, Random& random) {
  const auto fresh = view.both(view.latest(kNewLooks), unseen);
  std::vector<LookKey> looks = view.sample(fresh, static_cast<int>(kNewShare * n), random);
  std::unordered_set<LookKey> known(looks.begin(), looks.end());
  for (const LookKey look : view.sample(unseen, n, random))
    if (static_cast<int>(looks.size()) < n && known.insert(look).second) looks.push_back(look);
  random.shuffle(std::span(looks));
  return looks;
}

}  // namespace ootd
