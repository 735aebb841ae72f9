// Inside this folder: takes what stands at the front of some bytes. All throw Error(kInput) where these end too early.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "ootd/base/error.h"

namespace ootd {

static_assert(std::endian::native == std::endian::little, "Parquet is little-endian, and so are all our machines");

// What follows the names of the file and the column in a message.
[[noreturn]] inline void throw_unread(const std::string& what) { throw Error(Kind::kInput, what); }
[[noreturn]] inline void throw_damaged(const std::string& what) {
  throw_unread(what + ": the file is damaged, fetch or write it anew");
}

inline std::string_view take(std::string_view& bytes, std::uint64_t size) {
  if (size > bytes.size()) throw_damaged("ends too early");
  const std::string_view taken = bytes.substr(0, size);
  bytes.remove_prefix(size);
  return taken;
}

template <class T>
T take_number(std::string_view& bytes) {
  T number;
  std::memcpy(&number, take(bytes, sizeof number).data(), sizeof number);
  return number;
}

// ULEB128.
inline std::uint64_t take_varint(std::string_view& bytes) {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const auto byte = take_number<std::uint8_t>(bytes);
    value |= std::uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  throw_damaged("holds a number of more than 64 bits");
}

// Signed numbers, small ones in few bytes: 0, -1, 1, -2 ... are 0, 1, 2, 3 ...
inline std::int64_t take_zigzag(std::string_view& bytes) {
  const std::uint64_t value = take_varint(bytes);
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

}  // namespace ootd
