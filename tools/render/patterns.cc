// The patterns. Each covers the box low..high, in figure units (the person is 100 high), on top of the base colour.
#include <algorithm>
#include <numbers>

#include "ootd/base/random.h"
#include "tools/render/fabric.h"

namespace ootd::render {
namespace {

struct Cloth {
  cairo_t* cr;
  const Fabric& fabric;
  Point low, high;
  Random random;

  void bars(double pitch, double width, bool upright, Color color, double alpha, double shift = 0) {
    set_color(cr, color, alpha);
    const double from = upright ? low.x : low.y, to = upright ? high.x : high.y;
    for (double at = std::floor(from / pitch) * pitch + shift; at < to; at += pitch) {
      if (upright)
        cairo_rectangle(cr, at, low.y, width, high.y - low.y);
      else
        cairo_rectangle(cr, low.x, at, high.x - low.x, width);
    }
    cairo_fill(cr);
  }

  // Calls draw(point) near the nodes of a staggered grid.
  template <class Draw>
  void scatter(double pitch, double jitter, Draw draw) {
    bool odd = false;
    for (double y = low.y - pitch; y < high.y + pitch; y += pitch * 0.87, odd = !odd)
      for (double x = low.x - pitch + (odd ? pitch / 2 : 0); x < high.x + pitch; x += pitch)
        draw(Point{x + random.uniform(-jitter, jitter), y + random.uniform(-jitter, jitter)});
  }

  void disc(Point at, double radius, Color color, double alpha = 1) {
    set_color(cr, color, alpha);
    cairo_new_path(cr);
    cairo_arc(cr, at.x, at.y, radius, 0, 2 * std::numbers::pi);
    cairo_fill(cr);
  }

  void lines(std::span<const Path> paths, Color color, double width, double alpha) {
    set_color(cr, color, alpha);
    cairo_set_line_width(cr, width);
    for (const Path& path : paths) {
      path.trace(cr);
      cairo_stroke(cr);
    }
  }

  void flower(Point at, double size) {
    const double turn = random.uniform(0, 2);
    const bool other = random.uniform() < 0.4;
    for (int i = 0; i < 5; ++i) {
      const double a = turn + i * 2 * std::numbers::pi / 5;
      disc(at + Point{std::cos(a), std::sin(a)} * (size * 0.62), size * 0.5, other ? fabric.third : fabric.second);
    }
    disc(at, size * 0.36, rgb(0xf2c84b));
    disc(at + Point{size * 1.5, size * 0.9}, size * 0.36, mix(rgb(0x5f8a57), fabric.second, 0.25));
  }

  void blob(Point at, double size, Color color) {
    Path path;
    Point points[7];
    for (int i = 0; i < 7; ++i) {
      const double a = i * 2 * std::numbers::pi / 7, r = size * random.uniform(0.5, 1.25);
      points[i] = at + Point{std::cos(a) * r * 1.35, std::sin(a) * r * 0.8};
    }
    path.move(points[6]).spline(points);
    set_color(cr, color, 1);
    path.close().trace(cr);
    cairo_fill(cr);
  }

