#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <fstream>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/image/encode.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/testing/heic_picture.h"
#include "tests/testing/program.h"
#include "tests/testing/tiny_siglip.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using testing::Outcome;

// Beside the program lies the one that draws looks.
void draw(const std::string& folder, int count, int seed) {
  const Outcome outcome = testing::run_program(
      {OOTD_BINARY "-render", "--out", folder, "--count", std::to_string(count), "--seed", std::to_string(seed)});
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
}

// One workspace of drawn looks for all tests of this file: import, embed and index have run.
class CliTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir_ = std::make_unique<testing::TempDir>();
    draw(looks(), 52, 7);
    ok({"import", looks()});
    embedded_ = ok({"embed", "--pca"}).json();
    ok({"index", "build"});
  }
  static void TearDownTestSuite() { dir_.reset(); }

  static std::string looks() { return (dir_->path() / "looks").string(); }
  static fs::path home() { return dir_->path() / "home"; }
  static Outcome run(std::vector<std::string> args) {
    args.insert(args.begin(), {OOTD_BINARY, "--home", home().string(), "--json"});
    return testing::run_program(args);
  }
  static Outcome ok(std::vector<std::string> args) {
    Outcome outcome = run(args);
    EXPECT_EQ(outcome.exit_code, 0) << args[0] << ": " << outcome.err;
    return outcome;
  }
  static std::string some_id() {
    return ok({"recommend", "--user", "nobody", "-k", "1"}).json().at("cards")[0].at("id");
  }

  static std::unique_ptr<testing::TempDir> dir_;
  static Json embedded_;
};
std::unique_ptr<testing::TempDir> CliTest::dir_;
Json CliTest::embedded_;

TEST_F(CliTest, EmbedsEveryImportedLook) {
  EXPECT_EQ(embedded_.at("embedded"), 52);
  EXPECT_GT(embedded_.at("images_per_s").get<double>(), 0);
  const auto again = ok({"import", looks()}).json();
  EXPECT_EQ(again.at("added"), 0);
  EXPECT_EQ(again.at("skipped"), 52);
  EXPECT_EQ(again.at("failed"), 0);
  EXPECT_EQ(ok({"embed"}).json().at("embedded"), 0);
}

// A head over a backbone whose vectors are stored needs no photo, and gives what the whole network gives.
TEST_F(CliTest, EmbedsByAHeadFromStoredBackboneVectors) {
  const testing::TempDir dir;
  const fs::path other = dir.path() / "home";
  const auto there = [&](std::vector<std::string> args) {
    args.insert(args.begin(), {OOTD_BINARY, "--home", other.string(), "--json"});
    return testing::run_program(args);
  };
  ASSERT_EQ(there({"import", looks()}).exit_code, 0);
  ASSERT_EQ(there({"embed", "--model", "efficientnet_lite0", "--precision", "f32"}).json().at("embedded"), 52);
  fs::remove_all(other / "images");
  const SqliteCatalog whole(home());
  const Generation generation = whole.serving().value();
  const Outcome embedded = there({"embed", "--model", (home() / "models" / generation.model).string()});
  EXPECT_EQ(embedded.json().at("embedded"), 52) << embedded.err;
  EXPECT_EQ(embedded.json().at("failed"), 0);
  const SqliteCatalog projected(other);
  for (const auto& image : projected.images_after(LookKey{}, 100)) {
    const auto same = whole.find_image(image.id);
    EXPECT_GT(dot(*projected.vector(generation, image.key), *whole.vector(generation, same->key)), 0.999f);
  }
}

TEST_F(CliTest, IndexSaysItsSizeAndThatItIsSound) {
  for (const char* action : {"build", "stats", "verify"}) {
    const auto json = ok({"index", action}).json();
    EXPECT_EQ(json.at("vectors"), 52);
    EXPECT_EQ(json.at("dim"), 128);
    EXPECT_GT(json.at("bytes").get<int>(), 52 * 128);
    EXPECT_EQ(json.at("ok"), true);
  }
}

