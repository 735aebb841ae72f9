// Small JPEGs of stored pictures, made on demand and kept in memory up to a number of bytes, least recently used out
// first. Threads: any, at once; the lock is never held while a picture is read, decoded or encoded (two threads may
// make the same thumbnail at the same time; both are right).
#pragma once

#include <array>
#include <cstddef>
#include <filesystem>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "ootd/image/decode.h"

namespace ootd {

// The widths that exist: a free choice would let anyone fill the cache with copies of one picture.
inline constexpr std::array<int, 4> kThumbnailWidths = {120, 240, 480, 960};

class Thumbnails {
 public:
  using Jpeg = std::shared_ptr<const std::vector<std::byte>>;

  explicit Thumbnails(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // The picture in `file` as a JPEG `width` pixels wide, or at its own width if that is smaller. `id` names the
  // picture. Throws Error as read_file and decode_image.
  Jpeg get(const std::string& id, const std::filesystem::path& file, const DecodeLimits& limits, int width);

  // Of a picture that is no more.
  void forget(const std::string& id);

  std::size_t bytes() const;

 private:
  using Entry = std::pair<std::string, Jpeg>;  // "id/width"
  const std::size_t max_bytes_;
  mutable std::mutex mutex_;  // guards all below
  std::list<Entry> entries_;  // most recently used first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  std::size_t bytes_ = 0;
};

}  // namespace ootd
