// The pictures that a detector learns from: labelled photos, scaled, moved, mixed and recoloured, with their boxes.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "ootd/base/random.h"
#include "ootd/catalog/catalog.h"
#include "ootd/image/decode.h"
#include "ootd/image/image.h"
#include "ootd/train/detector_config.h"
#include "ootd/train/detector_targets.h"

namespace ootd {

// The detector's classes in the order of its outputs: the garment categories, then "person".
std::vector<std::string> detector_classes();

// A photo with its labelled boxes; LabelledBox::label counts detector_classes().
struct DetectorPhoto {
  std::filesystem::path file;
  std::vector<LabelledBox> boxes;
  DecodeLimits limits = {};  // the workspace's
};

// The photos of a split that have boxes of this origin. Throws Error(kNotFound) if there are none.
std::vector<DetectorPhoto> detector_photos(const Catalog& catalog, const std::string& split, const std::string& origin);

struct DetectorPicture {
  Image image;  // side x side
  std::vector<LabelledBox> boxes;
};

// As in serving: scaled to fit, at the top left, padded with gray.
DetectorPicture fitted_picture(const Image& photo, std::span<const LabelledBox> boxes, int side);

// One training picture. main: the photo that is meant; others: drawn from for mosaic and mixup. mixes: whether these
// may happen. Boxes that lie mostly outside are left out. Pure but for reading files: throws Error as decode_image
// does.
DetectorPicture augmented_picture(std::span<const DetectorPhoto> photos, std::size_t main, int side,
                                  const DetectorAugment& config, bool mixes, Random& random);

}  // namespace ootd
