// Inside this folder: a picture as its file holds it, before colours and orientation are put right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ootd/image/decode.h"
#include "ootd/image/image.h"

namespace ootd {

enum class Format { kJpeg, kPng, kWebp, kGif, kAvif, kHeic };

std::string name_of(Format format);  // "jpeg", ... as in ImageHeader

// The `size` bytes at `at` as a number; 0 where they reach over the end, so damaged files need no other care.
std::size_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t size, bool little_endian = false);

struct Raster {
  int width = 0, height = 0;
  int bands = 3;                       // 1 gray, 3 RGB, 4 CMYK (255 = full ink)
  std::vector<std::uint8_t> samples;   // width * height * bands
  std::vector<std::byte> icc_profile;  // of these samples; empty = sRGB, or unknown
  int orientation = 1;                 // EXIF, 1..8
};

// Throws Error(kInput) with `name`, size and limit.
void check_limits(std::int64_t width, std::int64_t height, const std::string& name, const DecodeLimits& limits);

// Whether a profile calls itself sRGB, so that converting would change nothing. Also true for "no profile".
bool is_srgb(std::span<const std::byte> icc_profile);

// EXIF orientation 1..8 from the payload of a JPEG's APP1 segment (from "Exif\0\0" on); 1 where there is none or where
// the tags are damaged. Never reads outside the payload.
int exif_orientation(std::span<const std::byte> app1);

// The picture turned and mirrored as the orientation asks for.
Image upright(Image image, int orientation);

}  // namespace ootd
