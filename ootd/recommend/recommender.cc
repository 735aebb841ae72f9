#include "ootd/recommend/recommender.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"

namespace ootd {
namespace {

// FNV-1a: the seed of a user's random cards, so that the same events give the same cards.
std::uint64_t hash_text(const std::string& text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

constexpr char kNearSaved[] = "near a look you saved";
constexpr char kNearLiked[] = "near a look you liked";
constexpr char kUnlikeDisliked[] = "unlike what you disliked";
constexpr char kDifferent[] = "something different";
constexpr char kFirstLook[] = "a first look around";

}  // namespace

Taste taste_of(std::span<const Event> history, const IndexView& view, const TasteParams& params) {
  const std::vector<Event> swipes = standing_swipes(history);
  Taste taste;
  std::vector<float> sum;
  for (std::size_t i = 0; i < swipes.size(); ++i) {
    const Event& swipe = swipes[i];
    taste.seen.push_back(swipe.look);
    taste.latest_swipe = swipe.id;
    float weight = 0;
    switch (swipe.kind) {
      case EventKind::kLike:
        taste.liked.push_back(swipe.look);
        weight = params.like;
        break;
      case EventKind::kSave:
        taste.saved.push_back(swipe.look);
        weight = params.save;
        break;
      case EventKind::kDislike:
        taste.disliked.push_back(swipe.look);
        weight = -params.dislike;
        break;
      case EventKind::kUndo:
      case EventKind::kShown:
        continue;
    }
    const auto vector = view.vector(swipe.look);
    if (vector.empty()) continue;  // an image that this model has not embedded yet still counts as seen
    const auto age = static_cast<double>(swipes.size() - 1 - i);
    weight *= static_cast<float>(std::exp2(-age / params.half_life_events));
    sum.resize(vector.size());
    for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += weight * vector[d];
  }
  if (normalize(sum) > 1e-6f) taste.profile = std::move(sum);
  return taste;
}

std::vector<Card> next_cards(const std::string& user, std::span<const Event> history, const IndexView& view, int k,
                             const IndexView::Subset* among, std::span<const LookKey> on_table,
                             const TasteParams& params) {
  if (k < 0) throw Error(Kind::kInput, "recommend: k must not be negative");
  const Taste taste = taste_of(history, view, params);
  const auto unseen = view.except(view.except(among != nullptr ? *among : view.all(), taste.seen), on_table);

  // A reload shows the same cards. Hashed together, so that no two states of a user share a part of their draws: the
  // stated probabilities are of independent ones.
  Random random(hash_text(user + '\n' + std::to_string(taste.latest_swipe)));

  struct Candidate {
    LookKey key;
    float score;  // to the profile
    std::span<const float> vector;
    float nearest_card = -1;  // cosine to the closest card chosen so far
  };
  std::vector<Candidate> pool;  // stays empty without a profile: then every card is drawn at random
  if (!taste.profile.empty())
    for (const Hit& hit : view.search(taste.profile, std::max(params.pool, 4 * k), &unseen))
      pool.push_back({hit.key, hit.score, view.vector(hit.key)});
  const bool only_dislikes = taste.liked.empty() && taste.saved.empty();
  const double explore_share = pool.empty() ? 1.0 : only_dislikes ? params.explore_without_likes : params.explore;

  // The liked and saved looks that may be named as a card's reason: the last of a long history, which they will
  // remember.
  struct Reason {
    LookKey key;
    std::span<const float> vector;
    bool saved;
  };
  std::vector<Reason> reasons;
  const auto add_reasons = [&](const std::vector<LookKey>& looks, bool saved) {
    constexpr std::size_t kRemembered = 64;
    for (std::size_t i = looks.size() > kRemembered ? looks.size() - kRemembered : 0; i < looks.size(); ++i)
      if (const auto vector = view.vector(looks[i]); !vector.empty()) reasons.push_back({looks[i], vector, saved});
  };
  add_reasons(taste.saved, true);
  add_reasons(taste.liked, false);

  std::vector<Card> cards;
  const auto deal = [&](LookKey key, bool explored, double probability) {
    const auto vector = view.vector(key);
    Card card;
    card.key = key;
    card.explored = explored;
    card.probability = probability;
    if (!taste.profile.empty()) card.score = dot(taste.profile, vector);
    const auto nearest = std::max_element(reasons.begin(), reasons.end(), [&](const Reason& a, const Reason& b) {
      return dot(a.vector, vector) < dot(b.vector, vector);
    });
    if (nearest != reasons.end()) card.because = nearest->key;
    card.why = taste.profile.empty()      ? kFirstLook
               : explored                 ? kDifferent
               : nearest == reasons.end() ? kUnlikeDisliked
               : nearest->saved           ? kNearSaved
                                          : kNearLiked;
    for (auto& candidate : pool)
      candidate.nearest_card = std::max(candidate.nearest_card, dot(candidate.vector, vector));
    cards.push_back(std::move(card));
  };
  const auto is_dealt = [&](LookKey key) { return std::ranges::find(cards, key, &Card::key) != cards.end(); };

  // In random order: the first of them that has not been dealt is one at random of what has not.
  const std::vector<LookKey> draws = view.sample(unseen, k, random);
  while (cards.size() < std::min(static_cast<std::size_t>(k), unseen.size())) {
    // Maximal marginal relevance: near the profile, but not a copy of a card already chosen.
    const auto value = [&](const Candidate& c) {
      return (1 - params.variety) * c.score - (cards.empty() ? 0.0f : params.variety * c.nearest_card);
    };
    const auto best =
        std::max_element(pool.begin(), pool.end(), [&](const auto& a, const auto& b) { return value(a) < value(b); });
    const double share = best == pool.end() ? 1.0 : explore_share;
    const bool at_random = random.uniform() < share;
    const LookKey key = at_random ? *std::ranges::find_if_not(draws, is_dealt) : best->key;
    const bool is_best = best != pool.end() && key == best->key;
    const double probability = share / static_cast<double>(unseen.size() - cards.size()) + (is_best ? 1 - share : 0);
    deal(key, at_random && !is_best, probability);
    std::erase_if(pool, [key](const Candidate& c) { return c.key == key; });
  }
  return cards;
}

}  // namespace ootd
