#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/image/resize.h"

namespace ootd {
namespace {

constexpr int kWeightBits = 11, kOne = 1 << kWeightBits;

// An output position lies between two inputs; the second one's share is in kOne-ths.
struct Between {
  int first, second, share;
};

std::vector<Between> positions(int in, int out) {
  std::vector<Between> list;
  const double scale = static_cast<double>(in) / out;
  for (int i = 0; i < out; ++i) {
    const double at = std::clamp((i + 0.5) * scale - 0.5, 0.0, in - 1.0);
    const int first = static_cast<int>(at);
    list.push_back({first, std::min(first + 1, in - 1), static_cast<int>(std::lround((at - first) * kOne))});
  }
  return list;
}

}  // namespace

Image resize_sampled(const Image& image, int width, int height) {
  if (image.empty()) throw Error(Kind::kInput, "an image without pixels cannot be resized");
  if (width <= 0 || height <= 0)
    throw Error(Kind::kInput, "cannot resize to " + std::to_string(width) + "x" + std::to_string(height) +
                                  ": both sides must be positive");
  const auto columns = positions(image.width, width), rows = positions(image.height, height);
  Image out{.width = width, .height = height, .rgb = {}};
  out.rgb.resize(std::size_t{3} * width * height);
  for (int y = 0; y < height; ++y) {
    const std::uint8_t *above = image.row(rows[y].first), *below = image.row(rows[y].second);
    const int down = rows[y].share, up = kOne - down;
    std::uint8_t* pixel = out.row(y);
    for (const auto& [left, right, share] : columns)
      for (int c = 0; c < 3; ++c) {
        const int upper = above[3 * left + c] * (kOne - share) + above[3 * right + c] * share;
        const int lower = below[3 * left + c] * (kOne - share) + below[3 * right + c] * share;
        constexpr int kHalf = 1 << (2 * kWeightBits - 1);
        *pixel++ = static_cast<std::uint8_t>((upper * up + lower * down + kHalf) >> (2 * kWeightBits));
      }
  }
  return out;
}

}  // namespace ootd