TEST_F(CliTest, SearchLeavesTheLookItselfOutByIdAndFindsItFirstByFile) {
  const auto card = ok({"recommend", "--user", "nobody", "-k", "1"}).json().at("cards")[0];
  const std::string id = card.at("id"), file = card.at("path");
  EXPECT_TRUE(fs::exists(file));
  const auto by_file = ok({"search", "--image", file, "-k", "6"}).json().at("hits");
  ASSERT_EQ(by_file.size(), 6u);
  EXPECT_EQ(by_file[0].at("id"), id);
  EXPECT_NEAR(by_file[0].at("score").get<double>(), 1, 1e-4);
  EXPECT_TRUE(by_file[0].at("labels").contains("style"));
  for (std::size_t i = 1; i < by_file.size(); ++i)
    EXPECT_LE(by_file[i].at("score").get<double>(), by_file[i - 1].at("score").get<double>());
  EXPECT_EQ(ok({"search", "--id", id, "-k", "60"}).json().at("hits").size(), 51u);
  for (const auto& hit : ok({"search", "--id", id, "-k", "60"}).json().at("hits")) EXPECT_NE(hit.at("id"), id);
}

TEST_F(CliTest, FiltersInsideTheSearch) {
  const std::string file = ok({"search", "--id", some_id(), "-k", "1"}).json().at("hits")[0].at("path");
  const auto hits =
      ok({"search", "--image", file, "-k", "50", "--filter", "style in (Retro, Preppy)"}).json().at("hits");
  EXPECT_EQ(hits.size(), 8u);  // four of each style, and all of them come
  for (const auto& hit : hits) {
    const std::string style = hit.at("labels").at("style")[0];
    EXPECT_TRUE(style == "Retro" || style == "Preppy") << style;
  }
  const Outcome wrong = run({"search", "--id", some_id(), "--filter", "stile = Retro"});
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_NE(wrong.err.find("style"), std::string::npos) << wrong.err;  // the known keys are listed
}

TEST_F(CliTest, SwipesChangeTheNextCards) {
  const auto first = ok({"recommend", "--user", "eve", "-k", "6"}).json().at("cards");
  ASSERT_EQ(first.size(), 6u);
  std::set<std::string> seen;
  for (std::size_t i = 0; i < first.size(); ++i) {
    const std::string id = first[i].at("id");
    const char* const kind[] = {"--like", "--save", "--dislike"};
    EXPECT_GT(ok({"feedback", "--user", "eve", kind[i % 3], id}).json().at("event_id").get<int>(), 0);
    seen.insert(id);
  }
  const auto next = ok({"recommend", "--user", "eve", "-k", "40", "--explain"}).json().at("cards");
  EXPECT_EQ(next.size(), 40u);
  for (const auto& card : next) {
    EXPECT_FALSE(seen.contains(card.at("id"))) << "a seen card came back";
    EXPECT_FALSE(card.at("why").get<std::string>().empty());
    EXPECT_TRUE(card.at("probability").get<double>() > 0 && card.at("probability").get<double>() <= 1);
    EXPECT_TRUE(card.at("explored").is_boolean());
  }
  ok({"feedback", "--user", "eve", "--undo"});
  ok({"feedback", "--user", "eve", "--undo", first[0].at("id")});
  EXPECT_EQ(run({"feedback", "--user", "eve", "--undo", first[0].at("id")}).exit_code, 1);  // not twice
  const auto exported = ok({"user", "export", "eve"}).json().at("events");
  EXPECT_EQ(exported.size(), 8u);
  const auto shown = ok({"user", "show", "eve"}).json();
  EXPECT_EQ(shown.at("swipes").size(), 4u);
  EXPECT_TRUE(shown.at("swipes")[0].at("weight").is_number());
  const auto before = std::to_string(exported[5].at("event_id").get<int>());
  EXPECT_EQ(ok({"user", "show", "eve", "--at", before}).json().at("swipes").size(), 6u) << "before the undos";
  EXPECT_EQ(ok({"user", "erase", "eve"}).json().at("events"), 8);
  EXPECT_TRUE(ok({"user", "export", "eve"}).json().at("events").empty());
}

