#include "ootd/image/preprocess.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/image/encode.h"
#include "ootd/image/resize.h"
#include "tests/image/pictures.h"
#include "tests/testing/message_of.h"

namespace ootd {
namespace {

using testing::difference;
using testing::golden;
using testing::read_golden;

InputSpec siglip() { return {}; }

InputSpec imagenet(int resize_side, Interpolation filter) {
  return {.fit = Fit::kCenterCrop,
          .resize_side = resize_side,
          .filter = filter,
          .mean = {0.485f, 0.456f, 0.406f},
          .std = {0.229f, 0.224f, 0.225f}};
}

InputSpec pillow13(InputSpec spec) {
  spec.pass_order = PassOrder::kPillow13;
  return spec;
}

// NumPy format 1.0: magic and version (8 bytes), header length (2), header; then little-endian float32.
std::vector<float> read_npy(const std::string& name) {
  const auto bytes = read_file(golden(name));
  const std::size_t begin =
      10 + std::to_integer<std::size_t>(bytes.at(8)) + 256 * std::to_integer<std::size_t>(bytes.at(9));
  std::vector<float> values((bytes.size() - begin) / sizeof(float));
  std::memcpy(values.data(), bytes.data() + begin, values.size() * sizeof(float));
  return values;
}

TEST(FitTo, EqualsPillowAndTorchvisionBitForBit) {
  const struct {
    const char *input, *expected;
    InputSpec spec;
  } cases[] = {
      {"input_300x451.png", "siglip_png_u8.png", siglip()},
      {"input_300x451.png", "siglip_png_u8_pillow13.png", pillow13(siglip())},
      {"input_300x451_jpg_decoded.png", "siglip_jpgdec_u8.png", siglip()},
      {"input_61x37.png", "siglip_small_u8.png", siglip()},
      {"input_gray_120x90.png", "siglip_gray_u8.png", siglip()},
      {"input_300x451.png", "imagenet256_bilinear_png_u8.png", imagenet(256, Interpolation::kBilinear)},
      {"input_300x451.png", "imagenet256_bilinear_png_u8_pillow13.png",
       pillow13(imagenet(256, Interpolation::kBilinear))},
      {"input_300x451_jpg_decoded.png", "imagenet256_bilinear_jpgdec_u8.png", imagenet(256, Interpolation::kBilinear)},
      {"input_61x37.png", "imagenet256_bilinear_small_u8.png", imagenet(256, Interpolation::kBilinear)},
      {"input_gray_120x90.png", "imagenet256_bilinear_gray_u8.png", imagenet(256, Interpolation::kBilinear)},
      {"input_300x451.png", "imagenet256_bicubic_png_u8.png", imagenet(256, Interpolation::kBicubic)},
      {"input_300x451.png", "imagenet232_bilinear_png_u8.png", imagenet(232, Interpolation::kBilinear)},
  };
  for (const auto& c : cases)
    EXPECT_EQ(difference(fit_to(read_golden(c.input), c.spec), read_golden(c.expected)).largest, 0) << c.expected;
}

TEST(FitTo, OfAJpegIsWithinThreeLevelsOfPillow) {
  const Image own = read_golden("input_300x451.jpg");
  EXPECT_LE(difference(own, read_golden("input_300x451_jpg_decoded.png")).largest, 3);
  EXPECT_LE(difference(fit_to(own, siglip()), read_golden("siglip_jpgdec_u8.png")).largest, 3);
}

TEST(FitTo, PutsTheWindowWherePythonRoundsTo) {
  // Columns count up, so the first pixel names its column. Slack 1, 3, 5, 7: halves .5, 1.5, 2.5, 3.5 to the even side.
  for (const auto& [slack, left] : {std::pair{1, 0}, {2, 1}, {3, 2}, {4, 2}, {5, 2}, {6, 3}, {7, 4}}) {
    Image in{.width = 10 + slack, .height = 10, .rgb = {}};
    for (int i = 0; i < in.width * in.height; ++i)
      for (int c = 0; c < 3; ++c) in.rgb.push_back(static_cast<std::uint8_t>(i % in.width * 10));
    const InputSpec spec{.width = 10, .height = 10, .fit = Fit::kCenterCrop, .resize_side = 10};
    EXPECT_EQ(fit_to(in, spec).rgb.front(), left * 10) << "slack " << slack;
  }
}

TEST(FitTo, RefusesAnEmptyImageAndAnImpossibleSpec) {
  EXPECT_THROW(fit_to(Image{}, siglip()), Error);
  EXPECT_THROW(fit_to(testing::draw(30, 30), imagenet(200, Interpolation::kBilinear)), Error);
}

TEST(FitTo, BearsTheMostElongatedPictures) {
  for (const auto& [width, height] : {std::pair{60'000, 1}, {1, 60'000}}) {
    const Image in{.width = width, .height = height, .rgb = std::vector<std::uint8_t>(180'000, 7)};
    EXPECT_EQ(fit_to(in, siglip()).rgb, std::vector<std::uint8_t>(150'528, 7));
    EXPECT_EQ(fit_to(in, imagenet(256, Interpolation::kBicubic)).rgb, std::vector<std::uint8_t>(150'528, 7));
  }
}

TEST(EnoughFor, IsTwiceTheSizeThatFitToResizesTo) {
  int width = 0, height = 0;
  enough_for({.width = 3000, .height = 4000, .format = "jpeg"}, siglip(), width, height);
  EXPECT_EQ(std::pair(width, height), std::pair(448, 448));
  enough_for({.width = 300, .height = 451, .format = "jpeg"}, imagenet(256, Interpolation::kBilinear), width, height);
  EXPECT_EQ(std::pair(width, height), std::pair(512, 768));  // 2 * int(256 * 451 / 300 = 384.85)
  enough_for({.width = 451, .height = 300, .format = "jpeg"}, imagenet(256, Interpolation::kBilinear), width, height);
  EXPECT_EQ(std::pair(width, height), std::pair(768, 512));
}

// The slow twin decodes the whole photo and cuts.
TEST(DecodeFor, SeesOfALargePhotoWhatCroppingTheWholeWouldShow) {
  const auto jpeg = encode_jpeg(testing::draw(2400, 3200), 95);
  const Image whole = decode_image(jpeg, "x");
  const struct {
    Box box;
    int scale;  // of the decoded picture, 1/scale
  } cases[] = {{{0, 0, 2400, 3200}, 4},     {{300, 200, 1000, 2800}, 2}, {{301.5f, 203, 1000, 2800}, 2},
               {{1000, 1000, 400, 900}, 1}, {{2300, 3100, 100, 100}, 1}, {{-50, 3000, 500, 900}, 1},
               {{500, 0, 1800, 1800}, 4}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.box.x);
    const Image seen = decode_for(jpeg, "x", siglip(), {}, c.box), cut = crop(whole, c.box);
    EXPECT_NEAR(seen.width, cut.width / c.scale, 2);
    EXPECT_NEAR(seen.height, cut.height / c.scale, 2);
    EXPECT_TRUE(c.scale == 1 || std::min(seen.width, seen.height) >= 448) << "enough for the crop";
    EXPECT_LE(difference(fit_to(seen, siglip()), fit_to(cut, siglip())).mean, c.scale == 1 ? 0.0 : 1.0);
  }
}

TEST(DecodeFor, RefusesABoxOutsideThePicture) {
  const auto jpeg = encode_jpeg(testing::draw(100, 100));
  for (const Box& box : {Box{100, 0, 10, 10}, Box{-20, 0, 20, 10}, Box{5, 5, 0, 10}})
    EXPECT_NE(testing::message_of([&] { (void)decode_for(jpeg, "a.jpg", siglip(), {}, box); }).find("a.jpg"),
              std::string::npos);
  EXPECT_EQ(decode_for(jpeg, "a.jpg", siglip(), {}, Box{99.5f, 99.5f, 3, 3}).width, 1);
}

TEST(NormalizeChw, EqualsTheReferenceTensors) {
  const struct {
    const char *input, *expected;
    InputSpec spec;
  } cases[] = {
      {"input_300x451.png", "siglip_png.npy", siglip()},
      {"input_61x37.png", "siglip_small.npy", siglip()},
      {"input_300x451.png", "imagenet256_bilinear_png.npy", imagenet(256, Interpolation::kBilinear)},
  };
  for (const auto& c : cases) {
    const std::vector<float> expected = read_npy(c.expected);
    ASSERT_EQ(expected.size(), 3u * 224 * 224);
    std::vector<float> tensor(expected.size());
    normalize_chw(fit_to(read_golden(c.input), c.spec), c.spec, tensor);
    float largest = 0;
    for (std::size_t i = 0; i < tensor.size(); ++i) largest = std::max(largest, std::abs(tensor[i] - expected[i]));
    EXPECT_LE(largest, 1e-6f) << c.expected;
  }
}

}  // namespace
}  // namespace ootd
