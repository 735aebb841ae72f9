#include "ootd/ingest/webdataset.h"

#include <gtest/gtest.h>

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
  reader.select({0, 1, 2, 3, 4, 5, 6, 7, 8});
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

}  // namespace
}  // namespace ootd
