#include "ootd/taste/swipes.h"

#include <gtest/gtest.h>

#include "ootd/base/random.h"

namespace ootd {
namespace {

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

std::vector<std::int64_t> standing_of(const Swipes& swipes) {
  std::vector<std::int64_t> ids;
  for (const Swipe& swipe : swipes.standing()) ids.push_back(swipe.event);
  return ids;
}

std::vector<std::int64_t> standing(const std::vector<Event>& history) {
  Swipes swipes;
  swipes.fold(history);
  return standing_of(swipes);
}

TEST(Swipes, AnUndoLetsTheFormerSwipeOnTheLookStandAgain) {
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

TEST(Swipes, ThatStandAreThoseOfTheDefinitionAtOnceAndStepByStep) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed);
    std::vector<Event> history;
    std::vector<Event> can_be_undone;
    Swipes step_by_step;
    for (std::int64_t id = 1; id <= 40; ++id) {
      Event event{
          .id = id, .user = "u", .kind = static_cast<EventKind>(random.below(6)), .look = LookKey{random.below(6)}};
      if (event.kind == EventKind::kUndo) {
        if (can_be_undone.empty()) continue;
        const auto which = can_be_undone.begin() + static_cast<std::ptrdiff_t>(random.below(can_be_undone.size()));
        event.look = which->look;
        event.undoes = which->id;
        can_be_undone.erase(which);
      }
      if (is_swipe(event.kind)) can_be_undone.push_back(event);
      history.push_back(event);
      step_by_step.fold({&event, 1});
      ASSERT_EQ(standing(history), standing_by_definition(history)) << "seed " << seed << ", event " << id;
      ASSERT_EQ(standing_of(step_by_step), standing(history)) << "seed " << seed << ", event " << id;
    }
  }
}

TEST(Swipes, OnCopiesOfALookAreSwipesOnTheLook) {
  const auto event = [](std::int64_t id, EventKind kind, std::uint64_t look, std::int64_t undoes = 0) {
    return Event{.id = id, .user = "u", .kind = kind, .look = LookKey{look}, .undoes = undoes};
  };
  using Pairs = std::vector<std::pair<LookKey, LookKey>>;
  Swipes swipes(std::make_shared<const CopyGroups>(Pairs{{LookKey{7}, LookKey{3}}, {LookKey{9}, LookKey{3}}}));
  swipes.fold(std::vector<Event>{event(1, EventKind::kLike, 7), event(2, EventKind::kLike, 8)});
  EXPECT_EQ(swipes.latest(LookKey{3})->event, 1);
  EXPECT_EQ(swipes.latest(LookKey{9})->look, LookKey{7}) << "the photo that was swiped";
  swipes.fold(std::vector<Event>{event(3, EventKind::kDislike, 9)});
  EXPECT_EQ(standing_of(swipes), (std::vector<std::int64_t>{2, 3})) << "the later answer counts for the group";
  EXPECT_EQ(undo_of_latest("u", swipes, LookKey{3})->undoes, 3);
  swipes.fold(std::vector<Event>{event(4, EventKind::kUndo, 9, 3)});
  EXPECT_EQ(standing_of(swipes), (std::vector<std::int64_t>{1, 2}));
  swipes.fold(std::vector<Event>{event(5, EventKind::kUndo, 7, 1)});
  EXPECT_EQ(standing_of(swipes), std::vector<std::int64_t>{2});
}

TEST(Swipes, RememberWhatWasExpectedOfACardWhenItWasShown) {
  const auto shown = [](std::int64_t id, std::uint64_t look, double prediction) {
    return Event{.id = id,
                 .user = "u",
                 .kind = EventKind::kShown,
                 .look = LookKey{look},
                 .deal = Deal{.policy = "p", .prediction = prediction, .after = id - 1}};
  };
  const auto swipe = [](std::int64_t id, std::uint64_t look) {
    return Event{.id = id, .user = "u", .kind = EventKind::kLike, .look = LookKey{look}};
  };
  Swipes swipes;
  swipes.fold(std::vector<Event>{shown(1, 7, 0.25), shown(2, 7, 0.5), swipe(3, 7), swipe(4, 8)});
  EXPECT_EQ(swipes.standing()[0].predicted, 0.5f);
  EXPECT_EQ(swipes.standing()[1].predicted, std::nullopt) << "it was not dealt";
  EXPECT_EQ(swipes.shown_after(LookKey{7}), 1);
  EXPECT_EQ(swipes.shown_after(LookKey{8}), std::nullopt);
  EXPECT_EQ(swipes.last_event(), 4);
}

TEST(Swipes, ANewQuizTakesThePlaceOfTheOldOne) {
  const auto quiz = [](std::int64_t id, const QuizPicks& picks) {
    return Event{.id = id, .user = "u", .kind = EventKind::kQuiz, .picks = picks};
  };
  Swipes swipes;
  swipes.fold(std::vector<Event>{quiz(1, {{"Street"}, {LookKey{3}}}), quiz(2, {{"Retro"}, {}})});
  EXPECT_EQ(swipes.quiz(), (QuizPicks{{"Retro"}, {}}));
  EXPECT_EQ(swipes.quiz_event(), 2);
  EXPECT_TRUE(swipes.standing().empty()) << "a pick is no swipe: its looks may be dealt";
}

}  // namespace
}  // namespace ootd
