#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/store/catalog.h"
#include "ootd/store/search_index.h"
#include "ootd/store/sqlite.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

constexpr char kCroppedModel[] = "m", kTops[] = "m#top";

ImageRecord record(int i) {
  ImageRecord image;
  image.id = "image" + std::to_string(i);
  return image;
}

Matrix one_vector() {
  Matrix vector(1, 4);
  std::ranges::fill(vector.row(0), 0.5f);
  return vector;
}

class CatalogCropsTest : public ::testing::Test {
 protected:
  CatalogCropsTest() : catalog_(home_.path()) {
    for (int i = 1; i <= 5; ++i) catalog_.add_image(record(i));
    embed();
  }
  ~CatalogCropsTest() override { EXPECT_EQ(catalog_.verify(), std::vector<std::string>{}); }

  // Every row lacking a vector gets one.
  void embed() {
    for (const char* model : {kCroppedModel, kTops})
      for (const Row row : catalog_.rows_without_embedding(model, 0, 100)) {
        catalog_.put_embeddings(model, {&row, 1}, one_vector());
      }
  }
  std::vector<Row> lacking(const char* model) const { return catalog_.rows_without_embedding(model, 0, 100); }

  const ootd::testing::TempDir home_;
  Catalog catalog_;
};

const Crop kCrop = {"detector/rule", "", Box{10, 20, 30, 40}};
const Crop kRefused = {"detector/rule", "one_garment", std::nullopt};

TEST_F(CatalogCropsTest, ComeBackAcrossReopening) {
  catalog_.put_crop(1, kCrop);
  catalog_.put_crop(2, kRefused);
  const Catalog again(home_.path());
  EXPECT_EQ(again.crop(1), kCrop);
  EXPECT_EQ(again.crop(2), kRefused);
  EXPECT_EQ(again.crop(3), std::nullopt);
  EXPECT_EQ(again.rows_without_crop(kCrop.origin, 0, 100), (std::vector<Row>{3, 4, 5}));
  EXPECT_EQ(again.rows_without_crop(kCrop.origin, 3, 1), std::vector<Row>{4});
  EXPECT_EQ(again.rows_without_crop("another", 0, 100), (std::vector<Row>{1, 2, 3, 4, 5}));
}

TEST_F(CatalogCropsTest, AnotherBoxTakesThePhotosVectorsAndAnEqualOneLeavesThem) {
  catalog_.put_crop(1, kCrop);     // whole before
  catalog_.put_crop(2, kRefused);  // still whole
  EXPECT_EQ(lacking(kCroppedModel), std::vector<Row>{1});
  EXPECT_EQ(lacking(kTops), std::vector<Row>{1});
  embed();
  catalog_.put_crop(1, kCrop);
  EXPECT_TRUE(lacking(kCroppedModel).empty()) << "the same box";
  Crop wider = kCrop;
  wider.box->w += 1;
  catalog_.put_crop(1, wider);
  EXPECT_EQ(lacking(kCroppedModel), std::vector<Row>{1}) << "another box";
  embed();
  catalog_.put_crop(1, kRefused);
  EXPECT_EQ(lacking(kCroppedModel), std::vector<Row>{1}) << "a box no more";
}

TEST_F(CatalogCropsTest, AnotherOriginOfAnEqualBoxTakesOnlyTheGarmentsVectors) {
  catalog_.put_crop(1, kCrop);
  embed();
  Crop other = kCrop;
  other.origin = "another detector/rule";
  catalog_.put_crop(1, other);
  EXPECT_TRUE(lacking(kCroppedModel).empty());
  EXPECT_EQ(lacking(kTops), std::vector<Row>{1});
}

TEST_F(CatalogCropsTest, AnIndexLosesAVectorOfOtherPixelsAndTakesTheNewOne) {
  SearchIndex index(catalog_, kCroppedModel);
  const std::vector<float> query(4, 0.5f);
  ASSERT_EQ(index.search(query, 10).size(), 5u);
  index.save();
  catalog_.put_crop(3, kCrop);
  index.refresh();
  EXPECT_EQ(index.search(query, 10).size(), 4u);
  EXPECT_EQ(index.vector(3), std::nullopt);
  EXPECT_EQ(index.verify(), std::vector<std::string>{});
  embed();
  index.refresh();
  EXPECT_EQ(index.search(query, 10).size(), 5u);
  EXPECT_EQ(SearchIndex(catalog_, kCroppedModel).search(query, 10).size(), 5u)
      << "from the snapshot and what came since";
  EXPECT_EQ(index.verify(), std::vector<std::string>{});
}

