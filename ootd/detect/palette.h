// The dominant colours of one garment in a photo, found inside its box alone: cloth is what fills the middle of the box
// and is not the colour of what lies around the box or of the wearer's skin. docs/crops.md describes the steps.
// Threads: pure, may run on many threads at once. Cost: a constant number of pixels is looked at, however large the
// box.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ootd/base/garment.h"
#include "ootd/detect/color_names.h"
#include "ootd/image/image.h"

namespace ootd {

struct PaletteColor {
  Lab color;        // mean of the pixels that have it
  float share = 0;  // of the garment's cloth, 0 .. 1; those of a palette sum to 1 at most
  ColorName name;
};

struct PaletteOptions {
  int colors = 3;          // at most
  float merge = 12;        // CIEDE2000 under which two colours are shades of one
  float min_share = 0.1f;  // colours with less of the cloth are left out; the largest one never is
};

// What is known of the picture around one garment.
struct Surroundings {
  std::vector<Box> in_front;  // hide parts of the garment: left out, unless they leave nothing of it
  std::vector<Box> over;      // worn over it and seen beside it, inside its box too, as a jacket over a shirt
  std::optional<Box> person;  // the wearer, for the tone of the skin; without, bare arms and legs may count as cloth
};

// Of clothes[which] among one person's clothes: inner ones show in an open jacket's front, tops hang over bottoms.
Surroundings surroundings_of(std::span<const Garment> clothes, std::size_t which,
                             const std::optional<Box>& person = std::nullopt);

// garment: in pixels of the image. Largest share first; empty only if the box has no pixel of the image.
std::vector<PaletteColor> garment_palette(const Image& image, const Box& garment, const Surroundings& around = {},
                                          const PaletteOptions& options = {});

}  // namespace ootd
