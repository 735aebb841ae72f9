#include "ootd/taste/deck.h"

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/base/vector_math.h"
#include "ootd/taste/draws.h"

namespace ootd {
namespace {

std::unique_ptr<Valued> value_of_policy(const Policy& policy, const Swipes& swipes, const Offer& offer, int k,
                                        std::uint64_t seed) {
  Random random(seed);
  return policy.value(swipes, offer, k, random);
}

class Dealer {
 public:
  Dealer(const Policy& policy, const Swipes& swipes, const Offer& offer, const IndexView::Subset& seen,
         const DeckRequest& request)
      : offer_(offer),
        seen_(seen),
        copies_(swipes.copies()),
        request_(request),
        policy_name_(policy.name()),
        after_(std::max(swipes.latest_event(), swipes.quiz_event())),
        // Hashed together, so that no two states of a person share a part of their draws.
        seed_(hash_text(request.seed + '\n' + std::to_string(swipes.latest_event()) + '\n' +
                        std::to_string(swipes.quiz_event()))),
        // Apart from what the policy draws: a replay asks another policy, which must not foretell what was drawn here.
        random_(mixed(seed_)),
        valued_(value_of_policy(policy, swipes, offer, request.k, seed_)),
        taken_(valued_->candidates.size()),
        crowding_(valued_->candidates.size()),
        // In random order: the first of them that has not been dealt is one at random of what has not.
        everywhere_(offer.view.sample(offer.unseen, std::max(4 * request.k, 64), random_)),
        among_fresh_(offer.view.sample(offer.fresh, request.k, random_)) {}

  // Of each dealt card in turn, after those before it.
  std::vector<Chance> chances(std::span<const LookKey> dealt, int draws) {
    std::vector<Chance> chances;
    for (const LookKey key : dealt) {
      const Odds odds = odds_now();
      Chance chance;
      chance.probability = probability_of(key, odds);
      if (odds.best < taken_.size() && odds.explore == 0)
        chance.cards = {valued_->candidates[odds.best].key};
      else
        chance.cards = draw_many(odds, draws);
      chances.push_back(std::move(chance));
      add(key, false, 1, taken_.size());
    }
    return chances;
  }

  std::vector<Card> deal() {
    while (static_cast<int>(cards_.size()) < request_.k && deal_one()) {
    }
    if (request_.explain) explain();
    return std::move(cards_);
  }

 private:
  // What the next place depends on.
  struct Odds {
    std::size_t best = 0;  // candidate; taken_.size() if there is none
    double explore = 1;
    std::vector<std::size_t> near;
  };
  Odds odds_now() {
    const auto best = best_candidate();
    return {best, best < taken_.size() ? request_.explore : 1.0, nearest_candidates()};
  }

  struct Drawn {
    LookKey key = {};  // none: nothing is left
    bool at_random = false;
  };
  Drawn draw(const Odds& odds) {
    const bool at_random = random_.uniform() < odds.explore;
    LookKey key = {};
    if (at_random) {
      if (!odds.near.empty() && random_.uniform() < kNearShare) {
        key = valued_->candidates[odds.near[random_.below(odds.near.size())]].key;
      } else {
        if (offer_.fresh.size() > 0 && random_.uniform() < kNewShare) key = first_new(among_fresh_);
        if (key == LookKey{}) key = first_new(everywhere_);
        if (key == LookKey{}) key = any_left();
      }
    }
    if (key == LookKey{} || is_copy(key))
      key = odds.best < taken_.size() ? valued_->candidates[odds.best].key : any_left();
    return {key, at_random};
  }

  // Independent draws of the next card, copies not minded.
  std::vector<LookKey> draw_many(const Odds& odds, int n) {
    const auto everywhere = offer_.view.sample(offer_.unseen, 2 * n, random_);
    const auto among_fresh = offer_.view.sample(offer_.fresh, 2 * n, random_);
    std::size_t next = 0, next_fresh = 0;
    const auto unseen_one = [&] {
      LookKey key = {};
      if (random_.uniform() < kNewShare)
        while (next_fresh < among_fresh.size() && is_dealt(key = among_fresh[next_fresh++])) key = {};
      if (key == LookKey{})
        while (next < everywhere.size() && is_dealt(key = everywhere[next++])) key = {};
      return key;
    };
    std::vector<LookKey> cards;
    for (int i = 0; i < n; ++i) {
      LookKey key = {};
      if (random_.uniform() >= odds.explore)
        key = valued_->candidates[odds.best].key;
      else if (!odds.near.empty() && random_.uniform() < kNearShare)
        key = valued_->candidates[odds.near[random_.below(odds.near.size())]].key;
      else
        key = unseen_one();
      if (key != LookKey{}) cards.push_back(key);
    }
    return cards;
  }