TEST_F(CliTest, AQuizShapesTheFirstDeckWhereTastesGoByALabel) {
  EXPECT_NE(run({"recommend", "--user", "quin", "--quiz", "Retro"}).err.find("[taste] label"), std::string::npos);
  const auto settings = home() / "ootd.toml";
  std::ofstream(settings) << "[taste]\nlabel = \"style\"\nexplore = 0\n";
  EXPECT_NE(run({"recommend", "--user", "quin", "--quiz", "Baroque"}).err.find("Retro"), std::string::npos);
  const auto cards = ok({"recommend", "--user", "quin", "-k", "4", "--quiz", "Retro,Preppy"}).json().at("cards");
  for (const auto& card : cards) {
    const std::string style = card.at("labels").at("style")[0];
    EXPECT_TRUE(style == "Retro" || style == "Preppy") << style;
    EXPECT_EQ(card.at("why"), "near what you picked");
  }
  EXPECT_EQ(ok({"user", "show", "quin"}).json().at("quiz").at("labels"), Json({"Retro", "Preppy"}));
  std::ofstream(settings) << "[taste]\nlable = \"style\"\n";
  EXPECT_NE(run({"recommend", "--user", "quin"}).err.find("lable"), std::string::npos);
  std::filesystem::remove(settings);
}

TEST_F(CliTest, PrintsVectorsOfSingleFilesAndStoresNothing) {
  const auto hit = ok({"search", "--id", some_id(), "-k", "1"}).json().at("hits")[0];
  const auto bad = dir_->path() / "bad.jpg";
  std::ofstream(bad) << "no picture";
  const Outcome outcome = ok({"embed", hit.at("path"), bad.string()});
  const auto lines = outcome.json_lines();
  ASSERT_EQ(lines.size(), 2u);
  double length = 0;
  for (const auto& value : lines[0].at("vector")) length += value.get<double>() * value.get<double>();
  EXPECT_EQ(lines[0].at("vector").size(), 128u);
  EXPECT_NEAR(length, 1, 1e-4);
  EXPECT_NE(lines[1].at("error").get<std::string>().find("bad.jpg"), std::string::npos);
  EXPECT_EQ(run({"embed", bad.string()}).exit_code, 1);  // nothing could be done
}

TEST_F(CliTest, EvaluatesByStyle) {
  const auto json = ok({"eval", "--split", "none"}).json();
  for (const char* key : {"recall_at_1", "precision_at_10", "map", "mrr", "silhouette"})
    EXPECT_TRUE(json.at(key).is_number()) << key;
  EXPECT_EQ(json.at("n"), 52);
  EXPECT_EQ(json.at("per_label").size(), 13u);
  EXPECT_LE(json.at("map_ci")[0], json.at("map"));
  const auto compared = ok({"eval", "--split", "none", "--against", json.at("model").get<std::string>()}).json();
  EXPECT_EQ(compared.at("difference").at("map"), 0);
  EXPECT_EQ(ok({"eval", "--leave-one-out"}).json().at("n"), 52);
  const std::string page = dir_->path() / "page.html";
  EXPECT_EQ(ok({"eval", "--split", "none", "--report", page}).json().at("report"), page);
  const std::string html = read_text(page);
  EXPECT_NE(html.find("<section id=map>"), std::string::npos);
  EXPECT_NE(html.find("data:image/jpeg;base64,"), std::string::npos);
  EXPECT_EQ(html.find("http:"), std::string::npos);
  EXPECT_EQ(run({"eval", "--leave-one-out", "--report", page}).exit_code, 2);  // not one set of queries
  EXPECT_EQ(run({"eval", "--labels", "colour"}).exit_code, 1);
  EXPECT_EQ(run({"eval", "--draws", "0"}).exit_code, 2);
}

