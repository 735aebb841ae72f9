#include "ootd/taste/deck.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "ootd/base/error.h"
#include "tests/taste/looks.h"

namespace ootd {
namespace {

using testing::deck_of;
using testing::key;
using testing::number_of;

constexpr int kEach = 40, kClusters = 4;

class DeckTest : public ::testing::Test {
 protected:
  testing::Looks looks_ = testing::Looks::in_clusters(kClusters, kEach, 16);
  std::shared_ptr<const IndexView> view_ = looks_.view();
  Swipes swipes_;

  void swipe(int look, EventKind kind = EventKind::kLike) { testing::swipe(swipes_, look, kind); }
  static int of_cluster(const std::vector<Card>& cards, int cluster) {
    return static_cast<int>(
        std::ranges::count_if(cards, [&](const Card& c) { return number_of(c.key) / kEach == cluster; }));
  }
  static std::vector<LookKey> keys_of(const std::vector<Card>& cards) {
    std::vector<LookKey> keys;
    for (const Card& card : cards) keys.push_back(card.key);
    return keys;
  }
};

TEST_F(DeckTest, DealsLooksLikeTheLikedOnesAndSaysWhy) {
  swipe(1);
  swipe(2, EventKind::kSave);
  const auto cards = deck_of(swipes_, *view_, {.explore = 0, .explain = true}, "kernel:load=0.1");
  ASSERT_EQ(cards.size(), 10u);
  EXPECT_EQ(of_cluster(cards, 0), 10);
  for (const Card& card : cards) {
    EXPECT_FALSE(card.explored);
    EXPECT_EQ(card.deal.probability, 1);
    EXPECT_EQ(card.deal.policy, "kernel-1:load=0.1");
    ASSERT_FALSE(card.because.empty());
    EXPECT_EQ(why(card, swipes_), card.because.front() == key(2) ? "near a look you saved" : "near a look you liked");
    double sum = 0;
    for (const ScorePart& part : card.parts) sum += part.value;
    EXPECT_NEAR(sum, card.score, 1e-5);
  }
  EXPECT_EQ(cards[3].deal.place, 3);
  EXPECT_EQ(cards[3].deal.after, swipes_.latest_event());
}

TEST_F(DeckTest, AFirstDeckShowsSomethingOfEverything) {
  std::set<int> clusters;
  const auto cards = deck_of(swipes_, *view_, {.explore = 0, .seed = "ann"});
  for (const Card& card : cards) clusters.insert(number_of(card.key) / kEach);
  EXPECT_EQ(clusters.size(), static_cast<std::size_t>(kClusters));
  EXPECT_EQ(why(cards.front(), swipes_), "a first look around");
}

TEST_F(DeckTest, TenDislikesAloneMakeTheNextTenLessLikeThemThanTheCatalogsMean) {
  for (int look = 0; look < 10; ++look) swipe(look, EventKind::kDislike);
  const auto likeness = [&](const std::vector<LookKey>& of) {
    double sum = 0;
    for (const LookKey look : of)
      for (int disliked = 0; disliked < 10; ++disliked)
        sum += static_cast<double>(dot(view_->vector(look), view_->vector(key(disliked))));
    return sum / (10.0 * static_cast<double>(of.size()));
  };
  std::vector<LookKey> all;
  for (int look = 10; look < kEach * kClusters; ++look) all.push_back(key(look));
  const auto cards = deck_of(swipes_, *view_, {.explore = 0, .explain = true});
  EXPECT_LT(likeness(keys_of(cards)), likeness(all));
  EXPECT_EQ(of_cluster(cards, 0), 0);
  EXPECT_EQ(why(cards.front(), swipes_), "unlike what you disliked");
}

TEST_F(DeckTest, NothingSeenReturnsUntilNothingIsLeft) {
  std::set<LookKey> seen;
  const EventKind kinds[] = {EventKind::kLike, EventKind::kDislike, EventKind::kSkip, EventKind::kSave};
  for (int swipes = 0;;) {
    const auto cards = deck_of(swipes_, *view_, {.k = 7, .explore = 0.2});
    if (cards.empty()) break;
    for (const Card& card : cards) {
      ASSERT_TRUE(seen.insert(card.key).second) << "look " << to_string(card.key) << " came back";
      swipe(number_of(card.key), kinds[swipes++ % 4]);
    }
  }
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kEach * kClusters));
}

