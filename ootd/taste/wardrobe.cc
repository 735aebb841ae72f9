#include "ootd/taste/wardrobe.h"

#include <algorithm>
#include <tuple>

#include "ootd/base/error.h"
#include "ootd/base/vector_math.h"

namespace ootd {

Wardrobe::Wardrobe(GarmentViews views, std::span<const Garment> own, float alike)
    : views_(std::move(views)), alike_(alike) {
  for (const Garment& garment : own) {
    const auto view = views_.find(garment.category);
    if (view == views_.end()) throw Error(Kind::kInput, "no vectors of garments \"" + garment.category + "\"");
    if (garment.vector.empty()) continue;
    if (garment.vector.size() != view->second->mean().size())
      throw Error(Kind::kInput, "garment " + std::to_string(garment.id) + " has a vector of " +
                                    std::to_string(garment.vector.size()) + " numbers, the looks' have " +
                                    std::to_string(view->second->mean().size()));
    own_[garment.category].push_back({garment.id, centred_garment(*view->second, garment.vector)});
  }
}

Wardrobe::Made Wardrobe::make(LookKey look) const {
  Made made = {.look = look};
  for (const auto& [category, view] : views_) {
    const auto vector = centred_garment(*view, look);
    if (vector.empty()) continue;
    Match match = {.category = category};
    if (const auto own = own_.find(category); own != own_.end())
      for (const Own& garment : own->second)
        if (const float similarity = dot(vector, garment.vector); match.nearest == 0 || similarity > match.similarity)
          match.nearest = garment.id, match.similarity = similarity;
    match.at_hand = match.nearest != 0 && match.similarity >= alike_;
    made.share += match.at_hand ? 1 : 0;
    made.garments.push_back(std::move(match));
  }
  if (!made.garments.empty()) made.share /= static_cast<double>(made.garments.size());
  return made;
}

std::vector<Wardrobe::Made> Wardrobe::ranked(std::span<const LookKey> looks) const {
  std::vector<std::pair<double, Made>> all;  // with the mean similarity
  for (const LookKey look : looks) {
    Made made = make(look);
    if (made.garments.empty()) continue;
    double sum = 0;
    for (const Match& match : made.garments) sum += static_cast<double>(match.similarity);
    all.emplace_back(sum / static_cast<double>(made.garments.size()), std::move(made));
  }
  std::ranges::sort(all, [](const auto& a, const auto& b) {
    return std::tuple(-a.second.share, -a.first, a.second.look) < std::tuple(-b.second.share, -b.first, b.second.look);
  });
  std::vector<Made> ranked;
  for (auto& [similarity, made] : all) ranked.push_back(std::move(made));
  return ranked;
}

std::optional<Wardrobe::Purchase> Wardrobe::best_purchase(std::span<const LookKey> looks) const {
  struct Missing {
    LookKey look;
    bool is_last;  // the look lacks nothing else
    std::vector<float> vector;
  };
  std::map<std::string, std::vector<Missing>> missing;
  for (const LookKey look : looks) {
    const Made made = make(look);
    const auto lacking = std::ranges::count(made.garments, false, &Match::at_hand);
    for (const Match& match : made.garments)
      if (!match.at_hand)
        missing[match.category].push_back({look, lacking == 1, centred_garment(*views_.at(match.category), look)});
  }
  std::optional<Purchase> best;
  double best_nearness = 0;
  const auto worth = [](const Purchase& purchase, double nearness) {
    return std::tuple(purchase.opens.size(), purchase.helps.size(), nearness);
  };
  for (const auto& [category, garments] : missing)
    for (const Missing& candidate : garments) {
      Purchase purchase = {.look = candidate.look, .category = category};
      double nearness = 0;
      for (const Missing& other : garments) {
        const float similarity = &other == &candidate ? 1 : dot(candidate.vector, other.vector);
        if (similarity < alike_) continue;
        (other.is_last ? purchase.opens : purchase.helps).push_back(other.look);
        nearness += static_cast<double>(similarity);
      }
      const bool is_better = !best || worth(purchase, nearness) > worth(*best, best_nearness) ||
                             (worth(purchase, nearness) == worth(*best, best_nearness) &&
                              std::tie(purchase.look, category) < std::tie(best->look, best->category));
      if (is_better) best = std::move(purchase), best_nearness = nearness;
    }
  return best;
}

}  // namespace ootd