TEST_F(CliTest, VectorsGoOutAndComeBack) {
  for (const char* name : {"v.npy", "v.jsonl", "v.json"}) {
    const std::string file = dir_->path() / name;
    EXPECT_EQ(ok({"vectors", "export", file}).json().at("rows"), 52) << name;
    const auto back = ok({"vectors", "import", file, "--model", std::string("copy-") + name}).json();
    EXPECT_EQ(back.at("rows"), 52) << name;
    EXPECT_TRUE(back.at("rejected").empty()) << name;
  }
}

TEST_F(CliTest, VectorsAreNamedByIdNameOrFolderOfTheirModel) {
  const std::string id = embedded_.at("model");
  const std::string file = dir_->path() / "named.npy", folder = home() / "models" / id;
  for (const std::string& name : {id, folder})
    EXPECT_EQ(ok({"vectors", "export", file, "--model", name}).json().at("rows"), 52) << name;
  // The default head's backbone was embedded on the way, and is known by its name.
  EXPECT_EQ(ok({"vectors", "export", file, "--model", "efficientnet_lite0"}).json().at("rows"), 52);
  const Outcome unknown = run({"vectors", "export", file, "--model", "nobody"});
  EXPECT_EQ(unknown.exit_code, 1);
  EXPECT_NE(unknown.err.find("nobody"), std::string::npos) << unknown.err;
  EXPECT_NE(unknown.err.find(id), std::string::npos) << unknown.err;
}

TEST_F(CliTest, DoctorFindsTheWorkspaceSound) {
  const auto json = ok({"doctor"}).json();
  EXPECT_EQ(json.at("ok"), true);
  EXPECT_GE(json.at("checks").size(), 8u);
  for (const auto& check : json.at("checks")) EXPECT_TRUE(check.at("ok").get<bool>()) << dump_json(check);
}

