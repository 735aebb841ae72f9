// Drawing in colour and, in the same order, into a mask that says which part each pixel belongs to. Internal to render.
#pragma once

#include <cairo.h>

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <vector>

namespace ootd::render {

struct Point {
  double x = 0, y = 0;
  friend Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
  friend Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
  friend Point operator*(Point a, double s) { return {a.x * s, a.y * s}; }
};
inline double mix(double a, double b, double t) { return a + (b - a) * t; }
inline Point mix(Point a, Point b, double t) { return a + (b - a) * t; }
inline double length(Point a) { return std::hypot(a.x, a.y); }
inline Point unit(Point a) { return length(a) > 1e-9 ? a * (1 / length(a)) : Point{0, 1}; }

struct Color {
  double r = 0, g = 0, b = 0;  // 0..1
};
constexpr Color rgb(std::uint32_t hex) {
  return {(hex >> 16 & 255) / 255.0, (hex >> 8 & 255) / 255.0, (hex & 255) / 255.0};
}
Color mix(Color a, Color b, double t);
Color darker(Color c, double amount);
Color lighter(Color c, double amount);
double luma(Color c);
Color hsl(double hue, double saturation, double lightness);  // hue in turns

// Lines and Bezier curves. Closing is implied where a path is filled.
class Path {
 public:
  Path& move(Point p);
  Path& line(Point p);
  Path& curve(Point c1, Point c2, Point p);
  // A smooth curve (Catmull-Rom) from the current point through `points`; a corner is where two calls meet.
  Path& spline(std::span<const Point> points);
  Path& spline(std::initializer_list<Point> points) { return spline(std::span(points.begin(), points.size())); }
  Path& close();
  void trace(cairo_t* cr) const;
  Point low() const;  // corner of a box that holds all control points
  Point high() const;
  Point last() const { return steps_.empty() ? Point{} : steps_.back().to; }

 private:
  enum class Kind : std::uint8_t { kMove, kLine, kCurve, kClose };
  struct Step {
    Kind kind;
    Point to, c1, c2;
  };
  std::vector<Step> steps_;
};

Path polygon(std::initializer_list<Point> points);
Path polyline(std::initializer_list<Point> points);
Path ellipse(Point center, double rx, double ry);
Path rectangle(double x, double y, double w, double h, double corner = 0);

// A limb or a sleeve: a band of changing half-width along a line.
struct Rib {
  Point at;
  double radius;
};
struct Ends {
  bool round_start = false, round_end = false;
};
Path tube(std::span<const Rib> ribs, Ends ends = {});
// One long edge of the tube, left (side 0) or right (1) as seen along the line.
std::vector<Point> tube_edge(std::span<const Rib> ribs, int side);
std::vector<Rib> trimmed(std::span<const Rib> ribs, double fraction);  // its first part, by length
std::vector<Rib> section(std::span<const Rib> ribs, double from, double to);

struct CairoFree {
  void operator()(cairo_t* p) const { cairo_destroy(p); }
  void operator()(cairo_surface_t* p) const { cairo_surface_destroy(p); }
  void operator()(cairo_pattern_t* p) const { cairo_pattern_destroy(p); }
};
using Context = std::unique_ptr<cairo_t, CairoFree>;
using Surface = std::unique_ptr<cairo_surface_t, CairoFree>;
using Gradient = std::unique_ptr<cairo_pattern_t, CairoFree>;

// Throws Error(kUnavailable) if cairo has no memory for the surface.
class Canvas {
 public:
  Canvas(int width, int height);  // transparent; mask all 0

  void set_part(std::uint8_t part) { part_ = part; }
  void transform(const cairo_matrix_t& matrix);  // before drawing

  // fill and stroke cover the mask; tint, tint_line and whatever is drawn on ink() directly do not.
  void fill(const Path& path, Color color);
  void stroke(const Path& path, Color color, double width);
  void tint(const Path& path, Color color, double alpha);
  void tint_line(const Path& path, Color color, double width, double alpha);
  void cover(const Path& path);                                     // mask only
  void cover_line(const Path& path, double width);                  // mask only
  void outlined(const Path& path, Color color, double line = 0.5);  // with a darker edge around

  cairo_t* ink() const { return ink_.get(); }
  // Premultiplied ARGB32 words, stride in words; and one byte a pixel.
  const std::uint32_t* pixels(int& stride) const;
  const std::uint8_t* mask(int& stride) const;
  std::uint32_t* pixels(int& stride);

 private:
  Surface color_surface_, mask_surface_;
  Context ink_, stamp_;
  std::uint8_t part_ = 0;
};

void set_color(cairo_t* cr, Color color, double alpha = 1);

}  // namespace ootd::render