TEST_F(DeckTest, IsFullAtAnyFilterWhileUnseenLooksAreLeft) {
  for (int look = 0; look < 60; ++look) swipe(look, look % 5 == 0 ? EventKind::kLike : EventKind::kDislike);
  for (const int allowed : {1, 3, 10, 30}) {
    std::vector<LookKey> filter, table;
    for (int look = 60; look < 60 + allowed; ++look) filter.push_back(key(look));
    for (int look = 60; look < 60 + allowed / 3; ++look) table.push_back(key(look));
    const Seen seen = narrowed(*view_, seen_of(*view_, swipes_), view_->where(filter), table);
    const auto cards = deal(*find_policy("kernel"), swipes_, *view_, seen, nullptr, {.k = 10});
    ASSERT_EQ(static_cast<int>(cards.size()), std::min(10, allowed - allowed / 3));
    for (const Card& card : cards) EXPECT_TRUE(card.key >= key(60 + allowed / 3) && card.key < key(60 + allowed));
  }
}

TEST_F(DeckTest, WhatTheCatalogKnowsForCopiesIsDealtOnceHoweverFarApartItsVectorsAre) {
  // Look 3 and, of other clusters, 50 and 90 are one photo; so are 60 and 61.
  using Pairs = std::vector<std::pair<LookKey, LookKey>>;
  swipes_ = Swipes(std::make_shared<const CopyGroups>(Pairs{{key(50), key(3)}, {key(61), key(60)}, {key(90), key(3)}}));
  swipe(50);
  const Seen seen = seen_of(*view_, swipes_);
  EXPECT_EQ(seen.seen.size(), 3u);
  EXPECT_FALSE(view_->has(narrowed(*view_, seen, view_->all(), std::vector{key(61)}).unseen, key(60)))
      << "its copy lies on the table";
  std::multiset<int> dealt;
  for (;;) {
    const auto cards = deck_of(swipes_, *view_, {.k = 10, .explore = 0.3});
    if (cards.empty()) break;
    for (const Card& card : cards) {
      dealt.insert(number_of(card.key));
      swipe(number_of(card.key), EventKind::kSkip);
    }
  }
  for (const int look : {3, 50, 90}) EXPECT_EQ(dealt.count(look), 0u) << look;
  EXPECT_EQ(dealt.count(60) + dealt.count(61), 1u);
  EXPECT_EQ(dealt.size(), static_cast<std::size_t>(kEach * kClusters - 4));
}

TEST_F(DeckTest, ACopyOfASeenLookIsNotDealtAndOfTwoCopiesOne) {
  // Looks 160 to 167 are looks 0 to 7 again, re-encoded; looks 168 and 169 are copies of one another.
  Matrix copies(10, 16);
  Random random(3);
  std::vector<LookKey> keys;
  for (int i = 0; i < 10; ++i) {
    keys.push_back(key(160 + i));
    const auto row = copies.row(static_cast<std::size_t>(i));
    std::ranges::copy(view_->vector(key(i < 8 ? i : 20)), row.begin());
    for (float& value : row) value += static_cast<float>(0.002 * random.normal());
    if (i >= 8) row[0] += 0.4f;
    normalize(row);
  }
  looks_.log().put_vectors(testing::Looks::kGeneration, keys, copies);
  view_ = looks_.view();
  for (int look = 0; look < 8; ++look) swipe(look);
  std::set<int> dealt;
  for (;;) {
    const auto cards = deck_of(swipes_, *view_, {.k = 10, .explore = 0.3});
    if (cards.empty()) break;
    for (const Card& card : cards) {
      dealt.insert(number_of(card.key));
      swipe(number_of(card.key), EventKind::kDislike);
    }
  }
  for (int copy = 160; copy < 168; ++copy) EXPECT_FALSE(dealt.contains(copy)) << copy;
  EXPECT_EQ(dealt.contains(168) + dealt.contains(169), 1);
  EXPECT_EQ(dealt.size(), static_cast<std::size_t>(kEach * kClusters - 8 + 1));
}

TEST_F(DeckTest, TheSameSwipesGiveTheSameCardsAndEachSwipeANewDraw) {
  swipe(1);
  const DeckRequest request = {.explore = 0.5, .seed = "ann"};
  const auto before = keys_of(deck_of(swipes_, *view_, request));
  EXPECT_EQ(keys_of(deck_of(swipes_, *view_, request)), before);
  EXPECT_NE(keys_of(deck_of(swipes_, *view_, {.explore = 0.5, .seed = "bob"})), before);
  const auto taken_back = swipes_.last_event() + 1;
  swipe(50, EventKind::kDislike);
  EXPECT_NE(keys_of(deck_of(swipes_, *view_, request)), before);
  const Event undo = {
      .id = taken_back + 5, .user = "u", .kind = EventKind::kUndo, .look = key(50), .undoes = taken_back + 1};
  Swipes undone = swipes_;
  undone.fold({&undo, 1});
  EXPECT_EQ(undone.standing().size(), 1u);
  EXPECT_EQ(keys_of(deck_of(undone, *view_, request)), before) << "an undone swipe leaves no trace";
}

