#include "ootd/ingest/boxes.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

class FitBoxes : public ::testing::Test {
 protected:
  std::vector<Box> fit(const Frame& frame, const ImageHeader& photo, std::vector<Box> boxes) {
    Listed listed;
    listed.where = "x";
    listed.frame = frame;
    for (const Box& box : boxes) listed.garments.push_back({"top", "", 1, box});
    tallies_.clear();
    fit_boxes(listed, photo, tallies_);
    boxes.clear();
    for (const Garment& garment : listed.garments) boxes.push_back(garment.box);
    return boxes;
  }
  static Frame bitmap(double width, double height) { return {Frame::Unit::kBitmap, width, height}; }
  std::int64_t count(const std::string& kind) const { return tallies_.contains(kind) ? tallies_.at(kind).count : 0; }

  Tallies tallies_;
};

constexpr Box kBox{70, 10, 40, 20};

TEST_F(FitBoxes, OfTheStoredBitmapAreTurnedWithThePhoto) {
  // Of a bitmap of 120 x 80, whose photo is 80 x 120 upright.
  const std::pair<int, Box> cases[] = {
      {5, {10, 70, 20, 40}}, {6, {50, 70, 20, 40}}, {7, {50, 10, 20, 40}}, {8, {10, 10, 20, 40}}};
  for (const auto& [orientation, expected] : cases) {
    const ImageHeader photo{.width = 80, .height = 120, .format = "jpeg", .orientation = orientation};
    EXPECT_EQ(fit(bitmap(120, 80), photo, {kBox}), std::vector<Box>{expected}) << orientation;
    EXPECT_EQ(count("turned"), 1);
    EXPECT_EQ(fit(bitmap(80, 120), photo, {{50, 70, 20, 40}}), (std::vector<Box>{{50, 70, 20, 40}})) << "upright";
    EXPECT_EQ(count("turned"), 0);
    Box half = expected;
    for (float* side : {&half.x, &half.y, &half.w, &half.h}) *side /= 2;
    const ImageHeader small{.width = 40, .height = 60, .format = "jpeg", .orientation = orientation};
    EXPECT_EQ(fit(bitmap(120, 80), small, {kBox}), std::vector<Box>{half}) << "turned and scaled";
  }
}

TEST_F(FitBoxes, OfAnotherSizeOfTheShapeAreScaled) {
  const ImageHeader photo{.width = 640, .height = 361, .format = "jpeg"};
  EXPECT_EQ(fit(bitmap(1920, 1083), photo, {{300, 300, 600, 600}}), (std::vector<Box>{{100, 100, 200, 200}}));
  EXPECT_EQ(count("scaled"), 1);
  EXPECT_EQ(fit(bitmap(1920, 1080), photo, {{300, 300, 600, 600}}).size(), 1u) << "rounded by whoever scaled it";
  EXPECT_EQ(fit({}, photo, {kBox}), std::vector<Box>{kBox});
  EXPECT_EQ(fit({Frame::Unit::kFraction}, photo, {{0.5, 0, 0.5, 1}}), (std::vector<Box>{{320, 0, 320, 361}}));
}

TEST_F(FitBoxes, OfAnotherShapeAreLeftOutAndCounted) {
  const ImageHeader photo{.width = 120, .height = 80, .format = "jpeg"};
  EXPECT_TRUE(fit(bitmap(100, 100), photo, {kBox, kBox}).empty());
  EXPECT_EQ(count("other_shape"), 2);
  EXPECT_TRUE(fit(bitmap(80, 120), photo, {kBox}).empty()) << "no EXIF turns it";
}

TEST_F(FitBoxes, OutsideThePhotoAreLeftOutAndPartlyOutsideClipped) {
  const ImageHeader photo{.width = 120, .height = 80, .format = "jpeg"};
  EXPECT_EQ(
      fit({}, photo, {{100, 60, 40, 40}, {-5, -5, 10, 10}, {120, 10, 10, 10}, {500, 500, 9, 9}, {0, 0, 120.2f, 80}}),
      (std::vector<Box>{{100, 60, 20, 20}, {0, 0, 5, 5}, {0, 0, 120, 80}}));
  EXPECT_EQ(count("clipped"), 2) << "a rounding is none";
  EXPECT_EQ(count("outside"), 2);
}

TEST(Segmentation, RunsArePackedAsPycocotoolsPacksThem) {
  const auto box_of_runs = [](int height, int width, const Json& counts) {
    return box_of_segmentation({{"size", {height, width}}, {"counts", counts}});
  };
  EXPECT_EQ(box_of_runs(4, 5, {5, 2, 2, 2, 9}), (Box{1, 1, 2, 2}));
  EXPECT_EQ(box_of_runs(4, 5, "52207"), (Box{1, 1, 2, 2}));
  EXPECT_EQ(box_of_runs(10, 20, "T3:j2"), (Box{10, 0, 1, 10})) << "100, 10, 90";
  EXPECT_EQ(box_of_runs(10, 10, "d0n02\\O"), (Box{2, 0, 5, 10})) << "20, 30, 2, 10";
  EXPECT_EQ(box_of_runs(4, 5, {5, 2, 2}), (Box{1, 1, 1, 2}));
  EXPECT_FALSE(box_of_runs(4, 5, {50, 2})) << "beyond the picture";
  EXPECT_FALSE(box_of_runs(4, 5, {20})) << "nothing in it";
  EXPECT_FALSE(box_of_segmentation("text"));
}

}  // namespace
}  // namespace ootd
