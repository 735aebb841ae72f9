// Inside this folder: everything but JPEG, and all colour conversion, through libvips.
#pragma once

#include "ootd/image/raster.h"

namespace ootd {

ImageHeader read_header_with_vips(Format format, std::span<const std::byte> bytes, const std::string& name,
                                  const DecodeLimits& limits);

Image read_with_vips(Format format, std::span<const std::byte> bytes, const std::string& name,
                     const DecodeLimits& limits);

// To sRGB by the raster's profile; a profile that is damaged or meant for other samples counts as none.
Image to_srgb(const Raster& raster, const std::string& name);

}  // namespace ootd
