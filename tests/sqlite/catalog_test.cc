#include "ootd/store/catalog.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/store/sqlite.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

// The kind and the message of the Error that `action` throws.
std::pair<Kind, std::string> error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return {error.kind(), error.what()};
  }
  ADD_FAILURE() << "nothing was thrown";
  return {};
}
Kind kind_of(const std::function<void()>& action) { return error_of(action).first; }

ImageRecord image(const ImageId& id, std::vector<Label> labels = {}) {
  ImageRecord record;
  record.id = id;
  record.source = "/photos/" + id + ".jpg";
  record.file = "images/" + id + ".jpg";
  record.format = "jpeg";
  record.bytes = 12'345;
  record.width = 400;
  record.height = 600;
  record.labels = std::move(labels);
  return record;
}

Matrix matrix(std::initializer_list<std::vector<float>> rows) {
  Matrix result(rows.size(), rows.begin()->size());
  std::size_t i = 0;
  for (const auto& row : rows) std::ranges::copy(row, result.row(i++).begin());
  return result;
}

class CatalogTest : public ::testing::Test {
 protected:
  CatalogTest() : catalog_(home_.path()) {}
  ~CatalogTest() override { EXPECT_EQ(catalog_.verify(), std::vector<std::string>{}); }
  Row add(const ImageId& id) { return catalog_.add_image(image(id)).row; }

  const ootd::testing::TempDir home_;
  Catalog catalog_;
};

TEST(CatalogHome, IsMadeWithItsParentsIfMissing) {
  const ootd::testing::TempDir dir;
  const auto home = dir.path() / "a" / "b";
  EXPECT_EQ(Catalog(home).home(), home);
  EXPECT_TRUE(std::filesystem::is_regular_file(home / "catalog.db"));
}

TEST(CatalogHome, ThatCannotBeMadeIsUnavailable) {
  const ootd::testing::TempDir dir;
  write_file_atomically(dir.path() / "file", {});
  EXPECT_EQ(kind_of([&] { Catalog(dir.path() / "file" / "home"); }), Kind::kUnavailable);
}

TEST_F(CatalogTest, KeepsWhatItIsGivenAcrossReopening) {
  ImageRecord given = image("a", {{"style", "Street"}, {"class", "dress"}, {"style", "Retro"}, {"style", "Retro"}});
  given.source = "/photos/caf\xe9 \xff.jpg";  // no UTF-8: Linux allows any bytes
  EXPECT_TRUE(catalog_.add_image(given).is_new);
  const Garment garment{"top", "t-shirt", 0.1f, {1.5f, -2.25f, 1e6f, 0.1f}};
  catalog_.put_garments(1, "label", {&garment, 1});
  catalog_.remember_source(given.source, 7, 1'700'000'000'123'456'789, "a");
  catalog_.set_setting("model", "m");
  catalog_.put_failure({"import", "x.jpg", "truncated"});

  const Catalog reopened(home_.path());
  const auto found = reopened.find_image("a");
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->row, 1u);
  EXPECT_EQ(found->source, given.source);
  EXPECT_EQ(found->file, given.file);
  EXPECT_EQ(found->format, given.format);
  EXPECT_EQ(found->bytes, given.bytes);
  EXPECT_EQ(found->width, given.width);
  EXPECT_EQ(found->height, given.height);
  EXPECT_EQ(found->labels, (std::vector<Label>{{"class", "dress"}, {"style", "Retro"}, {"style", "Street"}}));
  const auto garments = reopened.garments(1, "label");
  ASSERT_EQ(garments.size(), 1u);
  EXPECT_EQ(garments[0].category, "top");
  EXPECT_EQ(garments[0].fine_category, "t-shirt");
  EXPECT_EQ(garments[0].score, garment.score);
  EXPECT_EQ(garments[0].box, garment.box);
  EXPECT_EQ(reopened.find_source(given.source, 7, 1'700'000'000'123'456'789), "a");
  EXPECT_EQ(reopened.setting("model"), "m");
  ASSERT_EQ(reopened.failures("import").size(), 1u);
  EXPECT_EQ(reopened.failures("import")[0].reason, "truncated");
}

TEST_F(CatalogTest, AKnownImageGetsOnlyTheLabelsItLacks) {
  catalog_.add_image(image("a", {{"style", "Retro"}}));
  ImageRecord again = image("a", {{"style", "Retro"}, {"style", "Chic"}});
  again.source = "/elsewhere.jpg";
  const auto added = catalog_.add_image(again);
  EXPECT_FALSE(added.is_new);
  EXPECT_EQ(added.row, 1u);
  EXPECT_EQ(catalog_.image_count(), 1);
  EXPECT_EQ(catalog_.find_image(Row{1})->labels, (std::vector<Label>{{"style", "Chic"}, {"style", "Retro"}}));
  EXPECT_EQ(catalog_.find_image(Row{1})->source, "/photos/a.jpg");
}

