#include "ootd/taste/swipes.h"

#include <algorithm>

namespace ootd {
namespace {

// Of a swipe in a list that rises by event.
auto place_of(std::vector<Swipe>& swipes, std::int64_t event) {
  return std::ranges::lower_bound(swipes, event, {}, &Swipe::event);
}

}  // namespace

void Swipes::fold(std::span<const Event> events) {
  for (const Event& event : events) {
    last_event_ = event.id;
    switch (event.kind) {
      case EventKind::kLike:
      case EventKind::kSave:
      case EventKind::kDislike:
      case EventKind::kSkip:
        add(event);
        break;
      case EventKind::kUndo:
        take_back(event.undoes, event.look);
        break;
      case EventKind::kShown:
        if (event.deal)
          shown_.insert_or_assign(event.look, Shown{event.deal->after, static_cast<float>(event.deal->prediction)});
        break;
      case EventKind::kQuiz:
        quiz_ = *event.picks;
        quiz_event_ = event.id;
        break;
    }
  }
}

void Swipes::add(const Event& event) {
  Swipe swipe = {.event = event.id, .look = event.look, .answer = event.kind, .at_ms = event.at_ms};
  if (const auto shown = shown_.find(event.look); shown != shown_.end()) swipe.predicted = shown->second.prediction;
  const LookKey group = group_of(event.look);
  if (const auto before = event_of_.find(group); before != event_of_.end()) {
    const auto covered = place_of(standing_, before->second);
    covered_[group].push_back(*covered);
    standing_.erase(covered);
  }
  standing_.push_back(swipe);
  event_of_.insert_or_assign(group, event.id);
}

void Swipes::take_back(std::int64_t event, LookKey look) {
  const LookKey group = group_of(look);
  const auto covered = covered_.find(group);
  if (const auto swipe = place_of(standing_, event); swipe != standing_.end() && swipe->event == event) {
    standing_.erase(swipe);
    event_of_.erase(group);
    if (covered == covered_.end()) return;
    const Swipe before = covered->second.back();
    standing_.insert(place_of(standing_, before.event), before);
    event_of_.emplace(group, before.event);
    covered->second.pop_back();
  } else if (covered != covered_.end()) {
    std::erase_if(covered->second, [event](const Swipe& one) { return one.event == event; });
  }
  if (covered != covered_.end() && covered->second.empty()) covered_.erase(covered);
}

const Swipe* Swipes::latest(LookKey look) const {
  if (look == LookKey{}) return standing_.empty() ? nullptr : &standing_.back();
  const auto event = event_of_.find(group_of(look));
  if (event == event_of_.end()) return nullptr;
  return &*std::ranges::lower_bound(standing_, event->second, {}, &Swipe::event);
}

bool Swipes::has_like() const {
  return std::ranges::any_of(standing_, [](const Swipe& swipe) { return is_like(swipe.answer); });
}

std::optional<std::int64_t> Swipes::shown_after(LookKey look) const {
  const auto shown = shown_.find(look);
  return shown == shown_.end() ? std::nullopt : std::optional(shown->second.after);
}

std::optional<Event> undo_of_latest(const std::string& user, const Swipes& swipes, LookKey look) {
  const Swipe* swipe = swipes.latest(look);
  if (swipe == nullptr) return std::nullopt;
  return Event{.user = user, .kind = EventKind::kUndo, .look = swipe->look, .undoes = swipe->event};
}

}  // namespace ootd
