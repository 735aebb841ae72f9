// Damaged, hostile and foreign files: each is an Error that says what is wrong, never a crash or half a picture.
#include <gtest/gtest.h>

// jpeglib.h needs FILE and size_t before it.
#include <cstdio>

#include <jpeglib.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/image/decode.h"
#include "ootd/image/encode.h"
#include "tests/image/pictures.h"

namespace ootd {
namespace {

using testing::difference;
using testing::draw;

using Bytes = std::vector<std::byte>;

Bytes bytes_of(const std::string& text) {
  const auto* begin = reinterpret_cast<const std::byte*>(text.data());
  return {begin, begin + text.size()};
}

// What decode_image() complains about; "" if it gives a picture.
std::string complaint(std::span<const std::byte> bytes, const DecodeLimits& limits = {.own_file = true}) {
  try {
    decode_image(bytes, "look.jpg", limits);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::kInput);
    EXPECT_TRUE(std::string(error.what()).starts_with("look.jpg: ")) << error.what();
    return error.what();
  }
  return "";
}

// A baseline JPEG with one scan for each component; writers of such files exist, libvips is none.
Bytes scan_by_scan(const Image& image) {
  jpeg_compress_struct codec{};
  jpeg_error_mgr errors{};
  codec.err = jpeg_std_error(&errors);
  jpeg_create_compress(&codec);
  unsigned char* buffer = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&codec, &buffer, &size);
  codec.image_width = static_cast<JDIMENSION>(image.width);
  codec.image_height = static_cast<JDIMENSION>(image.height);
  codec.input_components = 3;
  codec.in_color_space = JCS_RGB;
  jpeg_set_defaults(&codec);
  const jpeg_scan_info scans[] = {{1, {0}, 0, 63, 0, 0}, {1, {1}, 0, 63, 0, 0}, {1, {2}, 0, 63, 0, 0}};
  codec.scan_info = scans;
  codec.num_scans = 3;
  jpeg_start_compress(&codec, TRUE);
  for (int y = 0; y < image.height; ++y) {
    JSAMPROW row = const_cast<JSAMPROW>(image.row(y));
    jpeg_write_scanlines(&codec, &row, 1);
  }
  jpeg_finish_compress(&codec);
  jpeg_destroy_compress(&codec);
  const auto* begin = reinterpret_cast<const std::byte*>(buffer);
  Bytes bytes(begin, begin + size);
  std::free(buffer);
  return bytes;
}

struct Sample {
  std::string suffix;
  Bytes bytes;
};

// One small file of each kind.
std::vector<Sample> samples() {
  const auto picture = testing::to_vips(draw(40, 30));
  std::vector<Sample> all;
  for (const char* suffix :
       {".jpg[optimize_coding]", ".jpg[interlace]", ".jpg[restart_interval=1]", ".png", ".png[interlace]",
        ".webp[lossless]", ".webp[Q=80]", ".gif", ".avif[Q=60]", ".heic[Q=60,compression=hevc]"}) {
    Bytes bytes = testing::write(picture.get(), suffix);
    if (!bytes.empty()) all.push_back({suffix, std::move(bytes)});
  }
  all.push_back({".jpg, scan by scan", scan_by_scan(draw(40, 30))});
  return all;
}