TEST_F(CatalogTest, WalksAllImagesInSteps) {
  for (const char* id : {"d", "c", "b", "a"}) catalog_.add_image(image(id, {{"style", id}, {"x", id}}));
  catalog_.add_image(image("none"));
  catalog_.erase_image("c");
  std::string walked;
  Row after = 0;
  for (;;) {
    const auto images = catalog_.images_after(after, 2);
    if (images.empty()) break;
    EXPECT_LE(images.size(), 2u);
    for (const auto& found : images) {
      walked += found.id + " ";
      const std::vector<Label> both = {{"style", found.id}, {"x", found.id}};
      EXPECT_EQ(found.labels, found.id == "none" ? std::vector<Label>{} : both);
    }
    after = images.back().row;
  }
  EXPECT_EQ(walked, "d b a none ");
  EXPECT_TRUE(catalog_.images_after(0, 0).empty());
}

TEST_F(CatalogTest, ASourceIsKnownOnlyUnchanged) {
  add("a");
  add("b");
  catalog_.remember_source("x.jpg", 10, 20, "a");
  EXPECT_EQ(catalog_.find_source("x.jpg", 10, 20), "a");
  EXPECT_EQ(catalog_.find_source("x.jpg", 11, 20), std::nullopt);
  EXPECT_EQ(catalog_.find_source("x.jpg", 10, 21), std::nullopt);
  EXPECT_EQ(catalog_.find_source("y.jpg", 10, 20), std::nullopt);
  catalog_.remember_source("x.jpg", 11, 30, "b");
  EXPECT_EQ(catalog_.find_source("x.jpg", 11, 30), "b");
  EXPECT_EQ(kind_of([&] { catalog_.remember_source("z.jpg", 1, 1, "unknown"); }), Kind::kNotFound);
}

TEST_F(CatalogTest, CountsLabelsByKey) {
  catalog_.add_image(image("a", {{"style", "Retro"}, {"style", "Chic"}, {"split", "train"}}));
  catalog_.add_image(image("b", {{"style", "Retro"}}));
  const auto keys = catalog_.label_keys();
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0].key, "split");
  EXPECT_EQ(keys[0].values, 1);
  EXPECT_EQ(keys[0].images, 1);
  EXPECT_EQ(keys[1].key, "style");
  EXPECT_EQ(keys[1].values, 2);
  EXPECT_EQ(keys[1].images, 2);
  EXPECT_EQ(catalog_.label_key_names(), (std::vector<std::string>{"split", "style"}));
  EXPECT_EQ(catalog_.labels_of("style"),
            (std::vector<std::pair<Row, std::string>>{{1, "Chic"}, {1, "Retro"}, {2, "Retro"}}));
  EXPECT_EQ(kind_of([&] { catalog_.add_image(image("c", {{"", "x"}})); }), Kind::kInput);
}

TEST_F(CatalogTest, GarmentsAreReplacedPerOrigin) {
  add("a");
  const std::vector<Garment> two = {{"top", "", 1, {}}, {"bottom", "", 1, {}}};
  catalog_.put_garments(1, "label", two);
  catalog_.put_garments(1, "detector", two);
  catalog_.put_garments(1, "label", std::span(two).last(1));
  ASSERT_EQ(catalog_.garments(1, "label").size(), 1u);
  EXPECT_EQ(catalog_.garments(1, "label")[0].category, "bottom");
  EXPECT_EQ(catalog_.garments(1, "detector").size(), 2u);
  EXPECT_EQ(kind_of([&] { catalog_.put_garments(2, "label", two); }), Kind::kNotFound);
  const Garment broken{"top", "", 1, {std::nanf(""), 0, 1, 1}};
  EXPECT_EQ(kind_of([&] { catalog_.put_garments(1, "label", {&broken, 1}); }), Kind::kInput);
  EXPECT_EQ(catalog_.garments(1, "label").size(), 1u) << "a refused call changes nothing";
}

TEST_F(CatalogTest, FailuresStayUntilCleared) {
  catalog_.put_failure({"import", "b", "first"});
  catalog_.put_failure({"import", "b", "second"});
  catalog_.put_failure({"import", "a", "r"});
  catalog_.put_failure({"embed", "b", "r"});
  ASSERT_EQ(catalog_.failures("import").size(), 2u);
  EXPECT_EQ(catalog_.failures("import")[1].reason, "second");
  catalog_.clear_failure("import", "b");
  EXPECT_EQ(catalog_.failures("import").size(), 1u);
  EXPECT_EQ(catalog_.failures("embed").size(), 1u);
}

