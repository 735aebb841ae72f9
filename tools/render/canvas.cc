#include "tools/render/canvas.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numbers>

#include "ootd/base/error.h"

namespace ootd::render {

Color mix(Color a, Color b, double t) { return {mix(a.r, b.r, t), mix(a.g, b.g, t), mix(a.b, b.b, t)}; }
Color darker(Color c, double amount) { return mix(c, Color{0.06, 0.04, 0.1}, amount); }
Color lighter(Color c, double amount) { return mix(c, Color{1, 1, 0.97}, amount); }
double luma(Color c) { return 0.299 * c.r + 0.587 * c.g + 0.114 * c.b; }

Color hsl(double hue, double saturation, double lightness) {
  const double a = saturation * std::min(lightness, 1 - lightness);
  const auto channel = [&](double n) {
    const double k = std::fmod(n + (hue - std::floor(hue)) * 12, 12.0);
    return lightness - a * std::max(-1.0, std::min({k - 3, 9 - k, 1.0}));
  };
  return {channel(0), channel(8), channel(4)};
}

Path& Path::move(Point p) {
  steps_.push_back({Kind::kMove, p, p, p});
  return *this;
}

Path& Path::line(Point p) {
  steps_.push_back({Kind::kLine, p, p, p});
  return *this;
}

Path& Path::curve(Point c1, Point c2, Point p) {
  steps_.push_back({Kind::kCurve, p, c1, c2});
  return *this;
}

Path& Path::spline(std::span<const Point> points) {
  const Point start = last();
  const auto at = [&](std::ptrdiff_t i) {
    i = std::clamp<std::ptrdiff_t>(i, -1, static_cast<std::ptrdiff_t>(points.size()) - 1);
    return i < 0 ? start : points[static_cast<std::size_t>(i)];
  };
  for (std::ptrdiff_t i = 0; i < static_cast<std::ptrdiff_t>(points.size()); ++i) {
    // A short stretch between long ones must not overshoot its end.
    const double reach = 0.4 * length(at(i) - at(i - 1));
    const auto handle = [&](Point tangent) { return unit(tangent) * std::min(length(tangent) / 6, reach); };
    curve(at(i - 1) + handle(at(i) - at(i - 2)), at(i) - handle(at(i + 1) - at(i - 1)), at(i));
  }
  return *this;
}

Path& Path::close() {
  steps_.push_back({Kind::kClose, last(), last(), last()});
  return *this;
}

void Path::trace(cairo_t* cr) const {
  cairo_new_path(cr);
  for (const Step& step : steps_) {
    switch (step.kind) {
      case Kind::kMove:
        cairo_move_to(cr, step.to.x, step.to.y);
        break;
      case Kind::kLine:
        cairo_line_to(cr, step.to.x, step.to.y);
        break;
      case Kind::kCurve:
        cairo_curve_to(cr, step.c1.x, step.c1.y, step.c2.x, step.c2.y, step.to.x, step.to.y);
        break;
      case Kind::kClose:
        cairo_close_path(cr);
        break;
    }
  }
}

Point Path::low() const {
  Point low{std::numeric_limits<double>::max(), std::numeric_limits<double>::max()};
  for (const Step& step : steps_)
    for (const Point p : {step.to, step.c1, step.c2}) low = {std::min(low.x, p.x), std::min(low.y, p.y)};
  return low;
}

Point Path::high() const {
  Point high{std::numeric_limits<double>::lowest(), std::numeric_limits<double>::lowest()};
  for (const Step& step : steps_)
    for (const Point p : {step.to, step.c1, step.c2}) high = {std::max(high.x, p.x), std::max(high.y, p.y)};
  return high;
}

Path polyline(std::initializer_list<Point> points) {
  Path path;
  bool first = true;
  for (const Point p : points) {
    first ? path.move(p) : path.line(p);
    first = false;
  }
  return path;
}

Path polygon(std::initializer_list<Point> points) { return polyline(points).close(); }

Path ellipse(Point c, double rx, double ry) {
  constexpr double k = 0.5523;  // four Bezier curves, the usual approximation of a circle
  Path path;
  path.move({c.x + rx, c.y});
  path.curve({c.x + rx, c.y + ry * k}, {c.x + rx * k, c.y + ry}, {c.x, c.y + ry});
  path.curve({c.x - rx * k, c.y + ry}, {c.x - rx, c.y + ry * k}, {c.x - rx, c.y});
  path.curve({c.x - rx, c.y - ry * k}, {c.x - rx * k, c.y - ry}, {c.x, c.y - ry});
  path.curve({c.x + rx * k, c.y - ry}, {c.x + rx, c.y - ry * k}, {c.x + rx, c.y});
  return path.close();
}

Path rectangle(double x, double y, double w, double h, double r) {
  if (r <= 0) return polygon({{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}});
  r = std::min({r, w / 2, h / 2});
  const double q = r * 0.4477;
  Path path;
  path.move({x + r, y}).line({x + w - r, y}).curve({x + w - q, y}, {x + w, y + q}, {x + w, y + r});
  path.line({x + w, y + h - r}).curve({x + w, y + h - q}, {x + w - q, y + h}, {x + w - r, y + h});
  path.line({x + r, y + h}).curve({x + q, y + h}, {x, y + h - q}, {x, y + h - r});
  path.line({x, y + r}).curve({x, y + q}, {x + q, y}, {x + r, y});
  return path.close();
}

std::vector<Point> tube_edge(std::span<const Rib> ribs, int side) {
  std::vector<Point> edge;
  for (std::size_t i = 0; i < ribs.size(); ++i) {
    const Point along = unit(ribs[std::min(i + 1, ribs.size() - 1)].at - ribs[i == 0 ? 0 : i - 1].at);
    const Point normal = {side == 0 ? along.y : -along.y, side == 0 ? -along.x : along.x};
    edge.push_back(ribs[i].at + normal * ribs[i].radius);
  }
  return edge;
}

Path tube(std::span<const Rib> ribs, Ends ends) {
  const std::vector<Point> left = tube_edge(ribs, 0);
  std::vector<Point> right = tube_edge(ribs, 1);
  const Point into = unit(ribs[1].at - ribs[0].at);
  const Point out = unit(ribs.back().at - ribs[ribs.size() - 2].at);
  Path path;
  path.move(left.front()).spline(std::span(left).subspan(1));
  if (ends.round_end) {
    const Point bulge = out * (ribs.back().radius * 1.33);
    path.curve(left.back() + bulge, right.back() + bulge, right.back());
  } else {
    path.line(right.back());
  }
  std::reverse(right.begin(), right.end());
  path.spline(std::span(right).subspan(1));
  if (ends.round_start) {
    const Point bulge = into * (ribs.front().radius * -1.33);
    path.curve(right.back() + bulge, left.front() + bulge, left.front());
  }
  return path.close();
}

std::vector<Rib> trimmed(std::span<const Rib> ribs, double fraction) {
  double total = 0;
  for (std::size_t i = 1; i < ribs.size(); ++i) total += length(ribs[i].at - ribs[i - 1].at);
  double left = total * fraction;
  std::vector<Rib> out = {ribs[0]};
  for (std::size_t i = 1; i < ribs.size(); ++i) {
    const double step = length(ribs[i].at - ribs[i - 1].at);
    const double t = step > 0 ? std::min(1.0, left / step) : 1.0;
    out.push_back({mix(ribs[i - 1].at, ribs[i].at, t), mix(ribs[i - 1].radius, ribs[i].radius, t)});
    if (t < 1) break;
    left -= step;
  }
  return out;
}

std::vector<Rib> section(std::span<const Rib> ribs, double from, double to) {
  const std::vector<Rib> head = trimmed(ribs, from), whole = trimmed(ribs, to);
  std::vector<Rib> out = {head.back()};
  for (std::size_t i = head.size() - 1; i < whole.size(); ++i)
    if (length(whole[i].at - out.back().at) > 1e-6) out.push_back(whole[i]);
  if (out.size() < 2) out.push_back(whole.back());
  return out;
}

Canvas::Canvas(int width, int height)
    : color_surface_(cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height)),
      mask_surface_(cairo_image_surface_create(CAIRO_FORMAT_A8, width, height)),
      ink_(cairo_create(color_surface_.get())),
      stamp_(cairo_create(mask_surface_.get())) {
  for (cairo_t* cr : {ink_.get(), stamp_.get()}) {
    if (cairo_status(cr) != CAIRO_STATUS_SUCCESS)
      throw Error(Kind::kUnavailable, "cannot make a drawing of " + std::to_string(width) + " x " +
                                          std::to_string(height) + " px: " + cairo_status_to_string(cairo_status(cr)));
    cairo_set_line_cap(cr, CAIRO_LINE_CAP_ROUND);
    cairo_set_line_join(cr, CAIRO_LINE_JOIN_ROUND);
  }
  // A mask pixel is one part or another, never a blend of two.
  cairo_set_antialias(stamp_.get(), CAIRO_ANTIALIAS_NONE);
  cairo_set_operator(stamp_.get(), CAIRO_OPERATOR_SOURCE);
}

