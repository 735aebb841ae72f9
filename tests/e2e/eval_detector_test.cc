// `ootd eval-detector` with the detector of colours (tests/golden/colour_detector), whose finds are known.
#include <gtest/gtest.h>

#include <fstream>

#include "ootd/base/io.h"
#include "ootd/image/encode.h"
#include "ootd/store/catalog.h"
#include "tests/testing/program.h"

namespace ootd {
namespace {

using Color = std::array<std::uint8_t, 3>;

void fill(Image& image, const Box& box, const Color& color) {
  for (int y = static_cast<int>(box.y); y < static_cast<int>(box.bottom()); ++y)
    for (int x = static_cast<int>(box.x); x < static_cast<int>(box.right()); ++x)
      std::ranges::copy(color, image.row(y) + 3 * x);
}

Json json_of(const Box& box) { return {box.x, box.y, box.w, box.h}; }

// Photos "a" (all that is drawn is labelled), "b" (a dress is labelled that is not there, and no bottom is drawn), and
// "c", whose copy in the workspace is damaged.
class EvalDetector : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::vector<std::string> names = {"outer", "bottom", "dress", "top"};
    Json coco = {{"images", Json::array()}, {"annotations", Json::array()}, {"categories", Json::array()}};
    for (std::size_t i = 0; i < names.size(); ++i) coco["categories"].push_back({{"id", i}, {"name", names[i]}});
    for (const std::string name : {"a", "b", "c"}) {
      const float shift = static_cast<float>(name[0] - 'a') * 8;
      const Box person = {40 + shift, 16, 160, 224}, top = {60 + shift, 40, 120, 80},
                bottom = {60 + shift, 128, 120, 96};
      Image image{256, 256, std::vector<std::uint8_t>(256 * 256 * 3)};
      fill(image, person, {0, 255, 0});
      fill(image, top, {255, 0, 0});
      if (name != "b") fill(image, bottom, {0, 0, 255});
      write_file_atomically(folder_ / (name + ".jpg"), encode_jpeg(image, 95), false);
      coco["images"].push_back(
          {{"id", name}, {"file_name", name + ".jpg"}, {"split", "test"}, {"person_bbox", json_of(person)}});
      coco["annotations"].push_back({{"image_id", name}, {"category_id", 3}, {"bbox", json_of(top)}});
      coco["annotations"].push_back(
          {{"image_id", name}, {"category_id", name == "b" ? 2 : 1}, {"bbox", json_of(bottom)}});
    }
    std::ofstream(folder_ / "annotations.json") << dump_json(coco);
    ASSERT_EQ(run({"import", folder_.string()}).json().at("added"), 3);
  }

  testing::Outcome run(std::vector<std::string> args) const {
    args.insert(args.begin(), {OOTD_BINARY, "--home", home_.string(), "--json"});
    return testing::run_program(args);
  }

  const testing::TempDir dir_;
  const std::filesystem::path home_ = dir_.path() / "home", folder_ = dir_.path() / "photos";
  const std::string detector_ = OOTD_GOLDEN_DIR "/colour_detector";
};

TEST_F(EvalDetector, ScoresWhatIsFoundAgainstTheLabelsAndGoesOnAfterABadPhoto) {
  {
    const Catalog catalog(home_);
    for (const ImageRecord& image : catalog.images_after(0, 10))
      if (image.source.ends_with("c.jpg")) std::ofstream(home_ / image.file) << "no picture";
  }
  const auto outcome = run({"eval-detector", "--model", detector_, "--draws", "20"});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  const Json scores = outcome.json();
  EXPECT_EQ(scores.at("n"), 2);
  EXPECT_EQ(scores.at("failed"), 1);
  const Json& classes = scores.at("per_class");
  EXPECT_EQ(classes.at("top").at("boxes"), 2);
  EXPECT_DOUBLE_EQ(classes.at("top").at("ap50").get<double>(), 1);
  EXPECT_DOUBLE_EQ(classes.at("bottom").at("ap50").get<double>(), 1);
  EXPECT_DOUBLE_EQ(classes.at("dress").at("ap50").get<double>(), 0);
  EXPECT_TRUE(classes.at("outer").at("ap50").is_null());
  EXPECT_NEAR(scores.at("macro").at("ap50").get<double>(), 2.0 / 3, 1e-9);
  EXPECT_DOUBLE_EQ(classes.at("person").at("ap50").get<double>(), 1);
  EXPECT_DOUBLE_EQ(scores.at("person_iou").at("at_least").at("0.9").get<double>(), 1);
  EXPECT_EQ(scores.at("refusals"), (Json{{"crop", {{"crop", 1}, {"one_garment", 1}}}}));
  EXPECT_DOUBLE_EQ(scores.at("crop_iou").at("at_least").at("0.5").get<double>(), 0.5);
}

TEST_F(EvalDetector, SaysWhatIsMissing) {
  const auto nothing = run({"eval-detector", "--model", detector_, "--labels-origin", "nobody"});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_NE(nothing.err.find("nobody"), std::string::npos) << nothing.err;
  const auto unknown = run({"eval-detector", "--model", "no-such-detector"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_NE(unknown.err.find("no-such-detector"), std::string::npos) << unknown.err;
  EXPECT_EQ(run({"eval-detector", "--draws", "0"}).exit_code, 2);
}

}  // namespace
}  // namespace ootd
