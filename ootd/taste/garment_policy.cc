#include "ootd/taste/garment_policy.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

#include "ootd/base/error.h"
#include "ootd/base/vector_math.h"
#include "ootd/taste/kernel.h"

namespace ootd {

namespace {

// One category of a wish.
struct WishedGarment {
  std::shared_ptr<const IndexView> view;
  std::vector<float> vector;  // the look's, centred
  float weight = 0;           // of its likeness in the value; below 0 if it is changed

  float part(LookKey look, float width) const {
    const auto other = centred_garment(*view, look);
    if (other.empty()) return weight > 0 ? 0 : weight;
    return weight * std::exp((dot(vector, other) - 1) / width);
  }
};

class GarmentValued final : public Valued {
 public:
  GarmentValued(std::unique_ptr<const Valued> taste, const Offer& offer, int k, LookKey look,
                const std::vector<WishedGarment>& garments, const GarmentParams& params)
      : taste_(std::move(taste)), offer_(offer), look_(look), garments_(garments), params_(params) {
    for (const LookKey candidate : nearest()) candidates.push_back({candidate, value_of(candidate)});
    std::ranges::sort(candidates, [](const Candidate& a, const Candidate& b) {
      return a.value != b.value ? a.value > b.value : a.key < b.key;
    });
    weight = params.load / static_cast<float>(std::max(k, 1));
    for (const WishedGarment& garment : garments_)
      if (garment.weight < 0) spread_.push_back(garment.view.get());
    if (spread_.empty()) spread_.push_back(&offer_.view);
    for (const IndexView* view : spread_)
      for (const Candidate& candidate : candidates) vectors_.push_back(centred_garment(*view, candidate.key));
  }

  float value_of(LookKey look) const override {
    float value = taste_->value_of(look);
    for (const WishedGarment& garment : garments_) value += garment.part(look, params_.width);
    return value;
  }
  float chance_of(LookKey look) const override { return taste_->chance_of(look); }
  void crowd(LookKey card, std::span<float> crowding) const override {
    const float share = 1 / static_cast<float>(spread_.size());
    for (std::size_t s = 0; s < spread_.size(); ++s) {
      const auto vector = centred_garment(*spread_[s], card);
      if (vector.empty()) continue;
      for (std::size_t i = 0; i < crowding.size(); ++i)
        crowding[i] += share * std::exp(dot(vector, vectors_[s * crowding.size() + i]) - 1);
    }
  }
  std::vector<ScorePart> parts_of(LookKey look) const override {
    auto parts = taste_->parts_of(look);
    if (parts.empty()) return parts;
    for (const WishedGarment& garment : garments_)
      parts.push_back({ScorePart::Of::kGarments, look_, static_cast<double>(garment.part(look, params_.width))});
    return parts;
  }
  // The look of the wish before all others.
  std::vector<std::vector<LookKey>> reasons_for(std::span<const LookKey> looks) const override {
    auto reasons = taste_->reasons_for(looks);
    for (auto& of_look : reasons) {
      std::erase(of_look, look_);
      of_look.insert(of_look.begin(), look_);
      of_look.resize(std::min(of_look.size(), std::size_t{3}));
    }
    return reasons;
  }

 private:
  bool may_be_candidate(LookKey look) const {
    return look != look_ && offer_.view.has(offer_.unseen, look) &&
           std::ranges::all_of(garments_, [look](const WishedGarment& one) { return one.view->contains(look); });
  }

  // Of each kept garment; a garment's view knows nothing of what was seen, so more are asked for than are wanted.
  std::vector<LookKey> nearest() const {
    const auto pool = static_cast<std::size_t>(params_.pool);
    std::vector<LookKey> looks;
    std::unordered_set<LookKey> known;
    for (const WishedGarment& garment : garments_) {
      if (garment.weight < 0) continue;
      std::vector<LookKey> found;
      for (std::size_t asked = 2 * pool;; asked *= 4) {
        found.clear();
        for (const Hit& hit :
             garment.view->search(garment.vector, static_cast<int>(std::min(asked, garment.view->size()))))
          if (found.size() < pool && may_be_candidate(hit.key)) found.push_back(hit.key);
        if (found.size() == pool || asked >= garment.view->size()) break;
      }
      for (const LookKey look : found)
        if (known.insert(look).second) looks.push_back(look);
    }
    return looks;
  }

  const std::unique_ptr<const Valued> taste_;
  const Offer offer_;
  const LookKey look_;
  const std::vector<WishedGarment> garments_;
  const GarmentParams params_;
  std::vector<const IndexView*> spread_;     // what a deck is spread over
  std::vector<std::vector<float>> vectors_;  // [spread_, candidates], centred
};

class GarmentPolicy final : public Policy {
 public:
  GarmentPolicy(std::shared_ptr<const Policy> taste, const GarmentViews& views, const GarmentWish& wish,
                const GarmentParams& params)
      : taste_(std::move(taste)), look_(wish.look), params_(params) {
    if (wish.keep.empty()) throw Error(Kind::kInput, "nothing is kept: name a category of garments to keep");
    std::unordered_set<std::string> named;
    const auto add = [&](const std::vector<std::string>& categories, float weight) {
      for (const std::string& category : categories) {
        if (!named.insert(category).second)
          throw Error(Kind::kInput, "\"" + category + "\" is named twice: a garment is kept or changed");
        const auto view = views.find(category);
        if (view == views.end()) throw Error(Kind::kInput, "no vectors of garments \"" + category + "\"");
        if (!view->second->contains(look_))
          throw Error(Kind::kInput, "look " + to_string(look_) + " has no " + category);
        garments_.push_back(
            {view->second, centred_garment(*view->second, look_), weight / static_cast<float>(categories.size())});
      }
    };
    add(wish.keep, params.near);
    add(wish.change, -params.away);
  }

  std::string name() const override { return taste_->name() + "+garments-1"; }
  std::unique_ptr<Valued> value(const Swipes& swipes, const Offer& offer, int k, Random& random) const override {
    return std::make_unique<GarmentValued>(taste_->value(swipes, offer, k, random), offer, k, look_, garments_,
                                           params_);
  }

 private:
  const std::shared_ptr<const Policy> taste_;
  const LookKey look_;
  const GarmentParams params_;
  std::vector<WishedGarment> garments_;
};

}  // namespace

std::unique_ptr<const Policy> garment_policy(std::shared_ptr<const Policy> taste, GarmentViews views, GarmentWish wish,
                                             const GarmentParams& params) {
  return std::make_unique<GarmentPolicy>(std::move(taste), views, wish, params);
}

}  // namespace ootd
