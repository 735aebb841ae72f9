// An axis-aligned box in pixels of the upright image: left, top, width, height. A pixel's area is [x, x+1) x [y, y+1).
#pragma once

namespace ootd {

struct Box {
  float x = 0, y = 0, w = 0, h = 0;
  friend bool operator==(const Box&, const Box&) = default;
};

}  // namespace ootd
