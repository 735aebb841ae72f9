// Cloth: colours and a pattern, draped over the outline of a piece of clothing. Internal to render.
#pragma once

#include <cstdint>
#include <span>

#include "tools/render/canvas.h"

namespace ootd::render {

enum class Pattern : std::uint8_t {
  kPlain,
  kStripes,
  kPinstripe,
  kHickory,
  kPlaid,
  kGingham,
  kCheck,
  kDots,
  kFloral,
  kCamo,
  kBlocks,
  kDenim,
  kKnit,
  kCable,
  kArgyle,
  kTieDye,
  kGeometric,
  kTweed,
  kQuilted,
  kCord,
  kLace,
  kSatin,
};
inline constexpr int kPatterns = 22;
constexpr unsigned bit(Pattern pattern) { return 1u << static_cast<unsigned>(pattern); }

struct Fabric {
  Pattern pattern = Pattern::kPlain;
  Color base, second, third;  // second and third only show in patterns and trims
  double scale = 1;           // of the pattern
  std::uint64_t seed = 0;     // of its irregularities

  Color edge() const;  // for outlines, seams and folds
};

// Fills the pieces as one surface of cloth: edges around all, none between, and a soft shadow on one side.
// angle (radians) turns the pattern, as along a sleeve; `edge` is drawn as the outline where that is not all of it.
void drape(Canvas& canvas, std::span<const Path> pieces, const Fabric& fabric, double angle = 0,
           const Path* edge = nullptr);
inline void drape(Canvas& canvas, const Path& piece, const Fabric& fabric, double angle = 0,
                  const Path* edge = nullptr) {
  drape(canvas, std::span(&piece, 1), fabric, angle, edge);
}

// Draws the pattern over the box low..high on the current ink. Called by drape().
void draw_pattern(cairo_t* cr, const Fabric& fabric, Point low, Point high);

}  // namespace ootd::render
