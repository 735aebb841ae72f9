#include "tools/render/fabric.h"

#include <algorithm>
#include <limits>

namespace ootd::render {

Color Fabric::edge() const { return luma(base) > 0.16 ? darker(base, 0.45) : lighter(base, 0.16); }

namespace {

// Light comes from the upper left: the right side lies in shadow.
constexpr double kLit = 0.10, kShadow = 0.24;
constexpr Color kShadowColor = {0.05, 0.02, 0.12};

Gradient shading(Point low, Point high, const Color* cloth) {
  Gradient shade(cairo_pattern_create_linear(low.x, low.y, high.x, mix(low.y, high.y, 0.25)));
  const auto stop = [&](double at, Color c, double alpha) {
    if (cloth == nullptr) return cairo_pattern_add_color_stop_rgba(shade.get(), at, c.r, c.g, c.b, alpha);
    const Color lit = mix(*cloth, c, alpha);
    cairo_pattern_add_color_stop_rgb(shade.get(), at, lit.r, lit.g, lit.b);
  };
  stop(0, Color{1, 1, 1}, kLit);
  stop(0.4, Color{1, 1, 1}, 0);
  stop(0.4, kShadowColor, 0);
  stop(1, kShadowColor, kShadow);
  return shade;
}

}  // namespace

void drape(Canvas& canvas, std::span<const Path> pieces, const Fabric& fabric, double angle, const Path* edge) {
  constexpr double kMax = std::numeric_limits<double>::max();
  Point low = {kMax, kMax}, high = {-kMax, -kMax};
  for (const Path& piece : pieces) {
    low = {std::min(low.x, piece.low().x), std::min(low.y, piece.low().y)};
    high = {std::max(high.x, piece.high().x), std::max(high.y, piece.high().y)};
  }
  for (const Path& piece : edge != nullptr ? std::span(edge, 1) : pieces) canvas.stroke(piece, fabric.edge(), 0.6);

  // The cloth is painted apart and then cut: one antialiased edge instead of one for every stripe, and no shadow twice
  // where pieces overlap.
  cairo_t* cr = canvas.ink();
  Gradient cloth;
  if (fabric.pattern == Pattern::kPlain) {
    cloth = shading(low, high, &fabric.base);
  } else {
    cairo_save(cr);
    rectangle(low.x - 1, low.y - 1, high.x - low.x + 2, high.y - low.y + 2).trace(cr);
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
    cairo_clip(cr);
    cairo_push_group(cr);
    set_color(cr, fabric.base);
    cairo_paint(cr);
    cairo_save(cr);
    const Point middle = mix(low, high, 0.5);
    Point reach = high - middle;
    if (angle != 0) {
      cairo_translate(cr, middle.x, middle.y);
      cairo_rotate(cr, angle);
      cairo_translate(cr, -middle.x, -middle.y);
      reach = {length(reach), length(reach)};
    }
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_DEFAULT);
    draw_pattern(cr, fabric, middle - reach, middle + reach);
    cairo_restore(cr);
    cairo_set_source(cr, shading(low, high, nullptr).get());
    cairo_paint(cr);
    cloth.reset(cairo_pop_group(cr));
    cairo_restore(cr);
  }
  for (const Path& piece : pieces) {
    cairo_set_source(cr, cloth.get());
    piece.trace(cr);
    cairo_fill(cr);
    canvas.cover(piece);
  }
}

}  // namespace ootd::render
