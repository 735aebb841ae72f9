// The catalog among other processes, threads and a disk that fails.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <functional>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/store/catalog.h"
#include "ootd/store/filter.h"
#include "ootd/store/sqlite.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

constexpr char kModel[] = "m";

ImageRecord image(const std::string& id, const std::string& batch) {
  ImageRecord record;
  record.id = id;
  record.source = "/photos/" + id + ".jpg";
  record.labels = {{"batch", batch}, {"style", "Retro"}};
  return record;
}

// Adds `size` images with vectors and one event each, in one transaction.
void add_batch(Catalog& catalog, const std::string& name, int size) {
  Catalog::Batch batch(catalog);
  std::vector<Row> rows;
  for (int i = 0; i < size; ++i) {
    rows.push_back(catalog.add_image(image(name + "-" + std::to_string(i), name)).row);
    catalog.append_event({.user = "user of " + name, .row = rows.back()});
  }
  Matrix vectors(rows.size(), 64);
  for (std::size_t i = 0; i < rows.size(); ++i) vectors.row(i)[0] = static_cast<float>(rows[i]);
  catalog.put_embeddings(kModel, rows, vectors);
  batch.commit();
}

// Runs `work` in another process and returns its id. The work must not use a catalog opened before.
pid_t in_child(const std::function<void()>& work) {
  const pid_t child = ::fork();
  if (child != 0) return child;
  int code = 0;
  try {
    work();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "process %d: %s\n", static_cast<int>(::getpid()), error.what());
    code = 1;
  }
  ::_exit(code);  // no destructors of the parent's objects, no report of the test twice
}

bool succeeded(pid_t child) {
  int status = 0;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(CatalogKilled, HoldsEveryBatchWhollyOrNotAtAllAndWhatWasAcknowledged) {
  constexpr int kKills = 40, kSize = 40;
  const ootd::testing::TempDir home;
  Random random(1);
  int batches = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    int acknowledged[2];
    ASSERT_EQ(::pipe(acknowledged), 0);
    const pid_t child = in_child([&] {
      Catalog catalog(home.path());
      for (int next = batches;; ++next) {
        add_batch(catalog, "b" + std::to_string(next), kSize);
        if (::write(acknowledged[1], "x", 1) != 1) return;
        if (next % 3 == 2) {  // erasures and replaced vectors too, each its own transaction
          catalog.erase_image("b" + std::to_string(next) + "-0");
          const Row row = catalog.find_image("b" + std::to_string(next) + "-1")->row;
          catalog.put_embeddings(kModel, {&row, 1}, Matrix(1, 64));
        }
      }
    });
    ASSERT_GT(child, 0);
    ::close(acknowledged[1]);
    // After none to four batches, however slow the machine is, at any moment of what comes next: the opening, a write,
    // a commit, a checkpoint.
    char byte = 0;
    int promised = 0;
    for (auto wait = random.below(5); wait > 0 && ::read(acknowledged[0], &byte, 1) == 1; --wait) ++promised;
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(30'000)));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    while (::read(acknowledged[0], &byte, 1) == 1) ++promised;
    ::close(acknowledged[0]);

    const Catalog catalog(home.path());
    ASSERT_EQ(catalog.verify(), std::vector<std::string>{});
    const int before = batches;
    while (catalog.find_image("b" + std::to_string(batches) + "-1").has_value()) ++batches;
    EXPECT_GE(batches, before + promised) << "an acknowledged batch is lost";
    EXPECT_LE(batches, before + promised + 1);
    std::int64_t images = 0;
    for (int b = 0; b < batches; ++b) {
      const std::string name = "b" + std::to_string(b);
      const auto rows = catalog.rows_with_label("batch", name);
      const bool erased = !catalog.find_image(name + "-0").has_value();
      ASSERT_EQ(rows.count(), static_cast<std::size_t>(kSize - (erased ? 1 : 0))) << name;
      ASSERT_TRUE(!erased || b % 3 == 2);
      ASSERT_EQ(catalog.event_count("user of " + name), static_cast<std::int64_t>(rows.count()));
      images += static_cast<std::int64_t>(rows.count());
    }
    ASSERT_EQ(catalog.image_count(), images) << "images of a batch that is not there";
    ASSERT_EQ(catalog.embedding_count(kModel), images);
    ASSERT_TRUE(catalog.rows_without_embedding(kModel, 0, 10).empty());
  }
  EXPECT_GT(batches, kKills) << "the children died by themselves";
}

TEST(CatalogKilled, WhileItIsMadeCanBeMadeAgain) {
  Random random(2);
  for (int kill = 0; kill < 15; ++kill) {
    const ootd::testing::TempDir home;
    const pid_t child = in_child([&] { Catalog catalog(home.path()); });
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(40'000)));
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    Catalog catalog(home.path());
    add_batch(catalog, "b", 3);
    EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
  }
}

TEST(CatalogShared, ProcessesMayMakeAndFillOneWorkspaceTogether) {
  constexpr int kProcesses = 3, kBatches = 10, kSize = 8;
  const ootd::testing::TempDir home;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p)
    children.push_back(in_child([&, p] {
      Catalog catalog(home.path());
      for (int b = 0; b < kBatches; ++b) add_batch(catalog, std::to_string(p) + "." + std::to_string(b), kSize);
    }));
  for (const pid_t child : children) EXPECT_TRUE(succeeded(child));
  const Catalog catalog(home.path());
  EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
  EXPECT_EQ(catalog.image_count(), kProcesses * kBatches * kSize);
  EXPECT_EQ(catalog.embedding_count(kModel), kProcesses * kBatches * kSize);
}

TEST(CatalogShared, OpeningWaitsForAnotherProgramThatIsMakingTheFile) {
  const ootd::testing::TempDir home;
  Database other(home.path() / "catalog.db", 0);
  other.run("BEGIN IMMEDIATE");
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    other.run("ROLLBACK");
  });
  EXPECT_NO_THROW(Catalog{home.path()});
  later.join();
}

