// Trousers, shorts and skirts.
#include <algorithm>

#include "tools/render/garments.h"

namespace ootd::render {
namespace {

double sign_of(int side) { return side == 0 ? -1 : 1; }

std::vector<Rib> leg_ribs(const Figure& f, const Lower& cut, int side) {
  std::vector<Rib> leg = f.leg(side, cut.hip, cut.knee, cut.hem);
  if (cut.length > 1) {  // over the shoe
    leg.push_back({leg.back().at + Point{0, (cut.length - 1) * 90}, leg.back().radius + 0.25});
  } else {
    leg = trimmed(leg, cut.length);
  }
  // Towards the crotch there is no room for ease.
  for (std::size_t i = 0; i < 2; ++i) leg[i].at.x += sign_of(side) * cut.hip * 0.25;
  return leg;
}

Path seat(const Figure& f, const Worn& worn, const std::array<std::vector<Rib>, 2>& legs) {
  const Lower& cut = worn.cut->lower;
  Path seat;
  const Point low = {f.pelvis.x, f.pelvis.y + 8.4};
  const Point left = tube_edge(legs[0], 1)[1], right = tube_edge(legs[1], 0)[1];
  const double ease = 0.35 + (cut.waist > 41 ? 0.3 : 0.0);
  seat.move(f.torso(-1, cut.waist, ease)).spline({f.torso(-1, 47, cut.hip * 0.7 + 0.2), left});
  seat.line(low + Point{-1.5, 0.4}).line(low + Point{1.5, 0.4}).line(right);
  seat.spline({f.torso(1, 47, cut.hip * 0.7 + 0.2), f.torso(1, cut.waist, ease)});
  return seat.close();
}

void waistband(Canvas& canvas, const Figure& f, const Worn& worn) {
  const double y = worn.cut->lower.waist, ease = 0.35;
  Path band;
  band.move(f.torso(-1, y, ease)).spline({Point{f.front(y), y + 0.7}, f.torso(1, y, ease)});
  band.line(f.torso(1, y + 1.7, ease + 0.15)).spline({Point{f.front(y), y + 2.5}, f.torso(-1, y + 1.7, ease + 0.15)});
  const bool belt = worn.has(kBelt);
  const Color color = belt ? rgb(0x3a2a20) : darker(worn.fabric.base, 0.07);
  canvas.stroke(band.close(), worn.fabric.edge(), 0.35);
  canvas.fill(band, color);
  if (belt) canvas.tint(rectangle(f.front(y) - 0.9, y + 0.9, 1.8, 1.5, 0.3), rgb(0xcfc6b2), 1);
}

void stripe_down(Canvas& canvas, std::span<const Rib> leg, int side, Color color) {
  std::vector<Point> edge = tube_edge(leg, side == 0 ? 1 : 0);
  for (const double inset : {0.9, 1.9}) {
    Path line;
    line.move(edge[1] + Point{-sign_of(side) * inset, -4}).line(edge[1] + Point{-sign_of(side) * inset, 0});
    for (std::size_t i = 2; i < edge.size(); ++i) line.line(edge[i] + Point{-sign_of(side) * inset, 0});
    canvas.tint_line(line, color, 0.5, 1);
  }
}

void trouser_details(Canvas& canvas, const Figure& f, const Worn& worn, const std::vector<Rib>& leg, int side) {
  Random random(worn.seed + side);
  const double s = sign_of(side);
  const Color line = worn.fabric.edge(), seam = worn.has(kStitch) ? worn.fabric.third : line;
  if (worn.has(kHipPockets)) {
    Path pocket;
    pocket.move(f.torso(s * 0.55, worn.cut->lower.waist + 1.8))
        .spline({f.torso(s * 0.72, 45.5), f.torso(s * 1.0, 47.5)});
    canvas.tint_line(pocket, line, 0.32, 0.7);
    if (worn.has(kStitch)) stitches(canvas, pocket, seam);
  }
  const bool shorts = worn.cut->lower.length < 0.6;
  if (worn.has(kCrease) && !shorts && leg.size() > 3) {
    Path crease;
    crease.move(leg[1].at).spline({leg[2].at, leg[3].at, mix(leg[3].at, leg.back().at, 0.6)});
    canvas.tint_line(crease, line, 0.3, 0.5);
  }
  if (worn.has(kSideStripe)) stripe_down(canvas, leg, side, worn.fabric.second);
  if (worn.has(kCargo) && leg.size() > 2) {
    const Point at = mix(f.hip[side], f.knee[side], 0.72) + Point{s * (1.2 + worn.cut->lower.knee * 0.7), 0};
    const Path flap = rectangle(at.x - 1.9, at.y - 0.2, 3.8, 1.5, 0.3);
    canvas.outlined(rectangle(at.x - 1.8, at.y, 3.6, 4.8, 0.5),
                    mix(worn.fabric.base, darker(worn.fabric.base, 0.5), 0.16), 0.45);
    canvas.outlined(flap, worn.fabric.base, 0.4);
  }
  if (worn.has(kRips) && !shorts && leg.size() > 2)
    for (int i = 0; i < 2; ++i) {
      const Point at = mix(f.knee[side], f.hip[side], random.uniform(-0.12, 0.3)) + Point{random.uniform(-0.8, 0.8), 0};
      canvas.tint(ellipse(at, random.uniform(1.0, 1.9), random.uniform(0.35, 0.7)), f.body.skin, 1);
      canvas.tint_line(polyline({at + Point{-1.6, 0.1}, at + Point{1.6, -0.1}}), lighter(worn.fabric.base, 0.7), 0.25,
                       0.9);
    }
  if (worn.has(kTurnUp)) {
    std::vector<Rib> cuff = section(leg, shorts ? 0.86 : 0.94, 1);
    for (Rib& rib : cuff) rib.radius += 0.25;
    canvas.outlined(tube(cuff), lighter(worn.fabric.base, 0.42), 0.4);
  } else if (worn.has(kRibs)) {
    canvas.outlined(tube(section(leg, 0.95, 1)), darker(worn.fabric.base, 0.12), 0.35);
  }
  if (worn.has(kStitch) && leg.size() > 3) {
    std::vector<Point> edge = tube_edge(section(leg, 0.1, 0.93), side == 0 ? 1 : 0);
    Path side_seam;
    side_seam.move(edge[0] + Point{-s * 0.8, 0});
    for (Point& p : edge) p = p + Point{-s * 0.8, 0};
    stitches(canvas, side_seam.spline(std::span(edge).subspan(1)), seam);
  }
  if (worn.cut->lower.length > 0.7 && worn.cut->lower.knee > 0.3)  // folds at the knee
    for (const double dy : {-0.6, 1.0}) {
      Path fold;
      fold.move(f.knee[side] + Point{-s * 2.2, dy})
          .spline({f.knee[side] + Point{-s * 0.8, dy + 0.7}, f.knee[side] + Point{s * 0.6, dy + 0.5}});
      canvas.tint_line(fold, line, 0.34, 0.42);
    }
}

void draw_trousers(Canvas& canvas, const Figure& f, const Worn& worn) {
  const std::array<std::vector<Rib>, 2> legs = {leg_ribs(f, worn.cut->lower, 0), leg_ribs(f, worn.cut->lower, 1)};
  const int back = f.back_leg, front = 1 - back;
  const Path pieces[] = {tube(legs[back]), seat(f, worn, legs), tube(legs[front])};
  drape(canvas, pieces, worn.fabric);
  // Below the crotch the front leg's edges show, also where it hides the other leg.
  for (const int edge_side : {0, 1}) {
    const std::vector<Point> edge = tube_edge(legs[front], edge_side);
    Path line;
    const bool inner = edge_side == (front == 0 ? 0 : 1);
    line.move(inner ? Point{f.pelvis.x, f.pelvis.y + 7.6} : edge[std::min<std::size_t>(2, edge.size() - 1)]);
    for (std::size_t i = 2; i < edge.size(); ++i) line.line(edge[i]);
    canvas.tint_line(line, worn.fabric.edge(), 0.42, 0.85);
  }
  Path fly;
  const double y = worn.cut->lower.waist + 1.8, x = f.front(y);
  fly.move({x, y}).line({mix(x, f.pelvis.x, 0.6), f.pelvis.y + 6.6});
  canvas.tint_line(fly, worn.fabric.edge(), 0.34, 0.7);
  for (int side = 0; side < 2; ++side) trouser_details(canvas, f, worn, legs[side], side);
  waistband(canvas, f, worn);
  if (!worn.has(kBib)) return;
  Path bib;
  bib.move(f.torso(-0.62, 26)).line(f.torso(0.62, 26)).line(f.torso(0.9, 39, 0.3)).line(f.torso(-0.9, 39, 0.3)).close();
  drape(canvas, bib, worn.fabric);
  canvas.outlined(rectangle(f.front(30) - 2.4, 29, 4.8, 4.2, 0.5), worn.fabric.base, 0.4);
  for (const double sign : {-1.0, 1.0}) {
    const Path strap = polyline({f.torso(sign * 0.55, 26.4), f.neck + Point{sign * 3.9, 0.6}});
    canvas.stroke(strap, worn.fabric.edge(), 1.9);
    canvas.stroke(strap, worn.fabric.base, 1.4);
    canvas.tint(ellipse(f.torso(sign * 0.55, 26.6), 0.6, 0.6), rgb(0xd8c48a), 1);
  }
}

void draw_skirt(Canvas& canvas, const Figure& f, const Worn& worn) {
  const Lower& cut = worn.cut->lower;
  Random random(worn.seed);
  // Wide enough for the legs it covers, whatever the pose.
  double hem_left = f.torso(-1, cut.length, cut.hem).x, hem_right = f.torso(1, cut.length, cut.hem).x;
  for (int side = 0; side < 2; ++side) {
    const double t = std::clamp((cut.length - f.knee[side].y) / (f.ankle[side].y - f.knee[side].y), 0.0, 1.0);
    const double x = mix(f.knee[side].x, f.ankle[side].x, t);
    hem_left = std::min(hem_left, x - 2.8), hem_right = std::max(hem_right, x + 2.8);
  }
  const double swing = random.uniform(-0.8, 0.8) * std::max(0.0, cut.hem) * 0.4;
  const Point left = {hem_left + swing, cut.length}, right = {hem_right + swing, cut.length};
  const double waist_ease = worn.cut->category == "dress" ? std::max(0.0, upper_ease(worn, cut.waist)) : 0.3;
  const Point top_left = f.torso(-1, cut.waist, waist_ease), top_right = f.torso(1, cut.waist, waist_ease);
  const double hips = std::min(48.0, cut.length - 8);
  const Point hip_left = f.torso(-1, hips, cut.hip + cut.hem * 0.12),
              hip_right = f.torso(1, hips, cut.hip + cut.hem * 0.12);
  Path skirt;
  skirt.move(top_left).spline({hip_left, mix(hip_left, left, 0.5) + Point{-0.3, 0}, left});
  const int waves = cut.hem > 2 ? 5 : 1;
  std::vector<Point> hem;
  for (int i = 1; i <= waves * 2; ++i) {
    const double t = i / (waves * 2.0);
    const double bow = 1.4 * 4 * t * (1 - t);
    hem.push_back(mix(left, right, t) + Point{0, bow + (i % 2 == 1 && waves > 1 ? 0.7 : 0)});
  }
  skirt.spline(hem);
  skirt.spline({mix(hip_right, right, 0.5) + Point{0.3, 0}, hip_right, top_right});
  skirt.spline({Point{f.front(cut.waist), cut.waist + 0.7}, top_left});
  drape(canvas, skirt.close(), worn.fabric);

  const Color line = worn.fabric.edge();
  const auto down = [&](double t, double from, double to, double width, double alpha) {
    const Point a = mix(top_left, top_right, t), b = mix(hip_left, hip_right, t), c = mix(left, right, t) + Point{0, 1};
    Path fold;
    const auto at = [&](double v) { return v < 0.3 ? mix(a, b, v / 0.3) : mix(b, c, (v - 0.3) / 0.7); };
    fold.move(at(from)).spline({at(mix(from, to, 0.5)), at(to)});
    canvas.tint_line(fold, line, width, alpha);
  };
  if (worn.has(kPleats)) {
    for (int i = 1; i < 12; ++i) {
      down(i / 12.0, 0.12, 0.985, 0.42, 0.65);
      down((i + 0.22) / 12.0, 0.2, 0.985, 1.0, 0.14);
    }
  } else if (cut.hem > 1.5) {
    for (int i = 1; i < 6; ++i)
      down(i / 6.0 + random.uniform(-0.04, 0.04), random.uniform(0.25, 0.5), 0.97, 0.42, 0.45);
  } else {
    down(0.5 + 0.1 * random.uniform(), 0.55, 0.97, 0.4, 0.5);
  }
  const auto across = [&](double v, double width, Color color, double alpha) {
    const Point a = mix(hip_left, left, v), b = mix(hip_right, right, v);
    Path seam;
    seam.move(a).spline(
        {mix(a, b, 0.25) + Point{0, 0.9}, mix(a, b, 0.5) + Point{0, 1.2}, mix(a, b, 0.75) + Point{0, 0.9}, b});
    canvas.tint_line(seam, color, width, alpha);
  };
  if (worn.has(kTiers))
    for (const double v : {0.2, 0.58}) across(v, 0.5, line, 0.8), across(v + 0.02, 1.3, line, 0.16);
  if (worn.has(kRuffles)) across(0.93, 0.42, line, 0.6);
  if (worn.has(kTrim)) across(0.9, 0.8, worn.fabric.second, 1);
  if (worn.cut->name == "button skirt" || worn.cut->name == "shirt dress" || worn.cut->name == "work dress")
    for (double y = cut.waist + 4; y < cut.length - 2; y += 4)
      canvas.tint(
          ellipse({mix(f.front(cut.waist), (left.x + right.x) / 2, (y - cut.waist) / (cut.length - cut.waist)), y}, 0.5,
                  0.5),
          worn.has(kStitch) ? worn.fabric.third : lighter(worn.fabric.base, 0.6), 1);
  if (worn.cut->category != "dress") {
    waistband(canvas, f, worn);
  } else if (worn.has(kBelt)) {
    Path belt;
    const double y = cut.waist - 0.6;
    belt.move(top_left + Point{-0.1, -0.6}).spline({Point{f.front(y), y + 0.7}, top_right + Point{0.1, -0.6}});
    belt.line(top_right + Point{0.1, 1}).spline({Point{f.front(y), y + 2.3}, top_left + Point{-0.1, 1}});
    canvas.outlined(belt.close(), darker(worn.fabric.base, 0.3), 0.35);
    canvas.tint(rectangle(f.front(y) - 0.9, y + 0.7, 1.8, 1.6, 0.3), worn.fabric.third, 1);
  }
}

}  // namespace

void draw_lower(Canvas& canvas, const Figure& f, const Worn& worn) {
  canvas.set_part(worn.part);
  if (worn.cut->lower.kind == LowerKind::kTrousers) draw_trousers(canvas, f, worn);
  if (worn.cut->lower.kind == LowerKind::kSkirt) draw_skirt(canvas, f, worn);
}

}  // namespace ootd::render
