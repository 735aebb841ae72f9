#include "ootd/image/raster.h"

#include <algorithm>
#include <cstring>

#include "ootd/base/error.h"

namespace ootd {

std::string name_of(Format format) {
  switch (format) {
    case Format::kJpeg:
      return "jpeg";
    case Format::kPng:
      return "png";
    case Format::kWebp:
      return "webp";
    case Format::kGif:
      return "gif";
    case Format::kAvif:
      return "avif";
    case Format::kHeic:
      return "heic";
  }
  return {};
}

std::size_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t size, bool little_endian) {
  if (at > bytes.size() || size > bytes.size() - at) return 0;
  std::size_t value = 0;
  for (std::size_t i = 0; i < size; ++i)
    value = value << 8 | std::to_integer<std::size_t>(bytes[at + (little_endian ? size - 1 - i : i)]);
  return value;
}

void check_limits(std::int64_t width, std::int64_t height, const std::string& name, const DecodeLimits& limits) {
  const std::string size = std::to_string(width) + "x" + std::to_string(height);
  if (width < 1 || height < 1) throw Error(Kind::kInput, name + ": a picture of " + size + " has no pixels");
  if (std::max(width, height) > limits.max_side)
    throw Error(Kind::kInput,
                name + ": " + size + ", a side is over the limit of " + std::to_string(limits.max_side) + " px");
  if (width * height > limits.max_pixels) {
    const auto megapixels = [](std::int64_t pixels) {
      const std::int64_t tenths = (pixels + 50'000) / 100'000;
      return std::to_string(tenths / 10) + (tenths % 10 ? "." + std::to_string(tenths % 10) : "") + " Mpx";
    };
    throw Error(Kind::kInput, name + ": " + size + " = " + megapixels(width * height) + ", more than the limit of " +
                                  megapixels(limits.max_pixels));
  }
}

bool is_srgb(std::span<const std::byte> icc_profile) {
  if (icc_profile.empty()) return true;
  // ICC.1:2010, 7.2 and 7.3: 128 bytes of header, the number of tags, and per tag its signature, offset and size.
  const auto number = [&](std::size_t at) { return number_at(icc_profile, at, 4); };
  const std::size_t tags = std::min<std::size_t>(number(128), 100);
  for (std::size_t tag = 132; tag < 132 + tags * 12; tag += 12) {
    if (number(tag) != 0x64657363) continue;  // "desc"
    const std::size_t offset = number(tag + 4), size = number(tag + 8);
    if (offset > icc_profile.size() || size > icc_profile.size() - offset) return false;
    // ASCII in version 2, UTF-16 in version 4: compared without the zero bytes.
    std::string description;
    for (std::byte letter : icc_profile.subspan(offset, size))
      if (letter != std::byte{0}) description += static_cast<char>(letter);
    return description.find("sRGB") != std::string::npos;
  }
  return false;
}

int exif_orientation(std::span<const std::byte> app1) {
  constexpr char kSignature[] = {'E', 'x', 'i', 'f', 0, 0};
  if (app1.size() < sizeof(kSignature) + 8 || std::memcmp(app1.data(), kSignature, sizeof(kSignature)) != 0) return 1;
  const auto tiff = app1.subspan(sizeof(kSignature));
  const bool little_endian = tiff[0] == std::byte{'I'};
  const auto number = [&](std::size_t at, std::size_t size) { return number_at(tiff, at, size, little_endian); };
  // TIFF 6.0, section 2: a directory is a count and entries of 12 bytes: tag, type, count, value.
  constexpr std::size_t kOrientationTag = 0x0112, kShort = 3;
  const std::size_t directory = number(4, 4), entries = number(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * 12;
    if (entry + 12 > tiff.size()) return 1;
    if (number(entry, 2) != kOrientationTag) continue;
    const std::size_t value = number(entry + 8, 2);
    return number(entry + 2, 2) == kShort && value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

Image upright(Image image, int orientation) {
  if (orientation <= 1 || orientation > 8) return image;
  // EXIF 2.3, 4.6.4: 2 mirrored, 3 turned by 180, 4 flipped, 5..8 the same with rows and columns exchanged.
  const bool transposed = orientation >= 5;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  Image out{.width = transposed ? image.height : image.width,
            .height = transposed ? image.width : image.height,
            .rgb = std::vector<std::uint8_t>(image.rgb.size())};
  // Walks the output in order; the source advances by a fixed step.
  const std::ptrdiff_t column = from_right ? -3 : 3,
                       row = (from_bottom ? -3 : 3) * static_cast<std::ptrdiff_t>(image.width);
  const std::uint8_t* corner = image.row(from_bottom ? image.height - 1 : 0) + (from_right ? (image.width - 1) * 3 : 0);
  const std::ptrdiff_t step = transposed ? row : column, line = transposed ? column : row;
  std::uint8_t* target = out.rgb.data();
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x, target += 3) std::memcpy(target, corner + y * line + x * step, 3);
  return out;
}

}  // namespace ootd
