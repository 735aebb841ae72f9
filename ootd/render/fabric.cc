#include "ootd/render/fabric.h"

#include <algorithm>
#include <limits>

namespace ootd::render {

Color Fabric::edge() const { return luma(base) > 0.16 ? darker(base, 0.45) : lighter(base, 0.16); }

void drape(Canvas& canvas, std::span<const Path> pieces, const Fabric& fabric, double angle, const Path* edge) {
  constexpr double kMax = std::numeric_limits<double>::max();
  Point low = {kMax, kMax}, high = {-kMax, -kMax};
  for (const Path& piece : pieces) {
    low = {std::min(low.x, piece.low().x), std::min(low.y, piece.low().y)};
    high = {std::max(high.x, piece.high().x), std::max(high.y, piece.high().y)};
  }
  cairo_t* cr = canvas.ink();
  for (const Path& piece : edge != nullptr ? std::span(edge, 1) : pieces) canvas.stroke(piece, fabric.edge(), 0.6);

  if (fabric.pattern == Pattern::kPlain) {
    for (const Path& piece : pieces) canvas.fill(piece, fabric.base);
  } else {
    // The cloth is painted apart and then cut: one antialiased edge instead of one for every stripe.
    cairo_save(cr);
    rectangle(low.x - 1, low.y - 1, high.x - low.x + 2, high.y - low.y + 2).trace(cr);
    cairo_set_antialias(cr, CAIRO_ANTIALIAS_NONE);
    cairo_clip(cr);
    cairo_push_group(cr);
    set_color(cr, fabric.base);
    cairo_paint(cr);
    const Point middle = mix(low, high, 0.5);
    Point reach = high - middle;
    if (angle != 0) {
      cairo_translate(cr, middle.x, middle.y);
      cairo_rotate(cr, angle);
      cairo_translate(cr, -middle.x, -middle.y);
      reach = {length(reach), length(reach)};
    }
    draw_pattern(cr, fabric, middle - reach, middle + reach);
    const Gradient cloth(cairo_pop_group(cr));
    cairo_restore(cr);
    for (const Path& piece : pieces) {
      cairo_set_source(cr, cloth.get());
      piece.trace(cr);
      cairo_fill(cr);
      canvas.cover(piece);
    }
  }
  // Light comes from the upper left: the right edge lies in shadow.
  const Gradient shade(cairo_pattern_create_linear(low.x, low.y, high.x, mix(low.y, high.y, 0.25)));
  cairo_pattern_add_color_stop_rgba(shade.get(), 0, 1, 1, 1, 0.10);
  cairo_pattern_add_color_stop_rgba(shade.get(), 0.4, 0.5, 0.5, 0.5, 0);
  cairo_pattern_add_color_stop_rgba(shade.get(), 1, 0.05, 0.02, 0.12, 0.24);
  for (const Path& piece : pieces) {
    cairo_set_source(cr, shade.get());
    piece.trace(cr);
    cairo_fill(cr);
  }
}

}  // namespace ootd::render
