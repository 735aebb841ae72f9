// Inside this folder: everything but JPEG, and all colour conversion, through libvips.
#pragma once

#include "ootd/image/raster.h"

namespace ootd {

ImageHeader read_header_with_vips(Format format, std::span<const std::byte> bytes, const std::string& name,
                                  const DecodeLimits& limits);

Image read_with_vips(Format format, std::span<const std::byte> bytes, const std::string& name,
                     const DecodeLimits& limits);

// Of heif_get_version_number(): a byte each of major, minor and patch, then 0. 0 = none, which is "" and not mended.
std::string heif_version_text(std::uint32_t version);
bool heif_version_is_mended(std::uint32_t version);  // 1.23.3 and later

// To sRGB by the raster's profile; a profile that is damaged or meant for other samples counts as none.
Image to_srgb(const Raster& raster, const std::string& name);

}  // namespace ootd