TEST_F(CatalogTest, ABatchWithoutCommitLeavesNothing) {
  add("before");
  {
    Catalog::Batch batch(catalog_);
    const Row row = add("a");
    catalog_.put_embeddings("m", {&row, 1}, matrix({{1, 0}}));
    catalog_.append_event({.user = "u", .row = row});
    catalog_.erase_image("before");
    EXPECT_EQ(catalog_.image_count(), 1) << "a batch sees what it wrote";
    EXPECT_FALSE(Catalog(home_.path()).find_image("a").has_value()) << "others do not";
  }
  EXPECT_EQ(catalog_.image_count(), 1);
  EXPECT_TRUE(catalog_.find_image("before").has_value());
  EXPECT_TRUE(catalog_.users().empty());
  EXPECT_TRUE(catalog_.embedding_models().empty());
  {
    Catalog::Batch batch(catalog_);
    add("b");
    batch.commit();
    EXPECT_EQ(kind_of([&] { batch.commit(); }), Kind::kInternal);
  }
  EXPECT_TRUE(Catalog(home_.path()).find_image("b").has_value());
}

TEST_F(CatalogTest, ACallThatThrowsInABatchTakesBackOnlyItself) {
  Catalog::Batch batch(catalog_);
  const Row a = add("a");
  const std::vector<Row> rows = {a, 99};
  EXPECT_EQ(kind_of([&] { catalog_.put_embeddings("m", rows, matrix({{1, 0}, {0, 1}})); }), Kind::kNotFound);
  EXPECT_EQ(catalog_.embedding("m", a), std::nullopt);
  add("b");
  batch.commit();
  EXPECT_EQ(catalog_.image_count(), 2);
}

TEST_F(CatalogTest, ABatchWithinABatchIsABug) {
  Catalog::Batch batch(catalog_);
  EXPECT_EQ(kind_of([&] { Catalog::Batch inner(catalog_); }), Kind::kInternal);
  add("a");
  batch.commit();
  EXPECT_EQ(catalog_.image_count(), 1) << "the outer batch goes on";
}

TEST_F(CatalogTest, RefusesANewerVersionAndLeavesItAlone) {
  const ootd::testing::TempDir dir;
  {
    Catalog fresh(dir.path());
  }
  {
    Database(dir.path() / "catalog.db", 0).execute("PRAGMA user_version = 99");
  }
  const auto before = read_file(dir.path() / "catalog.db");
  const auto [kind, message] = error_of([&] { Catalog refused(dir.path()); });
  EXPECT_EQ(kind, Kind::kInput);
  EXPECT_EQ(message, (dir.path() / "catalog.db").string() +
                         ": catalog version 99, this program knows up to 3; use a newer ootd");
  EXPECT_EQ(read_file(dir.path() / "catalog.db"), before);
}

TEST_F(CatalogTest, RefusesAForeignDatabaseAndLeavesItAlone) {
  const ootd::testing::TempDir dir;
  {
    Database(dir.path() / "catalog.db", 0).execute("CREATE TABLE theirs (x)");
  }
  const auto before = read_file(dir.path() / "catalog.db");
  const auto [kind, message] = error_of([&] { Catalog refused(dir.path()); });
  EXPECT_EQ(kind, Kind::kInput);
  EXPECT_NE(message.find("no ootd catalog"), std::string::npos) << message;
  EXPECT_EQ(read_file(dir.path() / "catalog.db"), before);
}

TEST_F(CatalogTest, RefusesGarbageAndLeavesItAlone) {
  Random random(3);
  for (const std::size_t size : {std::size_t{2}, std::size_t{99}, std::size_t{5000}, std::size_t{100'000}}) {
    const ootd::testing::TempDir dir;
    std::vector<std::byte> garbage(size);
    for (auto& byte : garbage) byte = static_cast<std::byte>(random.next());
    write_file_atomically(dir.path() / "catalog.db", garbage);
    const auto [kind, message] = error_of([&] { Catalog refused(dir.path()); });
    EXPECT_EQ(kind, Kind::kInput);
    EXPECT_NE(message.find("catalog.db: file is not a database"), std::string::npos) << message;
    EXPECT_EQ(read_file(dir.path() / "catalog.db"), garbage);
  }
}

TEST_F(CatalogTest, VerifyReportsDamage) {
  const ootd::testing::TempDir dir;
  {
    Catalog catalog(dir.path());
    Catalog::Batch batch(catalog);
    for (int i = 0; i < 2000; ++i) catalog.add_image(image("image" + std::to_string(i), {{"style", "Retro"}}));
    batch.commit();
  }
  auto bytes = read_file(dir.path() / "catalog.db");
  for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 8192; ++i) bytes[i] = std::byte{0xa5};
  write_file_atomically(dir.path() / "catalog.db", bytes);
  EXPECT_FALSE(Catalog(dir.path()).verify().empty());
  {
    Database database(home_.path() / "catalog.db", 0);
    database.execute("INSERT INTO labels VALUES (77, 'style', 'Retro')");
  }
  EXPECT_EQ(catalog_.verify(), (std::vector<std::string>{"table labels refers to a missing row of images"}));
  {
    Database(home_.path() / "catalog.db", 0).execute("DELETE FROM labels");
  }
}

}  // namespace
}  // namespace ootd
