// Pictures for the tests: drawn, compared, and written by libvips in the forms that ootd itself never writes.
#pragma once

#include <vips/vips.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "ootd/image/image.h"

namespace ootd::testing {

// Smooth colours with a hard-edged square in the top left quarter, so that no turn or mirroring looks the same.
Image draw(int width, int height);
// Discs of random place, size and colour on a light ground: another seed is another picture.
Image blobs(std::uint64_t seed, int width = 300, int height = 400);
Image mirrored(const Image& image);

struct Difference {
  int largest = 0;
  double mean = 0;
};
Difference difference(const Image& a, const Image& b);  // fails the test where sizes differ

struct Unref {
  void operator()(VipsImage* image) const { g_object_unref(image); }
};
using VipsPtr = std::unique_ptr<VipsImage, Unref>;

VipsPtr to_vips(const Image& image);
Image from_vips(VipsImage* image);  // 8-bit, three bands
VipsPtr vips_from(std::span<const std::uint8_t> samples, int width, int height, int bands,
                  VipsInterpretation interpretation);

// suffix: a format with libvips's options, as ".jpg[interlace]". Empty where the library cannot write the format.
std::vector<std::byte> write(VipsImage* image, const std::string& suffix);

std::filesystem::path golden(const std::string& name);  // under preprocess/
Image read_golden(const std::string& name);

}  // namespace ootd::testing
