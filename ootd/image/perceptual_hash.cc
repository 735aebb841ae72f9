#include "ootd/image/perceptual_hash.h"

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/image/resize.h"

namespace ootd {
namespace {

constexpr int kColumns = 8, kRows = 8;
// The levels out of 255 by which a pair must differ to count. Flat backgrounds are common and lie at 0, where noise
// would decide; few true edges of a picture lie just here.
constexpr int kDeadZone = 2;

using Gray = std::array<std::array<int, kColumns + 1>, kRows>;

Gray shrink(const Image& image) {
  const Image small = resize(image, kColumns + 1, kRows, Interpolation::kBilinear);
  Gray gray;
  for (int y = 0; y < kRows; ++y)
    for (int x = 0; x <= kColumns; ++x) {
      const std::uint8_t* rgb = small.row(y) + 3 * x;
      gray[y][x] = 299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2];  // thousandths of a level; ITU-R BT.601
    }
  return gray;
}

PerceptualHash hash_of(const Gray& gray) {
  PerceptualHash hash = 0;
  for (const auto& row : gray)
    for (int x = 0; x < kColumns; ++x) hash = hash << 1 | (row[x] - row[x + 1] > 1000 * kDeadZone ? 1 : 0);
  return hash;
}

// Adds to `values` all that differ from `value` in at most `flips` bits, each once.
void neighbours(std::uint16_t value, int first_bit, int flips, std::vector<std::uint16_t>& values) {
  values.push_back(value);
  if (flips == 0) return;
  for (int bit = first_bit; bit < 16; ++bit)
    neighbours(static_cast<std::uint16_t>(value ^ 1u << bit), bit + 1, flips - 1, values);
}

}  // namespace

DifferenceHashes difference_hashes(const Image& image) {
  Gray gray = shrink(image);
  DifferenceHashes hashes{.plain = hash_of(gray)};
  for (auto& row : gray) std::reverse(row.begin(), row.end());
  hashes.mirrored = hash_of(gray);
  return hashes;
}

Image decode_for_hash(std::span<const std::byte> bytes, const std::string& name, const DecodeLimits& limits) {
  // Eight pixels under each of the hash: the rest of the shrinking is then as good as from the whole picture.
  return decode_image(bytes, name, limits, 8 * (kColumns + 1), 8 * kRows);
}

std::size_t HashIndex::add(PerceptualHash hash) {
  const std::size_t number = hashes_.size();
  hashes_.push_back(hash);
  for (int b = 0; b < kBands; ++b) {
    Band& band = bands_[b];
    if (band.newest.empty()) band.newest.resize(std::size_t{1} << kBandBits);
    std::uint32_t& newest = band.newest[static_cast<std::uint16_t>(hash >> b * kBandBits)];
    band.older.push_back(newest);
    newest = static_cast<std::uint32_t>(number + 1);
  }
  return number;
}

std::vector<std::size_t> HashIndex::find(PerceptualHash hash, int radius) const {
  if (radius < 0) throw Error(Kind::kInput, "HashIndex: radius " + std::to_string(radius) + " is negative");
  std::vector<std::size_t> found;
  const auto consider = [&](std::size_t number) {
    if (hamming_distance(hashes_[number], hash) <= radius) found.push_back(number);
  };
  const int flips = radius / kBands;
  if (flips > 2) {
    for (std::size_t number = 0; number < hashes_.size(); ++number) consider(number);
    return found;
  }
  if (hashes_.empty()) return found;
  std::vector<std::uint16_t> values;
  for (int b = 0; b < kBands; ++b) {
    values.clear();
    neighbours(static_cast<std::uint16_t>(hash >> b * kBandBits), 0, flips, values);
    for (const auto value : values)
      for (std::uint32_t link = bands_[b].newest[value]; link != 0; link = bands_[b].older[link - 1])
        consider(link - 1);
  }
  std::sort(found.begin(), found.end());  // one that shares several bands is there several times
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

}  // namespace ootd
