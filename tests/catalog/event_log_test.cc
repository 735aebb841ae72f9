// The contract of EventLog.
#include <cmath>
#include <thread>

#include "ootd/base/random.h"
#include "ootd/taste/swipes.h"
#include "tests/catalog/contract.h"

namespace ootd {
namespace {

using testing::kind_of;

class EventLogTest : public testing::Contract {
 protected:
  EventLogTest() { add_looks(5); }
  Event swipe(const std::string& user, std::size_t look, EventKind kind = EventKind::kLike,
              const std::string& client_key = "") const {
    return {.user = user, .kind = kind, .look = looks_[look], .client_key = client_key};
  }
  static Event undo(const std::string& user, std::int64_t undoes, const std::string& client_key = "") {
    return {.user = user, .kind = EventKind::kUndo, .undoes = undoes, .client_key = client_key};
  }
  std::int64_t append(const Event& event) {
    const auto appended = catalog_.append_event(event);
    EXPECT_TRUE(appended.is_new);
    return appended.id;
  }
  std::optional<Kind> refusal(const Event& event) {
    return kind_of([&] { catalog_.append_event(event); });
  }
  std::vector<std::int64_t> standing(const std::string& user) const {
    std::vector<std::int64_t> ids;
    Swipes swipes;
    swipes.fold(catalog_.events(user));
    for (const Swipe& swipe : swipes.standing()) ids.push_back(swipe.event);
    return ids;
  }
  Event shown(const std::string& user, std::size_t look, double probability = 0.5) const {
    return {.user = user,
            .kind = EventKind::kShown,
            .look = looks_[look],
            .deal = Deal{.policy = "kernel-1", .probability = probability, .prediction = 0.4, .place = 3, .after = 17}};
  }
};
OOTD_OVER_EVERY_BACKEND(EventLogTest);

TEST_P(EventLogTest, EventsComeBackInOrderAsAppended) {
  Event card = shown("ann", 2, 0.25);
  card.at_ms = 1'700'000'000'000;
  card.client_key = "k";
  const auto dealt = append(card);
  const auto saved = append({.user = "ann", .kind = EventKind::kSave, .look = looks_[2], .at_ms = 5});
  append(swipe("bob", 1, EventKind::kDislike));
  const auto events = open_again()->events("ann");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].id, dealt);
  EXPECT_EQ(events[0].user, "ann");
  EXPECT_EQ(events[0].kind, EventKind::kShown);
  EXPECT_EQ(events[0].look, looks_[2]);
  EXPECT_EQ(events[0].deal, card.deal);
  EXPECT_EQ(events[0].at_ms, 1'700'000'000'000);
  EXPECT_EQ(events[0].client_key, "k");
  EXPECT_EQ(events[1].id, saved);
  EXPECT_GT(saved, dealt);
  EXPECT_EQ(events[1].kind, EventKind::kSave);
  EXPECT_EQ(events[1].deal, std::nullopt);
  EXPECT_EQ(events[1].at_ms, 5) << "a time given is kept, even an earlier one";
  EXPECT_EQ(events[1].client_key, "");
  EXPECT_GT(catalog_.events("bob")[0].at_ms, 1'700'000'000'000) << "without a time it is now";
  ASSERT_EQ(catalog_.events("ann", dealt).size(), 1u);
  EXPECT_EQ(catalog_.events("ann", dealt)[0].id, saved);
  EXPECT_TRUE(catalog_.events("ann", saved).empty());
}

TEST_P(EventLogTest, AUserIsWhoHasEvents) {
  EXPECT_FALSE(catalog_.has_user("ann"));
  append(swipe("bob", 1));
  append(swipe("ann", 1));
  append(swipe("ann", 2));
  EXPECT_TRUE(catalog_.has_user("ann"));
  EXPECT_EQ(catalog_.event_count("ann"), 2);
  EXPECT_EQ(catalog_.users(), (std::vector<std::string>{"ann", "bob"}));
  EXPECT_TRUE(catalog_.events("nobody").empty());
  EXPECT_EQ(catalog_.event_count("nobody"), 0);
}

