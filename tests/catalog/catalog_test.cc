// The contract of Catalog as a whole: batches, and what threads see of each other.
#include <atomic>
#include <chrono>
#include <future>
#include <thread>

#include "tests/catalog/contract.h"

namespace ootd {
namespace {

using testing::image;
using testing::kind_of;
using testing::matrix;

const Generation kGeneration = {"m", ""};

class CatalogTest : public testing::Contract {
 protected:
  void put_vector(LookKey look, float value) { catalog_.put_vectors(kGeneration, {&look, 1}, matrix({{value, 0}})); }
};
OOTD_OVER_EVERY_BACKEND(CatalogTest);

TEST(PostgresContract, RunsWhereTheWheelOfTheServerWasUnpacked) {
  if (!testing::PostgresServer::is_there())
    GTEST_SKIP() << "no PostgreSQL in " << OOTD_POSTGRES_DIR << "; run scripts/setup --tests";
}

TEST_P(CatalogTest, ABatchWithoutCommitLeavesNothing) {
  add("before");
  {
    Catalog::Batch batch(catalog_);
    const LookKey look = add("a");
    put_vector(look, 1);
    catalog_.append_event({.user = "u", .look = look});
    catalog_.put_crop(look, {"d/r", "crowd", std::nullopt});
    catalog_.set_setting("s", "v");
    catalog_.serve(kGeneration);
    catalog_.erase_image("before");
    EXPECT_EQ(catalog_.image_count(), 1);
  }
  EXPECT_EQ(catalog_.image_count(), 1);
  EXPECT_TRUE(catalog_.find_image("before").has_value());
  EXPECT_TRUE(catalog_.users().empty());
  EXPECT_TRUE(catalog_.generations().empty());
  EXPECT_EQ(catalog_.serving(), std::nullopt);
  EXPECT_EQ(catalog_.setting("s"), std::nullopt);
}

TEST_P(CatalogTest, ABatchIsCommittedOnce) {
  Catalog::Batch batch(catalog_);
  add("b");
  EXPECT_FALSE(open_again()->find_image("b").has_value());
  batch.commit();
  EXPECT_TRUE(open_again()->find_image("b").has_value());
  EXPECT_EQ(kind_of([&] { batch.commit(); }), Kind::kInternal);
}

TEST_P(CatalogTest, ABatchsOwnThreadSeesWhatItWroteInEveryRole) {
  Catalog::Batch batch(catalog_);
  const LookKey look = add("a", {{"style", "Retro"}});
  EXPECT_EQ(catalog_.find_image("a")->key, look);
  EXPECT_EQ(catalog_.keys_where(Filter::parse("style = Retro")), std::vector<LookKey>{look});
  catalog_.put_crop(look, {"d/r", "crowd", std::nullopt});
  EXPECT_TRUE(catalog_.crop(look, "d/r").has_value());
  put_vector(look, 1);
  EXPECT_TRUE(catalog_.looks_to_embed(kGeneration, {}, 10).empty());
  EXPECT_EQ(catalog_.changes_after(kGeneration, {}, 10).changes.size(), 1u);
  catalog_.serve(kGeneration);
  EXPECT_EQ(catalog_.serving(), kGeneration);
  const auto like = catalog_.append_event({.user = "u", .look = look, .client_key = "k"}).id;
  EXPECT_EQ(catalog_.events("u").back().id, like);
  catalog_.set_setting("s", "v");
  EXPECT_EQ(catalog_.setting("s"), "v");
  catalog_.put_failure({"embed", "a", "r"});
  EXPECT_EQ(catalog_.failures("embed").size(), 1u);
  batch.commit();
}

TEST_P(CatalogTest, ReadsOfOtherThreadsNeitherWaitForABatchNorSeeIt) {
  const LookKey before = add("before", {{"style", "Retro"}});
  put_vector(before, 1);
  const auto cursor = catalog_.changes_after(kGeneration, {}, 10).cursor;
  Catalog::Batch batch(catalog_);
  const LookKey look = add("a", {{"style", "Retro"}});
  put_vector(look, 2);
  put_vector(before, 3);
  catalog_.append_event({.user = "u", .look = look, .client_key = "k"});
  catalog_.put_crop(before, {"d/r", "crowd", std::nullopt});
  catalog_.serve(kGeneration);
  catalog_.set_setting("s", "v");
  catalog_.put_failure({"embed", "a", "r"});
  auto reads = std::async(std::launch::async, [&] {
    EXPECT_FALSE(catalog_.find_image("a").has_value());
    EXPECT_EQ(catalog_.keys_where(Filter::parse("style = Retro")), std::vector<LookKey>{before});
    EXPECT_EQ(catalog_.vector(kGeneration, before), (std::vector<float>{1, 0}));
    EXPECT_TRUE(catalog_.changes_after(kGeneration, cursor, 10).changes.empty());
    EXPECT_EQ(catalog_.crop(before, "d/r"), std::nullopt);
    EXPECT_EQ(catalog_.serving(), std::nullopt);
    EXPECT_FALSE(catalog_.has_user("u"));
    EXPECT_EQ(catalog_.erase_user("u"), 0) << "of nobody, it costs nobody a lock";
    EXPECT_EQ(catalog_.setting("s"), std::nullopt);
    EXPECT_TRUE(catalog_.failures("embed").empty());
  });
  EXPECT_EQ(reads.wait_for(std::chrono::seconds(5)), std::future_status::ready);
  batch.commit();
  reads.get();
  EXPECT_EQ(catalog_.changes_after(kGeneration, cursor, 10).changes.size(), 2u);
  EXPECT_TRUE(catalog_.has_user("u"));
}

TEST_P(CatalogTest, AWriteOfAnotherThreadComesAfterTheBatch) {
  Catalog::Batch batch(catalog_);
  add("a");
  auto other = std::async(std::launch::async, [&] { return catalog_.add_image(image("b")).key; });
  EXPECT_EQ(other.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  const LookKey also = add("c");
  batch.commit();
  EXPECT_GT(other.get(), also);
  EXPECT_EQ(catalog_.image_count(), 3);
}

TEST_P(CatalogTest, ACallThatThrowsInABatchTakesBackOnlyItself) {
  Catalog::Batch batch(catalog_);
  const LookKey a = add("a");
  put_vector(a, 1);
  const std::vector<LookKey> both = {a, add("b")};
  EXPECT_EQ(kind_of([&] { catalog_.put_vectors(kGeneration, both, matrix({{1, 0, 0}, {0, 1, 0}})); }), Kind::kInput);
  EXPECT_EQ(kind_of([&] { catalog_.append_event({.user = "u", .look = unknown_look()}); }), Kind::kNotFound);
  EXPECT_EQ(kind_of([&] { catalog_.set_labels(unknown_look(), "k", {}); }), Kind::kNotFound);
  add("c");
  batch.commit();
  EXPECT_EQ(catalog_.image_count(), 3);
  EXPECT_EQ(catalog_.vector_count(kGeneration), 1);
  EXPECT_FALSE(catalog_.has_user("u"));
}

TEST_P(CatalogTest, ABatchWithinABatchIsABug) {
  Catalog::Batch batch(catalog_);
  EXPECT_EQ(kind_of([&] { Catalog::Batch inner(catalog_); }), Kind::kInternal);
  add("a");
  batch.commit();
  EXPECT_EQ(catalog_.image_count(), 1) << "the outer batch goes on";
}

TEST_P(CatalogTest, ThreadsThatReadSeeWholeBatchesOfThreadsThatWrite) {
  constexpr int kWriters = 2, kBatches = 12, kSize = 10;
  const auto add_batch = [&](const std::string& name) {
    Catalog::Batch batch(catalog_);
    std::vector<LookKey> added;
    for (int i = 0; i < kSize; ++i) added.push_back(add(name + "-" + std::to_string(i), {{"style", "Retro"}}));
    catalog_.put_vectors(kGeneration, added, Matrix(added.size(), 8));
    batch.commit();
    return added;
  };
  const LookKey first = add_batch("first").front();
  std::atomic<int> writing = kWriters;
  std::atomic<int> half_batches = 0, reads = 0;
  std::vector<std::thread> threads;
  for (int w = 0; w < kWriters; ++w)
    threads.emplace_back([&, w] {
      for (int b = 0; b < kBatches; ++b) add_batch(std::to_string(w) + "." + std::to_string(b));
      --writing;
    });
  for (int r = 0; r < 2; ++r)
    threads.emplace_back([&] {
      VectorLog::Cursor cursor;
      while (writing > 0) {
        if (catalog_.image_count() % kSize != 0) ++half_batches;
        if (catalog_.keys_where(Filter::parse("style = Retro")).size() % kSize != 0) ++half_batches;
        const auto changes = catalog_.changes_after(kGeneration, cursor, 1'000'000);
        if (changes.changes.size() % kSize != 0) ++half_batches;
        cursor = changes.cursor;
        catalog_.append_event({.user = "reader", .look = first});
        ++reads;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(half_batches, 0) << "another thread saw a batch before its commit";
  EXPECT_EQ(catalog_.image_count(), (kWriters * kBatches + 1) * kSize);
  EXPECT_EQ(catalog_.event_count("reader"), reads);
}

}  // namespace
}  // namespace ootd
