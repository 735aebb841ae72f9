#include "ootd/image/metadata.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "ootd/base/error.h"
#include "ootd/image/decode.h"
#include "ootd/image/encode.h"
#include "ootd/image/raster.h"

namespace ootd {
namespace {

using std::string_view_literals::operator""sv;

// Hands out the file piece by piece, and throws where it ends too early.
class Pieces {
 public:
  Pieces(std::span<const std::byte> bytes, const std::string& name) : bytes_(bytes), name_(name) {}
  std::size_t size() const { return bytes_.size(); }
  bool at_end() const { return at_ == bytes_.size(); }
  std::size_t at() const { return at_; }
  std::size_t number(std::size_t ahead, std::size_t size, bool little_endian = false) const {
    return number_at(bytes_, at_ + ahead, size, little_endian);
  }
  std::string_view text(std::size_t ahead, std::size_t size) const {
    const auto all = std::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
    return at_ + ahead > all.size() ? ""sv : all.substr(at_ + ahead, size);
  }
  std::span<const std::byte> take(std::size_t size) {
    if (size > bytes_.size() - at_) throw Error(Kind::kInput, name_ + ": truncated picture");
    at_ += size;
    return bytes_.subspan(at_ - size, size);
  }
  std::span<const std::byte> rest() { return take(bytes_.size() - at_); }

