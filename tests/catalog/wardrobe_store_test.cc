// The contract of WardrobeStore.
#include "ootd/catalog/wardrobe.h"

#include <cmath>

#include "tests/catalog/contract.h"

namespace ootd {
namespace {

using testing::kind_of;
using testing::message_of;

class WardrobeStoreTest : public testing::Contract {
 protected:
  WardrobeStoreTest() { add_looks(3); }

  OwnGarment pick(std::size_t look, const std::string& category = "outer") const {
    return {.category = category, .look = looks_[look], .at_ms = 5};
  }
  static OwnGarment photo(unsigned char byte, const std::string& category = "top") {
    return {.category = category, .photo = {std::byte{0}, std::byte{byte}, std::byte{255}}, .at_ms = 6};
  }
  std::vector<std::int64_t> ids(const std::string& user) const {
    std::vector<std::int64_t> found;
    for (const OwnGarment& garment : catalog_.own_garments(user)) found.push_back(garment.id);
    return found;
  }
};
OOTD_OVER_EVERY_BACKEND(WardrobeStoreTest);

TEST_P(WardrobeStoreTest, GarmentsComeBackAcrossReopening) {
  OwnGarment first = pick(1), second = photo(1), third = photo(2, "bottom");
  third.model = "m";
  third.vector = {0.1f, -2.5f, 1e-20f};
  for (OwnGarment* garment : {&first, &second, &third}) garment->id = catalog_.add_own_garment("ann", *garment).id;
  EXPECT_LT(first.id, second.id);
  EXPECT_EQ(open_again()->own_garments("ann"), (std::vector<OwnGarment>{first, second, third}));
  EXPECT_TRUE(catalog_.own_garments("bob").empty());
}

TEST_P(WardrobeStoreTest, AGarmentIsOwnedOnce) {
  const auto first = catalog_.add_own_garment("ann", pick(1));
  EXPECT_TRUE(first.is_new);
  const auto again = catalog_.add_own_garment("ann", pick(1));
  EXPECT_EQ(again.id, first.id);
  EXPECT_FALSE(again.is_new);
  const auto shot = catalog_.add_own_garment("ann", photo(1));
  EXPECT_EQ(catalog_.add_own_garment("ann", photo(1)).id, shot.id);
  EXPECT_FALSE(catalog_.add_own_garment("ann", photo(1)).is_new);
  EXPECT_TRUE(catalog_.add_own_garment("ann", pick(1, "top")).is_new) << "another garment of the look";
  EXPECT_TRUE(catalog_.add_own_garment("ann", photo(2)).is_new);
  EXPECT_TRUE(catalog_.add_own_garment("bob", pick(1)).is_new);
  EXPECT_TRUE(catalog_.add_own_garment("bob", photo(1)).is_new);
  EXPECT_EQ(ids("ann").size(), 4u);
  EXPECT_EQ(ids("bob").size(), 2u);
}

TEST_P(WardrobeStoreTest, WithoutATimeItIsNow) {
  OwnGarment garment = pick(1);
  garment.at_ms = 0;
  catalog_.add_own_garment("ann", garment);
  EXPECT_GT(catalog_.own_garments("ann")[0].at_ms, 1'700'000'000'000);
}

TEST_P(WardrobeStoreTest, AnotherModelsVectorTakesTheOldOnesPlace) {
  OwnGarment garment = photo(1);
  garment.model = "m";
  garment.vector = {1, 0};
  const auto id = catalog_.add_own_garment("ann", garment).id;
  catalog_.set_own_vector("ann", id, "n", {0, 1, 0});
  EXPECT_EQ(catalog_.own_garments("ann")[0].model, "n");
  EXPECT_EQ(catalog_.own_garments("ann")[0].vector, (std::vector<float>{0, 1, 0}));
  EXPECT_EQ(catalog_.own_garments("ann")[0].photo, garment.photo);
  const auto picked = catalog_.add_own_garment("ann", pick(1)).id;
  EXPECT_EQ(kind_of([&] { catalog_.set_own_vector("ann", picked, "n", {1}); }), Kind::kNotFound);
  EXPECT_EQ(kind_of([&] { catalog_.set_own_vector("bob", id, "n", {1}); }), Kind::kNotFound);
  EXPECT_EQ(kind_of([&] { catalog_.set_own_vector("ann", id, "", {1}); }), Kind::kInput);
  EXPECT_EQ(catalog_.own_garments("ann")[0].model, "n");
}

TEST_P(WardrobeStoreTest, OnlyTheOwnerRemovesAGarmentAndItsNumberIsNotGivenAgain) {
  const auto first = catalog_.add_own_garment("ann", pick(1)).id, second = catalog_.add_own_garment("ann", pick(2)).id;
  EXPECT_FALSE(catalog_.remove_own_garment("bob", second));
  EXPECT_TRUE(catalog_.remove_own_garment("ann", second));
  EXPECT_FALSE(catalog_.remove_own_garment("ann", second));
  EXPECT_EQ(ids("ann"), std::vector<std::int64_t>{first});
  EXPECT_GT(catalog_.add_own_garment("ann", pick(2)).id, second);
}

TEST_P(WardrobeStoreTest, WhoHasGarmentsOrEventsIsAUser) {
  const auto id = catalog_.add_own_garment("ann", pick(1)).id;
  EXPECT_TRUE(catalog_.has_user("ann"));
  EXPECT_EQ(catalog_.users(), std::vector<std::string>{"ann"});
  EXPECT_EQ(catalog_.event_count("ann"), 0);
  const auto other = catalog_.add_own_garment("bob", pick(1)).id;
  catalog_.append_event({.user = "bob", .look = looks_[1]});
  catalog_.remove_own_garment("ann", id);
  catalog_.remove_own_garment("bob", other);
  EXPECT_EQ(catalog_.users(), std::vector<std::string>{"bob"});
}

TEST_P(WardrobeStoreTest, AreErasedWithTheirUser) {
  catalog_.add_own_garment("ann", pick(1));
  catalog_.add_own_garment("ann", photo(1));
  catalog_.add_own_garment("bob", photo(1));
  catalog_.append_event({.user = "ann", .look = looks_[1]});
  EXPECT_EQ(catalog_.erase_user("ann"), 1);
  EXPECT_TRUE(catalog_.own_garments("ann").empty());
  EXPECT_EQ(ids("bob").size(), 1u);
  EXPECT_EQ(catalog_.erase_user("bob"), 0);
  EXPECT_TRUE(catalog_.own_garments("bob").empty());
  EXPECT_TRUE(catalog_.users().empty());
}

TEST_P(WardrobeStoreTest, PicksGoWithTheirLook) {
  catalog_.add_own_garment("ann", pick(1));
  catalog_.add_own_garment("ann", pick(2));
  catalog_.add_own_garment("bob", pick(1));
  catalog_.add_own_garment("cem", pick(1));
  catalog_.append_event({.user = "cem", .look = looks_[2]});
  catalog_.add_own_garment("dan", photo(1));
  catalog_.append_event({.user = "dan", .look = looks_[1]});
  EXPECT_TRUE(catalog_.erase_image("image1"));
  ASSERT_EQ(catalog_.own_garments("ann").size(), 1u);
  EXPECT_EQ(catalog_.own_garments("ann")[0].look, looks_[2]);
  EXPECT_TRUE(catalog_.own_garments("cem").empty());
  EXPECT_EQ(ids("dan").size(), 1u);
  EXPECT_EQ(catalog_.users(), (std::vector<std::string>{"ann", "cem", "dan"})) << "bob has nothing left";
}

TEST_P(WardrobeStoreTest, RefusesGarmentsThatCannotBe) {
  const auto kind = [&](const OwnGarment& garment, const std::string& user = "ann") {
    return kind_of([&] { catalog_.add_own_garment(user, garment); });
  };
  OwnGarment both = photo(1), unknown = pick(1), large = photo(1), nameless = photo(1), vectorless = photo(1),
             picked = pick(1), broken = photo(1);
  both.look = looks_[1];
  unknown.look = unknown_look();
  large.photo.resize(kMaxGarmentPhotoBytes + 1);
  nameless.vector = {1};
  vectorless.model = "m";
  picked.model = "m", picked.vector = {1};
  broken.model = "m", broken.vector = {std::nanf("")};
  EXPECT_EQ(kind(unknown), Kind::kNotFound);
  EXPECT_EQ(kind(pick(1), ""), Kind::kInput);
  EXPECT_EQ(kind(pick(1, "person")), Kind::kInput);
  EXPECT_EQ(kind({.category = "top"}), Kind::kInput);
  for (const OwnGarment& garment : {both, large, nameless, vectorless, picked, broken})
    EXPECT_EQ(kind(garment), Kind::kInput);
  EXPECT_FALSE(catalog_.has_user("ann")) << "a refused garment makes no user";
}

}  // namespace
}  // namespace ootd
