#include "ootd/index/vector_index.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/sha256.h"
#include "ootd/index/flat_store.h"
#include "ootd/index/index_base.h"
#include "tests/index/clustered_vectors.h"
#include "tests/testing/memory_vectors.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::clustered_vectors;
using testing::key_of;
using testing::keys_from;

const Generation kIndexed = {"model-1", "detector/whole"};

// A log with a folder for snapshots, and the slow twin beside them.
class Workspace {
 public:
  explicit Workspace(int dim = 16) : twin(dim) {}

  std::filesystem::path home() const { return dir_.path(); }
  std::filesystem::path snapshot() const { return VectorIndex::snapshot_path(home(), kIndexed); }

  VectorIndex open() const { return VectorIndex(log, kIndexed, home()); }
  // As looks that are new.
  void add(const Matrix& vectors) {
    put(keys_from(looks_ + 1, vectors.rows()), vectors);
    looks_ += vectors.rows();
  }
  void put(std::span<const LookKey> looks, const Matrix& vectors) {
    log.put_vectors(kIndexed, looks, vectors);
    twin.put(looks, vectors);
  }
  void erase(LookKey look) {
    log.erase(look);
    twin.erase(look);
  }

  testing::MemoryVectors log;
  FlatStore twin;

 private:
  testing::TempDir dir_;
  std::size_t looks_ = 0;
};

Matrix rows_of(const Matrix& vectors, std::size_t first, std::size_t n) {
  Matrix part(n, vectors.cols());
  for (std::size_t i = 0; i < n; ++i) std::ranges::copy(vectors.row(first + i), part.row(i).begin());
  return part;
}

void expect_exact(const VectorIndex& index, const FlatStore& twin, const Matrix& queries) {
  const auto view = index.view();
  ASSERT_EQ(view->size(), twin.size());
  for (std::size_t i = 0; i < queries.rows(); i += queries.rows() / 20 + 1)
    EXPECT_EQ(view->search(queries.row(i), 10), twin.search(queries.row(i), 10)) << i;
}

std::vector<std::byte> with_checksum(std::span<const std::byte> body) {
  std::vector<std::byte> file(body.begin(), body.end());
  const std::string checksum = sha256_hex(body);
  for (const char c : checksum) file.push_back(static_cast<std::byte>(c));
  return file;
}

TEST(VectorIndex, OfAGenerationWithoutVectorsFindsNothing) {
  Workspace work;
  VectorIndex index = work.open();
  EXPECT_EQ(index.view()->dim(), 0);
  EXPECT_EQ(index.view()->size(), 0u);
  EXPECT_TRUE(index.view()->search(std::vector<float>{1, 2, 3}, 5).empty());
  EXPECT_THROW(index.view()->search(std::span<const float>(), -1), Error);
  index.refresh();
  index.save();
  EXPECT_TRUE(work.open().view()->search(std::span<const float>(), 5).empty());
  index.rebuild();
  EXPECT_TRUE(index.verify().empty());

  const auto made = clustered_vectors(5, 16, 2, 1);
  work.add(made.vectors);
  index.refresh();
  EXPECT_EQ(index.view()->dim(), 16);
  expect_exact(index, work.twin, made.vectors);
}

TEST(VectorIndex, IsExactThroughPutsReplacementsAndErasures) {
  Workspace work;
  const auto made = clustered_vectors(3000, 16, 20, 2);
  VectorIndex index = work.open();
  Random random(3);
  for (int step = 0; step < 40; ++step) {
    std::vector<LookKey> looks;
    for (std::size_t i = 1; i <= 600; ++i)
      if (random.uniform() < 0.1) looks.push_back(key_of(i));
    Matrix vectors(looks.size(), 16);
    for (std::size_t i = 0; i < looks.size(); ++i)
      std::ranges::copy(made.vectors.row(random.below(3000)), vectors.row(i).begin());
    work.put(looks, vectors);
    for (int i = 0; i < 3; ++i) work.erase(key_of(1 + random.below(600)));
    index.refresh();
    if (step % 10 == 5) index.save();
    expect_exact(index, work.twin, made.vectors);
    if (step % 10 == 9) expect_exact(work.open(), work.twin, made.vectors);
  }
  EXPECT_TRUE(index.verify().empty());
}

TEST(VectorIndex, PublishesNothingWhereNothingIsNew) {
  Workspace work;
  work.add(clustered_vectors(30, 16, 5, 5).vectors);
  VectorIndex index = work.open();
  const auto view = index.view();
  index.refresh();
  EXPECT_EQ(index.view(), view);
}

