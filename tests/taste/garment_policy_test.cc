#include "ootd/taste/garment_policy.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "ootd/base/error.h"
#include "ootd/base/vector_math.h"
#include "ootd/index/vector_index.h"
#include "ootd/taste/deck.h"
#include "ootd/taste/kernel.h"
#include "tests/testing/memory_vectors.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kind_of;
using testing::message_of;

// Looks 1 to 240 of three styles; each wears one of four kinds of outer and one of five kinds of bottom, in every
// combination; looks 241 to 250 wear an outer of kind 0 alone.
constexpr int kLooks = 240, kBare = 10, kStyles3 = 3, kOuters = 4, kBottoms = 5, kSize = 16;

int style_at(int i) { return i % kStyles3; }
int outer_at(int i) { return i >= kLooks ? 0 : i / kStyles3 % kOuters; }
int bottom_at(int i) { return i / (kStyles3 * kOuters) % kBottoms; }
LookKey look_at(int i) { return LookKey{static_cast<std::uint64_t>(i + 1)}; }
int place_of(LookKey look) { return static_cast<int>(look) - 1; }

class GarmentPolicyTest : public ::testing::Test {
 protected:
  GarmentPolicyTest() {
    Random random(5);
    const auto add = [&](const Generation& generation, int count, int (*kind)(int)) {
      Matrix vectors(static_cast<std::size_t>(count), kSize);
      std::vector<LookKey> looks;
      for (int i = 0; i < count; ++i) {
        auto row = vectors.row(static_cast<std::size_t>(i));
        for (float& value : row) value = static_cast<float>(0.08 * random.normal());
        row[static_cast<std::size_t>(kind(i))] += 1;
        row[kSize - 1] += 2;  // all lie in one cone
        normalize(row);
        looks.push_back(look_at(i));
      }
      log_.put_vectors(generation, looks, vectors);
    };
    add({"m", ""}, kLooks + kBare, style_at);
    add({"m#outer", ""}, kLooks + kBare, outer_at);
    add({"m#bottom", ""}, kLooks, bottom_at);
    for (const char* category : {"outer", "bottom"})
      garments_[category] = index_of({"m#" + std::string(category), ""}).view();
    looks_ = index_of({"m", ""}).view();
  }
  VectorIndex& index_of(const Generation& generation) {
    indexes_.push_back(std::make_unique<VectorIndex>(log_, generation, home_.path()));
    indexes_.back()->refresh();
    return *indexes_.back();
  }
  void swipe(int i, EventKind answer) {
    const Event event = {.id = ++events_, .user = "ann", .kind = answer, .look = look_at(i)};
    swipes_.fold({&event, 1});
  }
  std::shared_ptr<const Policy> policy(const GarmentParams& params = {}, GarmentWish wish = kWish) const {
    return garment_policy(kTaste, garments_, std::move(wish), params);
  }
  std::vector<Card> cards(const Policy& by, int k, const IndexView::Subset* among = nullptr) const {
    const Seen seen = narrowed(*looks_, seen_of(*looks_, swipes_), among ? *among : looks_->all(), {});
    return deal(by, swipes_, *looks_, seen, nullptr, {.k = k, .explore = 0, .seed = "ann", .explain = true});
  }
  double likeness(const std::string& category, LookKey look) const {
    const auto a = centred_garment(*garments_.at(category), kWish.look);
    const auto b = centred_garment(*garments_.at(category), look);
    return std::exp((static_cast<double>(dot(a, b)) - 1) / 0.35);
  }

  inline static const GarmentWish kWish = {look_at(0), {"outer"}, {"bottom"}};
  inline static const std::shared_ptr<const Policy> kTaste = kernel_policy();

  const testing::TempDir home_;
  testing::MemoryVectors log_;
  std::vector<std::unique_ptr<VectorIndex>> indexes_;
  GarmentViews garments_;
  std::shared_ptr<const IndexView> looks_;
  Swipes swipes_;
  std::int64_t events_ = 0;
};

TEST_F(GarmentPolicyTest, KeepsTheGarmentAndChangesTheOther) {
  const auto dealt = cards(*policy(), 20);
  ASSERT_EQ(dealt.size(), 20u);
  for (const Card& card : dealt) {
    const int i = place_of(card.key);
    EXPECT_EQ(outer_at(i), outer_at(0)) << i;
    EXPECT_NE(bottom_at(i), bottom_at(0)) << i;
    EXPECT_LT(i, kLooks) << "wears no bottom";
  }
}

TEST_F(GarmentPolicyTest, TheDeckIsSpreadOverTheChangedGarments) {
  std::map<int, int> bottoms;
  for (const Card& card : cards(*policy(), 8)) ++bottoms[bottom_at(place_of(card.key))];
  EXPECT_EQ(bottoms, (std::map<int, int>{{1, 2}, {2, 2}, {3, 2}, {4, 2}})) << "all other kinds of bottom";
}

