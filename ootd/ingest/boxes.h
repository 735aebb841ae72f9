// Boxes of annotation files, put where they belong on the photo as people see it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ootd/base/box.h"
#include "ootd/base/garment.h"
#include "ootd/base/json.h"
#include "ootd/image/decode.h"
#include "ootd/ingest/listing.h"

namespace ootd {

// A side of a box that is smaller is no garment's: the file counts in another unit, or is wrong. Pixels.
inline constexpr float kSmallestSide = 1;

// [x, y, width, height], numbers or texts of numbers, or a text of such a list. Throws Error(kInput) if it is none, or
// not positive.
Box box_of(const Json& values, const std::string& field, double unit = 1);

// Around COCO's segmentation: polygons [[x, y, x, y ...]] or a run-length code, packed or not. Nothing if it is empty
// or none of these.
std::optional<Box> box_of_segmentation(const Json& segmentation);

// Around x, y, x, y ...; nothing for less than two points.
std::optional<Box> box_of_points(const std::vector<double>& points);

// Moves the boxes from their frame onto the upright photo: turned where they were measured on the bitmap as it is
// stored (EXIF 5..8), scaled from another size of the same shape, clipped at the borders; those of a bitmap of another
// shape and those outside the photo are taken out. What was done is added to `boxes`, under listed.where.
void fit_boxes(Listed& listed, const ImageHeader& photo, Tallies& boxes);

// Adds those that are not among them; a box that two files name is one.
void unite_garments(std::vector<Garment>& garments, const std::vector<Garment>& more);

}  // namespace ootd
