#include "ootd/image/decode.h"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/image/encode.h"
#include "ootd/image/preprocess.h"
#include "ootd/image/vips_codec.h"
#include "tests/image/pictures.h"
#include "tests/testing/jpeg_segments.h"

#ifdef __SANITIZE_ADDRESS__
// The encoder that makes the HEIC pictures of these tests keeps some kB a picture.
extern "C" const char* __lsan_default_suppressions() { return "leak:libx265\n"; }
#endif

namespace ootd {
namespace {

using testing::difference;
using testing::draw;
using testing::VipsPtr;
using testing::with_orientation;
using testing::with_segment;

using Bytes = std::vector<std::byte>;

class Orientation : public ::testing::TestWithParam<int> {};

TEST_P(Orientation, IsAppliedAsLibvipsAppliesIt) {
  const Image stored = draw(48, 33);
  for (const bool little_endian : {false, true}) {
    const Bytes jpeg = with_orientation(encode_jpeg(stored), GetParam(), little_endian);
    const Image decoded = decode_image(jpeg, "x");
    const ImageHeader header = read_image_header(jpeg, "x");
    EXPECT_EQ(std::pair(header.width, header.height), std::pair(decoded.width, decoded.height));
    EXPECT_EQ(header.orientation, GetParam());

    VipsImage *plain = nullptr, *turned = nullptr;
    ASSERT_EQ(vips_jpegload_buffer(const_cast<std::byte*>(jpeg.data()), jpeg.size(), &plain, nullptr), 0);
    const VipsPtr plain_owner(plain);
    ASSERT_EQ(vips_image_get_orientation(plain), GetParam());
    ASSERT_EQ(vips_autorot(plain, &turned, nullptr), 0);
    const VipsPtr turned_owner(turned);
    EXPECT_EQ(difference(decoded, testing::from_vips(turned)).largest, 0);
  }
}

TEST_P(Orientation, CountsForThePartThatIsEnough) {
  const Bytes jpeg = with_orientation(encode_jpeg(draw(400, 240)), GetParam(), true);
  const Image half = decode_image(jpeg, "x", {}, GetParam() >= 5 ? 110 : 190, GetParam() >= 5 ? 190 : 110);
  const bool on_its_side = GetParam() >= 5;
  EXPECT_EQ(std::pair(half.width, half.height), on_its_side ? std::pair(120, 200) : std::pair(200, 120));
}

INSTANTIATE_TEST_SUITE_P(Exif, Orientation, ::testing::Range(1, 9));

TEST(Decode, IgnoresAnOrientationOutsideItsRange) {
  const Image stored = draw(20, 10);
  for (const int orientation : {0, 9, 65535})
    EXPECT_EQ(decode_image(with_orientation(encode_jpeg(stored), orientation, true), "x").width, 20);
}

TEST(Decode, AppliesTheOrientationOfWebPToo) {
  const VipsPtr picture = testing::to_vips(draw(40, 20));
  vips_image_set_int(picture.get(), VIPS_META_ORIENTATION, 6);
  const Bytes bytes = testing::write(picture.get(), ".webp[lossless]");
  const Image decoded = decode_image(bytes, "x");
  EXPECT_EQ(std::pair(decoded.width, decoded.height), std::pair(20, 40));
  EXPECT_EQ(read_image_header(bytes, "x").height, 40);
}

// Every format: suffix with options, and the largest mean error that its compression may cost.
TEST(Decode, ReadsEveryFormat) {
  const Image original = draw(64, 48);
  const struct {
    const char *suffix, *format;
    double mean;
  } cases[] = {{".jpg[Q=95]", "jpeg", 3},
               {".jpg[Q=95,interlace]", "jpeg", 3},
               {".png", "png", 0},
               {".png[interlace]", "png", 0},
               {".webp[lossless]", "webp", 0},
               {".webp[Q=95]", "webp", 5},
               {".gif[dither=0]", "gif", 6},
               {".avif[Q=95]", "avif", 5},
               {".heic[Q=95,compression=hevc]", "heic", 5},
               {".png[palette,dither=0]", "png", 6},
               {".jpg[Q=95,subsample_mode=off]", "jpeg", 2}};
  for (const auto& c : cases) {
    const Bytes bytes = testing::write(testing::to_vips(original).get(), c.suffix);
    const bool is_heif = std::string(c.format) == "avif" || std::string(c.format) == "heic";
    if (bytes.empty() && is_heif) continue;  // libheif without an encoder for it
    ASSERT_FALSE(bytes.empty()) << c.suffix;
    const DecodeLimits limits = {.own_file = is_heif};
    EXPECT_LE(difference(decode_image(bytes, "picture.txt", limits), original).mean, c.mean) << c.suffix;
    const ImageHeader header = read_image_header(bytes, "picture.txt", limits);
    EXPECT_EQ(header.format, c.format);
    EXPECT_EQ(sniff_format(std::span(bytes).first(std::min(bytes.size(), kSniffedBytes))), c.format);
    EXPECT_EQ(std::pair(header.width, header.height), std::pair(64, 48)) << c.suffix;
  }
}

// By the brands of its first bytes alone; what follows is rubbish.
TEST(Heif, IsKnownByItsBrandsAndOfStrangersReadOnlyByAMendedLibrary) {
  const auto told = [](const std::string& brands, const DecodeLimits& limits) {
    std::string file = std::string("\0\0\0", 3) + static_cast<char>(8 + brands.size()) + "ftyp" + brands;
    file += std::string(64, '\x55');
    try {
      read_image_header(std::as_bytes(std::span(file)), "x", limits);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string zero(4, '\0');
  for (const std::string& brands :
       {"heic" + zero + "mif1heic", "heix" + zero, "hevc" + zero + "msf1", "mif1" + zero + "miafheic", "mif1" + zero,
        "abcd" + zero + "heic", "avif" + zero + "mif1", "mif1" + zero + "avif", "avis" + zero}) {
    const std::string title = brands.find("avi") == std::string::npos ? "HEIC" : "AVIF";
    EXPECT_EQ(told(brands, {.own_file = true}), "x: damaged or truncated " + title) << brands;
    EXPECT_EQ(told(brands, {}), strangers_may_send_heif()
                                    ? "x: damaged or truncated " + title
                                    : "x: " + title +
                                          " from strangers is not read on this machine, since its libheif is older "
                                          "than 1.23.3 and has known holes; send it as JPEG, PNG or WebP");
  }
  for (const std::string& brands : {"isom" + zero + "mp42", "qt  " + zero, "abcd" + std::string("heic"), zero + zero})
    EXPECT_NE(told(brands, {.own_file = true}).find("not a JPEG"), std::string::npos) << brands;
}

TEST(Heif, VersionsBefore1_23_3AreNotTrusted) {
  for (const std::uint32_t old : {0x00000000u, 0x010F0100u, 0x01170200u, 0x0117022Au})
    EXPECT_FALSE(heif_version_is_mended(old)) << std::hex << old;
  for (const std::uint32_t mended : {0x01170300u, 0x01180000u, 0x02000000u})
    EXPECT_TRUE(heif_version_is_mended(mended)) << std::hex << mended;
  EXPECT_EQ(heif_version_text(0x010F0100u), "1.15.1");
  EXPECT_EQ(heif_version_text(0), "");
  EXPECT_EQ(libheif_version().empty(), vips_type_find("VipsOperation", "heifload_buffer") == 0);
}

TEST(Decode, ReadsTheFirstFrameOfAnAnimation) {
  const VipsPtr frames = testing::to_vips(draw(40, 60));
  vips_image_set_int(frames.get(), VIPS_META_PAGE_HEIGHT, 20);
  for (const char* suffix : {".gif", ".webp[lossless]"}) {
    const Image decoded = decode_image(testing::write(frames.get(), suffix), "x");
    EXPECT_EQ(std::pair(decoded.width, decoded.height), std::pair(40, 20)) << suffix;
  }
}

TEST(Decode, MakesGrayRgb) {
  const std::vector<std::uint8_t> gray = {0, 50, 100, 150, 200, 255};
  const auto picture = testing::vips_from(gray, 3, 2, 1, VIPS_INTERPRETATION_B_W);
  const Image png = decode_image(testing::write(picture.get(), ".png"), "x");
  ASSERT_EQ(png.rgb.size(), 18u);
  for (std::size_t i = 0; i < 18; ++i) EXPECT_EQ(png.rgb[i], gray[i / 3]);
  const Image jpeg = decode_image(testing::write(picture.get(), ".jpg[Q=100]"), "x");
  ASSERT_EQ(jpeg.rgb.size(), 18u);
  for (std::size_t i = 0; i < 18; ++i) EXPECT_NEAR(jpeg.rgb[i], gray[i / 3], 2);
}

TEST(Decode, ReadsOneBitPng) {
  const std::vector<std::uint8_t> gray = {0, 255, 255, 0, 0, 255, 0, 255, 255, 0};
  const auto picture = testing::vips_from(gray, 5, 2, 1, VIPS_INTERPRETATION_B_W);
  const Image png = decode_image(testing::write(picture.get(), ".png[bitdepth=1]"), "x");
  ASSERT_EQ(png.rgb.size(), 30u);
  for (std::size_t i = 0; i < 30; ++i) EXPECT_EQ(png.rgb[i], gray[i / 3]);
}

TEST(Decode, LaysAlphaOverWhite) {
  const std::vector<std::uint8_t> rgba = {200, 0, 0, 255, 200, 0, 0, 0, 0, 0, 0, 128};
  const Bytes color = testing::write(testing::vips_from(rgba, 3, 1, 4, VIPS_INTERPRETATION_sRGB).get(), ".png");
  const std::array<int, 9> expected = {200, 0, 0, 255, 255, 255, 127, 127, 127};
  const Image decoded = decode_image(color, "x");
  ASSERT_EQ(decoded.rgb.size(), 9u);
  for (std::size_t i = 0; i < 9; ++i) EXPECT_NEAR(decoded.rgb[i], expected[i], 1) << i;

  const std::vector<std::uint8_t> gray_alpha = {90, 255, 90, 0};
  const Bytes gray = testing::write(testing::vips_from(gray_alpha, 2, 1, 2, VIPS_INTERPRETATION_B_W).get(), ".png");
  EXPECT_EQ(decode_image(gray, "x").rgb, (std::vector<std::uint8_t>{90, 90, 90, 255, 255, 255}));
}

// 16-bit samples whose high bytes are the picture's.
Bytes deep_png(const Image& image, bool alpha) {
  std::vector<std::uint16_t> samples;
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    samples.push_back(static_cast<std::uint16_t>(image.rgb[i] << 8 | 0x7F));
    if (alpha && i % 3 == 2) samples.push_back(65535);
  }
  const VipsPtr plain(vips_image_new_from_memory_copy(samples.data(), samples.size() * 2, image.width, image.height,
                                                      alpha ? 4 : 3, VIPS_FORMAT_USHORT));
  VipsImage* named = nullptr;
  EXPECT_EQ(vips_copy(plain.get(), &named, "interpretation", VIPS_INTERPRETATION_RGB16, nullptr), 0);
  return testing::write(VipsPtr(named).get(), ".png[bitdepth=16]");
}

TEST(Decode, TakesTheHighByteOf16BitPng) {
  const Image original = draw(20, 10);
  testing::to_vips(original);  // starts libvips
  for (const bool alpha : {false, true}) {
    const Bytes png = deep_png(original, alpha);
    ASSERT_EQ(std::to_integer<int>(png.at(24)), 16);  // IHDR's bit depth: the input is what it claims to be
    EXPECT_LE(difference(decode_image(png, "x"), original).largest, 1) << alpha;
  }
}

VipsPtr converted(const Image& image, const char* profile) {
  const VipsPtr source = testing::to_vips(image);
  VipsImage* out = nullptr;
  EXPECT_EQ(vips_icc_transform(source.get(), &out, profile, "input_profile", "srgb", nullptr), 0)
      << vips_error_buffer();
  return VipsPtr(out);
}

TEST(Decode, FollowsAnEmbeddedProfile) {
  const Image original = draw(64, 48);
  const VipsPtr wide = converted(original, "p3");
  EXPECT_GT(difference(testing::from_vips(wide.get()), original).mean, 3);  // the stored numbers do differ
  for (const char* suffix : {".png", ".jpg[Q=100,subsample_mode=off]", ".webp[lossless]"})
    EXPECT_LE(difference(decode_image(testing::write(wide.get(), suffix), "x"), original).mean, 1.5) << suffix;
}

TEST(Decode, LeavesPixelsWithAnSrgbProfileUntouched) {
  const Image original = draw(64, 48);
  const VipsPtr tagged = converted(original, "srgb");
  const Image stored = testing::from_vips(tagged.get());
  EXPECT_EQ(difference(decode_image(testing::write(tagged.get(), ".png"), "x"), stored).largest, 0);
}

TEST(Decode, TreatsADamagedProfileAsNone) {
  const Bytes plain = encode_jpeg(draw(64, 48));
  for (const std::string& profile : {std::string(500, 'j'), std::string(3, '\0'), std::string(20'000, '\xFF')}) {
    const std::string first_of_one("ICC_PROFILE\0\1\1", 14);
    const Bytes tagged = with_segment(plain, 0xE2, first_of_one + profile);
    EXPECT_EQ(difference(decode_image(tagged, "x"), decode_image(plain, "x")).largest, 0) << profile.size();
  }
}

TEST(Decode, ConvertsCmykJpegWithItsProfile) {
  const Image original = draw(64, 48);
  const Bytes jpeg = testing::write(converted(original, "cmyk").get(), ".jpg[Q=100,subsample_mode=off]");
  // Ink cannot show every colour of a screen, so only the average can be near.
  EXPECT_LE(difference(decode_image(jpeg, "x"), original).mean, 25);
  const Image scaled = decode_image(jpeg, "x", {}, 30, 20);
  EXPECT_EQ(std::pair(scaled.width, scaled.height), std::pair(32, 24));
}

TEST(Decode, ConvertsCmykJpegWithoutAProfile) {
  // Ink: none, all black, cyan, yellow; blocks of 16 pixels, so that compression leaves their middles alone.
  const std::array<std::array<std::uint8_t, 4>, 4> inks = {
      {{0, 0, 0, 0}, {0, 0, 0, 255}, {255, 0, 0, 0}, {0, 0, 255, 0}}};
  std::vector<std::uint8_t> samples;
  for (int y = 0; y < 16; ++y)
    for (int x = 0; x < 64; ++x) samples.insert(samples.end(), inks[x / 16].begin(), inks[x / 16].end());
  const auto picture = testing::vips_from(samples, 64, 16, 4, VIPS_INTERPRETATION_CMYK);
  const Image decoded = decode_image(testing::write(picture.get(), ".jpg[Q=100,strip]"), "x");
  const auto color = [&](int block) { return std::span(decoded.row(8) + std::size_t{3} * (block * 16 + 8), 3); };
  for (int c = 0; c < 3; ++c) EXPECT_GE(color(0)[c], 240) << "paper";
  for (int c = 0; c < 3; ++c) EXPECT_LE(color(1)[c], 70) << "black";
  EXPECT_GT(color(2)[2], color(2)[0] + 100) << "cyan";
  EXPECT_GT(color(3)[0], color(3)[2] + 100) << "yellow";
}

TEST(Decode, ScalesJpegDownToWhatIsEnoughAndNoFurther) {
  const Bytes jpeg = encode_jpeg(draw(1000, 600));
  const struct {
    int enough_width, enough_height, width, height;
  } cases[] = {{0, 0, 1000, 600},    {1000, 600, 1000, 600}, {501, 10, 1000, 600}, {500, 300, 500, 300},
               {10, 301, 1000, 600}, {251, 150, 500, 300},   {250, 150, 250, 150}, {125, 75, 125, 75},
               {1, 1, 125, 75},      {2000, 2000, 1000, 600}};
  for (const auto& c : cases) {
    const Image image = decode_image(jpeg, "x", {}, c.enough_width, c.enough_height);
    EXPECT_EQ(std::pair(image.width, image.height), std::pair(c.width, c.height))
        << c.enough_width << "x" << c.enough_height;
  }
  const Bytes odd = encode_jpeg(draw(1001, 601));  // rounds up
  EXPECT_EQ(decode_image(odd, "x", {}, 501, 301).width, 501);
}

TEST(Decode, ScaledJpegGivesNearlyTheSameNetworkInput) {
  const Bytes jpeg = encode_jpeg(draw(2000, 2700));
  InputSpec crop;
  crop.fit = Fit::kCenterCrop;
  crop.filter = Interpolation::kBilinear;
  for (const InputSpec& spec : {InputSpec{}, crop}) {
    int width = 0, height = 0;
    enough_for(read_image_header(jpeg, "x"), spec, width, height);
    const Image scaled = decode_image(jpeg, "x", {}, width, height);
    EXPECT_LE(scaled.width, 2000 / 2);
    EXPECT_GE(scaled.width, width);
    EXPECT_GE(scaled.height, height);
    EXPECT_LE(difference(fit_to(scaled, spec), fit_to(decode_image(jpeg, "x"), spec)).mean, 1.0);
  }
}

TEST(EncodeJpeg, KeepsThePicture) {
  const Image original = draw(120, 90);
  const Bytes good = encode_jpeg(original, 95), poor = encode_jpeg(original, 30);
  EXPECT_LE(difference(decode_image(good, "x"), original).mean, 2);
  EXPECT_LT(poor.size(), good.size());
}

TEST(EncodeJpeg, RefusesWhatItCannotWrite) {
  EXPECT_THROW(encode_jpeg(Image{}), Error);
  EXPECT_THROW(encode_jpeg(draw(4, 4), 0), Error);
  EXPECT_THROW(encode_jpeg(draw(4, 4), 101), Error);
  EXPECT_THROW(encode_jpeg(draw(65'501, 1)), Error);
}

}  // namespace
}  // namespace ootd
