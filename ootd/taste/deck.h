// Deals decks: by a policy's values, spread, without what was seen and its copies, some places at random with known
// probability.
// Threads: any.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ootd/taste/policy.h"

namespace ootd {

struct Card {
  LookKey key = {};
  double score = 0;
  std::vector<ScorePart> parts;  // which add up to the score; empty where the policy cannot say, or was not asked
  std::vector<LookKey> because;  // up to three liked looks that carry it, the most telling first; likewise
  bool explored = false;         // drawn at random
  Deal deal;
};

struct DeckRequest {
  int k = 10;
  // The share of places that are drawn at random: half of them from the best `kNearPool` candidates, half from
  // everything unseen, of these kNewShare (draws.h) from the looks that came last.
  double explore = 0.01;
  std::string seed{};    // of what is drawn: who, and the state of the swipes are added to it
  bool explain = false;  // fill in Card::parts and because
};

inline constexpr std::size_t kNearPool = 50;
// From this cosine on, two looks are taken for one photo, re-encoded or resized, and dealt once, as those that the
// catalog knows for copies are.
inline constexpr float kCopyCosine = 0.995f;

// Of one view: the looks that a person has swiped, with their copies, and what of it may still be dealt.
struct Seen {
  IndexView::Subset seen, unseen;
  std::shared_ptr<const CopyGroups> copies{};  // null = none
};
Seen seen_of(const IndexView& view, const Swipes& swipes);
// Adds the copies of each look. copies: null = none.
void add_copies(std::vector<LookKey>& looks, const CopyGroups* copies);
// The same for a deck of some of the looks while others lie on the person's table, not yet swiped.
Seen narrowed(const IndexView& view, const Seen& seen, const IndexView::Subset& among,
              std::span<const LookKey> on_table);

// Up to k cards; fewer only if fewer unseen looks are left that are no copies of seen ones. The same swipes give the
// same cards, and each swipe a new, independent draw.
// Cost: that of the policy, O(k candidates dim), and k searches of the seen looks.
std::vector<Card> deal(const Policy& policy, const Swipes& swipes, const IndexView& view, const Seen& seen,
                       const LookTraits& traits, const DeckRequest& request);

// What a policy would have done at one place of a deck that was dealt, given the cards before it.
struct Chance {
  double probability = 0;      // that it deals the card that was dealt there
  std::vector<LookKey> cards;  // what it deals there: one card if that is certain, else independent draws
};
// For each card of the deck, in its order. The deck may be another policy's: this is how a replay of the log asks what
// `policy` would have done. It draws apart from what deal() draws, so that the answer foretells nothing of the log.
// request.k: of the deck as it was asked for. Cost: as deal().
std::vector<Chance> chances_of(const Policy& policy, const Swipes& swipes, const IndexView& view, const Seen& seen,
                               const LookTraits& traits, const DeckRequest& request, std::span<const LookKey> dealt,
                               int draws);

// "near a look you saved", "something different" ...: for people.
std::string why(const Card& card, const Swipes& swipes);

}  // namespace ootd
