// A body in a pose. Figure units: the person stands from y = 0 (crown) to y = 100 (soles), x = 0 is between the feet;
// y grows downwards. Side 0 is the viewer's left. Nothing here depends on the style except `curve`'s probability.
#pragma once

#include <array>
#include <cstdint>

#include "ootd/base/random.h"
#include "tools/render/canvas.h"

namespace ootd::render {

enum class Hair : std::uint8_t { kLong, kWavy, kBob, kBun, kPonytail, kMedium, kShort, kCrop, kCurly, kBraids };

struct Body {
  double curve = 0;  // 0 straight shoulders and hips .. 1 hourglass
  double build = 0;  // 0 slim .. 1 broad
  Color skin, hair_color, lips;
  Hair hair = Hair::kShort;
  bool fringe = false;
};

enum class Hands : std::uint8_t { kRelaxed, kHip, kPocket, kCarry, kHead, kOut };

struct Figure {
  Body body;
  double turn = 0;  // -1..1: facing left, to us, right
  Point head, neck, waist, pelvis;
  std::array<Point, 2> shoulder, elbow, wrist, hip, knee, ankle;
  std::array<Hands, 2> hands{};
  int back_leg = 0;
  double shoulder_tilt = 0, hip_tilt = 0;  // radians

  double center(double y) const;                                                       // x of the spine
  double front(double y) const { return center(y) + turn * 0.22 * half_width(y, 0); }  // x of a row of buttons
  double half_width(double y,
                    double ease) const;  // of the torso; ease > 3 hangs straight instead of following the waist
  // The point at u in -1 (left edge) .. 1 (right edge) of the torso with `ease` added, at height y.
  Point torso(double u, double y, double ease = 0) const;
  std::vector<Rib> arm(int side, double ease_top, double ease_end) const;
  std::vector<Rib> leg(int side, double ease_hip, double ease_knee, double ease_hem) const;
};

// Two streams, so that another style with the same seed keeps the same pose.
Body random_body(double feminine_share, Random& random);
Figure random_figure(const Body& body, Random& random);

void draw_legs(Canvas& canvas, const Figure& figure);
void draw_torso(Canvas& canvas, const Figure& figure);
void draw_arm(Canvas& canvas, const Figure& figure, int side);
void draw_back_hair(Canvas& canvas, const Figure& figure);
void draw_head(Canvas& canvas, const Figure& figure, Random& random);

}  // namespace ootd::render
