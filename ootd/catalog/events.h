// The role of a store that holds what people did: an append-only log of swipes and dealt cards.
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

enum class EventKind { kLike, kSave, kDislike, kUndo, kShown };
std::string_view to_string(EventKind kind);                        // "like", "save", "dislike", "undo", "shown"
std::optional<EventKind> parse_event_kind(std::string_view word);  // the inverse
bool is_swipe(EventKind kind);                                     // like, save, dislike

inline constexpr std::size_t kMaxClientKeyBytes = 64;

// One swipe, or one card dealt. Appended, never changed: taste is a fold over these.
struct Event {
  std::int64_t id = 0;  // grows with time, given by the catalog
  std::string user;
  EventKind kind = EventKind::kLike;
  LookKey look = {};            // kUndo: that of the swipe taken back
  std::int64_t undoes = 0;      // kUndo only: the id of the swipe taken back
  double probability = 1;       // kShown only: how likely the policy was to deal this card, in (0, 1]
  std::int64_t at_ms = 0;       // Unix time; 0 in append_event means now
  std::string client_key = {};  // the client's own name of the event, unique for the user; empty = none
};

// The swipes that stand, oldest first: those that were taken back are gone, and of several on one look only the latest
// counts. The one place that knows. history: one user's events as EventLog::events() gives them.
std::vector<Event> standing_swipes(std::span<const Event> history);

// Takes back the user's latest swipe that stands, or the latest on this look; nothing if there is none.
std::optional<Event> undo_of_latest(std::span<const Event> history, LookKey look = {});

// For stores: throws Error(kInput) for what no store may append, whatever it holds.
void check_event(const Event& event);

class EventLog {
 public:
  virtual ~EventLog() = default;

  struct Appended {
    std::int64_t id = 0;
    bool is_new = true;  // false: the user's event of this client_key was here already, and `id` is its id
  };
  // Throws kNotFound for an unknown look or, of kUndo, if `undoes` is no swipe of this user that stands; kInput for a
  // user without a name, a client key that is too long or belongs to another kind of event or another look, kUndo
  // without `undoes`, another kind with it, kShown without a probability.
  virtual Appended append_event(const Event& event) = 0;
  // After the event of this id, oldest first.
  virtual std::vector<Event> events(const std::string& user, std::int64_t after = 0) const = 0;
  virtual std::int64_t event_count(const std::string& user) const = 0;
  virtual bool has_user(const std::string& user) const = 0;      // whether there is any event
  virtual std::int64_t erase_user(const std::string& user) = 0;  // returns how many events went
  virtual std::vector<std::string> users() const = 0;            // sorted
};

}  // namespace ootd
