#include "ootd/taste/people.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/taste/looks.h"

namespace ootd {
namespace {

using testing::key;

// Counts how many events are read of the log.
class CountingLog final : public EventLog {
 public:
  explicit CountingLog(EventLog& log) : log_(log) {}
  Appended append_event(const Event& event) override { return log_.append_event(event); }
  std::optional<Event> find_event(const std::string& user, const std::string& client_key) const override {
    return log_.find_event(user, client_key);
  }
  std::vector<Event> events(const std::string& user, std::int64_t after) const override {
    auto events = log_.events(user, after);
    read += events.size();
    return events;
  }
  std::int64_t event_count(const std::string& user) const override { return log_.event_count(user); }
  bool has_user(const std::string& user) const override { return log_.has_user(user); }
  std::int64_t erase_user(const std::string& user) override { return log_.erase_user(user); }
  std::vector<std::string> users() const override { return log_.users(); }
  std::int64_t erasures() const override { return log_.erasures(); }

  mutable std::atomic<std::size_t> read = 0;

 private:
  EventLog& log_;
};

class PeopleTest : public ::testing::Test {
 protected:
  PeopleTest() {
    for (int i = 0; i < 160; ++i) {
      ImageRecord image;
      image.id = "image" + std::to_string(i);
      EXPECT_EQ(catalog_.add_image(image).key, key(i));
    }
  }
  std::int64_t swipe(int look, EventKind kind = EventKind::kLike, const std::string& user = "ann") {
    return catalog_.append_event({.user = user, .kind = kind, .look = key(look)}).id;
  }

  const testing::TempDir dir_;
  SqliteCatalog catalog_{dir_.path()};
  CountingLog log_{catalog_};
  People people_{log_, 3};
  const testing::Looks looks_ = testing::Looks::in_clusters(4, 40, 16);
  const std::shared_ptr<const IndexView> view_ = looks_.view();
};

TEST_F(PeopleTest, NobodysEventsAreReadTwice) {
  for (int i = 0; i < 50; ++i) swipe(i);
  EXPECT_EQ(people_.ask("ann").swipes().standing().size(), 50u);
  EXPECT_EQ(log_.read, 50u);
  swipe(60, EventKind::kDislike);
  EXPECT_EQ(people_.ask("ann").swipes().standing().size(), 51u);
  EXPECT_EQ(log_.read, 51u);
}

TEST_F(PeopleTest, WhatIsSeenFollowsSwipesUndosAndViews) {
  Random random(4);
  std::vector<std::int64_t> swipes;
  std::vector<int> looks;
  auto view = view_;
  for (int turn = 0; turn < 60; ++turn) {
    if (turn % 7 == 6) {
      const auto at = random.below(swipes.size());
      catalog_.append_event({.user = "ann", .kind = EventKind::kUndo, .undoes = swipes[at]});
      swipes.erase(swipes.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      swipes.push_back(swipe(static_cast<int>(random.below(160)), turn % 2 == 0 ? EventKind::kLike : EventKind::kSkip));
    }
    if (turn == 30) view = testing::Looks::in_clusters(4, 40, 16).view();
    auto person = people_.ask("ann");
    const Seen &seen = person.seen(view), expected = seen_of(*view, person.swipes());
    for (int look = 0; look < 160; ++look) {
      ASSERT_EQ(view->has(seen.seen, key(look)), view->has(expected.seen, key(look))) << turn;
      ASSERT_EQ(view->has(seen.unseen, key(look)), view->has(expected.unseen, key(look))) << turn;
    }
  }
}

TEST_F(PeopleTest, NewGroupsOfCopiesCountForFormerSwipes) {
  swipe(1);
  swipe(2, EventKind::kDislike);
  EXPECT_EQ(people_.ask("ann").swipes().standing().size(), 2u);
  using Pairs = std::vector<std::pair<LookKey, LookKey>>;
  const auto copies = std::make_shared<const CopyGroups>(Pairs{{key(2), key(1)}, {key(5), key(1)}});
  {
    auto person = people_.ask("ann", copies);
    EXPECT_EQ(person.swipes().standing().size(), 1u);
    EXPECT_TRUE(view_->has(person.seen(view_).seen, key(5)));
  }
  const std::size_t read = log_.read;
  EXPECT_EQ(people_.ask("ann", copies).swipes().standing().size(), 1u);
  EXPECT_EQ(log_.read, read) << "nothing is read again while the groups stay";
  EXPECT_EQ(people_.ask("ann").swipes().standing().size(), 2u) << "they were parted";
}

TEST_F(PeopleTest, WhoWasErasedIsForgotten) {
  swipe(1);
  swipe(2, EventKind::kLike, "bob");
  EXPECT_EQ(people_.ask("ann").swipes().standing().size(), 1u);
  EXPECT_EQ(people_.ask("bob").swipes().standing().size(), 1u);
  catalog_.erase_user("ann");
  EXPECT_TRUE(people_.ask("ann").swipes().standing().empty());
  swipe(3);
  EXPECT_EQ(people_.ask("ann").swipes().standing().size(), 1u);
  catalog_.erase_image("image2");
  EXPECT_TRUE(people_.ask("bob").swipes().standing().empty());
}

TEST_F(PeopleTest, WhoWasNotAskedForTheLongestIsReadAnew) {
  for (const char* user : {"a", "b", "c", "d"}) swipe(1, EventKind::kLike, user);
  for (const char* user : {"a", "b", "c", "a", "d"}) people_.ask(user);
  EXPECT_EQ(log_.read, 4u);
  people_.ask("a");
  EXPECT_EQ(log_.read, 4u);
  people_.ask("b");
  EXPECT_EQ(log_.read, 5u);
}

TEST_F(PeopleTest, ManyMayAskAtOnceWhileEventsComeAndGo) {
  std::atomic<bool> done = false;
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      Random random(static_cast<std::uint64_t>(t));
      while (!done) {
        auto person = people_.ask("user" + std::to_string(random.below(5)));
        const Seen& seen = person.seen(view_);
        ASSERT_EQ(seen.seen.size(), person.swipes().standing().size());
        ASSERT_EQ(seen.seen.size() + seen.unseen.size(), view_->size());
      }
    });
  for (int i = 0; i < 150; ++i) {
    swipe(i, EventKind::kLike, "user" + std::to_string(i % 5));
    if (i % 20 == 19) catalog_.erase_user("user" + std::to_string(i % 3));
  }
  done = true;
  for (auto& thread : threads) thread.join();
  for (int user = 0; user < 5; ++user) {
    const std::string name = "user" + std::to_string(user);
    Swipes fresh;
    fresh.fold(catalog_.events(name));
    EXPECT_TRUE(std::ranges::equal(people_.ask(name).swipes().standing(), fresh.standing()));
  }
}

TEST_F(PeopleTest, HowACardWasDealtIsRememberedUntilItIsSwiped) {
  swipe(1);
  auto person = people_.ask("ann");
  const auto cards = testing::deck_of(person.swipes(), *view_, {.k = 2});
  person.remember(cards);
  EXPECT_EQ(person.deal_of(cards[1].key), cards[1].deal);
  swipe(testing::number_of(cards[1].key));
  person.refresh();
  EXPECT_EQ(person.deal_of(cards[1].key), std::nullopt);
  EXPECT_EQ(person.deal_of(cards[0].key), cards[0].deal);
}

}  // namespace
}  // namespace ootd
