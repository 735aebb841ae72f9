#include "ootd/taste/kernel.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ootd/base/json.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "tests/taste/looks.h"

namespace ootd {
namespace {

using testing::key;

// tests/golden/taste/histories.json: what the study's Python twin makes of them.
TEST(Kernel, FoldsTwentyRecordedHistoriesAsTheStudysTwinDoes) {
  const Json golden =
      parse_json(read_text(std::filesystem::path(OOTD_GOLDEN_DIR) / "taste" / "histories.json"), "golden");
  const auto rows = golden.at("vectors").get<std::vector<std::vector<float>>>();
  Matrix vectors(rows.size(), rows[0].size());
  for (std::size_t i = 0; i < rows.size(); ++i) std::ranges::copy(rows[i], vectors.row(i).begin());
  const testing::Looks looks(vectors);
  const auto styles = golden.at("styles").get<std::vector<int>>();
  const LookLabels labels = testing::labels_of(styles);
  const auto view = looks.view();

  std::size_t changes = 0;
  double worst = 0;
  for (const Json& history : golden.at("histories")) {
    Swipes swipes;
    const auto& items = history.at("looks");
    for (std::size_t i = 0; i < items.size(); ++i)
      testing::swipe(swipes, items[i].get<int>(), history.at("likes")[i] == 1 ? EventKind::kLike : EventKind::kDislike,
                     history.at("predicted")[i].get<float>());
    const bool with_labels = history.at("labels").get<bool>();
    const KernelTaste taste(swipes, *view, with_labels ? &labels : nullptr, {});
    const auto change = last_change(swipes.standing(), {});
    EXPECT_EQ(change, history.at("changed_at").get<std::size_t>());
    changes += change > 0;
    const auto alphas = history.at("alphas").get<std::vector<double>>();
    ASSERT_EQ(taste.answers().size(), alphas.size());
    for (std::size_t i = 0; i < alphas.size(); ++i)
      worst = std::max(worst, std::abs(taste.answers()[i].alpha - alphas[i]));
    for (std::size_t i = 0; i < history.at("probe").size(); ++i) {
      const double mean = history.at("means")[i].get<double>();
      worst = std::max(worst, std::abs(static_cast<double>(taste.mean(key(history.at("probe")[i].get<int>()))) - mean));
    }
  }
  EXPECT_LT(worst, 1e-5);
  EXPECT_GE(changes, 10u);
}

class KernelTest : public ::testing::Test {
 protected:
  testing::Looks looks_ = testing::Looks::in_clusters(4, 40, 16);
  const std::shared_ptr<const IndexView> view_ = looks_.view();
  Swipes swipes_;

