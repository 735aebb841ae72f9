#include "ootd/ingest/import.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "ootd/base/error.h"
#include "ootd/base/sha256.h"
#include "tests/ingest/photos.h"
#include "tests/testing/jpeg_segments.h"
#include "tests/testing/temp_dir.h"

#ifdef __SANITIZE_THREAD__
// libvips and the libraries below it are not built for ThreadSanitizer, which thus sees their memory but not their
// locks.
extern "C" const char* __tsan_default_options() { return "ignore_noninstrumented_modules=1"; }
#endif

namespace ootd {
namespace {

namespace fs = std::filesystem;
using testing::jpeg_bytes;
using testing::put_file;
using testing::put_text;

std::vector<std::byte> from_hex(std::string_view hex) {
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  return bytes;
}

// By Python's zlib and struct: one RGB pixel; and a header that promises 12000 x 9000 of them.
std::vector<std::byte> png_bytes() {
  return from_hex(
      "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63386124090002d901143fe260"
      "45"
      "0000000049454e44ae426082");
}
std::vector<std::byte> bomb_bytes() {
  return from_hex(
      "89504e470d0a1a0a0000000d4948445200002ee0000023280802000000424be6bf0000000849444154789c030000000001480689d2000000"
      "00"
      "49454e44ae426082");
}

struct timespec mtime_of(const fs::path& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status.st_mtim;
}

class ImportTest : public ::testing::Test {
 protected:
  fs::path photos() const { return dir_.path() / "photos"; }
  fs::path home() const { return dir_.path() / "home"; }

  ImportReport import(Catalog& catalog, const std::vector<fs::path>& paths) {
    return import_paths(catalog, paths, options_);
  }
  ImportReport import_all(Catalog& catalog) { return import(catalog, {photos()}); }

  // Item (relative to the photos) -> reason.
  std::map<std::string, std::string> reasons(const std::vector<Failure>& failures) const {
    std::map<std::string, std::string> result;
    for (const Failure& failure : failures) {
      EXPECT_EQ(failure.stage, "import");
      result[fs::path(failure.item).lexically_relative(photos()).string()] = failure.reason;
    }
    return result;
  }

  testing::TempDir dir_;
  ImportOptions options_;
};

TEST_F(ImportTest, RecordsAndCopiesEachPhotoWithItsStyle) {
  const auto bytes = jpeg_bytes(1, 24, 36);
  put_file(photos() / "Retro/a.jpg", bytes);
  put_file(photos() / "plain.jpg", jpeg_bytes(2));
  options_.extra_labels = {{"source", "shop"}};
  SqliteCatalog catalog(home());
  const ImportReport report = import_all(catalog);
  EXPECT_EQ(report.added, 2);
  EXPECT_EQ(report.skipped, 0);
  EXPECT_EQ(report.failed, 0);

  const auto image = catalog.find_image(sha256_hex(bytes).substr(0, 24));
  ASSERT_TRUE(image);
  EXPECT_EQ(image->key, LookKey{1});
  EXPECT_EQ(image->source, (photos() / "Retro/a.jpg").string());
  EXPECT_EQ(image->file, "images/" + image->id.substr(0, 2) + "/" + image->id + ".jpg");
  EXPECT_EQ(image->format, "jpeg");
  EXPECT_EQ(image->bytes, static_cast<std::int64_t>(bytes.size()));
  EXPECT_EQ(image->width, 24);
  EXPECT_EQ(image->height, 36);
  EXPECT_EQ(image->labels, (std::vector<Label>{{"source", "shop"}, {"style", "Retro"}}));
  EXPECT_EQ(read_file(home() / image->file), bytes);
  EXPECT_EQ(catalog.find_image(LookKey{2})->labels, (std::vector<Label>{{"source", "shop"}}));
}

TEST_F(ImportTest, TheSameBytesTwiceAreOneImageWithTheLabelsOfBoth) {
  put_file(photos() / "Chic/a.jpg", jpeg_bytes(1));
  put_file(photos() / "Retro/b.jpg", jpeg_bytes(1));
  SqliteCatalog catalog(home());
  const ImportReport report = import_all(catalog);
  EXPECT_EQ(report.added, 1);
  EXPECT_EQ(report.skipped, 1);
  EXPECT_EQ(catalog.image_count(), 1);
  EXPECT_EQ(catalog.find_image(LookKey{1})->labels, (std::vector<Label>{{"style", "Chic"}, {"style", "Retro"}}));
  EXPECT_EQ(catalog.find_image(LookKey{1})->source, (photos() / "Chic/a.jpg").string());
}

TEST_F(ImportTest, ASecondImportReadsNoPhotoButTakesItsLabels) {
  const fs::path path = photos() / "Retro/a.jpg";
  const auto bytes = jpeg_bytes(1);
  put_file(path, bytes);
  SqliteCatalog catalog(home());
  import_all(catalog);
  // Unreadable as a picture now, but of the same size and time: whoever reads it fails.
  const struct timespec times[2] = {mtime_of(path), mtime_of(path)};
  put_file(path, std::vector<std::byte>(bytes.size()));
  ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);

