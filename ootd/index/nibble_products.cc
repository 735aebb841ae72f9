#include "ootd/index/nibble_products.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>
#define OOTD_AVX2_NIBBLES
#endif

namespace ootd {

void plain_nibble_products(const std::int8_t* query, std::size_t width, const std::uint8_t* codes,
                           std::span<const Slot> slots, std::int32_t* products) {
  for (std::size_t s = 0; s < slots.size(); ++s) {
    const std::uint8_t* code = codes + slots[s] * width;
    std::int32_t sum = 0;
    for (std::size_t i = 0; i < width; ++i) sum += query[i] * (code[i] & 15) + query[width + i] * (code[i] >> 4);
    products[s] = sum;
  }
}

#ifdef OOTD_AVX2_NIBBLES

namespace {

constexpr std::size_t kLane = 32, kCacheLine = 64;
constexpr std::size_t kLanesAtOnce = 4;  // a pair's products are 2 * 15 * 127 at most: 8 of them fit into 16 bits
constexpr std::size_t kAhead = 16;       // under a filter the codes lie apart

__attribute__((target("avx2"))) inline __m256i load(const void* at) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(at));
}

// Written out, because no compiler of ours finds vpmaddubsw for it, which takes half the time.
__attribute__((target("avx2"))) inline __m256i sums_of(const std::int8_t* query, std::size_t width,
                                                       const std::uint8_t* code) {
  const __m256i nibble = _mm256_set1_epi8(15), one = _mm256_set1_epi16(1);
  __m256i sums = _mm256_setzero_si256();
  for (std::size_t begin = 0; begin < width; begin += kLanesAtOnce * kLane) {
    __m256i few = _mm256_setzero_si256();
    for (std::size_t i = begin; i < begin + kLanesAtOnce * kLane && i < width; i += kLane) {
      const __m256i bytes = load(code + i);
      const __m256i low = _mm256_and_si256(bytes, nibble), high = _mm256_and_si256(_mm256_srli_epi16(bytes, 4), nibble);
      few = _mm256_add_epi16(few, _mm256_maddubs_epi16(low, load(query + i)));
      few = _mm256_add_epi16(few, _mm256_maddubs_epi16(high, load(query + width + i)));
    }
    sums = _mm256_add_epi32(sums, _mm256_madd_epi16(few, one));
  }
  return sums;
}

__attribute__((target("avx2"))) void avx2_nibble_products(const std::int8_t* query, std::size_t width,
                                                          const std::uint8_t* codes, const Slot* slots, std::size_t n,
                                                          std::int32_t* products) {
  constexpr std::size_t kAtOnce = 8;
  std::size_t s = 0;
  for (; s + kAtOnce <= n; s += kAtOnce) {
    __m256i sums[kAtOnce];
    for (std::size_t j = 0; j < kAtOnce; ++j) {
      if (s + j + kAhead < n)
        for (std::size_t i = 0; i < width; i += kCacheLine)
          __builtin_prefetch(codes + slots[s + j + kAhead] * width + i);
      sums[j] = sums_of(query, width, codes + slots[s + j] * width);
    }
    const __m256i first = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[0], sums[1]), _mm256_hadd_epi32(sums[2], sums[3]));
    const __m256i last = _mm256_hadd_epi32(_mm256_hadd_epi32(sums[4], sums[5]), _mm256_hadd_epi32(sums[6], sums[7]));
    _mm256_storeu_si256(
        reinterpret_cast<__m256i*>(products + s),
        _mm256_add_epi32(_mm256_permute2x128_si256(first, last, 0x20), _mm256_permute2x128_si256(first, last, 0x31)));
  }
  plain_nibble_products(query, width, codes, {slots + s, n - s}, products + s);
}

}  // namespace

#endif

void nibble_products(const std::int8_t* query, std::size_t width, const std::uint8_t* codes,
                     std::span<const Slot> slots, std::int32_t* products) {
#ifdef OOTD_AVX2_NIBBLES
  static const bool has_avx2 = __builtin_cpu_supports("avx2") > 0;
  if (has_avx2) return avx2_nibble_products(query, width, codes, slots.data(), slots.size(), products);
#endif
  plain_nibble_products(query, width, codes, slots, products);
}

}  // namespace ootd
