// The head: face and hair. Hats and glasses are in accessories.cc.
#include <algorithm>

#include "tools/render/figure.h"

namespace ootd::render {
namespace {

bool falls_long(Hair hair) { return hair == Hair::kLong || hair == Hair::kWavy || hair == Hair::kBraids; }

void draw_face(Canvas& canvas, const Figure& f, Random& random) {
  const Point c = f.head;
  const Color skin = f.body.skin, line = darker(skin, 0.72);
  Path face;
  const double jaw = mix(3.5, 2.8, f.body.curve);
  face.move(c + Point{-4.15, -1.5});
  face.spline({c + Point{-3.95, 1.6}, c + Point{-jaw, 3.9}, c + Point{0, 6.0}, c + Point{jaw, 3.9},
               c + Point{3.95, 1.6}, c + Point{4.15, -1.5}});
  face.spline({c + Point{2.9, -5.2}, c + Point{-2.9, -5.2}, c + Point{-4.15, -1.5}});
  for (const double sign : {-1.0, 1.0}) canvas.outlined(ellipse(c + Point{sign * 4.15, 0.5}, 0.7, 1.2), skin, 0.35);
  canvas.outlined(face.close(), skin, 0.35);
  const Point nose = c + Point{f.turn * 1.3, 0};
  const double smile = random.uniform(0.2, 0.75);
  for (const double sign : {-1.0, 1.0}) {
    const Point eye = nose + Point{sign * 1.75, -0.1};
    canvas.tint(ellipse(eye + Point{sign * 0.5, 2.2}, 0.85, 0.55), rgb(0xe0705f), 0.25);
    canvas.tint(ellipse(eye, 0.62, 0.42), rgb(0xfdfaf5), 0.9);
    canvas.tint(ellipse(eye + Point{f.turn * 0.15, 0}, 0.4, 0.44), rgb(0x2a1a14), 1);
    Path lash, brow;
    lash.move(eye + Point{-0.75, 0.05}).spline({eye + Point{0, -0.55}, eye + Point{0.75, 0.05}});
    canvas.tint_line(lash, rgb(0x21160f), mix(0.2, 0.34, f.body.curve), 1);
    brow.move(eye + Point{-0.95, -1.25}).spline({eye + Point{0, -1.65}, eye + Point{0.95, -1.3}});
    canvas.tint_line(brow, darker(f.body.hair_color, 0.2), mix(0.5, 0.32, f.body.curve), 0.9);
  }
  Path bridge, mouth;
  bridge.move(nose + Point{0.25 * f.turn, 0.2}).spline({nose + Point{0.45, 1.7}, nose + Point{-0.3, 1.9}});
  canvas.tint_line(bridge, line, 0.26, 0.6);
  mouth.move(nose + Point{-1.05, 3.3}).spline({nose + Point{0, 3.3 + smile}, nose + Point{1.05, 3.3}});
  canvas.tint_line(mouth, f.body.lips, mix(0.42, 0.62, f.body.curve), 1);
}

// The cap of hair over the skull, down to a hairline that depends on the cut.
Path hair_cap(const Figure& f, double rise, double side_low, double part) {
  const Point c = f.head;
  Path cap;
  cap.move(c + Point{-4.45, side_low});
  cap.spline({c + Point{-4.9, -2}, c + Point{-3.4, -5.6 - rise * 0.6}, c + Point{0, -6.9 - rise},
              c + Point{3.4, -5.6 - rise * 0.6}, c + Point{4.9, -2}, c + Point{4.45, side_low}});
  cap.line(c + Point{3.75, side_low * 0.4 - 1.2});
  if (f.body.fringe)
    cap.spline(
        {c + Point{3.1, -1.9}, c + Point{part, -1.5}, c + Point{-3.1, -1.9}, c + Point{-3.75, side_low * 0.4 - 1.2}});
  else
    cap.spline(
        {c + Point{2.9, -3.0}, c + Point{part, -4.6}, c + Point{-2.9, -3.0}, c + Point{-3.75, side_low * 0.4 - 1.2}});
  return cap.close();
}

}  // namespace

void draw_back_hair(Canvas& canvas, const Figure& f) {
  const Point c = f.head;
  const Color color = darker(f.body.hair_color, 0.18);
  const auto curtain = [&](double half, double bottom, double wave) {
    Path hair;
    hair.move(c + Point{-4.6, -2.5});
    hair.spline({c + Point{-half, bottom * 0.2}, c + Point{-half - wave, bottom * 0.55},
                 c + Point{-half + wave * 0.5, bottom - 2}, c + Point{-half * 0.7, bottom},
                 c + Point{half * 0.7, bottom}, c + Point{half - wave * 0.5, bottom - 2},
                 c + Point{half + wave, bottom * 0.55}, c + Point{half, bottom * 0.2}, c + Point{4.6, -2.5}});
    canvas.outlined(hair.close(), color);
  };
  switch (f.body.hair) {
    case Hair::kLong:
      curtain(5.3, 20, 0.2);
      break;
    case Hair::kWavy:
      curtain(5.8, 18, 0.9);
      break;
    case Hair::kBob:
      curtain(5.4, 8, 0.3);
      break;
    case Hair::kMedium:
      curtain(4.9, 7.4, 0);
      break;
    case Hair::kBun:
      canvas.outlined(ellipse(c + Point{-0.6 * f.turn, -7.2}, 2.6, 2.3), color);
      break;
    case Hair::kPonytail: {
      const double side = f.turn > 0 ? -1 : 1;
      const Rib tail[] = {{c + Point{side * 3, -4.5}, 1.2},
                          {c + Point{side * 6.4, -1}, 2.0},
                          {c + Point{side * 6.6, 7}, 1.7},
                          {c + Point{side * 5.8, 13}, 0.4}};
      canvas.outlined(tube(tail), color);
      break;
    }
    case Hair::kCurly:
      for (const Point p : {Point{-4.3, -3.2}, Point{4.3, -3.2}, Point{-4.9, 0.6}, Point{4.9, 0.6}, Point{-4.3, 3.6},
                            Point{4.3, 3.6}, Point{0, -6}, Point{-2.7, -5.6}, Point{2.7, -5.6}})
        canvas.outlined(ellipse(c + p, 2.5, 2.5), color, 0.4);
      break;
    case Hair::kBraids:
    case Hair::kShort:
    case Hair::kCrop:
      break;
  }
}

void draw_head(Canvas& canvas, const Figure& f, Random& random) {
  draw_face(canvas, f, random);
  const Color color = f.body.hair_color;
  const Point c = f.head;
  const double part = random.uniform(-2, 2);
  double rise = 0.4, side_low = 2;
  if (f.body.hair == Hair::kCrop) rise = -0.5, side_low = 0;
  if (f.body.hair == Hair::kShort) rise = 1.0, side_low = 0.6;
  if (f.body.hair == Hair::kBun || f.body.hair == Hair::kPonytail) side_low = 0.8;
  const Path cap = hair_cap(f, rise, side_low, part);
  canvas.outlined(cap, color);
  if (f.body.hair == Hair::kCurly)
    for (const double x : {-3.4, -1.2, 1.2, 3.4})
      canvas.fill(ellipse(c + Point{x, -4.9 + 0.15 * x * x}, 1.8, 1.6), color);
  Path shine;
  shine.move(c + Point{-3.2, -3.6}).spline({c + Point{-1.8, -5.3}, c + Point{0.4, -5.9}});
  canvas.tint_line(shine, lighter(color, 0.5), 0.5, 0.45);
  if (!falls_long(f.body.hair)) return;
  // Locks in front of the shoulders, one or both.
  const int locks = static_cast<int>(random.below(3));
  for (int side = 0; side < 2; ++side) {
    if (locks != 2 && locks != side && f.body.hair != Hair::kBraids) continue;
    const double sign = side == 0 ? -1 : 1;
    if (f.body.hair == Hair::kBraids) {
      for (int i = 0; i < 6; ++i)
        canvas.outlined(ellipse(c + Point{sign * (4.5 + 0.15 * i), 3.2 + 2.1 * i}, 1.25 - 0.08 * i, 1.3), color, 0.4);
      continue;
    }
    const double wave = f.body.hair == Hair::kWavy ? 0.7 : 0.1;
    const Rib lock[] = {{c + Point{sign * 4.2, -1.5}, 0.7},
                        {c + Point{sign * 4.7, 4}, 1.2},
                        {c + Point{sign * (4.9 + wave), 10}, 1.6},
                        {c + Point{sign * (4.7 - wave), 15}, 1.3},
                        {c + Point{sign * 4.6, 18.5}, 0.2}};
    canvas.outlined(tube(lock), color, 0.4);
  }
}

}  // namespace ootd::render
