#include "tools/render/backgrounds.h"

#include <algorithm>
#include <vector>

namespace ootd::render {

const std::array<Place, 12> kPlaces = {{{"street", draw_street},
                                        {"crossing", draw_crossing},
                                        {"park", draw_park},
                                        {"beach", draw_beach},
                                        {"brick wall", draw_brick_wall},
                                        {"shop front", draw_shop_front},
                                        {"cafe", draw_cafe},
                                        {"subway", draw_subway},
                                        {"room", draw_room},
                                        {"gallery", draw_gallery},
                                        {"studio", draw_studio},
                                        {"mural", draw_mural}}};

void Scene::fade(double x, double y, double w, double h, Color top, Color bottom) {
  const Gradient gradient(cairo_pattern_create_linear(0, y, 0, y + h));
  cairo_pattern_add_color_stop_rgb(gradient.get(), 0, top.r, top.g, top.b);
  cairo_pattern_add_color_stop_rgb(gradient.get(), 1, bottom.r, bottom.g, bottom.b);
  cairo_set_source(canvas.ink(), gradient.get());
  rectangle(x, y, w, h).trace(canvas.ink());
  cairo_fill(canvas.ink());
}

void Scene::glow(Point c, double radius, Color color, double alpha) {
  const Gradient gradient(cairo_pattern_create_radial(c.x, c.y, 0, c.x, c.y, radius));
  cairo_pattern_add_color_stop_rgba(gradient.get(), 0, color.r, color.g, color.b, alpha);
  cairo_pattern_add_color_stop_rgba(gradient.get(), 1, color.r, color.g, color.b, 0);
  cairo_set_source(canvas.ink(), gradient.get());
  ellipse(c, radius, radius).trace(canvas.ink());
  cairo_fill(canvas.ink());
}

namespace {

// A mean over 2 * radius + 1 pixels along one direction; the edge pixel repeats.
void blur_line(std::uint8_t* first, int n, std::ptrdiff_t step, int radius, std::vector<std::uint8_t>& line) {
  line.resize(static_cast<std::size_t>(n));
  for (int i = 0; i < n; ++i) line[i] = first[i * step];
  int sum = 0;
  for (int i = -radius; i <= radius; ++i) sum += line[std::clamp(i, 0, n - 1)];
  for (int i = 0; i < n; ++i) {
    first[i * step] = static_cast<std::uint8_t>(sum / (2 * radius + 1));
    sum += line[std::min(i + radius + 1, n - 1)] - line[std::max(i - radius, 0)];
  }
}

void blur(Image& image, int radius) {
  std::vector<std::uint8_t> line;
  const std::ptrdiff_t stride = std::ptrdiff_t{3} * image.width;
  for (int pass = 0; pass < 2; ++pass)
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < image.height; ++y) blur_line(image.row(y) + c, image.width, 3, radius, line);
      for (int x = 0; x < image.width; ++x)
        blur_line(image.row(0) + std::ptrdiff_t{3} * x + c, image.height, stride, radius, line);
    }
}

// Exposure, a colour cast, a vignette and grain.
void expose(Image& image, Random& random) {
  const double gain = random.uniform(0.72, 1.12), cast = random.uniform(-0.09, 0.09), vignette = random.uniform(0, 0.4);
  const double grain = random.uniform(0, 9), slope = random.uniform(-0.18, 0.18);
  const double gains[3] = {gain * (1 + cast), gain, gain * (1 - cast)};
  for (int y = 0; y < image.height; ++y) {
    std::uint8_t* row = image.row(y);
    const double v = (y + 0.5) / image.height - 0.5;
    for (int x = 0; x < image.width; ++x) {
      const double u = (x + 0.5) / image.width - 0.5;
      const double light = 1 - vignette * (u * u + v * v) * 2 + slope * u;
      const std::uint64_t bits = random.next();
      const double noise =
          (static_cast<double>(bits & 1023) + static_cast<double>(bits >> 10 & 1023) - 1023) / 1023 * grain;
      for (int c = 0; c < 3; ++c)
        row[3 * x + c] = static_cast<std::uint8_t>(std::clamp(row[3 * x + c] * gains[c] * light + noise, 0.0, 255.0));
    }
  }
}

}  // namespace

Image draw_background(int width, int height, Random& random) {
  Canvas canvas(width, height);
  cairo_matrix_t scale;
  cairo_matrix_init_scale(&scale, height / 512.0, height / 512.0);
  canvas.transform(scale);
  Scene scene{canvas, 512.0 * width / height, random};
  kPlaces[random.below(kPlaces.size())].draw(scene);

  Image image{width, height, std::vector<std::uint8_t>(static_cast<std::size_t>(width) * height * 3)};
  int stride = 0;
  const std::uint32_t* pixels = canvas.pixels(stride);
  for (int y = 0; y < height; ++y) {
    std::uint8_t* row = image.row(y);
    for (int x = 0; x < width; ++x) {
      const std::uint32_t p = pixels[static_cast<std::ptrdiff_t>(y) * stride + x];
      for (int c = 0; c < 3; ++c) *row++ = static_cast<std::uint8_t>(p >> (16 - 8 * c) & 255);
    }
  }
  if (random.uniform() < 0.6) blur(image, std::max(1, static_cast<int>(random.uniform(0.5, 3.5) * height / 512)));
  expose(image, random);
  return image;
}

}  // namespace ootd::render
