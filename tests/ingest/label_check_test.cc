#include "ootd/ingest/label_check.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ootd/image/encode.h"
#include "ootd/image/photo_faults.h"
#include "ootd/ingest/import.h"
#include "tests/ingest/photos.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::put_file;
using testing::put_text;

// A picture without hard edges: waves of its own for each seed.
Image waves(std::uint64_t seed, int width = 400, int height = 600) {
  Random random(seed);
  double turn[4];
  for (double& each : turn) each = 0.01 + 0.04 * random.uniform();
  Image image{width, height, {}};
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        image.rgb.push_back(static_cast<std::uint8_t>(128 + 60 * std::sin(turn[0] * x + turn[1] * y + c) +
                                                      60 * std::cos(turn[2] * x - turn[3] * y)));
  return image;
}

// Lines of strokes and gaps of two to five pixels, as letters have them, over `share` of the height.
Image print(double share, int ink, int ground) {
  Image image{600, 800, std::vector<std::uint8_t>(600 * 800 * 3, static_cast<std::uint8_t>(ground))};
  Random random(1);
  for (int line = 20; line + 20 < share * image.height; line += 30)
    for (int x = 20; x < 560; x += 2 + static_cast<int>(random.below(4))) {
      const int stroke = 2 + static_cast<int>(random.below(3));
      for (int y = line; y < line + 20; ++y)
        for (int i = 0; i < stroke * 3; ++i) image.row(y)[x * 3 + i] = static_cast<std::uint8_t>(ink);
      x += stroke;
    }
  return image;
}

Image plain(int gray) { return {400, 600, std::vector<std::uint8_t>(400 * 600 * 3, static_cast<std::uint8_t>(gray))}; }

TEST(PhotoFaults, PrintIsToldFromSoftPictures) {
  EXPECT_GE(print_share(print(0.9, 0, 255)), kTextHeavy);
  EXPECT_GE(print_share(print(0.9, 240, 20)), kTextHeavy);
  EXPECT_LT(print_share(print(0.2, 0, 255)), kTextHeavy) << "a caption";
  EXPECT_LT(print_share(waves(1)), 0.05);
  EXPECT_EQ(print_share(plain(255)), 0);
  EXPECT_EQ(print_share(Image{1, 1, {0, 0, 0}}), 0);
}

TEST(PhotoFaults, DarkPixelsAreCounted) {
  EXPECT_EQ(dark_share(plain(10)), 1);
  EXPECT_EQ(dark_share(plain(40)), 0);
}

class LabelCheckTest : public ::testing::Test {
 protected:
  void photo(const std::string& name, const Image& image, int quality = 90) {
    put_file(dir_.path() / "photos" / name, encode_jpeg(image, quality));
  }
  LabelCheck check() {
    const std::filesystem::path folder = dir_.path() / "photos";
    import_paths(catalog_, {&folder, 1}, {});
    return check_labels(catalog_, "style");
  }
  // "near-black Retro/black.jpg": by the name it was imported under.
  std::vector<std::string> found(const LabelCheck& check) {
    std::vector<std::string> list;
    for (const auto& finding : check.findings) {
      const std::filesystem::path source = catalog_.find_image(finding.id)->source;
      list.push_back(std::string(to_string(finding.fault)) + " " + source.filename().string());
    }
    return list;
  }

  testing::TempDir dir_;
  SqliteCatalog catalog_{dir_.path() / "home"};
};

using Found = std::vector<std::string>;

TEST_F(LabelCheckTest, SoundPhotosAreCountedAndLeftAlone) {
  for (int i = 0; i < 4; ++i) photo((i < 3 ? "Retro/" : "Street/") + std::to_string(i) + ".jpg", waves(i + 1));
  photo("none.jpg", waves(9));
  const LabelCheck checked = check();
  EXPECT_EQ(checked.images, 5);
  EXPECT_EQ(checked.unlabelled, 1);
  EXPECT_EQ(checked.counts, (std::vector<std::pair<std::string, std::int64_t>>{{"Retro", 3}, {"Street", 1}}));
  EXPECT_EQ(found(checked), Found{});
}

TEST_F(LabelCheckTest, EachFaultIsFoundWithItsReason) {
  for (int i = 0; i < 3; ++i) photo("Retro/" + std::to_string(i) + ".jpg", waves(i + 1));
  photo("Retro/black.jpg", plain(5));
  photo("Retro/chart.jpg", print(0.9, 0, 255));
  photo("Retro/small.jpg", waves(21, 90, 140));
  photo("Retro/strip.jpg", waves(22, 900, 200));
  photo("Street/copy.jpg", waves(1), 50);
  photo("Retro/copy-at-home.jpg", waves(2), 50);
  photo("Retro/both.jpg", waves(23));
  photo("Street/both.jpg", waves(23));
  const LabelCheck checked = check();
  EXPECT_EQ(found(checked), (Found{"several-values both.jpg", "copy-elsewhere copy.jpg", "small small.jpg",
                                   "odd-shape strip.jpg", "near-black black.jpg", "text-heavy chart.jpg"}));
  EXPECT_EQ(checked.findings[0].reason, "Retro, Street");
  EXPECT_TRUE(checked.findings[1].reason.starts_with("Street, but its near copy ")) << checked.findings[1].reason;
  EXPECT_EQ(checked.findings[4].reason, "100 % is black");
}

TEST_F(LabelCheckTest, WhatCropSaysAndWhatIsGoneIsReported) {
  photo("Retro/a.jpg", waves(1));
  photo("Retro/b.jpg", waves(2));
  check();
  const auto images = catalog_.images_after(LookKey{}, 10);
  use_crops(catalog_, "detector-1");
  catalog_.put_crop(images[0].key, {.origin = "detector-1", .reason = "no_garment", .box = {}});
  std::filesystem::remove(catalog_.home() / images[1].file);
  const LabelCheck checked = check_labels(catalog_, "style");
  ASSERT_EQ(checked.findings.size(), 2u);
  EXPECT_EQ(checked.findings[0].reason, "detector-1 found nobody in clothes");
  EXPECT_EQ(checked.findings[1].fault, LabelFault::kUnreadable);
  EXPECT_EQ(checked.findings[1].id, images[1].id);
}

}  // namespace
}  // namespace ootd
