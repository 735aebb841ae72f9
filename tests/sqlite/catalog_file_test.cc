// The file itself: where it is made, which ones are refused, and how damage is reported.
#include <gtest/gtest.h>

#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "tests/sqlite/workspace.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::image;
using testing::kind_of;
using testing::message_of;

TEST(CatalogHome, IsMadeWithItsParentsIfMissing) {
  const ootd::testing::TempDir dir;
  const auto home = dir.path() / "a" / "b";
  EXPECT_EQ(SqliteCatalog(home).home(), home);
  EXPECT_TRUE(std::filesystem::is_regular_file(home / "catalog.db"));
}

TEST(CatalogHome, ThatCannotBeMadeIsUnavailable) {
  const ootd::testing::TempDir dir;
  write_file_atomically(dir.path() / "file", {});
  EXPECT_EQ(kind_of([&] { SqliteCatalog(dir.path() / "file" / "home"); }), Kind::kUnavailable);
}

class CatalogFileTest : public ::testing::Test {
 protected:
  // Opening the file is refused with this message, and leaves every byte as it was.
  void expect_refused(const std::string& message) {
    const auto before = read_file(file_);
    EXPECT_EQ(kind_of([&] { SqliteCatalog refused(home_.path()); }), Kind::kInput);
    EXPECT_EQ(message_of([&] { SqliteCatalog refused(home_.path()); }), file_.string() + ": " + message);
    EXPECT_EQ(read_file(file_), before);
  }

  const ootd::testing::TempDir home_;
  const std::filesystem::path file_ = home_.path() / "catalog.db";
};

TEST_F(CatalogFileTest, OfANewerVersionIsRefusedAndLeftAlone) {
  {
    SqliteCatalog fresh(home_.path());
  }
  {
    Database(file_, 0).execute("PRAGMA user_version = 99");
  }
  expect_refused("catalog version 99, this program knows up to 7; use a newer ootd");
}

TEST_F(CatalogFileTest, OfAnotherProgramIsRefusedAndLeftAlone) {
  {
    Database(file_, 0).execute("CREATE TABLE theirs (x)");
  }
  expect_refused("an SQLite database, but no ootd catalog; move it away or choose another --home");
}

TEST_F(CatalogFileTest, OfGarbageIsRefusedAndLeftAlone) {
  Random random(3);
  for (const std::size_t size : {std::size_t{2}, std::size_t{99}, std::size_t{5000}, std::size_t{100'000}}) {
    std::vector<std::byte> garbage(size);
    for (auto& byte : garbage) byte = static_cast<std::byte>(random.next());
    write_file_atomically(file_, garbage);
    expect_refused("file is not a database (SQLite code 26)");
  }
}

TEST_F(CatalogFileTest, ThatIsDamagedIsReportedByVerify) {
  {
    SqliteCatalog catalog(home_.path());
    Catalog::Batch batch(catalog);
    for (int i = 0; i < 2000; ++i) catalog.add_image(image("image" + std::to_string(i), {{"style", "Retro"}}));
    batch.commit();
  }
  auto bytes = read_file(file_);
  for (std::size_t i = bytes.size() / 2; i < bytes.size() / 2 + 8192; ++i) bytes[i] = std::byte{0xa5};
  write_file_atomically(file_, bytes);
  EXPECT_FALSE(SqliteCatalog(home_.path()).verify().empty());
}

TEST_F(CatalogFileTest, WithRowsThatOthersWroteWronglyIsReportedByVerify) {
  SqliteCatalog catalog(home_.path());
  testing::add_batch(catalog, "b", 2);
  Database(file_, 0).execute(
      "INSERT INTO labels VALUES (77, 'style', 'Retro'); UPDATE vectors SET vector = x'0011' WHERE row = 1");
  EXPECT_EQ(catalog.verify(), (std::vector<std::string>{"table labels refers to a missing row of images",
                                                        "model m: 1 vectors of the wrong length"}));
}

// SQLite walked a journal that grew with the batch at the end of each statement: 90 s for 120,000 rows (issue 17).
TEST(SqliteCatalogTest, VectorsOfALongBatchTakeAsLongAsThoseOfShortOnes) {
  constexpr std::size_t kLooks = 120'000, kDim = 128, kAtOnce = 4'000;  // more than the writer's cache holds
  const auto seconds = [&](bool one_batch) {
    const ootd::testing::TempDir home;
    SqliteCatalog catalog(home.path());
    std::optional<Catalog::Batch> batch;
    const auto next_batch = [&] {
      if (batch) batch->commit();
      batch.reset();
      batch.emplace(catalog);
    };
    batch.emplace(catalog);
    std::vector<LookKey> looks;
    ImageRecord image;
    for (std::size_t i = 0; i < kLooks; ++i) {
      image.id = std::to_string(i);
      looks.push_back(catalog.add_image(image).key);
    }
    const auto start = std::chrono::steady_clock::now();
    const std::size_t at_once = one_batch ? kLooks : kAtOnce;
    for (std::size_t begin = 0; begin < kLooks; begin += at_once) {
      if (!one_batch) next_batch();
      Matrix vectors(at_once, kDim);
      for (std::size_t i = 0; i < at_once; ++i) vectors.row(i)[i % kDim] = 1;
      catalog.put_vectors({"m", ""}, std::span(looks).subspan(begin, at_once), vectors);
    }
    batch->commit();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  };
  const double in_one = seconds(true), in_many = seconds(false);
  EXPECT_LT(in_one, 4 * in_many);
}

}  // namespace
}  // namespace ootd
