#include "ootd/workspace/detector_scores.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

constexpr Box kTop = {40, 40, 120, 100}, kBottom = {40, 140, 120, 120}, kPerson = {30, 20, 140, 270};

LabelledPhoto photo_of(std::vector<Garment> labelled, std::vector<Garment> found) {
  return {200, 300, std::move(labelled), std::move(found)};
}

const std::vector<Garment> kLabels = {
    {"top", "blouse", 1, kTop}, {"bottom", "jeans", 1, kBottom}, {"person", "", 1, kPerson}};

TEST(DetectorScores, OfTheLabelsThemselvesArePerfect) {
  const std::vector<LabelledPhoto> photos(3, photo_of(kLabels, kLabels));
  const auto scores = score_detector(photos, {}, {.draws = 10});
  ASSERT_EQ(scores.classes.size(), 5u);
  EXPECT_DOUBLE_EQ(scores.garments.ap->value, 1);
  EXPECT_DOUBLE_EQ(scores.classes[4].figures.ap->value, 1);  // persons
  EXPECT_EQ(scores.classes[4].figures.labelled, 3);
  EXPECT_FALSE(scores.classes[0].figures.ap);  // outer: none labelled
  EXPECT_FALSE(scores.classes[0].seen_by_rule);
  EXPECT_DOUBLE_EQ(scores.person.mean.value, 1);
  EXPECT_EQ(scores.crop.n, 3u);
  EXPECT_DOUBLE_EQ(scores.crop.mean.value, 1);
  EXPECT_EQ(scores.refusals.counts[0][0], 3);
}

TEST(DetectorScores, AMissedGarmentIsARefusalAndNoCrop) {
  const std::vector<LabelledPhoto> photos = {
      photo_of(kLabels, {{"top", "", 0.9f, kTop}, {"person", "", 0.9f, kPerson}})};
  const auto scores = score_detector(photos, {}, {.draws = 10});
  EXPECT_EQ(
      scores.refusals.counts[static_cast<std::size_t>(Refusal::kNone)][static_cast<std::size_t>(Refusal::kOneGarment)],
      1);
  EXPECT_EQ(scores.crop.n, 1u);
  EXPECT_EQ(scores.crop.mean.value, 0);
  EXPECT_DOUBLE_EQ(scores.person.mean.value, 1);
  EXPECT_DOUBLE_EQ(scores.classes[3].figures.ap50->value, 1);  // top
  EXPECT_EQ(scores.classes[1].figures.ap50->value, 0);         // bottom
}

// Average precision reads the whole ranking; the rule sees only what is sure enough.
TEST(DetectorScores, LowScoresCountForPrecisionAloneNotForTheRule) {
  std::vector<Garment> unsure = kLabels;
  for (Garment& garment : unsure) garment.score = 0.05f;
  const std::vector<LabelledPhoto> photos = {photo_of(kLabels, unsure)};
  const auto scores = score_detector(photos, {.min_score = 0.3f}, {.draws = 10});
  EXPECT_DOUBLE_EQ(scores.garments.ap50->value, 1);
  EXPECT_FALSE(scores.classes[3].seen_by_rule);
  EXPECT_EQ(scores.person.mean.value, 0);
  EXPECT_EQ(
      scores.refusals.counts[static_cast<std::size_t>(Refusal::kNone)][static_cast<std::size_t>(Refusal::kNoGarment)],
      1);
}

TEST(DetectorScores, TheRulesPrecisionAndRecallAreThoseFromItsScoreOn) {
  const std::vector<LabelledPhoto> photos = {
      photo_of(kLabels,
               {{"top", "", 0.9f, kTop}, {"top", "", 0.6f, {0, 250, 40, 40}}, {"top", "", 0.1f, {0, 0, 30, 30}}}),
      photo_of(kLabels, {})};
  const auto scores = score_detector(photos, {.min_score = 0.3f}, {.draws = 10});
  const auto& top = scores.classes[3].seen_by_rule;
  ASSERT_TRUE(top);
  EXPECT_DOUBLE_EQ(top->precision, 0.5);
  EXPECT_DOUBLE_EQ(top->recall, 0.5);
}

TEST(DetectorScores, WhatNobodyLabelledIsNotCountedAgainstTheDetector) {
  const std::vector<Garment> garments(kLabels.begin(), kLabels.begin() + 2), person(kLabels.begin() + 2, kLabels.end());
  const std::vector<LabelledPhoto> photos = {photo_of(garments, kLabels), photo_of(person, kLabels),
                                             photo_of({{"shoes", "", 1, kTop}}, kLabels)};
  const auto scores = score_detector(photos, {}, {.draws = 10});
  EXPECT_EQ(scores.classes[3].figures.photos, 1);
  EXPECT_DOUBLE_EQ(scores.classes[3].seen_by_rule->precision, 1);
  EXPECT_DOUBLE_EQ(scores.classes[4].seen_by_rule->precision, 1);
  EXPECT_EQ(scores.person.n, 1u);
  EXPECT_EQ(scores.crop.n, 1u);
  EXPECT_EQ(scores.refusals.queries[0], 1);
}

}  // namespace
}  // namespace ootd
