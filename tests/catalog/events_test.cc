#include "ootd/catalog/events.h"

#include <gtest/gtest.h>

#include "ootd/base/random.h"

namespace ootd {
namespace {

TEST(EventKind, WordsAndKindsAreInverses) {
  for (const auto kind : {EventKind::kLike, EventKind::kSave, EventKind::kDislike, EventKind::kUndo, EventKind::kShown})
    EXPECT_EQ(parse_event_kind(to_string(kind)), kind);
  EXPECT_EQ(to_string(EventKind::kDislike), "dislike");
  EXPECT_EQ(parse_event_kind("Like"), std::nullopt);
  EXPECT_EQ(parse_event_kind(""), std::nullopt);
}

TEST(EventKind, SwipesAreLikeSaveAndDislike) {
  EXPECT_TRUE(is_swipe(EventKind::kLike) && is_swipe(EventKind::kSave) && is_swipe(EventKind::kDislike));
  EXPECT_FALSE(is_swipe(EventKind::kUndo) || is_swipe(EventKind::kShown));
}

// By definition, one event at a time: a swipe stands if no undo names it, and no later one on its look stands undone.
std::vector<std::int64_t> standing_by_definition(const std::vector<Event>& history) {
  const auto is_undone = [&](const Event& swipe) {
    for (const Event& event : history)
      if (event.kind == EventKind::kUndo && event.undoes == swipe.id) return true;
    return false;
  };
  std::vector<std::int64_t> ids;
  for (const Event& swipe : history) {
    bool stands = is_swipe(swipe.kind) && !is_undone(swipe);
    for (const Event& later : history)
      if (later.id > swipe.id && later.look == swipe.look && is_swipe(later.kind) && !is_undone(later)) stands = false;
    if (stands) ids.push_back(swipe.id);
  }
  return ids;
}

std::vector<std::int64_t> standing(const std::vector<Event>& history) {
  std::vector<std::int64_t> ids;
  for (const Event& swipe : standing_swipes(history)) ids.push_back(swipe.id);
  return ids;
}

TEST(StandingSwipes, AnUndoLetsTheFormerSwipeOnTheLookStandAgain) {
  const auto event = [](std::int64_t id, EventKind kind, std::uint64_t look, std::int64_t undoes = 0) {
    return Event{.id = id, .user = "u", .kind = kind, .look = LookKey{look}, .undoes = undoes};
  };
  std::vector<Event> history = {event(1, EventKind::kLike, 7), event(2, EventKind::kSave, 8),
                                event(3, EventKind::kShown, 7), event(4, EventKind::kDislike, 7)};
  EXPECT_EQ(standing(history), (std::vector<std::int64_t>{2, 4}));
  history.push_back(event(5, EventKind::kUndo, 7, 4));
  EXPECT_EQ(standing(history), (std::vector<std::int64_t>{1, 2}));
  history.push_back(event(6, EventKind::kUndo, 7, 1));
  EXPECT_EQ(standing(history), std::vector<std::int64_t>{2});
  EXPECT_EQ(standing({}), std::vector<std::int64_t>{});
}

TEST(StandingSwipes, AreThoseOfTheDefinition) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    std::vector<Event> history;
    std::vector<Event> can_be_undone;
    for (std::int64_t id = 1; id <= 40; ++id) {
      Event event{
          .id = id, .user = "u", .kind = static_cast<EventKind>(random.below(5)), .look = LookKey{random.below(6)}};
      if (event.kind == EventKind::kUndo) {
        if (can_be_undone.empty()) continue;
        const auto which = can_be_undone.begin() + static_cast<std::ptrdiff_t>(random.below(can_be_undone.size()));
        event.look = which->look;
        event.undoes = which->id;
        can_be_undone.erase(which);
      }
      if (is_swipe(event.kind)) can_be_undone.push_back(event);
      history.push_back(event);
      ASSERT_EQ(standing(history), standing_by_definition(history)) << "seed " << seed << ", event " << id;
    }
  }
}

}  // namespace
}  // namespace ootd
