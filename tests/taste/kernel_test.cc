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

// The looks of KernelTest with garments: an outer of one of four kinds, the same in each cluster of looks, and a bottom
// as it happens to be; every fifth look has no outer, every seventh no bottom.
class GarmentKernelTest : public KernelTest {
 protected:
  static constexpr int kLooks = 160, kKinds = 4;
  static int coat_of(int look) { return look % 5 == 0 ? -1 : look / 5 % kKinds; }

  GarmentKernelTest() {
    Random random(12);
    const auto add = [&](const std::string& category, auto has, auto paint) {
      std::vector<LookKey> keys;
      for (int look = 0; look < kLooks; ++look)
        if (has(look)) keys.push_back(key(look));
      Matrix vectors(keys.size(), 8);
      for (std::size_t i = 0; i < keys.size(); ++i) {
        for (float& value : vectors.row(i)) value = 1 + static_cast<float>(0.1 * random.normal());
        paint(testing::number_of(keys[i]), vectors.row(i));
        normalize(vectors.row(i));
      }
      const Generation generation = {"test-model#" + category, ""};
      log_.put_vectors(generation, keys, vectors);
      indexes_.push_back(std::make_unique<VectorIndex>(log_, generation, dir_.path()));
      garments_[category] = indexes_.back()->view();
    };
    add(
        "outer", [](int look) { return coat_of(look) >= 0; },
        [](int look, std::span<float> row) { row[static_cast<std::size_t>(coat_of(look))] += 2; });
    add(
        "bottom", [](int look) { return look % 7 != 0; },
        [&](int, std::span<float> row) {
          for (float& value : row) value += static_cast<float>(random.normal());
        });
  }
  KernelTaste with_garments(const KernelParams& params = {}) const {
    return {swipes_, *view_, {nullptr, &garments_}, params};
  }
  std::vector<Card> cards(const LookTraits& traits, const std::string& policy = "kernel") const {
    return deal(*find_policy(policy), swipes_, *view_, seen_of(*view_, swipes_), traits,
                {.k = 10, .explore = 0, .explain = true});
  }
  static int coats_of(const std::vector<Card>& cards, int kind) {
    return static_cast<int>(
        std::ranges::count_if(cards, [&](const Card& card) { return coat_of(testing::number_of(card.key)) == kind; }));
  }

  const testing::TempDir dir_;
  testing::MemoryVectors log_;
  std::vector<std::unique_ptr<VectorIndex>> indexes_;
  GarmentViews garments_;
};

TEST_F(GarmentKernelTest, IsTheFormulaOfTheHeader) {
  for (int i = 0; i < 60; ++i) swipe(i * 13 % kLooks, i % 3 == 0 ? EventKind::kLike : EventKind::kDislike);
  const KernelParams params;
  const KernelTaste known = with_garments(params);
  const auto of = [](const IndexView& view, LookKey look) {
    std::vector<double> vector;
    double squares = 0;
    const auto stored = view.vector(look);
    for (std::size_t d = 0; d < stored.size(); ++d) {
      vector.push_back(static_cast<double>(stored[d]) - static_cast<double>(view.mean()[d]));
      squares += vector.back() * vector.back();
    }
    for (double& value : vector) value /= std::sqrt(squares);
    return vector;
  };
  const auto alike = [&](const IndexView& view, LookKey a, LookKey b) {
    const auto left = of(view, a), right = of(view, b);
    if (left.empty() || right.empty()) return 0.0;
    double sum = -1;
    for (std::size_t d = 0; d < left.size(); ++d) sum += left[d] * right[d];
    return std::exp(sum / static_cast<double>(params.width));
  };
  const auto categories_of = [&](LookKey look) {
    return std::ranges::count_if(garments_, [&](const auto& garment) { return garment.second->contains(look); });
  };
  const auto kernel = [&](LookKey a, LookKey b) {
    double sum = 0;
    for (const auto& [name, category] : garments_) sum += alike(*category, a, b);
    const auto pairs = static_cast<double>(categories_of(a) * categories_of(b));
    const auto weight = static_cast<double>(params.garments);
    return (alike(*view_, a, b) + (pairs > 0 ? weight * sum / std::sqrt(pairs) : 0)) / (1 + weight);
  };
  // (K + noise) alpha = y - prior, row by row.
  ASSERT_EQ(known.answers().size(), 60u);
  for (const auto& row : known.answers()) {
    double sum = static_cast<double>(params.noise) * row.alpha;
    for (const auto& column : known.answers()) sum += kernel(row.look, column.look) * column.alpha;
    EXPECT_NEAR(sum, (row.liked ? 1 : 0) - static_cast<double>(params.prior), 2e-5);
  }
  for (int look = 0; look < kLooks; ++look) {
    double mean = static_cast<double>(params.prior);
    for (const auto& answer : known.answers()) mean += answer.alpha * kernel(key(look), answer.look);
    EXPECT_NEAR(known.mean(key(look)), mean, 2e-5);
  }
}