TEST(VectorIndex, FoldsItsTailAndLetsDeadRowsGo) {
  Workspace work;
  const auto made = clustered_vectors(6000, 16, 50, 6);
  VectorIndex index = work.open();
  for (std::size_t first = 0; first < 6000; first += 600) {
    work.add(rows_of(made.vectors, first, 600));
    for (const LookKey look : keys_from(first + 1, 99)) work.erase(look);
    index.refresh();
    EXPECT_LE(index.stats().tail, 1024u);
    expect_exact(index, work.twin, made.vectors);
  }
  EXPECT_TRUE(index.verify().empty());
  for (const LookKey look : keys_from(1, 5900)) work.erase(look);
  index.refresh();
  expect_exact(index, work.twin, made.vectors);
  index.save();
  EXPECT_EQ(read_snapshot(read_file(work.snapshot()), kIndexed).vectors.size(), work.twin.size());
}

// Issue 14, fault 8: rows above 2^20 + 64 count were refused, and the index was built anew at every start.
TEST(VectorIndex, SavesAndLoadsKeysOfAnySize) {
  Workspace work;
  const auto made = clustered_vectors(200, 16, 10, 20);
  const std::vector<LookKey> ends = {LookKey{1}, LookKey{UINT64_MAX}};
  work.add(made.vectors);
  work.put(ends, rows_of(made.vectors, 7, 2));
  work.open().save();
  const IndexBase saved = read_snapshot(read_file(work.snapshot()), kIndexed);
  auto keys = keys_from(1, 200);
  keys.insert(keys.begin(), ends[0]);
  keys.push_back(ends[1]);
  EXPECT_TRUE(std::ranges::equal(saved.vectors.keys(), keys));
  const VectorIndex opened = work.open();
  expect_exact(opened, work.twin, made.vectors);
  EXPECT_TRUE(opened.verify().empty());
}

TEST(VectorIndex, ASnapshotOfAnotherTimePlaceOrGenerationIsNotBelieved) {
  const auto made = clustered_vectors(400, 16, 20, 7);
  Workspace work;
  work.add(made.vectors);
  work.open().save();
  // Older than the log: the rest is replayed.
  work.add(clustered_vectors(50, 16, 5, 8).vectors);
  work.erase(key_of(3));
  expect_exact(work.open(), work.twin, made.vectors);
  const auto saved = read_file(work.snapshot());

  // Another generation's under this name.
  for (const Generation& other : {Generation{"model-2", kIndexed.crops}, Generation{kIndexed.model, "other/whole"},
                                  Generation{kIndexed.model, ""}}) {
    write_file_atomically(VectorIndex::snapshot_path(work.home(), other), saved);
    const VectorIndex index(work.log, other, work.home());
    EXPECT_EQ(index.view()->size(), 0u);
    EXPECT_FALSE(index.verify().empty());
  }

  // Another log's: one that has not come so far, or has come as far or farther with other vectors.
  for (const std::size_t n : {100, 449, 2000}) {
    Workspace other;
    const auto vectors = clustered_vectors(n, 16, 20, 9).vectors;
    other.add(vectors);
    std::filesystem::create_directories(other.snapshot().parent_path());
    write_file_atomically(other.snapshot(), saved);
    expect_exact(other.open(), other.twin, vectors);
  }
  // One with the same vectors and another one, which came before the snapshot's cursor.
  Workspace other;
  other.put(keys_from(500, 1), rows_of(made.vectors, 0, 1));
  other.add(made.vectors);
  std::filesystem::create_directories(other.snapshot().parent_path());
  write_file_atomically(other.snapshot(), saved);
  expect_exact(other.open(), other.twin, made.vectors);
  // One that does not know the cursor.
  testing::MemoryVectors elsewhere("elsewhere");
  elsewhere.put_vectors(kIndexed, keys_from(1, 500), clustered_vectors(500, 16, 20, 9).vectors);
  write_file_atomically(work.snapshot(), saved);
  EXPECT_EQ(VectorIndex(elsewhere, kIndexed, work.home()).view()->size(), 500u);
}

