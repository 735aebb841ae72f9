// Reads picture files: JPEG, PNG, WebP, GIF, AVIF and HEIC (first frame) where the codec library has them. Gray,
// palette, 16-bit, CMYK and pictures with an ICC profile come out as sRGB; alpha is laid over white; EXIF orientation
// applied. A JPEG without its end marker is read if every coefficient of it is there.
// Trust:   AVIF and HEIC go through libheif, which before 1.23.3 has known holes. On such a machine they are read only
//          where the caller says that the file is the user's own (DecodeLimits::own_file); what came from a site or an
//          upload is refused before libheif sees a byte. The default is the safe one.
// Threads: every function may run on many threads at once.
// Errors:  Error(kInput) whose message starts with `name`, for bytes that are empty, of no known format, damaged,
//          truncated or over a limit. Limits are checked from the header, before pixels are decoded, so that a
//          decompression bomb costs nothing. (Except an AVIF or HEIC whose container lies about its stream: only
//          decoding it finds out.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "ootd/image/image.h"

namespace ootd {

struct DecodeLimits {
  std::size_t max_bytes = 64u << 20;
  std::int64_t max_pixels = 80'000'000;  // over the largest common cameras (61 Mpx), under a 100 Mpx bomb
  int max_side = 65'535;                 // JPEG's own limit; a strip of 80'000'000 x 1 would cost a resize gigabytes
  bool own_file = false;                 // named by the user, or in the workspace since an import: see "Trust"
};

// Of the libheif that the codec library has loaded: "1.15.1". Empty where it has none.
std::string libheif_version();
// Whether AVIF and HEIC of strangers are read here.
bool strangers_may_send_heif();

struct ImageHeader {
  int width = 0, height = 0;  // upright
  std::string format;         // "jpeg", "png", "webp", "gif", "avif", "heic"
  int orientation = 1;        // EXIF, 1..8: how the stored bitmap, turned by 90 degrees from 5 on, was made upright
};

// What the first kSniffedBytes of a file say it is, whatever its name: ImageHeader::format, or "" for what no function
// here reads. Fewer bytes will do for a smaller file.
inline constexpr std::size_t kSniffedBytes = 256;
std::string sniff_format(std::span<const std::byte> first_bytes);

// Reads the header only. Cost: some microseconds.
ImageHeader read_image_header(std::span<const std::byte> bytes, const std::string& name,
                              const DecodeLimits& limits = {});

// The picture at full size, or, where `enough` is given and the format can do it cheaply (JPEG: 1/2, 1/4, 1/8), at the
// smallest scale whose width and height are both still at least enough_width x enough_height (0 = full size). The
// caller resizes the rest of the way. See docs/benchmarks.md for what the scaling does to embeddings.
Image decode_image(std::span<const std::byte> bytes, const std::string& name, const DecodeLimits& limits = {},
                   int enough_width = 0, int enough_height = 0);

}  // namespace ootd
