#include "ootd/crawl/copy_finder.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/io.h"

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

CopyFinder::CopyFinder(Catalog& catalog, CrawlLedger& ledger) : catalog_(catalog), ledger_(ledger) {
  ledger.each_fingerprint([&](const StoredFingerprint& stored) { index(stored.row, stored.part, stored.hash); });
  for (Row after = 0;;) {
    const auto rows = ledger.rows_without_fingerprint(after, 256);
    if (rows.empty()) break;
    after = rows.back();
    std::vector<std::pair<Row, Parts>> examined;
    for (const Row row : rows) {
      try {
        const auto file = catalog.file_of(row);
        const auto bytes = read_file(catalog.home() / file.value_or(""));
        examined.emplace_back(row, examine(decode_for_hash(bytes, *file)));
      } catch (const Error& error) {
        if (error.kind() == Kind::kUnavailable) throw;  // a photo whose copy is lost or damaged has no copies here
      }
    }
    Catalog::Batch batch(catalog);
    for (const auto& [row, parts] : examined) add(row, parts);
    batch.commit();
  }
}

void CopyFinder::index(Row row, int part, PerceptualHash hash) {
  hashes_.add(hash);
  places_.push_back(static_cast<std::uint32_t>(row * kCuts.size() + static_cast<std::size_t>(part)));
}

void CopyFinder::add(Row row, const Parts& parts) {
  std::array<StoredFingerprint, kCuts.size()> stored;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const auto pixels = std::as_bytes(std::span(parts[i].pixels));
    stored[i] = {row, static_cast<int>(i), parts[i].hash, parts[i].mirrored_hash, {pixels.begin(), pixels.end()}};
    index(row, static_cast<int>(i), parts[i].hash);
  }
  ledger_.put_fingerprints(stored);
}

bool CopyFinder::is_copy(const Fingerprint& fingerprint, std::size_t number) const {
  const std::size_t place = places_[number];
  const auto stored =
      ledger_.fingerprint(static_cast<Row>(place / kCuts.size()), static_cast<int>(place % kCuts.size()));
  return stored && near_copies(fingerprint, fingerprint_of(*stored));  // an erased photo has none any more
}

std::optional<ImageId> CopyFinder::original_of(const Parts& parts) const {
  std::optional<Row> row;  // the oldest
  for (std::size_t i = 0; i < parts.size(); ++i) {
    for (const PerceptualHash hash : {parts[i].hash, parts[i].mirrored_hash}) {
      for (const std::size_t number : hashes_.find(hash, kCopyDistance)) {
        const auto other = static_cast<Row>(places_[number] / kCuts.size());
        // Two middles look alike if the wholes do; one of the two must be a whole photo.
        const bool one_is_whole = i == 0 || places_[number] % kCuts.size() == 0;
        if (one_is_whole && (!row || other < *row) && is_copy(parts[i], number)) row = other;
      }
    }
  }
  const auto image = row ? catalog_.find_image(*row) : std::nullopt;
  if (!image) return std::nullopt;
  const auto label = std::ranges::find(image->labels, kCopyKey, &Label::key);
  return label == image->labels.end() ? image->id : label->value;
}

}  // namespace ootd
