// People whose taste is known, to judge policies by: which looks each of them truly likes, and how often their answers
// slip. After ../shared/spec/taste.md, section 2.
// Threads: immutable once made; any.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/catalog/events.h"
#include "ootd/index/index_view.h"
#include "ootd/taste/garment_views.h"

namespace ootd {

// A label's value, say, and who has it. looks: ascending.
struct NamedLooks {
  std::string name;
  std::vector<LookKey> looks;
};

struct PeopleRequest {
  // style1 .. style9  all looks of so many label values, drawn without replacement
  // half1 ..          of each value only the half nearest (in the judge's space) to a random look of it
  // region1 ..        so many times the 4 % of all looks that are nearest (in the judge's space) to a random look
  // garment1 ..       so many times, of a random category of garments, the 4 % of the looks that have it whose garment
  //                   is nearest (in the judge's space) to a random one; the rest of the look is as it may be
  // drift1 ..         values as style, and as many others after half of the swipes
  // rare1 ..          values that 3 - 15 % of the looks have; no slips, 100 swipes
  // rareswitch        one such value, and another one after half of the swipes
  // picky             the 2 % nearest to a random look
  // never             nothing
  // "@e5" after it: 5 % of the answers slip.
  std::string kind = "style3";
  int users = 200;
  std::uint64_t seed = 1;
  int swipes = 0;  // 0: as many as the kind has, 200 or 100
};
inline constexpr std::string_view kPeopleKinds =
    "style1-9, half1-9, region1-9, garment1-9, drift1-9, rare1-9, rareswitch, picky, never; \"@e5\" after it for 5 % "
    "of noise";

// What a person likes during one part of the swipes.
struct TrueTaste {
  std::vector<std::vector<LookKey>> interests;  // ascending each; one look may be of several
  std::vector<std::string> labels;              // the values that these are made of; empty where they are not

  bool likes(LookKey look) const;
  std::size_t looks() const;  // that are liked
};

struct SimulatedPerson {
  std::vector<TrueTaste> tastes;  // one; or one before half of the swipes, and one after it
  // For each swipe a number in [0, 1): the same for all policies, so that they meet the same luck.
  std::vector<double> slips, saves;
};

class SimulatedPeople {
 public:
  // view: what is dealt from. judge: of the same looks by other vectors, so that those which serve do not judge
  // themselves. garments: as the judge sees them; null = none. Throws Error(kInput) naming what there is: for an
  // unknown kind, too few labels, a judge without looks or garments.
  SimulatedPeople(const PeopleRequest& request, const IndexView& view, const IndexView& judge,
                  std::span<const NamedLooks> labels, const GarmentViews* garments = nullptr);

  const std::string& kind() const { return kind_; }
  std::uint64_t seed() const { return seed_; }
  int swipes() const { return swipes_; }
  bool changes() const { return changes_; }  // taste, after half of the swipes
  int interests() const { return interests_; }
  std::span<const SimulatedPerson> people() const { return people_; }

  const TrueTaste& taste_at(const SimulatedPerson& person, int swipe) const {
    return person.tastes[changes_ && swipe >= swipes_ / 2 ? 1 : 0];
  }
  // A look that is truly liked is liked but for a slip, and each other one by a slip; a fourth of the former and a
  // twentieth of the latter likes are saves.
  EventKind answer(const SimulatedPerson& person, int swipe, LookKey look) const;

 private:
  std::string kind_;
  std::uint64_t seed_ = 0;
  int swipes_ = 0, interests_ = 1;
  bool changes_ = false;
  double missed_ = 0, mistaken_ = 0;  // the shares of slips among what is truly liked, and among all other looks
  std::vector<SimulatedPerson> people_;
};

}  // namespace ootd
