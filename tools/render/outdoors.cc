#include <algorithm>

#include "tools/render/backgrounds.h"

namespace ootd::render {
namespace {

constexpr std::uint32_t kSkies[] = {0x9fd0ee, 0xc5dff0, 0xf3c9a5, 0xe8d8ee, 0x7fb0dc, 0xd9dde2, 0x34406a};
constexpr std::uint32_t kWalls[] = {0xd8b48c, 0xb5654a, 0xe9e0d0, 0x8ea3b0, 0xc98f92,
                                    0x7f8f6f, 0xe3c565, 0x5f6a80, 0xa44f45, 0x4f9a94};

void sky(Scene& s, double horizon) {
  const Color top = s.one_of(kSkies);
  s.fade(0, 0, s.width, horizon + 2, top, lighter(top, 0.5));
  for (int i = 0; i < 3; ++i) {
    const Point c = {s.at(0, s.width), s.at(20, horizon * 0.5)};
    for (int k = -1; k <= 1; ++k)
      s.canvas.tint(ellipse(c + Point{k * 22.0, std::abs(k) * 5.0}, 26, 12), rgb(0xffffff), 0.6);
  }
}

void houses(Scene& s, double ground) {
  for (double x = -s.at(0, 60); x < s.width;) {
    const double w = s.at(70, 150), top = s.at(-40, ground * 0.45);
    const Color wall = s.one_of(kWalls);
    s.box(x, top, w, ground - top, wall);
    s.box(x, top, w, 8, darker(wall, 0.25));
    draw_windows(s, x, top + 10, w, ground - top - 100, s.at(32, 46));
    const double front = ground - 88;  // the ground floor: a shop
    s.box(x + 6, front, w - 12, 88, darker(wall, 0.35));
    s.box(x + 12, front + 26, w * 0.5, 52, rgb(0xbad2da));
    s.box(x + w * 0.68, front + 24, w * 0.2, 64, s.vivid());
    if (s.chance(0.7)) {
      const Color awning = s.vivid();
      const int folds = 7;
      for (int i = 0; i < folds; ++i) {
        const double u = x + 4 + (w - 8) * i / folds, step = (w - 8) / folds;
        s.canvas.tint(polygon({{u, front}, {u + step, front}, {u + step, front + 20}, {u, front + 20}}),
                      i % 2 == 0 ? awning : rgb(0xf5f0e6), 1);
        s.canvas.tint(ellipse({u + step / 2, front + 20}, step / 2, 5), i % 2 == 0 ? awning : rgb(0xf5f0e6), 1);
      }
    }
    if (s.chance(0.7)) draw_sign(s, x + w * 0.1, front - 26, w * 0.75, 20);
    x += w + 1;
  }
}

void paving(Scene& s, double top, Color stone) {
  s.fade(0, top, s.width, 512 - top, darker(stone, 0.08), stone);
  const double vanish = s.width * s.at(0.3, 0.7);
  for (double x = -s.width; x < 2 * s.width; x += 48)
    s.canvas.tint_line(polyline({{mix(x, vanish, 0.35), top}, {x, 512}}), darker(stone, 0.4), 1, 0.35);
  for (double y = top + 12, step = 16; y < 512; y += step, step *= 1.25)
    s.canvas.tint_line(polyline({{0, y}, {s.width, y}}), darker(stone, 0.4), 1, 0.35);
}

}  // namespace

void draw_street(Scene& s) {
  const double ground = s.at(350, 400);
  sky(s, ground);
  houses(s, ground);
  const double curb = s.at(ground + 30, ground + 60);
  s.box(0, ground, s.width, curb - ground, rgb(0x5d6067));
  for (double x = s.at(-40, 0); x < s.width; x += 70) s.box(x, (ground + curb) / 2, 36, 4, rgb(0xe9e2c8));
  for (int i = 0; i < 2; ++i)
    if (s.chance(0.75)) draw_car(s, s.at(0, s.width), curb - 4 + 2 * i, s.at(0.75, 1.1));
  s.box(0, curb, s.width, 6, rgb(0xb9b6ae));
  constexpr std::uint32_t kStones[] = {0xc2bdb2, 0xa9adb3, 0xcbb49a, 0x95908c};
  paving(s, curb + 6, s.one_of(kStones));
  if (s.chance(0.5)) draw_lamp(s, s.at(0, s.width), curb + 20, 1.5);
  if (s.chance(0.4)) draw_bicycle(s, s.at(20, s.width - 20), curb + 36, 1.2);
  if (s.chance(0.4)) draw_tree(s, s.at(0, s.width), curb + 16, s.at(1.5, 2.1));
}

void draw_crossing(Scene& s) {
  const double ground = s.at(330, 370);
  sky(s, ground);
  houses(s, ground);
  s.box(0, ground, s.width, 512 - ground, rgb(0x54575e));
  for (int i = 0; i < 7; ++i) {
    const double x = s.width * (i - 0.4) / 6;
    s.canvas.tint(polygon({{mix(x, s.width / 2, 0.3), ground + 44},
                           {mix(x + 34, s.width / 2, 0.3), ground + 44},
                           {x + 38, 512},
                           {x, 512}}),
                  rgb(0xe8e5dc), 1);
  }
  for (int i = 0; i < 3; ++i)
    if (s.chance(0.75)) draw_car(s, s.at(-20, s.width + 20), ground + 26 + 6 * i, s.at(0.8, 1.2));
  const double x = s.at(10, s.width - 10);
  s.box(x, ground - 170, 5, 200, rgb(0x3a3c42));
  s.box(x - 9, ground - 196, 22, 54, rgb(0x26282d), 4);
  constexpr std::uint32_t kLights[] = {0xe14a3c, 0xf2b938, 0x4fbf67};
  for (int i = 0; i < 3; ++i) s.canvas.tint(ellipse({x + 2, ground - 184 + 16.0 * i}, 6, 6), rgb(kLights[i]), 1);
}

void draw_park(Scene& s) {
  const double ground = s.at(300, 360);
  sky(s, ground);
  constexpr std::uint32_t kGrass[] = {0x7fb257, 0x9bbf5f, 0x5f9a5c, 0xb8b45a, 0xd5c98a};
  const Color grass = s.one_of(kGrass);
  Path hill;
  hill.move({0, ground - 20})
      .spline({{s.width * 0.3, ground - 60}, {s.width * 0.7, ground - 25}, {s.width, ground - 55}})
      .line({s.width, 512})
      .line({0, 512});
  s.canvas.tint(hill, darker(grass, 0.2), 1);
  for (int i = 0; i < 5; ++i) draw_tree(s, s.at(-10, s.width + 10), s.at(ground - 20, ground + 20), s.at(1.0, 1.9));
  s.fade(0, ground, s.width, 512 - ground, grass, lighter(grass, 0.12));
  Path path;
  const double x = s.width * s.at(0.3, 0.7);
  path.move({x - 14, ground})
      .spline({{x - 60, 420}, {x - 150, 512}})
      .line({x + 150, 512})
      .spline({{x + 70, 420}, {x + 14, ground}});
  if (s.chance(0.7)) s.canvas.tint(path, rgb(0xdcc9a4), 1);
  if (s.chance(0.6)) draw_bench(s, s.at(40, s.width - 40), s.at(ground + 30, ground + 60), 1.0);
  if (s.chance(0.4)) draw_lamp(s, s.at(0, s.width), ground + 36, 1.2);
  for (int i = 0; i < 30; ++i)
    s.canvas.tint(ellipse({s.at(0, s.width), s.at(ground + 10, 512)}, 2.6, 2.6), s.vivid(), 0.9);
  if (s.chance(0.5)) draw_bicycle(s, s.at(20, s.width - 20), ground + 70, 1.1);
}

void draw_beach(Scene& s) {
  const double sea = s.at(190, 260), sand = s.at(300, 350);
  sky(s, sea);
  if (s.chance(0.5)) s.canvas.tint(ellipse({s.at(40, s.width - 40), sea - s.at(10, 90)}, 30, 30), rgb(0xffdd8a), 0.95);
  constexpr std::uint32_t kSeas[] = {0x3f9fbf, 0x5cc0c2, 0x2f6fa0, 0x6fa5b8};
  const Color water = s.one_of(kSeas);
  s.box(0, sand, s.width, 40, lighter(water, 0.3));
  s.fade(0, sea, s.width, sand - sea, water, lighter(water, 0.3));
  for (int i = 0; i < 14; ++i) {
    const double y = s.at(sea + 4, sand - 6), x = s.at(0, s.width);
    s.canvas.tint_line(polyline({{x, y}, {x + s.at(12, 44), y}}), rgb(0xffffff), 1.6, 0.5);
  }
  const Color ground = s.chance(0.5) ? rgb(0xeed9ac) : rgb(0xd9bd8e);
  Path shore;
  shore.move({0, sand})
      .spline({{s.width * 0.3, sand + 12}, {s.width * 0.65, sand - 8}, {s.width, sand + 6}})
      .line({s.width, 512})
      .line({0, 512});
  s.canvas.tint_line(shore, rgb(0xffffff), 7, 0.8);
  s.canvas.tint(shore, ground, 1);
  for (int i = 0; i < 2; ++i) {  // parasols with towels
    if (!s.chance(0.75)) continue;
    const double x = s.at(20, s.width - 20), y = s.at(sand + 30, sand + 80);
    const Color a = s.vivid();
    s.canvas.tint(polygon({{x - 30, y}, {x + 40, y}, {x + 54, y + 22}, {x - 44, y + 22}}), s.vivid(), 1);
    s.box(x - 2, y - 130, 4, 135, rgb(0xf0ead8));
    for (int k = 0; k < 6; ++k)
      s.canvas.tint(polygon({{x, y - 140}, {x - 60 + 20.0 * k, y - 92}, {x - 40 + 20.0 * k, y - 92}}),
                    k % 2 == 0 ? a : rgb(0xfaf5ea), 1);
  }
  if (s.chance(0.5)) {
    const double x = s.at(20, s.width - 60), y = s.at(sea + 8, sea + 20);
    s.canvas.tint(polygon({{x, y}, {x + 50, y}, {x + 42, y + 12}, {x + 8, y + 12}}), s.vivid(), 1);
    s.canvas.tint(polygon({{x + 24, y - 4}, {x + 24, y - 58}, {x + 48, y - 4}}), rgb(0xffffff), 1);
  }
  for (int i = 0; i < 50; ++i)
    s.canvas.tint(ellipse({s.at(0, s.width), s.at(sand + 15, 512)}, 1.3, 0.9), darker(ground, 0.35), 0.6);
}

void draw_brick_wall(Scene& s) {
  constexpr std::uint32_t kBricks[] = {0xa9573f, 0xc2724f, 0x8f4a3c, 0xd8cfc0, 0x6f6a66, 0x7f9aa5, 0xe0b04f};
  const Color brick = s.one_of(kBricks);
  const double ground = s.at(400, 440), h = s.at(13, 18), w = h * 2.4;
  s.box(0, 0, s.width, ground, lighter(brick, 0.3));
  bool odd = false;
  for (double y = 0; y < ground; y += h, odd = !odd)
    for (double x = odd ? -w / 2 : 0; x < s.width; x += w)
      s.box(x + 1, y + 1, w - 2.4, h - 2.4, darker(brick, s.at(0, 0.18)));
  if (s.chance(0.7)) draw_poster(s, s.at(0, s.width - 100), s.at(40, 160), s.at(70, 110), s.at(100, 150));
  if (s.chance(0.6)) draw_poster(s, s.at(0, s.width - 80), s.at(60, 200), s.at(50, 80), s.at(70, 110));
  if (s.chance(0.6)) {  // a door
    const double x = s.at(0, s.width - 90);
    const Color door = s.vivid();
    s.box(x, ground - 220, 96, 220, darker(door, 0.4));
    s.box(x + 7, ground - 212, 82, 212, door);
    s.box(x + 20, ground - 195, 56, 70, rgb(0xb7cdd4));
    s.canvas.tint(ellipse({x + 76, ground - 100}, 4, 4), rgb(0xe8c860), 1);
  }
  constexpr std::uint32_t kStones[] = {0xa9a59c, 0x8e8c8a, 0xc0ab90};
  paving(s, ground, s.one_of(kStones));
  if (s.chance(0.5)) draw_bicycle(s, s.at(20, s.width - 20), ground + 16, 1.5);
  if (s.chance(0.5)) draw_plant(s, s.at(0, s.width), ground + 14, s.at(1.0, 1.5));
}

void draw_shop_front(Scene& s) {
  const double ground = s.at(395, 430);
  const Color wall = s.one_of(kWalls);
  s.box(0, 0, s.width, ground, wall);
  const Color trim = s.vivid();
  s.box(0, 70, s.width, 44, darker(trim, 0.3));
  draw_sign(s, s.width * s.at(0.05, 0.3), 74, s.width * 0.6, 36);
  s.box(14, 128, s.width - 28, ground - 140, darker(wall, 0.55));
  s.fade(20, 134, s.width - 40, ground - 152, rgb(0xf3e5c4), rgb(0xd9c6a0));
  for (double y = 200; y < ground - 30; y += 62) {  // shelves full of goods
    s.box(20, y, s.width - 40, 4, rgb(0x8a6a48));
    for (double x = 28; x < s.width - 40;) {
      const double w = s.at(10, 30), h = s.at(14, 46);
      if (s.chance(0.85)) s.box(x, y - h, w, h, s.vivid(), s.chance(0.3) ? 6 : 0);
      x += w + s.at(3, 12);
    }
  }
  s.canvas.tint(polygon({{40, 134}, {110, 134}, {60, ground - 18}, {20, ground - 18}}), rgb(0xffffff), 0.16);
  paving(s, ground, s.chance(0.5) ? rgb(0xb8b2a6) : rgb(0x9a9ca1));
  for (int i = 0; i < 2; ++i)
    if (s.chance(0.6)) draw_plant(s, i == 0 ? s.at(0, 60) : s.at(s.width - 60, s.width), ground + 16, s.at(1.0, 1.5));
  if (s.chance(0.5)) draw_sign(s, s.at(0, s.width - 60), ground - 40, 56, 26);
}

}  // namespace ootd::render
