#include "ootd/workspace/garments.h"

#include <gtest/gtest.h>

#include "ootd/taste/kernel.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kind_of;
using testing::message_of;

// Four looks with tops; the last two have no bottom.
class GarmentsTest : public ::testing::Test {
 protected:
  GarmentsTest() : workspace_(dir_.path(), /*create=*/true) {
    for (int i = 0; i < 4; ++i) {
      ImageRecord image;
      image.id = "look" + std::to_string(i);
      looks_.push_back(workspace_.catalog().add_image(image).key);
    }
    put({"model-1", ""}, 4);
    put({"model-1#top", ""}, 4);
    put({"model-1#bottom", ""}, 2);
    workspace_.catalog().serve({"model-1", ""});
  }
  void put(const Generation& generation, std::size_t n) {
    Matrix vectors(n, 4);
    for (std::size_t i = 0; i < n; ++i) vectors.row(i)[i] = 1;
    workspace_.catalog().put_vectors(generation, std::span(looks_).first(n), vectors);
  }
  ImageRecord image(int i) const { return workspace_.need_image("look" + std::to_string(i)); }

  const testing::TempDir dir_;
  Workspace workspace_;
  std::vector<LookKey> looks_;
};

TEST_F(GarmentsTest, OpensTheCategoriesThatHaveVectorsOrThoseNamed) {
  const auto all = open_garments(workspace_);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all.at("top")->size(), 4u);
  EXPECT_EQ(all.at("bottom")->size(), 2u);
  EXPECT_EQ(open_garments(workspace_, std::vector<std::string>{"top"}).size(), 1u);
  EXPECT_EQ(kind_of([&] { open_garments(workspace_, std::vector<std::string>{"outer"}); }), Kind::kNotFound);
  put({"model-2", ""}, 4);
  workspace_.catalog().serve({"model-2", ""});
  EXPECT_TRUE(garments_at_hand(workspace_, {"model-2", ""}).empty());
  EXPECT_EQ(garments_at_hand(workspace_, {"model-1", ""}).size(), 2u);
  EXPECT_NE(message_of([&] { open_garments(workspace_); }).find("ootd embed --garments"), std::string::npos);
}

TEST_F(GarmentsTest, AWishThatALookCannotFulfilNamesIt) {
  const auto garments = open_garments(workspace_);
  const std::shared_ptr<const Policy> taste = kernel_policy();
  EXPECT_EQ(wished_policy(taste, garments, image(0), {"top"}, {"bottom"})->name(), taste->name() + "+garments-1");
  const auto wish = [&] { wished_policy(taste, garments, image(3), {"top"}, {"bottom"}); };
  EXPECT_EQ(kind_of(wish), Kind::kNotFound);
  EXPECT_EQ(message_of(wish), "no bottom was found on image look3");
}

TEST_F(GarmentsTest, ALooksGarmentIsOwnedAsLongAsItHasAVector) {
  EXPECT_EQ(kind_of([&] { add_look_garment(workspace_, "ann", image(2), "bottom"); }), Kind::kNotFound);
  const auto top = add_look_garment(workspace_, "ann", image(0), "top");
  EXPECT_TRUE(top.is_new);
  EXPECT_FALSE(add_look_garment(workspace_, "ann", image(0), "top").is_new);
  const auto made = open_wardrobe(workspace_, "ann", open_garments(workspace_)).make(looks_[0]);
  EXPECT_EQ(made.share, 0.5);
  EXPECT_EQ(made.garments.back().nearest, top.id);
  // Another model has seen no tops: the garment stays, and is like no other.
  put({"model-2", ""}, 4);
  put({"model-2#bottom", ""}, 2);
  workspace_.catalog().serve({"model-2", ""});
  EXPECT_EQ(open_wardrobe(workspace_, "ann", open_garments(workspace_)).make(looks_[0]).share, 0);
  EXPECT_EQ(workspace_.catalog().own_garments("ann").size(), 1u);
}

}  // namespace
}  // namespace ootd
