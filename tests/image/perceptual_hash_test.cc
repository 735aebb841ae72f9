#include "ootd/image/perceptual_hash.h"

#include <gtest/gtest.h>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/image/encode.h"
#include "ootd/image/resize.h"
#include "tests/image/pictures.h"

namespace ootd {
namespace {

using testing::blobs;
using testing::mirrored;

TEST(DifferenceHash, OfRampsIsKnown) {
  Image ramp{.width = 90, .height = 80, .rgb = {}};
  for (int y = 0; y < 80; ++y)
    for (int x = 0; x < 90; ++x)
      for (int c = 0; c < 3; ++c) ramp.rgb.push_back(static_cast<std::uint8_t>(y < 40 ? 255 - 2 * x : 2 * x));
  EXPECT_EQ(difference_hashes(ramp).plain,
            0xFFFFFFFF00000000u);  // darkens in the upper four rows, brightens in the lower
  EXPECT_EQ(difference_hashes(ramp).mirrored, 0x00000000FFFFFFFFu);
  EXPECT_EQ(difference_hashes({.width = 5, .height = 5, .rgb = std::vector<std::uint8_t>(75, 200)}).plain, 0u);
  EXPECT_THROW(difference_hashes({}), Error);
}

TEST(DifferenceHash, FindsReencodedAndResizedCopiesAndNotOtherPhotos) {
  constexpr int kPhotos = 60;
  HashIndex index;
  for (int i = 0; i < kPhotos; ++i) index.add(difference_hashes(blobs(i)).plain);
  int strangers = 0;
  for (int i = 0; i < kPhotos; ++i) {
    const Image original = blobs(i);
    const Image copies[] = {decode_image(encode_jpeg(original, 40), "jpeg"),
                            resize(original, 150, 200, Interpolation::kBicubic),
                            resize(original, 700, 930, Interpolation::kBilinear)};
    for (const Image& copy : copies) {
      const auto found = index.find(difference_hashes(copy).plain, 3);
      EXPECT_TRUE(std::find(found.begin(), found.end(), i) != found.end()) << i;
      strangers += static_cast<int>(found.size()) - 1;
    }
  }
  EXPECT_EQ(strangers, 0);
}

TEST(DifferenceHash, OfAScaledDecodeIsThatOfTheWholePicture) {
  for (int i = 0; i < 10; ++i) {
    const auto bytes = encode_jpeg(blobs(i, 1200, 1600));
    const Image small = decode_for_hash(bytes, "jpeg");
    EXPECT_EQ(small.width, 150);
    EXPECT_LE(hamming_distance(difference_hashes(small).plain, difference_hashes(decode_image(bytes, "jpeg")).plain),
              1);
  }
}

TEST(DifferenceHash, KnowsAPictureInTheMirror) {
  for (int i = 0; i < 20; ++i) {
    const Image original = blobs(i);
    EXPECT_EQ(difference_hashes(original).mirrored, difference_hashes(mirrored(original)).plain);
    EXPECT_GT(hamming_distance(difference_hashes(original).plain, difference_hashes(mirrored(original)).plain), 3);
  }
}

TEST(HashIndex, FindsExactlyWhatAScanFinds) {
  Random random(4);
  HashIndex index;
  std::vector<PerceptualHash> all;
  for (int i = 0; i < 3000; ++i) {
    // Clouds of relatives, so that every distance occurs.
    PerceptualHash hash = i % 10 == 0 || i == 0 ? random.next() : all[static_cast<std::size_t>(i) / 10 * 10];
    for (std::uint64_t flips = random.below(16); i % 10 != 0 && flips > 0; --flips)
      hash ^= PerceptualHash{1} << random.below(64);
    all.push_back(hash);
    EXPECT_EQ(index.add(hash), static_cast<std::size_t>(i));
  }
  std::size_t hits = 0;
  for (const int radius : {0, 1, 3, 4, 7, 8, 11, 12, 64})
    for (std::size_t q = 0; q < all.size(); q += 100) {
      const PerceptualHash query = all[q] ^ (q % 200 == 0 ? 0 : PerceptualHash{1} << q % 64);
      std::vector<std::size_t> expected;
      for (std::size_t i = 0; i < all.size(); ++i)
        if (hamming_distance(all[i], query) <= radius) expected.push_back(i);
      EXPECT_EQ(index.find(query, radius), expected) << radius;
      hits += expected.size();
    }
  EXPECT_GT(hits, 3000u);
  EXPECT_THROW(index.find(0, -1), Error);
  EXPECT_TRUE(HashIndex().find(0, 64).empty());
}

}  // namespace
}  // namespace ootd
