#include "ootd/image/near_copy.h"

#include <gtest/gtest.h>

#include "ootd/base/error.h"
#include "ootd/image/encode.h"
#include "ootd/image/resize.h"
#include "tests/image/pictures.h"

namespace ootd {
namespace {

using testing::blobs;

// A small thing on a white sheet, at almost the same place each time: alike in layout, not a copy.
Image product(std::uint64_t seed) {
  Image image{.width = 240, .height = 320, .rgb = std::vector<std::uint8_t>(240 * 320 * 3, 254)};
  const Image thing = blobs(seed, 60, 100);
  for (int y = 0; y < 100; ++y)
    for (int x = 0; x < 180; ++x) image.row(110 + y)[3 * 90 + x] = static_cast<std::uint8_t>(thing.row(y)[x] / 4 + 190);
  return image;
}

TEST(NearCopy, IsAReencodedResizedOrMirroredPhoto) {
  for (int i = 0; i < 40; ++i) {
    const Image original = i % 2 == 0 ? blobs(i) : product(i);
    const Fingerprint print = fingerprint(original);
    EXPECT_TRUE(near_copies(print, print));
    const Image small = resize(original, original.width / 2, original.height / 2, Interpolation::kBicubic);
    EXPECT_TRUE(near_copies(print, fingerprint(decode_image(encode_jpeg(small, 60), "jpeg")))) << i;
    const Fingerprint mirror = fingerprint(testing::mirrored(small));
    EXPECT_TRUE(near_copies(print, mirror)) << i;
    EXPECT_TRUE(near_copies(mirror, print)) << i;
  }
}

TEST(NearCopy, IsNotAnotherThingOnTheSameWhiteSheet) {
  int near_by_hash = 0;
  for (int i = 0; i < 40; ++i)
    for (int j = 0; j < i; ++j) {
      const Fingerprint a = fingerprint(product(i)), b = fingerprint(product(j));
      near_by_hash += hamming_distance(a.hash, b.hash) <= kCopyDistance;
      EXPECT_FALSE(near_copies(a, b)) << i << " " << j;
    }
  EXPECT_GT(near_by_hash, 20) << "these pictures do not ask for the pixels' word";
}

TEST(NearCopy, OfAFlatPictureIsOneOfTheSameColour) {
  const auto flat = [](std::uint8_t level) {
    return fingerprint({.width = 30, .height = 30, .rgb = std::vector<std::uint8_t>(2700, level)});
  };
  EXPECT_TRUE(near_copies(flat(200), flat(201)));
  EXPECT_FALSE(near_copies(flat(200), flat(100)));
  EXPECT_THROW(fingerprint({}), Error);
}

TEST(CopyIndex, FindsWhatComparingAllFinds) {
  std::vector<Fingerprint> all;
  CopyIndex index;
  for (int i = 0; i < 90; ++i) {
    Image image = i % 2 == 0 ? blobs(i / 3) : product(i / 3);
    if (i % 3 == 1) image = resize(image, 100, 130, Interpolation::kBicubic);
    if (i % 3 == 2) image = testing::mirrored(image);
    all.push_back(fingerprint(image));
    EXPECT_EQ(index.add(all.back()), static_cast<std::size_t>(i));
  }
  std::size_t pairs = 0;
  for (const auto& print : all) {
    std::vector<std::size_t> expected;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (near_copies(print, all[i])) expected.push_back(i);
    EXPECT_EQ(index.find(print), expected);
    pairs += expected.size();
  }
  EXPECT_GT(pairs, all.size() + 40);
}

}  // namespace
}  // namespace ootd
