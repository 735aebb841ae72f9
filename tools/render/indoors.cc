#include <algorithm>
#include <numbers>

#include "tools/render/backgrounds.h"

namespace ootd::render {
namespace {

void boards(Scene& s, double top, Color wood) {
  s.fade(0, top, s.width, 512 - top, darker(wood, 0.1), wood);
  const double vanish = s.width / 2;
  for (double x = -s.width; x < 2 * s.width; x += 30)
    s.canvas.tint_line(polyline({{mix(x, vanish, 0.4), top}, {x, 512}}), darker(wood, 0.5), 1, 0.4);
}

void tiles(Scene& s, double top, Color a, Color b) {
  const int rows = 6;
  for (int row = 0; row < rows; ++row)
    for (int i = -6; i < 12; ++i) {
      const auto x = [&](double k, double t) {
        return mix(mix(k * s.width / 6, s.width / 2, 0.4), k * s.width / 6, t);
      };
      const double t0 = row * row / 36.0, t1 = (row + 1) * (row + 1) / 36.0;
      s.canvas.tint(polygon({{x(i, t0), mix(top, 512, t0)},
                             {x(i + 1, t0), mix(top, 512, t0)},
                             {x(i + 1, t1), mix(top, 512, t1)},
                             {x(i, t1), mix(top, 512, t1)}}),
                    (row + i) % 2 == 0 ? a : b, 1);
    }
}

void pendant(Scene& s, double x, double y) {
  s.canvas.tint_line(polyline({{x, 0}, {x, y}}), rgb(0x2a2a2e), 1.6, 1);
  s.glow({x, y + 22}, 62, rgb(0xffe6a6), 0.55);
  s.canvas.tint(polygon({{x - 7, y}, {x + 7, y}, {x + 22, y + 20}, {x - 22, y + 20}}), s.vivid(), 1);
  s.canvas.tint(ellipse({x, y + 21}, 9, 5), rgb(0xfff4d0), 1);
}

}  // namespace

void draw_cafe(Scene& s) {
  const double ground = s.at(380, 420);
  const Color wall = s.wall();
  s.box(0, 0, s.width, ground, wall);
  s.box(0, ground - 110, s.width, 110, darker(wall, 0.25));
  const double x = s.at(10, s.width - 150);
  s.box(x, 110, 140, 100, rgb(0x2b2e2c), 4);  // the menu on a blackboard
  for (int i = 0; i < 5; ++i) s.box(x + 12, 124 + 16 * i, s.at(50, 112), 5, rgb(0xe9e6dc));
  for (double y : {60.0, 230.0}) {
    s.box(0, y, s.width, 5, rgb(0x6d4c33));
    for (double u = 6; u < s.width;) {
      const double w = s.at(8, 16), h = s.at(14, 34);
      s.box(u, y - h, w, h, s.vivid(), 4);
      u += w + s.at(3, 22);
    }
  }
  s.box(s.chance(0.5) ? 0 : s.width * 0.45, ground - 90, s.width * 0.55, 90, s.vivid());
  for (int i = 0; i < 3; ++i) pendant(s, s.width * (0.2 + 0.3 * i) + s.at(-20, 20), s.at(30, 80));
  if (s.chance(0.5))
    tiles(s, ground, rgb(0xe9e3d6), s.chance(0.5) ? rgb(0x2f3237) : s.vivid());
  else
    boards(s, ground, rgb(0xb1855a));
  draw_chair(s, s.at(10, 70), ground + 40, 1.25);
  draw_chair(s, s.at(s.width - 70, s.width - 10), ground + 30, 1.15);
  if (s.chance(0.6)) draw_plant(s, s.at(0, s.width), ground + 20, 1.3);
}

void draw_subway(Scene& s) {
  const double ground = s.at(390, 430);
  const Color tile = s.chance(0.6) ? rgb(0xe9e7df) : s.muted();
  s.box(0, 0, s.width, ground, darker(tile, 0.22));
  for (double y = 0; y < ground; y += 15)
    for (double x = static_cast<int>(y / 15) % 2 == 0 ? 0 : -14; x < s.width; x += 28)
      s.box(x + 0.7, y + 0.7, 26.6, 13.6, darker(tile, s.at(0, 0.06)));
  s.box(0, 60, s.width, 30, s.vivid());
  draw_sign(s, s.at(10, s.width * 0.5), 58, 150, 34);
  if (s.chance(0.6)) {  // a train passes
    const Color car = s.vivid();
    s.box(0, 150, s.width, ground - 160, rgb(0xc9ccd1));
    s.box(0, 290, s.width, 26, car);
    for (double x = s.at(-60, 0); x < s.width; x += 96) {
      s.box(x, 175, 66, 90, rgb(0x2f3b47), 8);
      s.canvas.tint(polygon({{x + 6, 180}, {x + 34, 180}, {x + 10, 258}, {x + 6, 258}}), rgb(0xffffff), 0.16);
      s.canvas.tint_line(polyline({{x + 80, 165}, {x + 80, ground - 14}}), rgb(0x777b82), 2, 1);
    }
  } else {
    for (double x = s.at(0, 30); x < s.width - 70; x += s.at(100, 150))
      draw_poster(s, x, s.at(120, 160), s.at(70, 90), s.at(110, 150));
  }
  s.fade(0, ground, s.width, 512 - ground, rgb(0x77797e), rgb(0x9a9ca0));
  s.box(0, ground + 10, s.width, 14, rgb(0xf0c534));
  for (double x = s.at(0, 60); x < s.width; x += 180) s.box(x, 0, 22, ground + 6, darker(tile, 0.4), 3);
  for (double x = 20; x < s.width; x += 110) s.box(x, 8, 70, 7, rgb(0xfdfbf0));
}

void draw_room(Scene& s) {
  const double ground = s.at(390, 420);
  const Color wall = s.wall();
  s.box(0, 0, s.width, ground, wall);
  if (s.chance(0.5))
    for (double x = 0; x < s.width; x += 22) s.box(x, 0, 9, ground, lighter(wall, 0.14));
  if (s.chance(0.7)) {  // a window with curtains
    const double x = s.at(0, s.width - 130);
    s.box(x, 60, 130, 190, rgb(0xf4f1ea));
    s.fade(x + 8, 68, 114, 174, rgb(0x9fd0ee), rgb(0xd9ecd2));
    s.box(x + 62, 60, 6, 190, rgb(0xf4f1ea));
    const Color cloth = s.vivid();
    s.box(x - 26, 46, 44, 250, cloth);
    s.box(x + 112, 46, 44, 250, cloth);
  }
  for (int i = 0; i < 3; ++i)
    if (s.chance(0.6)) draw_poster(s, s.at(0, s.width - 60), s.at(40, 170), s.at(40, 70), s.at(50, 90));
  boards(s, ground, s.chance(0.5) ? rgb(0xb98a5c) : rgb(0x8c6a50));
  s.box(0, ground - 12, s.width, 12, rgb(0xf4f1ea));
  s.canvas.tint(ellipse({s.width / 2, 478}, s.width * 0.46, 26), s.vivid(), 0.9);
  const double sofa = s.at(-60, s.width - 110);  // sofa
  const Color cover = s.vivid();
  s.box(sofa, ground - 96, 190, 70, darker(cover, 0.12), 14);
  s.box(sofa - 8, ground - 52, 206, 52, cover, 12);
  s.box(sofa + 20, ground - 86, 44, 40, s.vivid(), 6);
  if (s.chance(0.7)) draw_plant(s, s.at(0, s.width), ground + 16, s.at(1.1, 1.8));
  if (s.chance(0.5)) draw_lamp(s, s.at(0, s.width), ground + 8, 1.0);
}

void draw_gallery(Scene& s) {
  const double ground = s.at(400, 430);
  s.fade(0, 0, s.width, ground, rgb(0xf3f1ec), rgb(0xe2dfd8));
  for (double x = s.at(-20, 20); x < s.width;) {
    const double w = s.at(80, 150);
    draw_poster(s, x, s.at(90, 150), w, s.at(110, 190));
    x += w + s.at(30, 60);
  }
  boards(s, ground, s.chance(0.5) ? rgb(0xcfc9bd) : rgb(0x9b7a58));
  const double x = s.chance(0.5) ? s.at(0, 40) : s.at(s.width - 90, s.width - 50);
  s.box(x, ground - 70, 50, 100, rgb(0xfaf9f5));
  s.canvas.tint(ellipse({x + 25, ground - 96}, 20, 28), s.vivid(), 1);
}

void draw_studio(Scene& s) {
  const Color paper = s.wall();
  s.fade(0, 0, s.width, 420, darker(paper, 0.12), lighter(paper, 0.15));
  s.fade(0, 420, s.width, 92, lighter(paper, 0.15), darker(paper, 0.06));
  if (s.chance(0.6)) {  // the edge of the paper roll and the floor beside it
    const double x = s.at(10, 60);
    s.box(0, 0, x, 512, rgb(0x3a3b40));
    s.box(s.width - x, 0, x, 512, rgb(0x44454a));
  }
  if (s.chance(0.5)) {
    const double x = s.chance(0.5) ? 40 : s.width - 40;  // a soft box
    s.box(x - 2, 120, 4, 370, rgb(0x222226));
    s.box(x - 36, 60, 72, 84, rgb(0x1d1d20), 6);
    s.box(x - 30, 66, 60, 72, rgb(0xfffdf4), 4);
  }
  for (int i = 0; i < 3; ++i)
    if (s.chance(0.5)) s.box(s.at(0, s.width - 60), s.at(360, 420), s.at(40, 80), s.at(50, 90), s.vivid(), 2);
}

void draw_mural(Scene& s) {
  const double ground = s.at(400, 440);
  s.box(0, 0, s.width, ground, s.wall());
  for (int i = 0; i < 16; ++i) {
    const Point c = {s.at(0, s.width), s.at(0, ground)};
    const double r = s.at(20, 90);
    const Color color = s.vivid();
    switch (s.random.below(4)) {
      case 0:
        s.canvas.tint(ellipse(c, r, r), color, 1);
        break;
      case 1:
        s.canvas.tint_line(ellipse(c, r, r), color, s.at(8, 22), 1);
        break;
      case 2:
        s.canvas.tint(polygon({c, c + Point{r * 1.6, s.at(-r, r)}, c + Point{s.at(-r, r), r * 1.4}}), color, 1);
        break;
      default: {
        Path wave;
        wave.move(c - Point{r * 2, 0}).spline({c - Point{r, r * 0.6}, c, c + Point{r, -r * 0.6}, c + Point{r * 2, 0}});
        s.canvas.tint_line(wave, color, s.at(10, 26), 1);
        break;
      }
    }
  }
  s.box(0, ground - 3, s.width, ground, rgb(0x8d8b88));
  s.fade(0, ground, s.width, 512 - ground, rgb(0x97948f), rgb(0xb3aea5));
  if (s.chance(0.5)) draw_bench(s, s.at(40, s.width - 40), ground + 24, 1.2);
  if (s.chance(0.4)) draw_bicycle(s, s.at(30, s.width - 30), ground + 20, 1.4);
}

}  // namespace ootd::render
