#include "ootd/recommend/recommender.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/index/vector_index.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

constexpr int kDim = 16, kPerStyle = 40, kStyleCount = 4;
const Generation kGeneration = {"test-model", ""};

LookKey key(int number) { return LookKey{static_cast<std::uint64_t>(number)}; }
int number_of(LookKey key) { return static_cast<int>(key); }

// Four styles of forty looks each, a cluster round one axis each. Keys 1..40 are style 0, 41..80 style 1, and so on.
class RecommenderTest : public ::testing::Test {
 protected:
  RecommenderTest() : catalog_(dir_.path()) {
    Random random(11);
    Matrix vectors(kPerStyle * kStyleCount, kDim);
    std::vector<LookKey> looks;
    for (std::size_t i = 0; i < vectors.rows(); ++i) {
      ImageRecord image;
      image.id = "image" + std::to_string(i);
      image.file = "images/" + image.id;
      looks.push_back(catalog_.add_image(image).key);
      for (float& v : vectors.row(i)) v = static_cast<float>(0.1 * random.normal());
      vectors.row(i)[i / kPerStyle] += 1;
      normalize(vectors.row(i));
    }
    catalog_.put_vectors(kGeneration, looks, vectors);
    index_ = std::make_unique<VectorIndex>(catalog_, kGeneration, dir_.path());
  }

  std::vector<Card> cards_of(const std::string& user, int k, const TasteParams& params = {},
                             const IndexView::Subset* among = nullptr, std::span<const LookKey> on_table = {}) const {
    index_->refresh();
    return next_cards(user, catalog_.events(user), *index_->view(), k, among, on_table, params);
  }
  Taste taste(const std::string& user) const { return taste_of(catalog_.events(user), *index_->view()); }

  std::int64_t swipe(EventKind kind, int number, const std::string& user = "ann") {
    Event event;
    event.user = user;
    event.kind = kind;
    event.look = key(number);
    return catalog_.append_event(event).id;
  }
  static int style_of(LookKey look) { return (number_of(look) - 1) / kPerStyle; }
  static int count_style(const std::vector<Card>& cards, int style) {
    int count = 0;
    for (const Card& card : cards) count += style_of(card.key) == style;
    return count;
  }

  const testing::TempDir dir_;
  SqliteCatalog catalog_;
  std::unique_ptr<VectorIndex> index_;
};

TEST_F(RecommenderTest, DealsLooksLikeTheLikedOnes) {
  swipe(EventKind::kLike, 1);
  swipe(EventKind::kLike, 2);
  const auto cards = cards_of("ann", 10, {.explore = 0});
  ASSERT_EQ(cards.size(), 10u);
  EXPECT_EQ(count_style(cards, 0), 10);
  for (const Card& card : cards) {
    EXPECT_EQ(card.why, "near a look you liked");
    EXPECT_TRUE(card.because == key(1) || card.because == key(2));
    EXPECT_GT(card.score, 0.5f);
    EXPECT_FALSE(card.explored);
    EXPECT_EQ(card.probability, 1);
  }
}

TEST_F(RecommenderTest, ASaveCountsMoreThanALike) {
  swipe(EventKind::kLike, 1);
  swipe(EventKind::kSave, 41);
  const auto cards = cards_of("ann", 20, {.explore = 0, .variety = 0});
  EXPECT_EQ(count_style(cards, 1), 20);
  EXPECT_EQ(cards.front().why, "near a look you saved");
}

TEST_F(RecommenderTest, ADislikePushesAway) {
  swipe(EventKind::kLike, 1);
  swipe(EventKind::kLike, 41);
  EXPECT_GT(count_style(cards_of("ann", 30, {.explore = 0}), 0), 5);
  swipe(EventKind::kDislike, 2);
  swipe(EventKind::kDislike, 3);
  const auto view = index_->view();
  const auto profile = taste("ann").profile;
  EXPECT_LT(dot(profile, view->vector(key(4))), dot(profile, view->vector(key(44))));
  EXPECT_EQ(count_style(cards_of("ann", 10, {.explore = 0, .variety = 0}), 0), 0);
}

TEST_F(RecommenderTest, DislikesAloneAlreadyChangeTheDeck) {
  for (int look = 1; look <= 6; ++look) swipe(EventKind::kDislike, look);
  const auto cards = cards_of("ann", 20, {.explore_without_likes = 0});
  EXPECT_EQ(count_style(cards, 0), 0);
  EXPECT_EQ(cards.front().why, "unlike what you disliked");
}

TEST_F(RecommenderTest, NothingSeenReturnsUntilNothingIsLeft) {
  std::set<LookKey> seen;
  const EventKind kinds[] = {EventKind::kLike, EventKind::kDislike, EventKind::kSave};
  int swipes = 0;
  for (;;) {
    const auto cards = cards_of("ann", 7);
    if (cards.empty()) break;
    for (const Card& card : cards) {
      ASSERT_TRUE(seen.insert(card.key).second) << "look " << to_string(card.key) << " came back";
      swipe(kinds[swipes++ % 3], number_of(card.key));
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kPerStyle * kStyleCount));
}

