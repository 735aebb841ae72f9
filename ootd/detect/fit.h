// From a picture to what a detector sees, and the way back.
#pragma once

#include "ootd/image/image.h"
#include "ootd/models/detector_model.h"

namespace ootd {

// Where the picture lies in what the network sees: x there = x in the picture * scale_x + left. Each side has its own
// scale, since the scaled sides are whole pixels: boxes come back exactly, also from elongated pictures.
struct Placement {
  int width = 0, height = 0;                  // of what the network sees
  int picture_width = 0, picture_height = 0;  // of the picture
  double scale_x = 1, scale_y = 1;
  double left = 0, top = 0;

  // A box in pixels of what the network sees -> in pixels of the picture, cut to it; no area if it lies outside.
  Box to_picture(double x0, double y0, double x1, double y1) const;
};

struct FittedImage {
  Image pixels;
  Placement placement;
};

// As the trainers of each kind do it:
//   letterbox, corner  r = min(width / w, height / h); bilinear, without antialias unless the input asks for it.
//                      Ultralytics rounds the sides and puts half the slack on each side (left = round(slack / 2 -
//                      0.1)); YOLOX cuts the sides and pads right and below
//   squash, shortest   Pillow's bilinear (antialiased); the sides of the latter as transformers computes them
// Throws Error(kInput) if the image has no pixels.
FittedImage fit_for_detector(const Image& image, const DetectorInput& input);

}  // namespace ootd
