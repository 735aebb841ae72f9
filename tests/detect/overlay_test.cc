#include "ootd/detect/overlay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "ootd/base/error.h"

namespace ootd {
namespace {

constexpr std::uint8_t kGray = 200;

Image gray(int width, int height) {
  return {width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height * 3, kGray)};
}

PaletteColor color(std::string_view name, std::uint8_t r, std::uint8_t g, std::uint8_t b) {
  return {lab_of(r, g, b), 0.5f, {name, ""}};
}

// The most that a channel in the window differs from the photo's gray.
int change(const Image& image, int x0, int y0, int x1, int y1) {
  int most = 0;
  for (int y = y0; y < y1; ++y)
    for (int x = x0 * 3; x < x1 * 3; ++x) most = std::max(most, std::abs(image.row(y)[x] - kGray));
  return most;
}

TEST(Overlay, DrawsBoxesWhereTheyAreInThePhotoAtAnyScale) {
  const PhotoOutfit seen{.width = 512,
                         .height = 1024,
                         .found = {{"top", "", 0.9f, {200, 300, 200, 200}}},
                         .outfit = {.refusal = Refusal::kOneGarment, .crop = {}, .persons = {}},
                         .palette = {}};
  for (const int shrink : {1, 2, 4}) {
    const Image image = draw_overlay(gray(512 / shrink, 1024 / shrink), seen);
    ASSERT_EQ(image.width, 512);
    ASSERT_GT(image.height, 1024);
    for (const int y : {350, 450}) {
      EXPECT_GT(change(image, 196, y, 204, y + 1), 100) << "its left side";
      EXPECT_GT(change(image, 396, y, 404, y + 1), 100) << "its right side";
    }
    EXPECT_GT(change(image, 300, 296, 301, 304), 100) << "its top";
    EXPECT_GT(change(image, 300, 496, 301, 504), 100) << "its bottom";
    EXPECT_EQ(change(image, 210, 330, 390, 490), 0) << "nothing hides the garment";
    EXPECT_EQ(change(image, 0, 600, 512, 1000), 0);
    EXPECT_GT(change(image, 10, 1030, 110, 1060), 50) << "the reason";
  }
}

TEST(Overlay, DimsWhatTheCropLeavesOut) {
  const Image image = draw_overlay(gray(512, 1024), {.width = 512,
                                                     .height = 1024,
                                                     .found = {},
                                                     .outfit = {.crop = Box{100, 100, 300, 800}, .persons = {}},
                                                     .palette = {}});
  EXPECT_LT(image.row(50)[0], kGray / 2 + 10);
  EXPECT_LT(image.row(500)[3 * 450], kGray / 2 + 10);
  EXPECT_EQ(change(image, 110, 110, 390, 890), 0);
}

TEST(Overlay, ShowsThePalettesColours) {
  const Image image = draw_overlay(
      gray(512, 512), {.width = 512,
                       .height = 512,
                       .found = {},
                       .outfit = {.crop = Box{0, 0, 512, 512}, .persons = {}},
                       .palette = {{"top", {color("navy", 10, 20, 90)}}, {"bottom", {color("red", 220, 30, 30)}}}});
  for (const auto& rgb : {std::array<std::uint8_t, 3>{10, 20, 90}, {220, 30, 30}}) {
    int pixels = 0;
    for (int y = 1024; y < image.height; ++y)
      for (int x = 0; x < image.width; ++x) pixels += std::equal(rgb.begin(), rgb.end(), image.row(y) + 3 * x);
    EXPECT_GT(pixels, 200);
  }
}

TEST(Overlay, KeepsItsLabelsInThePictureAndOffEachOther) {
  PhotoOutfit crowded{.width = 300,
                      .height = 400,
                      .found = {},
                      .outfit = {.refusal = Refusal::kCrowd, .crop = {}, .persons = {}},
                      .palette = {{"top", {}}}};
  for (int i = 0; i < 12; ++i) crowded.found.push_back({"outer", "", 0.5f, {-20, -20, 600, 900}});
  for (const std::string_view name : kColorNames) crowded.palette[0].colors.push_back(color(name, 1, 2, 3));
  EXPECT_EQ(draw_overlay(gray(300, 400), crowded).width, 768);
  EXPECT_EQ(draw_overlay(gray(1, 1), {.width = 1, .height = 1, .found = {}, .outfit = {}, .palette = {}}).width, 1024);
  EXPECT_THROW(draw_overlay(Image{}, crowded), Error);
}

}  // namespace
}  // namespace ootd
