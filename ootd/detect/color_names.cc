#include "ootd/detect/color_names.h"

#include <limits>
#include <vector>

namespace ootd {
namespace {

struct Prototype {
  std::string_view name, basic;
  std::array<std::uint32_t, 9> srgb;  // 0xRRGGBB; 0 ends the list, so black is 0x010101
};

// A word is a region, so it has a prototype for each shade that a shop sells under it. Photographed cloth reaches
// neither the screen's white nor its saturated primaries.
constexpr Prototype kPrototypes[] = {
    {"black", "black", {0x010101, 0x0d0d0f, 0x1b1b1d, 0x1c1815}},
    {"charcoal", "gray", {0x2e3033, 0x3a3d41, 0x47494d, 0x4a4846}},
    {"gray", "gray", {0x6e7175, 0x8e9197, 0x8d8a86, 0x9fa2a6, 0xb4b7ba, 0x5b5e63}},
    {"white", "white", {0xffffff, 0xf2f3f5, 0xe1e3e6, 0xf5f3ee, 0xd3d5d8}},
    {"ivory", "white", {0xfffff0, 0xf7f0dd, 0xede3cb, 0xfdf5dc, 0xddd6c6}},
    {"beige", "brown", {0xe0d2b8, 0xd2c6b0, 0xcbb796, 0xb9a88c, 0xdcc5a8, 0xe3d8ae, 0xb3a999, 0xc4bbae}},
    {"camel", "brown", {0xc19a6b, 0xb5884e, 0xa87c4a, 0xcfa878}},
    {"brown", "brown", {0x7b4a26, 0x5c3a21, 0x45302a, 0x8b5e3c, 0x6f5547, 0x3a2416, 0x8a7260}},
    {"khaki", "green", {0x6b6b3f, 0x55572f, 0x7d7b4f, 0x4a4d34, 0x3d402a}},
    {"khaki", "brown", {0xa3976f, 0x8f8258, 0xb5a97e}},
    {"green", "green", {0x2e7d32, 0x0f4a2c, 0x1e4d2b, 0x4caf50, 0x3b6b4b, 0x9bb58f, 0x1f7a70, 0xa0cc30}},
    {"green", "green", {0x6f9e5a, 0x00b020, 0x14352a, 0x5f7f62}},
    {"mint", "green", {0xaee8d0, 0x98d8c0, 0xc6efdf, 0x7fd0bd, 0xb5e5b8}},
    {"navy", "blue", {0x14213d, 0x1b2a49, 0x25324e, 0x0d1630, 0x2c3e5c, 0x34486b, 0x000058}},
    {"blue", "blue", {0x1f4fbf, 0x2f6fb7, 0x3f6fa8, 0x4a6b96, 0x0a3cff, 0x1d8fb5, 0x5f84ad, 0x0a0ab0}},
    {"light blue", "blue", {0xa8c8e8, 0xbfd2e6, 0x8fb6dc, 0xd3e2f0, 0x9fc8d8, 0x70bcf0}},
    {"lavender", "purple", {0xb8a6d9, 0xcbbde6, 0xa994cc, 0xd9cfec, 0xc79fef}},
    {"purple", "purple", {0x6a2c91, 0x4b2a63, 0x8e44ad, 0x5b3a78, 0x7a2a62, 0x9a4fd0, 0xb030b8, 0x31183c}},
    {"pink", "pink", {0xf4b6c6, 0xf8d3da, 0xe88fa8, 0xe75480, 0xff5cae, 0xd8a0a6, 0xf3bfae, 0xd61f80}},
    {"burgundy", "red", {0x5e1224, 0x6e1b2d, 0x4a0f1e, 0x7d2438}},
    {"red", "red", {0xc8102e, 0xa61c28, 0xe02b20, 0xb8322c, 0xff0010}},
    {"orange", "orange", {0xf28c28, 0xe2711d, 0xff7700, 0xb9562c, 0xee6c4a, 0xf2a365}},
    {"yellow", "yellow", {0xf6d32d, 0xffe668, 0xd8ac26, 0xf5e9a2, 0xffff20, 0xb8952a}},
};

struct Named {
  Lab color;
  ColorName name;
};

const std::vector<Named>& prototypes() {
  static const std::vector<Named> all = [] {
    std::vector<Named> list;
    for (const Prototype& p : kPrototypes)
      for (const std::uint32_t c : p.srgb)
        if (c != 0)
          list.push_back({lab_of(static_cast<std::uint8_t>(c >> 16), static_cast<std::uint8_t>(c >> 8),
                                 static_cast<std::uint8_t>(c)),
                          {p.name, p.basic}});
    return list;
  }();
  return all;
}

}  // namespace

ColorName name_color(const Lab& color) {
  ColorName best;
  float nearest = std::numeric_limits<float>::max();
  for (const Named& each : prototypes()) {
    const float difference = ciede2000(color, each.color);
    if (difference < nearest) nearest = difference, best = each.name;
  }
  return best;
}

}  // namespace ootd
