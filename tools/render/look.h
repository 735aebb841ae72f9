// Draws synthetic full-body outfits with exact labels, so that tests and the demo have data anywhere. The thirteen
// styles with their own palettes, silhouettes and patterns; varied bodies and poses; cluttered backgrounds that are
// INDEPENDENT of the style: a model that looks at the street learns nothing. The same seed gives the same bytes.
// Threads: render_look() is pure and may run on many threads at once.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/box.h"
#include "ootd/base/styles.h"
#include "ootd/image/image.h"

namespace ootd {

struct LookOptions {
  int width = 384, height = 512;
  bool background = true;  // false: plain light gray, for "only the background changed" experiments
};

struct RenderedGarment {
  std::string category;       // outer, bottom, dress, top
  std::string fine_category;  // "bomber", "pleated skirt" ...
  Box box;                    // of its visible drawn pixels
  int area = 0;               // the number of these pixels
  std::uint32_t color = 0;    // 0xRRGGBB of the cloth's ground, before light and folds
  bool plain = false;         // without a pattern in other colours
};

struct Look {
  Image image;
  std::string style;
  std::vector<RenderedGarment> garments;
  Box person;  // head to shoes
};

// outfit_seed decides style-dependent things, body and pose; background_seed only what is behind. Throws Error(kInput)
// for an unknown style or a side that is not 64 to 8192 px.
Look render_look(std::string_view style, std::uint64_t outfit_seed, std::uint64_t background_seed,
                 const LookOptions& options = {});

}  // namespace ootd
