// A look before it is put on its background: for the tests of what a pixel belongs to. Internal to render.
#pragma once

#include "tools/render/look.h"

namespace ootd::render {

inline constexpr std::uint8_t kBodyPart = 1, kExtrasPart = 2, kFirstGarmentPart = 10;

struct LookLayers {
  Look look;
  // width * height, row-major.
  std::vector<std::uint8_t>
      mask;  // 0 background, kBodyPart skin and hair, kExtrasPart shoes hats bags, the rest garments
  std::vector<std::uint8_t> coverage;  // 255: nothing of the background shines through
};

void check_look_options(const LookOptions& options);  // throws as render_look()

LookLayers render_layers(std::string_view style, std::uint64_t outfit_seed, std::uint64_t background_seed,
                         const LookOptions& options);

}  // namespace ootd::render
