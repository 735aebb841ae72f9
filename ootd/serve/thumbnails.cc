#include "ootd/serve/thumbnails.h"

#include "ootd/image/thumbnail.h"

namespace ootd {

Thumbnails::Jpeg Thumbnails::get(const std::string& id, const std::filesystem::path& file, const DecodeLimits& limits,
                                 int width) {
  const std::string key = id + "/" + std::to_string(width);
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = by_key_.find(key); found != by_key_.end()) {
      entries_.splice(entries_.begin(), entries_, found->second);
      return found->second->second;
    }
  }
  const auto jpeg = std::make_shared<const std::vector<std::byte>>(jpeg_thumbnail(file, id, limits, width));
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

void Thumbnails::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  for (const int width : kThumbnailWidths) {
    const auto found = by_key_.find(id + "/" + std::to_string(width));
    if (found == by_key_.end()) continue;
    bytes_ -= found->second->second->size();
    entries_.erase(found->second);
    by_key_.erase(found);
  }
}

std::size_t Thumbnails::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

}  // namespace ootd