  void diamonds(double w, double h, Color color) {
    bool odd = false;
    set_color(cr, color, 1);
    for (double y = std::floor(low.y / h) * h; y < high.y + h; y += h, odd = !odd)
      for (double x = std::floor(low.x / w) * w + (odd ? w / 2 : 0); x < high.x + w; x += w) {
        polygon({{x, y - h}, {x + w / 2, y}, {x, y + h}, {x - w / 2, y}}).trace(cr);
        if (odd) cairo_fill(cr);
      }
  }
};

}  // namespace

void draw_pattern(cairo_t* cr, const Fabric& f, Point low, Point high) {
  Cloth cloth{cr, f, low, high, Random(f.seed)};
  const double s = f.scale;
  const Color dark = darker(f.base, 0.35), light = lighter(f.base, 0.35);
  switch (f.pattern) {
    case Pattern::kPlain:
      break;
    case Pattern::kSatin: {
      const Gradient gleam(cairo_pattern_create_linear(low.x, low.y, high.x, high.y));
      for (int i = 0; i <= 6; ++i)
        cairo_pattern_add_color_stop_rgba(gleam.get(), i / 6.0, 1, 1, 1, i % 2 == 0 ? 0.02 : 0.3);
      cairo_set_source(cr, gleam.get());
      cairo_paint(cr);
      break;
    }
    case Pattern::kStripes:
      cloth.bars(2.6 * s, 1.15 * s, false, f.second, 1);
      break;
    case Pattern::kPinstripe:
      cloth.bars(1.9 * s, 0.26, true, f.second, 0.75);
      break;
    case Pattern::kHickory:
      cloth.bars(1.1 * s, 0.5 * s, true, f.second, 0.9);
      break;
    case Pattern::kPlaid:
      cloth.bars(4.4 * s, 1.9 * s, true, f.second, 0.55);
      cloth.bars(4.4 * s, 1.9 * s, false, f.second, 0.55);
      cloth.bars(4.4 * s, 0.35 * s, true, f.third, 0.9, 2.9 * s);
      cloth.bars(4.4 * s, 0.35 * s, false, f.third, 0.9, 2.9 * s);
      break;
    case Pattern::kGingham:
      cloth.bars(1.7 * s, 0.85 * s, true, f.second, 0.5);
      cloth.bars(1.7 * s, 0.85 * s, false, f.second, 0.5);
      break;
    case Pattern::kCheck:  // glen check: fine lines that thicken in bands
      cloth.bars(0.9, 0.26, true, f.second, 0.4);
      cloth.bars(0.9, 0.26, false, f.second, 0.4);
      cloth.bars(4.6 * s, 1.6 * s, true, f.second, 0.3);
      cloth.bars(4.6 * s, 1.6 * s, false, f.second, 0.3);
      break;
    case Pattern::kDots:
      cloth.scatter(2.5 * s, 0, [&](Point p) { cloth.disc(p, 0.52 * s, f.second); });
      break;
    case Pattern::kFloral:
      cloth.scatter(4.4 * s, 0.9 * s, [&](Point p) { cloth.flower(p, cloth.random.uniform(0.7, 1.25) * s); });
      break;
    case Pattern::kCamo:
      cloth.scatter(5.2 * s, 1.6, [&](Point p) { cloth.blob(p, 2.0 * s, f.second); });
      cloth.scatter(5.8 * s, 2.2, [&](Point p) { cloth.blob(p, 1.5 * s, f.third); });
      cloth.scatter(7.5 * s, 2.5, [&](Point p) { cloth.blob(p, 1.0 * s, darker(f.base, 0.6)); });
      break;
    case Pattern::kBlocks: {
      const double cut = mix(low.y, high.y, 0.42), tilt = Random(f.seed).uniform(-3, 3);
      set_color(cr, f.second);
      polygon({low, {high.x, low.y}, {high.x, cut + tilt}, {low.x, cut - tilt}}).trace(cr);
      cairo_fill(cr);
      set_color(cr, f.third);
      polygon({{low.x, cut - tilt}, {high.x, cut + tilt}, {high.x, cut + tilt + 1.6}, {low.x, cut - tilt + 1.6}})
          .trace(cr);
      cairo_fill(cr);
      break;
    }
    case Pattern::kDenim: {
      cloth.bars(0.75, 0.24, true, light, 0.22);
      const double fade = mix(low.y, high.y, 0.35);
      const Gradient wash(cairo_pattern_create_radial((low.x + high.x) / 2, fade, 0, (low.x + high.x) / 2, fade,
                                                      (high.y - low.y) * 0.4));
      cairo_pattern_add_color_stop_rgba(wash.get(), 0, 1, 1, 1, 0.22 * s);
      cairo_pattern_add_color_stop_rgba(wash.get(), 1, 1, 1, 1, 0);
      cairo_set_source(cr, wash.get());
      cairo_paint(cr);
      break;
    }
    case Pattern::kKnit:
      cloth.bars(1.15 * s, 0.3, true, dark, 0.3);
      break;
    case Pattern::kCable: {
      cloth.bars(1.1, 0.22, true, dark, 0.2);
      std::vector<Path> ropes;
      for (double x = std::floor(low.x / 5.0) * 5.0; x < high.x; x += 5.0)
        for (const double sign : {-1.0, 1.0}) {
          Path rope;
          rope.move({x, low.y});
          for (double y = low.y; y < high.y; y += 3.0)
            rope.spline({{x + sign * 0.9, y + 0.75}, {x, y + 1.5}, {x - sign * 0.9, y + 2.25}, {x, y + 3.0}});
          ropes.push_back(rope);
        }
      cloth.lines(ropes, dark, 0.34, 0.55);
      break;
    }
    case Pattern::kArgyle: {
      cloth.diamonds(6.4 * s, 4.6 * s, f.second);
      std::vector<Path> threads;
      const Point slope = {60 * 3.2 / 4.6, 60};
      for (double x = std::floor(low.x / 6.4) * 6.4 * s - 64; x < high.x + 64; x += 6.4 * s)
        for (const double sign : {-1.0, 1.0}) {
          const Point way = {slope.x * sign, slope.y};
          threads.push_back(polyline({Point{x, 2.3 * s} - way, Point{x, 2.3 * s} + way * 2}));
        }
      cloth.lines(threads, f.third, 0.25, 0.8);
      break;
    }
    case Pattern::kTieDye: {
      const Point c = mix(low, high, 0.5);
      for (double r = std::max(high.x - low.x, high.y - low.y) * 0.75; r > 1; r -= 2.3) {
        const int ring = static_cast<int>(r / 2.3) % 3;
        cloth.blob(c, r * 0.95, ring == 0 ? f.base : ring == 1 ? f.second : f.third);
      }
      break;
    }
    case Pattern::kGeometric:
      cloth.scatter(5.2 * s, 0, [&](Point p) {
        cloth.disc(p, 2.3 * s, f.second);
        cloth.disc(p, 1.5 * s, f.third);
        cloth.disc(p, 0.75 * s, f.base);
      });
      break;
    case Pattern::kTweed:
      cloth.scatter(1.25, 0.35, [&](Point p) {
        const double pick = cloth.random.uniform();
        cloth.disc(p, 0.34, pick < 0.4 ? f.second : pick < 0.7 ? f.third : dark, 0.75);
      });
      break;
    case Pattern::kQuilted:
      cloth.bars(4.2 * s, 0.35, false, dark, 0.85);
      cloth.bars(4.2 * s, 0.9, false, light, 0.45, 0.5);
      break;
    case Pattern::kCord:
      cloth.bars(0.95, 0.34, true, dark, 0.42);
      break;
    case Pattern::kLace:
      cloth.scatter(2.2 * s, 0, [&](Point p) {
        cloth.disc(p, 0.85 * s, f.second, 0.7);
        cloth.disc(p, 0.42 * s, f.base);
      });
      break;
  }
}

}  // namespace ootd::render
