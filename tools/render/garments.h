// Draws one piece of clothing on a figure. Internal to render.
#pragma once

#include <cstdint>

#include "tools/render/cuts.h"
#include "tools/render/fabric.h"
#include "tools/render/figure.h"

namespace ootd::render {

struct Worn {
  const Cut* cut = nullptr;
  Fabric fabric;
  std::uint8_t part = 0;   // in the mask
  bool open = false;       // an outer that shows what is under it
  double gap = 3;          // of the open front, at the hem
  std::uint64_t seed = 0;  // of graphics, folds and rips

  bool has(Detail detail) const { return (cut->details & detail) != 0; }
};

// In this order: backs (lining of an open coat, a hood) behind the body; lowers and bodies; each arm with its sleeves.
void draw_back(Canvas& canvas, const Figure& figure, const Worn& worn);
void draw_lower(Canvas& canvas, const Figure& figure, const Worn& worn);
void draw_upper(Canvas& canvas, const Figure& figure, const Worn& worn);
void draw_sleeve(Canvas& canvas, const Figure& figure, const Worn& worn, int side);

// Shared by the files that implement the above.
double upper_ease(const Worn& worn, double y);
void draw_neckwear(Canvas& canvas, const Figure& figure, const Worn& worn);  // collars, lapels, hoods
void draw_front(Canvas& canvas, const Figure& figure, const Worn& worn);     // buttons, zips, pockets, graphics
double neck_depth(const Worn& worn);                                         // how far the neckline reaches down
void stitches(Canvas& canvas, const Path& path, Color color);

}  // namespace ootd::render
