// Writes pictures as JPEG (thumbnails, rendered looks). Threads: may run on many threads at once.
#pragma once

#include <cstddef>
#include <vector>

#include "ootd/image/image.h"

namespace ootd {

// quality: 1..100. Throws Error(kInput) on an empty image or a quality out of range.
std::vector<std::byte> encode_jpeg(const Image& image, int quality = 90);

}  // namespace ootd
