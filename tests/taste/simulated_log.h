// A log of people who like some clusters of looks, with noise, dealt to by a policy that draws a stated share of its
// cards; and the truth about it. Tests only.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ootd/index/vector_index.h"
#include "ootd/taste/deck.h"
#include "tests/index/clustered_vectors.h"
#include "tests/testing/memory_vectors.h"
#include "tests/testing/temp_dir.h"

namespace ootd::testing {

class SimulatedCatalog {
 public:
  explicit SimulatedCatalog(std::size_t looks, std::uint64_t seed = 1, int clusters = 12)
      : made_(clustered_vectors(looks, 16, clusters, seed)), clusters_(clusters) {
    log_.put_vectors(kGeneration, keys_from(0, looks), made_.vectors);
    index_ = std::make_unique<VectorIndex>(log_, kGeneration, dir_.path());
  }
  std::shared_ptr<const IndexView> view() const { return index_->view(); }
  int clusters() const { return clusters_; }
  int cluster_of(LookKey look) const {
    return made_.cluster_of[(static_cast<std::uint64_t>(look) - static_cast<std::uint64_t>(key_of(0))) / 12'345'679];
  }

 private:
  inline static const Generation kGeneration = {"test-model", ""};
  const TempDir dir_;
  const ClusteredVectors made_;
  const int clusters_;
  MemoryVectors log_;
  std::unique_ptr<VectorIndex> index_;
};

class SimulatedPerson {
 public:
  // Likes each cluster with probability .25, and all looks of a liked one alike.
  SimulatedPerson(const SimulatedCatalog& catalog, std::string name, std::uint64_t seed)
      : catalog_(catalog), name_(std::move(name)), random_(seed), liked_(static_cast<std::size_t>(catalog.clusters())) {
    for (std::size_t c = 0; c < liked_.size(); ++c) liked_[c] = random_.uniform() < 0.25;
  }
  const std::string& name() const { return name_; }
  const std::vector<Event>& events() const { return events_; }
  double chance_of_like(LookKey look) const {
    return liked_[static_cast<std::size_t>(catalog_.cluster_of(look))] ? 0.8 : 0.1;
  }

  // Deals a deck, lays it under what is still held, and swipes `answers` cards.
  void swipe(const Policy& policy, double explore, int answers, int k = 10) {
    const auto view = catalog_.view();
    swipes_.fold(std::span(events_).subspan(folded_));
    folded_ = events_.size();
    std::vector<LookKey> on_table;
    for (const Card& card : held_) on_table.push_back(card.key);
    const Seen seen = narrowed(*view, seen_of(*view, swipes_), view->all(), on_table);
    for (Card& card : deal(policy, swipes_, *view, seen, nullptr, {.k = k, .explore = explore, .seed = name_}))
      held_.push_back(std::move(card));
    for (int i = 0; i < answers && !held_.empty(); ++i) {
      last_ = held_.front();
      const Card& card = *last_;
      held_.erase(held_.begin());
      append({.user = name_, .kind = EventKind::kShown, .look = card.key, .deal = card.deal});
      const bool likes = random_.uniform() < chance_of_like(card.key);
      append({.user = name_, .kind = likes ? EventKind::kLike : EventKind::kDislike, .look = card.key});
    }
  }
  // The latest swipe; its card is held again.
  void take_back() {
    append({.user = name_, .kind = EventKind::kUndo, .look = last_->key, .undoes = events_.back().id});
    held_.insert(held_.begin(), *last_);
  }
  std::int64_t append(Event event) {
    event.id = static_cast<std::int64_t>(events_.size()) + 1;
    event.user = name_;
    event.at_ms = event.id * 1000;
    events_.push_back(event);
    return event.id;
  }

 private:
  const SimulatedCatalog& catalog_;
  const std::string name_;
  Random random_;
  std::vector<bool> liked_;
  std::vector<Event> events_;
  std::size_t folded_ = 0;
  Swipes swipes_;
  std::vector<Card> held_;
  std::optional<Card> last_;
};

// People of one log, each with `decks` decks of ten, all answered.
inline std::vector<SimulatedPerson> simulated_people(const SimulatedCatalog& catalog, int people, int decks,
                                                     const Policy& policy, double explore, std::uint64_t seed) {
  std::vector<SimulatedPerson> made;
  for (int p = 0; p < people; ++p) {
    const auto number = seed * 100'000 + static_cast<std::uint64_t>(p);
    made.emplace_back(catalog, "person" + std::to_string(number), mixed(number));
    for (int deck = 0; deck < decks; ++deck) made.back().swipe(policy, explore, 10);
  }
  return made;
}

}  // namespace ootd::testing
