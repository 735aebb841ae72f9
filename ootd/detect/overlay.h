// What was found on a photo, drawn over it for a person to judge: boxes with category and score, the crop (what lies
// outside is dark), and below the picture the palette and the crop's size or why there is none.
// Threads: draw_overlay() is pure and may run on many threads at once.
#pragma once

#include "ootd/detect/outfit_finder.h"
#include "ootd/image/image.h"

namespace ootd {

// The longer side of the pictures: text on them is readable, and a photo of 24 megapixels is not kept as one.
inline constexpr int kOverlaySide = 1024;

// photo: the whole photo at any scale. Throws Error(kInput) on an empty one, kUnavailable without memory for the
// drawing.
Image draw_overlay(const Image& photo, const PhotoOutfit& seen);

}  // namespace ootd