  options_.label_key = "collection";
  options_.extra_labels = {{"season", "winter"}};
  const ImportReport report = import_all(catalog);
  EXPECT_EQ(report.added, 0);
  EXPECT_EQ(report.skipped, 1);
  EXPECT_EQ(report.failed, 0);
  EXPECT_EQ(catalog.find_image(LookKey{1})->labels,
            (std::vector<Label>{{"collection", "Retro"}, {"season", "winter"}}));
}

TEST_F(ImportTest, AChangedFileIsANewImage) {
  put_file(photos() / "a.jpg", jpeg_bytes(1));
  SqliteCatalog catalog(home());
  import_all(catalog);
  put_file(photos() / "a.jpg", jpeg_bytes(2));
  EXPECT_EQ(import_all(catalog).added, 1);
  EXPECT_EQ(catalog.image_count(), 2);
}

TEST_F(ImportTest, RestoresACopyThatIsGoneOrCut) {
  put_file(photos() / "a.jpg", jpeg_bytes(1));
  put_file(photos() / "b.jpg", jpeg_bytes(2));
  SqliteCatalog catalog(home());
  import_all(catalog);
  const fs::path first = home() / catalog.find_image(LookKey{1})->file;
  const fs::path second = home() / catalog.find_image(LookKey{2})->file;
  fs::remove_all(first.parent_path());
  fs::resize_file(second, 10);
  const ImportReport report = import_all(catalog);
  EXPECT_EQ(report.skipped, 2);
  EXPECT_EQ(read_file(first), jpeg_bytes(1));
  EXPECT_EQ(read_file(second), jpeg_bytes(2));
}

TEST_F(ImportTest, ContentDecidesTheFormatNotTheName) {
  put_file(photos() / "really_png.jpg", png_bytes());
  SqliteCatalog catalog(home());
  EXPECT_EQ(import_all(catalog).added, 1);
  const auto image = catalog.find_image(LookKey{1});
  EXPECT_EQ(image->format, "png");
  EXPECT_EQ(fs::path(image->file).extension(), ".png");
  EXPECT_EQ(read_file(home() / image->file), png_bytes());
}

TEST_F(ImportTest, EachBadFileIsOneFailureAndTheRestGoesOn) {
  const auto cut = [](std::vector<std::byte> bytes, double share) {
    bytes.resize(static_cast<std::size_t>(static_cast<double>(bytes.size()) * share));
    return bytes;
  };
  put_file(photos() / "a_good.jpg", jpeg_bytes(1));
  put_file(photos() / "empty.jpg", {});
  put_file(photos() / "cut.jpg", cut(jpeg_bytes(2, 200, 200), 0.6));
  put_file(photos() / "cut_at_the_end.jpg", cut(jpeg_bytes(3, 200, 200), 0.97));
  put_file(photos() / "cut.png", cut(png_bytes(), 0.7));
  put_text(photos() / "text.jpg", "this is no picture");
  put_file(photos() / "bomb.png", bomb_bytes());
  put_file(photos() / "too_big.jpg", jpeg_bytes(4, 400, 400));
  ASSERT_EQ(::mkfifo((photos() / "pipe.jpg").c_str(), 0600), 0);
  fs::create_symlink("/dev/null", photos() / "device.jpg");
  fs::create_symlink(photos() / "nothing", photos() / "dangling.jpg");
  fs::create_symlink("itself.jpg", photos() / "itself.jpg");
  put_text(photos() / "set/labels.csv", "file,style\n../a_good.jpg,Retro\nmissing.jpg,Retro\nhttp://x/a.jpg,Retro\n");
  put_file(photos() / "z_good.jpg", jpeg_bytes(5));
  const bool root = ::geteuid() == 0;  // who may read anything
  if (!root) {
    put_file(photos() / "locked.jpg", jpeg_bytes(6));
    fs::permissions(photos() / "locked.jpg", fs::perms::none);
  }
  options_.limits.max_bytes = jpeg_bytes(4, 400, 400).size() - 1;

  SqliteCatalog catalog(home());
  const ImportReport report = import_all(catalog);
  EXPECT_EQ(report.added, 2);
  EXPECT_EQ(report.skipped, 0);
  auto found = reasons(report.failures);
  const std::map<std::string, std::string> expected = {{"empty.jpg", "empty"},
                                                       {"cut.jpg", ""},
                                                       {"cut_at_the_end.jpg", ""},
                                                       {"cut.png", ""},
                                                       {"text.jpg", ""},
                                                       {"bomb.png", "12000"},
                                                       {"too_big.jpg", "limit"},
                                                       {"pipe.jpg", "not a regular file"},
                                                       {"device.jpg", "not a regular"},
                                                       {"dangling.jpg", "No such file"},
                                                       {"itself.jpg", "symbolic links"},
                                                       {"set/labels.csv:3", "missing.jpg"},
                                                       {"set/labels.csv:4", "is a url"}};
  for (const auto& [item, words] : expected) {
    ASSERT_TRUE(found.contains(item)) << item;
    EXPECT_FALSE(found[item].empty()) << item;
    EXPECT_NE(found[item].find(words), std::string::npos) << item << ": " << found[item];
    EXPECT_EQ(found[item].find((photos() / item).string() + ": "), std::string::npos)
        << "the item twice: " << found[item];
  }
  EXPECT_EQ(found.size(), expected.size() + (root ? 0 : 1));
  EXPECT_EQ(report.failed, static_cast<std::int64_t>(found.size()));
  EXPECT_EQ(reasons(catalog.failures("import")), found);
  for (const auto& entry : fs::recursive_directory_iterator(home() / "images"))
    if (entry.is_regular_file()) {
      EXPECT_TRUE(catalog.find_image(entry.path().stem().string())) << entry.path();
    }
}

TEST_F(ImportTest, AnExplicitFileOfUnknownContentFails) {
  put_text(photos() / "notes.txt", "no picture");
  SqliteCatalog catalog(home());
  const ImportReport report = import(catalog, {photos() / "notes.txt", photos() / "none.jpg", photos() / "none"});
  EXPECT_EQ(report.failed, 3);
  auto found = reasons(report.failures);
  EXPECT_FALSE(found["notes.txt"].empty());
  EXPECT_EQ(found["none.jpg"], "no such file or folder");
}

TEST_F(ImportTest, AFailureIsForgottenWhenItsItemSucceeds) {
  put_text(photos() / "a.jpg", "no picture");
  put_text(photos() / "set/labels.csv", "photo\n");
  put_text(photos() / "broken.jpg", "no picture");
  SqliteCatalog catalog(home());
  EXPECT_EQ(import_all(catalog).failed, 3);
  EXPECT_EQ(catalog.failures("import").size(), 3u);
  put_file(photos() / "a.jpg", jpeg_bytes(1));
  put_text(photos() / "set/labels.csv", "file\nb.jpg\n");
  put_file(photos() / "set/b.jpg", jpeg_bytes(2));
  EXPECT_EQ(import_all(catalog).failed, 1);
  const auto left = reasons(catalog.failures("import"));
  EXPECT_EQ(left.size(), 1u);
  EXPECT_TRUE(left.contains("broken.jpg"));
}

TEST_F(ImportTest, AFailureOfARowIsForgottenWhenTheRowIsMended) {
  put_file(photos() / "a.jpg", jpeg_bytes(1));
  put_text(photos() / "x.csv", "file,style\na.jpg\nmissing.jpg,Retro\n");
  SqliteCatalog catalog(home());
  import(catalog, {photos() / "x.csv"});
  EXPECT_EQ(catalog.failures("import").size(), 2u);
  put_text(photos() / "x.csv", "file,style\na.jpg,Chic\nmissing.jpg,Retro\n");
  import(catalog, {photos() / "x.csv"});
  const auto left = reasons(catalog.failures("import"));
  ASSERT_EQ(left.size(), 1u);
  EXPECT_TRUE(left.contains("x.csv:3"));
}

TEST_F(ImportTest, AFileThatVanishesDuringTheRunIsAFailure) {
  // The results wait in a queue of 2 x photos_per_commit: while the first is shown, the last cannot have been read.
  options_.photos_per_commit = 8;
  options_.threads = 2;
  const int count = 60;
  for (int i = 0; i < count; ++i) put_file(photos() / (std::to_string(100 + i) + ".jpg"), jpeg_bytes(i));
  const fs::path last = photos() / (std::to_string(100 + count - 1) + ".jpg");
  SqliteCatalog catalog(home());
  const std::vector<fs::path> paths = {photos()};
  const ImportReport report = import_paths(catalog, paths, options_, {.on_update = [&](auto...) { fs::remove(last); }});
  EXPECT_EQ(report.added, count - 1);
  ASSERT_EQ(report.failed, 1);
  EXPECT_EQ(report.failures[0].item, last.string());
}

TEST_F(ImportTest, ANameThatIsNoUtf8IsKeptByteForByte) {
  const std::string name = "caf\xE9.jpg";
  put_file(photos() / "Ret\xFFro" / name, jpeg_bytes(1));
  SqliteCatalog catalog(home());
  EXPECT_EQ(import_all(catalog).added, 1);
  const auto image = catalog.find_image(LookKey{1});
  ASSERT_TRUE(image);
  EXPECT_EQ(image->source, (photos() / "Ret\xFFro" / name).native());
  EXPECT_EQ(image->labels, (std::vector<Label>{{"style", "Ret\xFFro"}}));
  EXPECT_EQ(import_all(catalog).skipped, 1);
}

TEST_F(ImportTest, GarmentsAndTagsComeFromCocoAndASecondImportChangesNothing) {
  put_file(photos() / "train/images/a.jpg", jpeg_bytes(1));
  put_text(photos() / "train/annotations.json", R"({
    "categories": [{"id": 1, "name": "outer"}],
    "images": [{"id": 7, "file_name": "images/a.jpg", "person_bbox": [1, 2, 20, 30], "tags": ["coat", "bag"]}],
    "annotations": [{"image_id": 7, "category_id": 1, "bbox": [5, 6, 7, 8], "fine_category": "coat"}]})");
  SqliteCatalog catalog(home());
  EXPECT_EQ(import_all(catalog).added, 1);
  const auto garments = catalog.garments(LookKey{1}, "label");
  ASSERT_EQ(garments.size(), 2u);
  const auto person = std::ranges::find(garments, "person", &Garment::category);
  ASSERT_NE(person, garments.end());
  EXPECT_EQ(person->box, (Box{1, 2, 20, 30}));
  const auto coat = std::ranges::find(garments, "outer", &Garment::category);
  ASSERT_NE(coat, garments.end());
  EXPECT_EQ(coat->fine_category, "coat");
  EXPECT_EQ(coat->box, (Box{5, 6, 7, 8}));
  EXPECT_EQ(catalog.find_image(LookKey{1})->labels,
            (std::vector<Label>{{"garment", "coat"}, {"split", "train"}, {"tag", "bag"}, {"tag", "coat"}}));
  const std::string before = testing::dump(catalog);
  EXPECT_EQ(import_all(catalog).skipped, 1);
  EXPECT_EQ(testing::dump(catalog), before);
}

