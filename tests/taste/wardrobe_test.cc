#include "ootd/taste/wardrobe.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ootd/base/vector_math.h"
#include "tests/taste/looks.h"
#include "tests/testing/message_of.h"

namespace ootd {
namespace {

using testing::key;
using testing::kind_of;
using testing::MemoryVectors;

// Garments of eight kinds a category: two of a kind are alike (about .95), two of different kinds are not (about -.1).
constexpr std::size_t kKinds = 8;

std::vector<float> garment_of(int kind, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> vector(2 * kKinds);
  for (float& value : vector) value = 0.5f + static_cast<float>(0.05 * random.normal());
  vector[static_cast<std::size_t>(kind)] += 1;
  normalize(vector);
  return vector;
}

class WardrobeTest : public ::testing::Test {
 protected:
  // Each look's kinds of garment: (top, bottom), -1 for none. After 80 looks that nobody asks for, which place the
  // means.
  void wear(const std::vector<std::pair<int, int>>& outfits) {
    std::map<std::string, std::pair<std::vector<LookKey>, std::vector<std::vector<float>>>> rows;
    const auto add = [&](int look, const std::string& category, int kind) {
      if (kind < 0) return;
      rows[category].first.push_back(key(look));
      rows[category].second.push_back(garment_of(kind, static_cast<std::uint64_t>(look)));
    };
    const auto add_look = [&](int look, std::pair<int, int> kinds) {
      add(look, "top", kinds.first);
      add(look, "bottom", kinds.second);
    };
    for (int i = 0; i < 80; ++i) add_look(1000 + i, {i % 8, i % 8});
    for (std::size_t i = 0; i < outfits.size(); ++i) add_look(static_cast<int>(i), outfits[i]);
    for (const auto& [category, found] : rows) {
      Matrix vectors(found.second.size(), 2 * kKinds);
      for (std::size_t i = 0; i < found.second.size(); ++i) std::ranges::copy(found.second[i], vectors.row(i).begin());
      const Generation generation = {"m#" + category, ""};
      log_.put_vectors(generation, found.first, vectors);
      indexes_.push_back(std::make_unique<VectorIndex>(log_, generation, home_.path()));
      indexes_.back()->refresh();
      views_[category] = indexes_.back()->view();
    }
    for (std::size_t i = 0; i < outfits.size(); ++i) saved_.push_back(key(static_cast<int>(i)));
  }
  void own(const std::string& category, int kind) {
    const auto id = static_cast<std::int64_t>(own_.size() + 1);
    own_.push_back({id, category, garment_of(kind, static_cast<std::uint64_t>(5000 + id))});
  }
  Wardrobe wardrobe() const { return Wardrobe(views_, own_); }

