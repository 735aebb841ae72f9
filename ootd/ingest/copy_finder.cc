#include "ootd/ingest/copy_finder.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/ingest/photo_limits.h"

namespace ootd {
namespace {

Image middle(const Image& image, double cut) {
  const int x = static_cast<int>(std::lround(cut * image.width)), y = static_cast<int>(std::lround(cut * image.height));
  Image part{image.width - 2 * x, image.height - 2 * y, {}};
  part.rgb.reserve(static_cast<std::size_t>(part.width) * part.height * 3);
  for (int row = y; row < y + part.height; ++row) {
    const auto* begin = image.row(row) + 3 * x;
    part.rgb.insert(part.rgb.end(), begin, begin + 3 * part.width);
  }
  return part;
}

Fingerprint fingerprint_of(const StoredFingerprint& stored) {
  Fingerprint fingerprint{stored.hash, stored.mirrored_hash, {}};
  const std::size_t size = std::min(fingerprint.pixels.size(), stored.pixels.size());
  std::transform(stored.pixels.begin(), stored.pixels.begin() + static_cast<std::ptrdiff_t>(size),
                 fingerprint.pixels.begin(), [](std::byte byte) { return static_cast<std::uint8_t>(byte); });
  return fingerprint;
}

}  // namespace

CopyFinder::Parts CopyFinder::examine(const Image& preview) {
  Parts parts;
  for (std::size_t i = 0; i < kCuts.size(); ++i)
    parts[i] = fingerprint(kCuts[i] == 0 ? preview : middle(preview, kCuts[i]));
  return parts;
}

CopyFinder::CopyFinder(Catalog& catalog) : catalog_(catalog) {
  catalog.each_fingerprint([&](const StoredFingerprint& stored) { index(stored.look, stored.part, stored.hash); });
  const DecodeLimits limits = photo_limits(catalog);
  for (LookKey after = {};;) {
    const auto looks = catalog.looks_without_fingerprint(after, 256);
    if (looks.empty()) break;
    after = looks.back();
    std::vector<std::pair<LookKey, Parts>> examined;
    for (const LookKey look : looks) {
      try {
        const auto file = catalog.file_of(look);
        const auto bytes = read_file(catalog.home() / file.value_or(""));
        examined.emplace_back(look, examine(decode_for_hash(bytes, *file, limits)));
      } catch (const Error& error) {
        if (error.kind() == Kind::kUnavailable) throw;  // a photo whose copy is lost or damaged has no copies here
      }
    }
    Catalog::Batch batch(catalog);
    for (const auto& [look, parts] : examined) add(look, parts);
    batch.commit();
  }
}

void CopyFinder::index(LookKey look, int part, PerceptualHash hash) {
  hashes_.add(hash);
  places_.push_back({look, part});
}

std::optional<ImageId> CopyFinder::add(LookKey look, const Parts& parts) {
  const auto original = original_of(parts);
  if (original) catalog_.set_labels(look, kCopyKey, {&*original, 1});
  std::array<StoredFingerprint, kCuts.size()> stored;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto pixels = std::as_bytes(std::span(parts[i].pixels));
    stored[i] = {look, static_cast<int>(i), parts[i].hash, parts[i].mirrored_hash, {pixels.begin(), pixels.end()}};
    index(look, static_cast<int>(i), parts[i].hash);
  }
  catalog_.put_fingerprints(stored);
  return original;
}

bool CopyFinder::is_copy(const Fingerprint& fingerprint, std::size_t number) const {
  const auto stored = catalog_.fingerprint(places_[number].look, places_[number].part);
  return stored && near_copies(fingerprint, fingerprint_of(*stored));  // an erased photo has none any more
}

std::optional<ImageId> CopyFinder::original_of(const Parts& parts) const {
  std::optional<LookKey> oldest;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const PerceptualHash hash : {parts[i].hash, parts[i].mirrored_hash}) {
      for (const std::size_t number : hashes_.find(hash, kCopyDistance)) {
        const Place& other = places_[number];
        // Two middles look alike if the wholes do; one of the two must be a whole photo.
        const bool one_is_whole = i == 0 || other.part == 0;
        if (one_is_whole && (!oldest || other.look < *oldest) && is_copy(parts[i], number)) oldest = other.look;
      }
    }
  }
  const auto image = oldest ? catalog_.find_image(*oldest) : std::nullopt;
  if (!image) return std::nullopt;
  const auto label = std::ranges::find(image->labels, kCopyKey, &Label::key);
  return label == image->labels.end() ? image->id : label->value;
}

}  // namespace ootd
