#include "ootd/recommend/recommender.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <unordered_map>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"

namespace ootd {
namespace {

// The swipes that still stand, oldest first: undone ones, undos and dealt cards are gone.
std::vector<Event> standing(const std::vector<Event>& events) {
  std::unordered_map<std::int64_t, bool> undone;
  for (const auto& event : events)
    if (event.kind == EventKind::kUndo) undone[event.undoes] = true;
  std::vector<Event> left;
  for (const auto& event : events)
    if (event.kind != EventKind::kUndo && event.kind != EventKind::kShown && !undone.contains(event.id))
      left.push_back(event);
  return left;
}

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

Recommender::Recommender(const Catalog& catalog, const SearchIndex& index, TasteParams params)
    : catalog_(catalog), index_(index), params_(params) {}

Taste Recommender::taste_of(const std::string& user) const {
  const std::vector<Event> events = standing(catalog_.events(user));
  Taste taste;
  // The latest word on a look counts: liked, then disliked = disliked.
  std::map<Row, std::size_t> latest;
  for (std::size_t i = 0; i < events.size(); ++i) latest[events[i].row] = i;
  std::vector<float> sum;
  for (std::size_t i = 0; i < events.size(); ++i) {
    const Event& event = events[i];
    if (latest[event.row] != i) continue;
    taste.seen.add(event.row);
    float weight = 0;
    switch (event.kind) {
      case EventKind::kLike:
        taste.liked.push_back(event.row);
        weight = params_.like;
        break;
      case EventKind::kSave:
        taste.saved.push_back(event.row);
        weight = params_.save;
        break;
      case EventKind::kDislike:
        taste.disliked.push_back(event.row);
        weight = -params_.dislike;
        break;
      case EventKind::kUndo:
      case EventKind::kShown:
        continue;
    }
    const auto vector = index_.vector(event.row);
    if (!vector) continue;  // an image that this model has not embedded yet still counts as seen
    const auto age = static_cast<double>(events.size() - 1 - i);
    weight *= static_cast<float>(std::exp2(-age / params_.half_life_events));
    sum.resize(vector->size());
    for (std::size_t d = 0; d < sum.size(); ++d) sum[d] += weight * (*vector)[d];
  }
  if (normalize(sum) > 1e-6f) taste.profile = std::move(sum);
  return taste;
}

std::vector<Card> Recommender::next_cards(const std::string& user, int k, const Bitmap* allowed,
                                          const Bitmap* also_seen) const {
  if (k < 0) throw Error(Kind::kInput, "recommend: k must not be negative");
  const Taste taste = taste_of(user);
  Bitmap open = index_.rows();
  open.subtract(taste.seen);
  if (also_seen != nullptr) open.subtract(*also_seen);
  if (allowed != nullptr) open &= *allowed;
  std::vector<Row> unseen;
  open.for_each([&](Row row) { unseen.push_back(row); });

  // One draw a swipe moves the stream on, so a reload shows the same cards and a swipe new ones.
  Random random(hash_text(user) + static_cast<std::uint64_t>(taste.seen.count()) * 0x9e3779b97f4a7c15);

  struct Candidate {
    Row row;
    float score;  // to the profile
    std::vector<float> vector;
    float nearest_card = -1;  // cosine to the closest card chosen so far
  };
  std::vector<Candidate> pool;  // stays empty without a profile: then every card is drawn at random
  if (!taste.profile.empty())
    for (const Hit& hit : index_.search(taste.profile, std::max(params_.pool, 4 * k), &open))
      pool.push_back({hit.row, hit.score, *index_.vector(hit.row)});
  const bool only_dislikes = taste.liked.empty() && taste.saved.empty();
  const double explore_share = pool.empty() ? 1.0 : only_dislikes ? params_.explore_without_likes : params_.explore;

  // The liked and saved looks that may be named as a card's reason: the last of a long history, which they will
  // remember.
  struct Reason {
    Row row;
    std::vector<float> vector;
    bool saved;
  };
  std::vector<Reason> reasons;
  const auto add_reasons = [&](const std::vector<Row>& rows, bool saved) {
    constexpr std::size_t kRemembered = 64;
    for (std::size_t i = rows.size() > kRemembered ? rows.size() - kRemembered : 0; i < rows.size(); ++i)
      if (auto vector = index_.vector(rows[i])) reasons.push_back({rows[i], std::move(*vector), saved});
  };
  add_reasons(taste.saved, true);
  add_reasons(taste.liked, false);

  std::vector<Card> cards;
  const auto deal = [&](Row row, std::span<const float> vector, bool explored, double probability) {
    Card card;
    card.row = row;
    card.explored = explored;
    card.probability = probability;
    if (!taste.profile.empty()) card.score = dot(taste.profile, vector);
    const auto nearest = std::max_element(reasons.begin(), reasons.end(), [&](const Reason& a, const Reason& b) {
      return dot(a.vector, vector) < dot(b.vector, vector);
    });
    if (nearest != reasons.end()) card.because = nearest->row;
    card.why = taste.profile.empty()      ? kFirstLook
               : explored                 ? kDifferent
               : nearest == reasons.end() ? kUnlikeDisliked
               : nearest->saved           ? kNearSaved
                                          : kNearLiked;
    for (auto& candidate : pool)
      candidate.nearest_card = std::max(candidate.nearest_card, dot(candidate.vector, vector));
    cards.push_back(std::move(card));
  };

  while (static_cast<int>(cards.size()) < k && !unseen.empty()) {
    // Maximal marginal relevance: near the profile, but not a copy of a card already chosen.
    const auto value = [&](const Candidate& c) {
      return (1 - params_.variety) * c.score - (cards.empty() ? 0.0f : params_.variety * c.nearest_card);
    };
    const auto best =
        std::max_element(pool.begin(), pool.end(), [&](const auto& a, const auto& b) { return value(a) < value(b); });
    const double share = best == pool.end() ? 1.0 : explore_share;
    const bool at_random = random.uniform() < share;
    const Row row = at_random ? unseen[random.below(unseen.size())] : best->row;
    const bool is_best = best != pool.end() && row == best->row;
    const double probability = share / static_cast<double>(unseen.size()) + (is_best ? 1 - share : 0);
    deal(row, *index_.vector(row), at_random && !is_best, probability);
    std::erase(unseen, row);
    std::erase_if(pool, [row](const Candidate& c) { return c.row == row; });
  }
  return cards;
}

}  // namespace ootd
