// `ootd crop` and what follows from it, by the real program.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "ootd/base/io.h"
#include "ootd/base/vector_math.h"
#include "ootd/image/decode.h"
#include "ootd/store/catalog.h"
#include "tests/testing/colour_scene.h"
#include "tests/testing/program.h"
#include "tools/render/look.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using testing::Outcome;

constexpr int kDressed = 10;

// Ten dressed persons, one lone top, an empty street, one person on a photo that lies on its side.
class CropTest : public ::testing::Test {
 protected:
  CropTest() {
    fs::create_directories(photos());
    for (int i = 0; i < kDressed; ++i) {
      std::vector<Garment> things = testing::kDressedPerson;
      for (auto& thing : things) thing.box.x += static_cast<float>(8 * i);
      write(std::to_string(i), encode_jpeg(testing::colour_scene(300, 400, things), 95));
    }
    write("lone_top", encode_jpeg(testing::colour_scene(300, 400, {testing::kDressedPerson[1]}), 95));
    write("street", encode_jpeg(testing::colour_scene(300, 400, {}), 95));
    write("on_its_side", testing::jpeg_on_its_side(testing::colour_scene(300, 400, testing::kDressedPerson, 2)));
    EXPECT_EQ(ok({"import", photos()}).json().at("added"), kDressed + 3);
  }

  std::string photos() const { return dir_.path() / "photos"; }
  std::string photo(const std::string& name) const { return dir_.path() / "photos" / (name + ".jpg"); }
  fs::path home() const { return dir_.path() / "home"; }
  void write(const std::string& name, const std::vector<std::byte>& jpeg) const {
    write_file_atomically(photo(name), jpeg, false);
  }
  Outcome run(std::vector<std::string> args, int kill_after_ms = 0) const {
    args.insert(args.begin(), {OOTD_BINARY, "--home", home().string(), "--json"});
    return testing::run_program(args, kill_after_ms);
  }
  Outcome ok(const std::vector<std::string>& args) const {
    Outcome outcome = run(args);
    EXPECT_EQ(outcome.exit_code, 0) << args[0] << ": " << outcome.err;
    return outcome;
  }
  Outcome crop() const { return ok({"crop", "--model", testing::kColourDetector}); }
  Row row_of(const std::string& name) const {
    const Catalog catalog(home());
    for (const auto& image : catalog.images_after(0, 100))
      if (image.source == photo(name)) return image.row;
    ADD_FAILURE() << "no photo " << name;
    return 0;
  }

  const testing::TempDir dir_;
};

TEST_F(CropTest, CountsStoresAndLabelsWhatItFinds) {
  const Json report = crop().json();
  EXPECT_EQ(report.at("images"), kDressed + 3);
  EXPECT_EQ(report.at("cropped"), kDressed + 1);
  EXPECT_EQ(report.at("rejected"), (Json{{"no_garment", 1}, {"one_garment", 1}}));
  EXPECT_EQ(report.at("failed"), 0);
  EXPECT_EQ(crop().json().at("images"), 0) << "all are looked at already";
  {
    const Catalog catalog(home());
    EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
    const auto crop = catalog.crop(row_of("3"));
    EXPECT_EQ(crop->reason, "");
    EXPECT_NEAR(crop->box->x, 130, 8) << "the clothes' left side and a margin";
    EXPECT_EQ(catalog.crop(row_of("lone_top"))->reason, "one_garment");
    const auto garments = catalog.garments(row_of("3"), *catalog.setting("detector"));
    EXPECT_EQ(garments.size(), 3u);
    EXPECT_NEAR(catalog.crop(row_of("on_its_side"))->box->h, catalog.crop(row_of("0"))->box->h, 4) << "upright";
    for (const char* label : {"red", "blue"})
      EXPECT_EQ(catalog.rows_with_label("palette", label).count(), kDressed + (label[0] == 'r' ? 2u : 1u));
  }
  ok({"embed"});
  const auto hits = [&](const std::string& filter) {
    std::set<std::string> found;
    const auto any = Catalog(home()).find_image(Row{1})->id;
    const Json answer = ok({"search", "--id", any, "-k", "50", "--filter", filter}).json();
    for (const auto& hit : answer.at("hits")) found.insert(hit.at("id").get<std::string>());
    return found.size();
  };
  EXPECT_EQ(hits("crop = person"), kDressed + 1u);
  EXPECT_EQ(hits("crop in (no_garment, one_garment) and not palette = red"), 1u);
}

