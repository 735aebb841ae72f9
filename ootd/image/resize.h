// Resampling equal to Pillow's, bit for bit (src/libImaging/Resample.c): fixed-point
// weights, antialiased by widening the filter when shrinking, uint8 between the passes; and cv2's, which does not
// widen. All functions are pure.
#pragma once

#include "ootd/base/input_spec.h"
#include "ootd/image/image.h"

namespace ootd {

// kHorizontalFirst is Pillow up to 12 (vertical first only if more than 100 times as high as wide).
// kPillow13 is Pillow 13: vertical first if the height loses pixels, and more than twice as many as the
// width. Throws Error(kInput) if the image is empty or a side is not positive.
Image resize(const Image& image, int width, int height, Interpolation filter,
             PassOrder order = PassOrder::kHorizontalFirst);

// Bilinear of the four nearest pixels with half-pixel centres and no antialias, as cv2.resize(INTER_LINEAR): what
// detectors of the YOLO kind see in training. Within one level of the exact sum. Throws Error(kInput) as resize().
Image resize_sampled(const Image& image, int width, int height);

// Whole pixels of a picture: columns left..left + width - 1, rows top..top + height - 1.
struct Window {
  int left = 0, top = 0, width = 0, height = 0;
};

// The window of what resize() gives: the same pixels for less work, as nothing outside the window is computed.
// Throws Error(kInput) as resize(), and if the window is empty or reaches over width x height.
Image resize_window(const Image& image, int width, int height, const Window& window, Interpolation filter,
                    PassOrder order = PassOrder::kHorizontalFirst);

// The part of the image under the box: rounded outwards to whole pixels and clipped to the image.
// Throws Error(kInput) if nothing is left.
Image crop(const Image& image, const Box& box);

}  // namespace ootd
