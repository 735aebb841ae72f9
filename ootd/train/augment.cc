#include "ootd/train/augment.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/image/resize.h"

namespace ootd {
namespace {

// What stands in for the street: a flat colour, noise, or the picture itself, blurred beyond recognition.
Image background_for(const Image& image, Random& random) {
  const auto kind = random.below(3);
  if (kind == 2) {
    const int side = 4 + static_cast<int>(random.below(5));
    return resize(resize(image, side, side, Interpolation::kBilinear), image.width, image.height,
                  Interpolation::kBicubic);
  }
  Image ground{image.width, image.height, std::vector<std::uint8_t>(image.rgb.size())};
  std::uint8_t colour[3];
  for (auto& c : colour) c = static_cast<std::uint8_t>(random.below(256));
  if (kind == 0) {
    for (std::size_t i = 0; i < ground.rgb.size(); ++i) ground.rgb[i] = colour[i % 3];
    return ground;
  }
  // Noise of 8 x 8 blocks, enlarged: single pixels of noise would be gone after the resize.
  Image coarse{8, 8, std::vector<std::uint8_t>(8 * 8 * 3)};
  for (auto& value : coarse.rgb) value = static_cast<std::uint8_t>(random.below(256));
  return resize(coarse, image.width, image.height, Interpolation::kBilinear);
}

}  // namespace

Image replace_background(const Image& image, const std::vector<Box>& garments, Random& random) {
  Image changed = background_for(image, random);
  // Some air around a garment stays: its outline is part of its style.
  constexpr float kMargin = 0.06f;
  for (const Box& box : garments) {
    const float dx = kMargin * box.w, dy = kMargin * box.h;
    const int left = std::clamp(static_cast<int>(box.x - dx), 0, image.width);
    const int right = std::clamp(static_cast<int>(std::ceil(box.x + box.w + dx)), left, image.width);
    const int top = std::clamp(static_cast<int>(box.y - dy), 0, image.height);
    const int bottom = std::clamp(static_cast<int>(std::ceil(box.y + box.h + dy)), top, image.height);
    for (int y = top; y < bottom; ++y)
      std::copy(image.row(y) + std::ptrdiff_t{left} * 3, image.row(y) + std::ptrdiff_t{right} * 3,
                changed.row(y) + std::ptrdiff_t{left} * 3);
  }
  return changed;
}

namespace {

// Szegedy et al. 2015: a share of the area, an aspect ratio near the picture's own, anywhere.
Box random_crop(const Box& scene, const AugmentConfig& config, Random& random) {
  const double width = static_cast<double>(scene.w), height = static_cast<double>(scene.h);
  const double area = random.uniform(config.min_area, 1.0);
  const double stretch = std::exp(random.uniform(-1, 1) * std::log(static_cast<double>(config.max_aspect)) / 2);
  const double w = std::clamp(width * std::sqrt(area) * stretch, 1.0, width);
  const double h = std::clamp(height * std::sqrt(area) / stretch, 1.0, height);
  return {scene.x + static_cast<float>(random.uniform() * (width - w)),
          scene.y + static_cast<float>(random.uniform() * (height - h)), static_cast<float>(w), static_cast<float>(h)};
}

// All boxes with a margin that head and feet fall into, within the picture.
Box person_of(const Image& image, const std::vector<Box>& garments) {
  float left = garments[0].x, top = garments[0].y, right = left, bottom = top;
  for (const Box& box : garments) {
    left = std::min(left, box.x), right = std::max(right, box.x + box.w);
    top = std::min(top, box.y), bottom = std::max(bottom, box.y + box.h);
  }
  constexpr float kMargin = 0.1f;
  const float dx = kMargin * (right - left), dy = kMargin * (bottom - top);
  left = std::clamp(left - dx, 0.0f, static_cast<float>(image.width - 1));
  top = std::clamp(top - dy, 0.0f, static_cast<float>(image.height - 1));
  right = std::clamp(right + dx, left + 1, static_cast<float>(image.width));
  bottom = std::clamp(bottom + dy, top + 1, static_cast<float>(image.height));
  return {left, top, right - left, bottom - top};
}

}  // namespace

void flip_horizontally(Image& image) {
  for (int y = 0; y < image.height; ++y) {
    std::uint8_t* row = image.row(y);
    for (int l = 0, r = image.width - 1; l < r; ++l, --r) std::swap_ranges(row + l * 3, row + l * 3 + 3, row + r * 3);
  }
}

void jitter_colours(Image& image, float strength, Random& random) {
  const auto factor = [&] { return static_cast<float>(random.uniform(1 - strength, 1 + strength)); };
  const float brightness = factor(), contrast = factor(), saturation = factor();
  double sum = 0;
  for (const auto value : image.rgb) sum += value;
  const float mean = static_cast<float>(sum / static_cast<double>(image.rgb.size()));
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    const float r = image.rgb[i], g = image.rgb[i + 1], b = image.rgb[i + 2];
    const float gray = 0.299f * r + 0.587f * g + 0.114f * b;  // ITU-R BT.601
    const float in[3] = {r, g, b};
    for (std::size_t c = 0; c < 3; ++c) {
      const float coloured = gray + saturation * (in[c] - gray);
      const float value = brightness * (mean + contrast * (coloured - mean));
      image.rgb[i + c] = static_cast<std::uint8_t>(std::clamp(value + 0.5f, 0.0f, 255.0f));
    }
  }
}

namespace {

void erase(Image& image, Random& random) {
  const double area = random.uniform(0.02, 0.25) * image.width * image.height;
  const double aspect = std::exp(random.uniform(-1, 1) * std::log(3.0));
  const int w = std::clamp(static_cast<int>(std::sqrt(area * aspect)), 1, image.width);
  const int h = std::clamp(static_cast<int>(std::sqrt(area / aspect)), 1, image.height);
  const int left = static_cast<int>(random.below(static_cast<std::uint64_t>(image.width - w) + 1));
  const int top = static_cast<int>(random.below(static_cast<std::uint64_t>(image.height - h) + 1));
  for (int y = top; y < top + h; ++y)
    for (int x = left * 3; x < (left + w) * 3; ++x) image.row(y)[x] = static_cast<std::uint8_t>(random.below(256));
}

}  // namespace

Image augment(const Image& image, const std::vector<Box>& garments, const std::optional<Box>& seen,
              const InputSpec& spec, const AugmentConfig& config, Random& random) {
  if (image.empty()) throw Error(Kind::kInput, "an image without pixels cannot be augmented");
  const auto happens = [&](float probability) { return random.uniform() < static_cast<double>(probability); };
  const bool replace = !garments.empty() && happens(config.background);
  Image replaced;
  if (replace) replaced = replace_background(image, garments, random);
  const Image& scene = replace ? replaced : image;
  const Box all{0, 0, static_cast<float>(scene.width), static_cast<float>(scene.height)};
  const Box view = seen ? *seen : !garments.empty() && happens(config.person) ? person_of(scene, garments) : all;
  Image out = resize(crop(scene, random_crop(view, config, random)), spec.width, spec.height, spec.filter);
  if (happens(config.flip)) flip_horizontally(out);
  if (config.jitter > 0) jitter_colours(out, config.jitter, random);
  if (happens(config.erase)) erase(out, random);
  return out;
}

}  // namespace ootd