TEST_F(CropTest, AnotherCropMakesEmbedLookAgainAndAnEqualOneDoesNot) {
  ok({"embed"});
  crop();
  EXPECT_EQ(ok({"embed"}).json().at("embedded"), kDressed + 1) << "those that were seen whole before";
  EXPECT_EQ(ok({"crop", "--redo"}).json().at("images"), kDressed + 3) << "by the detector in use";
  EXPECT_EQ(ok({"embed"}).json().at("embedded"), 0);
  const fs::path rule = dir_.path() / "rule.json";
  std::ofstream(rule) << R"({"margin": 0.2})";
  EXPECT_EQ(ok({"crop", "--rule", rule}).json().at("cropped"), kDressed + 1);
  EXPECT_EQ(ok({"embed"}).json().at("embedded"), kDressed + 1);
  ok({"index", "build"});
  EXPECT_EQ(ok({"index", "verify"}).json().at("vectors"), kDressed + 3);
}

TEST_F(CropTest, QueriesAreSeenAsTheWorkspacesPhotosAre) {
  crop();
  ok({"embed", "--precision", "f32"});  // as search does
  const Json hit = ok({"search", "--image", photo("4"), "-k", "1"}).json().at("hits")[0];
  EXPECT_EQ(hit.at("id"), Catalog(home()).find_image(row_of("4"))->id);
  EXPECT_NEAR(hit.at("score").get<double>(), 1, 1e-4);
  const Json line = ok({"embed", "--precision", "f32", photo("4")}).json_lines().at(0);
  const Catalog catalog(home());
  const auto stored = catalog.embedding(*catalog.setting("model"), row_of("4"));
  EXPECT_GT(dot(*stored, line.at("vector").get<std::vector<float>>()), 0.9999f);
}

TEST_F(CropTest, ThisTopWithOtherBottoms) {
  crop();
  const Outcome too_early = run({"search", "--garment", "top", "--image", photo("4")});
  EXPECT_EQ(too_early.exit_code, 1);
  ok({"embed", "--precision", "f32"});  // as search does
  EXPECT_EQ(ok({"embed", "--precision", "f32", "--garments"}).json().at("embedded"),
            2 * (kDressed + 1) + 1);  // the lone top has one, too
  EXPECT_EQ(ok({"embed", "--garments"}).json().at("embedded"), 0);
  const std::string id = Catalog(home()).find_image(row_of("lone_top"))->id;
  const auto by_id = ok({"search", "--garment", "top", "--id", id, "-k", "50"}).json().at("hits");
  EXPECT_EQ(by_id.size(), kDressed + 2u);
  EXPECT_EQ(by_id[0].at("id"), id);
  const auto by_file = ok({"search", "--garment", "top", "--image", photo("lone_top"), "-k", "1"}).json().at("hits");
  EXPECT_EQ(by_file[0].at("id"), id);
  EXPECT_NEAR(by_file[0].at("score").get<double>(), 1, 1e-4);
  EXPECT_EQ(ok({"index", "build", "--garment", "bottom"}).json().at("vectors"), kDressed + 1);
  EXPECT_EQ(ok({"index", "verify", "--garment", "bottom"}).json().at("ok"), true);
  EXPECT_EQ(run({"search", "--garment", "bottom", "--id", id}).exit_code, 1) << "it has no bottom";
  EXPECT_EQ(run({"search", "--garment", "dress", "--id", id}).exit_code, 1) << "nobody wears one";
  EXPECT_EQ(run({"search", "--garment", "hat", "--id", id}).exit_code, 2);
}

