// Things that stand about in the scenes.
#include <algorithm>

#include "tools/render/backgrounds.h"

namespace ootd::render {

void draw_car(Scene& scene, double x, double y, double s) {
  Canvas& c = scene.canvas;
  const Color paint = scene.chance(0.75) ? scene.vivid() : scene.muted();
  const auto at = [&](double u, double v) { return Point{x + u * s, y + v * s}; };
  c.tint(ellipse(at(0, -2), 82 * s, 7 * s), Color{}, 0.3);
  Path body;
  body.move(at(-80, -12)).spline({at(-79, -34), at(-48, -40)}).spline({at(-28, -62), at(22, -62)});
  body.spline({at(46, -42), at(74, -36), at(80, -12)}).close();
  c.outlined(body, paint, 1.2);
  Path glass;
  glass.move(at(-40, -40)).spline({at(-24, -57), at(18, -57)}).spline({at(36, -40)}).close();
  c.tint(glass, rgb(0xbfd7e4), 1);
  c.tint(polygon({at(-4, -58), at(0, -58), at(2, -40), at(-4, -40)}), paint, 1);
  c.tint(rectangle(x - 80 * s, y - 20 * s, 160 * s, 5 * s), darker(paint, 0.25), 1);
  c.tint(ellipse(at(-74, -28), 4 * s, 4 * s), rgb(0xfff2b8), 1);
  c.tint(ellipse(at(75, -28), 3 * s, 4 * s), rgb(0xd2423a), 1);
  for (const double u : {-46.0, 46.0}) {
    c.tint(ellipse(at(u, -12), 14 * s, 14 * s), rgb(0x24242a), 1);
    c.tint(ellipse(at(u, -12), 7 * s, 7 * s), rgb(0xb9bcc2), 1);
  }
}

void draw_tree(Scene& scene, double x, double y, double s) {
  constexpr std::uint32_t kLeaves[] = {0x4f8a4a, 0x6ba552, 0x3f7358, 0x9ab04a, 0xd98a3a, 0xe8a8b8, 0xc9503a};
  const Color leaf = scene.one_of(kLeaves);
  Canvas& c = scene.canvas;
  c.tint(polygon({{x - 5 * s, y}, {x + 5 * s, y}, {x + 3 * s, y - 80 * s}, {x - 3 * s, y - 80 * s}}), rgb(0x6b4a33), 1);
  for (int layer = 0; layer < 3; ++layer)
    for (int i = 0; i < 6; ++i) {
      const double u = scene.at(-34, 34) * s, v = scene.at(-150, -75) * s;
      c.tint(ellipse({x + u, y + v - layer * 5 * s}, scene.at(18, 30) * s, scene.at(16, 26) * s),
             layer == 2 ? lighter(leaf, 0.2) : darker(leaf, 0.22 - 0.16 * layer), 1);
    }
}

void draw_lamp(Scene& scene, double x, double y, double s) {
  Canvas& c = scene.canvas;
  c.tint(rectangle(x - 2.5 * s, y - 210 * s, 5 * s, 210 * s), rgb(0x33363d), 1);
  c.tint(rectangle(x - 6 * s, y - 14 * s, 12 * s, 14 * s, 2), rgb(0x33363d), 1);
  scene.glow({x, y - 222 * s}, 46 * s, rgb(0xffe9a8), 0.5);
  c.tint(ellipse({x, y - 220 * s}, 13 * s, 15 * s), rgb(0xfff3cf), 1);
}

void draw_bicycle(Scene& scene, double x, double y, double s) {
  Canvas& c = scene.canvas;
  const Color frame = scene.vivid();
  const auto at = [&](double u, double v) { return Point{x + u * s, y + v * s}; };
  for (const double u : {-30.0, 30.0}) c.tint_line(ellipse(at(u, -20), 20 * s, 20 * s), rgb(0x2a2a30), 2.6 * s, 1);
  c.tint_line(polyline({at(-30, -20), at(-6, -20), at(22, -48), at(-12, -48), at(-30, -20)}), frame, 3.4 * s, 1);
  c.tint_line(polyline({at(-6, -20), at(-15, -56)}), frame, 3.4 * s, 1);
  c.tint_line(polyline({at(30, -20), at(20, -58), at(28, -62)}), frame, 3.4 * s, 1);
  c.tint_line(polyline({at(-22, -57), at(-9, -57)}), rgb(0x33261e), 5 * s, 1);
}

void draw_plant(Scene& scene, double x, double y, double s) {
  Canvas& c = scene.canvas;
  const Color leaf = hsl(scene.at(0.25, 0.42), scene.at(0.3, 0.55), scene.at(0.28, 0.45));
  const Color pot = scene.chance(0.5) ? rgb(0xc06a45) : scene.muted();
  for (int i = 0; i < 9; ++i) {
    const double a = -1.2 + i * 0.3 + scene.at(-0.1, 0.1), l = scene.at(45, 80) * s;
    const Point root = {x, y - 30 * s}, tip = root + Point{std::sin(a) * l, -std::cos(a) * l};
    const Point side = Point{std::cos(a), std::sin(a)} * (l * 0.16);
    Path blade;
    blade.move(root).spline({mix(root, tip, 0.55) + side, tip}).spline({mix(root, tip, 0.55) - side, root});
    c.tint(blade, i % 2 == 0 ? leaf : darker(leaf, 0.2), 1);
  }
  c.tint(polygon({{x - 18 * s, y - 34 * s}, {x + 18 * s, y - 34 * s}, {x + 13 * s, y}, {x - 13 * s, y}}), pot, 1);
  c.tint(rectangle(x - 20 * s, y - 38 * s, 40 * s, 8 * s, 2), darker(pot, 0.12), 1);
}

void draw_chair(Scene& scene, double x, double y, double s) {
  const Color seat = scene.vivid(), wood = rgb(0x7a5335);
  Canvas& c = scene.canvas;
  for (const double u : {-20.0, 16.0}) scene.box(x + u * s, y - 46 * s, 4 * s, 46 * s, wood);
  c.tint(rectangle(x - 24 * s, y - 100 * s, 48 * s, 46 * s, 8 * s), seat, 1);
  c.tint(rectangle(x - 26 * s, y - 56 * s, 52 * s, 12 * s, 4 * s), darker(seat, 0.2), 1);
}

void draw_bench(Scene& scene, double x, double y, double s) {
  const Color wood = scene.chance(0.6) ? rgb(0xa8743f) : scene.vivid();
  for (const double u : {-58.0, 50.0}) scene.box(x + u * s, y - 42 * s, 8 * s, 42 * s, rgb(0x3a3c42));
  for (const double v : {-44.0, -62.0, -76.0})
    scene.box(x - 66 * s, y + v * s, 132 * s, 9 * s, v > -50 ? wood : darker(wood, 0.15), 2);
}

void draw_sign(Scene& scene, double x, double y, double w, double h) {
  const Color plate = scene.vivid();
  const Color ink = luma(plate) > 0.5 ? darker(plate, 0.8) : lighter(plate, 0.85);
  scene.box(x, y, w, h, plate, std::min(w, h) * 0.12);
  // Lettering without a font, so that it is the same on every machine.
  const double size = h * 0.5;
  for (double at = x + w * 0.08; at + size * 0.7 < x + w * 0.95; at += size * 0.95) {
    const double top = y + h * 0.25, wide = size * scene.at(0.35, 0.65);
    switch (scene.random.below(7)) {
      case 0:
        scene.box(at, top, size * 0.2, size, ink);
        scene.box(at, top, wide, size * 0.2, ink);
        break;
      case 1:
        scene.canvas.tint_line(ellipse({at + size * 0.3, top + size / 2}, size * 0.24, size * 0.4), ink, size * 0.2, 1);
        break;
      case 2:
        scene.box(at, top, size * 0.2, size, ink);
        scene.box(at + wide * 0.8, top, size * 0.2, size, ink);
        scene.box(at, top + size * 0.42, wide, size * 0.2, ink);
        break;
      case 3:
        scene.box(at + wide * 0.4, top, size * 0.2, size, ink);
        scene.box(at, top, wide, size * 0.2, ink);
        break;
      case 4:
        scene.canvas.tint_line(polyline({{at, top + size}, {at + wide * 0.5, top}, {at + wide, top + size}}), ink,
                               size * 0.17, 1);
        break;
      case 5:
        scene.box(at, top, size * 0.2, size, ink);
        scene.canvas.tint_line(
            polyline({{at + wide, top}, {at + size * 0.2, top + size * 0.5}, {at + wide, top + size}}), ink,
            size * 0.17, 1);
        break;
      default:
        scene.box(at, top + size * 0.8, wide, size * 0.2, ink);
        scene.box(at, top, wide, size * 0.2, ink);
        scene.box(at, top, size * 0.2, size, ink);
        break;
    }
  }
}

void draw_poster(Scene& scene, double x, double y, double w, double h) {
  const Color paper = scene.vivid(), other = scene.vivid(), third = scene.vivid();
  scene.box(x - 2, y - 2, w + 4, h + 4, rgb(0xf4f1ea));
  scene.box(x, y, w, h, paper);
  switch (scene.random.below(4)) {
    case 0:
      scene.canvas.tint(ellipse({x + w / 2, y + h * 0.42}, w * 0.34, w * 0.34), other, 1);
      break;
    case 1:
      for (int i = 0; i < 5; ++i) scene.box(x, y + h * (0.1 + 0.16 * i), w, h * 0.08, i % 2 == 0 ? other : third);
      break;
    case 2:
      scene.canvas.tint(polygon({{x, y + h},
                                 {x + w * 0.4, y + h * 0.3},
                                 {x + w * 0.65, y + h * 0.65},
                                 {x + w * 0.8, y + h * 0.5},
                                 {x + w, y + h}}),
                        other, 1);
      scene.canvas.tint(ellipse({x + w * 0.7, y + h * 0.25}, w * 0.13, w * 0.13), third, 1);
      break;
    default: {
      Path wave;
      wave.move({x, y + h * 0.5})
          .spline({{x + w * 0.3, y + h * 0.3}, {x + w * 0.6, y + h * 0.7}, {x + w, y + h * 0.4}})
          .line({x + w, y + h})
          .line({x, y + h});
      scene.canvas.tint(wave, other, 1);
      break;
    }
  }
  scene.box(x + w * 0.1, y + h * 0.88, w * 0.55, h * 0.04, rgb(0x222226));
}

void draw_windows(Scene& scene, double x, double y, double w, double h, double pitch) {
  const Color glass = scene.chance(0.5) ? rgb(0x9fc0d3) : rgb(0x4d6375), frame = scene.muted();
  for (double v = y + pitch * 0.3; v + pitch * 0.7 < y + h; v += pitch * 1.25)
    for (double u = x + pitch * 0.25; u + pitch * 0.6 < x + w; u += pitch) {
      scene.box(u - 2, v - 2, pitch * 0.55 + 4, pitch * 0.8 + 4, frame);
      const bool lit = scene.chance(0.15);
      scene.box(u, v, pitch * 0.55, pitch * 0.8, lit ? rgb(0xf6d98c) : glass);
      if (!lit) scene.canvas.tint(polygon({{u, v}, {u + pitch * 0.3, v}, {u, v + pitch * 0.5}}), rgb(0xffffff), 0.2);
      if (scene.chance(0.12))
        scene.box(u - 1, v + pitch * 0.62, pitch * 0.55 + 2, pitch * 0.2, hsl(scene.at(0.25, 0.4), 0.45, 0.4));
    }
}

}  // namespace ootd::render
