#include "ootd/image/thumbnail.h"

#include <algorithm>
#include <cstdint>

#include "ootd/base/io.h"
#include "ootd/image/encode.h"
#include "ootd/image/resize.h"

namespace ootd {

std::vector<std::byte> jpeg_thumbnail(const std::filesystem::path& file, const std::string& name,
                                      const DecodeLimits& limits, int max_width, int max_height, int quality) {
  const auto bytes = read_file(file, limits.max_bytes);
  const ImageHeader header = read_image_header(bytes, name, limits);
  int w = std::min(max_width, header.width);
  if (max_height > 0)
    w = std::min(w,
                 static_cast<int>(std::max<std::int64_t>(1, std::int64_t{header.width} * max_height / header.height)));
  const int h = std::max(1, static_cast<int>(std::int64_t{header.height} * w / header.width));
  const Image image = decode_image(bytes, name, limits, w, h);
  return encode_jpeg(image.width == w && image.height == h ? image : resize(image, w, h, Interpolation::kBicubic),
                     quality);
}

}  // namespace ootd