TEST(Damage, IsNamedInWordsThatHelp) {
  EXPECT_EQ(complaint({}), "look.jpg: empty file");
  EXPECT_EQ(complaint(bytes_of("<svg xmlns=...>")), "look.jpg: not a JPEG, PNG, WebP, GIF, AVIF or HEIC picture");
  EXPECT_EQ(complaint(bytes_of("RIFF")), "look.jpg: not a JPEG, PNG, WebP, GIF, AVIF or HEIC picture");
  EXPECT_EQ(complaint(Bytes(101), {.max_bytes = 100}), "look.jpg: 101 bytes, more than the limit of 100");

  Bytes jpeg = encode_jpeg(draw(1000, 1000));
  EXPECT_EQ(complaint(jpeg, {.max_pixels = 900'000}), "look.jpg: 1000x1000 = 1 Mpx, more than the limit of 0.9 Mpx");
  EXPECT_EQ(complaint(jpeg, {.max_side = 999}), "look.jpg: 1000x1000, a side is over the limit of 999 px");
  jpeg.resize(jpeg.size() / 2);
  EXPECT_EQ(complaint(jpeg), "look.jpg: truncated JPEG (Corrupt JPEG data: premature end of data segment)");
}

TEST(Damage, FormatsOutsideTheListNeverReachADecoder) {
  const auto picture = testing::to_vips(draw(8, 8));
  for (const char* suffix : {".tif", ".ppm", ".v"}) {
    const Bytes bytes = testing::write(picture.get(), suffix);
    if (bytes.empty()) continue;
    EXPECT_EQ(complaint(bytes), "look.jpg: not a JPEG, PNG, WebP, GIF, AVIF or HEIC picture") << suffix;
  }
  EXPECT_NE(complaint(bytes_of(std::string("\0\0\0\x14"
                                           "ftypheic\0\0\0\0mif1",
                                           20))),
            "");
}

TEST(Damage, ABombIsRefusedByItsHeader) {
  // A PNG that claims 10000 x 10000 in IHDR; the check sum is right, the pixels are missing.
  const std::string header("\x89PNG\r\n\x1A\n\0\0\0\x0DIHDR\0\0\x27\x10\0\0\x27\x10\x08\x02\0\0\0\x35\x2C\xF5\x70", 33);
  EXPECT_EQ(complaint(bytes_of(header)), "look.jpg: 10000x10000 = 100 Mpx, more than the limit of 80 Mpx");
  EXPECT_THROW(read_image_header(bytes_of(header), "x"), Error);

  Bytes jpeg = encode_jpeg(draw(16, 16));
  const Bytes frame =
      bytes_of(std::string("\xFF\xC0\x00\x11\x08", 5));  // SOF0, length, 8 bits; height and width follow
  const auto found = std::search(jpeg.begin(), jpeg.end(), frame.begin(), frame.end());
  ASSERT_NE(found, jpeg.end());
  std::fill(found + 5, found + 9, std::byte{0xF0});
  EXPECT_EQ(complaint(jpeg), "look.jpg: 61680x61680 = 3804.4 Mpx, more than the limit of 80 Mpx");
  EXPECT_THROW(read_image_header(jpeg, "x"), Error);
}

constexpr DecodeLimits kOwn = {.own_file = true};

// May end in parts that the picture does not need.
bool has_spare_parts(const std::string& suffix) {
  return suffix == ".gif" || suffix.starts_with(".avif") || suffix.starts_with(".heic");
}

TEST(Damage, EveryTruncatedPrefixIsRefusedButAJpegThatLacksOnlyItsEndMarker) {
  for (const auto& [suffix, bytes] : samples()) {
    if (has_spare_parts(suffix)) continue;
    ASSERT_EQ(complaint(bytes), "") << suffix;
    const std::size_t needed = suffix.starts_with(".jpg") ? bytes.size() - 2 : bytes.size();
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      const Bytes prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));  // exact, for asan
      if (size < needed)
        ASSERT_NE(complaint(prefix), "") << suffix << " cut to " << size << " of " << bytes.size();
      else
        ASSERT_EQ(difference(decode_image(prefix, "x"), decode_image(bytes, "x")).largest, 0) << suffix;
    }
  }
}

// Photos end in any bits of their last byte, and are read at any scale.
TEST(Damage, AJpegWithoutItsEndMarkerIsReadWhateverItsPixelsAre) {
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    const auto picture = testing::to_vips(testing::blobs(seed, 33 + static_cast<int>(seed), 41));
    for (const char* suffix : {".jpg", ".jpg[interlace]", ".jpg[subsample_mode=off,optimize_coding]"}) {
      const Bytes whole = testing::write(picture.get(), suffix);
      const Bytes cut(whole.begin(), whole.end() - 2);
      for (const int enough : {0, 5})
        ASSERT_EQ(difference(decode_image(cut, "x", {}, enough, enough), decode_image(whole, "x", {}, enough, enough))
                      .largest,
                  0)
            << suffix << seed;
      const Bytes shorter(whole.begin(), whole.end() - 4);
      ASSERT_TRUE(complaint(shorter).starts_with("look.jpg: truncated JPEG")) << complaint(shorter) << suffix << seed;
    }
  }
}

