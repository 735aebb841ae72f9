#include "ootd/recommend/recommender.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

constexpr int kDim = 16, kPerStyle = 40, kStyleCount = 4;
constexpr char kModel[] = "test-model";

// Four styles of forty looks each, a cluster round one axis each. Rows 1..40 are style 0, 41..80 style 1, and so on.
class RecommenderTest : public ::testing::Test {
 protected:
  RecommenderTest() : catalog_(dir_.path()) {
    Random random(11);
    Matrix vectors(kPerStyle * kStyleCount, kDim);
    std::vector<Row> rows;
    for (std::size_t i = 0; i < vectors.rows(); ++i) {
      ImageRecord image;
      image.id = "image" + std::to_string(i);
      image.file = "images/" + image.id;
      rows.push_back(catalog_.add_image(image).row);
      for (float& v : vectors.row(i)) v = static_cast<float>(0.1 * random.normal());
      vectors.row(i)[i / kPerStyle] += 1;
      normalize(vectors.row(i));
    }
    catalog_.put_embeddings(kModel, rows, vectors);
    index_ = std::make_unique<SearchIndex>(catalog_, kModel);
  }

  Recommender recommender(TasteParams params = {}) const { return Recommender(catalog_, *index_, params); }

  std::int64_t swipe(EventKind kind, Row row, const std::string& user = "ann") {
    Event event;
    event.user = user;
    event.kind = kind;
    event.row = row;
    return catalog_.append_event(event);
  }
  static int style_of(Row row) { return static_cast<int>(row - 1) / kPerStyle; }
  static int count_style(const std::vector<Card>& cards, int style) {
    int count = 0;
    for (const Card& card : cards) count += style_of(card.row) == style;
    return count;
  }

  const testing::TempDir dir_;
  Catalog catalog_;
  std::unique_ptr<SearchIndex> index_;
};

TEST_F(RecommenderTest, DealsLooksLikeTheLikedOnes) {
  swipe(EventKind::kLike, 1);
  swipe(EventKind::kLike, 2);
  const auto cards = recommender({.explore = 0}).next_cards("ann", 10);
  ASSERT_EQ(cards.size(), 10u);
  EXPECT_EQ(count_style(cards, 0), 10);
  for (const Card& card : cards) {
    EXPECT_EQ(card.why, "near a look you liked");
    EXPECT_TRUE(card.because == 1 || card.because == 2);
    EXPECT_GT(card.score, 0.5f);
    EXPECT_FALSE(card.explored);
    EXPECT_EQ(card.probability, 1);
  }
}

TEST_F(RecommenderTest, ASaveCountsMoreThanALike) {
  swipe(EventKind::kLike, 1);
  swipe(EventKind::kSave, 41);
  const auto cards = recommender({.explore = 0, .variety = 0}).next_cards("ann", 20);
  EXPECT_EQ(count_style(cards, 1), 20);
  EXPECT_EQ(cards.front().why, "near a look you saved");
}

TEST_F(RecommenderTest, ADislikePushesAway) {
  swipe(EventKind::kLike, 1);
  swipe(EventKind::kLike, 41);
  EXPECT_GT(count_style(recommender({.explore = 0}).next_cards("ann", 30), 0), 5);
  swipe(EventKind::kDislike, 2);
  swipe(EventKind::kDislike, 3);
  const auto taste = recommender().taste_of("ann");
  EXPECT_LT(dot(taste.profile, *index_->vector(4)), dot(taste.profile, *index_->vector(44)));
  EXPECT_EQ(count_style(recommender({.explore = 0, .variety = 0}).next_cards("ann", 10), 0), 0);
}

TEST_F(RecommenderTest, DislikesAloneAlreadyChangeTheDeck) {
  for (Row row = 1; row <= 6; ++row) swipe(EventKind::kDislike, row);
  const auto cards = recommender({.explore_without_likes = 0}).next_cards("ann", 20);
  EXPECT_EQ(count_style(cards, 0), 0);
  EXPECT_EQ(cards.front().why, "unlike what you disliked");
}

