// The catalog when its process is killed or its disk is full, and among other processes.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/sqlite/workspace.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::add_batch;
using testing::count_of_batch;
using testing::image;
using testing::in_child;
using testing::kGeneration;
using testing::succeeded;

TEST(CatalogKilled, HoldsEveryBatchWhollyOrNotAtAllAndWhatWasAcknowledged) {
  constexpr int kKills = 40, kSize = 40;
  const ootd::testing::TempDir home;
  Random random(1);
  int batches = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    int acknowledged[2];
    ASSERT_EQ(::pipe(acknowledged), 0);
    const pid_t child = in_child([&] {
      SqliteCatalog catalog(home.path());
      for (int next = batches;; ++next) {
        add_batch(catalog, "b" + std::to_string(next), kSize);
        if (::write(acknowledged[1], "x", 1) != 1) return;
        if (next % 3 == 2) {  // erasures and replaced vectors too, each its own transaction
          catalog.erase_image("b" + std::to_string(next) + "-0");
          const LookKey look = catalog.find_image("b" + std::to_string(next) + "-1")->key;
          catalog.put_vectors(kGeneration, {&look, 1}, Matrix(1, 64));
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

    const SqliteCatalog catalog(home.path());
    ASSERT_EQ(catalog.verify(), std::vector<std::string>{});
    const int before = batches;
    while (catalog.find_image("b" + std::to_string(batches) + "-1").has_value()) ++batches;
    EXPECT_GE(batches, before + promised) << "an acknowledged batch is lost";
    EXPECT_LE(batches, before + promised + 1);
    std::int64_t images = 0;
    for (int b = 0; b < batches; ++b) {
      const std::string name = "b" + std::to_string(b);
      const std::size_t looks = count_of_batch(catalog, name);
      const bool erased = !catalog.find_image(name + "-0").has_value();
      ASSERT_EQ(looks, static_cast<std::size_t>(kSize - (erased ? 1 : 0))) << name;
      ASSERT_TRUE(!erased || b % 3 == 2);
      ASSERT_EQ(catalog.event_count("user of " + name), static_cast<std::int64_t>(looks));
      images += static_cast<std::int64_t>(looks);
    }
    ASSERT_EQ(catalog.image_count(), images) << "images of a batch that is not there";
    ASSERT_EQ(catalog.vector_count(kGeneration), images);
    ASSERT_TRUE(catalog.looks_to_embed(kGeneration, {}, 10).empty());
  }
  EXPECT_GT(batches, kKills) << "the children died by themselves";
}

TEST(CatalogKilled, WhileItIsMadeCanBeMadeAgain) {
  Random random(2);
  for (int kill = 0; kill < 15; ++kill) {
    const ootd::testing::TempDir home;
    const pid_t child = in_child([&] { SqliteCatalog catalog(home.path()); });
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(40'000)));
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    SqliteCatalog catalog(home.path());
    add_batch(catalog, "b", 3);
    EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
  }
}

// As `ootd crop` writes: garments, crop and label of some photos in one transaction.
TEST(CatalogKilled, HoldsWhatOtherRolesWroteInOneBatchWhollyOrNotAtAll) {
  const ootd::testing::TempDir home;
  SqliteCatalog catalog(home.path());
  std::vector<LookKey> looks;
  for (int i = 1; i <= 5; ++i) looks.push_back(catalog.add_image(image("image" + std::to_string(i))).key);
  Random random(3);
  float last = 0;
  for (int kill = 0; kill < 15; ++kill) {
    int acknowledged[2];
    ASSERT_EQ(::pipe(acknowledged), 0);
    const pid_t child = in_child([&] {
      SqliteCatalog theirs(home.path());
      for (float x = last + 1;; ++x) {
        Catalog::Batch batch(theirs);
        for (const LookKey look : looks) {
          const Garment garment{"top", "", 0.5f, {x, 0, 10, 10}};
          theirs.put_garments(look, "detector", {&garment, 1});
          theirs.put_crop(look, {"detector/rule", "", garment.box});
          const std::string label = std::to_string(static_cast<int>(x));
          theirs.set_labels(look, "crop", {&label, 1});
        }
        batch.commit();
        if (::write(acknowledged[1], "x", 1) != 1) return;
      }
    });
    ASSERT_GT(child, 0);
    ::close(acknowledged[1]);
    char byte = 0;
    ASSERT_EQ(::read(acknowledged[0], &byte, 1), 1);
    std::this_thread::sleep_for(std::chrono::microseconds(random.below(20'000)));
    ASSERT_EQ(::kill(child, SIGKILL), 0);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    ::close(acknowledged[0]);
    ASSERT_EQ(catalog.verify(), std::vector<std::string>{});
    const auto first = catalog.crop(looks[0], "detector/rule");
    ASSERT_TRUE(first.has_value());
    EXPECT_GT(first->box->x, last) << "an acknowledged batch is lost";
    last = first->box->x;
    for (const LookKey look : looks) {
      EXPECT_EQ(catalog.crop(look, "detector/rule"), first);
      EXPECT_EQ(catalog.garments(look, "detector").at(0).box.x, last);
      EXPECT_EQ(catalog.find_image(look)->labels,
                (std::vector<Label>{{"crop", std::to_string(static_cast<int>(last))}}));
    }
  }
}

TEST(CatalogShared, ProcessesMayMakeAndFillOneWorkspaceTogether) {
  constexpr int kProcesses = 3, kBatches = 10, kSize = 8;
  const ootd::testing::TempDir home;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p)
    children.push_back(in_child([&, p] {
      SqliteCatalog catalog(home.path());
      for (int b = 0; b < kBatches; ++b) add_batch(catalog, std::to_string(p) + "." + std::to_string(b), kSize);
    }));
  for (const pid_t child : children) EXPECT_TRUE(succeeded(child));
  const SqliteCatalog catalog(home.path());
  EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
  EXPECT_EQ(catalog.image_count(), kProcesses * kBatches * kSize);
  EXPECT_EQ(catalog.vector_count(kGeneration), kProcesses * kBatches * kSize);
}

TEST(CatalogShared, OpeningWaitsForAnotherProgramThatIsMakingTheFile) {
  const ootd::testing::TempDir home;
  Database other(home.path() / "catalog.db", 0);
  other.run("BEGIN IMMEDIATE");
  std::thread later([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    other.run("ROLLBACK");
  });
  EXPECT_NO_THROW(SqliteCatalog{home.path()});
  later.join();
}

// Every role's reads, while another process holds the file's one writer lock.
TEST(CatalogShared, AWriterInAnotherProcessDelaysNoRead) {
  const ootd::testing::TempDir home;
  {
    SqliteCatalog made(home.path());
    add_batch(made, "b", 5);
  }
  int locked[2], done[2];
  ASSERT_EQ(::pipe(locked), 0);
  ASSERT_EQ(::pipe(done), 0);
  const pid_t child = in_child([&] {
    SqliteCatalog theirs(home.path());
    Connections::Writing writing(theirs.connections());
    writing->run("DELETE FROM events");
    ::close(done[1]);
    char byte = 0;
    if (::write(locked[1], "x", 1) != 1 || ::read(done[0], &byte, 1) != 0) throw std::runtime_error("pipe");
  });
  ASSERT_GT(child, 0);
  char byte = 0;
  ASSERT_EQ(::read(locked[0], &byte, 1), 1);

  const auto start = std::chrono::steady_clock::now();
  double slowest_s = 0;
  int reads = 0;
  {
    // Opened while the lock is held, as by a program that starts now.
    const SqliteCatalog ours(home.path());
    while (std::chrono::steady_clock::now() - start < std::chrono::seconds(3)) {
      const auto begin = std::chrono::steady_clock::now();
      EXPECT_EQ(count_of_batch(ours, "b"), 5u);
      EXPECT_EQ(ours.event_count("user of b"), 5);
      EXPECT_EQ(ours.changes_after(kGeneration, {}, 100).changes.size(), 5u);
      EXPECT_EQ(ours.setting("model"), std::nullopt);
      EXPECT_TRUE(ours.failures("embed").empty());
      EXPECT_TRUE(ours.looks_without_crop("d/r", {}, 1).size() == 1);
      slowest_s = std::max(slowest_s, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
      ++reads;
    }
  }
  // A read that waits for the writer would wait until the child ends, which is after this: so it would fail after the
  // 10 s for which SQLite waits.
  EXPECT_LT(slowest_s, 2) << "of " << reads;
  ::close(done[1]);
  EXPECT_TRUE(succeeded(child));
  for (const int end : {locked[0], locked[1], done[0]}) ::close(end);
}

TEST(CatalogShared, OneCatalogSeesWhatAnotherCommitted) {
  const ootd::testing::TempDir home;
  SqliteCatalog ours(home.path());
  ASSERT_TRUE(succeeded(in_child([&] {
    SqliteCatalog theirs(home.path());
    add_batch(theirs, "b", 5);
  })));
  EXPECT_EQ(ours.image_count(), 5);
  EXPECT_EQ(ours.changes_after(kGeneration, {}, 100).changes.size(), 5u);
  add_batch(ours, "c", 5);
  EXPECT_EQ(SqliteCatalog(home.path()).image_count(), 10);
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
  SqliteCatalog catalog(home.path());
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
  EXPECT_EQ(catalog.vector_count(kGeneration), committed * 50);
  EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
  add_batch(catalog, "after", 50);
  EXPECT_EQ(SqliteCatalog(home.path()).image_count(), (committed + 1) * 50);
}

TEST(CatalogOnAFullDisk, ABatchThatWasLostWritesNothingMore) {
  const ootd::testing::TempDir home;
  SqliteCatalog catalog(home.path());
  add_batch(catalog, "before", 1);
  const std::vector<LookKey> look = {catalog.all_keys().front()};
  const Matrix half_a_megabyte(1, 125'000);
  Catalog::Batch batch(catalog);
  catalog.add_image(image("early"));
  {
    const FileSizeLimit full(700'000);
    try {
      // SQLite writes before the commit only when its cache (64 MB) is full.
      for (int i = 0; i < 400; ++i) catalog.put_vectors({"big" + std::to_string(i), ""}, look, half_a_megabyte);
      ADD_FAILURE() << "200 MB fitted into 0.7 MB";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::kUnavailable) << error.what();
    }
  }
  // There is space again, but half a batch must not become a transaction of its own.
  EXPECT_THROW(catalog.add_image(image("late")), Error);
  EXPECT_THROW(batch.commit(), Error);
  EXPECT_EQ(catalog.image_count(), 1);
}

}  // namespace
}  // namespace ootd
