// An axis-aligned box in pixels of the upright image: left, top, width, height. A pixel's area is [x, x+1) x [y, y+1).
#pragma once

#include <algorithm>

namespace ootd {

struct Box {
  float x = 0, y = 0, w = 0, h = 0;

  float right() const { return x + w; }
  float bottom() const { return y + h; }
  float area() const { return w * h; }
  friend bool operator==(const Box&, const Box&) = default;
};

// The smallest box around both.
inline Box unite(const Box& a, const Box& b) {
  const float x = std::min(a.x, b.x), y = std::min(a.y, b.y);
  return {x, y, std::max(a.right(), b.right()) - x, std::max(a.bottom(), b.bottom()) - y};
}

// What lies in both; no area (w and h are 0 or more) if nothing does.
inline Box intersect(const Box& a, const Box& b) {
  const float x = std::max(a.x, b.x), y = std::max(a.y, b.y);
  return {x, y, std::max(0.0f, std::min(a.right(), b.right()) - x),
          std::max(0.0f, std::min(a.bottom(), b.bottom()) - y)};
}

// Intersection over union, 0 .. 1; 0 for two boxes without area.
inline float iou(const Box& a, const Box& b) {
  const float both = intersect(a, b).area(), either = a.area() + b.area() - both;
  return either > 0 ? both / either : 0;
}

}  // namespace ootd