  void swipe(int look, EventKind kind = EventKind::kLike) { testing::swipe(swipes_, look, kind); }
  KernelTaste taste(const KernelParams& params = {}) const { return {swipes_, *view_, nullptr, params}; }
};

TEST_F(KernelTest, LikesOfARareClusterWinAgainstManyDislikes) {
  for (int i = 0; i < 3; ++i) swipe(i);
  for (int i = 40; i < 120; ++i) swipe(i, EventKind::kDislike);
  const KernelTaste known = taste();
  for (int i = 5; i < 40; ++i)
    for (int other = 120; other < 125; ++other) EXPECT_GT(known.mean(key(i)), known.mean(key(other)));
}

TEST_F(KernelTest, TheMeansOfManyAreThoseOfEachAndThePartsAddUpToThem) {
  Random random(5);
  for (int i = 0; i < 50; ++i)
    swipe(static_cast<int>(random.below(160)), i % 3 == 0 ? EventKind::kLike : EventKind::kDislike);
  const KernelTaste known = taste();
  std::vector<LookKey> keys;
  Matrix vectors(160, 16);
  for (int i = 0; i < 160; ++i) {
    keys.push_back(key(i));
    ASSERT_TRUE(centre(*view_, key(i), vectors.row(static_cast<std::size_t>(i))));
  }
  const auto means = known.means(keys, vectors);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    double sum = 0;
    for (const ScorePart& part : known.parts(keys[i])) sum += part.value;
    EXPECT_NEAR(sum, means[i], 1e-5);
  }
}

TEST_F(KernelTest, WithoutALookThatCarriesACardTheCardsValueIsLower) {
  Random random(6);
  std::size_t tried = 0;
  for (int round = 0; round < 20; ++round) {
    std::vector<std::pair<int, EventKind>> history;
    for (int i = 0; i < 30; ++i)
      history.emplace_back(static_cast<int>(random.below(160)),
                           random.below(3) == 0 ? EventKind::kLike : EventKind::kDislike);
    const auto fold = [&](int without) {
      Swipes swipes;
      for (const auto& [look, kind] : history)
        if (look != without) testing::swipe(swipes, look, kind);
      return swipes;
    };
    const Swipes swipes = fold(-1);
    const KernelTaste all(swipes, *view_, nullptr, {});
    const LookKey card = key(static_cast<int>(random.below(160)));
    const auto reasons = all.reasons(std::span(&card, 1)).front();
    for (const LookKey reason : reasons) {
      const Swipes fewer = fold(testing::number_of(reason));
      EXPECT_LT(KernelTaste(fewer, *view_, nullptr, {}).mean(card), all.mean(card)) << "round " << round;
      EXPECT_TRUE(is_like(swipes.latest(reason)->answer));
      ++tried;
    }
  }
  EXPECT_GT(tried, 20u);
}

TEST_F(KernelTest, OnlyTheLatestSwipesCount) {
  for (int i = 0; i < 140; ++i) swipe(i, i < 10 ? EventKind::kLike : EventKind::kDislike);
  EXPECT_EQ(taste().answers().size(), 128u);
  EXPECT_EQ(taste().answers().front().look, key(12));
  EXPECT_FALSE(taste().has_like());
}

TEST_F(KernelTest, ASkipIsNoAnswer) {
  swipe(1);
  const float before = taste().mean(key(2));
  swipe(3, EventKind::kSkip);
  EXPECT_EQ(taste().mean(key(2)), before);
  EXPECT_EQ(taste().answers().size(), 1u);
}

TEST_F(KernelTest, WithoutAnswersEveryLookHasThePriorsValue) {
  EXPECT_FLOAT_EQ(taste().mean(key(3)), KernelParams{}.prior);
  EXPECT_EQ(taste().queries().rows(), 1u);
}

TEST(LastChange, IsWhereLikesFellFarBehindWhatWasPredicted) {
  std::vector<Swipe> standing;
  const auto add = [&](int n, float predicted, int likes) {
    for (int i = 0; i < n; ++i)
      standing.push_back({.event = static_cast<std::int64_t>(standing.size() + 1),
                          .answer = i < likes ? EventKind::kLike : EventKind::kDislike,
                          .predicted = predicted});
  };
  add(30, 0.8f, 24);
  EXPECT_EQ(last_change(standing, {}), 0u);
  add(10, 0.8f, 0);
  EXPECT_EQ(last_change(standing, {}), 30u);
  add(10, 0.1f, 0);
  EXPECT_EQ(last_change(standing, {}), 30u) << "as was to be expected";
  add(20, 0.8f, 16);
  add(10, 0.8f, 1);
  EXPECT_EQ(last_change(standing, {}), 70u);
  // Looks that nobody dealt say nothing of the predictions.
  for (int i = 0; i < 7; ++i) standing.insert(standing.begin() + 3 * i, Swipe{.answer = EventKind::kDislike});
  EXPECT_EQ(last_change(standing, {}), 77u);
  EXPECT_EQ(last_change(standing, {.window = 0}), 0u) << "no detector";
}

// Ten predictions of .3 that fail are no surprise; thirty are. And who is always liked less than predicted is not
// taken for one who changes.
TEST(LastChange, OfARareTasteIsFoundFromMoreAnswersAndNeverFromPredictionsThatWereAlwaysTooHigh) {
  const auto standing = [](std::vector<std::pair<int, float>> likes_of_ten) {
    std::vector<Swipe> swipes;
    for (const auto& [likes, predicted] : likes_of_ten)
      for (int i = 0; i < 10; ++i)
        swipes.push_back({.answer = i < likes ? EventKind::kLike : EventKind::kDislike, .predicted = predicted});
    return swipes;
  };
  EXPECT_EQ(last_change(standing({{3, 0.3f}, {3, 0.3f}, {3, 0.3f}, {0, 0.3f}}), {}), 0u);
  EXPECT_EQ(last_change(standing({{3, 0.3f}, {3, 0.3f}, {3, 0.3f}, {0, 0.3f}, {0, 0.3f}, {0, 0.3f}}), {}), 30u);
  EXPECT_EQ(last_change(standing(std::vector<std::pair<int, float>>(20, {1, 0.3f})), {}), 0u);
}

}  // namespace
}  // namespace ootd
