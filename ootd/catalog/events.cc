#include "ootd/catalog/events.h"

#include <algorithm>
#include <unordered_set>

#include "ootd/base/error.h"
#include "ootd/base/words.h"

namespace ootd {
namespace {

constexpr Word<EventKind> kKinds[] = {
    {"like", EventKind::kLike}, {"save", EventKind::kSave},   {"dislike", EventKind::kDislike},
    {"undo", EventKind::kUndo}, {"shown", EventKind::kShown},
};

}  // namespace

std::string_view to_string(EventKind kind) { return word_of(kind, kKinds); }

std::optional<EventKind> parse_event_kind(std::string_view word) { return find_word(word, kKinds); }

bool is_swipe(EventKind kind) {
  switch (kind) {
    case EventKind::kLike:
    case EventKind::kSave:
    case EventKind::kDislike:
      return true;
    case EventKind::kUndo:
    case EventKind::kShown:
      return false;
  }
  return false;
}

std::vector<Event> standing_swipes(std::span<const Event> history) {
  std::unordered_set<std::int64_t> undone;
  for (const Event& event : history)
    if (event.kind == EventKind::kUndo) undone.insert(event.undoes);
  std::vector<Event> swipes;
  std::unordered_set<LookKey> seen;
  for (std::size_t i = history.size(); i-- > 0;) {
    const Event& event = history[i];
    if (is_swipe(event.kind) && !undone.contains(event.id) && seen.insert(event.look).second) swipes.push_back(event);
  }
  std::ranges::reverse(swipes);
  return swipes;
}

std::optional<Event> undo_of_latest(std::span<const Event> history, LookKey look) {
  const std::vector<Event> swipes = standing_swipes(history);
  for (auto swipe = swipes.rbegin(); swipe != swipes.rend(); ++swipe)
    if (look == LookKey{} || swipe->look == look)
      return Event{.user = swipe->user, .kind = EventKind::kUndo, .look = swipe->look, .undoes = swipe->id};
  return std::nullopt;
}

void check_event(const Event& event) {
  if (event.user.empty()) throw Error(Kind::kInput, "an event needs the name of a user");
  const std::string who = "user " + event.user + ": ";
  if ((event.kind == EventKind::kUndo) != (event.undoes != 0))
    throw Error(Kind::kInput,
                who + (event.undoes != 0 ? "only an undo can take back event " + std::to_string(event.undoes) +
                                               ", not a " + std::string(to_string(event.kind))
                                         : "an undo must name the event that it takes back"));
  if (event.kind == EventKind::kShown && !(event.probability > 0 && event.probability <= 1))
    throw Error(Kind::kInput,
                who + "the probability of a shown card must be in (0, 1], not " + std::to_string(event.probability));
  if (event.client_key.size() > kMaxClientKeyBytes)
    throw Error(Kind::kInput, who + "a client's key has at most " + std::to_string(kMaxClientKeyBytes) + " bytes");
}

}  // namespace ootd