TEST_F(CliTest, MisuseExitsWithTwoAndFailureWithOne) {
  EXPECT_EQ(testing::run_program({OOTD_BINARY, "embrace"}).exit_code, 2);
  const Outcome moved = testing::run_program({OOTD_BINARY, "render", "--out", looks(), "--count", "5"});
  EXPECT_EQ(moved.exit_code, 2);
  EXPECT_NE(moved.err.find("ootd-render"), std::string::npos) << moved.err;
  EXPECT_EQ(run({"search"}).exit_code, 2);
  EXPECT_EQ(run({"feedback", "--user", "x"}).exit_code, 2);
  EXPECT_EQ(run({"embed", "--precision", "f8"}).exit_code, 2);
  EXPECT_EQ(run({"search", "--id", "unknown"}).exit_code, 1);
  EXPECT_EQ(run({"search", "--text", "red skirt"}).exit_code, 1);
  const Outcome none =
      testing::run_program({OOTD_BINARY, "--home", (dir_->path() / "nowhere").string(), "recommend", "--user", "x"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_NE(none.err.find("ootd import"), std::string::npos) << none.err;
  EXPECT_EQ(testing::run_program({OOTD_BINARY, "--help"}).exit_code, 0);
}

// What a program that has libtorch never says.
bool cannot_train(const Outcome& outcome) {
  return outcome.exit_code != 0 && outcome.err.find("built without libtorch") != std::string::npos;
}

// Two styles that differ in colour, 40 photos each; a tenth of them is for validation.
TEST_F(CliTest, UsersAreCalledByAnyCharactersInAllTheirVerbs) {
  for (const std::string user : {"auth0|123", "a+b@x.org", "안나", "org/ann"}) {
    const std::string id = some_id();
    ok({"feedback", "--user", user, "--save", id});
    EXPECT_EQ(ok({"user", "show", user}).json().at("swipes").size(), 1u) << user;
    for (const auto& card : ok({"recommend", "--user", user, "-k", "60"}).json().at("cards"))
      EXPECT_NE(card.at("id"), id);
    EXPECT_EQ(ok({"user", "export", user}).json().at("user"), user);
    ok({"wardrobe", "list", "--user", user});
    EXPECT_EQ(ok({"user", "erase", user}).json().at("events"), 1);
  }
  ok({"feedback", "--user", "\u110b\u1161\u11ab\u1102\u1161", "--like", some_id()});
  EXPECT_EQ(ok({"user", "erase", "안나"}).json().at("events"), 1) << "the same characters, in pieces";
}

// What a new workspace is told, stage by stage, as text.
class NewWorkspace : public ::testing::Test {
 protected:
  Outcome run(std::vector<std::string> args) const {
    args.insert(args.begin(), {OOTD_BINARY, "--home", home().string()});
    return testing::run_program(args);
  }
  fs::path home() const { return dir_.path() / "home"; }
  std::string photo(const std::string& name, int width, int height, std::uint8_t gray) const {
    Image image{.width = width, .height = height, .rgb = {}};
    image.rgb.assign(std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height), gray);
    fs::create_directories((dir_.path() / name).parent_path());
    write_file_atomically(dir_.path() / name, encode_jpeg(image, 50), false);
    return (dir_.path() / name).string();
  }

  const testing::TempDir dir_;
};

TEST_F(NewWorkspace, IsToldTheNextStepThatItNeeds) {
  const auto ends = [](const Outcome& outcome, const std::string& next) {
    EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
    EXPECT_TRUE(outcome.out.ends_with("Next: ootd " + next + "\n")) << outcome.out;
  };
  const std::string first = photo("a.jpg", 200, 300, 90), second = photo("b.jpg", 300, 200, 120);
  ends(run({"import", first}), "crop");
  ends(run({"crop"}), "embed");
  ends(run({"embed"}), "serve");
  ends(run({"import", first}), "serve");
  ends(run({"import", second}), "crop");
  ends(run({"crop"}), "embed");
  ends(run({"embed"}), "serve");
}

TEST_F(NewWorkspace, OfWholePhotosIsNotSentToCrop) {
  run({"import", photo("a.jpg", 200, 300, 90)});
  EXPECT_EQ(run({"embed"}).exit_code, 0);
  EXPECT_TRUE(run({"import", photo("b.jpg", 300, 200, 120)}).out.ends_with("Next: ootd embed\n"));
}

TEST_F(NewWorkspace, IsNotMadeByAnImportOfNothing) {
  fs::create_directories(dir_.path() / "empty");
  fs::create_directories(dir_.path() / "broken");
  write_file_atomically(dir_.path() / "broken" / "a.jpg", {}, false);
  write_file_atomically(dir_.path() / "broken" / "notes.txt", {}, false);
  for (const std::string what : {"empty", "broken", "broken/a.jpg", "not there"}) {
    const Outcome outcome = run({"import", (dir_.path() / what).string()});
    EXPECT_EQ(outcome.exit_code, 1) << what;
    EXPECT_NE(outcome.err.find("nothing to import"), std::string::npos) << outcome.err;
    EXPECT_EQ(outcome.out.find("Next"), std::string::npos);
    EXPECT_FALSE(fs::exists(home())) << what;
  }
  EXPECT_EQ(run({"import"}).exit_code, 2);
  EXPECT_FALSE(fs::exists(home()));
  EXPECT_EQ(std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator()), 2)
      << "a scratch folder stays";
  EXPECT_EQ(run({"import", (dir_.path() / "broken").string(), photo("a.jpg", 20, 30, 9)}).exit_code, 0);
}

