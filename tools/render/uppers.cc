// Bodies and sleeves of tops, outers and dresses.
#include <algorithm>

#include "tools/render/garments.h"

namespace ootd::render {
namespace {

double side_sign(int side) { return side == 0 ? -1 : 1; }

Point neck_point(const Figure& f, const Worn& worn, int side) {
  double half = 3.0;
  if (worn.cut->upper.neck == Neck::kSquare) half = 4.6;
  if (worn.cut->upper.neck == Neck::kLapel || worn.cut->upper.neck == Neck::kDouble) half = 3.3;
  const double x = side_sign(side) * half;
  return f.neck + Point{x, -0.9 + x * std::sin(f.shoulder_tilt)};
}

bool bare_shoulders(const Worn& worn) {
  return worn.cut->upper.neck == Neck::kStrap || worn.cut->upper.neck == Neck::kOffShoulder;
}

// From the neck over the shoulder and down the side to the hem.
std::vector<Point> side_line(const Figure& f, const Worn& worn, int side, double hem) {
  const Upper& cut = worn.cut->upper;
  const double s = side_sign(side);
  std::vector<Point> line;
  if (bare_shoulders(worn)) {
    line.push_back(cut.neck == Neck::kStrap ? f.torso(s * 0.92, 24.5, 0.2) : f.shoulder[side] + Point{s * 1.4, 1.8});
  } else if (cut.sleeve == 0) {
    line.push_back(f.shoulder[side] + Point{-s * (cut.neck == Neck::kSquare ? 2.4 : 0.6), -1.7 - 0.25 * cut.ease});
    line.push_back(f.torso(s * 0.9, 23, cut.ease * 0.5));
  } else {
    line.push_back(f.shoulder[side] + Point{-s * (0.3 + 0.45 * cut.ease), -2.0 - 0.22 * cut.ease});
  }
  for (const double y : {27.0, 32.0, 37.5, 43.0, 49.0, 58.0, 68.0})
    if (y < hem - 2.5) line.push_back(f.torso(s, y, upper_ease(worn, y)));
  line.push_back(f.torso(s, hem, upper_ease(worn, hem)));
  return line;
}

// One or, if it is open, two panels.
std::vector<Path> body_pieces(const Figure& f, const Worn& worn, double hem) {
  const Upper& cut = worn.cut->upper;
  std::array<std::vector<Point>, 2> sides = {side_line(f, worn, 0, hem), side_line(f, worn, 1, hem)};
  const Point dip = {f.front(f.neck.y + neck_depth(worn)), f.neck.y + neck_depth(worn)};
  if (worn.open) {
    std::vector<Path> panels;
    for (int side = 0; side < 2; ++side) {
      const double s = side_sign(side);
      Path panel;
      panel.move(neck_point(f, worn, side)).line(sides[side][0]).spline(std::span(sides[side]).subspan(1));
      const Point inner = {f.front(hem) + s * worn.gap, hem + 0.6};
      panel.line(inner);
      panel.spline({Point{f.front(mix(dip.y, hem, 0.5)) + s * worn.gap * 0.75, mix(dip.y, hem, 0.5)},
                    dip + Point{s * worn.gap * 0.45, 0}, neck_point(f, worn, side)});
      panels.push_back(panel.close());
    }
    return panels;
  }
  Path body;
  const bool bare = bare_shoulders(worn);
  body.move(bare ? sides[0][0] : neck_point(f, worn, 0));
  if (!bare) body.line(sides[0][0]);
  body.spline(std::span(sides[0]).subspan(1));
  const Point right = sides[1].back();
  body.spline({mix(sides[0].back(), right, 0.5) + Point{0, 0.8}, right});
  std::reverse(sides[1].begin(), sides[1].end());
  body.spline(std::span(sides[1]).subspan(1));
  const Point from = bare ? sides[1].back() : neck_point(f, worn, 1);
  const Point to = bare ? sides[0][0] : neck_point(f, worn, 0);
  if (!bare) body.line(from);
  switch (cut.neck) {
    case Neck::kStrap:
      body.spline({f.torso(0.45, 22.8), {dip.x, 25.4}, f.torso(-0.45, 22.8), to});
      break;
    case Neck::kOffShoulder:
      body.spline({{dip.x, from.y + 2.4}, to});
      break;
    case Neck::kV:
    case Neck::kLapel:
    case Neck::kDouble:
    case Neck::kShawl:
    case Neck::kPolo:
    case Neck::kWideCollar:
      body.line(dip).line(to);
      break;
    case Neck::kSquare:
      body.line({from.x - 0.4, dip.y}).line({to.x + 0.4, dip.y}).line(to);
      break;
    default:
      body.curve({mix(from.x, dip.x, 0.1), dip.y}, {mix(from.x, dip.x, 0.5), dip.y}, dip);
      body.curve({mix(to.x, dip.x, 0.5), dip.y}, {mix(to.x, dip.x, 0.1), dip.y}, to);
      break;
  }
  return {body.close()};
}

// The last `height` of the body above the hem, as a band of its own.
Path hem_band(const Figure& f, const Worn& worn, double height) {
  const double hem = worn.cut->upper.hem, ease = upper_ease(worn, hem);
  Path band;
  const Point a = f.torso(-1, hem - height, ease + 0.1), b = f.torso(1, hem - height, ease + 0.1);
  const Point c = f.torso(1, hem, ease - 0.3), d = f.torso(-1, hem, ease - 0.3);
  band.move(a).spline({mix(a, b, 0.5) + Point{0, 0.8}, b}).line(c).spline({mix(c, d, 0.5) + Point{0, 0.9}, d});
  return band.close();
}

Fabric trim_of(const Worn& worn) {
  Fabric trim = worn.fabric;
  trim.pattern = Pattern::kKnit;
  trim.base = worn.has(kTrim) ? worn.fabric.third : darker(worn.fabric.base, 0.1);
  trim.scale = 0.8;
  return trim;
}

void folds(Canvas& canvas, const Figure& f, const Worn& worn) {
  Random random(worn.seed);
  const Color line = worn.fabric.edge();
  const double hem = worn.cut->upper.hem, ease = worn.cut->upper.ease;
  for (int side = 0; side < 2; ++side) {
    const double s = side_sign(side);
    Path crease;
    const double y = 28 + random.uniform(0, 2);
    crease.move(f.torso(s * 0.97, y, ease)).spline({f.torso(s * 0.7, y + 1.5, ease), f.torso(s * 0.45, y + 1.2, ease)});
    canvas.tint_line(crease, line, 0.35, 0.5);
    if (hem < 46) continue;
    Path sag;
    const double at = random.uniform(36, 40);
    sag.move(f.torso(s * 0.95, at, ease)).spline({f.torso(s * 0.6, at + 2.6, ease), f.torso(s * 0.35, at + 3.2, ease)});
    canvas.tint_line(sag, line, 0.32, 0.38);
  }
}

}  // namespace

double upper_ease(const Worn& worn, double y) {
  const Upper& cut = worn.cut->upper;
  const double t = std::clamp((y - 36) / std::max(4.0, cut.hem - 36), 0.0, 1.0);
  double ease = cut.ease + cut.flare * t;
  if (worn.has(kBelt) && !worn.open) ease -= 0.75 * cut.ease * std::exp(-(y - 38) * (y - 38) / 14);
  return ease;
}

double neck_depth(const Worn& worn) {
  switch (worn.cut->upper.neck) {
    case Neck::kV:
      return worn.cut->category == "outer" ? 13 : 7;
    case Neck::kLapel:
      return 15;
    case Neck::kDouble:
      return 12;
    case Neck::kShawl:
      return 16;
    case Neck::kPolo:
    case Neck::kHenley:
      return 4.2;
    case Neck::kWideCollar:
      return 6;
    case Neck::kSquare:
      return 5.4;
    case Neck::kShirt:
      return 3.4;
    case Neck::kHood:
      return 3.6;
    default:
      return 2.6;
  }
}

void stitches(Canvas& canvas, const Path& path, Color color) {
  constexpr double kDash[] = {0.7, 0.45};
  cairo_set_dash(canvas.ink(), kDash, 2, 0);
  canvas.tint_line(path, color, 0.28, 0.9);
  cairo_set_dash(canvas.ink(), nullptr, 0, 0);
}

void draw_back(Canvas& canvas, const Figure& f, const Worn& worn) {
  canvas.set_part(worn.part);
  const Upper& cut = worn.cut->upper;
  if (worn.open && cut.hem > 44) {  // the inside of the back, seen between the panels
    Path lining;
    const double hem = cut.hem - 0.8;
    lining.move(f.torso(-0.95, 30))
        .spline({f.torso(-1, 40, cut.ease * 0.6), f.torso(-1, hem, upper_ease(worn, hem) - 0.4)});
    lining.line(f.torso(1, hem, upper_ease(worn, hem) - 0.4))
        .spline({f.torso(1, 40, cut.ease * 0.6), f.torso(0.95, 30)});
    canvas.outlined(lining.close(), darker(worn.fabric.base, 0.38));
  }
  if (cut.neck == Neck::kHood)
    canvas.outlined(ellipse(f.neck + Point{0, -0.6}, 6.2, 3.9), darker(worn.fabric.base, 0.25));
}

void draw_upper(Canvas& canvas, const Figure& f, const Worn& worn) {
  canvas.set_part(worn.part);
  const Upper& cut = worn.cut->upper;
  drape(canvas, body_pieces(f, worn, cut.hem), worn.fabric);
  if (cut.neck == Neck::kStrap)
    for (int side = 0; side < 2; ++side) {
      const double s = side_sign(side);
      const Path strap = polyline({f.torso(s * 0.5, 22.8), f.neck + Point{s * 4.2, 1.2}});
      canvas.stroke(strap, worn.fabric.edge(), 0.75);
      canvas.stroke(strap, worn.fabric.base, 0.45);
    }
  folds(canvas, f, worn);
  if (worn.cut->category != "dress" && worn.has(kRibs) && !worn.open)
    drape(canvas, hem_band(f, worn, 2.4), trim_of(worn));
  draw_front(canvas, f, worn);
  draw_neckwear(canvas, f, worn);
}

void draw_sleeve(Canvas& canvas, const Figure& f, const Worn& worn, int side) {
  const Upper& cut = worn.cut->upper;
  if (cut.sleeve <= 0) return;
  canvas.set_part(worn.part);
  const double s = side_sign(side);
  std::vector<Rib> arm = f.arm(side, cut.sleeve_ease, cut.cuff_ease);
  // Eases add on both sides of the arm; on the body's side there is none to add, and the shoulder stays where it is.
  arm[0].at = arm[0].at + Point{-s * 0.7 * cut.sleeve_ease, 0.78 * cut.sleeve_ease - 0.4};
  arm[1].at = arm[1].at + Point{-s * 0.15 * cut.sleeve_ease, 0.3 * cut.sleeve_ease};
  if (cut.neck == Neck::kOffShoulder) arm = section(arm, 0.12, 1);
  // A short sleeve widens at once; a long one by the time it reaches the wrist.
  std::vector<Rib> sleeve = trimmed(arm, cut.sleeve);
  if (cut.sleeve < 0.7) {
    const std::vector<Rib> skin = trimmed(f.arm(side, 0, 0), cut.sleeve);
    for (std::size_t i = 1; i < sleeve.size(); ++i)
      sleeve[i].radius =
          skin[std::min(i, skin.size() - 1)].radius + mix(cut.sleeve_ease, cut.cuff_ease, i / (sleeve.size() - 1.0));
  }
  Fabric fabric = worn.fabric;
  if (worn.has(kRaglan)) fabric.base = fabric.second, fabric.pattern = Pattern::kPlain;
  if (fabric.pattern == Pattern::kBlocks) fabric.base = fabric.second, fabric.pattern = Pattern::kPlain;
  const Point along = f.elbow[side] - f.shoulder[side];
  const double angle = -std::atan2(along.x, along.y);
  // No line where the sleeve goes over into the body: only a seam from the shoulder to the armpit.
  const std::vector<Point> outer = tube_edge(sleeve, side == 0 ? 1 : 0), inner = tube_edge(sleeve, side);
  Path edge;
  edge.move(outer[0]).spline(std::span(outer).subspan(1)).line(inner.back());
  for (std::size_t i = inner.size() - 1; i-- > 1;) edge.line(inner[i]);
  drape(canvas, tube(sleeve, {.round_start = cut.neck != Neck::kOffShoulder}), fabric, angle, &edge);
  if (cut.neck != Neck::kOffShoulder) {
    Path seam;
    const Point tip = f.shoulder[side] + Point{-s * 0.2, -1.9 - 0.2 * cut.ease},
                pit = f.torso(s * 0.94, 26.5, cut.ease * 0.8);
    seam.move(tip).spline({mix(tip, pit, 0.5) + Point{-s * 0.7, 0.3}, pit});
    canvas.tint_line(seam, fabric.edge(), 0.34, worn.has(kRaglan) ? 0.0 : 0.55);
  }
  const Color line = fabric.edge();
  const auto mark = [&](Point a, Point b, double bow, double alpha) {
    Path fold;
    fold.move(a).spline({mix(a, b, 0.5) + Point{0, bow}, b});
    canvas.tint_line(fold, line, 0.34, alpha);
  };
  if (cut.sleeve > 0.7) {
    const Point e = f.elbow[side];
    mark(e + Point{-s * 1.6, -1.0}, e + Point{s * 0.6, 0.2}, 0.5, 0.5);
    mark(e + Point{-s * 1.5, 0.8}, e + Point{s * 0.9, 1.2}, 0.6, 0.45);
  }
  if (worn.has(kPuff))
    for (const double t : {-0.5, 0.0, 0.5})
      mark(f.shoulder[side] + Point{s * 0.6 + t * 1.6, -1.4},
           mix(f.shoulder[side], sleeve.back().at, 0.5) + Point{t * 3, 0}, 0.3, 0.4);
  if (worn.has(kSideStripe)) {
    const std::vector<Point> along_arm = tube_edge(section(sleeve, 0.02, 0.97), side == 0 ? 1 : 0);
    Path stripe;
    for (std::size_t i = 0; i < along_arm.size(); ++i) {
      const Point p = along_arm[i] + Point{-s * 1.0, 0.2};
      i == 0 ? stripe.move(p) : stripe.line(p);
    }
    canvas.tint_line(stripe, worn.fabric.second, 0.75, 1);
  }
  if (worn.has(kRibs)) {
    std::vector<Rib> cuff = section(sleeve, 0.9, 1);
    for (Rib& rib : cuff) rib.radius -= 0.15;
    drape(canvas, tube(cuff), trim_of(worn), angle);
  } else if (worn.has(kTrim) || cut.front == Front::kButtons) {
    const std::vector<Rib> cuff = section(sleeve, cut.sleeve > 0.7 ? 0.93 : 0.86, 1);
    if (worn.has(kTrim))
      canvas.outlined(tube(cuff), worn.fabric.third, 0.3);
    else
      mark(tube_edge(cuff, 0).front(), tube_edge(cuff, 1).front(), 0.3, 0.8);
  }
  if (worn.has(kRuffles))
    for (const double t : {-0.6, 0.0, 0.6})
      canvas.outlined(ellipse(sleeve.back().at + Point{t * sleeve.back().radius, 0.3}, 1.0, 0.9), worn.fabric.base,
                      0.3);
}

}  // namespace ootd::render