TEST_F(CropTest, DetectPrintsOneLineAFileInTheirOrderAndStoresNothing) {
  const auto bad = dir_.path() / "bad.jpg";
  std::ofstream(bad) << "no picture";
  const Outcome outcome =
      ok({"detect", "--model", testing::kColourDetector, photo("on_its_side"), bad, photo("lone_top"), photo("0")});
  const auto lines = outcome.json_lines();
  ASSERT_EQ(lines.size(), 4u);
  const Json& upright = lines[0];
  EXPECT_EQ(upright.at("file"), photo("on_its_side"));
  EXPECT_EQ(upright.at("reason"), "");
  ASSERT_EQ(upright.at("garments").size(), 2u) << "persons are no garments";
  const Box& expected = testing::kDressedPerson[0].box;
  const auto person = upright.at("person_box").get<std::vector<float>>();
  ASSERT_EQ(person.size(), 4u);
  EXPECT_GT(iou({person[0], person[1], person[2], person[3]}, expected), 0.95f);
  for (const auto& garment : upright.at("garments")) {
    EXPECT_EQ(garment.at("box").size(), 4u);
    EXPECT_GT(garment.at("score").get<double>(), 0.5);
  }
  EXPECT_EQ(upright.at("palette").size(), 2u);
  EXPECT_NE(lines[1].at("error").get<std::string>().find("bad.jpg"), std::string::npos);
  EXPECT_EQ(lines[2].at("person_box").size(), 4u) << "the rule refuses; where somebody is is known";
  EXPECT_EQ(lines[2].at("crop"), nullptr);
  EXPECT_EQ(lines[2].at("reason"), "one_garment");
  // A batch is as its single photos.
  EXPECT_EQ(ok({"detect", "--model", testing::kColourDetector, photo("0")}).json_lines().at(0), lines[3]);
  EXPECT_EQ(Catalog(home()).crop(row_of("0")), std::nullopt);
  EXPECT_EQ(run({"detect", "--model", testing::kColourDetector, bad}).exit_code, 1);
}

TEST_F(CropTest, ABadPhotoIsReportedAndTheRestGoesOn) {
  std::string file;
  {
    const Catalog catalog(home());
    file = home() / catalog.find_image(row_of("2"))->file;
  }
  write_file_atomically(file, {}, false);
  const Json report = crop().json();
  EXPECT_EQ(report.at("failed"), 1);
  EXPECT_EQ(report.at("cropped"), kDressed);
  EXPECT_EQ(report.at("failures")[0].at("item"), file);
  EXPECT_EQ(Catalog(home()).failures("crop").size(), 1u);
  write_file_atomically(file, read_file(photo("2")), false);
  EXPECT_EQ(crop().json().at("cropped"), 1);
  EXPECT_TRUE(Catalog(home()).failures("crop").empty());
}

TEST_F(CropTest, OverlaysAreDrawnForEveryPhotoAlsoLater) {
  crop();
  const fs::path pictures = dir_.path() / "overlay";
  EXPECT_EQ(ok({"crop", "--overlay", pictures}).json().at("images"), kDressed + 3);
  int count = 0;
  for (const auto& entry : fs::directory_iterator(pictures)) {
    ++count;
    EXPECT_GT(decode_image(read_file(entry.path()), entry.path()).height, 1024) << "the photo and a bar below";
  }
  EXPECT_EQ(count, kDressed + 3);
  fs::remove(fs::directory_iterator(pictures)->path());
  EXPECT_EQ(ok({"crop", "--overlay", pictures}).json().at("images"), 1);
  ok({"detect", "--overlay", dir_.path() / "single", photo("0")});
  EXPECT_TRUE(fs::exists(dir_.path() / "single" / "0.jpg.jpg"));
}