TEST_F(CatalogCropsTest, RefuseWhatCannotBe) {
  const auto refused = [&](Row row, Crop crop) { return testing::message_of([&] { catalog_.put_crop(row, crop); }); };
  EXPECT_NE(refused(9, kCrop).find("no image has row 9"), std::string::npos);
  EXPECT_NE(refused(1, {"", "", Box{0, 0, 1, 1}}).find("origin"), std::string::npos);
  EXPECT_NE(refused(1, {"d", "", std::nullopt}).find("not both or neither"), std::string::npos);
  EXPECT_NE(refused(1, {"d", "crowd", Box{0, 0, 1, 1}}).find("not both or neither"), std::string::npos);
  EXPECT_NE(refused(1, {"d", "", Box{0, 0, 0, 1}}).find("area"), std::string::npos);
  EXPECT_NE(refused(1, {"d", "", Box{0, std::nanf(""), 1, 1}}).find("finite"), std::string::npos);
  EXPECT_EQ(catalog_.crop(1), std::nullopt);
  EXPECT_TRUE(lacking(kCroppedModel).empty()) << "a refused call changes nothing";
}

TEST_F(CatalogCropsTest, AnErasedImageTakesItsCropWithIt) {
  catalog_.put_crop(2, kCrop);
  catalog_.erase_image("image2");
  EXPECT_EQ(catalog_.crop(2), std::nullopt);
}

// Version 1 is today's without the tables of crops and of the crawler, and one index.
TEST_F(CatalogCropsTest, AFileOfVersion1IsMigratedAndKeepsAll) {
  const ootd::testing::TempDir dir;
  {
    Catalog catalog(dir.path());
    catalog.add_image(record(1));
    const Row row = 1;
    catalog.put_embeddings(kCroppedModel, {&row, 1}, one_vector());
  }
  Database(dir.path() / "catalog.db", 0)
      .execute(
          "DROP TABLE fingerprints; DROP TABLE crawl_labels; DROP TABLE crawl_urls; DROP TABLE crops; DROP INDEX "
          "tombstones_by_row; PRAGMA user_version = 1");
  {
    Catalog catalog(dir.path());
    EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
    EXPECT_EQ(catalog.embedding(kCroppedModel, 1), std::vector<float>(4, 0.5f));
    EXPECT_EQ(catalog.crop(1), std::nullopt);
    catalog.put_crop(1, kRefused);
  }
  EXPECT_EQ(Catalog(dir.path()).crop(1), kRefused);
  EXPECT_EQ(Database(dir.path() / "catalog.db", 0).value<int>("PRAGMA user_version"), 3);
}

// As `ootd crop` writes: garments, crop and label of some photos in one transaction.
TEST_F(CatalogCropsTest, AKilledBatchIsThereWhollyOrNotAtAll) {
  Random random(3);
  float last = 0;
  for (int kill = 0; kill < 15; ++kill) {
    const pid_t child = ::fork();
    if (child == 0) {
      Catalog catalog(home_.path());
      for (float x = last + 1;; ++x) {
        Catalog::Batch batch(catalog);
        for (Row row = 1; row <= 5; ++row) {
          const Garment garment{"top", "", 0.5f, {x, 0, 10, 10}};
          catalog.put_garments(row, "detector", {&garment, 1});
          catalog.put_crop(row, {"detector/rule", "", garment.box});
          const std::string label = std::to_string(static_cast<int>(x));
          catalog.set_labels(row, "crop", {&label, 1});
        }
        batch.commit();
      }
    }
    ASSERT_GT(child, 0);
    std::this_thread::sleep_for(std::chrono::microseconds(20'000 + random.below(30'000)));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    ASSERT_EQ(catalog_.verify(), std::vector<std::string>{});
    const auto first = catalog_.crop(1);
    if (!first) continue;  // killed before its first batch
    last = first->box->x;
    for (Row row = 1; row <= 5; ++row) {
      EXPECT_EQ(catalog_.crop(row)->box->x, last);
      EXPECT_EQ(catalog_.garments(row, "detector").at(0).box.x, last);
      EXPECT_EQ(catalog_.find_image(row)->labels,
                (std::vector<Label>{{"crop", std::to_string(static_cast<int>(last))}}));
      EXPECT_EQ(catalog_.embedding(kCroppedModel, row), std::nullopt);
    }
  }
  EXPECT_GT(last, 0) << "no batch was ever committed";
}

}  // namespace
}  // namespace ootd
