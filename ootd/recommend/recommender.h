// Deals the next cards: events -> taste -> unseen looks near it. Sees rows and vectors, never pixels.
// Threads: next_cards() and profile_of() may run on many threads at once.
// Source:  Rocchio 1971 for the profile (liked minus disliked centroids); Carbonell & Goldstein 1998 for the variety term.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ootd/store/catalog.h"
#include "ootd/store/search_index.h"

namespace ootd {

struct TasteParams {
  float like = 1.0f, save = 2.0f, dislike = 0.7f;  // weights of the events
  double half_life_events = 60;                    // an event this many swipes old counts half
  float explore = 0.1f;                            // share of cards drawn at random from everything unseen
  float explore_without_likes = 0.5f;              // the same while there are dislikes only
  float variety = 0.3f;                            // 0 = nearest only; 1 = as different as possible from the cards before
  int pool = 200;                                  // nearest unseen looks among which variety chooses
};

// What a user's events that still stand (undone ones are gone) add up to.
struct Taste {
  std::vector<float> profile;   // unit length; empty while there are no swipes. After dislikes only it points away from them
  std::vector<Row> liked, saved, disliked;
  Bitmap seen;                  // everything swiped: never dealt again
};

struct Card {
  Row row = 0;
  float score = 0;             // cosine to the profile, in [-1, 1]; 0 while there is none
  std::string why;             // "near a look you saved", "something different", "a first look around" ...
  Row because = 0;             // the liked look it is nearest to; 0 if none
  bool explored = false;       // drawn at random
  double probability = 1;      // that this policy deals this card at this place
};

class Recommender {
 public:
  // All outlive this. `index` and `catalog` hold vectors of the same model.
  Recommender(const Catalog& catalog, const SearchIndex& index, TasteParams params = {});

  Taste taste_of(const std::string& user) const;

  // k unseen cards, fewer only if fewer are left; none of `also_seen` (cards on the user's table, not yet swiped). The same
  // events give the same cards. Cost: one index search and O(pool * k * dim).
  std::vector<Card> next_cards(const std::string& user, int k, const Bitmap* allowed = nullptr,
                               const Bitmap* also_seen = nullptr) const;

 private:
  const Catalog& catalog_;
  const SearchIndex& index_;
  const TasteParams params_;
};

}  // namespace ootd
