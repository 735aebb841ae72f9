// A small generator whose numbers are the same on every machine and compiler (the standard's distributions are not).
// xoshiro256** (Blackman & Vigna 2018), seeded by SplitMix64. Not for secrets. One per thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

namespace ootd {

// A number's bits mixed so that near numbers lie far apart (the finalizer of SplitMix64; Steele, Lea & Flood 2014).
// One to one.
constexpr std::uint64_t mixed(std::uint64_t bits) {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
  return bits ^ (bits >> 31);
}

// FNV-1a: a seed of words. start: the hash of what comes before.
constexpr std::uint64_t hash_text(std::string_view text, std::uint64_t start = 0xcbf29ce484222325) {
  for (const char c : text) start = (start ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return start;
}

class Random {
 public:
  explicit Random(std::uint64_t seed);
  std::uint64_t next();
  double uniform();                         // [0, 1)
  double uniform(double low, double high);  // [low, high)
  std::uint64_t below(std::uint64_t n);     // [0, n), n > 0, without bias
  double normal();                          // mean 0, standard deviation 1 (Box-Muller)
  template <class T>
  void shuffle(std::span<T> items) {  // Fisher-Yates
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::uint64_t state_[4];
};

}  // namespace ootd
