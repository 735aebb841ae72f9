// Names of colours: 21 words of the fashion trade, and the 11 basic colour terms of English (Berlin & Kay 1969).
#pragma once

#include <array>
#include <string_view>

#include "ootd/detect/lab.h"

namespace ootd {

// Gold, silver and neon are missing on purpose: they are gloss and fluorescence, which a colour alone does not show.
inline constexpr std::array<std::string_view, 21> kColorNames = {
    "black", "charcoal", "gray",       "white",    "ivory",  "beige", "camel",    "brown", "khaki",  "green", "mint",
    "navy",  "blue",     "light blue", "lavender", "purple", "pink",  "burgundy", "red",   "orange", "yellow"};
inline constexpr std::array<std::string_view, 11> kBasicColors = {"black",  "gray", "white", "brown",  "green", "blue",
                                                                  "purple", "pink", "red",   "orange", "yellow"};

struct ColorName {
  std::string_view name;   // of kColorNames
  std::string_view basic;  // of kBasicColors
};

// Of the nearest prototype by CIEDE2000; docs/crops.md has the table and where it is from.
ColorName name_color(const Lab& color);

}  // namespace ootd
