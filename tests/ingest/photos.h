// Photos and workspaces for the tests of the import.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/image/encode.h"
#include "ootd/sqlite/sqlite_catalog.h"

namespace ootd::testing {

// Noise: each seed gives other bytes, and a cut file lacks pixels.
inline std::vector<std::byte> jpeg_bytes(std::uint64_t seed, int width = 24, int height = 36) {
  Image image;
  image.width = width;
  image.height = height;
  Random random(seed);
  for (int i = 0; i < width * height * 3; ++i) image.rgb.push_back(static_cast<std::uint8_t>(random.below(256)));
  return encode_jpeg(image);
}

inline void put_file(const std::filesystem::path& path, std::span<const std::byte> bytes) {
  std::filesystem::create_directories(path.parent_path());
  write_file_atomically(path, bytes, false);
}
inline void put_text(const std::filesystem::path& path, std::string_view text) {
  put_file(path, std::as_bytes(std::span(text)));
}

// Everything an import leaves in a catalog, as one text to compare.
inline std::string dump(const Catalog& catalog) {
  std::string text;
  for (LookKey after{};;) {
    const auto images = catalog.images_after(after, 100);
    if (images.empty()) break;
    for (const ImageRecord& image : images) {
      after = image.key;
      text += to_string(image.key) + " " + image.id + " " + image.source + " " + image.file + " " + image.format + " " +
              std::to_string(image.bytes) + " " + std::to_string(image.width) + "x" + std::to_string(image.height);
      for (const Label& label : image.labels) text += " " + label.key + "=" + label.value;
      for (const Garment& garment : catalog.garments(image.key, "label")) {
        text += " [" + garment.category + " " + garment.fine_category;
        for (const float side : {garment.box.x, garment.box.y, garment.box.w, garment.box.h})
          text += " " + std::to_string(side);
        text += "]";
      }
      struct stat status = {};
      ::stat(image.source.c_str(), &status);
      const auto mtime_ns = status.st_mtim.tv_sec * std::int64_t{1'000'000'000} + status.st_mtim.tv_nsec;
      text += catalog.find_source(image.source, status.st_size, mtime_ns) == image.id ? " remembered\n" : "\n";
    }
  }
  for (const Failure& failure : catalog.failures("import")) text += failure.item + ": " + failure.reason + "\n";
  return text;
}

}  // namespace ootd::testing
