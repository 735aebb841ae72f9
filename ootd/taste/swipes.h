// What a person's events come to: the swipes that stand, what was expected of them, and the picks of the quiz. The one
// place that knows which swipes stand: one that was taken back does not, and of several on one look, or on copies of
// it, only the latest.
//
// A fold: pure, and incremental. The events of a person folded at once or one after the other, from any store, give the
// same. Vectors are no part of it, so that taste outlives the model that made them.
// Threads: a value; not to be changed by two at once.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "ootd/catalog/events.h"
#include "ootd/taste/copy_groups.h"

namespace ootd {

struct Swipe {
  std::int64_t event = 0;  // its id
  LookKey look = {};
  EventKind answer = EventKind::kLike;  // like, save, dislike or skip
  std::optional<float> predicted{};     // the chance of a like that was expected when the card was dealt
  std::int64_t at_ms = 0;               // Unix time
  friend bool operator==(const Swipe&, const Swipe&) = default;
};

inline bool is_like(EventKind answer) { return answer == EventKind::kLike || answer == EventKind::kSave; }

class Swipes {
 public:
  // copies: null = there are none.
  explicit Swipes(std::shared_ptr<const CopyGroups> copies = nullptr) : copies_(std::move(copies)) {}
  const std::shared_ptr<const CopyGroups>& copies() const { return copies_; }

  // The person's events after `last_event()`, oldest first, as EventLog::events() gives them.
  // Cost: O(events), and O(standing) for each that takes back or repeats a swipe.
  void fold(std::span<const Event> events);
  std::int64_t last_event() const { return last_event_; }

  // Oldest first; no look comes twice, nor copies of one.
  std::span<const Swipe> standing() const { return standing_; }
  // The latest that stands, or the one on this look or a copy; null if there is none.
  const Swipe* latest(LookKey look = {}) const;
  // 0 if there is none: together with the quiz, what a person's deck depends on.
  std::int64_t latest_event() const { return standing_.empty() ? 0 : standing_.back().event; }
  bool has_like() const;

  const QuizPicks& quiz() const { return quiz_; }
  std::int64_t quiz_event() const { return quiz_event_; }  // 0 before any

  // When the look was shown last: the latest event that its deal knew of; nothing if that is not known.
  std::optional<std::int64_t> shown_after(LookKey look) const;

 private:
  void add(const Event& event);
  void take_back(std::int64_t event, LookKey look);
  LookKey group_of(LookKey look) const { return copies_ ? copies_->group_of(look) : look; }

  std::shared_ptr<const CopyGroups> copies_;
  std::int64_t last_event_ = 0, quiz_event_ = 0;
  std::vector<Swipe> standing_;
  // By group_of(look).
  std::unordered_map<LookKey, std::int64_t> event_of_;       // of those that stand
  std::unordered_map<LookKey, std::vector<Swipe>> covered_;  // by later swipes on the same look, oldest first
  struct Shown {
    std::int64_t after;
    float prediction;
  };
  std::unordered_map<LookKey, Shown> shown_;  // last, of the looks whose deal is known
  QuizPicks quiz_;
};

// Takes back the latest swipe that stands, or the one on this look; nothing if there is none.
std::optional<Event> undo_of_latest(const std::string& user, const Swipes& swipes, LookKey look = {});

}  // namespace ootd
