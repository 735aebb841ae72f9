// Simulated people swipe the decks of a policy: how good is it, measured by the tastes that they truly have.
//
// Decks of ten, all ten answered, until the swipes are used up. A hit is a card within the true taste, whatever the
// answer was; a card that came before is none. The policy is dealt and folded by what serves real people
// (deck.h, swipes.h). After ../shared/spec/taste.md, section 2.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/progress.h"
#include "ootd/taste/policy.h"
#include "ootd/taste/simulated_people.h"

namespace ootd {

inline constexpr int kSimulatedDeck = 10;

struct SimulationOptions {
  double explore = 0;      // as DeckRequest::explore
  bool quiz = false;       // people say beforehand which values of the label they like ...
  double wrong_picks = 0;  // ... of which this share are any values
  int threads = 0;         // 0 = all cores; changes nothing but the time
};

// Of one person. Shares are of the swipes.
struct Measures {
  double hit_rate = 0;             // hits: the area under the learning curve
  double first50 = 0, last50 = 0;  // hits among the first and the last 50 swipes
  double liked_late = 0;           // of ten cards, those answered with a like, in the second half of the swipes
  double balanced = 0;             // hits, of which an interest's count up to its fair share of the deck
  double worst = 0;      // the least served interest's share of a deck, from deck 6 on (all, if taste changes)
  double first5 = 0;     // swipes to the fifth hit; one more than there are if it never comes
  double post = 0;       // hits after the change; not a number where there is none
  double repeats = 0;    // cards that came before
  double diversity = 0;  // of two cards of a deck: 1 - cosine in the judge's space
  double regret = 0;     // 1 - hits / the most that were possible
};
struct NamedMeasure {
  std::string_view name;
  double Measures::* value;
};
inline constexpr NamedMeasure kMeasures[] = {
    {"hit_rate", &Measures::hit_rate},     {"first50", &Measures::first50},   {"last50", &Measures::last50},
    {"liked_late", &Measures::liked_late}, {"balanced", &Measures::balanced}, {"worst", &Measures::worst},
    {"first5", &Measures::first5},         {"post", &Measures::post},         {"repeats", &Measures::repeats},
    {"diversity", &Measures::diversity},   {"regret", &Measures::regret},
};

struct Simulated {
  std::vector<Measures> people;  // in their order, so that two policies can be paired
  std::vector<double> curve;     // share of hits, deck by deck
  double coverage = 0;           // share of the looks that anybody was shown
  double gini = 0;               // of the looks' exposures: 0 = all alike, 1 = one look has them all
  double ms = 0;                 // of processor time for one deck: fold, valuing and dealing
};

// judge: as in SimulatedPeople. traits: that the policy goes by; the quiz asks for their labels.
// The same people, policy and options give the same, on any number of threads; but for `ms`. Throws Error(kInput) for a
// quiz without labels, or where a person's values are none of them.
Simulated simulate(const SimulatedPeople& people, const Policy& policy, const IndexView& view, const IndexView& judge,
                   const LookTraits& traits, const SimulationOptions& options = {}, const Progress& progress = {});

// "popular" among these people, by what they truly like (the bound of what popularity can do): to be dealt to others.
std::unique_ptr<const Policy> popular_among(const SimulatedPeople& people);

}  // namespace ootd
