// Reads little-endian numbers and runs of bytes from untrusted memory; every step is checked against the end.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "ootd/base/error.h"

namespace ootd {

class ContainerReader {
 public:
  // `where` starts each error message; it outlives the reader.
  ContainerReader(std::span<const std::byte> bytes, const std::string& where) : bytes_(bytes), where_(where) {}

  std::size_t position() const { return at_; }
  std::size_t left() const { return bytes_.size() - at_; }
  void seek(std::size_t position) {
    if (position > bytes_.size()) fail("points behind its end");
    at_ = position;
  }

  std::span<const std::byte> take(std::uint64_t n) {
    if (n > left()) fail("is truncated");
    const auto run = bytes_.subspan(at_, static_cast<std::size_t>(n));
    at_ += static_cast<std::size_t>(n);
    return run;
  }

  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    return value;
  }

  std::string_view text(std::uint64_t n) {
    const auto run = take(n);
    return {reinterpret_cast<const char*>(run.data()), run.size()};
  }

  // Up to and without the next '\n'.
  std::string_view line() {
    const char* begin = reinterpret_cast<const char*>(bytes_.data()) + at_;
    const void* end = left() == 0 ? nullptr : std::memchr(begin, '\n', left());
    if (end == nullptr) fail("is truncated");
    const auto length = static_cast<std::size_t>(static_cast<const char*>(end) - begin);
    at_ += length + 1;
    return {begin, length};
  }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(Kind::kInput, where_ + ": " + what + " (at byte " + std::to_string(at_) + ")");
  }

 private:
  std::span<const std::byte> bytes_;
  const std::string& where_;
  std::size_t at_ = 0;
};

}  // namespace ootd
