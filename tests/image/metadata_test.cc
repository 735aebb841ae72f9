#include "ootd/image/metadata.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "ootd/base/error.h"
#include "ootd/image/decode.h"
#include "ootd/image/encode.h"
#include "tests/image/pictures.h"

namespace ootd {
namespace {

using std::string_view_literals::operator""sv;
using Bytes = std::vector<std::byte>;

Bytes photo_bytes(std::string_view text) {
  const auto view = std::as_bytes(std::span(text));
  return {view.begin(), view.end()};
}
std::string text_of(const Bytes& bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

Image picture() {
  Image image{40, 24, {}};
  for (int i = 0; i < 40 * 24 * 3; ++i) image.rgb.push_back(static_cast<std::uint8_t>(i * 7 + i / 40));
  return image;
}

std::string segment(char marker, std::string_view payload) {
  const std::size_t size = payload.size() + 2;
  return std::string("\xFF") + marker + static_cast<char>(size >> 8) + static_cast<char>(size & 255) +
         std::string(payload);
}

// TIFF with the orientation and a text that stands for the place.
std::string exif(char orientation) {
  return std::string("MM\0*\0\0\0\10\0\1\1\22\0\3\0\0\0\1\0"sv) + orientation + std::string("\0\0\0\0\0\0"sv) +
         "52.5N 13.4E";
}

TEST(WithoutMetadata, TakesThePlaceOutOfAJpegAndLeavesThePixels) {
  const std::string plain = text_of(encode_jpeg(picture()));
  const std::string exif_segment = segment('\xE1', std::string("Exif\0\0"sv) + exif(1));
  const std::string tagged = plain.substr(0, 2) + exif_segment +
                             segment('\xE1', "http://ns.adobe.com/xap/1.0/ 13.4E"sv) +
                             segment('\xED', "Photoshop 3.0 13.4E"sv) + segment('\xFE', "13.4E"sv) +
                             segment('\xE2', "MPF\0 13.4E"sv) + plain.substr(2) + "after the end: 13.4E";
  const Bytes kept = without_metadata(photo_bytes(tagged), "a.jpg");
  EXPECT_EQ(text_of(kept), plain) << "what was added is gone, the rest is the same byte by byte";
}

TEST(WithoutMetadata, KeepsOrientationAndColourProfile) {
  const std::string plain = text_of(encode_jpeg(picture()));
  const std::string profile = segment('\xE2', std::string("ICC_PROFILE\0\1\1"sv) + "not a real one");
  const std::string tagged =
      plain.substr(0, 2) + segment('\xE1', std::string("Exif\0\0"sv) + exif(6)) + profile + plain.substr(2);
  const std::string kept = text_of(without_metadata(photo_bytes(tagged), "a.jpg"));
  EXPECT_EQ(kept.find("13.4E"), std::string::npos);
  EXPECT_NE(kept.find("not a real one"), std::string::npos);
  const ImageHeader header = read_image_header(photo_bytes(kept), "a.jpg");
  EXPECT_EQ(header.width, 24);
  EXPECT_EQ(header.height, 40);
}

// As libvips writes EXIF, XMP and comments in each format.
TEST(WithoutMetadata, EveryFormatLosesItsTextsAndKeepsItsPixels) {
  const auto tagged = testing::to_vips(testing::draw(60, 40));
  vips_image_set_string(tagged.get(), "exif-ifd0-ImageDescription", "13.4E (13.4E, ASCII, 6 components, 6 bytes)");
  vips_image_set_int(tagged.get(), VIPS_META_ORIENTATION, 6);
  constexpr std::string_view kXmp = "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\">13.4E</x:xmpmeta>";
  vips_image_set_blob_copy(tagged.get(), VIPS_META_XMP_NAME, kXmp.data(), kXmp.size());
  vips_image_set_string(tagged.get(), "png-comment-0-Place", "13.4E");
  vips_image_set_string(tagged.get(), "gif-comment", "13.4E");
  int with_text = 0;
  for (const std::string suffix : {".jpg", ".jpg[interlace]", ".png", ".webp[lossless]", ".webp[Q=80]", ".gif",
                                   ".avif[Q=60]", ".heic[Q=60,compression=hevc]"}) {
    const Bytes original = testing::write(tagged.get(), suffix);
    if (original.empty()) continue;
    const bool is_heif = suffix.starts_with(".avif") || suffix.starts_with(".heic");
    const DecodeLimits limits = {.own_file = is_heif};
    with_text += text_of(original).find("13.4E") != std::string::npos ? 1 : 0;
    const Bytes kept = without_metadata(original, suffix, limits);
    EXPECT_EQ(text_of(kept).find("13.4E"), std::string::npos) << suffix;
    const Image before = decode_image(original, suffix, limits), after = decode_image(kept, suffix);
    ASSERT_EQ(before.width, after.width) << suffix;
    if (is_heif)  // coded anew
      EXPECT_LT(testing::difference(before, after).mean, 4);
    else
      EXPECT_EQ(before.rgb, after.rgb) << suffix;
  }
  EXPECT_GE(with_text, 4) << "the test has shown nothing";
}

TEST(WithoutMetadata, EveryCutOfATaggedFileIsAnErrorOrAPictureWithoutThePlace) {
  const std::string plain = text_of(encode_jpeg(picture()));
  const std::string tagged =
      plain.substr(0, 2) + segment('\xE1', std::string("Exif\0\0"sv) + exif(6)) + plain.substr(2);
  for (std::size_t size = 0; size < tagged.size(); ++size) {
    try {
      EXPECT_EQ(text_of(without_metadata(photo_bytes(tagged.substr(0, size)), "a.jpg")).find("13.4E"),
                std::string::npos);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::kInput);
    }
  }
}

}  // namespace
}  // namespace ootd
