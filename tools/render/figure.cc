#include "tools/render/figure.h"

#include <algorithm>
#include <numbers>

namespace ootd::render {
namespace {

constexpr std::uint32_t kSkins[] = {0xf3d2ba, 0xedc1a0, 0xe3ad84, 0xd2976b, 0xb97a50, 0x96603c, 0x754628, 0x55331f};
constexpr std::uint32_t kHairs_[] = {0x17130f, 0x2b1d14, 0x4a3020, 0x6e4526, 0x9a6a38, 0xd0a763, 0x8a3b1e, 0x9a9692};

double radians(double degrees) { return degrees * std::numbers::pi / 180; }

// From straight down, positive to the outside of the given side.
Point swing(int side, double degrees, double length) {
  const double outwards = side == 0 ? -1 : 1;
  return {outwards * std::sin(radians(degrees)) * length, std::cos(radians(degrees)) * length};
}

struct ArmPose {
  double upper_low, upper_high, fore_low, fore_high, fore_length;  // degrees, degrees, figure units
};

constexpr double kUpperArm = 15.5, kForearm = 13.5;

constexpr ArmPose arm_pose(Hands hands) {
  switch (hands) {
    case Hands::kRelaxed:
    case Hands::kHip:
    case Hands::kPocket:
      return {7, 13, 1, 8, kForearm};
    case Hands::kCarry:
      return {9, 15, -118, -96, 11.5};
    case Hands::kHead:
      return {62, 78, 155, 166, kForearm};
    case Hands::kOut:
      return {20, 28, 12, 30, kForearm};
  }
  return {};
}

// Puts the wrist where it is wanted and the elbow to the outside (two bones, law of cosines).
void reach_for(Figure& f, int side, Point wrist) {
  const Point way = wrist - f.shoulder[side];
  const double d = std::min(length(way), (kUpperArm + kForearm) * 0.995);
  const double along = (kUpperArm * kUpperArm - kForearm * kForearm + d * d) / (2 * d);
  const double aside = std::sqrt(std::max(0.0, kUpperArm * kUpperArm - along * along));
  const Point u = unit(way), out = side == 0 ? Point{-u.y, u.x} : Point{u.y, -u.x};
  f.elbow[side] = f.shoulder[side] + u * along + out * aside;
  f.wrist[side] = f.shoulder[side] + u * d;
}

void pose_arms(Figure& f, Random& random) {
  // Weights of the six hands; at most one hand is lifted, as people do.
  constexpr Hands kCalm[] = {Hands::kRelaxed, Hands::kRelaxed, Hands::kPocket, Hands::kOut};
  constexpr Hands kBusy[] = {Hands::kRelaxed, Hands::kPocket, Hands::kHip, Hands::kCarry, Hands::kHead, Hands::kHip};
  const int busy = static_cast<int>(random.below(2));
  f.hands[busy] = kBusy[random.below(std::size(kBusy))];
  f.hands[1 - busy] = kCalm[random.below(std::size(kCalm))];
  for (int side = 0; side < 2; ++side) {
    const ArmPose pose = arm_pose(f.hands[side]);
    f.elbow[side] = f.shoulder[side] + swing(side, random.uniform(pose.upper_low, pose.upper_high), kUpperArm);
    f.wrist[side] = f.elbow[side] + swing(side, random.uniform(pose.fore_low, pose.fore_high), pose.fore_length);
    const double u = side == 0 ? -1 : 1;
    if (f.hands[side] == Hands::kHip) reach_for(f, side, f.torso(u * 0.93, 42.5));
    if (f.hands[side] == Hands::kPocket) reach_for(f, side, f.torso(u * 0.99, 46.5));
  }
}

void pose_legs(Figure& f, Random& random) {
  const int weight = f.back_leg = static_cast<int>(random.below(2));
  const double out = weight == 0 ? 1 : -1;  // from the weight leg to the free one
  double spread_weight = 3.6, spread_free = 3.6, bend = 0, lift = 0;
  switch (random.below(5)) {
    case 0:  // at attention
      break;
    case 1:  // contrapposto: the free leg to the side
      spread_weight = 2.0, spread_free = random.uniform(6, 8.5), bend = random.uniform(0.3, 1.2);
      break;
    case 2:  // legs apart
      spread_weight = spread_free = random.uniform(5.5, 8);
      break;
    case 3:  // a step
      spread_weight = 2.4, spread_free = random.uniform(0.2, 1.4), lift = random.uniform(1.5, 3.2), bend = 0.4;
      break;
    default:  // a knee turned in
      spread_weight = 3.0, spread_free = random.uniform(4.5, 6), bend = -random.uniform(0.8, 1.8);
      break;
  }
  for (int side = 0; side < 2; ++side) {
    const double sign = side == 0 ? -1 : 1;
    const bool free = side != weight;
    f.hip[side] = f.pelvis + Point{std::cos(f.hip_tilt) * sign * 3.9, std::sin(f.hip_tilt) * sign * 3.9 + 0.6};
    f.ankle[side] = {sign * (free ? spread_free : spread_weight), 95.2 - (free ? lift : 0)};
    f.knee[side] = mix(f.hip[side], f.ankle[side], 0.5) + Point{free ? bend * out : 0, 0};
  }
  if (lift > 0) f.back_leg = 1 - weight;
}

}  // namespace

Body random_body(double feminine_share, Random& random) {
  Body body;
  const bool feminine = random.uniform() < feminine_share;
  body.curve = feminine ? random.uniform(0.55, 1) : random.uniform(0, 0.4);
  body.build = std::clamp(0.35 + 0.28 * random.normal(), 0.0, 1.1);
  body.skin = rgb(kSkins[random.below(std::size(kSkins))]);
  body.hair_color = rgb(kHairs_[luma(body.skin) < 0.5 ? random.below(4) : random.below(std::size(kHairs_))]);
  body.lips = feminine && random.uniform() < 0.6 ? rgb(0xb8404a) : mix(body.skin, rgb(0xa0403c), 0.5);
  constexpr Hair kLongHairs[] = {Hair::kLong, Hair::kLong,     Hair::kWavy,   Hair::kWavy,  Hair::kBob,
                                 Hair::kBun,  Hair::kPonytail, Hair::kMedium, Hair::kCurly, Hair::kBraids};
  constexpr Hair kShortHairs[] = {Hair::kShort, Hair::kShort, Hair::kCrop, Hair::kCurly, Hair::kMedium, Hair::kBun};
  body.hair =
      feminine ? kLongHairs[random.below(std::size(kLongHairs))] : kShortHairs[random.below(std::size(kShortHairs))];
  body.fringe = random.uniform() < 0.4;
  return body;
}

Figure random_figure(const Body& body, Random& random) {
  Figure f;
  f.body = body;
  f.turn = std::clamp(random.normal() * 0.45, -1.0, 1.0);
  const double sway = std::clamp(random.normal() * 0.8, -1.8, 1.8);
  f.hip_tilt = radians(std::clamp(random.normal() * 2.2, -4.5, 4.5));
  f.shoulder_tilt = -f.hip_tilt * 0.8 + radians(random.normal() * 0.8);
  f.pelvis = {sway, 49};
  f.waist = {sway * 0.6, 38};
  f.neck = {-sway * 0.25, 16.8};
  f.head = f.neck + Point{f.turn * 0.5 + random.normal() * 0.4, -9.6};
  const double reach = 8.3 - 1.5 * body.curve + 0.9 * body.build;
  for (int side = 0; side < 2; ++side) {
    const double sign = side == 0 ? -1 : 1;
    f.shoulder[side] = f.neck + Point{std::cos(f.shoulder_tilt) * sign * reach * (1 - 0.06 * std::abs(f.turn)),
                                      std::sin(f.shoulder_tilt) * sign * reach + 3.6};
  }
  pose_legs(f, random);
  pose_arms(f, random);
  return f;
}

double Figure::center(double y) const {
  if (y <= waist.y) return mix(neck.x, waist.x, std::clamp((y - neck.y) / (waist.y - neck.y), 0.0, 1.0));
  const double feet = (ankle[0].x + ankle[1].x) / 2;
  if (y <= pelvis.y) return mix(waist.x, pelvis.x, (y - waist.y) / (pelvis.y - waist.y));
  return mix(pelvis.x, feet, std::min(1.0, (y - pelvis.y) / 46));
}

double Figure::half_width(double y, double ease) const {
  const double c = body.curve, b = body.build;
  const double chest = 7.5 - 1.0 * c + 1.2 * b, hips = 7.0 + 0.55 * c + 1.0 * b;
  const double pinched = 6.6 - 1.7 * c + 1.6 * b;
  const double middle = mix(pinched, std::max(chest, hips) - 0.3, std::clamp(ease / 3, 0.0, 1.0));
  const double at[] = {chest * 0.96, chest, middle, hips, hips * 0.98, hips * 0.94};
  constexpr double kHeights[] = {19, 26, 37, 48, 56, 75};
  double width = y < kHeights[0] ? at[0] : at[5];
  for (int i = 0; i < 5; ++i) {
    if (y < kHeights[i] || y > kHeights[i + 1]) continue;
    const double t = (y - kHeights[i]) / (kHeights[i + 1] - kHeights[i]);
    width = mix(at[i], at[i + 1], t * t * (3 - 2 * t));
  }
  return width * (1 - 0.05 * std::abs(turn)) + ease;
}

Point Figure::torso(double u, double y, double ease) const {
  const double t = std::clamp((y - neck.y) / (pelvis.y - neck.y), 0.0, 1.0);
  const double x = u * half_width(y, ease);
  return {center(y) + x, y + x * std::sin(mix(shoulder_tilt, hip_tilt, t))};
}

std::vector<Rib> Figure::arm(int side, double ease_top, double ease_end) const {
  const double thick = 1 + 0.22 * body.build - 0.16 * body.curve;
  const double middle = (ease_top + ease_end) / 2;
  const Point fore = mix(elbow[side], wrist[side], 0.4);
  const double inwards = side == 0 ? 0.4 : -0.4;
  return {{shoulder[side] + Point{inwards, 0.5}, 2.2 * thick + ease_top},
          {mix(shoulder[side], elbow[side], 0.5), 2.2 * thick + mix(ease_top, middle, 0.5)},
          {elbow[side], 1.75 * thick + middle},
          {fore, 1.75 * thick + mix(middle, ease_end, 0.4)},
          {wrist[side], 1.15 * thick + ease_end}};
}

std::vector<Rib> Figure::leg(int side, double ease_hip, double ease_knee, double ease_hem) const {
  const double thick = 1 + 0.15 * body.build;
  const Point thigh = mix(hip[side], knee[side], 0.35), calf = mix(knee[side], ankle[side], 0.3);
  return {{hip[side], 3.7 * thick + ease_hip},
          {thigh, 3.6 * thick + mix(ease_hip, ease_knee, 0.35)},
          {knee[side], 2.5 * thick + ease_knee},
          {calf, 2.45 * thick + mix(ease_knee, ease_hem, 0.3)},
          {mix(knee[side], ankle[side], 0.7), 1.75 * thick + mix(ease_knee, ease_hem, 0.7)},
          {ankle[side], 1.35 + ease_hem}};
}

void draw_legs(Canvas& canvas, const Figure& f) {
  for (const int side : {f.back_leg, 1 - f.back_leg}) {
    const auto ribs = f.leg(side, 0, 0, 0);
    const Color skin = side == f.back_leg ? darker(f.body.skin, 0.08) : f.body.skin;
    canvas.outlined(tube(ribs), skin, 0.35);
    const Point knee = f.knee[side];
    Path mark;
    mark.move(knee + Point{-1.2, 0.6}).spline({knee + Point{0, 1.3}, knee + Point{1.2, 0.6}});
    canvas.tint_line(mark, darker(skin, 0.5), 0.3, 0.45);
  }
}

void draw_torso(Canvas& canvas, const Figure& f) {
  const Color skin = f.body.skin;
  Path torso;
  const double neck_half = 2.1 + 0.5 * (1 - f.body.curve);
  torso.move(f.neck + Point{-neck_half, -1.2});
  torso.line(f.shoulder[0] + Point{-0.8, -1.5}).spline({f.torso(-1, 27), f.torso(-1, 37), f.torso(-1, 48)});
  torso.line(f.pelvis + Point{0, 7}).line(f.torso(1, 48));
  torso.spline({f.torso(1, 37), f.torso(1, 27), f.shoulder[1] + Point{0.8, -1.5}})
      .line(f.neck + Point{neck_half, -1.2});
  canvas.outlined(torso.close(), skin, 0.35);
  const Rib throat[] = {{f.head + Point{0, 2.5}, neck_half}, {f.neck + Point{0, 0.6}, neck_half + 0.15}};
  canvas.fill(tube(throat), skin);
  // The chin's shadow and the collar bones.
  const Point chin = f.head + Point{0, 5.5};
  Path shadow;
  shadow.move(chin + Point{-neck_half, -1}).line(chin + Point{neck_half, -1}).line(chin + Point{neck_half, 0.9});
  shadow.spline({chin + Point{0.4, 2.6}, chin + Point{-neck_half, 0.9}});
  canvas.tint(shadow, darker(skin, 0.6), 0.38);
  for (const double sign : {-1.0, 1.0}) {
    Path bone;
    bone.move(f.neck + Point{sign * 0.9, 2.6})
        .spline({f.neck + Point{sign * 2.6, 2.0}, f.neck + Point{sign * 4.4, 2.3}});
    canvas.tint_line(bone, darker(skin, 0.5), 0.3, 0.5);
  }
}

void draw_arm(Canvas& canvas, const Figure& f, int side) {
  const Color skin = f.body.skin;
  if (f.hands[side] != Hands::kPocket) {
    const Point along = unit(f.wrist[side] - f.elbow[side]);
    const Point inwards = Point{-along.y, along.x} * (side == 0 ? 1.0 : -1.0);
    const bool closed = f.hands[side] == Hands::kHip || f.hands[side] == Hands::kCarry;
    const Point palm = f.wrist[side] + along * 2.0;
    const Rib hand[] = {{f.wrist[side], 1.1}, {palm, 1.55}, {f.wrist[side] + along * (closed ? 3.4 : 4.8), 0.85}};
    const Rib thumb[] = {{f.wrist[side] + along * 0.8 + inwards * 0.8, 0.55}, {palm + along + inwards * 1.7, 0.45}};
    canvas.stroke(tube(thumb, {.round_end = true}), darker(skin, 0.42), 0.3);
    canvas.outlined(tube(hand, {.round_end = true}), skin, 0.35);
    canvas.fill(tube(thumb, {.round_end = true}), skin);
  }
  const std::vector<Rib> arm = f.arm(side, 0, 0);
  canvas.outlined(tube(arm, {.round_start = true}), skin, 0.35);
}

}  // namespace ootd::render
