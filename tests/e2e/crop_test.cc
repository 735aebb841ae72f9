// `ootd crop` and what follows from it, by the real program.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "ootd/base/io.h"
#include "ootd/base/vector_math.h"
#include "ootd/image/decode.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/serve/http_client.h"
#include "tests/testing/child.h"
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
  ImageRecord image_of(const std::string& name) const {
    for (const auto& image : SqliteCatalog(home()).images_after(LookKey{}, 100))
      if (image.source == photo(name)) return image;
    ADD_FAILURE() << "no photo " << name;
    return {};
  }
  // Of the detector and rule in use.
  std::optional<Crop> crop_of(const std::string& name) const {
    const SqliteCatalog catalog(home());
    return catalog.crop(image_of(name).key, crops_in_use(catalog));
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
    const SqliteCatalog catalog(home());
    EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
    const auto crop = crop_of("3");
    EXPECT_EQ(crop->reason, "");
    EXPECT_NEAR(crop->box->x, 130, 8) << "the clothes' left side and a margin";
    EXPECT_EQ(crop_of("lone_top")->reason, "one_garment");
    const auto garments = catalog.garments(image_of("3").key, crop->detector());
    EXPECT_EQ(garments.size(), 3u);
    EXPECT_NEAR(crop_of("on_its_side")->box->h, crop_of("0")->box->h, 4) << "upright";
    EXPECT_EQ(catalog.keys_where(Filter::parse("palette = red")).size(), kDressed + 2u);
    EXPECT_EQ(catalog.keys_where(Filter::parse("palette = blue")).size(), kDressed + 1u);
  }
  ok({"embed"});
  const auto hits = [&](const std::string& filter) {
    std::set<std::string> found;
    const Json answer = ok({"search", "--id", image_of("0").id, "-k", "50", "--filter", filter}).json();
    for (const auto& hit : answer.at("hits")) found.insert(hit.at("id").get<std::string>());
    return found.size();
  };
  EXPECT_EQ(hits("crop = person"), kDressed + 0u) << "the look itself is left out";
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