  bool is_best(LookKey key, const Odds& odds) const {
    return odds.best < taken_.size() && key == valued_->candidates[odds.best].key;
  }
  double probability_of(LookKey key, const Odds& odds) const {
    const bool is_near = std::ranges::any_of(odds.near, [&](auto i) { return valued_->candidates[i].key == key; });
    const double near_share = odds.near.empty() ? 0 : kNearShare, new_share = offer_.fresh.size() > 0 ? kNewShare : 0;
    const double left = static_cast<double>(offer_.unseen.size() - cards_.size());
    double by_chance = (1 - near_share) * (1 - new_share) / left;
    if (is_near) by_chance += near_share / static_cast<double>(odds.near.size());
    if (new_share > 0 && offer_.view.has(offer_.fresh, key))
      by_chance += (1 - near_share) * new_share / static_cast<double>(offer_.fresh.size());
    return std::min((is_best(key, odds) ? 1 - odds.explore : 0) + odds.explore * by_chance, 1.0);
  }

  // Returns whether there was a card left.
  bool deal_one() {
    const Odds odds = odds_now();
    const Drawn drawn = draw(odds);
    if (drawn.key == LookKey{}) return false;
    const bool best = is_best(drawn.key, odds);
    add(drawn.key, drawn.at_random && !best, probability_of(drawn.key, odds), best ? odds.best : taken_.size());
    return true;
  }

  void add(LookKey key, bool explored, double probability, std::size_t candidate) {
    Card card;
    card.key = key;
    card.explored = explored;
    card.score = static_cast<double>(valued_->value_of(key));
    variety_.push_back(candidate < taken_.size()
                           ? -static_cast<double>(valued_->weight) * static_cast<double>(crowding_[candidate])
                           : 0);
    card.score += variety_.back();
    card.deal = {.policy = policy_name_,
                 .probability = probability,
                 .prediction = static_cast<double>(valued_->chance_of(key)),
                 .place = static_cast<int>(cards_.size()),
                 .after = after_};
    cards_.push_back(std::move(card));
    for (std::size_t i = 0; i < taken_.size(); ++i)
      if (valued_->candidates[i].key == key) taken_[i] = true;
    valued_->crowd(key, crowding_);
  }

  void explain() {
    std::vector<LookKey> looks;
    for (std::size_t i = 0; i < cards_.size(); ++i) {
      Card& card = cards_[i];
      looks.push_back(card.key);
      card.parts = valued_->parts_of(card.key);
      if (!card.parts.empty() && variety_[i] != 0)
        card.parts.push_back({.of = ScorePart::Of::kVariety, .value = variety_[i]});
    }
    auto reasons = valued_->reasons_for(looks);
    for (std::size_t i = 0; i < cards_.size(); ++i) cards_[i].because = std::move(reasons[i]);
  }

  // taken_.size() if there is none. Copies of what was seen are struck off on the way.
  std::size_t best_candidate() {
    for (;;) {
      std::size_t best = taken_.size();
      float best_value = 0;
      for (std::size_t i = 0; i < taken_.size(); ++i) {
        if (taken_[i]) continue;
        const float value = valued_->candidates[i].value - valued_->weight * crowding_[i];
        if (best == taken_.size() || value > best_value) best = i, best_value = value;
      }
      if (best == taken_.size() || !is_copy(valued_->candidates[best].key)) return best;
      taken_[best] = true;
    }
  }
  std::vector<std::size_t> nearest_candidates() const {
    std::vector<std::size_t> near;
    for (std::size_t i = 0; i < taken_.size() && near.size() < kNearPool; ++i)
      if (!taken_[i]) near.push_back(i);
    return near;
  }