TEST_F(RecommenderTest, NothingSeenReturnsUntilNothingIsLeft) {
  std::set<Row> seen;
  const EventKind kinds[] = {EventKind::kLike, EventKind::kDislike, EventKind::kSave};
  int swipes = 0;
  for (;;) {
    const auto cards = recommender().next_cards("ann", 7);
    if (cards.empty()) break;
    for (const Card& card : cards) {
      ASSERT_TRUE(seen.insert(card.row).second) << "row " << card.row << " came back";
      swipe(kinds[swipes++ % 3], card.row);
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kPerStyle * kStyleCount));
}

TEST_F(RecommenderTest, AnUndoneSwipeLeavesNoTrace) {
  swipe(EventKind::kLike, 1);
  const auto before = recommender().next_cards("ann", 10);
  const auto profile = recommender().taste_of("ann").profile;
  swipe(EventKind::kDislike, 50);
  Event undo;
  undo.user = "ann";
  undo.kind = EventKind::kUndo;
  catalog_.append_event(undo);
  EXPECT_EQ(recommender().taste_of("ann").profile, profile);
  EXPECT_FALSE(recommender().taste_of("ann").seen.contains(50));
  const auto after = recommender().next_cards("ann", 10);
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_EQ(after[i].row, before[i].row);
}

TEST_F(RecommenderTest, TheProfileHasLengthOneAndOnlyTheLatestWordCounts) {
  swipe(EventKind::kLike, 1);
  swipe(EventKind::kSave, 1);
  swipe(EventKind::kLike, 90);
  const auto taste = recommender().taste_of("ann");
  EXPECT_NEAR(dot(taste.profile, taste.profile), 1, 1e-5);
  EXPECT_EQ(taste.saved, std::vector<Row>{1});
  EXPECT_EQ(taste.liked, std::vector<Row>{90});
}

TEST_F(RecommenderTest, ReloadingGivesTheSameCardsAndUsersDiffer) {
  const auto rows_of = [](const std::vector<Card>& cards) {
    std::vector<Row> rows;
    for (const Card& card : cards) rows.push_back(card.row);
    return rows;
  };
  EXPECT_EQ(rows_of(recommender().next_cards("ann", 10)), rows_of(recommender().next_cards("ann", 10)));
  EXPECT_NE(rows_of(recommender().next_cards("ann", 10)), rows_of(recommender().next_cards("bob", 10)));
}

TEST_F(RecommenderTest, AFirstDeckIsDrawnEvenlyAndSaysSo) {
  std::vector<int> styles(kStyleCount);
  for (int user = 0; user < 200; ++user) {
    const auto cards = recommender().next_cards("user" + std::to_string(user), 4);
    EXPECT_TRUE(cards.front().explored);
    EXPECT_EQ(cards.front().why, "a first look around");
    EXPECT_DOUBLE_EQ(cards[0].probability, 1.0 / (kPerStyle * kStyleCount));
    EXPECT_DOUBLE_EQ(cards[3].probability, 1.0 / (kPerStyle * kStyleCount - 3));
    for (const Card& card : cards) ++styles[static_cast<std::size_t>(style_of(card.row))];
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
    const auto card = recommender(params).next_cards(name, 1).at(0);
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

TEST_F(RecommenderTest, RespectsFiltersAndCardsOnTheTable) {
  swipe(EventKind::kLike, 1);
  Bitmap allowed, table;
  for (Row row = 41; row <= 50; ++row) allowed.add(row);
  for (Row row = 41; row <= 45; ++row) table.add(row);
  const auto cards = recommender().next_cards("ann", 10, &allowed, &table);
  ASSERT_EQ(cards.size(), 5u);  // five are left, and five come
  for (const Card& card : cards) EXPECT_TRUE(card.row >= 46 && card.row <= 50);
}

TEST_F(RecommenderTest, VarietySpreadsTheCards) {
  swipe(EventKind::kLike, 1);
  swipe(EventKind::kLike, 41);
  const auto spread = [&](float variety) {
    const auto cards = recommender({.explore = 0, .variety = variety}).next_cards("ann", 10);
    double sum = 0;
    for (const Card& a : cards)
      for (const Card& b : cards) sum += dot(*index_->vector(a.row), *index_->vector(b.row));
    return sum;
  };
  EXPECT_LT(spread(0.6f), spread(0.0f));
}

}  // namespace
}  // namespace ootd