TEST(Damage, TruncatedGifAvifAndHeicGiveAnErrorOrTheWholePicture) {
  for (const auto& [suffix, bytes] : samples()) {
    if (!has_spare_parts(suffix)) continue;
    const Image whole = decode_image(bytes, "x", kOwn);
    for (std::size_t size = 0; size < bytes.size(); size += 3) {
      const Bytes prefix(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size));
      try {
        EXPECT_EQ(difference(decode_image(prefix, "x", kOwn), whole).largest, 0) << suffix << " cut to " << size;
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Kind::kInput);
      }
    }
  }
}

TEST(Damage, RandomChangesGiveAPictureOrAnError) {
  Random random(7);
  for (const auto& [suffix, bytes] : samples()) {
    int pictures = 0, errors = 0;
    for (int round = 0; round < 300; ++round) {
      Bytes damaged = bytes;
      const std::uint64_t changes = 1 + random.below(4);
      for (std::uint64_t i = 0; i < changes; ++i)
        damaged[random.below(damaged.size())] ^= static_cast<std::byte>(1u << random.below(8));
      try {
        const Image image = decode_image(damaged, "x", {.max_pixels = 1'000'000, .own_file = true});
        EXPECT_EQ(image.rgb.size(), std::size_t{3} * image.width * image.height);
        ++pictures;
      } catch (const Error& error) {
        EXPECT_EQ(error.kind(), Kind::kInput) << error.what();
        ++errors;
      }
    }
    EXPECT_GT(errors, 0) << suffix;
    EXPECT_EQ(pictures + errors, 300);
  }
}

TEST(Damage, StrayBytesInAJpegCostNothing) {
  const Bytes good = encode_jpeg(draw(40, 30));
  const Image expected = decode_image(good, "x");
  Bytes stray_inside = good, stray_behind = good;
  const Bytes stray = bytes_of(std::string("\x00\x12\x34", 3));
  stray_inside.insert(stray_inside.end() - 2, stray.begin(), stray.end());  // before the end marker
  stray_behind.insert(stray_behind.end(), stray.begin(), stray.end());
  EXPECT_EQ(difference(decode_image(stray_inside, "x"), expected).largest, 0);
  EXPECT_EQ(difference(decode_image(stray_behind, "x"), expected).largest, 0);

  // But they must not hide, as the first warning, that the rest is missing.
  Bytes both = good;
  both.insert(both.begin() + 2, stray.begin(), stray.end());
  EXPECT_EQ(complaint(both), "");
  both.resize(both.size() - 100);
  EXPECT_NE(complaint(both), "");
}

TEST(Damage, AJpegOfEndlessScansIsRefused) {
  Bytes jpeg = scan_by_scan(draw(40, 30));
  EXPECT_EQ(complaint(jpeg), "");
  const Bytes start = bytes_of("\xFF\xDA");
  const auto scan = std::find_end(jpeg.begin(), jpeg.end(), start.begin(), start.end());
  const Bytes last(scan, jpeg.end() - 2);
  for (int i = 0; i < 200; ++i) jpeg.insert(jpeg.end() - 2, last.begin(), last.end());
  EXPECT_EQ(complaint(jpeg), "look.jpg: unreadable JPEG (more than 100 scans)");
}

TEST(Threads, DecodeSideBySideWithTheSameResult) {
  const std::vector<Sample> all = samples();
  std::vector<Image> expected;
  expected.reserve(all.size());
  for (const Sample& sample : all) expected.push_back(decode_image(sample.bytes, "x", kOwn));
  std::vector<std::thread> threads;
  threads.reserve(4);
  std::vector<int> wrong(4);
  for (std::size_t t = 0; t < wrong.size(); ++t)
    threads.emplace_back([&, t] {
      for (std::size_t round = 0; round < 20; ++round) {
        const std::size_t i = (round + t) % all.size();
        if (decode_image(all[i].bytes, "x", kOwn).rgb != expected[i].rgb) ++wrong[t];
        if (complaint(std::span(all[i].bytes).first(all[i].bytes.size() / 3)).empty()) ++wrong[t];
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(4));
}

}  // namespace
}  // namespace ootd