void Canvas::transform(const cairo_matrix_t& matrix) {
  cairo_transform(ink_.get(), &matrix);
  cairo_transform(stamp_.get(), &matrix);
}

void set_color(cairo_t* cr, Color c, double alpha) { cairo_set_source_rgba(cr, c.r, c.g, c.b, alpha); }

void Canvas::cover(const Path& path) {
  cairo_set_source_rgba(stamp_.get(), 0, 0, 0, part_ / 255.0);
  path.trace(stamp_.get());
  cairo_fill(stamp_.get());
}

void Canvas::cover_line(const Path& path, double width) {
  cairo_set_source_rgba(stamp_.get(), 0, 0, 0, part_ / 255.0);
  cairo_set_line_width(stamp_.get(), width);
  path.trace(stamp_.get());
  cairo_stroke(stamp_.get());
}

void Canvas::tint(const Path& path, Color color, double alpha) {
  set_color(ink(), color, alpha);
  path.trace(ink());
  cairo_fill(ink());
}

void Canvas::tint_line(const Path& path, Color color, double width, double alpha) {
  set_color(ink(), color, alpha);
  cairo_set_line_width(ink(), width);
  path.trace(ink());
  cairo_stroke(ink());
}

void Canvas::fill(const Path& path, Color color) {
  tint(path, color, 1);
  cover(path);
}

void Canvas::stroke(const Path& path, Color color, double width) {
  tint_line(path, color, width, 1);
  cover_line(path, width);
}

void Canvas::outlined(const Path& path, Color color, double line) {
  stroke(path, darker(color, 0.42), line);
  fill(path, color);
}

std::uint32_t* Canvas::pixels(int& stride) {
  cairo_surface_flush(color_surface_.get());
  stride = cairo_image_surface_get_stride(color_surface_.get()) / 4;
  return reinterpret_cast<std::uint32_t*>(cairo_image_surface_get_data(color_surface_.get()));
}

const std::uint32_t* Canvas::pixels(int& stride) const { return const_cast<Canvas*>(this)->pixels(stride); }

const std::uint8_t* Canvas::mask(int& stride) const {
  cairo_surface_flush(mask_surface_.get());
  stride = cairo_image_surface_get_stride(mask_surface_.get());
  return cairo_image_surface_get_data(mask_surface_.get());
}

}  // namespace ootd::render
