#include "ootd/render/overlay.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "ootd/image/resize.h"
#include "ootd/render/canvas.h"

#ifdef __SANITIZE_ADDRESS__
// fontconfig keeps what it has read of the fonts, some hundred bytes, behind pointers that LeakSanitizer cannot follow.
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig"; }
#endif

namespace ootd {
namespace render {
namespace {

constexpr double kFont = 15, kChip = 22, kBar = 44, kGap = 10;
constexpr Color kInk = rgb(0xf4f4f2), kBarColor = rgb(0x17191e), kGood = rgb(0x8fd694), kBad = rgb(0xff8577);

Color color_of(const std::string& category) {
  if (category == "outer") return rgb(0xc2500f);
  if (category == "top") return rgb(0x1f62c9);
  if (category == "bottom") return rgb(0x1c7f47);
  if (category == "dress") return rgb(0xb3298a);
  return rgb(0x555a66);  // a person
}

void choose_font(cairo_t* cr) {
  cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
  cairo_set_font_size(cr, kFont);
}

double text_width(cairo_t* cr, const std::string& text) {
  cairo_text_extents_t extents;
  cairo_text_extents(cr, text.c_str(), &extents);
  return extents.x_advance;
}

void write_text(cairo_t* cr, double x, double middle, const std::string& text, Color color) {
  set_color(cr, color);
  cairo_move_to(cr, x, middle + kFont * 0.36);
  cairo_show_text(cr, text.c_str());
}

void paint_photo(cairo_t* cr, const Image& photo) {
  const Surface surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, photo.width, photo.height));
  const std::ptrdiff_t stride = cairo_image_surface_get_stride(surface.get());
  unsigned char* pixels = cairo_image_surface_get_data(surface.get());
  for (int y = 0; pixels != nullptr && y < photo.height; ++y)
    for (int x = 0; x < photo.width; ++x) {
      const std::uint8_t* p = photo.row(y) + std::ptrdiff_t{3} * x;
      const std::uint32_t word = static_cast<std::uint32_t>(p[0]) << 16 | static_cast<std::uint32_t>(p[1]) << 8 | p[2];
      std::memcpy(pixels + y * stride + std::ptrdiff_t{4} * x, &word, sizeof word);
    }
  cairo_surface_mark_dirty(surface.get());
  cairo_set_source_surface(cr, surface.get(), 0, 0);
  cairo_paint(cr);
}

Path path_of(const Box& box) {
  return rectangle(static_cast<double>(box.x), static_cast<double>(box.y), static_cast<double>(box.w),
                   static_cast<double>(box.h));
}

Box scaled(const Box& box, float s) { return {box.x * s, box.y * s, box.w * s, box.h * s}; }

void dim_outside(Canvas& canvas, const Box& crop, const Image& photo) {
  Path path = path_of({0, 0, static_cast<float>(photo.width), static_cast<float>(photo.height)});
  cairo_t* cr = canvas.ink();
  path.trace(cr);
  cairo_rectangle(cr, static_cast<double>(crop.x), static_cast<double>(crop.y), static_cast<double>(crop.w),
                  static_cast<double>(crop.h));
  cairo_set_fill_rule(cr, CAIRO_FILL_RULE_EVEN_ODD);
  set_color(cr, {0, 0, 0}, 0.55);
  cairo_fill(cr);
  cairo_set_fill_rule(cr, CAIRO_FILL_RULE_WINDING);
  canvas.tint_line(path_of(crop), kInk, 2, 0.95);
}

void draw_box(Canvas& canvas, const Garment& garment, const Box& box) {
  cairo_t* cr = canvas.ink();
  const double dashes[] = {6, 6};
  if (garment.category == kPersonCategory) cairo_set_dash(cr, dashes, 2, 0);
  canvas.tint_line(path_of(box), kInk, 4.5, 0.75);  // seen on dark clothes, too
  canvas.tint_line(path_of(box), color_of(garment.category), 2.5, 1);
  cairo_set_dash(cr, nullptr, 0, 0);
}

// Above the box's left corner, or where the next free place below that is.
void draw_chip(Canvas& canvas, const Garment& garment, const Box& box, const Image& photo, std::vector<Box>& chips) {
  char text[64];
  std::snprintf(text, sizeof text, "%s %.2f", garment.category.c_str(), static_cast<double>(garment.score));
  const auto width = static_cast<float>(text_width(canvas.ink(), text) + 12), height = static_cast<float>(kChip);
  const float low = static_cast<float>(photo.height) - height, far = static_cast<float>(photo.width) - width;
  Box chip{std::clamp(box.x, 0.0f, std::max(0.0f, far)), std::clamp(box.y - height, 0.0f, std::max(0.0f, low)), width,
           height};
  const auto taken = [&] {
    return std::ranges::any_of(chips, [&](const Box& other) { return intersect(chip, other).area() > 0; });
  };
  while (taken() && chip.y + 4 <= low) chip.y += 4;
  chips.push_back(chip);
  canvas.tint(rectangle(static_cast<double>(chip.x), static_cast<double>(chip.y), static_cast<double>(chip.w),
                        static_cast<double>(chip.h), 4),
              color_of(garment.category), 0.95);
  write_text(canvas.ink(), static_cast<double>(chip.x) + 6, static_cast<double>(chip.y) + kChip / 2, text, kInk);
}

// Below the picture: why there is no crop, or its size; then as much of the palette as there is room for.
void draw_bar(Canvas& canvas, const Overlay& overlay, const Image& photo) {
  cairo_t* cr = canvas.ink();
  const double top = photo.height, middle = top + kBar / 2;
  canvas.tint(rectangle(0, top, photo.width, kBar), kBarColor, 1);
  char size[64];
  if (overlay.crop)
    std::snprintf(size, sizeof size, "%.0f x %.0f px", static_cast<double>(overlay.crop->w),
                  static_cast<double>(overlay.crop->h));
  const std::string verdict = overlay.crop ? size : overlay.reason;
  write_text(cr, kGap, middle, verdict, overlay.crop ? kGood : kBad);
  double x = kGap + text_width(cr, verdict) + 2 * kGap;
  for (const Swatch& swatch : overlay.palette) {
    const double width = kChip + 6 + text_width(cr, swatch.name);
    if (x + width + kGap > photo.width) break;
    const Color color{swatch.rgb[0] / 255.0, swatch.rgb[1] / 255.0, swatch.rgb[2] / 255.0};
    const Path square = rectangle(x, middle - kChip / 2, kChip, kChip, 4);
    canvas.tint(square, color, 1);
    canvas.tint_line(square, kInk, 1, 0.6);
    write_text(cr, x + kChip + 6, middle, swatch.name, kInk);
    x += width + kGap;
  }
}

Image image_of(const Canvas& canvas, int width, int height) {
  Image image{.width = width, .height = height, .rgb = {}};
  image.rgb.reserve(static_cast<std::size_t>(width) * height * 3);
  int stride = 0;
  const std::uint32_t* pixels = canvas.pixels(stride);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const std::uint32_t pixel = pixels[static_cast<std::ptrdiff_t>(y) * stride + x];
      for (const int shift : {16, 8, 0}) image.rgb.push_back(static_cast<std::uint8_t>(pixel >> shift));
    }
  return image;
}

}  // namespace
}  // namespace render

