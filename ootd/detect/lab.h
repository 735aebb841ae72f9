// CIELAB, where equal distances look about equally different (CIE 15:2018; white D65, 2 degree observer).
#pragma once

#include <array>
#include <cstdint>

namespace ootd {

struct Lab {
  float l = 0;         // 0 black .. 100 white
  float a = 0, b = 0;  // green to red, blue to yellow; 0 is gray
  friend bool operator==(const Lab&, const Lab&) = default;
};

// Of an 8-bit sRGB colour (IEC 61966-2-1).
Lab lab_of(std::uint8_t r, std::uint8_t g, std::uint8_t b);

// The nearest 8-bit sRGB colour, {r, g, b}: the inverse of lab_of(), cut to what sRGB can show.
std::array<std::uint8_t, 3> srgb_of(const Lab& color);

// The colour difference CIEDE2000 with all weights 1 (Sharma, Wu, Dalal 2005); about 2 is just seen between two
// fabrics.
float ciede2000(const Lab& p, const Lab& q);

}  // namespace ootd
