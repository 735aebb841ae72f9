#include "ootd/store/search_index.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/sha256.h"
#include "ootd/store/flat_store.h"
#include "tests/store/clustered_vectors.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::clustered_vectors;

constexpr char kIndexedModel[] = "model-1";

// A workspace with images, and the slow twin beside the catalog.
class Workspace {
 public:
  explicit Workspace(int dim = 16) : twin(dim), catalog_(std::make_unique<Catalog>(dir_.path())) {}

  Catalog& catalog() { return *catalog_; }
  std::filesystem::path home() const { return dir_.path(); }
  std::filesystem::path snapshot() const { return SearchIndex::snapshot_path(home(), kIndexedModel); }

  void add_images(std::size_t n) {
    Catalog::Batch batch(*catalog_);
    for (std::size_t i = 0; i < n; ++i) {
      ImageRecord image;
      image.id = id_of(++images_);
      catalog_->add_image(image);
    }
    batch.commit();
  }
  // Adds as many images as there are vectors; returns the first one's row.
  Row add(const Matrix& vectors) {
    const Row first = images_ + 1;
    add_images(vectors.rows());
    put(testing::rows_from(first, vectors.rows()), vectors);
    return first;
  }
  void put(std::span<const Row> rows, const Matrix& vectors) {
    catalog_->put_embeddings(kIndexedModel, rows, vectors);
    twin.put(rows, vectors);
  }
  void erase(Row row) {
    ASSERT_TRUE(catalog_->erase_image(id_of(row)));
    twin.erase(row);
  }

  FlatStore twin;

 private:
  static ImageId id_of(std::size_t row) {
    std::string id = std::to_string(row);
    return std::string(24 - id.size(), '0') + id;
  }

  testing::TempDir dir_;
  std::unique_ptr<Catalog> catalog_;
  Row images_ = 0;
};

void expect_exact(const SearchIndex& index, const FlatStore& twin, const Matrix& queries) {
  ASSERT_EQ(index.size(), twin.size());
  for (std::size_t i = 0; i < queries.rows(); i += queries.rows() / 20 + 1)
    EXPECT_EQ(index.search(queries.row(i), 10), twin.search(queries.row(i), 10)) << i;
}

std::vector<std::byte> with_checksum(std::span<const std::byte> body) {
  std::vector<std::byte> file(body.begin(), body.end());
  const std::string checksum = sha256_hex(body);
  for (const char c : checksum) file.push_back(static_cast<std::byte>(c));
  return file;
}

TEST(SearchIndex, OfAModelWithoutVectorsFindsNothing) {
  Workspace work;
  SearchIndex index(work.catalog(), kIndexedModel);
  EXPECT_EQ(index.dim(), 0);
  EXPECT_EQ(index.size(), 0u);
  EXPECT_TRUE(index.search(std::vector<float>{1, 2, 3}, 5).empty());
  EXPECT_THROW(index.search({}, -1), Error);
  index.refresh();
  index.save();
  EXPECT_TRUE(SearchIndex(work.catalog(), kIndexedModel).search({}, 5).empty());
  index.rebuild();
  EXPECT_TRUE(index.verify().empty());
  EXPECT_FALSE(index.stats().graph);

  const auto made = clustered_vectors(5, 16, 2, 1);
  work.add(made.vectors);
  index.refresh();
  EXPECT_EQ(index.dim(), 16);
  expect_exact(index, work.twin, made.vectors);
}

TEST(SearchIndex, IsExactThroughPutsReplacementsAndErasures) {
  Workspace work;
  const auto made = clustered_vectors(3000, 16, 20, 2);
  SearchIndex index(work.catalog(), kIndexedModel);
  Random random(3);
  work.add_images(600);
  for (int step = 0; step < 40; ++step) {
    std::vector<Row> rows;
    for (Row row = 1; row <= 600; ++row)
      if (random.uniform() < 0.1 && work.catalog().find_image(row)) rows.push_back(row);
    Matrix vectors(rows.size(), 16);
    for (std::size_t i = 0; i < rows.size(); ++i)
      std::ranges::copy(made.vectors.row(random.below(3000)), vectors.row(i).begin());
    work.put(rows, vectors);
    for (int i = 0; i < 3; ++i)
      if (const Row row = static_cast<Row>(1 + random.below(600)); work.catalog().find_image(row)) work.erase(row);
    index.refresh();
    if (step % 10 == 5) index.save();
    expect_exact(index, work.twin, made.vectors);
    if (step % 10 == 9) expect_exact(SearchIndex(work.catalog(), kIndexedModel), work.twin, made.vectors);
  }
  EXPECT_TRUE(index.verify().empty());
}

