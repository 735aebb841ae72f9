// What sits on the body of a garment: collars, lapels and hoods; buttons, zips, pockets and graphics.
#include <algorithm>

#include "tools/render/garments.h"

namespace ootd::render {
namespace {

Color button_color(const Worn& worn) {
  return luma(worn.fabric.base) > 0.55 ? darker(worn.fabric.base, 0.45) : lighter(worn.fabric.base, 0.65);
}

// A strip of collar from the nape to `tip`, on both sides of the neck.
void collar(Canvas& canvas, const Figure& f, const Worn& worn, Point inner, Point tip, Point outer) {
  const Color color = mix(worn.fabric.base, Color{1, 1, 1}, 0.08);
  for (const double s : {-1.0, 1.0}) {
    const auto at = [&](Point p) { return f.neck + Point{p.x * s + f.turn * p.y * 0.05, p.y}; };
    Path wing;
    wing.move(at({2.3, -1.9})).line(at(inner)).line(at(tip)).line(at(outer)).spline({at({3.6, -0.2}), at({2.3, -1.9})});
    canvas.outlined(wing.close(), color, 0.42);
  }
}

void lapels(Canvas& canvas, const Figure& f, const Worn& worn, double depth, double width) {
  const Color color = mix(worn.fabric.base, luma(worn.fabric.base) > 0.3 ? Color{0, 0, 0} : Color{1, 1, 1}, 0.07);
  const double spread = worn.open ? worn.gap * 0.45 : 0;
  for (const double s : {-1.0, 1.0}) {
    const Point dip = {f.front(f.neck.y + depth) + s * spread, f.neck.y + depth};
    const auto at = [&](double x, double y) { return f.neck + Point{s * x + f.turn * y * 0.06, y}; };
    Path lapel;
    lapel.move(at(3.0, -0.4)).line(dip).line(at(width, depth * 0.42)).line(at(width - 1.3, depth * 0.34));
    lapel.line(at(width - 0.2, depth * 0.24)).line(at(4.2, 0.2));
    canvas.outlined(lapel.close(), color, 0.45);
  }
}

void bow(Canvas& canvas, Point at, double size, Color color) {
  for (const double s : {-1.0, 1.0}) {
    const Rib tail[] = {{at, 0.3 * size}, {at + Point{s * 0.9 * size, 3.4 * size}, 0.6 * size}};
    canvas.outlined(tube(tail), color, 0.4);
    Path loop;
    loop.move(at).spline(
        {at + Point{s * 1.6, -1.1} * size, at + Point{s * 2.3, 0.1} * size, at + Point{s * 1.5, 1.0} * size, at});
    canvas.outlined(loop.close(), color, 0.4);
  }
  canvas.outlined(ellipse(at, 0.55 * size, 0.6 * size), color, 0.4);
}

void hood(Canvas& canvas, const Figure& f, const Worn& worn) {
  for (const double s : {-1.0, 1.0}) {
    Path lobe;
    const Point n = f.neck;
    lobe.move(n + Point{s * 3.2, -2.2})
        .spline({n + Point{s * 6.0, -0.6}, n + Point{s * 5.6, 1.9}, n + Point{s * 2.6, 3.6}, n + Point{s * 0.3, 4.2}});
    lobe.spline({n + Point{s * 2.2, 2.2}, n + Point{s * 3.2, -2.2}});
    canvas.outlined(lobe.close(), worn.fabric.base, 0.5);
    const Path cord = polyline({n + Point{s * 1.7, 3.4}, n + Point{s * 1.9, 9.2}});
    canvas.tint_line(cord, lighter(worn.fabric.base, 0.75), 0.42, 1);
  }
}

// Seven strokes of a digit, as on a display: no font, so the same on every machine.
void digit(Canvas& canvas, Point at, double size, int value, Color color) {
  constexpr unsigned kSegments[] = {0x77, 0x24, 0x5d, 0x6d, 0x2e, 0x6b, 0x7b, 0x25, 0x7f, 0x6f};
  constexpr Point kEnds[7][2] = {{{0, 0}, {1, 0}}, {{0, 0}, {0, 1}}, {{1, 0}, {1, 1}}, {{0, 1}, {1, 1}},
                                 {{0, 1}, {0, 2}}, {{1, 1}, {1, 2}}, {{0, 2}, {1, 2}}};
  for (int i = 0; i < 7; ++i)
    if ((kSegments[value] >> i & 1) != 0)
      canvas.tint_line(polyline({at + kEnds[i][0] * size, at + kEnds[i][1] * size}), color, size * 0.42, 1);
}

void graphic(Canvas& canvas, const Figure& f, const Worn& worn) {
  Random random(worn.seed);
  const Point c = {f.front(29), 29.5};
  const Color a = worn.fabric.second, b = worn.fabric.third;
  switch (random.below(5)) {
    case 0:  // a disc with a band
      canvas.tint(ellipse(c, 3.9, 3.9), a, 1);
      canvas.tint(rectangle(c.x - 4.6, c.y - 0.8, 9.2, 1.8), b, 1);
      break;
    case 1:  // lines of lettering
      for (int row = 0; row < 3; ++row)
        for (double x = -4.2; x < 4; x += 1.45)
          canvas.tint(rectangle(c.x + x, c.y - 3 + row * 2.4, random.uniform(0.7, 1.15), 1.6, 0.2), row == 1 ? b : a,
                      1);
      break;
    case 2: {  // a flame
      Path flame;
      flame.move(c + Point{0, 4})
          .spline({c + Point{-3.4, 1.4}, c + Point{-1.8, -1.6}, c + Point{-0.9, -4.8}, c + Point{1.0, -1.6},
                   c + Point{2.2, -2.8}, c + Point{3.2, 1.2}, c + Point{0, 4}});
      canvas.tint(flame, a, 1);
      canvas.tint(ellipse(c + Point{0, 1.6}, 1.4, 1.9), b, 1);
      break;
    }
    case 3:  // a photo print
      canvas.tint(rectangle(c.x - 3.8, c.y - 4, 7.6, 8.4, 0.3), a, 1);
      canvas.tint(ellipse(c + Point{1.2, -1.4}, 1.5, 1.5), b, 1);
      canvas.tint(polygon({c + Point{-3.8, 4.4}, c + Point{-0.8, -0.4}, c + Point{1.2, 2.4}, c + Point{2.2, 1.2},
                           c + Point{3.8, 4.4}}),
                  darker(a, 0.5), 1);
      break;
    default: {  // a star
      Path star;
      for (int i = 0; i < 10; ++i) {
        const double t = i * 0.6283185307 - 1.5707963268, r = i % 2 == 0 ? 4.6 : 1.9;
        const Point p = c + Point{std::cos(t), std::sin(t)} * r;
        i == 0 ? star.move(p) : star.line(p);
      }
      canvas.tint(star.close(), a, 1);
      break;
    }
  }
}

void pocket(Canvas& canvas, const Worn& worn, Point at, double w, double h, bool flap) {
  const Path box = rectangle(at.x - w / 2, at.y, w, h, 0.4);
  canvas.tint(box, worn.fabric.base, 0.6);
  canvas.tint_line(box, worn.fabric.edge(), 0.34, 0.85);
  if (worn.has(kStitch))
    stitches(canvas, rectangle(at.x - w / 2 + 0.4, at.y + 0.4, w - 0.8, h - 0.8, 0.3), worn.fabric.third);
  if (flap)
    canvas.tint_line(polyline({at + Point{-w / 2, 1.3}, at + Point{w / 2, 1.3}}), worn.fabric.edge(), 0.34, 0.8);
}

}  // namespace

void draw_neckwear(Canvas& canvas, const Figure& f, const Worn& worn) {
  const Point n = f.neck;
  const Color base = worn.fabric.base;
  const double depth = neck_depth(worn);
  switch (worn.cut->upper.neck) {
    case Neck::kTurtle:
    case Neck::kMock: {
      const double top = worn.cut->upper.neck == Neck::kTurtle ? -3.4 : -1.7;
      Path roll;
      roll.move(n + Point{-2.7, top}).spline({n + Point{0, top + 0.7}, n + Point{2.7, top}}).line(n + Point{3.2, 1.0});
      roll.spline({n + Point{0, 2.8}, n + Point{-3.2, 1.0}});
      canvas.outlined(roll.close(), base, 0.42);
      break;
    }
    case Neck::kStand: {
      const double gap = worn.open ? 1.0 + worn.gap * 0.2 : 0.0;
      for (const double s : {-1.0, 1.0}) {
        const double low = worn.open ? 3.6 : 1.9;
        canvas.outlined(polygon({n + Point{s * 2.6, -2.0}, n + Point{s * (0.1 + gap), -0.3},
                                 n + Point{s * (0.1 + gap), low}, n + Point{s * 3.9, 1.2}}),
                        worn.has(kTrim) ? worn.fabric.third : darker(base, 0.06), 0.42);
      }
      break;
    }
    case Neck::kShirt:
      collar(canvas, f, worn, {worn.open ? 1.6 : 0.35, 2.2}, {worn.open ? 2.6 : 1.9, 4.6}, {4.2, 1.7});
      break;
    case Neck::kPolo:
      collar(canvas, f, worn, {1.2, 2.2}, {2.5, 4.0}, {4.2, 1.5});
      canvas.tint_line(polyline({{f.front(21), 21.0}, {f.front(25), 25.6}}), worn.fabric.edge(), 0.4, 0.9);
      break;
    case Neck::kWideCollar:
      collar(canvas, f, worn, {1.2, 3.8}, {4.6, 6.4}, {5.2, 1.6});
      break;
    case Neck::kPeterPan:
      for (const double s : {-1.0, 1.0}) {
        Path flap;
        flap.move(n + Point{s * 2.8, -0.2})
            .spline({n + Point{s * 1.7, 1.9}, n + Point{s * 0.2, 2.5}, n + Point{s * 0.9, 4.6}, n + Point{s * 3.8, 4.2},
                     n + Point{s * 5.0, 1.4}, n + Point{s * 2.8, -0.2}});
        canvas.outlined(flap.close(), lighter(base, 0.7), 0.4);
      }
      break;
    case Neck::kLapel:
      lapels(canvas, f, worn, depth, 5.8);
      break;
    case Neck::kDouble:
      lapels(canvas, f, worn, depth, 6.6);
      break;
    case Neck::kShawl: {
      for (const double s : {-1.0, 1.0}) {
        const Rib band[] = {{n + Point{s * 3.4, -0.4}, 0.9},
                            {n + Point{s * (2.0 + worn.gap * 0.3), 8}, 1.3},
                            {{f.front(45) + s * (worn.gap * 0.8 + 0.9), 45}, 1.2},
                            {{f.front(worn.cut->upper.hem) + s * (worn.gap + 0.9), worn.cut->upper.hem}, 1.0}};
        canvas.outlined(tube(band), darker(base, 0.08), 0.4);
      }
      break;
    }
    case Neck::kBow:
      bow(canvas, {f.front(20), n.y + 2.9}, 1.15, worn.fabric.second);
      break;
    case Neck::kHood:
      hood(canvas, f, worn);
      break;
    case Neck::kRuffle:
      for (const double s : {-1.0, 1.0})
        for (double x = 0.4; x < 3.4; x += 1.0)
          canvas.outlined(ellipse(n + Point{s * x, 2.5 - x * x * 0.24}, 0.8, 1.0), lighter(base, 0.3), 0.35);
      break;
    case Neck::kOffShoulder: {
      const Point a = f.shoulder[0] + Point{-2.6, 2.2}, b = f.shoulder[1] + Point{2.6, 2.2};
      Path flounce;
      flounce.move(a).spline({mix(a, b, 0.5) + Point{0, 2.2}, b}).line(b + Point{0.4, 3.6});
      flounce.spline({mix(a, b, 0.75) + Point{0, 5.2}, mix(a, b, 0.5) + Point{0, 6.4}, mix(a, b, 0.25) + Point{0, 5.2},
                      a + Point{-0.4, 3.6}});
      drape(canvas, flounce.close(), worn.fabric);
      break;
    }
    case Neck::kHenley:
      canvas.tint_line(polyline({{f.front(20), 20.2}, {f.front(26), 26.5}}), worn.fabric.edge(), 1.4, 0.35);
      break;
    case Neck::kCrew:
    case Neck::kV: {
      if (worn.open) break;
      Path rib;
      const Point dip = {f.front(n.y + depth), n.y + depth};
      rib.move(n + Point{-3, 0.4});
      if (worn.cut->upper.neck == Neck::kV)
        rib.line(dip).line(n + Point{3, 0.4});
      else
        rib.spline({n + Point{-2.2, depth - 0.5}, dip, n + Point{2.2, depth - 0.5}, n + Point{3, 0.4}});
      const Color trim = worn.has(kTrim) ? worn.fabric.third : mix(base, worn.fabric.edge(), 0.3);
      canvas.tint_line(rib, trim, worn.has(kTrim) ? 1.0 : 0.7, 1);
      break;
    }
    default:
      break;
  }
  if (worn.has(kTie) && !worn.open) {
    const Point knot = {f.front(20), n.y + 2.6};
    canvas.outlined(
        polygon({knot + Point{-0.9, 0}, knot + Point{0.9, 0}, knot + Point{0.5, 1.7}, knot + Point{-0.5, 1.7}}),
        worn.fabric.third, 0.35);
    canvas.outlined(polygon({knot + Point{-0.5, 1.7}, knot + Point{0.5, 1.7}, knot + Point{1.3, 14},
                             knot + Point{0, 16}, knot + Point{-1.3, 14}}),
                    worn.fabric.third, 0.35);
  }
}

void draw_front(Canvas& canvas, const Figure& f, const Worn& worn) {
  const Upper& cut = worn.cut->upper;
  const Color line = worn.fabric.edge();
  const double top = f.neck.y + neck_depth(worn), hem = cut.hem;
  const auto row = [&](double shift, double from, double to, double pitch) {
    for (double y = from; y < to; y += pitch)
      canvas.tint(ellipse({f.front(y) + shift, y}, 0.52, 0.52), button_color(worn), 1);
  };
  if (worn.open) {
    if (cut.front == Front::kButtons) row(worn.gap * 0.8 + 0.9, top + 3, hem - 3, 5.2);
    if (cut.front == Front::kZip)
      for (const double s : {-1.0, 1.0})
        canvas.tint_line(
            polyline({{f.front(top) + s * worn.gap * 0.5, top + 1}, {f.front(hem) + s * (worn.gap + 0.3), hem}}),
            lighter(line, 0.5), 0.5, 0.7);
  } else if (cut.front != Front::kClosed) {
    Path edge;
    edge.move({f.front(top), top})
        .spline({{f.front(mix(top, hem, 0.5)), mix(top, hem, 0.5)}, {f.front(hem), hem + 0.4}});
    canvas.tint_line(edge, line, 0.42, 0.9);
    if (cut.front == Front::kZip) canvas.tint_line(edge, lighter(line, 0.55), 0.3, 0.9);
    if (cut.front == Front::kButtons && cut.neck == Neck::kDouble) {
      row(-2.6, top + 2.5, std::min(hem - 6, 56.0), 5.4), row(2.6, top + 2.5, std::min(hem - 6, 56.0), 5.4);
    } else if (cut.front == Front::kButtons) {
      row(cut.neck == Neck::kLapel ? 0.0 : 0.5, top + 1.4,
          std::min(hem - 1.5, cut.neck == Neck::kLapel ? top + 8 : 70.0), 4.4);
    }
  }
  if (worn.has(kYoke))
    for (int side = 0; side < 2; ++side) {
      const double s = side == 0 ? -1 : 1;
      Path yoke;
      yoke.move(f.torso(s * 0.98, 25, cut.ease * 0.8)).line(f.torso(s * (worn.open ? 0.35 : 0.1), 26.4));
      canvas.tint_line(yoke, line, 0.36, 0.8);
      if (worn.has(kStitch)) stitches(canvas, yoke, worn.fabric.third);
    }
  if (worn.has(kChestPockets))
    for (const double s : {-1.0, 1.0})
      if (s > 0 || worn.has(kYoke) || worn.has(kStitch))
        pocket(canvas, worn, f.torso(s * 0.62, 27.4), 4.0, 4.4, worn.has(kYoke));
  if (worn.has(kHipPockets) && worn.cut->category == "outer")
    for (const double s : {-1.0, 1.0}) {
      const double y = std::min(46.0, hem - 7);
      pocket(canvas, worn, f.torso(s * 0.7, y, cut.ease * 0.4), 4.4, worn.has(kStitch) ? 5.4 : 1.5, false);
    }
  if (worn.has(kKangaroo)) {
    const double y = std::min(hem, 53.0) - 8.5;
    const Path pouch = polygon({f.torso(-0.42, y), f.torso(0.42, y), f.torso(0.68, y + 5.6), f.torso(-0.68, y + 5.6)});
    if (!worn.open) canvas.tint(pouch, darker(worn.fabric.base, 0.15), 0.35), canvas.tint_line(pouch, line, 0.4, 0.85);
  }
  if (worn.has(kFlap))
    canvas.tint_line(polyline({f.torso(-0.9, 27.5, cut.ease * 0.6), f.torso(-0.2, 29)}), line, 0.4, 0.8);
  if (worn.has(kBelt) && worn.cut->category == "outer") {
    const double ease = upper_ease(worn, 39) + 0.2;
    const double inner = worn.open ? 0.45 : 0.0;
    for (const double s : {-1.0, 1.0})
      canvas.outlined(
          polygon({f.torso(s, 38, ease), f.torso(s * inner, 38.3), f.torso(s * inner, 40.7), f.torso(s, 40.4, ease)}),
          darker(worn.fabric.base, 0.12), 0.38);
    if (!worn.open)
      canvas.tint_line(rectangle(f.front(39) - 1.4, 37.8, 2.8, 3.2, 0.4), darker(worn.fabric.base, 0.6), 0.5, 1);
  }
  if (worn.has(kFringe))
    for (double u = -0.92; u <= 0.93; u += 0.1)
      if (!worn.open || std::abs(u) > 0.42)
        canvas.tint_line(polyline({f.torso(u, 27, cut.ease * 0.7), f.torso(u, 31.5, cut.ease * 0.7)}), line, 0.4, 0.75);
  if (worn.has(kGraphic)) graphic(canvas, f, worn);
  if (worn.has(kNumber)) {
    Random random(worn.seed);
    const Color color = worn.fabric.second;
    digit(canvas, {f.front(29) - 3.2, 27.6}, 2.3, static_cast<int>(random.below(10)), color);
    digit(canvas, {f.front(29) + 0.9, 27.6}, 2.3, static_cast<int>(random.below(10)), color);
  }
  const Point breast = f.torso(0.52, 26.2);
  if (worn.has(kCrest)) {
    canvas.tint(polygon({breast + Point{-1.4, -1.2}, breast + Point{1.4, -1.2}, breast + Point{1.2, 0.9},
                         breast + Point{0, 2}, breast + Point{-1.2, 0.9}}),
                worn.fabric.third, 1);
    canvas.tint(ellipse(breast, 0.6, 0.6), worn.fabric.second, 1);
  } else if (worn.has(kSmallLogo)) {
    canvas.tint(rectangle(breast.x - 1.1, breast.y - 0.45, 2.2, 0.9, 0.3), worn.fabric.second, 1);
  }
}

}  // namespace ootd::render
