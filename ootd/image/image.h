// Pictures in memory: 8-bit sRGB, row-major, three bytes a pixel (RGB), no padding between rows, upright.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "ootd/base/box.h"

namespace ootd {

struct Image {
  int width = 0, height = 0;
  std::vector<std::uint8_t> rgb;  // width * height * 3

  bool empty() const { return width == 0 || height == 0; }
  const std::uint8_t* row(int y) const { return rgb.data() + static_cast<std::size_t>(y) * width * 3; }
  std::uint8_t* row(int y) { return rgb.data() + static_cast<std::size_t>(y) * width * 3; }
};

}  // namespace ootd