  bool is_dealt(LookKey key) const { return std::ranges::find(cards_, key, &Card::key) != cards_.end(); }
  // Of a seen look, or of one on the deck. What the catalog knows for copies of seen looks is seen.
  bool is_copy(LookKey key) const {
    const auto vector = offer_.view.vector(key);
    const LookKey group = group_of(key);
    for (const Card& card : cards_)
      if (group_of(card.key) == group || dot(offer_.view.vector(card.key), vector) >= kCopyCosine) return true;
    const auto nearest = offer_.view.search(vector, 1, &seen_);
    return !nearest.empty() && nearest.front().score >= kCopyCosine;
  }
  LookKey first_new(const std::vector<LookKey>& draws) const {
    const auto found = std::ranges::find_if(draws, [&](LookKey key) { return !is_dealt(key) && !is_copy(key); });
    return found == draws.end() ? LookKey{} : *found;
  }
  // Where the draws are used up: nearly all that is left are copies.
  LookKey any_left() {
    if (static_cast<std::size_t>(cards_.size()) >= offer_.unseen.size()) return {};
    if (!all_) {
      all_ = offer_.view.looks(offer_.unseen);
      random_.shuffle(std::span(*all_));
    }
    return first_new(*all_);
  }

  LookKey group_of(LookKey key) const { return copies_ ? copies_->group_of(key) : key; }

  static constexpr double kNearShare = 0.5;

  const Offer offer_;
  const IndexView::Subset& seen_;
  const std::shared_ptr<const CopyGroups> copies_;
  const DeckRequest& request_;
  const std::string policy_name_;
  const std::int64_t after_;
  const std::uint64_t seed_;
  Random random_;
  const std::unique_ptr<Valued> valued_;
  std::vector<bool> taken_;      // candidates on the deck, or struck off
  std::vector<float> crowding_;  // of the candidates
  const std::vector<LookKey> everywhere_, among_fresh_;
  std::optional<std::vector<LookKey>> all_;
  std::vector<Card> cards_;
  std::vector<double> variety_;  // of the cards: what those before them took from their score
};

}  // namespace

std::string_view to_string(ScorePart::Of of) {
  switch (of) {
    case ScorePart::Of::kPrior:
      return "prior";
    case ScorePart::Of::kLook:
      return "look";
    case ScorePart::Of::kLabel:
      return "label";
    case ScorePart::Of::kGarments:
      return "garments";
    case ScorePart::Of::kVariety:
      return "variety";
  }
  return "";
}

void add_copies(std::vector<LookKey>& looks, const CopyGroups* copies) {
  if (copies == nullptr) return;
  for (std::size_t i = 0, n = looks.size(); i < n; ++i) {
    const auto others = copies->copies_of(looks[i]);
    looks.insert(looks.end(), others.begin(), others.end());
  }
}

Seen seen_of(const IndexView& view, const Swipes& swipes) {
  std::vector<LookKey> looks;
  for (const Swipe& swipe : swipes.standing()) looks.push_back(swipe.look);
  add_copies(looks, swipes.copies().get());
  return {view.where(looks), view.except(view.all(), looks), swipes.copies()};
}

Seen narrowed(const IndexView& view, const Seen& seen, const IndexView::Subset& among,
              std::span<const LookKey> on_table) {
  std::vector<LookKey> looks(on_table.begin(), on_table.end());
  add_copies(looks, seen.copies.get());
  return {view.with(seen.seen, looks), view.except(view.both(seen.unseen, among), looks), seen.copies};
}

std::vector<Card> deal(const Policy& policy, const Swipes& swipes, const IndexView& view, const Seen& seen,
                       const LookTraits& traits, const DeckRequest& request) {
  if (request.k < 0) throw Error(Kind::kInput, "recommend: k must not be negative");
  return Dealer(policy, swipes, {view, seen.unseen, traits}, seen.seen, request).deal();
}

std::vector<Chance> chances_of(const Policy& policy, const Swipes& swipes, const IndexView& view, const Seen& seen,
                               const LookTraits& traits, const DeckRequest& request, std::span<const LookKey> dealt,
                               int draws) {
  return Dealer(policy, swipes, {view, seen.unseen, traits}, seen.seen, request).chances(dealt, draws);
}

std::string why(const Card& card, const Swipes& swipes) {
  if (swipes.standing().empty() && swipes.quiz_event() == 0) return "a first look around";
  if (card.explored) return "something different";
  if (card.because.empty())
    return swipes.has_like()              ? "something different"
           : swipes.quiz() != QuizPicks{} ? "near what you picked"
                                          : "unlike what you disliked";
  const Swipe* swipe = swipes.latest(card.because.front());
  if (swipe == nullptr) return "near what you picked";
  return swipe->answer == EventKind::kSave ? "near a look you saved" : "near a look you liked";
}

}  // namespace ootd
