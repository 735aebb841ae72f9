// What an import does with what was said of a photo before.
#include <gtest/gtest.h>

#include "ootd/image/decode.h"
#include "ootd/ingest/import.h"
#include "tests/ingest/photos.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using testing::jpeg_bytes;
using testing::put_file;
using testing::put_text;
using Labels = std::vector<Label>;

class ImportWordsTest : public ::testing::Test {
 protected:
  fs::path photos() const { return dir_.path() / "photos"; }
  ImportReport import(const fs::path& path) { return import_paths(catalog_, {&path, 1}, options_); }
  Labels labels(std::uint64_t look = 1) const { return catalog_.find_image(LookKey{look})->labels; }

  testing::TempDir dir_;
  ImportOptions options_;
  SqliteCatalog catalog_{dir_.path() / "home"};
};

TEST_F(ImportWordsTest, ACorrectedTableReplacesWhatItSaid) {
  put_file(photos() / "a.jpg", jpeg_bytes(1));
  put_text(photos() / "x.csv", "file,style,tag\na.jpg,Retro,wool\n");
  import(photos() / "x.csv");
  put_text(photos() / "x.csv", "file,style,tag\na.jpg,Street,\n");
  const ImportReport report = import(photos() / "x.csv");
  EXPECT_EQ(labels(), (Labels{{"style", "Street"}}));
  EXPECT_EQ(report.relabelled, 1);
}

TEST_F(ImportWordsTest, AnotherTableCorrectsTheKeysThatItNames) {
  put_file(photos() / "a.jpg", jpeg_bytes(1));
  put_text(photos() / "old.csv", "file,style,tag\na.jpg,Retro,wool\n");
  put_text(photos() / "new.csv", "file,style\na.jpg,Street\n");
  import(photos() / "old.csv");
  import(photos() / "new.csv");
  EXPECT_EQ(labels(), (Labels{{"style", "Street"}, {"tag", "wool"}}));
}

TEST_F(ImportWordsTest, WhatTheCommandLineGaveIsCorrectedToo) {
  put_file(photos() / "a.jpg", jpeg_bytes(1));
  put_text(photos() / "x.csv", "file,style\na.jpg,Street\n");
  options_.extra_labels = {{"style", "Retro"}, {"shop", "mine"}};
  import(photos() / "a.jpg");
  EXPECT_EQ(labels(), (Labels{{"shop", "mine"}, {"style", "Retro"}}));
  options_.extra_labels.clear();
  import(photos() / "x.csv");
  EXPECT_EQ(labels(), (Labels{{"shop", "mine"}, {"style", "Street"}}));
}

TEST_F(ImportWordsTest, RowsOfOneImportAddUp) {
  put_file(photos() / "a.jpg", jpeg_bytes(1));
  put_text(photos() / "labels.csv", "file,style\na.jpg,Retro\na.jpg,Street\n");
  put_text(photos() / "tags.csv", "file,style,tag\na.jpg,Casual,wool\n");
  for (int i = 0; i < 2; ++i) {
    const ImportReport report = import(photos());
    EXPECT_EQ(labels(), (Labels{{"style", "Casual"}, {"style", "Retro"}, {"style", "Street"}, {"tag", "wool"}}));
    EXPECT_EQ(report.relabelled, 0);
  }
}

TEST_F(ImportWordsTest, APhotoThatWasMovedTakesTheStyleOfItsNewFolder) {
  put_file(photos() / "Retro/a.jpg", jpeg_bytes(1));
  put_file(photos() / "Retro/b.jpg", jpeg_bytes(2));
  import(photos());
  fs::create_directories(photos() / "Street");
  fs::rename(photos() / "Retro/a.jpg", photos() / "Street/a.jpg");
  const ImportReport report = import(photos());
  EXPECT_EQ(labels(1), (Labels{{"style", "Street"}}));
  EXPECT_EQ(labels(2), (Labels{{"style", "Retro"}}));
  EXPECT_EQ(report.relabelled, 1);
  EXPECT_EQ(report.added, 0);
}