  const testing::TempDir home_;
  MemoryVectors log_;
  std::vector<std::unique_ptr<VectorIndex>> indexes_;
  GarmentViews views_;
  std::vector<Wardrobe::Garment> own_;
  std::vector<LookKey> saved_;
};

TEST_F(WardrobeTest, TheShareIsThatOfTheGarmentsWithALikeOneAtHand) {
  wear({{0, 0}, {0, 1}, {1, 1}, {0, -1}, {-1, -1}});
  own("top", 1);
  own("top", 0);
  own("bottom", 0);
  const Wardrobe mine = wardrobe();
  EXPECT_EQ(mine.make(key(0)).share, 1);
  EXPECT_EQ(mine.make(key(1)).share, 0.5);
  EXPECT_EQ(mine.make(key(3)).share, 1) << "it has no bottom";
  EXPECT_EQ(mine.make(key(4)).share, 0);
  EXPECT_TRUE(mine.make(key(4)).garments.empty());
  const auto made = mine.make(key(1));
  ASSERT_EQ(made.garments.size(), 2u);
  EXPECT_EQ(made.garments[0].category, "bottom");
  EXPECT_FALSE(made.garments[0].at_hand);
  EXPECT_EQ(made.garments[0].nearest, 3);
  EXPECT_LT(made.garments[0].similarity, 0.2f);
  EXPECT_TRUE(made.garments[1].at_hand);
  EXPECT_EQ(made.garments[1].nearest, 2) << "the one of its kind";
  const auto a = centred_garment(*views_.at("top"), own_[1].vector), b = centred_garment(*views_.at("top"), key(1));
  EXPECT_FLOAT_EQ(made.garments[1].similarity, dot(a, b));
}

TEST_F(WardrobeTest, AGarmentIsComparedWithItsOwnCategoryOnly) {
  wear({{0, 0}});
  own("bottom", 0);
  const auto made = wardrobe().make(key(0));
  EXPECT_TRUE(made.garments[0].at_hand);
  EXPECT_FALSE(made.garments[1].at_hand);
  EXPECT_EQ(made.garments[1].nearest, 0);
  EXPECT_EQ(made.garments[1].similarity, -1);
}

TEST_F(WardrobeTest, LooksAreRankedByShareThenNearness) {
  wear({{2, 2}, {0, 2}, {0, 0}, {2, 2}, {-1, -1}, {0, 0}});
  own("top", 0);
  own("bottom", 0);
  const auto ranked = wardrobe().ranked(saved_);
  ASSERT_EQ(ranked.size(), 5u) << "a look without garments is left out";
  EXPECT_EQ(ranked[2].look, key(1));
  const auto nearness = [&](std::size_t i) {
    return ranked[i].garments[0].similarity + ranked[i].garments[1].similarity;
  };
  for (const std::size_t i : {0u, 3u}) {
    EXPECT_EQ(ranked[i].share, ranked[i + 1].share);
    EXPECT_GT(nearness(i), nearness(i + 1));
  }
  EXPECT_EQ(ranked[0].share, 1);
  EXPECT_EQ(ranked[3].share, 0);
}

TEST_F(WardrobeTest, TheBestPurchaseOpensMostLooks) {
  // Bottom 0 is at hand. Top 1 opens two looks, top 2 three; top 3 would help four that lack their bottoms too.
  wear({{1, 0}, {1, 0}, {2, 0}, {2, 0}, {2, 0}, {3, 4}, {3, 5}, {3, 6}, {3, 7}, {2, 5}});
  own("bottom", 0);
  const auto best = wardrobe().best_purchase(saved_);
  ASSERT_TRUE(best.has_value());
  EXPECT_EQ(best->category, "top");
  EXPECT_EQ(best->opens, (std::vector<LookKey>{key(2), key(3), key(4)}));
  EXPECT_EQ(best->helps, (std::vector<LookKey>{key(9)}));
  EXPECT_NE(std::ranges::find(saved_, best->look), saved_.end());

  // Who buys it has it.
  own_.push_back({99, "top", {}});
  const auto bought = views_.at("top")->vector(best->look);
  own_.back().vector.assign(bought.begin(), bought.end());
  for (const LookKey look : best->opens) EXPECT_EQ(wardrobe().make(look).share, 1);
  EXPECT_EQ(wardrobe().best_purchase(saved_)->opens, (std::vector<LookKey>{key(0), key(1)}));
}

TEST_F(WardrobeTest, WhereNothingOpensALookThePurchaseThatHelpsMostIsBest) {
  wear({{1, 4}, {1, 5}, {2, 6}});
  const auto best = wardrobe().best_purchase(saved_);
  ASSERT_TRUE(best.has_value());
  EXPECT_TRUE(best->opens.empty());
  EXPECT_EQ(best->helps, (std::vector<LookKey>{key(0), key(1)}));
}

TEST_F(WardrobeTest, OfEqualPurchasesTheOneOfTheLowerKeyIsBest) {
  wear({{3, 0}, {2, 0}, {1, 0}});
  own("bottom", 0);
  EXPECT_EQ(wardrobe().best_purchase(saved_)->look, key(0));
  const std::vector<LookKey> backwards(saved_.rbegin(), saved_.rend());
  EXPECT_EQ(wardrobe().best_purchase(backwards)->look, key(0));
}

TEST_F(WardrobeTest, WhereNothingIsMissingThereIsNothingToBuy) {
  wear({{0, 0}, {0, -1}});
  own("top", 0);
  own("bottom", 0);
  EXPECT_EQ(wardrobe().best_purchase(saved_), std::nullopt);
  EXPECT_EQ(wardrobe().best_purchase({}), std::nullopt);
}

TEST_F(WardrobeTest, AGarmentWithoutAVectorIsLikeNoOtherAndOneOfAnotherModelIsRefused) {
  wear({{0, 0}});
  own_.push_back({1, "top", {}});
  EXPECT_EQ(wardrobe().make(key(0)).share, 0);
  own_.push_back({2, "top", {1, 0}});
  EXPECT_EQ(kind_of([&] { wardrobe(); }), Kind::kInput);
  own_ = {{1, "hat", {}}};
  EXPECT_EQ(kind_of([&] { wardrobe(); }), Kind::kInput);
}

}  // namespace
}  // namespace ootd