TEST_F(CropTest, SaysWhatToDoWithoutADetector) {
  const Outcome none = run({"crop", "--model", "no-such-detector"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.err.find("no-such-detector"), std::string::npos) << none.err;
  EXPECT_NE(none.err.find("--model"), std::string::npos) << none.err;
  const fs::path rule = dir_.path() / "rule.json";
  std::ofstream(rule) << R"({"margn": 0.2})";
  const Outcome wrong = run({"crop", "--model", testing::kColourDetector, "--rule", rule});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_NE(wrong.err.find("rule.json"), std::string::npos) << wrong.err;
  EXPECT_NE(wrong.err.find("margn"), std::string::npos) << wrong.err;
  EXPECT_EQ(run({"embed", "--garments"}).exit_code, 1) << "nothing was cropped yet";
}

TEST_F(CropTest, KilledRunsGoOnAndEndAsIfNothingHadHappened) {
  crop();
  const auto state = [&] {
    const Catalog catalog(home());
    EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
    Json all;
    for (const auto& image : catalog.images_after(0, 100)) {
      for (const auto& label : image.labels) all["labels"][image.id].push_back(label.key + "=" + label.value);
      const auto crop = catalog.crop(image.row);
      all[image.id] = {crop ? crop->origin : "", crop && crop->box ? crop->box->x : -1};
    }
    return all;
  };
  const fs::path rule = dir_.path() / "rule.json";
  std::ofstream(rule) << R"({"margin": 0.1})";
  int killed = 0;
  for (int after_ms = 5; after_ms < 2000 && killed < 12; after_ms = after_ms * 5 / 4 + 1)
    killed += run({"crop", "--rule", rule}, after_ms).exit_code == -9;
  EXPECT_GT(killed, 3);
  // What a run that was killed began is gone on with, without naming the rule again, once it was noted.
  ok({"crop", "--rule", rule});
  const Json wild = state();
  ok({"crop", "--redo"});
  EXPECT_EQ(state(), wild);
}

// What is behind a person moves the vector of a whole photo, and not that of the crop. Pairs of photos of one person,
// of which only the background differs: everywhere, or only outside the labelled box of the person.
class CroppedLooksTest : public ::testing::Test {
 protected:
  static constexpr int kLooks = 13;

  CroppedLooksTest() {
    fs::create_directories(dir_.path() / "photos");
    for (std::uint64_t i = 0; i < kLooks; ++i)
      for (const std::uint64_t background : {1, 2}) looks_.push_back(render_look(kStyles[i], i, 100 * i + background));
  }

  Outcome run(std::vector<std::string> args) const {
    args.insert(args.begin(), {OOTD_BINARY, "--home", (dir_.path() / "home").string(), "--json"});
    Outcome outcome = testing::run_program(args);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    return outcome;
  }

  // The mean cosine of the pairs' vectors.
  double embed() const {
    run({"embed", "--precision", "f32"});
    const Catalog catalog(dir_.path() / "home");
    std::vector<std::vector<float>> vectors(looks_.size());
    for (const auto& image : catalog.images_after(0, 100))
      vectors.at(number_of(image)) = *catalog.embedding(*catalog.setting("model"), image.row);
    double sum = 0;
    for (std::size_t i = 0; i < looks_.size(); i += 2) sum += static_cast<double>(dot(vectors[i], vectors[i + 1]));
    return sum / kLooks;
  }

  std::pair<double, double> whole_and_cropped() const {
    for (std::size_t i = 0; i < looks_.size(); ++i)
      write_file_atomically(dir_.path() / "photos" / (std::to_string(i) + ".jpg"), encode_jpeg(looks_[i].image, 95),
                            false);
    run({"import", (dir_.path() / "photos").string()});
    const double whole = embed();
    {
      Catalog catalog(dir_.path() / "home");
      for (const auto& image : catalog.images_after(0, 100))
        catalog.put_crop(image.row, {"label", "", looks_.at(number_of(image)).person});
    }
    return {whole, embed()};
  }

  static std::size_t number_of(const ImageRecord& image) {
    return static_cast<std::size_t>(std::stoi(fs::path(image.source).stem()));
  }

  const testing::TempDir dir_;
  std::vector<Look> looks_;
};

TEST_F(CroppedLooksTest, WhatIsOutsideTheCropHardlyMovesTheVector) {
  for (std::size_t i = 0; i < looks_.size(); i += 2) {
    const Look& one = looks_[i];
    Image& other = looks_[i + 1].image;
    for (int y = static_cast<int>(one.person.y); y < static_cast<int>(one.person.bottom()); ++y)
      std::copy_n(one.image.row(y) + std::ptrdiff_t{3} * static_cast<int>(one.person.x),
                  std::ptrdiff_t{3} * static_cast<int>(one.person.w),
                  other.row(y) + std::ptrdiff_t{3} * static_cast<int>(one.person.x));
  }
  const auto [whole, cropped] = whole_and_cropped();
  EXPECT_GE(cropped, 0.95);
  EXPECT_LE(whole, 0.95) << "without the crop it moves";
}

// The box of a person holds background, too, so a crop takes away most of what a new place does, not all.
TEST_F(CroppedLooksTest, AnotherPlaceMovesTheVectorMuchLessThanWithoutTheCrop) {
  const auto [whole, cropped] = whole_and_cropped();
  EXPECT_LE(1 - cropped, 0.65 * (1 - whole)) << "cosines: whole " << whole << ", cropped " << cropped;
}

}  // namespace
}  // namespace ootd
