#include "ootd/image/near_copy.h"

#include <algorithm>
#include <cmath>

#include "ootd/image/resize.h"

namespace ootd {
namespace {

constexpr int kSide = 16;
using Pixels = decltype(Fingerprint::pixels);

Pixels mirrored(const Pixels& pixels) {
  Pixels out{};
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      for (int c = 0; c < 3; ++c) out[3 * (y * kSide + x) + c] = pixels[3 * (y * kSide + kSide - 1 - x) + c];
  return out;
}

// Pearson's, over all pixels and channels. Two pictures of one flat colour each have none; they are alike if the colour
// is the same but for rounding.
bool correlate(const Pixels& a, const Pixels& b) {
  std::int64_t sum_a = 0, sum_b = 0, aa = 0, bb = 0, ab = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const int x = a[i], y = b[i];
    sum_a += x, sum_b += y;
    aa += x * x, bb += y * y, ab += x * y;
  }
  const auto n = static_cast<std::int64_t>(a.size());
  const double var_a = static_cast<double>(n * aa - sum_a * sum_a), var_b = static_cast<double>(n * bb - sum_b * sum_b);
  const double flat = static_cast<double>(n * n);  // a deviation of one level
  if (var_a < flat && var_b < flat) return std::abs(sum_a - sum_b) <= 2 * n;
  return static_cast<double>(n * ab - sum_a * sum_b) >= kCopyCorrelation * std::sqrt(var_a * var_b);
}

}  // namespace

Fingerprint fingerprint(const Image& image) {
  const DifferenceHashes hashes = difference_hashes(image);
  Fingerprint result{hashes.plain, hashes.mirrored, {}};
  const Image small = resize(image, kSide, kSide, Interpolation::kBilinear);
  std::copy(small.rgb.begin(), small.rgb.end(), result.pixels.begin());
  return result;
}

bool near_copies(const Fingerprint& a, const Fingerprint& b) {
  return (hamming_distance(a.hash, b.hash) <= kCopyDistance && correlate(a.pixels, b.pixels)) ||
         (hamming_distance(a.mirrored_hash, b.hash) <= kCopyDistance && correlate(mirrored(a.pixels), b.pixels));
}

std::size_t CopyIndex::add(const Fingerprint& fingerprint) {
  fingerprints_.push_back(fingerprint);
  return hashes_.add(fingerprint.hash);
}

std::vector<std::size_t> CopyIndex::find(const Fingerprint& fingerprint) const {
  std::vector<std::size_t> found = hashes_.find(fingerprint.hash, kCopyDistance);
  const auto in_mirror = hashes_.find(fingerprint.mirrored_hash, kCopyDistance);
  found.insert(found.end(), in_mirror.begin(), in_mirror.end());
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  std::erase_if(found, [&](std::size_t number) { return !near_copies(fingerprint, fingerprints_[number]); });
  return found;
}

}  // namespace ootd
