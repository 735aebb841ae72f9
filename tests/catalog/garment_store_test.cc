// The contract of GarmentStore.
#include <cmath>

#include "tests/catalog/contract.h"

namespace ootd {
namespace {

using testing::kind_of;
using testing::message_of;

class GarmentStoreTest : public testing::Contract {
 protected:
  GarmentStoreTest() { add_looks(5); }
};
OOTD_OVER_EVERY_BACKEND(GarmentStoreTest);

const Crop kCrop = {"detector/rule", "", Box{10, 20.5f, 30, 0.1f}};
const Crop kRefused = {"detector/rule", "one_garment", std::nullopt};

TEST_P(GarmentStoreTest, GarmentsComeBackInTheirOrderAcrossReopening) {
  const std::vector<Garment> two = {{"top", "t-shirt", 0.1f, {1.5f, -2.25f, 1e6f, 0.1f}}, {"bottom", "", 1, {}}};
  catalog_.put_garments(looks_[1], "label", two);
  const auto found = open_again()->garments(looks_[1], "label");
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].category, "top");
  EXPECT_EQ(found[0].fine_category, "t-shirt");
  EXPECT_EQ(found[0].score, 0.1f);
  EXPECT_EQ(found[0].box, two[0].box);
  EXPECT_EQ(found[1].category, "bottom");
}

TEST_P(GarmentStoreTest, GarmentsAreReplacedPerOrigin) {
  const std::vector<Garment> two = {{"top", "", 1, {}}, {"bottom", "", 1, {}}};
  catalog_.put_garments(looks_[1], "label", two);
  catalog_.put_garments(looks_[1], "detector", two);
  catalog_.put_garments(looks_[1], "label", std::span(two).last(1));
  ASSERT_EQ(catalog_.garments(looks_[1], "label").size(), 1u);
  EXPECT_EQ(catalog_.garments(looks_[1], "label")[0].category, "bottom");
  EXPECT_EQ(catalog_.garments(looks_[1], "detector").size(), 2u);
  EXPECT_TRUE(catalog_.garments(looks_[2], "label").empty());
  catalog_.put_garments(looks_[1], "detector", {});
  EXPECT_TRUE(catalog_.garments(looks_[1], "detector").empty());
}

TEST_P(GarmentStoreTest, RefusesGarmentsThatCannotBeAndKeepsTheFormerOnes) {
  const Garment sound{"top", "", 1, {}}, broken{"top", "", 1, {std::nanf(""), 0, 1, 1}},
      unsure{"top", "", INFINITY, {}};
  catalog_.put_garments(looks_[1], "label", {&sound, 1});
  EXPECT_EQ(kind_of([&] { catalog_.put_garments(looks_[1], "label", {&broken, 1}); }), Kind::kInput);
  EXPECT_EQ(kind_of([&] { catalog_.put_garments(looks_[1], "label", {&unsure, 1}); }), Kind::kInput);
  EXPECT_EQ(kind_of([&] { catalog_.put_garments(unknown_look(), "label", {&sound, 1}); }), Kind::kNotFound);
  EXPECT_EQ(catalog_.garments(looks_[1], "label").size(), 1u);
}

TEST_P(GarmentStoreTest, CropsComeBackAcrossReopening) {
  catalog_.put_crop(looks_[1], kCrop);
  catalog_.put_crop(looks_[2], kRefused);
  const auto again = open_again();
  EXPECT_EQ(again->crop(looks_[1], kCrop.origin), kCrop);
  EXPECT_EQ(again->crop(looks_[2], kCrop.origin), kRefused);
  EXPECT_EQ(again->crop(looks_[3], kCrop.origin), std::nullopt);
}

TEST_P(GarmentStoreTest, CropsOfTwoOriginsStandSideBySide) {
  const Crop other = {"another detector/rule", "crowd", std::nullopt};
  catalog_.put_crop(looks_[1], kCrop);
  catalog_.put_crop(looks_[1], other);
  EXPECT_EQ(catalog_.crop(looks_[1], kCrop.origin), kCrop);
  EXPECT_EQ(catalog_.crop(looks_[1], other.origin), other);
  Crop wider = kCrop;
  wider.box->w += 1;
  catalog_.put_crop(looks_[1], wider);
  EXPECT_EQ(catalog_.crop(looks_[1], kCrop.origin), wider) << "of one origin the latest counts";
  EXPECT_EQ(catalog_.crop(looks_[1], other.origin), other);
  EXPECT_EQ(kCrop.detector(), "detector");
}

TEST_P(GarmentStoreTest, LooksWithoutACropOfAnOriginAreListedInSteps) {
  catalog_.put_crop(looks_[1], kCrop);
  catalog_.put_crop(looks_[2], kRefused);
  EXPECT_EQ(catalog_.looks_without_crop(kCrop.origin, {}, 100), looks({3, 4, 5}));
  EXPECT_EQ(catalog_.looks_without_crop(kCrop.origin, looks_[3], 1), looks({4}));
  EXPECT_TRUE(catalog_.looks_without_crop(kCrop.origin, {}, 0).empty());
  EXPECT_EQ(catalog_.looks_without_crop("another", {}, 100), looks({1, 2, 3, 4, 5}));
  catalog_.erase_image("image4");
  EXPECT_EQ(catalog_.looks_without_crop(kCrop.origin, {}, 100), looks({3, 5}));
}

TEST_P(GarmentStoreTest, RefusesCropsThatCannotBe) {
  const auto refused = [&](LookKey look, const Crop& crop) {
    return message_of([&] { catalog_.put_crop(look, crop); });
  };
  EXPECT_EQ(kind_of([&] { catalog_.put_crop(unknown_look(), kCrop); }), Kind::kNotFound);
  EXPECT_EQ(kind_of([&] { catalog_.put_crop(looks_[1], {"d", "", std::nullopt}); }), Kind::kInput);
  EXPECT_NE(refused(looks_[1], {"", "", Box{0, 0, 1, 1}}).find("origin"), std::string::npos);
  EXPECT_NE(refused(looks_[1], {"d", "", std::nullopt}).find("not both or neither"), std::string::npos);
  EXPECT_NE(refused(looks_[1], {"d", "crowd", Box{0, 0, 1, 1}}).find("not both or neither"), std::string::npos);
  EXPECT_NE(refused(looks_[1], {"d", "", Box{0, 0, 0, 1}}).find("area"), std::string::npos);
  EXPECT_NE(refused(looks_[1], {"d", "", Box{0, std::nanf(""), 1, 1}}).find("finite"), std::string::npos);
  EXPECT_EQ(catalog_.crop(looks_[1], "d"), std::nullopt) << "a refused call changes nothing";
}

}  // namespace
}  // namespace ootd
