#include "ootd/serve/thumbnails.h"

#include <algorithm>
#include <cstdint>

#include "ootd/base/io.h"
#include "ootd/image/decode.h"
#include "ootd/image/encode.h"
#include "ootd/image/resize.h"

namespace ootd {
namespace {

constexpr int kQuality = 85;

std::vector<std::byte> make_thumbnail(const std::string& id, const std::filesystem::path& file, int width) {
  const auto bytes = read_file(file, DecodeLimits().max_bytes);
  const ImageHeader header = read_image_header(bytes, id);
  const int w = std::min(width, header.width);
  const int h = std::max(1, static_cast<int>(std::int64_t{header.height} * w / header.width));
  const Image image = decode_image(bytes, id, {}, w, h);
  return encode_jpeg(image.width == w && image.height == h ? image : resize(image, w, h, Filter::kBicubic), kQuality);
}

}  // namespace

Thumbnails::Jpeg Thumbnails::get(const std::string& id, const std::filesystem::path& file, int width) {
  const std::string key = id + "/" + std::to_string(width);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->second;
    }
  }
  const auto jpeg = std::make_shared<const std::vector<std::byte>>(make_thumbnail(id, file, width));
  const std::lock_guard lock(mutex_);
  if (jpeg->size() > max_bytes_ || by_key_.contains(key)) return jpeg;
  entries_.emplace_front(key, jpeg);
  by_key_[key] = entries_.begin();
  bytes_ += jpeg->size();
  while (bytes_ > max_bytes_) {
    bytes_ -= entries_.back().second->size();
    by_key_.erase(entries_.back().first);
    entries_.pop_back();
  }
  return jpeg;
}

std::size_t Thumbnails::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace ootd
