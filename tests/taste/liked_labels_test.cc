#include "ootd/taste/liked_labels.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

std::vector<std::string> words(const std::vector<SwipedLabels>& swiped, std::size_t most = 10) {
  std::vector<std::string> words;
  for (const LikedLabel& one : liked_labels(swiped, most)) words.push_back(one.label.value);
  return words;
}

TEST(LikedLabels, NameWhatIsLikedMoreOftenThanDealtAndNotWhatIsOnEveryLook) {
  std::vector<SwipedLabels> swiped;
  for (int i = 0; i < 30; ++i) {
    const bool retro = i % 3 == 0;
    SwipedLabels one{retro, {{"tag", "person"}, {"tag", "hair"}, {"style", retro ? "Retro" : "Street"}}};
    if (i % 2 == 0) one.labels.push_back({"tag", "hat"});  // on every second look, liked or not
    swiped.push_back(std::move(one));
  }
  EXPECT_EQ(words(swiped), std::vector<std::string>{"Retro"});
  const auto list = liked_labels(swiped, 10);
  EXPECT_EQ(list[0].liked, 10);
  EXPECT_EQ(list[0].swiped, 10);
  EXPECT_NEAR(list[0].lift, (10 + 3. / 3) / 13 * 3, 1e-12);
}

TEST(LikedLabels, ASingleLikeWeighsLessThanMany) {
  std::vector<SwipedLabels> swiped(10, {false, {}});
  swiped.push_back({true, {{"style", "Once"}}});
  for (int i = 0; i < 8; ++i) swiped.push_back({i != 0, {{"style", "Often"}}});
  EXPECT_EQ(words(swiped), (std::vector<std::string>{"Often", "Once"}));
  EXPECT_EQ(words(swiped, 1), std::vector<std::string>{"Often"});
}

TEST(LikedLabels, LeaveTheProgramsBookkeepingOut) {
  const std::vector<SwipedLabels> swiped = {
      {true, {{"crop", "person"}, {"palette", "red"}, {"copy_of", "1"}, {"split", "train"}, {"style", "Chic"}}},
      {false, {}}};
  EXPECT_EQ(words(swiped), std::vector<std::string>{"Chic"});
}

TEST(LikedLabels, WhereAllWasLikedTheMostFrequentComeFirst) {
  EXPECT_EQ(words({{true, {{"style", "Retro"}}}, {true, {{"style", "Chic"}}}, {true, {{"style", "Retro"}}}}),
            (std::vector<std::string>{"Retro", "Chic"}));
  EXPECT_EQ(words({}), std::vector<std::string>{});
  EXPECT_EQ(words({{true, {{"style", "Retro"}}}}), std::vector<std::string>{"Retro"});
  EXPECT_EQ(words({{false, {{"style", "Retro"}}}}), std::vector<std::string>{});
}

}  // namespace
}  // namespace ootd
