#include "ootd/workspace/live.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "ootd/base/error.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

const Generation kFirst = {"model-1", ""}, kSecond = {"model-2", ""};

class LiveTest : public ::testing::Test {
 protected:
  LiveTest() : workspace_(dir_.path(), /*create=*/true) {
    for (int i = 0; i < 6; ++i) {
      ImageRecord image;
      image.id = "look" + std::to_string(i);
      looks_.push_back(catalog().add_image(image).key);
    }
    put(kFirst, looks_);
    catalog().serve(kFirst);
  }
  Catalog& catalog() { return workspace_.catalog(); }
  void put(const Generation& generation, const std::vector<LookKey>& looks) {
    Matrix vectors(looks.size(), 4);
    for (std::size_t i = 0; i < looks.size(); ++i) vectors.row(i)[i % 4] = 1;
    catalog().put_vectors(generation, looks, vectors);
  }

  const testing::TempDir dir_;
  Workspace workspace_;
  std::vector<LookKey> looks_;
};

TEST_F(LiveTest, SeesNewVectorsErasedLooksAndTheSwitchByItself) {
  std::atomic<int> told = 0;
  const Live live(workspace_, [&](const std::string& line) { told += line == "serves model-2"; });
  const auto seen_within_seconds = [&](const auto& condition) {
    for (int i = 0; i < 1000 && !condition(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    return condition();
  };
  EXPECT_EQ(live.now().view->size(), 6u);
  catalog().erase_image("look0");
  EXPECT_TRUE(seen_within_seconds([&] { return live.now().view->size() == 5; }));
  put(kSecond, {looks_[1], looks_[2]});
  EXPECT_EQ(live.now().view->generation(), kFirst) << "the next generation is built beside it";
  catalog().serve(kSecond);
  EXPECT_TRUE(seen_within_seconds([&] { return live.now().view->generation() == kSecond; }));
  EXPECT_EQ(live.now().view->size(), 2u);
  EXPECT_EQ(told, 1);
}

TEST_F(LiveTest, FollowsTheGarmentsOfTheGenerationThatServes) {
  put({"model-1#top", ""}, {looks_[0], looks_[1]});
  put({"model-2#outer", ""}, {looks_[5]});
  Live live(workspace_, [](const std::string&) {});
  const auto categories = [&] {
    std::string names;
    for (const auto& [category, view] : live.now().garments) names += category + std::to_string(view->size());
    return names;
  };
  EXPECT_EQ(categories(), "top2");
  put({"model-1#bottom", ""}, looks_);
  put({"model-1#top", ""}, {looks_[2]});
  live.refresh();
  EXPECT_EQ(categories(), "bottom6top3");
  catalog().erase_image("look0");
  live.refresh();
  EXPECT_EQ(categories(), "bottom5top2");
  put(kSecond, looks_);
  catalog().serve(kSecond);
  live.refresh();
  EXPECT_EQ(categories(), "outer1");
}

TEST_F(LiveTest, AViewStaysAsItWas) {
  Live live(workspace_, [](const std::string&) {});
  const Served before = live.now();
  catalog().erase_image("look3");
  live.refresh();
  EXPECT_EQ(live.now().view->size(), 5u);
  EXPECT_EQ(before.view->size(), 6u);
  EXPECT_FALSE(before.view->vector(looks_[3]).empty());
}

TEST_F(LiveTest, ServesOnlyWhatIsWholeAndCanGoBack) {
  for (const LookKey look : looks_) catalog().put_crop(look, {"d/r", "", Box{0, 0, 2, 2}});
  use_crops(catalog(), "d/r");
  const Generation next = workspace_.generation_of("model-1");
  EXPECT_EQ(catalog().vector_count(kFirst), 6) << "a re-crop takes no vector away";
  put(next, {looks_[0], looks_[1]});
  EXPECT_EQ(workspace_.serve_if_whole(next), 4);
  EXPECT_EQ(catalog().serving(), kFirst);
  put(next, looks_);
  EXPECT_EQ(workspace_.serve_if_whole(next), 0);
  EXPECT_EQ(catalog().serving(), next);
  EXPECT_EQ(catalog().served_before(), kFirst);
  EXPECT_EQ(catalog().vector_count(kFirst), 6) << "one step back is kept";
}

TEST_F(LiveTest, NeedsVectors) {
  const testing::TempDir other;
  Workspace empty(other.path(), /*create=*/true);
  EXPECT_THROW(Live(empty, [](const std::string&) {}), Error);
}

}  // namespace
}  // namespace ootd