// 90 Mpx; what one import let in, every later stage reads.
TEST_F(NewWorkspace, KeepsTheLimitOfItsPhotos) {
  const std::string large = photo("large/a.jpg", 15'000, 6'000, 90);
  std::vector<std::byte> bytes = read_file(large);
  bytes.emplace_back();  // behind its end: the same picture, another file
  const std::string other = (dir_.path() / "large" / "c.jpg").string();
  write_file_atomically(other, bytes, false);
  const Outcome refused = run({"import", large});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_NE(refused.err.find("15000x6000 = 90 Mpx, more than the limit of 80 Mpx"), std::string::npos) << refused.err;
  EXPECT_EQ(run({"import", "--max-megapixels", "100", "--label", "style=Plain", large}).exit_code, 0);
  EXPECT_EQ(run({"import", "--max-megapixels", "1", photo("b.jpg", 2'000, 1'000, 7)}).exit_code, 1) << "of this import";
  for (const std::vector<std::string>& verb :
       std::vector<std::vector<std::string>>{{"import", other},
                                             {"crop", "--strict", "--overlay", (dir_.path() / "drawn").string()},
                                             {"embed", "--strict"},
                                             {"embed", "--strict", large},
                                             {"detect", large},
                                             {"search", "--image", large},
                                             {"doctor", "labels"}}) {
    const Outcome outcome = run(verb);
    EXPECT_EQ(outcome.exit_code, 0) << verb[0] << outcome.err << outcome.out;
    EXPECT_EQ((outcome.err + outcome.out).find("limit"), std::string::npos) << verb[0] << outcome.err << outcome.out;
  }
  EXPECT_NE(run({"doctor"}).out.find("up to 100 Mpx a photo"), std::string::npos);
}

// HEIC: of its owner it is read, wherever it lies.
TEST_F(NewWorkspace, ReadsThePhotosOfItsOwnersPhone) {
  const std::string file = (dir_.path() / "IMG_1.HEIC").string();
  write_file_atomically(file, testing::heic_picture(), false);
  for (const std::vector<std::string>& verb : std::vector<std::vector<std::string>>{{"embed", "--strict", file},
                                                                                    {"detect", file},
                                                                                    {"import", "--strict", file},
                                                                                    {"crop", "--strict"},
                                                                                    {"embed", "--strict"},
                                                                                    {"search", "--image", file}}) {
    const Outcome outcome = run(verb);
    EXPECT_EQ(outcome.exit_code, 0) << verb[0] << outcome.err << outcome.out;
  }
}

TEST(Training, LeavesACheckpointAndItsReport) {
  const testing::TempDir dir;
  Random random(3);
  for (int i = 0; i < 80; ++i) {
    Image image{48, 64, {}};
    for (int k = 0; k < 48 * 64 * 3; ++k)
      image.rgb.push_back(static_cast<std::uint8_t>((k % 3 == (i % 2) * 2 ? 150 : 30) + random.below(80)));
    fs::create_directories(dir.path() / "looks" / (i % 2 == 0 ? "Red" : "Blue"));
    write_file_atomically(dir.path() / "looks" / (i % 2 == 0 ? "Red" : "Blue") / (std::to_string(i) + ".jpg"),
                          encode_jpeg(image), false);
  }
  const std::string config = dir.path() / "run.toml", home = dir.path() / "home";
  std::ofstream(config) << "mode = \"head\"\n[head]\ndim = 8\n[data]\nlabels_per_batch = 2\n[optimizer]\nepochs = 3\n"
                           "[[objective]]\nlabels = \"style\"\nloss = \"supcon\"\n";
  const auto ootd = [&](std::vector<std::string> args) {
    args.insert(args.begin(), {OOTD_BINARY, "--home", home, "--json"});
    return testing::run_program(args);
  };
  EXPECT_EQ(ootd({"import", dir.path() / "looks"}).json().at("added"), 80);
  const Outcome trained = ootd({"train", "--config", config});
  if (cannot_train(trained)) GTEST_SKIP() << trained.err;
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  EXPECT_TRUE(fs::exists(fs::path(trained.json().at("checkpoint")) / "config.json"));
  const std::string html = read_text(trained.json().at("report").get<std::string>());
  for (const char* section : {"result", "training", "map", "confusion"})
    EXPECT_NE(html.find("<section id=" + std::string(section)), std::string::npos) << section;
  EXPECT_NE(html.find("[[objective]]"), std::string::npos);  // the configuration
}