TEST_F(GarmentKernelTest, TheMeansOfManyAreThoseOfEachAndThePartsAddUpToThem) {
  for (int i = 0; i < 50; ++i) swipe(i * 13 % kLooks, i % 3 == 0 ? EventKind::kLike : EventKind::kDislike);
  std::vector<int> numbers;
  for (int i = 0; i < kLooks; ++i) numbers.push_back(i % 6);
  const LookLabels labels = testing::labels_of(numbers);
  const KernelTaste known(swipes_, *view_, {&labels, &garments_}, {});
  for (int look = 0; look < kLooks; ++look) {
    const LookKey one = key(look);
    Matrix vector(1, 16);
    ASSERT_TRUE(centre(*view_, one, vector.row(0)));
    double sum = 0;
    int garments = 0, labelled = 0;
    for (const ScorePart& part : known.parts(one)) {
      sum += part.value;
      garments += part.of == ScorePart::Of::kGarments ? 1 : 0;
      labelled += part.of == ScorePart::Of::kLabel ? 1 : 0;
    }
    EXPECT_NEAR(sum, known.means({&one, 1}, vector).front(), 1e-5);
    const auto shares_one = [&](const KernelTaste::Answer& answer) {
      return std::ranges::any_of(garments_, [&](const auto& garment) {
        return garment.second->contains(one) && garment.second->contains(answer.look);
      });
    };
    EXPECT_EQ(garments, std::ranges::count_if(known.answers(), shares_one));
    EXPECT_GT(labelled, 0);
  }
}

TEST_F(GarmentKernelTest, StaysPositiveDefiniteWhateverGarmentsAreMissing) {
  for (int i = 0; i < 120; ++i) swipe(i, i % 4 == 0 ? EventKind::kLike : EventKind::kDislike);
  for (const float weight : {0.01f, 0.5f, 10.0f})
    for (const float width : {0.1f, 0.35f, 10.0f})
      EXPECT_NO_THROW(with_garments({.width = width, .garments = weight, .noise = 1e-3f})) << weight << " " << width;
}

TEST_F(GarmentKernelTest, WhoLikesOneCoatGetsItWhateverTheLook) {
  for (int look = 0; look < 100; ++look)
    if (look % 4 == 1) swipe(look, coat_of(look) == 2 ? EventKind::kLike : EventKind::kDislike);
  const auto with = cards({nullptr, &garments_}), without = cards(nullptr);
  EXPECT_GE(coats_of(with, 2), 9);
  EXPECT_LE(coats_of(without, 2), 5);
  for (const Card& card : with)
    for (const LookKey reason : card.because) EXPECT_EQ(coat_of(testing::number_of(reason)), 2);
}

TEST_F(GarmentKernelTest, WithoutVectorsOfGarmentsNothingChanges) {
  for (int i = 0; i < 60; ++i) swipe(i * 13 % kLooks, i % 3 == 0 ? EventKind::kLike : EventKind::kDislike);
  testing::MemoryVectors empty_log;
  const VectorIndex empty(empty_log, {"test-model#dress", ""}, dir_.path());
  const GarmentViews none, no_dresses = {{"dress", empty.view()}};
  const auto expected = cards(nullptr);
  const auto expect_same = [&](const std::vector<Card>& got) {
    ASSERT_EQ(got.size(), expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      EXPECT_EQ(got[i].key, expected[i].key);
      EXPECT_EQ(got[i].score, expected[i].score);
      EXPECT_EQ(got[i].because, expected[i].because);
      ASSERT_EQ(got[i].parts.size(), expected[i].parts.size());
      for (std::size_t p = 0; p < got[i].parts.size(); ++p)
        EXPECT_EQ(got[i].parts[p].value, expected[i].parts[p].value);
    }
  };
  expect_same(cards({nullptr, &none}));
  expect_same(cards({nullptr, &no_dresses}));
  expect_same(cards({nullptr, &garments_}, "kernel:garments=0"));
  EXPECT_NE(cards({nullptr, &garments_}).front().score, expected.front().score);
}

// Of looks with several values each, "shares one" is not positive definite: sums of answers had no solution.
TEST_F(KernelTest, AnyNumberOfValuesOfALabelCanBeFolded) {
  Random random(12);
  std::vector<std::pair<LookKey, std::string>> values;
  for (int look = 0; look < 160; ++look)
    for (int value = 0; value < 12; ++value)
      if (random.below(3) == 0) values.emplace_back(key(look), std::to_string(value));
  const LookLabels labels("tag", values);
  for (int i = 0; i < 120; ++i) swipe(i, random.below(3) == 0 ? EventKind::kLike : EventKind::kDislike);
  const KernelTaste known(swipes_, *view_, &labels, {.label = 5, .noise = 0.01f});
  for (const auto& answer : known.answers()) EXPECT_TRUE(std::isfinite(answer.alpha));
  EXPECT_EQ(shared_values(labels.of(key(1)), labels.of(key(1))), labels.of(key(1)).empty() ? 0.0f : 1.0f);
  const int one[] = {1, 4}, two[] = {2, 4};
  EXPECT_FLOAT_EQ(shared_values(one, two), 0.5f);
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
