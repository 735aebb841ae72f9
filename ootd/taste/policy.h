// What deals a person's cards. A policy values looks by the person's swipes; how a deck is made of these values, what
// is never dealt, what is drawn at random and with which probability is the same for all (deck.h).
// Threads: all functions may run on many threads at once.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/random.h"
#include "ootd/index/index_view.h"
#include "ootd/taste/garment_views.h"
#include "ootd/taste/look_labels.h"
#include "ootd/taste/swipes.h"

namespace ootd {

// What tastes go by besides the looks' own vectors; null = none.
struct LookTraits {
  // Implicit, so that labels alone, or nullptr, may stand for both.
  LookTraits(const LookLabels* by_labels = nullptr, const GarmentViews* by_garments = nullptr)
      : labels(by_labels), garments(by_garments) {}

  const LookLabels* labels;
  const GarmentViews* garments;  // by the model of the looks' vectors
};

inline constexpr std::size_t kNewLooks = 200;

// What there is to deal from, at one moment.
struct Offer {
  const IndexView& view;
  const IndexView::Subset& unseen;  // what may be dealt: neither swiped nor in the person's hands
  LookTraits traits{};
  IndexView::Subset fresh = view.both(view.latest(kNewLooks), unseen);  // of these, what the catalog got last
};

// A named part of a card's score. All parts of a card add up to its score.
struct ScorePart {
  enum class Of { kPrior, kLook, kLabel, kGarments, kVariety };
  Of of = Of::kPrior;
  LookKey look = {};  // kLook, kLabel, kGarments: the swiped look, or that of a wish, that it comes from
  double value = 0;
};
std::string_view to_string(ScorePart::Of of);  // "prior", "look", "label", "garments", "variety"

// A person's values of looks, good as long as the offer and the swipes.
class Valued {
 public:
  struct Candidate {
    LookKey key = {};
    float value = 0;
  };
  // Unseen looks, best first. Empty: nothing is known of the person, and every card is drawn at random.
  std::vector<Candidate> candidates;
  // A deck is spread: a candidate's value falls by this for each unit of crowding by the cards before it.
  float weight = 0;

  virtual ~Valued() = default;
  // Of any look.
  virtual float value_of(LookKey look) const = 0;
  // Of a like of it, as far as the value says: what is logged, and what tells later that a taste has changed.
  virtual float chance_of(LookKey look) const { return value_of(look); }
  // Adds what the card means for each candidate. crowding: [candidates]
  virtual void crowd(LookKey, std::span<float>) const {}
  // What value_of() is made of; empty where a policy cannot say.
  virtual std::vector<ScorePart> parts_of(LookKey) const { return {}; }
  // For each look, up to three liked looks without which its value would be lower, the most telling first.
  virtual std::vector<std::vector<LookKey>> reasons_for(std::span<const LookKey> looks) const {
    return std::vector<std::vector<LookKey>>(looks.size());
  }
};

class Policy {
 public:
  virtual ~Policy() = default;
  // "kernel-1": name and version. A version grows with every change of what it deals.
  virtual std::string name() const = 0;
  virtual std::unique_ptr<Valued> value(const Swipes& swipes, const Offer& offer, int k, Random& random) const = 0;
};

// By name: "kernel", which serves, and those that it is compared with: "random", "popular", "ema-0.9", "rocchio",
// "qdrant-average", "qdrant-best-score", "qdrant-sum", "ridge", "pinnersage", "first". A parameter may follow: the
// settings of docs/parameters.md as "kernel:load=0.5,window=20". Throws Error(kInput) naming what there is.
std::unique_ptr<const Policy> find_policy(std::string_view name);
std::span<const std::string_view> policy_names();

}  // namespace ootd