TEST(BadInput, IsReportedRowByRowAndTheRestGoesOn) {
  const testing::TempDir dir;
  const fs::path photos = dir.path() / "photos";
  fs::create_directories(photos / "Retro");
  const Image image{40, 60, std::vector<std::uint8_t>(40 * 60 * 3, 120)};
  const auto jpeg = encode_jpeg(image);
  write_file_atomically(photos / "Retro" / "good.jpg", jpeg);
  write_file_atomically(photos / "Retro" / "empty.jpg", {});
  write_file_atomically(photos / "Retro" / "cut.jpg", std::span(jpeg).first(jpeg.size() / 2));
  std::ofstream(photos / "Retro" / "text.png") << "hello";
  fs::create_directory_symlink(photos, photos / "Retro" / "loop");
  std::ofstream(dir.path() / "list.csv") << "name,style\nx.jpg,Retro\n";
  const auto import = [&](std::vector<std::string> args) {
    args.insert(args.begin(), {OOTD_BINARY, "--home", (dir.path() / "home").string(), "--json", "import"});
    return testing::run_program(args);
  };
  const Outcome outcome = import({photos.string(), (dir.path() / "list.csv").string()});
  EXPECT_EQ(outcome.exit_code, 0);  // something could be done
  const auto json = outcome.json();
  EXPECT_EQ(json.at("added"), 1);
  EXPECT_EQ(json.at("failed"), 4);
  for (const char* name : {"empty.jpg", "cut.jpg", "text.png", "list.csv"})
    EXPECT_NE(outcome.out.find(name), std::string::npos) << name << " is not named in " << outcome.out;
  EXPECT_EQ(import({photos.string(), "--strict"}).exit_code, 1);
  EXPECT_EQ(import({(photos / "Retro" / "empty.jpg").string()}).exit_code, 1);  // nothing could be done
}

// What a workspace holds, without the times at which it came there.
Json dump_of(const fs::path& home) {
  const SqliteCatalog catalog(home);
  EXPECT_TRUE(catalog.verify().empty());
  Json dump;
  for (const auto& image : catalog.images_after(LookKey{}, 1'000'000)) {
    Json look = {to_string(image.key), image.id, image.file, image.width, image.height};
    for (const auto& label : image.labels) look.push_back(label.key + "=" + label.value);
    dump["images"].push_back(look);
    for (const auto& [generation, vectors] : catalog.generations())
      if (const auto vector = catalog.vector(generation, image.key))
        dump["vectors"][to_string(generation)][image.id] = *vector;
  }
  if (const auto serving = catalog.serving()) dump["serving"] = to_string(*serving);
  return dump;
}

TEST(KillMinus9, ImportAndEmbedEndAsIfNothingHadHappened) {
  const testing::TempDir dir;
  const std::string looks = dir.path() / "looks";
  draw(looks, 39, 3);
  const auto run = [&](const fs::path& home, std::vector<std::string> args, int kill_after_ms) {
    args.insert(args.begin(), {OOTD_BINARY, "--home", home.string(), "--json"});
    return testing::run_program(args, kill_after_ms).exit_code;
  };
  const fs::path calm = dir.path() / "calm", wild = dir.path() / "wild";
  ASSERT_EQ(run(calm, {"import", looks}, 0), 0);
  const auto start = std::chrono::steady_clock::now();
  ASSERT_EQ(run(calm, {"embed", "--pca"}, 0), 0);
  const auto whole_ms = static_cast<int>(
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count());

  // A run that ends before its kill begins again in a new workspace, with less time: so kills land on any machine.
  constexpr int kWantedKills = 8;
  const Json expected = dump_of(calm);
  Random random(17);
  int killed = 0, window_ms = whole_ms;
  for (int attempt = 0; attempt < 40 && killed < kWantedKills; ++attempt) {
    if (!fs::exists(wild)) {
      for (int i = 0; i < 3; ++i) run(wild, {"import", looks}, 3 + static_cast<int>(random.below(80)));
      ASSERT_EQ(run(wild, {"import", looks}, 0), 0);
    }
    if (run(wild, {"embed", "--pca"}, 20 + static_cast<int>(random.below(static_cast<std::uint64_t>(window_ms)))) ==
        -9) {
      ++killed;
      continue;
    }
    EXPECT_EQ(dump_of(wild), expected);
    fs::remove_all(wild);
    window_ms = std::max(50, window_ms * 3 / 4);
  }
  EXPECT_EQ(killed, kWantedKills) << "too few kills landed for the test to mean anything";
  if (!fs::exists(wild)) return;
  ASSERT_EQ(run(wild, {"embed", "--pca"}, 0), 0);
  EXPECT_EQ(dump_of(wild), expected);
}