TEST_F(ImportWordsTest, APhotoInTwoFoldersHasBothStyles) {
  put_file(photos() / "Retro/a.jpg", jpeg_bytes(1));
  put_file(photos() / "Street/a.jpg", jpeg_bytes(1));
  import(photos());
  import(photos());
  EXPECT_EQ(labels(), (Labels{{"style", "Retro"}, {"style", "Street"}}));
}

TEST_F(ImportWordsTest, ADiskThatIsAwayTakesNoLabelsWithIt) {
  put_file(dir_.path() / "disk/album/Retro/a.jpg", jpeg_bytes(1));
  import(dir_.path() / "disk/album");
  fs::remove_all(dir_.path() / "disk");
  put_file(photos() / "Street/a.jpg", jpeg_bytes(1));
  import(photos());
  EXPECT_EQ(labels(), (Labels{{"style", "Retro"}, {"style", "Street"}}));
}

TEST_F(ImportWordsTest, ABoxThatIsNoMoreInTheFileIsNoMoreInTheCatalog) {
  const auto annotations = [](const std::string& boxes) {
    return R"({"images": [{"id": 1, "file_name": "a.jpg"}], "categories": [{"id": 1, "name": "top"}], "annotations": [)" +
           boxes + "]}";
  };
  put_file(photos() / "a.jpg", jpeg_bytes(1));
  const std::string one = R"({"image_id": 1, "category_id": 1, "bbox": [1, 2, 10, 10]})";
  put_text(photos() / "annotations.json",
           annotations(one + "," + R"({"image_id": 1, "category_id": 1, "bbox": [5, 5, 9, 9]})"));
  import(photos());
  EXPECT_EQ(catalog_.garments(LookKey{1}, "label").size(), 2u);
  put_text(photos() / "annotations.json", annotations(one));
  import(photos());
  EXPECT_EQ(catalog_.garments(LookKey{1}, "label").size(), 1u);
  put_text(photos() / "annotations.json", annotations(""));
  import(photos());
  EXPECT_TRUE(catalog_.garments(LookKey{1}, "label").empty());
}

TEST_F(ImportWordsTest, WhatAHandSetOutlivesEveryImport) {
  put_file(photos() / "Retro/a.jpg", jpeg_bytes(1));
  import(photos());
  catalog_.unlabel(LookKey{1}, {"style", "Retro"});
  catalog_.label(LookKey{1}, {"style", "Chic"});
  import(photos());
  EXPECT_EQ(labels(), (Labels{{"style", "Chic"}}));
}

TEST_F(ImportWordsTest, APhotoThatWasRemovedStaysAwayUntilItIsAskedFor) {
  put_file(photos() / "a.jpg", jpeg_bytes(1));
  put_file(photos() / "b.jpg", jpeg_bytes(2));
  import(photos());
  const ImageId id = catalog_.find_image(LookKey{1})->id;
  catalog_.keep_out(id);
  catalog_.erase_image(id);
  ImportReport report = import(photos());
  EXPECT_EQ(report.kept_out, 1);
  EXPECT_EQ(report.added, 0);
  EXPECT_FALSE(catalog_.find_image(id));
  options_.restore_removed = true;
  report = import(photos());
  EXPECT_EQ(report.added, 1);
  options_.restore_removed = false;
  EXPECT_EQ(import(photos()).kept_out, 0);
  EXPECT_TRUE(catalog_.find_image(id));
}

TEST_F(ImportWordsTest, AnotherFileOfAPictureIsKnownForItsCopy) {
  Image image{60, 90, {}};
  for (int i = 0; i < 60 * 90; ++i)
    for (const int v : {i % 60 * 4, i / 60 * 2, (i % 60) * (i / 60) / 24})
      image.rgb.push_back(static_cast<std::uint8_t>(v));
  put_file(photos() / "a.jpg", encode_jpeg(image, 95));
  put_file(photos() / "b.jpg", jpeg_bytes(2, 60, 90));
  put_file(photos() / "c.jpg", encode_jpeg(image, 60));
  const ImportReport report = import(photos());
  EXPECT_EQ(report.added, 3);
  EXPECT_EQ(report.copies, 1);
  EXPECT_EQ(catalog_.copies(), (std::vector<std::pair<LookKey, LookKey>>{{LookKey{3}, LookKey{1}}}));
  EXPECT_EQ(import(photos()).copies, 0);
}

}  // namespace
}  // namespace ootd