TEST(VectorIndex, ADamagedSnapshotNeverCrashesAndNeverLies) {
  Workspace work(8);
  const auto made = clustered_vectors(150, 8, 10, 10);
  work.add(made.vectors);
  work.open().rebuild();
  const auto whole = read_file(work.snapshot());
  const auto open_with = [&](std::span<const std::byte> bytes, bool believable) {
    write_file_atomically(work.snapshot(), bytes, false);
    const auto view = work.open().view();
    ASSERT_EQ(view->size(), 150u);
    for (std::size_t i = 0; i < 150; i += 50) {
      const auto found = view->search(made.vectors.row(i), 10);
      ASSERT_EQ(found.size(), 10u);
      // A forged vector can hide from all but verify(), yet not crash a search.
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
    const std::size_t at = random.below(i % 2 == 0 ? 72 : bytes.size());
    bytes[at] ^= static_cast<std::byte>(1 + random.below(255));
    // Damage is seen by its checksum; malice brings a right one along.
    bytes.insert(bytes.end(), whole.end() - 64, whole.end());
    open_with(bytes, false);
    open_with(with_checksum(std::span(bytes).first(body.size())), true);
  }
}

TEST(VectorIndex, VerifyTellsWhatIsWrong) {
  Workspace work;
  const auto made = clustered_vectors(300, 16, 20, 12);
  work.add(made.vectors);
  VectorIndex index = work.open();
  index.save();
  EXPECT_TRUE(index.verify().empty());
  auto bytes = read_file(work.snapshot());
  bytes[bytes.size() / 2] ^= std::byte{1};
  write_file_atomically(work.snapshot(), bytes);
  const auto problems = index.verify();
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_NE(problems[0].find("checksum"), std::string::npos);

  // One vector of a believable snapshot is not the log's, and not among those compared at opening.
  index.save();
  bytes = read_file(work.snapshot());
  const std::size_t first_vector = bytes.size() - 64 - 300 * 16 * 4;
  bytes[first_vector + 4 * 16 + 3] ^= std::byte{0x80};  // the sign of a number of the second look
  write_file_atomically(work.snapshot(), with_checksum(std::span(bytes).first(bytes.size() - 64)));
  VectorIndex lying = work.open();
  const auto lies = lying.verify();
  ASSERT_EQ(lies.size(), 1u);
  EXPECT_NE(lies[0].find("look " + to_string(key_of(2)) + " "), std::string::npos) << lies[0];
  // Until it is written again.
  work.put(keys_from(2, 1), rows_of(made.vectors, 5, 1));
  EXPECT_TRUE(lying.verify().empty());
}

TEST(VectorIndex, VerifyHoldsNothingAgainstWhatIsWrittenMeanwhile) {
  Workspace work;
  const auto made = clustered_vectors(6000, 16, 20, 15);
  work.add(rows_of(made.vectors, 0, 5000));  // two pages of the feed
  const VectorIndex index = work.open();
  std::atomic<bool> done = false;
  std::jthread writer([&] {
    Random random(16);
    while (!done) {
      const LookKey look = key_of(1 + random.below(5500));
      if (random.uniform() < 0.3)
        work.log.erase(look);
      else
        work.log.put_vectors(kIndexed, {&look, 1}, rows_of(made.vectors, random.below(6000), 1));
    }
  });
  for (int i = 0; i < 20; ++i) EXPECT_EQ(index.verify(), std::vector<std::string>());
  done = true;
}

TEST(VectorIndex, SearchesWhileOthersWriteRefreshAndRebuild) {
  Workspace work;
  const auto made = clustered_vectors(3000, 16, 30, 13);
  VectorIndex index = work.open();
  std::atomic<bool> done = false;
  std::atomic<std::size_t> searches = 0;
  std::vector<std::jthread> readers;
  for (int t = 0; t < 2; ++t)
    readers.emplace_back([&] {
      while (!done) {
        const auto view = index.view();
        EXPECT_EQ(view->search(made.vectors.row(searches++ % 3000), 10).size(),
                  std::min<std::size_t>(view->size(), 10));
        index.stats();
      }
    });
  std::jthread refresher([&] {
    while (!done) index.refresh();
  });
  for (std::size_t first = 0; first < 3000; first += 300) {
    work.add(rows_of(made.vectors, first, 300));
    index.refresh();
    if (first == 900) index.rebuild();
    if (first == 1500) index.save();
  }
  done = true;
  readers.clear();
  refresher.join();
  index.refresh();
  EXPECT_EQ(index.view()->size(), 3000u);
  EXPECT_GT(searches, 0u);
  EXPECT_TRUE(index.verify().empty());
}

TEST(VectorIndex, SnapshotPathsStayInTheirFolder) {
  const std::filesystem::path home = "/home/me";
  EXPECT_EQ(VectorIndex::snapshot_path(home, {"pca128-1a2b", ""}), "/home/me/index/pca128-1a2b.ootdidx");
  EXPECT_EQ(VectorIndex::snapshot_path(home, {"../org/x#top", ""}), "/home/me/index/%2E.%2Forg%2Fx%23top.ootdidx");
  EXPECT_EQ(VectorIndex::snapshot_path(home, {"a+b", "../x"}),
            "/home/me/index/a%2Bb+" + sha256_hex(std::as_bytes(std::span("../x", 4))).substr(0, 16) + ".ootdidx");
}

TEST(VectorIndex, WorksWhereItCannotSave) {
  Workspace work;
  const auto made = clustered_vectors(300, 16, 20, 14);
  work.add(made.vectors);
  write_file_atomically(work.home() / "index", {});  // a file where the folder should be
  const VectorIndex index = work.open();
  EXPECT_EQ(index.view()->search(made.vectors.row(0), 5).size(), 5u);
  EXPECT_THROW(index.save(), Error);
}

}  // namespace
}  // namespace ootd