// The whole way with a model that has a text tower (a tiny one: its weights are random, so only the plumbing is
// judged).
TEST_F(CliTest, FindsAndLabelsLooksByWords) {
  const testing::TempDir dir;
  const Model tiny = testing::write_tiny_siglip(dir.path());
  const std::string words_home = (dir.path() / "home").string();
  const auto run_there = [&](std::vector<std::string> args) {
    args.insert(args.begin(), {OOTD_BINARY, "--home", words_home, "--json"});
    return testing::run_program(args);
  };
  ASSERT_EQ(run_there({"import", looks()}).exit_code, 0);
  ASSERT_EQ(run_there({"embed", "--model", tiny.folder.string()}).json().at("embedded"), 52);

  const Json hits = run_there({"search", "--text", "red plaid skirt, grunge", "-k", "5"}).json().at("hits");
  ASSERT_EQ(hits.size(), 5u);
  for (std::size_t i = 1; i < 5; ++i) EXPECT_LE(hits[i].at("score"), hits[i - 1].at("score"));

  const Json written = run_there({"label", "--styles", "Retro,Street", "--write"}).json();
  EXPECT_EQ(written.at("scored"), 52);
  EXPECT_EQ(written.at("written"), 52);
  const std::string first = run_there({"label", "--styles", "Retro,Street"}).out;
  const Json line = parse_json(first.substr(0, first.find('\n')), "label");
  EXPECT_EQ(line.at("scores").size(), 2u);
  const std::string guess = line.at("style");
  const Json filtered =
      run_there({"search", "--text", "a hat", "-k", "52", "--filter", "style_guess = " + guess}).json().at("hits");
  for (const auto& hit : filtered) EXPECT_EQ(hit.at("labels").at("style_guess"), Json::array({guess}));
  // Writing again replaces, it does not add.
  run_there({"label", "--styles", "Casual", "--write"});
  const Json again = run_there({"search", "--text", "a hat", "-k", "1"}).json().at("hits");
  EXPECT_EQ(again[0].at("labels").at("style_guess"), Json::array({"Casual"}));

  EXPECT_EQ(run_there({"embed", "--model", tiny.folder.string() + "@16"}).json().at("embedded"), 52);
  EXPECT_EQ(run_there({"search", "--text", "a hat", "-k", "1"}).exit_code, 0);

  // A head taught by captions: pictures and words meet in its space too.
  const std::string config = dir.path() / "captions.toml";
  std::ofstream(config)
      << "name = \"captions\"\nbase = \"" << tiny.folder.string()
      << "\"\nmode = \"head\"\n[head]\ndim = 16\n[optimizer]\nepochs = 2\n[data]\nlabels_per_batch = 4\n"
         "images_per_label = 2\n[[objective]]\nlabels = \"garment\"\nloss = \"sigmoid\"\n"
         "captions = \"a {} outfit\"\n";
  const Outcome trained = run_there({"train", "--config", config});
  if (!cannot_train(trained)) {
    ASSERT_EQ(trained.exit_code, 0) << trained.err;
    EXPECT_EQ(run_there({"embed", "--model", trained.json().at("checkpoint")}).json().at("failed"), 0);
    EXPECT_EQ(run_there({"search", "--text", "a hat", "-k", "3"}).json().at("hits").size(), 3u);
  }

  const Outcome pictures_only = run({"search", "--text", "a hat"});
  EXPECT_EQ(pictures_only.exit_code, 1);
  EXPECT_NE(pictures_only.err.find("models pull marqo-fashionsiglip"), std::string::npos) << pictures_only.err;
}

}  // namespace
}  // namespace ootd
