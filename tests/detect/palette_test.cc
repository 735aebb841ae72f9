#include "ootd/detect/palette.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ootd/base/random.h"
#include "tools/render/look.h"

namespace ootd {
namespace {

Lab lab_of_srgb(std::uint32_t srgb) {
  return lab_of(static_cast<std::uint8_t>(srgb >> 16), static_cast<std::uint8_t>(srgb >> 8),
                static_cast<std::uint8_t>(srgb));
}

void paint(Image& image, const Box& box, std::uint32_t srgb) {
  for (int y = static_cast<int>(box.y); y < static_cast<int>(box.bottom()); ++y)
    for (int x = static_cast<int>(box.x); x < static_cast<int>(box.right()); ++x)
      for (int c = 0; c < 3; ++c) image.row(y)[3 * x + c] = static_cast<std::uint8_t>(srgb >> (16 - 8 * c));
}

Image wall(std::uint32_t srgb, int width = 300, int height = 400) {
  Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height * 3)};
  paint(image, {0, 0, static_cast<float>(width), static_cast<float>(height)}, srgb);
  return image;
}

constexpr Box kGarment{80, 80, 140, 200};

TEST(Palette, OfPlainClothIsItsColourAlone) {
  for (const std::uint32_t cloth : {0x25324eu, 0xc8102eu, 0xf6d32du, 0x1b1b1du, 0x3b6b4bu}) {
    Image image = wall(0xb4b7ba);
    paint(image, kGarment, cloth);
    const auto palette = garment_palette(image, kGarment);
    ASSERT_EQ(palette.size(), 1u);
    EXPECT_LT(ciede2000(palette[0].color, lab_of_srgb(cloth)), 0.1f);
    EXPECT_EQ(palette[0].name.name, name_color(lab_of_srgb(cloth)).name);
    EXPECT_NEAR(palette[0].share, 1, 1e-4);
  }
}

TEST(Palette, SharesAreThoseOfTheCloth) {
  Image image = wall(0x808080);
  paint(image, kGarment, 0x14213d);
  for (float y = kGarment.y; y < kGarment.bottom(); y += 10) paint(image, {kGarment.x, y, kGarment.w, 3}, 0xf5f3ee);
  const auto palette = garment_palette(image, kGarment);
  ASSERT_EQ(palette.size(), 2u);
  EXPECT_EQ(palette[0].name.name, "navy");
  EXPECT_EQ(palette[1].name.name, "white");
  EXPECT_NEAR(palette[0].share, 0.7, 0.05);
  EXPECT_NEAR(palette[1].share, 0.3, 0.05);
}

TEST(Palette, OfAWhiteShirtBeforeAWhiteWallIsWhite) {
  Image image = wall(0xf2f3f5);
  for (const bool arms : {false, true}) {
    if (arms)  // bare, beside the shirt and inside its box
      for (const float x : {80.0f, 195.0f}) paint(image, {x, 120, 25, 150}, 0xc68f73);
    const auto palette = garment_palette(image, kGarment);
    EXPECT_EQ(palette[0].name.name, "white");
    EXPECT_GT(palette[0].share, 0.6f);
  }
}

TEST(Palette, LeavesOutTheStreetBetweenTheLegs) {
  Image image = wall(0x2e7d32);
  paint(image, kGarment, 0x4a6b96);
  paint(image, {130, 120, 40, 160}, 0x2e7d32);  // most of the box's middle
  const auto palette = garment_palette(image, kGarment);
  EXPECT_EQ(palette[0].name.name, "blue");
  EXPECT_GT(palette[0].share, 0.7f);
}

// A face above a garment and the same skin in the garment's box.
Image bare_arms(std::uint32_t cloth) {
  Image image = wall(0xb4b7ba);
  paint(image, {128, 20, 44, 60}, 0xc68f73);
  paint(image, kGarment, cloth);
  for (const float x : {80.0f, 180.0f}) paint(image, {x, 80, 40, 200}, 0xc68f73);
  return image;
}
constexpr Box kWearer{80, 10, 140, 380};

TEST(Palette, LeavesOutSkinThatTheFaceShows) {
  const Image image = bare_arms(0x6a2c91);
  const auto share_of_skin = [&](const Surroundings& around) {
    for (const PaletteColor& color : garment_palette(image, kGarment, around, {.min_share = 0}))
      if (ciede2000(color.color, lab_of_srgb(0xc68f73)) < 5) return color.share;
    return 0.0f;
  };
  const float kept = share_of_skin({}), left = share_of_skin({.in_front = {}, .over = {}, .person = kWearer});
  EXPECT_LT(left, kept / 2) << kept << " " << left;
}

TEST(Palette, KeepsClothOfTheSkinsColour) {
  const auto palette = garment_palette(bare_arms(0xc69075), kGarment, {.in_front = {}, .over = {}, .person = kWearer});
  EXPECT_LT(ciede2000(palette[0].color, lab_of_srgb(0xc68f73)), 2);
}

TEST(Palette, SeesPastWhatLiesInFrontUnlessNothingIsLeft) {
  Image image = wall(0xb4b7ba);
  paint(image, kGarment, 0x5c3a21);
  const Box front{100, 100, 100, 160};
  paint(image, front, 0xf4b6c6);
  EXPECT_EQ(garment_palette(image, kGarment)[0].name.name, "pink");
  EXPECT_EQ(garment_palette(image, kGarment, {.in_front = {front}, .over = {}, .person = {}})[0].name.name, "brown");
  EXPECT_EQ(garment_palette(image, kGarment, {.in_front = {kGarment}, .over = {}, .person = {}})[0].name.name, "pink");
}

