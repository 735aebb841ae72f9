// Tells whether two pictures are one photo: re-encoded, resized, retouched, or seen in a mirror.
//
// The difference hash finds candidates fast, but studio photos on white are near one another by it alone (in
// clothing-dataset-small 1,446 pairs within 3 bits, one of which is a copy), so a candidate counts only if its pixels,
// too, are those of the other: 16 x 16 of them, by their correlation, which an empty background does not blur.
// Photos of one person in one pose and place, in other clothes of like brightness, count as well.
// Threads: as in perceptual_hash.h.
#pragma once

#include <array>
#include <vector>

#include "ootd/image/perceptual_hash.h"

namespace ootd {

struct Fingerprint {
  PerceptualHash hash = 0, mirrored_hash = 0;
  std::array<std::uint8_t, 16 * 16 * 3> pixels{};
};
// Of a picture, best as decode_for_hash() gives it. Throws Error(kInput) on an empty image.
Fingerprint fingerprint(const Image& image);

// Bits up to which, and correlation from which, two pictures are near copies. Of 462 photos of all sorts, scaled to 0.6
// or 0.3 or left as they are and written as JPEG of quality 60, 40 or 20, all stayed within 5 bits and all but 2 of
// 1,386 above this correlation. A crop is another picture: with 2 % cut off each side half of them are still found.
inline constexpr int kCopyDistance = 5;
inline constexpr double kCopyCorrelation = 0.99;

bool near_copies(const Fingerprint& a, const Fingerprint& b);

class CopyIndex {
 public:
  std::size_t add(const Fingerprint& fingerprint);  // returns its number: 0, 1, 2 ...
  std::size_t size() const { return fingerprints_.size(); }
  // Ascending numbers of the near copies.
  std::vector<std::size_t> find(const Fingerprint& fingerprint) const;

 private:
  HashIndex hashes_;
  std::vector<Fingerprint> fingerprints_;
};

}  // namespace ootd
