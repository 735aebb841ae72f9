#include "ootd/detect/color_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace ootd {
namespace {

Lab lab(std::uint32_t srgb) {
  return lab_of(static_cast<std::uint8_t>(srgb >> 16), static_cast<std::uint8_t>(srgb >> 8),
                static_cast<std::uint8_t>(srgb));
}

// Colours that the names' owners published: CSS Color Module Level 4, and the survey of 222,500 people at xkcd.com
// (Munroe 2010, CC0).
TEST(ColorName, IsThatOfPublishedColoursOfThatName) {
  const std::pair<std::uint32_t, const char*> kPublished[] = {
      {0x000000, "black"},      {0xffffff, "white"},    {0x808080, "gray"},     {0xff0000, "red"},
      {0x008000, "green"},      {0x0000ff, "blue"},     {0x000080, "navy"},     {0xadd8e6, "light blue"},
      {0xf5f5dc, "ivory"},      {0xa52a2a, "red"},      {0x800080, "purple"},   {0xffc0cb, "pink"},
      {0xffa500, "orange"},     {0xffff00, "yellow"},   {0x808000, "khaki"},    {0xfffff0, "ivory"},
      {0x8b4513, "brown"},      {0x2f4f4f, "green"},    {0x343837, "charcoal"}, {0x929591, "gray"},
      {0xe50000, "red"},        {0x15b01a, "green"},    {0x0343df, "blue"},     {0x01153e, "navy"},
      {0x95d0fc, "light blue"}, {0xc69f59, "camel"},    {0x653700, "brown"},    {0x6e750e, "khaki"},
      {0x9ffeb0, "mint"},       {0x610023, "burgundy"}, {0xff81c0, "pink"},     {0x7e1e9c, "purple"},
      {0xc79fef, "lavender"},   {0xf97306, "orange"},   {0xffff14, "yellow"},   {0xe6daa6, "beige"}};
  for (const auto& [srgb, name] : kPublished) EXPECT_EQ(name_color(lab(srgb)).name, name) << std::hex << srgb;
}

TEST(ColorName, IsOfTheVocabularyAndEveryWordNamesSomething) {
  std::map<std::string_view, std::set<std::string_view>> basics;
  for (std::uint32_t r = 0; r < 256; r += 15)
    for (std::uint32_t g = 0; g < 256; g += 15)
      for (std::uint32_t b = 0; b < 256; b += 15) {
        const ColorName name = name_color(lab(r << 16 | g << 8 | b));
        ASSERT_NE(std::find(kBasicColors.begin(), kBasicColors.end(), name.basic), kBasicColors.end());
        basics[name.name].insert(name.basic);
      }
  for (const std::string_view name : kColorNames) EXPECT_EQ(basics.count(name), 1u) << name;
  EXPECT_EQ(basics.size(), kColorNames.size());
  for (const auto& [name, words] : basics) EXPECT_EQ(words.size(), name == "khaki" ? 2u : 1u) << name;
}

}  // namespace
}  // namespace ootd
