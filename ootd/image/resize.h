// Resampling equal to Pillow's, bit for bit (spec/models.md 1.5; Pillow src/libImaging/Resample.c): fixed-point weights,
// antialiased by widening the filter when shrinking, uint8 between the passes. All functions are pure.
#pragma once

#include "ootd/base/input_spec.h"
#include "ootd/image/image.h"

namespace ootd {

// Throws Error(kInput) if the image is empty or a side is not positive.
Image resize(const Image& image, int width, int height, Filter filter,
             PassOrder order = PassOrder::kHorizontalFirst);

// The part of the image under the box: rounded outwards to whole pixels and clipped to the image.
// Throws Error(kInput) if nothing is left.
Image crop(const Image& image, const Box& box);

}  // namespace ootd