TEST(Palette, OfAShirtInAnOpenJacketIsTheShirts) {
  Image image = wall(0xb4b7ba);
  const Box jacket{60, 70, 180, 230};
  paint(image, jacket, 0x14213d);
  paint(image, {130, 80, 40, 200}, 0xc8102e);  // what is seen of the shirt, whose hem reaches out to both sides
  const std::vector<Garment> clothes = {{"outer", "", 1, jacket}, {"top", "", 1, kGarment}};
  const PaletteColor shirt = garment_palette(image, kGarment, surroundings_of(clothes, 1))[0];
  EXPECT_EQ(shirt.name.name, "red");
  EXPECT_GT(shirt.share, garment_palette(image, kGarment)[0].share + 0.1f) << "the jacket is known";
  EXPECT_EQ(garment_palette(image, jacket, surroundings_of(clothes, 0))[0].name.name, "navy");
}

TEST(Palette, DoesNotSeeFoldsAsAnotherColour) {
  Image image = wall(0x808080);
  for (int i = 0; i < 14; ++i)
    paint(image, {kGarment.x + 10 * static_cast<float>(i), kGarment.y, 10, kGarment.h},
          i % 2 == 0 ? 0xc8102e : 0xa50d26);
  const auto palette = garment_palette(image, kGarment);
  ASSERT_EQ(palette.size(), 1u);
  EXPECT_LT(ciede2000(palette[0].color, lab_of_srgb(0xc8102e)), 2) << "the lit half names the cloth";
}

TEST(Palette, IsTheSameForTheSamePixelsAtAnySizeAndPlace) {
  Random random(3);
  Image image = wall(0x808080, 100, 120);
  for (int i = 0; i < 40; ++i)
    paint(image, {20 + static_cast<float>(random.below(50)), 20 + static_cast<float>(random.below(60)), 10, 10},
          static_cast<std::uint32_t>(random.below(1 << 24)));
  const Box box{20, 20, 60, 70};
  const auto palette = garment_palette(image, box);
  const auto again = garment_palette(image, box);
  Image large = wall(0, 400, 480);
  for (int y = 0; y < 480; ++y)
    for (int x = 0; x < 400; ++x)
      for (int c = 0; c < 3; ++c) large.row(y)[3 * x + c] = image.row(y / 4)[3 * (x / 4) + c];
  const auto scaled = garment_palette(large, {80, 80, 240, 280});
  ASSERT_EQ(palette.size(), again.size());
  for (std::size_t i = 0; i < palette.size(); ++i) EXPECT_EQ(palette[i].color, again[i].color);
  EXPECT_LT(ciede2000(palette[0].color, scaled[0].color), 6);
  EXPECT_NEAR(palette[0].share, scaled[0].share, 0.1);
}

TEST(Palette, IsEmptyOnlyWhereTheBoxHasNoPixel) {
  const Image image = wall(0xc8102e);
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  for (const Box& box : {Box{500, 0, 50, 50}, Box{0, 500, 50, 50}, Box{-80, 0, 50, 50}, Box{10, 10, 0, 50},
                         Box{10, 10, 50, -5}, Box{kNan, 0, 10, 10}, Box{0, 0, kNan, 10}})
    EXPECT_TRUE(garment_palette(image, box).empty()) << box.x << " " << box.w;
  for (const Box& box : {Box{10.2f, 10.2f, 0.5f, 0.5f}, Box{10, 10, 1, 1}, Box{-10, -10, 1000, 1000}})
    EXPECT_EQ(garment_palette(image, box).size(), 1u) << box.x << " " << box.w;
  EXPECT_TRUE(garment_palette({}, kGarment).empty());
}

TEST(Palette, KeepsToTheNumberOfColoursAsked) {
  Image image = wall(0x808080);
  const std::uint32_t stripes[] = {0xc8102e, 0xf6d32d, 0x1f4fbf, 0x2e7d32, 0x1b1b1d};
  for (int i = 0; i < 25; ++i)
    paint(image, {kGarment.x, kGarment.y + 8 * static_cast<float>(i), kGarment.w, 8}, stripes[i % 5]);
  for (const int count : {1, 2, 5}) {
    const auto palette = garment_palette(image, kGarment, {}, {.colors = count});
    ASSERT_EQ(palette.size(), static_cast<std::size_t>(count));
    float sum = 0;
    for (std::size_t i = 0; i < palette.size(); ++i) {
      EXPECT_TRUE(i == 0 || palette[i].share <= palette[i - 1].share);
      sum += palette[i].share;
    }
    EXPECT_LE(sum, 1.0001f);
  }
}

// The rest lies at the borders of two names, under the renderer's light, or is hidden but for a strip.
TEST(Palette, FindsTheColourOfDrawnClothOnAnyBackground) {
  int garments = 0, near = 0, basic = 0;
  for (std::uint64_t seed = 500; seed < 600; ++seed) {
    const Look look = render_look(kStyles[seed % kStyles.size()], seed, seed + 1000);
    std::vector<Garment> clothes;
    for (const RenderedGarment& g : look.garments) clothes.push_back({g.category, g.fine_category, 1, g.box});
    for (std::size_t k = 0; k < clothes.size(); ++k) {
      if (!look.garments[k].plain || look.garments[k].area < 400) continue;
      const auto palette = garment_palette(look.image, clothes[k].box, surroundings_of(clothes, k, look.person));
      ASSERT_FALSE(palette.empty());
      const Lab dye = lab_of_srgb(look.garments[k].color);
      ++garments;
      near += ciede2000(palette[0].color, dye) < 15;
      basic += palette[0].name.basic == name_color(dye).basic;
    }
  }
  EXPECT_GT(garments, 100);
  EXPECT_GT(near, 0.85 * garments);
  EXPECT_GT(basic, 0.7 * garments);
}

}  // namespace
}  // namespace ootd
