#include "ootd/detect/overlay.h"

#include <cairo.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/detect/lab.h"
#include "ootd/image/resize.h"

#ifdef __SANITIZE_ADDRESS__
// fontconfig keeps what it has read of the fonts, some hundred bytes, behind pointers that LeakSanitizer cannot follow.
extern "C" const char* __lsan_default_suppressions() { return "leak:libfontconfig"; }
#endif

namespace ootd {
namespace {

constexpr float kFont = 15, kChip = 22, kBar = 44, kGap = 10;
using Color = std::uint32_t;  // 0xRRGGBB
constexpr Color kInk = 0xf4f4f2, kBarColor = 0x17191e, kGood = 0x8fd694, kBad = 0xff8577;

Color color_of(const std::string& category) {
  if (category == "outer") return 0xc2500f;
  if (category == "top") return 0x1f62c9;
  if (category == "bottom") return 0x1c7f47;
  if (category == "dress") return 0xb3298a;
  return 0x555a66;  // a person
}

struct CairoFree {
  void operator()(cairo_t* p) const { cairo_destroy(p); }
  void operator()(cairo_surface_t* p) const { cairo_surface_destroy(p); }
};

// The photo with the bar's room below it.
class Canvas {
 public:
  explicit Canvas(const Image& photo)
      : width_(photo.width),
        height_(photo.height + static_cast<int>(kBar)),
        surface_(cairo_image_surface_create(CAIRO_FORMAT_RGB24, width_, height_)),
        ink_(cairo_create(surface_.get())) {
    if (const auto status = cairo_status(ink()); status != CAIRO_STATUS_SUCCESS)
      throw Error(Kind::kUnavailable, "cannot draw on " + std::to_string(width_) + " x " + std::to_string(height_) +
                                          " px: " + cairo_status_to_string(status));
    for (int y = 0; y < photo.height; ++y)
      for (int x = 0; x < width_; ++x) {
        const std::uint8_t* p = photo.row(y) + std::ptrdiff_t{3} * x;
        const Color word = static_cast<Color>(p[0]) << 16 | static_cast<Color>(p[1]) << 8 | p[2];
        std::memcpy(pixel(x, y), &word, sizeof word);
      }
    cairo_surface_mark_dirty(surface_.get());
    cairo_select_font_face(ink(), "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_BOLD);
    cairo_set_font_size(ink(), kFont);
    cairo_set_line_join(ink(), CAIRO_LINE_JOIN_ROUND);
  }

  cairo_t* ink() const { return ink_.get(); }

  void trace(const Box& box) { cairo_rectangle(ink(), box.x, box.y, box.w, box.h); }
  void fill(const Box& box, Color color, double alpha = 1) {
    set_color(color, alpha);
    trace(box);
    cairo_fill(ink());
  }
  void outline(const Box& box, Color color, double width, double alpha = 1) {
    set_color(color, alpha);
    cairo_set_line_width(ink(), width);
    trace(box);
    cairo_stroke(ink());
  }
  void write(float x, float middle, const std::string& text, Color color) {
    set_color(color, 1);
    cairo_move_to(ink(), x, middle + kFont * 0.36f);
    cairo_show_text(ink(), text.c_str());
  }
  float text_width(const std::string& text) const {
    cairo_text_extents_t extents;
    cairo_text_extents(ink(), text.c_str(), &extents);
    return static_cast<float>(extents.x_advance);
  }
  void set_color(Color c, double alpha) {
    cairo_set_source_rgba(ink(), (c >> 16 & 255) / 255.0, (c >> 8 & 255) / 255.0, (c & 255) / 255.0, alpha);
  }

  Image image() const {
    cairo_surface_flush(surface_.get());
    Image image{.width = width_, .height = height_, .rgb = {}};
    image.rgb.reserve(static_cast<std::size_t>(width_) * height_ * 3);
    for (int y = 0; y < height_; ++y)
      for (int x = 0; x < width_; ++x) {
        Color word;
        std::memcpy(&word, pixel(x, y), sizeof word);
        for (const int shift : {16, 8, 0}) image.rgb.push_back(static_cast<std::uint8_t>(word >> shift));
      }
    return image;
  }

 private:
  unsigned char* pixel(int x, int y) const {
    return cairo_image_surface_get_data(surface_.get()) +
           std::ptrdiff_t{y} * cairo_image_surface_get_stride(surface_.get()) + std::ptrdiff_t{4} * x;
  }

  int width_, height_;
  std::unique_ptr<cairo_surface_t, CairoFree> surface_;
  std::unique_ptr<cairo_t, CairoFree> ink_;
};

Box scaled(const Box& box, float s) { return {box.x * s, box.y * s, box.w * s, box.h * s}; }

void dim_outside(Canvas& canvas, const Box& crop, const Image& photo) {
  cairo_set_fill_rule(canvas.ink(), CAIRO_FILL_RULE_EVEN_ODD);
  canvas.trace(crop);
  canvas.fill({0, 0, static_cast<float>(photo.width), static_cast<float>(photo.height)}, 0, 0.55);
  canvas.outline(crop, kInk, 2, 0.95);
}

void draw_box(Canvas& canvas, const Garment& garment, const Box& box) {
  const double dashes[] = {6, 6};
  if (garment.category == kPersonCategory) cairo_set_dash(canvas.ink(), dashes, 2, 0);
  canvas.outline(box, kInk, 4.5, 0.75);  // seen on dark clothes, too
  canvas.outline(box, color_of(garment.category), 2.5);
  cairo_set_dash(canvas.ink(), nullptr, 0, 0);
}

// Above the box's left corner, or where the next free place below that is.
void draw_chip(Canvas& canvas, const Garment& garment, const Box& box, const Image& photo, std::vector<Box>& chips) {
  char text[64];
  std::snprintf(text, sizeof text, "%s %.2f", garment.category.c_str(), static_cast<double>(garment.score));
  const float width = canvas.text_width(text) + 12;
  const float low = static_cast<float>(photo.height) - kChip, far = static_cast<float>(photo.width) - width;
  Box chip{std::clamp(box.x, 0.0f, std::max(0.0f, far)), std::clamp(box.y - kChip, 0.0f, std::max(0.0f, low)), width,
           kChip};
  const auto taken = [&] {
    return std::ranges::any_of(chips, [&](const Box& other) { return intersect(chip, other).area() > 0; });
  };
  while (taken() && chip.y + 4 <= low) chip.y += 4;
  chips.push_back(chip);
  canvas.fill(chip, color_of(garment.category), 0.95);
  canvas.write(chip.x + 6, chip.y + kChip / 2, text, kInk);
}

// Below the picture: why there is no crop, or its size; then as much of the palette as there is room for.
void draw_bar(Canvas& canvas, const PhotoOutfit& seen, const Image& photo) {
  const auto top = static_cast<float>(photo.height), width = static_cast<float>(photo.width), middle = top + kBar / 2;
  canvas.fill({0, top, width, kBar}, kBarColor);
  const std::optional<Box>& crop = seen.outfit.crop;
  char size[64] = "";
  if (crop)
    std::snprintf(size, sizeof size, "%.0f x %.0f px", static_cast<double>(crop->w), static_cast<double>(crop->h));
  const std::string verdict = crop ? std::string(size) : std::string(to_string(seen.outfit.refusal));
  canvas.write(kGap, middle, verdict, crop ? kGood : kBad);
  float x = kGap + canvas.text_width(verdict) + 2 * kGap;
  std::vector<std::string_view> shown;
  for (const GarmentColors& garment : seen.palette)
    for (const PaletteColor& color : garment.colors) {
      if (std::ranges::find(shown, color.name.name) != shown.end()) continue;
      shown.push_back(color.name.name);
      const std::string name(color.name.name);
      const float room = kChip + 6 + canvas.text_width(name);
      if (x + room + kGap > width) return;
      const auto [r, g, b] = srgb_of(color.color);
      const Box square{x, middle - kChip / 2, kChip, kChip};
      canvas.fill(square, static_cast<Color>(r) << 16 | static_cast<Color>(g) << 8 | b);
      canvas.outline(square, kInk, 1, 0.6);
      canvas.write(x + kChip + 6, middle, name, kInk);
      x += room + kGap;
    }
}

}  // namespace

Image draw_overlay(const Image& photo, const PhotoOutfit& seen) {
  const double shrink = static_cast<double>(kOverlaySide) / std::max({photo.width, photo.height, 1});
  const auto side = [&](int pixels) { return std::max(1, static_cast<int>(std::lround(pixels * shrink))); };
  const Image small = resize(photo, side(photo.width), side(photo.height), Interpolation::kBicubic);
  const float scale = static_cast<float>(small.width) / static_cast<float>(std::max(1, seen.width));
  Canvas canvas(small);
  if (seen.outfit.crop) dim_outside(canvas, scaled(*seen.outfit.crop, scale), small);
  std::vector<Garment> found = seen.found;
  // Garments over persons, and their chips first at their places.
  std::ranges::stable_partition(found, [](const Garment& g) { return g.category == kPersonCategory; });
  for (const Garment& garment : found) draw_box(canvas, garment, scaled(garment.box, scale));
  std::vector<Box> chips;
  for (auto garment = found.rbegin(); garment != found.rend(); ++garment)
    draw_chip(canvas, *garment, scaled(garment->box, scale), small, chips);
  draw_bar(canvas, seen, small);
  return canvas.image();
}

}  // namespace ootd