Image draw_overlay(const Image& photo, const Overlay& overlay) {
  const double shrink = static_cast<double>(kOverlaySide) / std::max({photo.width, photo.height, 1});
  const auto side = [&](int pixels) { return std::max(1, static_cast<int>(std::lround(pixels * shrink))); };
  const Image small = resize(photo, side(photo.width), side(photo.height), Interpolation::kBicubic);
  const float scale = static_cast<float>(small.width) / static_cast<float>(std::max(1, overlay.width));
  const int height = small.height + static_cast<int>(render::kBar);
  render::Canvas canvas(small.width, height);
  cairo_t* cr = canvas.ink();
  render::choose_font(cr);
  render::paint_photo(cr, small);
  if (overlay.crop) render::dim_outside(canvas, render::scaled(*overlay.crop, scale), small);
  std::vector<Garment> found = overlay.found;
  // Garments over persons, and their chips first at their places.
  std::ranges::stable_partition(found, [](const Garment& g) { return g.category == kPersonCategory; });
  for (const Garment& garment : found) render::draw_box(canvas, garment, render::scaled(garment.box, scale));
  std::vector<Box> chips;
  for (auto garment = found.rbegin(); garment != found.rend(); ++garment)
    render::draw_chip(canvas, *garment, render::scaled(garment->box, scale), small, chips);
  render::draw_bar(canvas, overlay, small);
  return render::image_of(canvas, small.width, height);
}

}  // namespace ootd
