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

// garment: in pixels of the image. in_front: boxes that hide parts of it; ignored where they leave nothing of it.
// person: the wearer's box, for the tone of the skin; without one, bare arms and legs may count as cloth.
// Largest share first; empty only if the box has no pixel of the image.
std::vector<PaletteColor> garment_palette(const Image& image, const Box& garment, std::span<const Box> in_front = {},
                                          const std::optional<Box>& person = std::nullopt,
                                          const PaletteOptions& options = {});

// The boxes of one person's clothes that hide parts of clothes[which]: inner ones show in an open jacket's front, tops
// hang over bottoms.
std::vector<Box> boxes_in_front(std::span<const Garment> clothes, std::size_t which);

}  // namespace ootd
