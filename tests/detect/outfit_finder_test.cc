#include "ootd/detect/outfit_finder.h"

#include <gtest/gtest.h>

#include <atomic>
#include <map>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/detect/detect_files.h"
#include "ootd/image/preprocess.h"
#include "ootd/image/resize.h"
#include "tests/testing/colour_scene.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::colour_scene;
using testing::kDressedPerson;

const OutfitFinder& finder() {
  static const OutfitFinder it(open_detector(testing::kColourDetector), PersonRule{.margin = 0, .person_box = true});
  return it;
}

Box box_of(const PhotoOutfit& photo, const std::string& category) {
  for (const Garment& garment : photo.found)
    if (garment.category == category) return garment.box;
  ADD_FAILURE() << "no " << category;
  return {};
}

void expect_near(const Box& a, const Box& b, float pixels) {
  EXPECT_NEAR(a.x, b.x, pixels);
  EXPECT_NEAR(a.y, b.y, pixels);
  EXPECT_NEAR(a.right(), b.right(), pixels);
  EXPECT_NEAR(a.bottom(), b.bottom(), pixels);
}

TEST(OutfitFinder, GivesBoxesInPixelsOfThePhotoAtAnyScale) {
  for (const int scale : {1, 2, 7}) {
    std::vector<Garment> things = kDressedPerson;
    for (auto& thing : things)
      for (float* side : {&thing.box.x, &thing.box.y, &thing.box.w, &thing.box.h}) *side *= static_cast<float>(scale);
    const auto jpeg = encode_jpeg(colour_scene(300 * scale, 400 * scale, things), 95);
    const PhotoOutfit photo = finder().look(jpeg, "x.jpg");
    EXPECT_EQ(std::pair(photo.width, photo.height), std::pair(300 * scale, 400 * scale));
    ASSERT_EQ(photo.found.size(), 3u);
    // The detector sees 192 x 256 pixels.
    for (const auto& thing : things) expect_near(box_of(photo, thing.category), thing.box, 400 * scale / 256.0f + 1);
    ASSERT_EQ(photo.outfit.refusal, Refusal::kNone);
    expect_near(*photo.outfit.crop, things[0].box, 400 * scale / 256.0f + 1);
    ASSERT_TRUE(main_garment(photo.outfit, "bottom"));
    expect_near(*main_garment(photo.outfit, "bottom"), things[2].box, 400 * scale / 256.0f + 1);
    EXPECT_FALSE(main_garment(photo.outfit, "dress"));
    ASSERT_EQ(photo.palette.size(), 2u);
    EXPECT_EQ(color_words(photo), (std::vector<std::string>{"blue", "red"}));
  }
}

TEST(OutfitFinder, SeesAPhotoOnItsSideUpright) {
  const Image scene = colour_scene(300, 400, kDressedPerson);
  const PhotoOutfit upright = finder().look(encode_jpeg(scene, 95), "upright.jpg");
  const PhotoOutfit turned = finder().look(testing::jpeg_on_its_side(scene), "turned.jpg");
  EXPECT_EQ(std::pair(turned.width, turned.height), std::pair(300, 400));
  expect_near(*turned.outfit.crop, *upright.outfit.crop, 2);
  expect_near(box_of(turned, "top"), kDressedPerson[1].box, 3);
}

TEST(OutfitFinder, SaysWhyThereIsNoCrop) {
  const auto look = [&](const std::vector<Garment>& things) {
    return finder().look(encode_jpeg(colour_scene(300, 400, things), 95), "x.jpg");
  };
  EXPECT_EQ(look({}).outfit.refusal, Refusal::kNoGarment);
  EXPECT_TRUE(look({}).palette.empty());
  const PhotoOutfit one = look({kDressedPerson[1]});
  EXPECT_EQ(one.outfit.refusal, Refusal::kOneGarment);
  EXPECT_FALSE(one.outfit.crop);
  EXPECT_EQ(one.palette.size(), 1u) << "the garment alone has colours, too";
  EXPECT_EQ(look({{"dress", "", 1, {50, 50, 120, 250}}}).outfit.refusal, Refusal::kNone);
}