TEST(CatalogShared, OneCatalogSeesWhatAnotherCommitted) {
  const ootd::testing::TempDir home;
  Catalog ours(home.path());
  ASSERT_TRUE(succeeded(in_child([&] {
    Catalog theirs(home.path());
    add_batch(theirs, "b", 5);
  })));
  EXPECT_EQ(ours.image_count(), 5);
  EXPECT_EQ(ours.changes_after(kModel, 0, 100).size(), 5u);
  add_batch(ours, "c", 5);
  EXPECT_EQ(Catalog(home.path()).image_count(), 10);
}

TEST(CatalogThreads, ReadAndWriteOneCatalogAtOnce) {
  constexpr int kWriters = 2, kBatches = 12, kSize = 10;
  const ootd::testing::TempDir home;
  Catalog catalog(home.path());
  add_batch(catalog, "first", kSize);
  std::atomic<int> writing = kWriters;
  std::atomic<int> half_batches = 0, reads = 0;
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w)
    threads.emplace_back([&, w] {
      for (int b = 0; b < kBatches; ++b) add_batch(catalog, std::to_string(w) + "." + std::to_string(b), kSize);
      --writing;
    });
  for (int r = 0; r < 2; ++r)
    threads.emplace_back([&] {
      std::int64_t seen = 0;
      while (writing > 0) {
        if (catalog.image_count() % kSize != 0) ++half_batches;
        if (resolve_filter(catalog, "style = Retro").count() % kSize != 0) ++half_batches;
        const auto changes = catalog.changes_after(kModel, seen, 1'000'000);
        if (changes.size() % kSize != 0) ++half_batches;
        if (!changes.empty()) seen = changes.back().sequence;
        catalog.append_event({.user = "reader", .kind = EventKind::kShown, .row = 1, .probability = 0.5});
        ++reads;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(half_batches, 0) << "another thread saw a batch before its commit";
  EXPECT_EQ(catalog.image_count(), (kWriters * kBatches + 1) * kSize);
  EXPECT_EQ(catalog.event_count("reader"), reads);
  EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
}

// The system refuses to let any file grow beyond `bytes`, as a full disk does.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : old_handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &old_limit_);
    const rlimit limit{bytes, old_limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_limit_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  void (*const old_handler_)(int);
  rlimit old_limit_ = {};
};

TEST(CatalogOnAFullDisk, SaysUnavailableLosesNothingAndGoesOnWhenThereIsSpace) {
  const ootd::testing::TempDir home;
  Catalog catalog(home.path());
  int committed = 0;
  {
    const FileSizeLimit full(700'000);
    try {
      for (;; ++committed) add_batch(catalog, "b" + std::to_string(committed), 50);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::kUnavailable) << error.what();
    }
    EXPECT_GT(committed, 0);
    EXPECT_EQ(catalog.image_count(), committed * 50) << "the batch that failed left something";
  }
  EXPECT_EQ(catalog.embedding_models(), std::vector<std::string>{kModel});
  EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
  add_batch(catalog, "after", 50);
  EXPECT_EQ(Catalog(home.path()).image_count(), (committed + 1) * 50);
}

TEST(CatalogOnAFullDisk, ABatchThatWasLostWritesNothingMore) {
  const ootd::testing::TempDir home;
  Catalog catalog(home.path());
  add_batch(catalog, "before", 1);
  const std::vector<Row> row = {1};
  const Matrix half_a_megabyte(1, 125'000);
  Catalog::Batch batch(catalog);
  catalog.add_image(image("early", "lost"));
  {
    const FileSizeLimit full(700'000);
    try {
      // SQLite writes before the commit only when its cache (64 MB) is full.
      for (int i = 0; i < 400; ++i) catalog.put_embeddings("big" + std::to_string(i), row, half_a_megabyte);
      ADD_FAILURE() << "200 MB fitted into 0.7 MB";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::kUnavailable) << error.what();
    }
  }
  // There is space again, but half a batch must not become a transaction of its own.
  EXPECT_THROW(catalog.add_image(image("late", "lost")), Error);
  EXPECT_THROW(batch.commit(), Error);
  EXPECT_EQ(catalog.image_count(), 1);
}

}  // namespace
}  // namespace ootd
