#include "ootd/detect/fit.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "ootd/base/error.h"
#include "ootd/image/resize.h"

namespace ootd {
namespace {

// Python's round: a half goes to the even side, as nearbyint does in the default mode.
int round_even(double x) { return static_cast<int>(std::nearbyint(x)); }

Image padded(const Image& image, int width, int height, int left, int top, int pad) {
  Image out{.width = width, .height = height, .rgb = {}};
  out.rgb.assign(std::size_t{3} * width * height, static_cast<std::uint8_t>(pad));
  for (int y = 0; y < image.height; ++y)
    std::memcpy(out.row(top + y) + std::size_t{3} * left, image.row(y), std::size_t{3} * image.width);
  return out;
}

FittedImage letterbox(const Image& image, const DetectorInput& input) {
  const bool centred = input.fit == DetectorFit::kLetterbox;
  const double ratio =
      std::min(static_cast<double>(input.width) / image.width, static_cast<double>(input.height) / image.height);
  const auto scaled = [&](int side, int most) {
    const double exact = side * ratio;
    return std::clamp(centred ? round_even(exact) : static_cast<int>(exact), 1, most);
  };
  const int width = scaled(image.width, input.width), height = scaled(image.height, input.height);
  const auto before = [&](int slack) { return centred ? round_even(slack / 2.0 - 0.1) : 0; };
  const int left = before(input.width - width), top = before(input.height - height);
  const bool same = width == image.width && height == image.height;
  const Image scaled_image = same              ? image
                             : input.antialias ? resize(image, width, height, Interpolation::kBilinear)
                                               : resize_sampled(image, width, height);
  return {.pixels = padded(scaled_image, input.width, input.height, left, top, input.pad),
          .placement = {.scale_x = static_cast<double>(width) / image.width,
                        .scale_y = static_cast<double>(height) / image.height,
                        .left = static_cast<double>(left),
                        .top = static_cast<double>(top)}};
}

FittedImage stretched(const Image& image, int width, int height) {
  return {.pixels = resize(image, width, height, Interpolation::kBilinear),
          .placement = {.scale_x = static_cast<double>(width) / image.width,
                        .scale_y = static_cast<double>(height) / image.height}};
}

// transformers' get_resize_output_image_size.
FittedImage shortest_edge(const Image& image, const DetectorInput& input) {
  const double shorter = std::min(image.width, image.height), longer = std::max(image.width, image.height);
  double edge = input.shortest_edge;
  if (longer / shorter * edge > input.longest_edge) edge = input.longest_edge * shorter / longer;
  const int near = std::max(1, round_even(edge));
  const int far = std::clamp(static_cast<int>(edge * longer / shorter), 1, input.longest_edge);
  return image.width < image.height ? stretched(image, near, far) : stretched(image, far, near);
}

}  // namespace

Box Placement::to_picture(double x0, double y0, double x1, double y1) const {
  const auto back = [](double at, double offset, double scale, int side) {
    return std::clamp((at - offset) / scale, 0.0, static_cast<double>(side));
  };
  const double left_edge = back(x0, left, scale_x, picture_width), right_edge = back(x1, left, scale_x, picture_width);
  const double top_edge = back(y0, top, scale_y, picture_height), low_edge = back(y1, top, scale_y, picture_height);
  return {static_cast<float>(left_edge), static_cast<float>(top_edge),
          static_cast<float>(std::max(0.0, right_edge - left_edge)),
          static_cast<float>(std::max(0.0, low_edge - top_edge))};
}

FittedImage fit_for_detector(const Image& image, const DetectorInput& input) {
  if (image.empty()) throw Error(Kind::kInput, "an image without pixels has nothing to detect");
  FittedImage fitted;
  switch (input.fit) {
    case DetectorFit::kLetterbox:
    case DetectorFit::kLetterboxCorner:
      fitted = letterbox(image, input);
      break;
    case DetectorFit::kSquash:
      fitted = stretched(image, input.width, input.height);
      break;
    case DetectorFit::kShortestEdge:
      fitted = shortest_edge(image, input);
      break;
  }
  fitted.placement.width = fitted.pixels.width;
  fitted.placement.height = fitted.pixels.height;
  fitted.placement.picture_width = image.width;
  fitted.placement.picture_height = image.height;
  return fitted;
}

}  // namespace ootd
