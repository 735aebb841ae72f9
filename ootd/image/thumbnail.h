// Small JPEGs of picture files. Threads: may run on many threads at once.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "ootd/image/decode.h"

namespace ootd {

// At most max_width wide and max_height high (0 = any height), and never larger than the picture. `name` stands in
// errors. Throws Error as read_file and decode_image.
std::vector<std::byte> jpeg_thumbnail(const std::filesystem::path& file, const std::string& name,
                                      const DecodeLimits& limits, int max_width, int max_height = 0, int quality = 85);

}  // namespace ootd
