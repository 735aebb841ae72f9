// Finds copies of a photo: the same picture re-encoded, resized or slightly retouched has nearly the same hash.
//
// The difference hash (dHash; Krawetz, "Kind of Like That", 2013): the picture shrunk to 9 x 8 gray pixels, and for
// each of the 64 pairs of neighbours in a row whether it darkens from left to right. It sees the coarse layout alone:
// two different shirts on white may be as near as a copy. near_copy.h looks at the pixels, too.
// Threads: all functions are pure; HashIndex may be read from many threads while nobody adds.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ootd/image/decode.h"
#include "ootd/image/image.h"

namespace ootd {

using PerceptualHash = std::uint64_t;

struct DifferenceHashes {
  PerceptualHash plain = 0;
  PerceptualHash mirrored = 0;  // what the picture would have as seen in a mirror
};
// Throws Error(kInput) on an empty image.
DifferenceHashes difference_hashes(const Image& image);

// A file decoded as far as hashing needs it: for JPEG at the smallest scale. Throws as decode_image().
Image decode_for_hash(std::span<const std::byte> bytes, const std::string& name, const DecodeLimits& limits = {});

// The number of pairs that differ, 0..64.
inline int hamming_distance(PerceptualHash a, PerceptualHash b) { return std::popcount(a ^ b); }

// Which of many hashes lie within some distance of one. Exact: of `radius` differing bits one of the four 16-bit bands
// holds at most radius / 4, so only the entries that share a band, up to so many bits, are compared (multi-index
// hashing; Norouzi, Punjani & Fleet 2012).
// Memory: 1 MiB, and 24 bytes a hash.
// Cost of find(): about n / 16,384 comparisons for radius 0..3 over evenly spread hashes, 17 times as many for 4..7,
// 137 times for 8..11; beyond that all.
class HashIndex {
 public:
  // Returns its number: 0, 1, 2 ...
  std::size_t add(PerceptualHash hash);
  std::size_t size() const { return hashes_.size(); }
  PerceptualHash operator[](std::size_t number) const { return hashes_[number]; }
  // Ascending numbers of all entries with hamming_distance() <= radius. Throws Error(kInput) for a negative radius.
  std::vector<std::size_t> find(PerceptualHash hash, int radius) const;

 private:
  static constexpr int kBands = 4, kBandBits = 16;
  std::vector<PerceptualHash> hashes_;
  // The numbers whose band has one value are a chain: 24 bytes a hash in all. Links are numbers + 1; 0: no more.
  struct Band {
    std::vector<std::uint32_t> newest;  // of each value
    std::vector<std::uint32_t> older;   // of each number
  };
  std::array<Band, kBands> bands_;
};

}  // namespace ootd
