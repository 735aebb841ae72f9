#include "ootd/image/decode.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "ootd/base/error.h"
#include "ootd/image/jpeg_codec.h"
#include "ootd/image/vips_codec.h"

namespace ootd {
namespace {

using std::string_view_literals::operator""sv;

// ISO 14496-12, 4.3: size, "ftyp", major brand, minor version, compatible brands. ISO 23008-12, annex B, lists those of
// HEVC; mif1 and msf1 say only that pictures are inside, and cameras write them first.
std::optional<Format> heif_format(std::span<const std::byte> bytes, std::string_view text) {
  constexpr std::array kAvif = {"avif"sv, "avis"sv};
  constexpr std::array kHeic = {"heic"sv, "heix"sv, "heim"sv, "heis"sv, "hevc"sv,
                                "hevx"sv, "hevm"sv, "hevs"sv, "mif1"sv, "msf1"sv};
  if (text.size() < 16 || text.substr(4, 4) != "ftyp") return std::nullopt;
  const std::size_t end = std::min({text.size(), number_at(bytes, 0, 4), kSniffedBytes});
  std::optional<Format> format;
  for (std::size_t at = 8; at + 4 <= end; at += 4) {
    if (at == 12) continue;
    const std::string_view brand = text.substr(at, 4);
    if (std::ranges::find(kAvif, brand) != kAvif.end()) return Format::kAvif;
    if (std::ranges::find(kHeic, brand) != kHeic.end()) format = Format::kHeic;
  }
  return format;
}

void check_trust(Format format, const std::string& name, const DecodeLimits& limits) {
  if ((format != Format::kAvif && format != Format::kHeic) || limits.own_file || strangers_may_send_heif()) return;
  throw Error(Kind::kInput, name + ": " + (format == Format::kAvif ? "AVIF" : "HEIC") +
                                " from strangers is not read on this machine, since its libheif is older than 1.23.3 "
                                "and has known holes; send it as JPEG, PNG or WebP");
}

// The content decides, not the file's extension. Only what is named here ever reaches a decoder.
std::optional<Format> known_format(std::span<const std::byte> bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.starts_with("\xFF\xD8"sv)) return Format::kJpeg;
  if (text.starts_with("\x89PNG\r\n\x1A\n"sv)) return Format::kPng;
  if (text.starts_with("RIFF"sv) && text.size() >= 12 && text.substr(8, 4) == "WEBP") return Format::kWebp;
  if (text.starts_with("GIF87a"sv) || text.starts_with("GIF89a"sv)) return Format::kGif;
  return heif_format(bytes, text);
}

Format format_of(std::span<const std::byte> bytes, const std::string& name, const DecodeLimits& limits) {
  if (bytes.empty()) throw Error(Kind::kInput, name + ": empty file");
  if (bytes.size() > limits.max_bytes)
    throw Error(Kind::kInput, name + ": " + std::to_string(bytes.size()) + " bytes, more than the limit of " +
                                  std::to_string(limits.max_bytes));
  const auto format = known_format(bytes);
  if (!format) throw Error(Kind::kInput, name + ": not a JPEG, PNG, WebP, GIF, AVIF or HEIC picture");
  check_trust(*format, name, limits);
  return *format;
}

}  // namespace

std::string sniff_format(std::span<const std::byte> first_bytes) {
  const auto format = known_format(first_bytes.first(std::min(first_bytes.size(), kSniffedBytes)));
  return format ? name_of(*format) : std::string();
}

ImageHeader read_image_header(std::span<const std::byte> bytes, const std::string& name, const DecodeLimits& limits) {
  const Format format = format_of(bytes, name, limits);
  if (format == Format::kJpeg) return read_jpeg_header(bytes, name, limits);
  return read_header_with_vips(format, bytes, name, limits);
}

Image decode_image(std::span<const std::byte> bytes, const std::string& name, const DecodeLimits& limits,
                   int enough_width, int enough_height) {
  const Format format = format_of(bytes, name, limits);
  if (format != Format::kJpeg) return read_with_vips(format, bytes, name, limits);
  Raster raster = read_jpeg(bytes, name, limits, enough_width, enough_height);
  if (raster.bands != 3 || !raster.icc_profile.empty()) return to_srgb(raster, name);
  return upright({.width = raster.width, .height = raster.height, .rgb = std::move(raster.samples)},
                 raster.orientation);
}

}  // namespace ootd