TEST_F(ImportTest, BoxesOfTheStoredBitmapAreTurnedAlsoForAPhotoThatIsKnown) {
  put_file(photos() / "a.jpg", testing::with_orientation(jpeg_bytes(1, 120, 80), 6, true));
  const std::string boxes = R"({"categories": [{"id": 1, "name": "Top"}],
    "images": [{"id": 1, "file_name": "a.jpg", "width": 120, "height": 80}],
    "annotations": [{"image_id": 1, "category_id": 1, "bbox": [70, 10, 40, 20]}]})";
  SqliteCatalog catalog(home());
  for (const char* name : {"none.csv", "x.json"}) {
    put_text(photos() / name, name == std::string("x.json") ? boxes : "file\na.jpg\n");
    import(catalog, {photos() / name});
  }
  const auto garments = catalog.garments(LookKey{1}, "label");
  ASSERT_EQ(garments.size(), 1u);
  EXPECT_EQ(garments[0].box, (Box{50, 70, 20, 40}));
  EXPECT_EQ(garments[0].fine_category, "Top");
  EXPECT_EQ(import(catalog, {photos() / "x.json"}).notes.boxes.at("turned").count, 1);
}

TEST_F(ImportTest, BoxesOfAPhotoThatTwoFilesOrTwoCopiesNameUnite) {
  put_file(photos() / "train2017/a.jpg", jpeg_bytes(1, 120, 80));
  put_file(photos() / "val2017/b.jpg", jpeg_bytes(1, 120, 80));
  const auto boxes = [](const std::string& name, const std::string& category, int x) {
    return R"({"categories": [{"id": 1, "name": ")" + category + R"("}], "images": [{"id": 1, "file_name": ")" + name +
           R"("}], "annotations": [{"image_id": 1, "category_id": 1, "bbox": [)" + std::to_string(x) + ", 1, 9, 9]}]}";
  };
  put_text(photos() / "annotations/instances_train2017.json", boxes("a.jpg", "top", 1));
  put_text(photos() / "annotations/instances_val2017.json", boxes("b.jpg", "top", 2));
  put_text(photos() / "annotations/more_train.json", boxes("a.jpg", "dress", 3));
  SqliteCatalog catalog(home());
  for (int time = 0; time < 2; ++time) {
    import_all(catalog);
    EXPECT_EQ(catalog.garments(LookKey{1}, "label").size(), 3u);
    EXPECT_EQ(catalog.find_image(LookKey{1})->labels, (std::vector<Label>{{"split", "train"}, {"split", "val"}}));
  }
  put_text(photos() / "annotations/more_train.json", R"({"images": [{"id": 1, "file_name": "a.jpg"}]})");
  import_all(catalog);
  EXPECT_EQ(catalog.garments(LookKey{1}, "label").size(), 2u);
}

