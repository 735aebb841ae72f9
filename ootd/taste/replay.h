// What another policy would have been worth, from the log of the one that dealt: off-policy evaluation.
//
// The question: at the very places that were dealt (this person, these swipes, these cards before it on the deck),
// which share of the target's cards would have been liked? Not: how a person's whole history would have gone on with
// the target, for which only an A/B test has the answer. w = target's probability / logged probability of the shown
// card, r = 1 for a like or save that stands, q = the kernel's expectation of a like, clipped to [0, 1]:
//   ips    mean of w r (Horvitz & Thompson 1952)
//   snips  the same over the mean of w (Swaminathan & Joachims 2015)
//   dr     mean of E_target[q] + w (r - q) (Dudik, Langford & Li 2011)
//
// Weights above a cut count as 0: of what is met once in a while, this log says nothing. The cut is at most
// cards / kFewestHits, and is chosen by the weights alone, so that the intervals come out narrow. The share of the
// target's cards that is left is `supported`. Of the rest ips and snips assume nothing: their intervals reach from none
// of it liked to all of it liked (Bottou et al. 2013, 4.4). dr has the kernel's expectation there, and adds to its
// interval the largest error that the kernel shows in any part of the log. To these ends are added the percentiles of a
// bootstrap over people.
//
// Assumed: the logged probabilities are true; a card is logged whoever answers it and however; what a person answers
// depends on the card and the person, not on which policy dealt it; decks were not filtered.
// Threads: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ootd/catalog/events.h"
#include "ootd/eval/bootstrap.h"
#include "ootd/taste/deck.h"

namespace ootd {

inline constexpr double kFewestHits = 20;
// Below these nothing is estimated.
inline constexpr double kFewestEffective = 50;
inline constexpr double kFewestSupported = 0.25;
inline constexpr std::int64_t kFewestPeople = 20;

// Shown cards that say nothing, by reason.
struct LeftOut {
  std::int64_t without_deal = 0;    // of logs of older programs
  std::int64_t unknown_policy = 0;  // dealt by none that this program knows
  std::int64_t gone = 0;            // the look has no vector any more
  std::int64_t unanswered = 0;      // never swiped, or taken back
  std::int64_t shown_again = 0;     // of a card that counts already
  std::int64_t incomplete = 0;      // cards before it on its deck are not in the log
  std::int64_t unclear = 0;         // an older swipe was taken back between the deal and the card
  std::int64_t sum() const {
    return without_deal + unknown_policy + gone + unanswered + shown_again + incomplete + unclear;
  }
};

// One card that was shown and answered, and what the target makes of its place.
struct ReplayedCard {
  std::uint32_t person = 0;
  double reward = 0;             // 1 = liked
  double probability = 1;        // logged, of this card
  double target = 0;             // the target's, of this card
  double expected = 0;           // of this card, by the kernel
  double target_expected = 0;    // of the target's cards
  std::vector<LookKey> targets;  // Chance::cards
};

struct Replayed {
  std::uint32_t people = 0;  // whose logs were read
  std::vector<ReplayedCard> cards;
  LeftOut left_out;
};

struct ReplayRequest {
  std::int64_t since_ms = 0;                   // cards shown before it are not asked about; Unix time
  double explore = 0;                          // of the target; 0 = what it would deal by its own lights
  int k = 10;                                  // of the decks as they were asked for, which the log does not say
  std::shared_ptr<const CopyGroups> copies{};  // null = none
};

// events: all of one person, oldest first. Adds to `into`. Cost: two decks (the target's, and the kernel's valuation)
// for each that was dealt.
void replay_person(std::span<const Event> events, const IndexView& view, const LookTraits& traits, const Policy& target,
                   const ReplayRequest& request, Replayed& into);
// Everybody.
Replayed replay(const EventLog& log, const IndexView& view, const LookTraits& traits, const Policy& target,
                const ReplayRequest& request);

struct OffPolicy {
  std::int64_t cards = 0, people = 0;  // people: who have cards
  double logged = 0;                   // like rate of what was dealt
  Interval logged_interval;
  double matched = 0;    // the share of cards that the target could have dealt
  double supported = 0;  // of the target's cards
  double effective = 0;  // sample size: (sum w)^2 / sum w^2 (Kish 1965)
  std::string refused;   // why there are no estimates; empty = there are
  struct Estimate {
    double value = 0;
    Interval interval;
  };
  Estimate ips, snips, dr;
  Estimate gain;            // dr over what was dealt
  double kernel_error = 0;  // what dr's interval allows for on unsupported cards
};
OffPolicy estimate(const Replayed& replayed, const BootstrapOptions& options = {});

}  // namespace ootd
