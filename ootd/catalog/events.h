// The role of a store that holds what people did: an append-only log of swipes, of the cards that they were shown, and
// of their answers to the quiz. What the events of a person come to is ootd/taste's to know.
//
// Threads, crashes and errors: as catalog.h says for every role.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/image_id.h"

namespace ootd {

enum class EventKind { kLike, kSave, kDislike, kSkip, kUndo, kShown, kQuiz };
std::string_view to_string(EventKind kind);                        // "like", "save", "dislike", "skip", "undo" ...
std::optional<EventKind> parse_event_kind(std::string_view word);  // the inverse
// like, save, dislike, skip: the look is done with. A skip says no more than that.
bool is_swipe(EventKind kind);

inline constexpr std::size_t kMaxClientKeyBytes = 64;
inline constexpr std::size_t kMaxQuizPicks = 100;

// How a card came to be shown: what a replay of the log needs to know of it.
struct Deal {
  std::string policy;      // that dealt it, with its version: "kernel-1"
  double probability = 1;  // that it deals this card at this place, in (0, 1]
  double prediction = 0;   // the chance of a like that it expected
  int place = 0;           // on its deck, from 0
  std::int64_t after = 0;  // the person's latest event that it knew of
  friend bool operator==(const Deal&, const Deal&) = default;
};

// What somebody said to like before any swipe: values of the label that tastes go by, and looks.
struct QuizPicks {
  std::vector<std::string> labels;
  std::vector<LookKey> looks;
  friend bool operator==(const QuizPicks&, const QuizPicks&) = default;
};

// One swipe, one card shown, or one quiz. Appended, never changed: taste is a fold over these.
struct Event {
  std::int64_t id = 0;  // grows with time, given by the catalog
  std::string user;
  EventKind kind = EventKind::kLike;
  LookKey look = {};                 // kUndo: that of the swipe taken back; kQuiz: none
  std::int64_t undoes = 0;           // kUndo only: the id of the swipe taken back
  std::optional<Deal> deal{};        // kShown only; nothing in logs of older programs
  std::optional<QuizPicks> picks{};  // kQuiz only; it takes the place of an earlier one's
  std::int64_t at_ms = 0;            // Unix time; 0 in append_event means now
  std::string client_key = {};       // the client's own name of the event, unique for the user; empty = none
};

// For stores: throws Error(kInput) for what no store may append, whatever it holds.
void check_event(const Event& event);

// For those who meet a client's key again: throws Error(kInput) unless `again`, as far as it says (a look of LookKey{},
// 0 in `undoes`: anything), is the event that has the key already.
void check_same_event(const Event& known, const Event& again);

class EventLog {
 public:
  virtual ~EventLog() = default;

  struct Appended {
    std::int64_t id = 0;
    bool is_new = true;  // false: the user's event of this client_key was here already, and `id` is its id
  };
  // Throws kNotFound for an unknown look or, of kUndo, if `undoes` is no swipe of this user that stands; kInput for a
  // user without a name, a client key that is too long or belongs to another kind of event or another look, kUndo
  // without `undoes`, kShown without `deal`, kQuiz without `picks` or with too many, another kind with one of these.
  virtual Appended append_event(const Event& event) = 0;
  // The user's event of this client key.
  virtual std::optional<Event> find_event(const std::string& user, const std::string& client_key) const = 0;
  // After the event of this id, oldest first.
  virtual std::vector<Event> events(const std::string& user, std::int64_t after = 0) const = 0;
  virtual std::int64_t event_count(const std::string& user) const = 0;
  virtual bool has_user(
      const std::string& user) const = 0;  // whether there is an event, or an own garment (wardrobe.h)
  // With the user's own garments; returns how many events went.
  virtual std::int64_t erase_user(const std::string& user) = 0;
  virtual std::vector<std::string> users() const = 0;  // sorted
  // Grows whenever events go, of whomever: what was folded of them before has to be folded anew.
  virtual std::int64_t erasures() const = 0;
};

}  // namespace ootd
