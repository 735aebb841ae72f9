#include "tests/image/pictures.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/image/decode.h"

#ifdef __SANITIZE_THREAD__
// libvips and the libraries below it are not built for ThreadSanitizer, which thus sees their memory but not their
// locks.
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }
#endif

namespace ootd::testing {

Image draw(int width, int height) {
  Image image{.width = width, .height = height, .rgb = {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) {
      const bool square = x > width / 8 && x < width / 2 && y > height / 8 && y < height / 2;
      image.rgb.push_back(static_cast<std::uint8_t>(square ? 230 : 255 * x / width));
      image.rgb.push_back(static_cast<std::uint8_t>(square ? 60 : 255 * y / height));
      image.rgb.push_back(static_cast<std::uint8_t>(square ? 40 : 120));
    }
  return image;
}

Image blobs(std::uint64_t seed, int width, int height) {
  struct Blob {
    double x, y, r;
    int color[3];
  };
  Random random(seed);
  std::vector<Blob> drawn(12);
  for (auto& blob : drawn) {
    blob = {random.uniform(), random.uniform(), random.uniform(0.05, 0.3), {}};
    for (int& level : blob.color) level = static_cast<int>(random.below(256));
  }
  Image image{.width = width, .height = height, .rgb = {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c) {
        double level = 235;
        for (const auto& blob : drawn) {
          const double dx = double(x) / width - blob.x, dy = double(y) / height - blob.y;
          if (dx * dx + dy * dy < blob.r * blob.r) level = blob.color[c];
        }
        image.rgb.push_back(static_cast<std::uint8_t>(level));
      }
  return image;
}

Image mirrored(const Image& image) {
  Image out = image;
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) out.row(y)[3 * x + c] = image.row(y)[3 * (image.width - 1 - x) + c];
  return out;
}

Difference difference(const Image& a, const Image& b) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  EXPECT_EQ(a.rgb.size(), b.rgb.size());
  Difference result;
  const std::size_t n = std::min(a.rgb.size(), b.rgb.size());
  for (std::size_t i = 0; i < n; ++i) {
    const int d = std::abs(a.rgb[i] - b.rgb[i]);
    result.largest = std::max(result.largest, d);
    result.mean += static_cast<double>(d) / static_cast<double>(n);
  }
  return result;
}

VipsPtr vips_from(std::span<const std::uint8_t> samples, int width, int height, int bands,
                  VipsInterpretation interpretation) {
  EXPECT_EQ(VIPS_INIT("test"), 0);
  VipsPtr plain(
      vips_image_new_from_memory_copy(samples.data(), samples.size(), width, height, bands, VIPS_FORMAT_UCHAR));
  VipsImage* named = nullptr;
  EXPECT_EQ(vips_copy(plain.get(), &named, "interpretation", interpretation, nullptr), 0) << vips_error_buffer();
  return VipsPtr(named);
}

VipsPtr to_vips(const Image& image) {
  return vips_from(image.rgb, image.width, image.height, 3, VIPS_INTERPRETATION_sRGB);
}

Image from_vips(VipsImage* image) {
  EXPECT_EQ(vips_image_get_bands(image), 3);
  EXPECT_EQ(vips_image_get_format(image), VIPS_FORMAT_UCHAR);
  std::size_t size = 0;
  auto* pixels = static_cast<std::uint8_t*>(vips_image_write_to_memory(image, &size));
  Image out{.width = image->Xsize, .height = image->Ysize, .rgb = {pixels, pixels + size}};
  g_free(pixels);
  return out;
}

std::vector<std::byte> write(VipsImage* image, const std::string& suffix) {
  void* bytes = nullptr;
  std::size_t size = 0;
  if (vips_image_write_to_buffer(image, suffix.c_str(), &bytes, &size, nullptr) != 0) {
    vips_error_clear();
    return {};
  }
  const auto* begin = static_cast<const std::byte*>(bytes);
  std::vector<std::byte> out(begin, begin + size);
  g_free(bytes);
  return out;
}

std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(OOTD_GOLDEN_DIR) / "preprocess" / name;
}

Image read_golden(const std::string& name) { return decode_image(read_file(golden(name)), name); }

}  // namespace ootd::testing
