// Deals the next cards: events -> taste -> unseen looks near it. Sees keys and vectors, never pixels.
// Threads: all functions may run on many threads at once.
// Source:  Rocchio 1971 for the profile (liked minus disliked centroids); Carbonell & Goldstein 1998 for the variety
//          term.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "ootd/catalog/events.h"
#include "ootd/index/index_view.h"

namespace ootd {

struct TasteParams {
  float like = 1.0f, save = 2.0f, dislike = 0.7f;  // weights of the events
  double half_life_events = 60;                    // an event this many swipes old counts half
  float explore = 0.1f;                            // share of cards drawn at random from everything unseen
  float explore_without_likes = 0.5f;              // the same while there are dislikes only
  float variety = 0.3f;  // 0 = nearest only; 1 = as different as possible from the cards before
  int pool = 200;        // nearest unseen looks among which variety chooses
};

// What a user's swipes that stand add up to.
struct Taste {
  std::vector<float>
      profile;  // unit length; empty while there are no swipes. After dislikes only it points away from them
  std::vector<LookKey> liked, saved, disliked;
  std::vector<LookKey> seen;      // everything swiped: never dealt again
  std::int64_t latest_swipe = 0;  // its event's id
};

struct Card {
  LookKey key = {};
  float score = 0;         // cosine to the profile, in [-1, 1]; 0 while there is none
  std::string why;         // "near a look you saved", "something different", "a first look around" ...
  LookKey because = {};    // the liked look it is nearest to; LookKey{} if none
  bool explored = false;   // drawn at random
  double probability = 1;  // that this policy deals this card at this place
};

// history: one user's events, as EventLog::events() gives them.
Taste taste_of(std::span<const Event> history, const IndexView& view, const TasteParams& params = {});

// k unseen cards, fewer only if fewer are left. among: only these looks (null = all of the view); on_table: looks that
// the user has in hand, not yet swiped. The same history gives the same cards, and each swipe a new, independent draw.
// Cost: one index search, O(view.size() / 64) and O(pool * k * dim).
std::vector<Card> next_cards(const std::string& user, std::span<const Event> history, const IndexView& view, int k,
                             const IndexView::Subset* among = nullptr, std::span<const LookKey> on_table = {},
                             const TasteParams& params = {});

}  // namespace ootd
