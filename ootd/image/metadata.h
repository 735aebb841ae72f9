// Takes out of a picture file what is no picture: EXIF (with the place where it was taken), XMP, IPTC, comments, text.
// The pixels are not coded anew: the segments or chunks are left out, the rest stays as it was byte by byte. Colour
// profiles stay. JPEG's orientation stays too, in an EXIF block that holds nothing else.
// Threads: any, at once.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ootd/image/decode.h"

namespace ootd {

// JPEG, PNG, WebP and GIF. An AVIF or HEIC that carries EXIF or XMP is written anew as JPEG of quality 95, since its
// parts are found by offsets. Throws Error(kInput), starting with `name`, for what is none of these, is cut off within
// a header, or is over the limits.
std::vector<std::byte> without_metadata(std::span<const std::byte> bytes, const std::string& name,
                                        const DecodeLimits& limits = {});

}  // namespace ootd
