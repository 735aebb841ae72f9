// `ootd eval-detector` with the detector of colours (tests/golden/colour_detector), whose finds are known.
#include <gtest/gtest.h>

#include <fstream>

#include "ootd/base/io.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/testing/colour_scene.h"
#include "tests/testing/program.h"

namespace ootd {
namespace {

Json json_of(const Box& box) { return {box.x, box.y, box.w, box.h}; }

// Photos "a" (all that is drawn is labelled), "b" (a dress is labelled that is not there, and no bottom is drawn), and
// "c", whose copy in the workspace is damaged.
class EvalDetector : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(folder_);
    const std::vector<std::string> names = {"outer", "bottom", "dress", "top"};
    Json coco = {{"images", Json::array()}, {"annotations", Json::array()}, {"categories", Json::array()}};
    for (std::size_t i = 0; i < names.size(); ++i) coco["categories"].push_back({{"id", i}, {"name", names[i]}});
    for (const std::string name : {"a", "b", "c"}) {
      auto things = testing::kDressedPerson;  // person, top, bottom
      for (Garment& thing : things) thing.box.x += static_cast<float>(8 * (name[0] - 'a'));
      const Box person = things[0].box, top = things[1].box, bottom = things[2].box;
      if (name == "b") things.pop_back();
      write_file_atomically(folder_ / (name + ".jpg"), encode_jpeg(testing::colour_scene(300, 400, things), 95), false);
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
};

TEST_F(EvalDetector, ScoresWhatIsFoundAgainstTheLabelsAndGoesOnAfterABadPhoto) {
  {
    const SqliteCatalog catalog(home_);
    for (const ImageRecord& image : catalog.images_after(LookKey{}, 10))
      if (image.source.ends_with("c.jpg")) std::ofstream(home_ / image.file) << "no picture";
  }
  const auto outcome = run({"eval-detector", "--model", testing::kColourDetector, "--draws", "20"});
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
  const auto nothing = run({"eval-detector", "--model", testing::kColourDetector, "--labels-origin", "nobody"});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_NE(nothing.err.find("nobody"), std::string::npos) << nothing.err;
  const auto unknown = run({"eval-detector", "--model", "no-such-detector"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_NE(unknown.err.find("no-such-detector"), std::string::npos) << unknown.err;
  EXPECT_EQ(run({"eval-detector", "--draws", "0"}).exit_code, 2);
}

}  // namespace
}  // namespace ootd