TEST_F(ImportTest, RowsFollowTheListingWhateverTheThreadsAndCommits) {
  Random random(7);
  for (int i = 0; i < 40; ++i)  // sizes differ a lot, so that threads overtake each other
    put_file(photos() / ("style" + std::to_string(i % 3)) / (std::to_string(i) + ".jpg"),
             jpeg_bytes(i, 8 + static_cast<int>(random.below(300)), 40));
  put_text(photos() / "style1/bad.jpg", "no picture");
  std::vector<std::string> dumps;
  for (const auto& [threads, photos_per_commit] : {std::pair{1, 256}, {4, 1}, {3, 7}}) {
    options_.threads = threads;
    options_.photos_per_commit = photos_per_commit;
    SqliteCatalog catalog(home() / std::to_string(threads));
    EXPECT_EQ(import_all(catalog).added, 40);
    dumps.push_back(testing::dump(catalog));
  }
  EXPECT_EQ(dumps[1], dumps[0]);
  EXPECT_EQ(dumps[2], dumps[0]);
  EXPECT_NE(dumps[0].find("remembered"), std::string::npos);
}

TEST_F(ImportTest, StopsWithAnErrorIfTheWorkspaceCannotBeWritten) {
  for (int i = 0; i < 50; ++i) put_file(photos() / (std::to_string(i) + ".jpg"), jpeg_bytes(i));
  SqliteCatalog catalog(home());
  put_text(home() / "images", "a file where the folder should be");
  options_.photos_per_commit = 4;
  try {
    import_all(catalog);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::kUnavailable);
    EXPECT_NE(std::string(error.what()).find("images"), std::string::npos);
  }
  EXPECT_EQ(catalog.image_count(), 0);
}