TEST(SearchIndex, GrowsItsGraphAndStaysGood) {
  Workspace work;
  const auto made = clustered_vectors(6000, 16, 50, 6);
  SearchIndex index(work.catalog(), kIndexedModel, {.exact_below = 1000});
  for (std::size_t first = 0; first < 6000; first += 600) {
    Matrix part(600, 16);
    for (std::size_t i = 0; i < 600; ++i) std::ranges::copy(made.vectors.row(first + i), part.row(i).begin());
    work.add(part);
    Catalog::Batch batch(work.catalog());  // one wait for the disk instead of a hundred
    for (Row row = static_cast<Row>(first + 1); row < first + 100; ++row) work.erase(row);
    batch.commit();
    index.refresh();
    EXPECT_EQ(index.stats().graph, index.size() >= 1000);
    EXPECT_LE(index.stats().tail, 1200u);
    double sum = 0;
    for (std::size_t i = 0; i < 100; ++i)
      sum +=
          testing::recall(index.search(made.vectors.row(59 * i), 10), work.twin.search(made.vectors.row(59 * i), 10));
    EXPECT_GE(sum / 100, 0.99);
  }
  EXPECT_TRUE(index.verify().empty());
  index.save();
  const SearchIndex opened(work.catalog(), kIndexedModel, {.exact_below = 1000});
  EXPECT_EQ(opened.size(), work.twin.size());
  EXPECT_TRUE(opened.verify().empty());
}

TEST(SearchIndex, ASnapshotOfAnotherTimePlaceOrModelIsNotBelieved) {
  const auto made = clustered_vectors(400, 16, 20, 7);
  Workspace work;
  work.add(made.vectors);
  {
    SearchIndex index(work.catalog(), kIndexedModel);
    index.save();
  }
  // Older than the catalog: the rest is replayed.
  work.add(clustered_vectors(50, 16, 5, 8).vectors);
  work.erase(3);
  expect_exact(SearchIndex(work.catalog(), kIndexedModel), work.twin, made.vectors);
  const auto saved = read_file(work.snapshot());

  // Another model's under this name.
  const auto elsewhere = SearchIndex::snapshot_path(work.home(), "model-2");
  write_file_atomically(elsewhere, saved);
  EXPECT_EQ(SearchIndex(work.catalog(), "model-2").size(), 0u);
  EXPECT_FALSE(SearchIndex(work.catalog(), "model-2").verify().empty());

  // Another catalog's: newer than this one; or as old, with other vectors.
  for (const std::size_t n : {100, 449, 2000}) {
    Workspace other;
    const auto vectors = clustered_vectors(n, 16, 20, 9).vectors;
    other.add(vectors);
    std::filesystem::create_directories(other.snapshot().parent_path());
    write_file_atomically(other.snapshot(), saved);
    expect_exact(SearchIndex(other.catalog(), kIndexedModel), other.twin, vectors);
  }
}

class DamagedSnapshot : public ::testing::TestWithParam<bool> {};

TEST_P(DamagedSnapshot, NeverCrashesAndNeverLies) {
  const SearchParams params{.M = 5, .ef_construction = 20, .exact_below = GetParam() ? 100u : 1000u};
  Workspace work(8);
  const auto made = clustered_vectors(150, 8, 10, 10);
  work.add(made.vectors);
  {
    SearchIndex index(work.catalog(), kIndexedModel, params);
    index.rebuild();
    ASSERT_EQ(index.stats().graph, GetParam());
  }
  const auto whole = read_file(work.snapshot());
  const auto open_with = [&](std::span<const std::byte> bytes, bool believable) {
    write_file_atomically(work.snapshot(), bytes, false);
    const SearchIndex index(work.catalog(), kIndexedModel, params);
    ASSERT_EQ(index.size(), 150u);
    for (std::size_t i = 0; i < 150; i += 50) {
      const auto found = index.search(made.vectors.row(i), 10);
      ASSERT_EQ(found.size(), 10u);
      // A forged vector or link can hide from all but verify(), yet not crash a search.
      if (!believable) {
        ASSERT_EQ(found, work.twin.search(made.vectors.row(i), 10));
      }
    }
  };
  for (std::size_t size = 0; size < whole.size(); size += 1 + whole.size() / 40)
    open_with(std::span(whole).first(size), false);
  Random random(11);
  const std::span<const std::byte> body = std::span(whole).first(whole.size() - 64);
  for (int i = 0; i < 80; ++i) {
    std::vector<std::byte> bytes(body.begin(), body.end());
    // The header's numbers are the most dangerous ones: every second flip is among them.
    const std::size_t at = random.below(i % 2 == 0 ? 48 : bytes.size());
    bytes[at] ^= static_cast<std::byte>(1 + random.below(255));
    // Damage is seen by its checksum; malice brings a right one along.
    bytes.insert(bytes.end(), whole.end() - 64, whole.end());
    open_with(bytes, false);
    open_with(with_checksum(std::span(bytes).first(body.size())), true);
  }
}