TEST_P(EventLogTest, RefusesWhatCannotBe) {
  EXPECT_EQ(refusal(swipe("", 1)), Kind::kInput);
  EXPECT_EQ(refusal({.user = "u", .look = unknown_look()}), Kind::kNotFound);
  EXPECT_EQ(refusal({.user = "u"}), Kind::kNotFound) << "no look";
  EXPECT_EQ(refusal({.user = "u", .kind = EventKind::kLike, .look = looks_[1], .undoes = 1}), Kind::kInput);
  EXPECT_EQ(refusal({.user = "u", .kind = EventKind::kUndo, .look = looks_[1]}), Kind::kInput) << "undo of what?";
  for (const double probability : {0.0, 1.5, -0.5, std::nan("")})
    EXPECT_EQ(refusal(shown("u", 1, probability)), Kind::kInput);
  EXPECT_EQ(refusal({.user = "u", .kind = EventKind::kShown, .look = looks_[1]}), Kind::kInput) << "how was it dealt?";
  Event like = swipe("u", 1);
  like.deal = Deal{.policy = "kernel-1"};
  EXPECT_EQ(refusal(like), Kind::kInput) << "a swipe is no deal";
  EXPECT_EQ(refusal({.user = "u", .kind = EventKind::kQuiz}), Kind::kInput) << "no picks";
  const std::vector<std::string> many(kMaxQuizPicks + 1, "Street");
  EXPECT_EQ(refusal({.user = "u", .kind = EventKind::kQuiz, .picks = QuizPicks{many, {}}}), Kind::kInput);
  EXPECT_EQ(refusal(swipe("u", 1, EventKind::kLike, std::string(kMaxClientKeyBytes + 1, 'k'))), Kind::kInput);
  EXPECT_TRUE(catalog_.users().empty()) << "a refused event makes no user";
  append(swipe("u", 1, EventKind::kLike, std::string(kMaxClientKeyBytes, 'k')));
}

TEST_P(EventLogTest, AnUndoNeedsASwipeOfThisUserThatStands) {
  const auto like = append(swipe("u", 1));
  append(swipe("u", 2, EventKind::kSave));
  const auto dealt = append(shown("u", 3));
  const auto foreign = append(swipe("other", 1));
  EXPECT_EQ(refusal(undo("u", foreign)), Kind::kNotFound);
  EXPECT_EQ(refusal(undo("u", dealt)), Kind::kNotFound) << "dealing a card is no swipe";
  EXPECT_EQ(refusal(undo("u", 9999)), Kind::kNotFound);
  EXPECT_EQ(refusal(undo("nobody", like)), Kind::kNotFound);
  EXPECT_FALSE(catalog_.has_user("nobody"));
  const auto back = append(undo("u", like));
  EXPECT_EQ(catalog_.events("u").back().id, back);
  EXPECT_EQ(catalog_.events("u").back().kind, EventKind::kUndo);
  EXPECT_EQ(catalog_.events("u").back().undoes, like);
  EXPECT_EQ(catalog_.events("u").back().look, looks_[1]) << "the look of what it takes back";
  EXPECT_EQ(refusal(undo("u", like)), Kind::kNotFound) << "only once";
  EXPECT_EQ(refusal(undo("u", back)), Kind::kNotFound) << "an undo cannot be undone";
  EXPECT_EQ(catalog_.event_count("u"), 4);
}

TEST_P(EventLogTest, AnUndoMayNameAnySwipeThatStandsNotOnlyTheLatest) {
  const auto first = append(swipe("u", 1)), again = append(swipe("u", 1, EventKind::kDislike));
  EXPECT_EQ(standing("u"), std::vector<std::int64_t>{again});
  append(undo("u", first));
  EXPECT_EQ(standing("u"), std::vector<std::int64_t>{again});
  append(undo("u", again));
  EXPECT_TRUE(standing("u").empty());
}

TEST_P(EventLogTest, NSwipesAndNUndosGiveTheStartingState) {
  constexpr EventKind kSwipes[] = {EventKind::kLike, EventKind::kSave, EventKind::kDislike};
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    Random random(seed);
    const std::string user = "u" + std::to_string(seed);
    const auto swipe_at_random = [&] { return append(swipe(user, 1 + random.below(5), kSwipes[random.below(3)])); };
    Catalog::Batch batch(catalog_);
    for (int i = 0; i < 6; ++i) swipe_at_random();
    const auto before = standing(user);
    std::vector<std::int64_t> swipes;
    for (int i = 0; i < 12; ++i) {
      swipes.push_back(swipe_at_random());
      append(shown(user, 1));
    }
    EXPECT_NE(standing(user), before);
    for (std::size_t i = swipes.size(); i > 1; --i) std::swap(swipes[i - 1], swipes[random.below(i)]);
    for (const auto id : swipes) append(undo(user, id));  // in any order
    EXPECT_EQ(standing(user), before);
    batch.commit();
  }
}

TEST_P(EventLogTest, AQuizIsKeptWithItsPicksAndBelongsToNoLook) {
  const QuizPicks picks = {{"Street", "Retro \"90s\""}, {looks_[1], looks_[3]}};
  append({.user = "ann", .kind = EventKind::kQuiz, .picks = picks, .client_key = "q"});
  append({.user = "ann", .kind = EventKind::kQuiz, .picks = QuizPicks{}});
  const auto events = open_again()->events("ann");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].picks, picks);
  EXPECT_EQ(events[0].look, LookKey{});
  EXPECT_EQ(events[1].picks, QuizPicks{});
  EXPECT_EQ(refusal({.user = "ann", .kind = EventKind::kQuiz, .picks = QuizPicks{}, .client_key = "q"}), Kind::kInput);
  EXPECT_FALSE(
      catalog_.append_event({.user = "ann", .kind = EventKind::kQuiz, .picks = picks, .client_key = "q"}).is_new);
}

