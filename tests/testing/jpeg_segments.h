// JPEGs with segments that our encoder does not write. Tests only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ootd::testing {

// The JPEG with one more segment (marker FF `type`, length, payload), right after the start marker.
inline std::vector<std::byte> with_segment(std::vector<std::byte> jpeg, std::uint8_t type, const std::string& payload) {
  const std::size_t length = payload.size() + 2;
  const std::string segment = std::string("\xFF") + static_cast<char>(type) + static_cast<char>(length >> 8) +
                              static_cast<char>(length & 0xFF) + payload;
  const auto* begin = reinterpret_cast<const std::byte*>(segment.data());
  jpeg.insert(jpeg.begin() + 2, begin, begin + segment.size());
  return jpeg;
}

// APP1 with the one tag that we read.
inline std::vector<std::byte> with_orientation(std::vector<std::byte> jpeg, int orientation, bool little_endian) {
  std::string exif("Exif\0\0", 6);
  const auto number = [&](unsigned value, int size) {
    for (int i = 0; i < size; ++i) exif += static_cast<char>(value >> 8 * (little_endian ? i : size - 1 - i) & 0xFF);
  };
  exif += little_endian ? "II" : "MM";
  number(42, 2);
  number(8, 4);  // where the directory starts
  number(1, 2);  // entries: tag, type SHORT, count, value in the first half of four bytes
  number(0x0112, 2), number(3, 2), number(1, 4), number(static_cast<unsigned>(orientation), 2), number(0, 2);
  number(0, 4);  // no further directory
  return with_segment(std::move(jpeg), 0xE1, exif);
}

}  // namespace ootd::testing