 private:
  const std::span<const std::byte> bytes_;
  const std::string& name_;
  std::size_t at_ = 0;
};

using Bytes = std::string;  // a vector would do, but for a false alarm of GCC 12 at its insert()

void append(Bytes& out, std::string_view text) { out += text; }
void append(Bytes& out, std::span<const std::byte> bytes) {
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

// Of a bare TIFF, without the "Exif" that JPEG puts before it.
int tiff_orientation(std::span<const std::byte> tiff) {
  Bytes app1("Exif\0\0"sv);
  append(app1, tiff);
  return exif_orientation(std::as_bytes(std::span(app1)));
}

// A TIFF directory with one entry.
Bytes orientation_tiff(int orientation) {
  Bytes tiff;
  append(tiff, "MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0"sv);
  tiff.push_back(static_cast<char>(orientation));
  append(tiff, "\0\0\0\0\0\0"sv);
  return tiff;
}

Bytes jpeg_without(Pieces pieces) {
  Bytes out;
  out.reserve(pieces.size());
  append(out, pieces.take(2));
  while (!pieces.at_end()) {
    const std::size_t marker = pieces.number(1, 1);
    if (pieces.number(0, 1) != 0xFF) {
      append(out, pieces.take(1));  // bytes between segments, which decoders skip
      continue;
    }
    if (marker == 0xFF || marker == 0x01 || (marker >= 0xD0 && marker <= 0xD7)) {
      append(out, pieces.take(marker == 0xFF ? 1 : 2));
      continue;
    }
    if (marker == 0xD9) {  // what follows is another picture, with metadata of its own
      append(out, pieces.take(2));
      break;
    }
    const auto segment = pieces.take(2 + pieces.number(2, 2));
    const std::string_view payload(
        reinterpret_cast<const char*>(segment.data()) + std::min<std::size_t>(4, segment.size()),
        segment.size() - std::min<std::size_t>(4, segment.size()));
    if (marker == 0xE1) {
      const int orientation = exif_orientation(segment.subspan(std::min<std::size_t>(4, segment.size())));
      if (orientation != 1) {
        const Bytes exif = Bytes("Exif\0\0"sv) + orientation_tiff(orientation);
        append(out, "\xFF\xE1\0"sv);
        out.push_back(static_cast<char>(exif.size() + 2));
        append(out, exif);
      }
      continue;
    }
    const bool is_application = marker >= 0xE0 && marker <= 0xEF;
    const bool is_needed =
        payload.starts_with("JFIF\0"sv) || payload.starts_with("ICC_PROFILE\0"sv) || payload.starts_with("Adobe"sv);
    if (marker == 0xFE || (is_application && !is_needed)) continue;
    append(out, segment);
    if (marker != 0xDA) continue;
    // The coded pixels end at a marker that is none of theirs.
    const std::string_view coded = pieces.text(0, std::string_view::npos);
    std::size_t size = coded.find('\xFF');
    for (; size < coded.size(); size = coded.find('\xFF', size + 1)) {
      if (size + 1 == coded.size()) continue;
      const auto next = static_cast<unsigned char>(coded[size + 1]);
      if (next != 0 && next != 0xFF && (next < 0xD0 || next > 0xD7)) break;
    }
    size = std::min(size, coded.size());
    append(out, pieces.take(size));
  }
  return out;
}

// PNG specification, annex D.
std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
  }
  return ~crc;
}

void append_number(Bytes& out, std::uint32_t value, bool little_endian) {
  for (int i = 0; i < 4; ++i) out.push_back(static_cast<char>(value >> 8 * (little_endian ? i : 3 - i)));
}

Bytes png_without(Pieces pieces) {
  constexpr std::array kDropped = {"tEXt"sv, "zTXt"sv, "iTXt"sv, "tIME"sv, "eXIf"sv};
  Bytes out;
  append(out, pieces.take(8));
  while (!pieces.at_end()) {
    const std::size_t length = pieces.number(0, 4);
    const std::string_view type = pieces.text(4, 4);
    const auto chunk = pieces.take(12 + length);
    if (type == "eXIf") {
      const int orientation = tiff_orientation(chunk.subspan(8, length));
      if (orientation != 1) {
        Bytes exif;
        append(exif, "eXIf"sv);
        append(exif, orientation_tiff(orientation));
        append_number(out, static_cast<std::uint32_t>(exif.size() - 4), false);
        append(out, exif);
        append_number(out, crc32(exif), false);
      }
    }
    if (std::ranges::find(kDropped, type) == kDropped.end()) append(out, chunk);
    if (type == "IEND") break;
  }
  return out;
}

Bytes webp_without(Pieces pieces) {
  constexpr char kExifFlag = 0x08, kXmpFlag = 0x04;
  Bytes out;
  append(out, pieces.take(12));
  std::size_t flags_at = 0;
  while (!pieces.at_end()) {
    const std::size_t length = pieces.number(4, 4, true);
    const std::string_view type = pieces.text(0, 4);
    auto chunk = pieces.take(8 + length);
    if (length % 2 == 1 && !pieces.at_end()) pieces.take(1);
    if (type == "XMP ") continue;
    if (type == "EXIF") {
      const auto payload = chunk.subspan(8);
      const int orientation = std::max(exif_orientation(payload), tiff_orientation(payload));
      if (orientation == 1) continue;
      const Bytes tiff = orientation_tiff(orientation);
      append(out, "EXIF"sv);
      append_number(out, static_cast<std::uint32_t>(tiff.size()), true);
      append(out, tiff);
      if (flags_at != 0) out[flags_at] = static_cast<char>(out[flags_at] | kExifFlag);
      continue;
    }
    if (type == "VP8X" && length > 0) flags_at = out.size() + 8;
    append(out, chunk);
    if (length % 2 == 1) out.push_back('\0');
    if (type == "VP8X" && length > 0) out[flags_at] = static_cast<char>(out[flags_at] & ~(kExifFlag | kXmpFlag));
  }
  Bytes size;
  append_number(size, static_cast<std::uint32_t>(out.size() - 8), true);
  std::ranges::copy(size, out.begin() + 4);
  return out;
}

// The blocks of a GIF end with one of length 0.
std::size_t sub_blocks_size(const Pieces& pieces, std::size_t ahead) {
  std::size_t size = 0;
  for (;;) {
    const std::size_t length = pieces.number(ahead + size, 1);
    size += 1 + length;
    if (length == 0) return size;
  }
}

Bytes gif_without(Pieces pieces) {
  const auto table_size = [](std::size_t flags) -> std::size_t { return flags & 0x80 ? 3u << ((flags & 7) + 1) : 0; };
  Bytes out;
  append(out, pieces.take(13 + table_size(pieces.number(10, 1))));
  while (!pieces.at_end()) {
    const std::size_t kind = pieces.number(0, 1);
    if (kind == 0x21) {
      const std::size_t label = pieces.number(1, 1);
      const std::string_view application = pieces.text(3, 11);
      const bool is_needed =
          label == 0xF9 || (label == 0xFF && (application == "NETSCAPE2.0" || application == "ICCRGBG1012"));
      const auto extension = pieces.take(2 + sub_blocks_size(pieces, 2));
      if (is_needed) append(out, extension);
    } else if (kind == 0x2C) {
      const std::size_t head = 10 + table_size(pieces.number(9, 1)) + 1;
      append(out, pieces.take(head + sub_blocks_size(pieces, head)));
    } else {  // the end
      append(out, pieces.take(1));
      break;
    }
  }
  return out;
}

}  // namespace

std::vector<std::byte> without_metadata(std::span<const std::byte> bytes, const std::string& name,
                                        const DecodeLimits& limits) {
  const std::string format = read_image_header(bytes, name, limits).format;
  const Pieces pieces(bytes, name);
  const auto vector_of = [](const Bytes& kept) {
    const auto view = std::as_bytes(std::span(kept));
    return std::vector<std::byte>(view.begin(), view.end());
  };
  if (format == name_of(Format::kJpeg)) return vector_of(jpeg_without(pieces));
  if (format == name_of(Format::kPng)) return vector_of(png_without(pieces));
  if (format == name_of(Format::kWebp)) return vector_of(webp_without(pieces));
  if (format == name_of(Format::kGif)) return vector_of(gif_without(pieces));
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.find("Exif") == text.npos && text.find("rdf+xml") == text.npos) return {bytes.begin(), bytes.end()};
  return encode_jpeg(decode_image(bytes, name, limits), 95);
}

}  // namespace ootd
