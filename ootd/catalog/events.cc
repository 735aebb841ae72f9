#include "ootd/catalog/events.h"

#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/words.h"

namespace ootd {
namespace {

constexpr Word<EventKind> kKinds[] = {
    {"like", EventKind::kLike}, {"save", EventKind::kSave}, {"dislike", EventKind::kDislike},
    {"skip", EventKind::kSkip}, {"undo", EventKind::kUndo}, {"shown", EventKind::kShown},
    {"quiz", EventKind::kQuiz},
};

}  // namespace

std::string_view to_string(EventKind kind) { return word_of(kind, kKinds); }

std::optional<EventKind> parse_event_kind(std::string_view word) { return find_word(word, kKinds); }

bool is_swipe(EventKind kind) {
  switch (kind) {
    case EventKind::kLike:
    case EventKind::kSave:
    case EventKind::kDislike:
    case EventKind::kSkip:
      return true;
    case EventKind::kUndo:
    case EventKind::kShown:
    case EventKind::kQuiz:
      return false;
  }
  return false;
}

void check_event(const Event& event) {
  if (event.user.empty()) throw Error(Kind::kInput, "an event needs the name of a user");
  const std::string who = "user " + event.user + ": ";
  if ((event.kind == EventKind::kUndo) != (event.undoes != 0))
    throw Error(Kind::kInput,
                who + (event.undoes != 0 ? "only an undo can take back event " + std::to_string(event.undoes) +
                                               ", not a " + std::string(to_string(event.kind))
                                         : "an undo must name the event that it takes back"));
  if ((event.kind == EventKind::kShown) != event.deal.has_value())
    throw Error(Kind::kInput, who + "a shown card, and nothing else, comes with its deal");
  if (event.deal && !(event.deal->probability > 0 && event.deal->probability <= 1))
    throw Error(Kind::kInput, who + "the probability of a shown card must be in (0, 1], not " +
                                  std::to_string(event.deal->probability));
  if (event.deal && (event.deal->policy.empty() || !std::isfinite(event.deal->prediction) || event.deal->place < 0))
    throw Error(Kind::kInput, who + "a deal needs a policy, a finite prediction and a place");
  if ((event.kind == EventKind::kQuiz) != event.picks.has_value())
    throw Error(Kind::kInput, who + "a quiz, and nothing else, comes with picks");
  if (event.picks && event.picks->labels.size() + event.picks->looks.size() > kMaxQuizPicks)
    throw Error(Kind::kInput, who + "a quiz has at most " + std::to_string(kMaxQuizPicks) + " picks");
  if (event.client_key.size() > kMaxClientKeyBytes)
    throw Error(Kind::kInput, who + "a client's key has at most " + std::to_string(kMaxClientKeyBytes) + " bytes");
}

void check_same_event(const Event& known, const Event& again) {
  const bool same = known.kind == again.kind && known.picks == again.picks &&
                    (again.look == LookKey{} || known.look == again.look) &&
                    (again.undoes == 0 || known.undoes == again.undoes);
  if (!same)
    throw Error(Kind::kInput, "user " + known.user + ": the key \"" + known.client_key +
                                  "\" belongs to another event of this user; every event needs one of its own");
}

}  // namespace ootd
