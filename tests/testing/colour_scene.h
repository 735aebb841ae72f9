// Photos for the detector of tests/golden/colour_detector, to which each garment is a colour. Tests only.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ootd/base/garment.h"
#include "ootd/base/random.h"
#include "ootd/image/encode.h"
#include "ootd/image/image.h"
#include "tests/testing/jpeg_segments.h"

namespace ootd::testing {

inline const std::string kColourDetector = std::string(OOTD_GOLDEN_DIR) + "/colour_detector";

// Rectangles over noisy gray, in their order: a later one hides an earlier one.
inline Image colour_scene(int width, int height, const std::vector<Garment>& things, std::uint64_t background = 1) {
  Image image{.width = width, .height = height, .rgb = {}};
  Random random(background);
  for (int i = 0; i < width * height; ++i)
    image.rgb.insert(image.rgb.end(), 3, static_cast<std::uint8_t>(90 + random.below(50)));
  for (const Garment& thing : things) {
    const std::array<std::uint8_t, 3> color = thing.category == "top"      ? std::array<std::uint8_t, 3>{255, 0, 0}
                                              : thing.category == "bottom" ? std::array<std::uint8_t, 3>{0, 0, 255}
                                              : thing.category == "dress"  ? std::array<std::uint8_t, 3>{255, 0, 255}
                                              : thing.category == "outer"  ? std::array<std::uint8_t, 3>{255, 255, 0}
                                                                           : std::array<std::uint8_t, 3>{0, 255, 0};
    for (int y = static_cast<int>(thing.box.y); y < static_cast<int>(thing.box.bottom()); ++y)
      for (int x = static_cast<int>(thing.box.x); x < static_cast<int>(thing.box.right()); ++x)
        for (std::size_t c = 0; c < 3; ++c) image.row(y)[std::size_t{3} * static_cast<std::size_t>(x) + c] = color[c];
  }
  return image;
}

// A person in top and trousers, for pictures of 300 x 400.
inline const std::vector<Garment> kDressedPerson = {
    {"person", "", 1, {85, 40, 120, 320}}, {"top", "", 1, {110, 80, 70, 90}}, {"bottom", "", 1, {112, 170, 66, 150}}};

// The picture as a camera that was held on its side stores it: turned, with EXIF orientation 6.
inline std::vector<std::byte> jpeg_on_its_side(const Image& upright) {
  Image stored{.width = upright.height, .height = upright.width, .rgb = std::vector<std::uint8_t>(upright.rgb.size())};
  for (int y = 0; y < stored.height; ++y)
    for (int x = 0; x < stored.width; ++x)
      for (int c = 0; c < 3; ++c) stored.row(y)[3 * x + c] = upright.row(x)[3 * (stored.height - 1 - y) + c];
  return with_orientation(encode_jpeg(stored, 95), 6, true);
}

}  // namespace ootd::testing
