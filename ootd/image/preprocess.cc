#include "ootd/image/preprocess.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <string>

#include "ootd/base/error.h"
#include "ootd/image/resize.h"

namespace ootd {
namespace {

struct Size {
  int width, height;
};

// What the whole picture is resized to.
Size resized(int width, int height, const InputSpec& spec) {
  if (spec.fit == Fit::kSquash) return {spec.width, spec.height};
  const auto longer = [&](std::int64_t long_side, int short_side) {
    const double side = static_cast<double>(spec.resize_side * long_side) / short_side;
    if (side > 1 << 28)
      throw Error(Kind::kInput,
                  "the image is too elongated for a shorter side of " + std::to_string(spec.resize_side) + " px");
    return static_cast<int>(side);
  };
  if (width <= height) return {spec.resize_side, longer(height, width)};
  return {longer(width, height), spec.resize_side};
}

int centered(int side, int window, Centre centre) {
  const int slack = side - window, half = slack / 2;
  return slack % 2 == 0 || centre == Centre::kFloor ? half : half + half % 2;
}

}  // namespace

Image fit_to(const Image& image, const InputSpec& spec) {
  if (image.empty()) throw Error(Kind::kInput, "an image without pixels cannot be fitted to a network's input");
  if (spec.fit == Fit::kCenterCrop && spec.resize_side < std::max(spec.width, spec.height))
    throw Error(Kind::kInput, "input spec: resize_side " + std::to_string(spec.resize_side) +
                                  " is less than the window of " + std::to_string(spec.width) + "x" +
                                  std::to_string(spec.height));
  const Size size = resized(image.width, image.height, spec);
  return resize_window(image, size.width, size.height,
                       {.left = centered(size.width, spec.width, spec.centre),
                        .top = centered(size.height, spec.height, spec.centre),
                        .width = spec.width,
                        .height = spec.height},
                       spec.filter, spec.pass_order);
}

void enough_for(const ImageHeader& header, const InputSpec& spec, int& width, int& height) {
  // Decoding at exactly the size that is needed moved embeddings by up to 0.015 in cosine; at twice the size, under
  // 0.01.
  constexpr int kOversampling = 2;
  const Size size = resized(header.width, header.height, spec);
  width = kOversampling * size.width;
  height = kOversampling * size.height;
}

Image decode_for(std::span<const std::byte> bytes, const std::string& name, const InputSpec& spec,
                 const DecodeLimits& limits, const std::optional<Box>& seen) {
  const ImageHeader header = read_image_header(bytes, name, limits);
  int width = 0, height = 0;
  if (!seen) {
    enough_for(header, spec, width, height);
    return decode_image(bytes, name, limits, width, height);
  }
  const Box box = intersect(*seen, {0, 0, static_cast<float>(header.width), static_cast<float>(header.height)});
  if (box.area() <= 0)
    throw Error(Kind::kInput, name + ": the part to be seen lies outside the picture of " +
                                  std::to_string(header.width) + "x" + std::to_string(header.height));
  const auto pixels = [](float side) { return std::max(1, static_cast<int>(side)); };
  enough_for({.width = pixels(box.w), .height = pixels(box.h), .format = {}}, spec, width, height);
  // The whole picture at the scale at which the box has that size; its own size if that is smaller.
  const auto whole = [](int enough, float part, int all) {
    return static_cast<int>(std::min(std::ceil(static_cast<double>(enough) * all / part), static_cast<double>(all)));
  };
  const Image image =
      decode_image(bytes, name, limits, whole(width, box.w, header.width), whole(height, box.h, header.height));
  const float sx = static_cast<float>(image.width) / static_cast<float>(header.width);
  const float sy = static_cast<float>(image.height) / static_cast<float>(header.height);
  return crop(image, {box.x * sx, box.y * sy, box.w * sx, box.h * sy});
}

void normalize_chw(const Image& image, const InputSpec& spec, std::span<float> out) {
  const std::size_t pixels = static_cast<std::size_t>(image.width) * image.height;
  assert(out.size() == 3 * pixels);
  for (std::size_t c = 0; c < 3; ++c) {
    std::array<float, 256> value;
    for (int v = 0; v < 256; ++v) value[v] = (static_cast<float>(v) / 255.0f - spec.mean[c]) / spec.std[c];
    for (std::size_t i = 0; i < pixels; ++i) out[c * pixels + i] = value[image.rgb[i * 3 + c]];
  }
}

}  // namespace ootd