TEST_F(GarmentPolicyTest, TheRestIsLeftToTheTaste) {
  // Likes style 1, in looks that have neither garment of the wish.
  for (const int i : {13, 16, 19, 22, 25, 28}) swipe(i, EventKind::kLike);
  for (const int i : {12, 14, 15, 17, 18, 20}) swipe(i, EventKind::kDislike);
  const auto dealt = cards(*policy(), 8);
  for (const Card& card : dealt) {
    EXPECT_EQ(style_at(place_of(card.key)), 1);
    EXPECT_EQ(outer_at(place_of(card.key)), outer_at(0));
  }
}

TEST_F(GarmentPolicyTest, PartsAreThoseOfTheTasteAndOneOfEachGarmentAndAddUp) {
  swipe(13, EventKind::kLike);
  swipe(14, EventKind::kDislike);
  const GarmentParams params;
  for (const Card& card : cards(*policy(), 12)) {
    double sum = 0;
    std::vector<double> garments;
    for (const ScorePart& part : card.parts) {
      sum += part.value;
      if (part.of != ScorePart::Of::kGarments) continue;
      EXPECT_EQ(part.look, kWish.look);
      garments.push_back(part.value);
    }
    EXPECT_NEAR(sum, card.score, 1e-5);
    ASSERT_EQ(garments.size(), 2u);
    EXPECT_NEAR(garments[0], static_cast<double>(params.near) * likeness("outer", card.key), 1e-5);
    EXPECT_NEAR(garments[1], -static_cast<double>(params.away) * likeness("bottom", card.key), 1e-5);
  }
}

// The chance of a like is what tells later that a taste has changed: a wish for a jacket must not look like one.
TEST_F(GarmentPolicyTest, ThePredictionIsTheTastesAlone) {
  swipe(13, EventKind::kLike);
  const auto wished = cards(*policy(), 5);
  for (const Card& card : wished) {
    const float chance = KernelTaste(swipes_, *looks_, nullptr, {}).mean(card.key);
    EXPECT_NEAR(card.deal.prediction, static_cast<double>(chance), 1e-6);
    EXPECT_GT(card.score, card.deal.prediction + 0.3);
    EXPECT_EQ(card.deal.policy, kTaste->name() + "+garments-1");
  }
}

TEST_F(GarmentPolicyTest, ALookWithoutOneOfTheGarmentsComesLast) {
  Random random(1);
  const auto seen = seen_of(*looks_, swipes_);
  const auto valued = policy()->value(swipes_, {*looks_, seen.unseen}, 10, random);
  const float bare = valued->value_of(look_at(kLooks)), taste = valued->chance_of(look_at(kLooks));
  const double kept = likeness("outer", look_at(kLooks));
  EXPECT_NEAR(bare, taste + GarmentParams().near * kept - GarmentParams().away, 1e-5) << "as if with the same bottom";
  for (const auto& candidate : valued->candidates) {
    EXPECT_LT(place_of(candidate.key), kLooks);
    EXPECT_NE(candidate.key, kWish.look);
  }
  EXPECT_EQ(valued->candidates.size(), static_cast<std::size_t>(kLooks - 1));
}

TEST_F(GarmentPolicyTest, FindsCandidatesHoweverFarTheyAre) {
  // What may be dealt are the looks with the outers least like the kept one; a pool of 4 asks for 8 at first.
  std::vector<LookKey> allowed;
  for (int i = 0; i < kLooks; ++i)
    if (outer_at(i) == 3 && style_at(i) == 2) allowed.push_back(look_at(i));
  const auto among = looks_->where(allowed);
  Random random(1);
  const auto valued = policy({.pool = 4})->value(swipes_, {*looks_, among}, 2, random);
  EXPECT_EQ(valued->candidates.size(), 4u);
  for (const auto& candidate : valued->candidates) EXPECT_TRUE(looks_->has(among, candidate.key));
}

TEST_F(GarmentPolicyTest, TheWishedLookIsTheFirstReason) {
  swipe(13, EventKind::kLike);
  for (const Card& card : cards(*policy(), 5)) {
    ASSERT_FALSE(card.because.empty());
    EXPECT_EQ(card.because.front(), kWish.look);
    EXPECT_LE(card.because.size(), 3u);
    EXPECT_EQ(std::ranges::count(card.because, kWish.look), 1);
  }
}

TEST_F(GarmentPolicyTest, RefusesWishesThatCannotBe) {
  const auto refused = [&](const GarmentWish& wish) { return message_of([&] { policy({}, wish); }); };
  EXPECT_EQ(kind_of([&] { policy({}, {look_at(0), {}, {"bottom"}}); }), Kind::kInput);
  EXPECT_NE(refused({look_at(0), {}, {"bottom"}}).find("nothing is kept"), std::string::npos);
  EXPECT_NE(refused({look_at(0), {"outer"}, {"outer"}}).find("twice"), std::string::npos);
  EXPECT_NE(refused({look_at(0), {"hat"}, {}}).find("\"hat\""), std::string::npos);
  EXPECT_NE(refused({look_at(kLooks), {"outer"}, {"bottom"}}).find("no bottom"), std::string::npos);
}

}  // namespace
}  // namespace ootd