TEST_F(ImportTest, RefusesOptionsThatCannotBe) {
  put_file(photos() / "a.jpg", jpeg_bytes(1));
  SqliteCatalog catalog(home());
  std::vector<ImportOptions> bad(5);
  bad[0].label_key = "";
  bad[1].extra_labels = {{"", "x"}};
  bad[2].extra_labels = {{"x", ""}};
  bad[3].threads = -1;
  bad[4].photos_per_commit = 0;
  for (const ImportOptions& options : bad) {
    const std::vector<fs::path> paths = {photos()};
    EXPECT_THROW(import_paths(catalog, paths, options), Error);
  }
  EXPECT_EQ(catalog.image_count(), 0);
}

TEST_F(ImportTest, ProgressGrowsToTheWhole) {
  for (int i = 0; i < 20; ++i) put_file(photos() / (std::to_string(i) + ".jpg"), jpeg_bytes(i));
  SqliteCatalog catalog(home());
  std::vector<std::pair<std::int64_t, std::int64_t>> shown;
  const std::vector<fs::path> paths = {photos()};
  import_paths(catalog, paths, options_,
               {.on_update = [&](auto, auto done, auto total, auto) { shown.emplace_back(done, total); }});
  ASSERT_FALSE(shown.empty());
  EXPECT_TRUE(std::ranges::is_sorted(shown));
  for (const auto& [done, total] : shown) EXPECT_LE(done, total);
  EXPECT_EQ(shown.back(), (std::pair<std::int64_t, std::int64_t>(20, 20)));
}