TEST_F(RecommenderTest, AnUndoneSwipeLeavesNoTrace) {
  swipe(EventKind::kLike, 1);
  const auto before = cards_of("ann", 10);
  const auto profile = taste("ann").profile;
  swipe(EventKind::kDislike, 50);
  catalog_.append_event(undo_of_latest(catalog_.events("ann")).value());
  EXPECT_EQ(taste("ann").profile, profile);
  EXPECT_EQ(taste("ann").seen, std::vector<LookKey>{key(1)});
  const auto after = cards_of("ann", 10);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i].key, before[i].key);
}

TEST_F(RecommenderTest, TheProfileHasLengthOneAndOnlyTheLatestWordCounts) {
  swipe(EventKind::kLike, 1);
  swipe(EventKind::kSave, 1);
  swipe(EventKind::kLike, 90);
  const auto ann = taste("ann");
  EXPECT_NEAR(dot(ann.profile, ann.profile), 1, 1e-5);
  EXPECT_EQ(ann.saved, std::vector<LookKey>{key(1)});
  EXPECT_EQ(ann.liked, std::vector<LookKey>{key(90)});
}

TEST_F(RecommenderTest, ReloadingGivesTheSameCardsAndUsersDiffer) {
  const auto keys_of = [](const std::vector<Card>& cards) {
    std::vector<LookKey> keys;
    for (const Card& card : cards) keys.push_back(card.key);
    return keys;
  };
  EXPECT_EQ(keys_of(cards_of("ann", 10)), keys_of(cards_of("ann", 10)));
  EXPECT_NE(keys_of(cards_of("ann", 10)), keys_of(cards_of("bob", 10)));
}

TEST_F(RecommenderTest, AFirstDeckIsDrawnEvenlyAndSaysSo) {
  std::vector<int> styles(kStyleCount);
  for (int user = 0; user < 200; ++user) {
    const auto cards = cards_of("user" + std::to_string(user), 4);
    EXPECT_TRUE(cards.front().explored);
    EXPECT_EQ(cards.front().why, "a first look around");
    EXPECT_DOUBLE_EQ(cards[0].probability, 1.0 / (kPerStyle * kStyleCount));
    EXPECT_DOUBLE_EQ(cards[3].probability, 1.0 / (kPerStyle * kStyleCount - 3));
    for (const Card& card : cards) ++styles[static_cast<std::size_t>(style_of(card.key))];
  }
  for (const int count : styles) EXPECT_NEAR(count, 200, 50);
}

// The probability that a card states is the share of users (all with the same taste) who are dealt it first.
TEST_F(RecommenderTest, StatedProbabilitiesAreTheTrueOnes) {
  const TasteParams params{.explore = 0.3f};
  int greedy = 0, explored = 0;
  double stated_greedy = 0, stated_other = 0;
  constexpr int kUsers = 600;
  for (int user = 0; user < kUsers; ++user) {
    const std::string name = "user" + std::to_string(user);
    swipe(EventKind::kLike, 1, name);
    const auto card = cards_of(name, 1, params).at(0);
    if (card.explored) {
      ++explored;
      stated_other = card.probability;
    } else {
      ++greedy;
      stated_greedy = card.probability;
    }
  }
  const double unseen = kPerStyle * kStyleCount - 1;
  EXPECT_NEAR(stated_greedy, 0.7 + 0.3 / unseen, 1e-6);
  EXPECT_NEAR(stated_other, 0.3 / unseen, 1e-6);
  EXPECT_NEAR(static_cast<double>(greedy) / kUsers, stated_greedy, 0.06);
  EXPECT_EQ(greedy + explored, kUsers);
}

// Of one user too, request after request: each swipe is a new and independent draw.
TEST_F(RecommenderTest, EachSwipeDrawsAnew) {
  const TasteParams params{.explore = 0.5f, .explore_without_likes = 0.5f};
  int explored = 0, changes = 0;
  bool last = false;
  constexpr int kSwipes = 150;
  for (int i = 1; i <= kSwipes; ++i) {
    swipe(EventKind::kLike, i);
    const bool now = cards_of("ann", 1, params).at(0).explored;
    explored += now;
    changes += now != last;
    last = now;
  }
  EXPECT_NEAR(explored, 0.5 * kSwipes, 25);
  EXPECT_NEAR(changes, 0.5 * kSwipes, 25);
}

TEST_F(RecommenderTest, RespectsFiltersAndCardsOnTheTable) {
  swipe(EventKind::kLike, 1);
  std::vector<LookKey> allowed, table;
  for (int look = 41; look <= 50; ++look) allowed.push_back(key(look));
  for (int look = 41; look <= 45; ++look) table.push_back(key(look));
  const auto among = index_->view()->where(allowed);
  const auto cards = next_cards("ann", catalog_.events("ann"), *index_->view(), 10, &among, table);
  ASSERT_EQ(cards.size(), 5u);  // five are left, and five come
  for (const Card& card : cards) EXPECT_TRUE(card.key >= key(46) && card.key <= key(50));
}

TEST_F(RecommenderTest, VarietySpreadsTheCards) {
  swipe(EventKind::kLike, 1);
  swipe(EventKind::kLike, 41);
  const auto spread = [&](float variety) {
    const auto cards = cards_of("ann", 10, {.explore = 0, .variety = variety});
    double sum = 0;
    const auto view = index_->view();
    for (const Card& a : cards)
      for (const Card& b : cards) sum += dot(view->vector(a.key), view->vector(b.key));
    return sum;
  };
  EXPECT_LT(spread(0.6f), spread(0.0f));
}

}  // namespace
}  // namespace ootd