// `ootd serve` of the workspace on a free port of 127.0.0.1.
class RunningServer {
 public:
  RunningServer(const fs::path& home, const fs::path& out)
      : child_(testing::start_child(
            {"/bin/sh", "-c",
             "exec " OOTD_BINARY " --home '" + home.string() + "' --json serve --port 0 > '" + out.string() + "'"})) {
    std::string line;
    for (int i = 0; i < 3000 && !line.ends_with('\n'); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      line = fs::exists(out) ? read_text(out) : "";
    }
    const auto url = parse_json(line, "the server's first line").at("url").get<std::string>();
    port_ = static_cast<unsigned short>(std::stoi(url.substr(url.rfind(':') + 1)));
  }
  ~RunningServer() {
    ::kill(child_, SIGTERM);
    EXPECT_EQ(testing::wait_for(child_), 0);
  }
  Json get(const std::string& target) const {
    const testing::Answer answer = testing::HttpClient(port_).get(target);
    EXPECT_EQ(answer.status, 200) << target << ": " << answer.body;
    return answer.json();
  }
  // Of the crops of this origin within half a minute.
  bool comes_to_serve(const std::string& crops) const {
    for (int i = 0; i < 300; ++i) {
      if (get("/api/health").at("crops") == crops) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
    return false;
  }

 private:
  pid_t child_;
  unsigned short port_ = 0;
};

TEST_F(CropTest, ARecropBesideAServerNeverEmptiesItAndCanBeTakenBack) {
  constexpr std::size_t kAll = kDressed + 3;
  const std::string first = crop().json().at("origin");
  ok({"embed", "--precision", "f32"});  // as search does
  const std::string id = image_of("4").id;
  const RunningServer server(home(), dir_.path() / "server");
  std::size_t fewest = kAll, fewest_cards = kAll;  // scenes as like as these are copies of one another to a deck
  std::jthread asking([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      fewest = std::min(fewest, server.get("/api/similar?k=50&id=" + id).at("hits").size() + 1);
      fewest_cards = std::min(fewest_cards, server.get("/api/deck?k=50").at("cards").size());
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  });
  const auto hits = [&](const std::vector<std::string>& what) {
    std::vector<std::string> args = {"search", "-k", "50"};
    args.insert(args.end(), what.begin(), what.end());
    return ok(args).json().at("hits");
  };
  // crops -> vectors; a star marks the one that serves.
  const auto generations = [&] {
    std::map<std::string, std::string> found;
    const Json list = ok({"index", "list"}).json().at("generations");
    for (const Json& held : list)
      found[held.at("crops")] = std::to_string(held.at("vectors").get<int>()) + (held.at("serves") == true ? "*" : "");
    return found;
  };
  using Generations = std::map<std::string, std::string>;

  const fs::path other = dir_.path() / "other_detector", rule = dir_.path() / "rule.json";
  fs::copy(testing::kColourDetector, other);
  Json config = read_json(other / "config.json");
  config["name"] = "other";
  std::ofstream(other / "config.json") << dump_json(config);
  std::ofstream(rule) << R"({"margin": 0.2})";
  const Json recropped = ok({"crop", "--model", other, "--rule", rule}).json();
  EXPECT_EQ(recropped.at("cropped"), kDressed + 1);
  const std::string second = recropped.at("origin");
  ASSERT_NE(second, first);
  EXPECT_EQ(generations(), (Generations{{first, "13*"}})) << "nothing is lost, nothing is half there";
  EXPECT_EQ(hits({"--id", id}).size(), kAll - 1);
  EXPECT_NEAR(hits({"--image", photo("4")})[0].at("score").get<double>(), 1, 1e-4) << "queries are cropped as before";
  EXPECT_EQ(server.get("/api/health").at("crops"), first);

  const Json embedded = ok({"embed", "--precision", "f32"}).json();
  EXPECT_EQ(embedded.at("embedded"), kDressed + 1) << "the others are seen whole by both";
  EXPECT_EQ(embedded.at("waits_for"), 0);
  EXPECT_EQ(generations(), (Generations{{first, "13"}, {second, "13*"}}));
  EXPECT_NEAR(hits({"--image", photo("4")})[0].at("score").get<double>(), 1, 1e-4) << "and as the new ones are";
  EXPECT_TRUE(server.comes_to_serve(second));

  EXPECT_EQ(ok({"index", "back"}).json().at("crops"), first);
  EXPECT_EQ(generations(), (Generations{{first, "13*"}, {second, "13"}}));
  EXPECT_TRUE(server.comes_to_serve(first));
  EXPECT_EQ(ok({"embed"}).json().at("embedded"), 0) << "all of it is still there";
  EXPECT_EQ(ok({"index", "back"}).json().at("crops"), second) << "and forth";
  EXPECT_TRUE(server.comes_to_serve(second));
  asking.request_stop();
  asking.join();
  EXPECT_EQ(fewest, kAll);
  EXPECT_GT(fewest_cards, 0u);
}

TEST_F(CropTest, TheNextGenerationServesOnceEveryLookIsInIt) {
  constexpr std::size_t kAll = kDressed + 3, kSeen = 5;
  ok({"embed"});
  const std::string first = crop().json().at("origin"), second = "label/by hand";
  ok({"embed"});
  const auto label = [&](LookKey after, int limit) {
    SqliteCatalog catalog(home());
    use_crops(catalog, second);
    for (const auto& image : catalog.images_after(after, limit))
      catalog.put_crop(image.key, {second, "", Box{10, 20, 200, 300}});
  };
  const auto serves = [&] { return SqliteCatalog(home()).serving().value().crops; };
  label({}, kSeen);
  const Json half = ok({"embed"}).json();
  EXPECT_EQ(half.at("embedded"), kSeen);
  EXPECT_EQ(half.at("waits_for"), kAll - kSeen);
  EXPECT_EQ(serves(), first);
  EXPECT_EQ(ok({"search", "--id", image_of("0").id, "-k", "50"}).json().at("hits").size(), kAll - 1);
  label(image_of("4").key, 100);
  const Json rest = ok({"embed"}).json();
  EXPECT_EQ(rest.at("embedded"), kAll - kSeen);
  EXPECT_EQ(rest.at("waits_for"), 0);
  EXPECT_EQ(serves(), second);
}

TEST_F(CropTest, QueriesAreSeenAsTheWorkspacesPhotosAre) {
  crop();
  ok({"embed", "--precision", "f32"});  // as search does
  const Json hit = ok({"search", "--image", photo("4"), "-k", "1"}).json().at("hits")[0];
  EXPECT_EQ(hit.at("id"), image_of("4").id);
  EXPECT_NEAR(hit.at("score").get<double>(), 1, 1e-4);
  const Json line = ok({"embed", "--precision", "f32", photo("4")}).json_lines().at(0);
  const SqliteCatalog catalog(home());
  const auto stored = catalog.vector(catalog.serving().value(), image_of("4").key);
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
  const std::string id = image_of("lone_top").id;
  const auto by_id = ok({"search", "--garment", "top", "--id", id, "-k", "50"}).json().at("hits");
  EXPECT_EQ(by_id.size(), kDressed + 1u) << "all but the look itself";
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
  EXPECT_EQ(crop().json().at("images"), kDressed + 3) << "none was looked at before";
  EXPECT_EQ(run({"detect", "--model", testing::kColourDetector, bad}).exit_code, 1);
}

TEST_F(CropTest, ABadPhotoIsReportedAndTheRestGoesOn) {
  const std::string file = home() / image_of("2").file;
  write_file_atomically(file, {}, false);
  const Json report = crop().json();
  EXPECT_EQ(report.at("failed"), 1);
  EXPECT_EQ(report.at("cropped"), kDressed);
  EXPECT_EQ(report.at("failures")[0].at("item"), file);
  EXPECT_EQ(SqliteCatalog(home()).failures("crop").size(), 1u);
  write_file_atomically(file, read_file(photo("2")), false);
  EXPECT_EQ(crop().json().at("cropped"), 1);
  EXPECT_TRUE(SqliteCatalog(home()).failures("crop").empty());
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
    const SqliteCatalog catalog(home());
    EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
    Json all;
    for (const auto& image : catalog.images_after(LookKey{}, 100)) {
      for (const auto& label : image.labels) all["labels"][image.id].push_back(label.key + "=" + label.value);
      const auto crop = catalog.crop(image.key, crops_in_use(catalog));
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
    const SqliteCatalog catalog(dir_.path() / "home");
    std::vector<std::vector<float>> vectors(looks_.size());
    for (const auto& image : catalog.images_after(LookKey{}, 100))
      vectors.at(number_of(image)) = *catalog.vector(catalog.serving().value(), image.key);
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
      SqliteCatalog catalog(dir_.path() / "home");
      use_crops(catalog, "label");
      for (const auto& image : catalog.images_after(LookKey{}, 100))
        catalog.put_crop(image.key, {"label", "", looks_.at(number_of(image)).person});
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
