#include "ootd/catalog/events.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

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

}  // namespace ootd