// The probability that a card states is the share of people (all with the same taste) who are dealt it at this place.
TEST_F(DeckTest, StatedProbabilitiesAreTheTrueOnes) {
  swipe(1);
  constexpr int kDecks = 20'000;
  std::map<LookKey, std::pair<int, double>> dealt;  // how often, and the sum of what was stated
  double stated_sum = 0;
  for (int person = 0; person < kDecks; ++person) {
    const auto cards = deck_of(swipes_, *view_, {.k = 1, .explore = 0.4, .seed = std::to_string(person)});
    auto& [count, stated] = dealt[cards.at(0).key];
    ++count;
    stated += cards[0].deal.probability;
    stated_sum += 1 / cards[0].deal.probability;
  }
  // Of everything that may be dealt the inverse probabilities add up to its number.
  EXPECT_NEAR(stated_sum / kDecks, kEach * kClusters - 1, 6);
  for (const auto& [look, of] : dealt) {
    const double share = static_cast<double>(of.first) / kDecks, stated = of.second / of.first;
    EXPECT_NEAR(share, stated, 4 * std::sqrt(stated / kDecks) + 1e-4) << to_string(look);
  }
}

TEST_F(DeckTest, ALoadSpreadsTheCards) {
  swipe(1);
  swipe(41);
  const auto spread = [&](const char* policy) {
    const auto cards = deck_of(swipes_, *view_, {.explore = 0}, policy);
    double sum = 0;
    for (const Card& a : cards)
      for (const Card& b : cards) sum += static_cast<double>(dot(view_->vector(a.key), view_->vector(b.key)));
    return sum;
  };
  EXPECT_LT(spread("kernel:load=2"), spread("kernel:load=0"));
}

TEST_F(DeckTest, LabelsDrawLooksOfTheLikedValueWhereverTheyLie) {
  std::vector<int> numbers;
  for (int look = 0; look < kEach * kClusters; ++look) numbers.push_back(look % 2);
  const LookLabels labels = testing::labels_of(numbers);
  for (int look = 0; look < 40; ++look)
    swipe(4 * look + look % 2, look % 2 == 0 ? EventKind::kLike : EventKind::kDislike);
  const auto even = [&](const LookLabels* with) {
    const auto cards = deck_of(swipes_, *view_, {.explore = 0}, "kernel", with);
    return std::ranges::count_if(cards, [](const Card& card) { return number_of(card.key) % 2 == 0; });
  };
  EXPECT_GT(even(&labels), even(nullptr));
  EXPECT_GE(even(&labels), 9);
}

TEST_F(DeckTest, EveryPolicyDealsFullDecksOfUnseenLooksAndNeverTwice) {
  for (const auto policy : policy_names()) {
    Swipes swipes;
    std::set<LookKey> seen;
    for (int deck = 0; deck < 4; ++deck) {
      const auto cards = deck_of(swipes, *view_, {.explore = 0}, std::string(policy));
      ASSERT_EQ(cards.size(), 10u) << policy;
      for (const Card& card : cards) {
        EXPECT_TRUE(seen.insert(card.key).second) << policy;
        EXPECT_TRUE(card.deal.policy.starts_with(policy)) << policy;
        EXPECT_TRUE(card.deal.probability > 0 && card.deal.probability <= 1) << policy;
        testing::swipe(swipes, number_of(card.key),
                       number_of(card.key) < kEach ? EventKind::kLike : EventKind::kDislike);
      }
    }
  }
}

TEST(FindPolicy, RefusesWhatItDoesNotKnowAndSaysWhatThereIs) {
  const auto message = [](const char* name) {
    try {
      find_policy(name);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(message("magic").find("qdrant-average"), std::string::npos);
  EXPECT_NE(message("ridge:load=1").find("only kernel"), std::string::npos);
  EXPECT_NE(message("kernel:lod=1").find("label_load"), std::string::npos);
  EXPECT_NE(message("kernel:load=x").find("load"), std::string::npos);
  EXPECT_NE(message("kernel:pool=1.5").find("whole"), std::string::npos);
  EXPECT_NE(message("kernel:prior=2").find("0 to"), std::string::npos) << message("kernel:prior=2");
  EXPECT_EQ(message("kernel:load=0.5,pool=40"), "");
}

}  // namespace
}  // namespace ootd
