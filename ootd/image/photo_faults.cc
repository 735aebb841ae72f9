#include "ootd/image/photo_faults.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>

#include "ootd/base/error.h"
#include "ootd/image/resize.h"

namespace ootd {
namespace {

int gray_at(const std::uint8_t* pixel) { return (299 * pixel[0] + 587 * pixel[1] + 114 * pixel[2]) / 1000; }

bool is_print(const Image& image, int left, int top, int side) {
  constexpr int kHardEdge = 40, kContrast = 90, kLevels = 32;
  constexpr double kEdges = 0.08, kGround = 0.4;
  std::array<int, kLevels> levels{};
  int darkest = 255, brightest = 0, edges = 0;
  for (int y = top; y < top + side; ++y) {
    int before = -1;
    for (int x = left; x < left + side; ++x) {
      const int gray = gray_at(image.row(y) + static_cast<std::size_t>(x) * 3);
      if (before >= 0 && std::abs(gray - before) > kHardEdge) ++edges;
      before = gray;
      ++levels[static_cast<std::size_t>(gray * kLevels / 256)];
      darkest = std::min(darkest, gray);
      brightest = std::max(brightest, gray);
    }
  }
  int ground = 0;  // on two neighbouring levels, since a flat ground may lie on their border
  for (std::size_t i = 0; i + 1 < levels.size(); ++i) ground = std::max(ground, levels[i] + levels[i + 1]);
  return edges > kEdges * side * (side - 1) && ground > kGround * side * side && brightest - darkest > kContrast;
}

}  // namespace

double dark_share(const Image& image) {
  if (image.empty()) throw Error(Kind::kInput, "the image has no pixels");
  constexpr int kDark = 32;
  std::size_t dark = 0;
  const std::size_t pixels = image.rgb.size() / 3;
  for (std::size_t i = 0; i < pixels; ++i) dark += gray_at(image.rgb.data() + 3 * i) < kDark;
  return static_cast<double>(dark) / static_cast<double>(pixels);
}

double print_share(const Image& image) {
  constexpr int kSide = 16, kLonger = 384;
  if (image.empty()) throw Error(Kind::kInput, "the image has no pixels");
  const double scale = static_cast<double>(kLonger) / std::max(image.width, image.height);
  const auto scaled = [&](int side) { return std::max(1, static_cast<int>(std::lround(side * scale))); };
  const Image small = resize(image, scaled(image.width), scaled(image.height), Interpolation::kBilinear);
  int print = 0, blocks = 0;
  for (int top = 0; top + kSide <= small.height; top += kSide)
    for (int left = 0; left + kSide <= small.width; left += kSide, ++blocks) print += is_print(small, left, top, kSide);
  return blocks == 0 ? 0 : static_cast<double>(print) / blocks;
}

}  // namespace ootd
