// From a decoded picture to a network's input, as the checkpoint's InputSpec says.
#pragma once

#include <optional>
#include <span>

#include "ootd/base/input_spec.h"
#include "ootd/image/decode.h"
#include "ootd/image/image.h"

namespace ootd {

// Resized (and cropped) to spec.width x spec.height, still uint8 RGB: what infer's sessions take; they fold mean and
// std into the graph. Center crop as torchvision: shorter side = resize_side, other side = int(resize_side * long /
// short), offset = (side - window) / 2, rounded as spec.centre says. Throws Error(kInput) on an empty image.
Image fit_to(const Image& image, const InputSpec& spec);

// The decoded size from which fit_to() gives nearly the same pixels as from the whole picture: the `enough` of
// decode_image(). Twice what fit_to() resizes to.
void enough_for(const ImageHeader& header, const InputSpec& spec, int& width, int& height);

// decode_image() at the smallest scale that is enough_for() the spec: what fit_to() is then given. With a box, in
// pixels of the whole upright picture, only what lies in it, at the scale that is enough for that. Throws as
// decode_image(), and Error(kInput) if the box lies outside the picture.
Image decode_for(std::span<const std::byte> bytes, const std::string& name, const InputSpec& spec,
                 const DecodeLimits& limits = {}, const std::optional<Box>& seen = std::nullopt);

// (v / 255 - mean) / std as float32 CHW; out: 3 * width * height. For interpreters that take floats, and for goldens.
void normalize_chw(const Image& image, const InputSpec& spec, std::span<float> out);

}  // namespace ootd
