// Random changes of a training picture that leave its style as it is, and take away what must not be learnt: the
// street, the side, the light. Pure: the same picture and generator give the same pixels on every machine.
#pragma once

#include <optional>
#include <vector>

#include "ootd/base/box.h"
#include "ootd/base/input_spec.h"
#include "ootd/base/random.h"
#include "ootd/image/image.h"

namespace ootd {

struct AugmentConfig {
  float min_area = 0.5f;     // random resized crop: its share of the picture's area, at least
  float max_aspect = 1.33f;  // ... and how far its aspect ratio may move from the picture's
  float flip = 0.5f;         // probability
  float jitter = 0.2f;       // brightness, contrast, saturation: factors within 1 +- this
  float erase = 0.25f;       // probability that a rectangle is filled with noise (Zhong et al. 2020)
  float background = 0.5f;   // probability that all outside the garments' boxes is replaced, if there are boxes
  float person = 0.5f;  // probability that only the whole-person crop (all boxes and a margin) is seen, if there are
};

// garments: boxes in the picture's pixels; may be empty. seen: what serving shows of the picture, nothing for all of
// it; with it `person` has nothing to choose. Returns spec.width x spec.height. Throws Error(kInput) on an empty image.
Image augment(const Image& image, const std::vector<Box>& garments, const std::optional<Box>& seen,
              const InputSpec& spec, const AugmentConfig& config, Random& random);

// The parts that detector training shares.
// All outside the boxes (and some air around them) becomes a flat colour, noise, or the picture blurred beyond
// recognition.
Image replace_background(const Image& image, const std::vector<Box>& boxes, Random& random);
void flip_horizontally(Image& image);
// Brightness, contrast and saturation by factors within 1 +- strength.
void jitter_colours(Image& image, float strength, Random& random);

}  // namespace ootd