TEST_F(ImportTest, AStoppedRunKeepsWhatItHasAndIsGoneOnWith) {
  const int count = 60;
  for (int i = 0; i < count; ++i) put_file(photos() / (std::to_string(100 + i) + ".jpg"), jpeg_bytes(i));
  options_.photos_per_commit = 8;
  SqliteCatalog catalog(home());
  const std::vector<fs::path> paths = {photos()};
  std::stop_source stop;
  EXPECT_THROW(import_paths(catalog, paths, options_,
                            {.on_update = [&](auto...) { stop.request_stop(); }, .stop = stop.get_token()}),
               Stopped);
  const auto kept = catalog.image_count();
  EXPECT_GT(kept, 0);
  EXPECT_LT(kept, count);
  const ImportReport rest = import_all(catalog);
  EXPECT_EQ(rest.added, count - kept);
  EXPECT_EQ(rest.skipped, kept);
}

TEST_F(ImportTest, AnImportOfTheFolderAroundTheWorkspaceLeavesTheWorkspaceOut) {
  put_file(photos() / "a.jpg", jpeg_bytes(1));
  SqliteCatalog catalog(photos() / "ootd-home");
  EXPECT_EQ(import_all(catalog).added, 1);
  const ImportReport again = import_all(catalog);
  EXPECT_EQ(again.skipped, 1);
  EXPECT_TRUE(catalog.find_image(LookKey{1})->labels.empty());
}

}  // namespace
}  // namespace ootd
