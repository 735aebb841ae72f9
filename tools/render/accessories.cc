#include "tools/render/accessories.h"

#include <algorithm>

namespace ootd::render {
namespace {

struct ShoeShape {
  double length, height, sole, shaft;  // shaft: how far it reaches up the leg; 0 ends at the ankle
  double heel;                         // height of a heel
  bool laces, open, strap;
};

constexpr ShoeShape shape_of(Shoes shoes) {
  switch (shoes) {
    case Shoes::kNone:
    case Shoes::kSneakers:
      return {6.0, 3.4, 1.0, 0.4, 0, true, false, false};
    case Shoes::kChunky:
      return {6.8, 4.0, 1.8, 0.8, 0, true, false, false};
    case Shoes::kRunners:
      return {6.5, 3.4, 1.5, 0.4, 0, true, false, false};
    case Shoes::kHiking:
      return {6.4, 4.0, 1.4, 3.0, 0, true, false, false};
    case Shoes::kWorkBoots:
      return {6.3, 4.0, 1.2, 4.4, 0, true, false, false};
    case Shoes::kHighTops:
      return {6.0, 3.6, 1.0, 3.4, 0, true, false, false};
    case Shoes::kBoots:
      return {5.8, 3.2, 0.7, 5.0, 1.4, false, false, false};
    case Shoes::kLoafers:
      return {5.9, 3.0, 0.8, -0.6, 0.5, false, false, true};
    case Shoes::kHeels:
      return {5.0, 2.4, 0.35, -1.2, 2.6, false, true, false};
    case Shoes::kFlats:
      return {5.4, 2.4, 0.4, -1.2, 0, false, true, false};
    case Shoes::kMaryJanes:
      return {5.5, 2.8, 0.8, -0.9, 0.5, false, true, true};
    case Shoes::kSandals:
      return {5.4, 2.2, 0.8, -0.2, 0, false, true, true};
  }
  return {};
}

void draw_shoe(Canvas& canvas, const Figure& f, const Extras& extras, int side) {
  const ShoeShape shape = shape_of(extras.shoes);
  const double s = side == 0 ? -1 : 1;
  const Point ankle = f.ankle[side];
  const double floor = ankle.y + 4.8;
  // Feet point outwards, more so on the side that the person turns to.
  const double reach = shape.length * std::clamp(0.74 + 0.28 * s * f.turn, 0.5, 1.0);
  const auto at = [&](double x, double y) { return Point{ankle.x + s * x, y}; };
  const double top = ankle.y + 0.8 - shape.shaft, width = 1.75 + (shape.shaft > 2 ? 0.5 : 0.0);
  if (extras.socks) {
    const auto leg = f.leg(side, 0, 0, 0.15);
    canvas.outlined(tube(section(leg, 0.84, 1)), extras.sock_color, 0.35);
  }
  if (shape.open) {  // the bare foot above a low shoe
    Path foot;
    foot.move(at(-1.5, ankle.y - 0.5))
        .line(at(1.4, ankle.y - 0.5))
        .spline({at(reach * 0.55, floor - 2.2), at(reach * 0.9, floor - 0.6)});
    foot.line(at(-1.7, floor - 0.4 - shape.heel));
    canvas.outlined(foot.close(), extras.socks ? extras.sock_color : f.body.skin, 0.35);
  }
  Path upper;
  upper.move(at(-width, top)).line(at(width, top + 0.1));
  upper.spline({at(width + 0.5, std::max(top + 1.0, floor - shape.height + 0.2)),
                at(reach * 0.62, floor - shape.height * 0.66), at(reach, floor - shape.sole - 0.3)});
  upper.line(at(reach * 0.5, floor - shape.sole)).line(at(-2.1, floor - shape.sole - shape.heel));
  upper.spline({at(-2.2, floor - 2.6 - shape.heel * 0.5), at(-width, top)});
  canvas.outlined(upper.close(), extras.shoe_color, 0.42);
  const bool sporty = shape.laces;
  const Color sole = sporty && luma(extras.shoe_color) < 0.8 ? rgb(0xf1ede4) : darker(extras.shoe_color, 0.4);
  if (shape.heel > 2) {
    canvas.outlined(polygon({at(-2.1, floor - shape.heel - 0.5), at(-0.9, floor - shape.heel + 0.2), at(-1.5, floor),
                             at(-2.1, floor)}),
                    darker(extras.shoe_color, 0.2), 0.3);
    canvas.stroke(polyline({at(-0.9, floor - shape.heel + 0.1), at(reach * 0.5, floor - 0.2), at(reach, floor - 0.2)}),
                  darker(extras.shoe_color, 0.3), 0.5);
  } else {
    Path under;
    under.move(at(-2.3, floor - shape.sole - shape.heel))
        .spline({at(reach * 0.5, floor - shape.sole), at(reach + 0.3, floor - shape.sole - 0.4)});
    under.spline({at(reach + 0.5, floor - 0.3), at(reach - 0.4, floor)}).line(at(-2.2, floor)).close();
    canvas.outlined(under, sole, 0.4);
  }
  if (shape.laces)
    for (int i = 0; i < 3; ++i) {
      const Point lace = at(width * 0.6 + reach * 0.12 * i, top + 1.3 + 0.75 * i);
      canvas.tint_line(polyline({lace + Point{-0.9, 0.2}, lace + Point{0.9, -0.2}}),
                       luma(extras.shoe_color) > 0.6 ? darker(extras.shoe_color, 0.5) : rgb(0xf5f2ea), 0.36, 1);
    }
  if (extras.shoes == Shoes::kRunners || extras.shoes == Shoes::kChunky)
    canvas.tint_line(polyline({at(-1.2, floor - shape.sole - 0.5), at(0.8, floor - shape.sole - 1.7),
                               at(2.6, floor - shape.sole - 0.6)}),
                     extras.accent, 0.6, 1);
  if (shape.strap)
    canvas.tint_line(polyline({at(-0.9, floor - 2.3), at(2.4, floor - 2.0)}), darker(extras.shoe_color, 0.35), 0.6, 1);
}

void draw_hat(Canvas& canvas, const Figure& f, const Extras& extras) {
  const Point c = f.head;
  const Color color = extras.hat_color;
  const auto dome = [&](double width, double rise, double brim) {
    Path path;
    path.move(c + Point{-width, brim})
        .spline({c + Point{-width * 0.93, -4.6}, c + Point{-width * 0.5, -6.6 - rise},
                 c + Point{width * 0.5, -6.6 - rise}, c + Point{width * 0.93, -4.6}, c + Point{width, brim}});
    path.spline({c + Point{0, brim + 0.7}, c + Point{-width, brim}});
    return path.close();
  };
  switch (extras.hat) {
    case Hat::kNone:
      break;
    case Hat::kCap: {
      canvas.outlined(dome(4.9, 0.6, -2.6), color, 0.45);
      Path peak;
      const double way = f.turn * 2.2;
      peak.move(c + Point{-4.4, -2.7})
          .spline({c + Point{way - 2, -0.9}, c + Point{way + 2, -0.9}, c + Point{4.4, -2.7}});
      peak.spline({c + Point{way, -3.4}, c + Point{-4.4, -2.7}});
      canvas.outlined(peak.close(), darker(color, 0.12), 0.4);
      canvas.tint(rectangle(c.x + way * 0.5 - 1.2, c.y - 5.4, 2.4, 1.4, 0.4), extras.accent, 1);
      break;
    }
    case Hat::kBeanie: {
      canvas.outlined(dome(4.9, 1.4, -2.4), color, 0.45);
      Path fold;
      fold.move(c + Point{-5.1, -4.4}).spline({c + Point{0, -3.5}, c + Point{5.1, -4.4}}).line(c + Point{5.0, -2.0});
      fold.spline({c + Point{0, -1.2}, c + Point{-5.0, -2.0}}).close();
      canvas.outlined(fold, darker(color, 0.1), 0.4);
      for (double x = -4; x <= 4; x += 1.3)
        canvas.tint_line(polyline({c + Point{x, -3.8}, c + Point{x, -1.7}}), darker(color, 0.5), 0.25, 0.6);
      break;
    }
    case Hat::kBucket:
    case Hat::kStraw: {
      const double wide = extras.hat == Hat::kStraw ? 8.6 : 6.3;
      Path brim;
      brim.move(c + Point{-wide, -2.0})
          .spline({c + Point{0, -3.6}, c + Point{wide, -2.0}})
          .spline({c + Point{0, 0.1}, c + Point{-wide, -2.0}});
      canvas.outlined(dome(4.7, 0.7, -2.6), color, 0.45);
      canvas.outlined(brim.close(), darker(color, 0.08), 0.45);
      if (extras.hat == Hat::kStraw)
        canvas.tint_line(polyline({c + Point{-4.5, -3.5}, c + Point{0, -3.0}, c + Point{4.5, -3.5}}), extras.accent,
                         1.1, 1);
      break;
    }
    case Hat::kBeret: {
      Path puff;
      puff.move(c + Point{-4.6, -3.0})
          .spline({c + Point{-6.4, -5.2}, c + Point{-3.0, -8.0}, c + Point{2.6, -7.4}, c + Point{5.0, -4.8},
                   c + Point{4.4, -3.2}});
      puff.spline({c + Point{0, -2.7}, c + Point{-4.6, -3.0}});
      canvas.outlined(puff.close(), color, 0.45);
      break;
    }
    case Hat::kHeadband:
    case Hat::kHeadscarf: {
      Path band;
      band.move(c + Point{-4.8, -1.6})
          .spline({c + Point{-3.2, -4.4}, c + Point{0, -5.3}, c + Point{3.2, -4.4}, c + Point{4.8, -1.6}});
      const double width = extras.hat == Hat::kHeadband ? 1.2 : 2.3;
      canvas.stroke(band, darker(color, 0.45), width + 0.5);
      canvas.stroke(band, color, width);
      if (extras.hat == Hat::kHeadscarf)
        canvas.outlined(
            polygon({c + Point{4.4, -1.8}, c + Point{6.8, -0.4}, c + Point{6.0, 1.4}, c + Point{4.4, -0.6}}), color,
            0.4);
      break;
    }
    case Hat::kBow: {
      const Point at = c + Point{f.turn > 0 ? -3.2 : 3.2, -5.4};
      for (const double s : {-1.0, 1.0})
        canvas.outlined(polygon({at, at + Point{s * 2.6, -1.5}, at + Point{s * 2.4, 1.5}}), color, 0.5);
      canvas.outlined(ellipse(at, 0.7, 0.7), darker(color, 0.1), 0.4);
      break;
    }
  }
}

int bag_side(const Figure& f) { return f.hands[0] == Hands::kRelaxed || f.hands[0] == Hands::kOut ? 0 : 1; }

}  // namespace

void draw_shoes(Canvas& canvas, const Figure& f, const Extras& extras) {
  draw_shoe(canvas, f, extras, f.back_leg);
  draw_shoe(canvas, f, extras, 1 - f.back_leg);
}

void draw_behind(Canvas& canvas, const Figure& f, const Extras& extras) {
  if (extras.bag != Bag::kBackpack) return;
  canvas.outlined(rectangle(f.center(30) - 9.4, 20, 18.8, 25, 4), extras.bag_color, 0.5);
}

void draw_on_body(Canvas& canvas, const Figure& f, const Extras& extras) {
  const Color color = extras.bag_color, edge = darker(color, 0.45);
  const auto strap = [&](std::initializer_list<Point> points, double width) {
    canvas.stroke(polyline(points), edge, width + 0.45);
    canvas.stroke(polyline(points), color, width);
  };
  if (extras.bag == Bag::kBackpack)
    for (const double s : {-1.0, 1.0})
      strap({f.neck + Point{s * 4.6, 1.4}, f.torso(s * 0.74, 28), f.torso(s * 0.98, 35)}, 1.2);
  if (extras.bag == Bag::kCrossbody) {
    const double s = bag_side(f) == 0 ? -1 : 1;
    strap({f.neck + Point{-s * 4.2, 1.3}, f.torso(0.0, 33), f.torso(s * 0.86, 44, 1)}, 0.8);
    const Point at = f.torso(s * 0.72, 44, 1);
    canvas.outlined(rectangle(at.x - 4, at.y, 8, 6, 1.4), color, 0.5);
    canvas.tint_line(polyline({at + Point{-3.2, 2}, at + Point{3.2, 2}}), edge, 0.4, 1);
  }
  if (extras.bag == Bag::kBelt) {
    strap({f.torso(-1, 41, 0.8), f.torso(1, 41, 0.8)}, 1.2);
    canvas.outlined(rectangle(f.front(42) - 4, 39.6, 8, 4.8, 1.6), color, 0.5);
  }
}

void draw_on_top(Canvas& canvas, const Figure& f, const Extras& extras) {
  const Color color = extras.bag_color, edge = darker(color, 0.45);
  const int side = bag_side(f);
  const bool in_hand = f.hands[side] == Hands::kRelaxed || f.hands[side] == Hands::kOut;
  const Point hand = f.wrist[side] + Point{0, 3.4};
  if (in_hand && (extras.bag == Bag::kTote || extras.bag == Bag::kHandbag || extras.bag == Bag::kBasket ||
                  extras.bag == Bag::kDuffle)) {
    const double w = extras.bag == Bag::kHandbag  ? 9
                     : extras.bag == Bag::kDuffle ? 14
                                                  : 11,
                 h = extras.bag == Bag::kTote     ? 12
                     : extras.bag == Bag::kDuffle ? 8
                                                  : 7;
    Path handle;
    handle.move(hand + Point{-w * 0.26, 5})
        .spline({hand + Point{-w * 0.2, 0.4}, hand + Point{0, -0.6}, hand + Point{w * 0.2, 0.4},
                 hand + Point{w * 0.26, 5}});
    canvas.stroke(handle, edge, 0.9);
    canvas.stroke(handle, color, 0.5);
    const double top = hand.y + 4.6;
    if (extras.bag == Bag::kDuffle)
      canvas.outlined(rectangle(hand.x - w / 2, top, w, h, 3.4), color, 0.5);
    else
      canvas.outlined(polygon({{hand.x - w * 0.46, top},
                               {hand.x + w * 0.46, top},
                               {hand.x + w * 0.52, top + h},
                               {hand.x - w * 0.52, top + h}}),
                      color, 0.5);
    if (extras.bag == Bag::kHandbag) canvas.tint(rectangle(hand.x - 0.9, top + 2, 1.8, 1.6, 0.3), rgb(0xd9b65c), 1);
    if (extras.bag == Bag::kTote || extras.bag == Bag::kDuffle)
      canvas.tint(rectangle(hand.x - w * 0.25, top + h * 0.42, w * 0.5, 1.6, 0.4), extras.accent, 0.9);
    if (extras.bag == Bag::kBasket)
      for (double y = top + 1; y < top + h; y += 1.5)
        canvas.tint_line(polyline({{hand.x - w * 0.46, y}, {hand.x + w * 0.46, y}}), edge, 0.3, 0.7);
  }
  const Point c = f.head + Point{f.turn * 1.3, 0};
  if (extras.glasses || extras.sunglasses)
    for (const double s : {-1.0, 1.0}) {
      const Path lens = ellipse(c + Point{s * 1.8, 0}, 1.45, 1.15);
      if (extras.sunglasses) canvas.tint(lens, rgb(0x14141a), 0.93);
      canvas.tint_line(lens, rgb(0x241c1a), 0.34, 1);
      canvas.tint_line(polyline({c + Point{s * 0.4, -0.1}, c + Point{0, -0.3}}), rgb(0x241c1a), 0.34, 1);
    }
  if (extras.earrings)
    for (const double s : {-1.0, 1.0}) canvas.tint(ellipse(f.head + Point{s * 4.3, 2.2}, 0.5, 0.5), rgb(0xe4c15a), 1);
  draw_hat(canvas, f, extras);
}

}  // namespace ootd::render
