// What a person's own garments are good for: which looks can be made of them, and which one more would help most.
//
// A garment of a look is at hand if the most similar own garment of its category is at least kAlike near: the inner
// product of centred vectors (garment_views.h). docs/taste.md says what that value finds and misses.
// Threads: immutable once made; any.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/taste/garment_views.h"

namespace ootd {

inline constexpr float kAlike = 0.7f;

class Wardrobe {
 public:
  struct Garment {
    std::int64_t id = 0;
    std::string category;
    std::vector<float> vector;  // of the views' model; a garment without one is like no other
  };
  // Vectors of another length than their category's view has, and categories without a view, throw Error(kInput).
  Wardrobe(GarmentViews views, std::span<const Garment> own, float alike = kAlike);

  // One garment of a look.
  struct Match {
    std::string category;
    std::int64_t nearest = 0;  // of the own garments; 0 if there is none of the category
    float similarity = -1;     // to it
    bool at_hand = false;
  };
  struct Made {
    LookKey look = {};
    std::vector<Match> garments{};  // by category
    double share = 0;               // of the garments, those at hand
  };
  // The look's garments are the main person's that have vectors; none: share 0. Cost: O(own dim).
  Made make(LookKey look) const;
  // The largest share first, then the largest mean similarity, then the lower key; looks without garments are left out.
  std::vector<Made> ranked(std::span<const LookKey> looks) const;

  // One garment more.
  struct Purchase {
    LookKey look = {};  // one like this look's
    std::string category;
    std::vector<LookKey> opens{};  // looks that lack nothing else, in the order given
    std::vector<LookKey> helps{};  // looks that lack another garment too
    friend bool operator==(const Purchase&, const Purchase&) = default;
  };
  // Of the garments of `looks` that are not at hand, the one to which most looks' missing garments are alike: that
  // opens most of them, then helps most, then is nearest to those garments in sum, then of the lower key, then of the
  // first category. Nothing if nothing is missing. Cost: O(missing^2 dim).
  std::optional<Purchase> best_purchase(std::span<const LookKey> looks) const;

 private:
  const GarmentViews views_;
  const float alike_;
  struct Own {
    std::int64_t id;
    std::vector<float> vector;  // centred
  };
  std::map<std::string, std::vector<Own>, std::less<>> own_;
};

}  // namespace ootd
