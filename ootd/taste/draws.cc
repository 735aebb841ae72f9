#include "ootd/taste/draws.h"

#include <algorithm>
#include <span>
#include <unordered_set>

namespace ootd {

std::vector<LookKey> draw_looks(const Offer& offer, int n, Random& random) {
  std::vector<LookKey> looks = offer.view.sample(offer.fresh, static_cast<int>(kNewShare * n), random);
  std::unordered_set<LookKey> known(looks.begin(), looks.end());
  for (const LookKey look : offer.view.sample(offer.unseen, n, random))
    if (static_cast<int>(looks.size()) < n && known.insert(look).second) looks.push_back(look);
  random.shuffle(std::span(looks));
  return looks;
}

std::vector<LookKey> draw_among(const Offer& offer, std::span<const LookKey> looks, int n, Random& random) {
  constexpr int kTries = 4;  // for each look
  std::vector<LookKey> drawn;
  if (looks.size() <= static_cast<std::size_t>(n)) {
    for (const LookKey look : looks)
      if (offer.view.has(offer.unseen, look)) drawn.push_back(look);
    return drawn;
  }
  std::unordered_set<LookKey> known;
  for (int tries = kTries * n; tries > 0 && static_cast<int>(drawn.size()) < n; --tries) {
    const LookKey look = looks[random.below(looks.size())];
    if (offer.view.has(offer.unseen, look) && known.insert(look).second) drawn.push_back(look);
  }
  return drawn;
}

}  // namespace ootd
