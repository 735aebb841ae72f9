// Little-endian numbers and arrays in a byte string: how snapshots are written, and read without trusting them.
#pragma once

#include <bit>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "ootd/base/error.h"

namespace ootd {

static_assert(std::endian::native == std::endian::little, "snapshots are little-endian, and so are all our machines");

class ByteWriter {
 public:
  template <class T>
  void put(T value) {
    put_array(std::span<const T>(&value, 1));
  }
  template <class T>
  void put_array(std::span<const T> values) {
    static_assert(std::is_trivially_copyable_v<T>);
    const auto bytes = std::as_bytes(values);
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void reserve(std::size_t size) { bytes_.reserve(size); }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

// Every read is checked against what is left, before anything is allocated. Throws Error(kInput) naming the field.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : left_(bytes) {}
  std::size_t left() const { return left_.size(); }

  template <class T>
  T get(std::string_view field) {
    T value;
    copy(&value, sizeof(T), field);
    return value;
  }
  template <class T>
  std::vector<T> get_array(std::size_t count, std::string_view field) {
    if (count > left_.size() / sizeof(T)) throw_short(field);
    std::vector<T> values(count);
    copy(values.data(), count * sizeof(T), field);
    return values;
  }

 private:
  void copy(void* to, std::size_t size, std::string_view field) {
    if (size > left_.size()) throw_short(field);
    if (size > 0) std::memcpy(to, left_.data(), size);
    left_ = left_.subspan(size);
  }
  [[noreturn]] static void throw_short(std::string_view field) {
    throw Error(Kind::kInput, "ends inside the field \"" + std::string(field) + "\"");
  }

  std::span<const std::byte> left_;
};

}  // namespace ootd
