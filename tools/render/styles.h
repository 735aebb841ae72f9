// What people of each style wear. Styles differ by shapes, colours and patterns, yet share pieces and neutrals, as in
// life. Internal to render.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "tools/render/accessories.h"
#include "tools/render/garments.h"

namespace ootd::render {

struct GarmentPiece {
  std::string_view cut;   // a name of kCuts
  int weight = 0;         // 0 ends a list
  unsigned patterns = 0;  // a set of bit(Pattern)
};

struct Wardrobe {
  std::string_view style;
  double dress_share, outer_share, feminine_share;
  std::array<GarmentPiece, 8> tops, bottoms;
  std::array<GarmentPiece, 5> dresses{};  // none: nobody of this style wears one
  std::array<GarmentPiece, 6> outers;
  // Colours as 0xRRGGBB; 0 ends a list.
  std::array<std::uint32_t, 9> top_colors, bottom_colors, outer_colors;
  std::array<std::uint32_t, 6> accents;  // stripes, prints, trims, bags
  std::array<Shoes, 4> shoes;
  std::array<std::uint32_t, 5> shoe_colors;
  std::array<Hat, 6> hats;
  std::array<Bag, 5> bags;
};

// Throws Error(kInput) for an unknown style; its message lists the known ones.
const Wardrobe& find_wardrobe(std::string_view style);

struct Outfit {
  std::optional<Worn> under, top, bottom, dress, outer;
  bool tucked = false;
  Extras extras;
};
// Parts of the garments in the mask count from first_part.
Outfit choose_outfit(const Wardrobe& wardrobe, bool feminine, std::uint8_t first_part, Random& random);

}  // namespace ootd::render
