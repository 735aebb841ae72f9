#include "ootd/ingest/webdataset.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

#include "ootd/base/json.h"
#include "ootd/base/sha256.h"
#include "ootd/ingest/csv.h"
#include "ootd/ingest/import.h"
#include "ootd/ingest/parquet.h"
#include "tests/ingest/photos.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

TEST(WebDataset, TarUnpacksToThePhotosAndWhatIsKnownOfThem) {
  const testing::TempDir dir;
  for (int i = 0; i < 9; ++i)
    testing::put_file(dir.path() / "in" / "Retro, \"old\"" / (std::to_string(i) + ".jpg"), testing::jpeg_bytes(i));
  SqliteCatalog catalog(dir.path() / "home");
  const std::vector<fs::path> paths = {dir.path() / "in"};
  import_paths(catalog, paths, {});
  const fs::path out = dir.path() / "out";
  const WebDatasetReport report = export_webdataset(catalog, out, {.shard_bytes = 6000});
  EXPECT_EQ(report.photos, 9);
  EXPECT_GE(report.shards, 2);
  ASSERT_EQ(std::system(("cd " + out.string() + " && for s in shard-*.tar; do tar xf $s || exit 1; done").c_str()), 0);
  const std::string manifest = read_text(out / "manifest.csv");
  const auto images = catalog.images_after(LookKey{}, 100);
  for (const ImageRecord& image : images) {
    EXPECT_EQ(sha256_hex(read_file(out / (image.id + ".jpg"))).substr(0, 24), image.id);
    const Json about = read_json(out / (image.id + ".json"));
    EXPECT_EQ(about.at("labels").at("style").at(0), "Retro, \"old\"");
    EXPECT_NE(manifest.find(image.id + ",shard-"), std::string::npos);
  }
  EXPECT_NE(manifest.find(R"("{""style"":[""Retro, \""old\""""]}")"), std::string::npos) << manifest;

  // The same bytes again, but for a photo whose copy is lost.
  const std::string first = read_text(out / "shard-000000.tar");
  export_webdataset(catalog, dir.path() / "again", {.shard_bytes = 6000});
  EXPECT_EQ(read_text(dir.path() / "again" / "shard-000000.tar"), first);
  fs::remove(catalog.home() / images[0].file);
  // One shard now: what is left of the larger export would be read with it.
  const WebDatasetReport smaller = export_webdataset(catalog, out);
  EXPECT_EQ(smaller.failures.size(), 1u);
  EXPECT_EQ(smaller.shards, 1);
  EXPECT_TRUE(fs::exists(out / "shard-000000.tar"));
  EXPECT_FALSE(fs::exists(out / "shard-000001.tar"));
}

TEST(WebDataset, InTheOtherFormatTheManifestIsTheSameTable) {
  if (!has_parquet()) GTEST_SKIP() << "a build without Arrow";
  const testing::TempDir dir;
  for (int i = 0; i < 3; ++i)
    testing::put_file(dir.path() / "in" / "Retro, \"old\"" / (std::to_string(i) + ".jpg"), testing::jpeg_bytes(i));
  SqliteCatalog catalog(dir.path() / "home");
  const std::vector<fs::path> paths = {dir.path() / "in"};
  import_paths(catalog, paths, {});
  const fs::path out = dir.path() / "out";
  export_webdataset(catalog, out);
  const std::string manifest = read_text(out / "manifest.csv");
  export_webdataset(catalog, out, {.manifest = TableFormat::kParquet});
  EXPECT_FALSE(fs::exists(out / "manifest.csv")) << "it takes the place of the first";

  const std::string parquet = read_text(out / "manifest.parquet");
  ParquetReader reader(parquet, "");
  reader.select({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  CsvReader csv(manifest);
  const auto names = csv.next();
  ASSERT_EQ(names->fields.size(), reader.columns().size());
  for (std::size_t i = 0; i < names->fields.size(); ++i) EXPECT_EQ(reader.columns()[i].name, names->fields[i]);
  for (int row = 0; row < 3; ++row) {
    const auto cells = reader.next();
    const auto fields = csv.next()->fields;
    ASSERT_TRUE(cells);
    for (std::size_t i = 0; i < fields.size(); ++i) EXPECT_EQ(cells->at(i), fields[i]);
  }
  EXPECT_FALSE(reader.next());
}

// Labels, splits and boxes that people drew, by photo.
std::string words_of(const Catalog& catalog) {
  std::string text;
  std::vector<ImageRecord> images = catalog.images_after(LookKey{}, 100);
  std::ranges::sort(images, {}, &ImageRecord::id);
  for (const ImageRecord& image : images) {
    text += image.id;
    for (const Label& label : image.labels)
      if (!is_program_key(label.key)) text += " " + label.key + "=" + label.value;
    for (const Garment& garment : catalog.garments(image.key, "label")) {
      text += " [" + garment.category + "/" + garment.fine_category + " " + std::to_string(garment.score);
      for (const float side : {garment.box.x, garment.box.y, garment.box.w, garment.box.h})
        text += " " + std::to_string(side);
      text += "]";
    }
    text += "\n";
  }
  return text;
}

TEST(WebDataset, AnExportThatIsImportedGivesTheSameLabelsSplitsAndBoxes) {
  const testing::TempDir dir;
  for (int i = 0; i < 5; ++i)
    testing::put_file(dir.path() / "in/train/A | B" / (std::to_string(i) + ".jpg"), testing::jpeg_bytes(i));
  testing::put_text(dir.path() / "in/boxes.json", R"({"images": [{"id": 1, "file_name": "train/A | B/1.jpg",
      "person_bbox": [0.5, 1, 20, 30.25], "style": "\u1109\u1173", "tags": ["x"]}], "categories": [{"id": 1, "name": "셔츠"}],
      "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1.1, 2.2, 3.3, 4.4]}]})");
  SqliteCatalog catalog(dir.path() / "home");
  const std::vector<fs::path> paths = {dir.path() / "in"};
  import_paths(catalog, paths, {});
  const LookKey first = catalog.images_after(LookKey{}, 1)[0].key;
  catalog.set_labels(first, kPaletteKey, std::vector<std::string>{"red"});
  catalog.put_garments(first, "detector-1", std::vector<Garment>{{"dress", "", 0.5f, {1, 1, 9, 9}}});
  ASSERT_NE(words_of(catalog).find("[top/셔츠 "), std::string::npos) << words_of(catalog);

  const fs::path out = dir.path() / "out";
  export_webdataset(catalog, out, {.shard_bytes = 6000});
  std::vector<fs::path> ways = {out, out / "manifest.csv"};
  if (has_parquet()) {
    export_webdataset(catalog, dir.path() / "out2", {.manifest = TableFormat::kParquet});
    ways.push_back(dir.path() / "out2");
    ways.push_back(dir.path() / "out2/manifest.parquet");
  }
  fs::create_directory(dir.path() / "files");
  ASSERT_EQ(std::system(("cd " + out.string() + " && for s in *.tar; do tar xf $s -C ../files; done").c_str()), 0);
  ways.push_back(dir.path() / "files");
  for (std::size_t i = 0; i < ways.size(); ++i) {
    SqliteCatalog copy(dir.path() / ("home" + std::to_string(i)));
    const ImportReport report = import_paths(copy, {&ways[i], 1}, {});
    EXPECT_EQ(report.added, 5) << ways[i];
    EXPECT_EQ(report.failed, 0) << ways[i];
    EXPECT_TRUE(report.notes.left_out.empty() && report.notes.ignored_columns.empty()) << ways[i];
    EXPECT_EQ(words_of(copy), words_of(catalog)) << ways[i];
    EXPECT_EQ(import_paths(copy, {&ways[i], 1}, {}).skipped, 5) << ways[i];
    EXPECT_EQ(words_of(copy), words_of(catalog)) << ways[i] << ", again";
  }
}

TEST(WebDataset, AShardThatTheTableNamesAndThatIsGoneIsSaid) {
  const testing::TempDir dir;
  testing::put_file(dir.path() / "in/a.jpg", testing::jpeg_bytes(1));
  SqliteCatalog catalog(dir.path() / "home");
  const std::vector<fs::path> paths = {dir.path() / "in"};
  import_paths(catalog, paths, {});
  export_webdataset(catalog, dir.path() / "out");
  fs::remove(dir.path() / "out/shard-000000.tar");
  const std::vector<fs::path> again = {dir.path() / "out"};
  const ImportReport report = import_paths(catalog, again, {});
  ASSERT_EQ(report.failures.size(), 1u);
  EXPECT_NE(report.failures[0].reason.find("no such file"), std::string::npos);
}

}  // namespace
}  // namespace ootd
