#include "ootd/workspace/replaying.h"

#include <gtest/gtest.h>

#include <fstream>

#include "ootd/base/error.h"
#include "ootd/taste/deck.h"
#include "tests/index/clustered_vectors.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

const Generation kReplayed = {"test-model", ""};

class ReplayingTest : public ::testing::Test {
 protected:
  ReplayingTest() : workspace_(dir_.path(), true) {
    const auto made = testing::clustered_vectors(300, 16, 6, 1);
    std::vector<LookKey> looks;
    Catalog::Batch batch(workspace_.catalog());
    for (std::size_t i = 0; i < made.vectors.rows(); ++i) {
      ImageRecord image;
      image.id = "image" + std::to_string(i);
      image.file = "images/" + image.id;
      looks.push_back(workspace_.catalog().add_image(image).key);
      cluster_of_[looks.back()] = made.cluster_of[i];
    }
    workspace_.catalog().put_vectors(kReplayed, looks, made.vectors);
    workspace_.catalog().serve(kReplayed);
    batch.commit();
  }

  void write_settings(const std::string& text) const { std::ofstream(dir_.path() / "ootd.toml") << text; }

  // As `ootd serve` does: what is shown goes into the log just before its swipe.
  void let_people_swipe(int people, int decks) {
    const TasteSettings settings = taste_settings(dir_.path());
    const auto view = workspace_.open_index()->view();
    Catalog::Batch batch(workspace_.catalog());
    for (int p = 0; p < people; ++p) {
      const std::string user = "person" + std::to_string(p);
      for (int deck = 0; deck < decks; ++deck) {
        Swipes swipes;
        swipes.fold(workspace_.catalog().events(user));
        for (const Card& card : deal(*settings.policy_of(user), swipes, *view, seen_of(*view, swipes), nullptr,
                                     {.explore = settings.explore, .seed = user})) {
          workspace_.catalog().append_event(
              {.user = user, .kind = EventKind::kShown, .look = card.key, .deal = card.deal});
          const bool likes = cluster_of_.at(card.key) == p % 6;
          workspace_.catalog().append_event(
              {.user = user, .kind = likes ? EventKind::kLike : EventKind::kDislike, .look = card.key});
        }
      }
    }
    batch.commit();
  }

  const testing::TempDir dir_;
  Workspace workspace_;
  std::map<LookKey, int> cluster_of_;
};

TEST_F(ReplayingTest, ArmsDealAsConfiguredAndTheReportTellsThemApart) {
  write_settings("[taste]\nexplore = 0.1\nsalt = \"spring\"\n[taste.arms]\nkernel = 0.5\nrandom = 0.5\n");
  let_people_swipe(60, 4);
  const Comparison comparison = compare_arms(workspace_, 0);
  ASSERT_EQ(comparison.rows.size(), 2u);
  EXPECT_EQ(comparison.rows[0].policy, "kernel-1");
  EXPECT_EQ(comparison.rows[0].people + comparison.rows[1].people, 60);
  EXPECT_LT(comparison.rows[1].difference.interval.high, 0);
  EXPECT_EQ(comparison.elsewhere, 0);
  EXPECT_TRUE(warnings_of(comparison).empty());
  EXPECT_TRUE(compare_arms(workspace_, day_ms("2100-01-01")).rows.empty());
}

TEST_F(ReplayingTest, AReplayTellsPoliciesApartAndWritesNothing) {
  write_settings("[taste]\nexplore = 0.2\n");
  let_people_swipe(40, 5);
  const auto before = workspace_.catalog().events("person1").size();
  const auto replays = replay_policies(workspace_, {"kernel", "random"}, 0);
  ASSERT_EQ(replays.size(), 2u);
  EXPECT_EQ(replays[0].result.cards, 2000);
  EXPECT_EQ(replays[0].left_out.sum(), 0);
  ASSERT_EQ(replays[0].result.refused, "");
  ASSERT_EQ(replays[1].result.refused, "");
  EXPECT_GT(replays[0].result.dr.interval.low, replays[1].result.dr.interval.high);
  EXPECT_EQ(workspace_.catalog().events("person1").size(), before);
  EXPECT_EQ(replay_policies(workspace_, {"kernel"}, day_ms("2100-01-01"))[0].result.cards, 0);
}

TEST_F(ReplayingTest, ArmsThatCannotBeAreRefusedByName) {
  const auto complaint = [&](const std::string& text) {
    write_settings(text);
    return testing::message_of([&] { taste_settings(dir_.path()); });
  };
  EXPECT_NE(complaint("[taste.arms]\nkernel = 0.5\nridge = 0.4\n").find("[arms]: arms: the shares add up to 0.9"),
            std::string::npos);
  EXPECT_NE(complaint("[taste]\npolicy = \"ridge\"\n[taste.arms]\nkernel = 1.0\n").find("only one of them can deal"),
            std::string::npos);
}

TEST(Replaying, ADayIsADay) {
  EXPECT_EQ(day_ms("1970-01-02"), 86'400'000);
  EXPECT_EQ(day_ms("2026-11-30"), 1'795'996'800'000);
  for (const char* wrong : {"", "2026-11-31", "2026-11", "30.11.2026", "2026-11-30T12:00"})
    EXPECT_THROW(day_ms(wrong), Error) << wrong;
}

}  // namespace
}  // namespace ootd