TEST(DecodeQuery, ShowsAnEncoderWhatItSeesOfTheWorkspacesPhotos) {
  const auto jpeg = encode_jpeg(colour_scene(300, 400, kDressedPerson), 95);
  const auto outfit = finder().look(jpeg, "x").outfit;
  const InputSpec spec;
  EXPECT_EQ(decode_query(jpeg, "x", spec, nullptr).rgb, decode_for(jpeg, "x", spec).rgb);
  EXPECT_EQ(decode_query(jpeg, "x", spec, &finder()).rgb, decode_for(jpeg, "x", spec, {}, outfit.crop).rgb);
  EXPECT_EQ(decode_query(jpeg, "x", spec, &finder(), "top").rgb,
            decode_for(jpeg, "x", spec, {}, main_garment(outfit, "top")).rgb);
  EXPECT_NE(testing::message_of([&] { decode_query(jpeg, "x.jpg", spec, &finder(), "dress"); }).find("x.jpg: no dress"),
            std::string::npos);
  const auto refused = encode_jpeg(colour_scene(300, 400, {}), 95);
  EXPECT_EQ(decode_query(refused, "x", spec, &finder()).width, 300) << "seen whole";
}

TEST(DetectFiles, ManyPhotosAreFoundAsEachAloneAndABadOneIsAProblem) {
  const testing::TempDir dir;
  constexpr int kPhotos = 24, kBad = 5;
  const auto file_of = [&](int i) { return dir.path() / (std::to_string(i) + ".jpg"); };
  for (int i = 0; i < kPhotos; ++i) {
    std::vector<Garment> things = kDressedPerson;
    for (auto& thing : things) thing.box.x += static_cast<float>(3 * i);
    if (i != kBad) write_file_atomically(file_of(i), encode_jpeg(colour_scene(300, 400, things), 95), false);
  }
  int next = 0, bad = 0;
  std::map<LookKey, PhotoOutfit> found;
  std::atomic<int> drawn = 0;
  detect_files(
      finder(),
      [&]() -> std::optional<PhotoJob> {
        if (next == kPhotos) return std::nullopt;
        const int i = next++;
        return PhotoJob{static_cast<LookKey>(i), file_of(i)};
      },
      [&](PhotoResult result) {
        if (result.problem.empty()) {
          found[result.job.look] = std::move(result.photo);
        } else {
          ++bad;
          EXPECT_NE(result.problem.find("5.jpg"), std::string::npos) << result.problem;
        }
      },
      [&](const PhotoResult&) { ++drawn; });
  EXPECT_EQ(bad, 1);
  EXPECT_EQ(drawn, kPhotos - 1);
  ASSERT_EQ(found.size(), static_cast<std::size_t>(kPhotos - 1));
  for (const auto& [look, photo] : found) {
    const PhotoOutfit alone = finder().look(read_file(file_of(static_cast<int>(look))), "alone");
    EXPECT_EQ(photo.outfit.crop, alone.outfit.crop) << to_string(look);
    ASSERT_EQ(photo.found.size(), alone.found.size());
    for (std::size_t i = 0; i < photo.found.size(); ++i) {
      EXPECT_EQ(photo.found[i].box, alone.found[i].box);
      EXPECT_EQ(photo.found[i].score, alone.found[i].score);
    }
    EXPECT_EQ(color_words(photo), color_words(alone));
  }
}

TEST(SrgbOf, UndoesLabOf) {
  for (int r = 0; r < 256; r += 15)
    for (int g = 0; g < 256; g += 15)
      for (int b = 0; b < 256; b += 15) {
        const std::array<std::uint8_t, 3> color = {static_cast<std::uint8_t>(r), static_cast<std::uint8_t>(g),
                                                   static_cast<std::uint8_t>(b)};
        EXPECT_EQ(srgb_of(lab_of(color[0], color[1], color[2])), color);
      }
  EXPECT_EQ(srgb_of({50, 127, -127})[1], 0) << "cut to what sRGB can show";
}

}  // namespace
}  // namespace ootd
