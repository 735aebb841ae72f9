// What was found on a photo, drawn over it for a person to judge: boxes with category and score, the crop (what lies
// outside is dark), and below the picture the palette and the crop's size or why there is none.
// Threads: draw_overlay() is pure and may run on many threads at once.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ootd/base/garment.h"
#include "ootd/image/image.h"

namespace ootd {

struct Swatch {
  std::string name;
  std::array<std::uint8_t, 3> rgb = {};
};

// Boxes are in pixels of the whole photo, which is width x height.
struct Overlay {
  int width = 0, height = 0;
  std::vector<Garment> found;  // garments, and persons
  std::optional<Box> crop;
  std::string reason;  // why there is no crop
  std::vector<Swatch> palette;
};

// The longer side of the pictures: text on them is readable, and a photo of 24 megapixels is not kept as one.
inline constexpr int kOverlaySide = 1024;

// photo: the whole photo at any scale. Throws Error(kInput) on an empty one.
Image draw_overlay(const Image& photo, const Overlay& overlay);

}  // namespace ootd