INSTANTIATE_TEST_SUITE_P(WithAndWithoutGraph, DamagedSnapshot, ::testing::Bool());

TEST(SearchIndex, VerifyTellsWhatIsWrong) {
  Workspace work;
  const auto made = clustered_vectors(300, 16, 20, 12);
  work.add(made.vectors);
  SearchIndex index(work.catalog(), kIndexedModel);
  index.save();
  EXPECT_TRUE(index.verify().empty());
  auto bytes = read_file(work.snapshot());
  bytes[bytes.size() / 2] ^= std::byte{1};
  write_file_atomically(work.snapshot(), bytes);
  const auto problems = index.verify();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("checksum"), std::string::npos);

  // One vector of a believable snapshot is not the catalog's, and not among those compared at opening.
  index.save();
  bytes = read_file(work.snapshot());
  const std::size_t first_vector = bytes.size() - 64 - 300 * 16 * 4;
  bytes[first_vector + 4 * 16 + 3] ^= std::byte{0x80};  // the sign of a number of the second row
  write_file_atomically(work.snapshot(), with_checksum(std::span(bytes).first(bytes.size() - 64)));
  const auto lies = SearchIndex(work.catalog(), kIndexedModel).verify();
  ASSERT_EQ(lies.size(), 1u);
  EXPECT_NE(lies[0].find("row 2 "), std::string::npos) << lies[0];
}

TEST(SearchIndex, SearchesWhileOthersWriteRefreshAndRebuild) {
  Workspace work;
  const auto made = clustered_vectors(3000, 16, 30, 13);
  SearchIndex index(work.catalog(), kIndexedModel,
                    {.M = 8, .ef_construction = 40, .exact_below = 1200, .build_threads = 2});
  std::atomic<bool> done = false;
  std::atomic<std::size_t> searches = 0;
  std::vector<std::jthread> readers;
  for (int t = 0; t < 2; ++t)
    readers.emplace_back([&] {
      while (!done) {
        const std::size_t least = index.size();
        EXPECT_GE(index.search(made.vectors.row(searches++ % 3000), 10).size(), std::min<std::size_t>(least, 10));
        index.stats();
      }
    });
  std::jthread refresher([&] {
    while (!done) index.refresh();
  });
  for (std::size_t first = 0; first < 3000; first += 300) {
    Matrix part(300, 16);
    for (std::size_t i = 0; i < 300; ++i) std::ranges::copy(made.vectors.row(first + i), part.row(i).begin());
    work.add(part);
    index.refresh();
    if (first == 900) index.rebuild();
    if (first == 1500) index.save();
  }
  done = true;
  readers.clear();
  refresher.join();
  index.refresh();
  EXPECT_EQ(index.size(), 3000u);
  EXPECT_GT(searches, 0u);
  EXPECT_TRUE(index.verify().empty());
}

TEST(SearchIndex, SnapshotPathsStayInTheirFolder) {
  const std::filesystem::path home = "/home/me";
  EXPECT_EQ(SearchIndex::snapshot_path(home, "pca128-1a2b"), "/home/me/index/pca128-1a2b.ootdidx");
  EXPECT_EQ(SearchIndex::snapshot_path(home, "../org/x"), "/home/me/index/%2E.%2Forg%2Fx.ootdidx");
}

TEST(SearchIndex, WorksWhereItCannotSave) {
  Workspace work;
  const auto made = clustered_vectors(300, 16, 20, 14);
  work.add(made.vectors);
  write_file_atomically(work.home() / "index", {});  // a file where the folder should be
  SearchIndex index(work.catalog(), kIndexedModel, {.exact_below = 100});
  EXPECT_TRUE(index.stats().graph);
  EXPECT_EQ(index.search(made.vectors.row(0), 5).size(), 5u);
  EXPECT_THROW(index.save(), Error);
}

}  // namespace
}  // namespace ootd
