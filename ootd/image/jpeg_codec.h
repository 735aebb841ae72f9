// Inside this folder: JPEG through libjpeg-turbo. Encoding is declared in encode.h.
#pragma once

#include "ootd/image/raster.h"

namespace ootd {

ImageHeader read_jpeg_header(std::span<const std::byte> bytes, const std::string& name, const DecodeLimits& limits);

// Scaled as decode_image() says; `enough` is of the upright picture. RGB unless the file is CMYK, or gray with a
// profile.
Raster read_jpeg(std::span<const std::byte> bytes, const std::string& name, const DecodeLimits& limits,
                 int enough_width, int enough_height);

}  // namespace ootd