TEST_P(EventLogTest, FindsAnEventByItsClientsKey) {
  const auto id = append(swipe("ann", 1, EventKind::kSave, "k"));
  append(swipe("bob", 2, EventKind::kLike, "k"));
  const auto found = catalog_.find_event("ann", "k");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->id, id);
  EXPECT_EQ(found->kind, EventKind::kSave);
  EXPECT_EQ(catalog_.find_event("ann", "other"), std::nullopt);
  EXPECT_EQ(catalog_.find_event("nobody", "k"), std::nullopt);
}

TEST_P(EventLogTest, ErasuresAreCountedWhoseverEventsGo) {
  append(swipe("ann", 1));
  append(swipe("bob", 2));
  const auto before = catalog_.erasures();
  append(undo("ann", catalog_.events("ann")[0].id));
  EXPECT_EQ(catalog_.erasures(), before) << "nothing went";
  catalog_.erase_user("nobody");
  EXPECT_EQ(catalog_.erasures(), before);
  catalog_.erase_user("bob");
  const auto after_user = catalog_.erasures();
  EXPECT_GT(after_user, before);
  ASSERT_TRUE(catalog_.erase_image(catalog_.find_image(looks_[1])->id));
  EXPECT_GT(open_again()->erasures(), after_user) << "ann's like went with its look";
}

TEST_P(EventLogTest, TheSameEventAgainAnswersTheFirst) {
  const auto first = append(swipe("u", 1, EventKind::kLike, "k1"));
  append(swipe("u", 2));
  const auto again = catalog_.append_event(swipe("u", 1, EventKind::kLike, "k1"));
  EXPECT_EQ(again.id, first);
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(open_again()->append_event(swipe("u", 1, EventKind::kLike, "k1")).id, first);
  EXPECT_EQ(catalog_.event_count("u"), 2);
  const auto events = catalog_.events("u");
  EXPECT_EQ(events[0].look, looks_[1]);
  EXPECT_EQ(events[0].client_key, "k1");
  EXPECT_EQ(events[1].client_key, "");
}

TEST_P(EventLogTest, AClientKeyBelongsToOneEventOfOneUser) {
  const auto first = append(swipe("u", 1, EventKind::kLike, "k"));
  EXPECT_EQ(refusal(swipe("u", 1, EventKind::kDislike, "k")), Kind::kInput) << "another kind";
  EXPECT_EQ(refusal(swipe("u", 2, EventKind::kLike, "k")), Kind::kInput) << "another look";
  EXPECT_EQ(refusal(undo("u", first, "k")), Kind::kInput) << "an undo is another event";
  EXPECT_NE(append(swipe("other", 2, EventKind::kSave, "k")), first) << "keys are per user";
  append(swipe("u", 1));
  append(swipe("u", 1));
  EXPECT_EQ(catalog_.event_count("u"), 3) << "events without a key are all new";
}

TEST_P(EventLogTest, AnUndoSentAgainAnswersTheFirst) {
  const auto one = append(swipe("u", 1)), two = append(swipe("u", 2));
  const auto back = append(undo("u", one, "undo 1"));
  const auto again = catalog_.append_event(undo("u", one, "undo 1"));
  EXPECT_EQ(again.id, back);
  EXPECT_FALSE(again.is_new);
  EXPECT_EQ(standing("u"), std::vector<std::int64_t>{two}) << "nothing else was taken back";
  EXPECT_EQ(refusal(undo("u", two, "undo 1")), Kind::kInput) << "the key names the undo of another event";
  EXPECT_EQ(refusal(undo("u", one, "undo 2")), Kind::kNotFound) << "a second undo, not the first again";
}

TEST_P(EventLogTest, OneEventSentOnManyThreadsIsThereOnce) {
  std::vector<std::thread> threads;
  std::vector<std::int64_t> ids(6);
  for (auto& id : ids)
    threads.emplace_back([&] { id = catalog_.append_event(swipe("u", 1, EventKind::kLike, "k")).id; });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(ids, std::vector<std::int64_t>(6, ids[0]));
  EXPECT_EQ(catalog_.event_count("u"), 1);
}

TEST_P(EventLogTest, AnErasedUsersEventsAreGoneAndTheOthersStay) {
  const auto like = append(swipe("u", 1, EventKind::kLike, "k"));
  append(undo("u", like));
  append(swipe("other", 1));
  EXPECT_EQ(catalog_.erase_user("u"), 2);
  EXPECT_EQ(catalog_.erase_user("u"), 0);
  EXPECT_FALSE(catalog_.has_user("u"));
  EXPECT_TRUE(catalog_.events("u").empty());
  EXPECT_EQ(catalog_.users(), std::vector<std::string>{"other"});
  const auto later = append(swipe("u", 2, EventKind::kSave, "k"));
  EXPECT_GT(later, like) << "no id is given again";
}

}  // namespace
}  // namespace ootd
