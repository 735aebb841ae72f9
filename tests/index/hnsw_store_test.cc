#include "ootd/index/hnsw_store.h"

#include <gtest/gtest.h>

#include <thread>

#include "ootd/base/error.h"
#include "tests/index/clustered_vectors.h"

namespace ootd {
namespace {

using testing::clustered_vectors;
using testing::key_of;
using testing::keys_from;

FlatStore flat_of(const Matrix& vectors) {
  FlatStore flat(static_cast<int>(vectors.cols()));
  flat.put(keys_from(1, vectors.rows()), vectors);
  return flat;
}

// Fresh vectors of the same clusters.
double mean_recall(const HnswStore& store, const FlatStore& flat, const Matrix& queries, int k,
                   const Bitmap* allowed = nullptr) {
  double sum = 0;
  for (std::size_t i = 0; i < queries.rows(); ++i)
    sum += testing::recall(store.search(queries.row(i), k, allowed), flat.search(queries.row(i), k, allowed));
  return sum / static_cast<double>(queries.rows());
}

// The last `n` vectors become queries.
Matrix split_off(Matrix& vectors, std::size_t n) {
  Matrix kept(vectors.rows() - n, vectors.cols()), queries(n, vectors.cols());
  for (std::size_t i = 0; i < kept.rows(); ++i) std::ranges::copy(vectors.row(i), kept.row(i).begin());
  for (std::size_t i = 0; i < n; ++i) std::ranges::copy(vectors.row(kept.rows() + i), queries.row(i).begin());
  vectors = std::move(kept);
  return queries;
}

TEST(HnswStore, FindsWhatFlatFinds) {
  auto made = clustered_vectors(5100, 64, 100, 1);
  const Matrix queries = split_off(made.vectors, 100);
  const FlatStore flat = flat_of(made.vectors);
  const HnswStore store(flat, {});
  EXPECT_GE(mean_recall(store, flat, queries, 10), 0.99);
  EXPECT_GE(mean_recall(store, flat, queries, 300), 0.98);  // k above ef_search
}

TEST(HnswStore, FindsWhatFlatFindsUnderAnyFilter) {
  auto made = clustered_vectors(4100, 32, 50, 2);
  const Matrix queries = split_off(made.vectors, 100);
  const FlatStore flat = flat_of(made.vectors);
  const HnswStore store(flat, {});
  Random random(3);
  for (const double share : {0.001, 0.01, 0.1, 0.5, 0.99}) {
    Bitmap independent, correlated;
    for (std::size_t i = 0; i < made.vectors.rows(); ++i) {
      if (random.uniform() < share) independent.add(static_cast<Slot>(i));
      if (made.cluster_of[i] % 1000 < 1000 * share) correlated.add(static_cast<Slot>(i));
    }
    EXPECT_GE(mean_recall(store, flat, queries, 10, &independent), 0.99) << share;
    EXPECT_GE(mean_recall(store, flat, queries, 10, &correlated), 0.99) << share;
    for (const Hit& hit : store.search(queries.row(0), 50, &independent))
      EXPECT_TRUE(independent.contains(flat.slot(hit.key)));
  }
}

TEST(HnswStore, IsTheSameEveryTimeWithOneThread) {
  const auto made = clustered_vectors(1500, 16, 30, 4);
  ByteWriter first, second;
  HnswStore(flat_of(made.vectors), {.build_threads = 1}).graph().save(first);
  HnswStore(flat_of(made.vectors), {.build_threads = 1}).graph().save(second);
  EXPECT_TRUE(std::ranges::equal(first.bytes(), second.bytes()));
}

TEST(HnswStore, ErasedLooksAreGoneAndPutBringsThemBack) {
  const auto made = clustered_vectors(2000, 16, 20, 5);
  FlatStore flat = flat_of(made.vectors);
  HnswStore store(flat, {});
  for (const LookKey key : keys_from(1, 1900)) {
    store.erase(key);
    flat.erase(key);
  }
  store.erase(key_of(1));       // again
  store.erase(key_of(50'000));  // unknown
  EXPECT_EQ(store.size(), 100u);
  const auto query = made.vectors.row(0);
  EXPECT_EQ(store.search(query, 100), flat.search(query, 100));
  EXPECT_EQ(store.search(query, 1000).size(), 100u);

  Matrix one(1, 16);
  std::ranges::copy(query, one.row(0).begin());
  const LookKey key = key_of(1);
  store.put({&key, 1}, one);
  EXPECT_EQ(store.size(), 101u);
  EXPECT_EQ(store.search(query, 1).front().key, key);
}

TEST(HnswStore, GrownInSmallStepsWithReplacementsIsAsGood) {
  auto made = clustered_vectors(3100, 32, 60, 6);
  const Matrix queries = split_off(made.vectors, 100);
  Random random(7);
  FlatStore flat(32);
  HnswStore store(32);
  for (int step = 0; step < 60; ++step) {
    std::vector<LookKey> keys;
    Matrix vectors(100, 32);
    for (std::size_t i = 0; i < 100; ++i) {
      keys.push_back(key_of(1 + random.below(2500)));  // some anew, some twice in one call
      std::ranges::copy(made.vectors.row(random.below(3000)), vectors.row(i).begin());
    }
    flat.put(keys, vectors);
    store.put(keys, vectors);
  }
  ASSERT_EQ(store.size(), flat.size());
  EXPECT_GE(mean_recall(store, flat, queries, 10), 0.99);
}

TEST(HnswStore, ManyCopiesOfOneVectorDoNotHideTheRest) {
  auto made = clustered_vectors(3100, 32, 60, 8);
  const Matrix queries = split_off(made.vectors, 100);
  for (std::size_t i = 0; i < 1500; ++i) {  // 900 copies of one, 300 of two others
    const std::size_t original = i < 900 ? 0 : i % 2 + 1;
    std::ranges::copy(made.vectors.row(original), made.vectors.row(i).begin());
  }
  const FlatStore flat = flat_of(made.vectors);
  const HnswStore store(flat, {});
  double score_lost = 0;
  for (std::size_t i = 0; i < queries.rows(); ++i) {
    const auto right = flat.search(queries.row(i), 10), found = store.search(queries.row(i), 10);
    ASSERT_EQ(found.size(), 10u);
    for (std::size_t j = 0; j < 10; ++j) score_lost += right[j].score - found[j].score;
  }
  EXPECT_LT(score_lost / 1000, 1e-3);
  Bitmap others;
  for (Slot slot = 1500; slot < 3000; ++slot) others.add(slot);
  EXPECT_GE(mean_recall(store, flat, queries, 10, &others), 0.99);
  EXPECT_EQ(store.search(flat.vector_at(0), 900).back().score, flat.search(flat.vector_at(0), 900).back().score);
}

TEST(HnswStore, SmallStoresAreExact) {
  const auto made = clustered_vectors(40, 8, 4, 9);
  FlatStore flat(8);
  HnswStore store(8, {.M = 4});
  EXPECT_TRUE(store.search(made.vectors.row(0), 5).empty());
  for (std::size_t i = 0; i < 40; ++i) {
    Matrix one(1, 8);
    std::ranges::copy(made.vectors.row(i), one.row(0).begin());
    const LookKey key = key_of(i + 1);
    flat.put({&key, 1}, one);
    store.put({&key, 1}, one);
    EXPECT_EQ(store.search(made.vectors.row(5), 50), flat.search(made.vectors.row(5), 50));
  }
}

TEST(HnswStore, ManyThreadsSearchAtOnce) {
  const auto made = clustered_vectors(1000, 16, 20, 10);
  const HnswStore store(flat_of(made.vectors), {.build_threads = 4});
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (std::size_t i = 0; i < 200; ++i) {
        const Hit best = store.search(made.vectors.row(i), 3).front();
        EXPECT_TRUE(best.key == key_of(i + 1) || best.score > 0.999f);
      }
    });
}

TEST(HnswStore, RefusesParametersOutOfRange) {
  EXPECT_THROW(HnswStore(4, {.M = 3}), Error);
  EXPECT_THROW(HnswStore(4, {.M = 16, .ef_construction = 15}), Error);
  EXPECT_THROW(HnswStore(4, {.ef_search = 0}), Error);
  EXPECT_THROW(HnswStore(4, {.build_threads = -1}), Error);
}

TEST(HnswGraph, ReadsWhatItSavedAndRefusesWhatItCouldNotHave) {
  const auto made = clustered_vectors(300, 8, 10, 11);
  const HnswStore store(flat_of(made.vectors), {.M = 5});
  ByteWriter saved;
  store.graph().save(saved);
  ByteReader whole(saved.bytes());
  const HnswStore same(flat_of(made.vectors), HnswGraph::read(whole, 5, 300), {.M = 5});
  EXPECT_EQ(whole.left(), 0u);
  for (std::size_t i = 0; i < 300; ++i)
    EXPECT_EQ(same.search(made.vectors.row(i), 20), store.search(made.vectors.row(i), 20));

  for (std::size_t size = 0; size < saved.bytes().size(); size += 97) {
    ByteReader part(saved.bytes().first(size));
    EXPECT_THROW(HnswGraph::read(part, 5, 300), Error) << size;
  }
  // Flipped bytes give an error, or a graph that is other but can be walked.
  Random random(12);
  for (int i = 0; i < 2000; ++i) {
    std::vector<std::byte> bytes(saved.bytes().begin(), saved.bytes().end());
    for (std::uint64_t flips = 1 + random.below(3); flips > 0; --flips)
      bytes[random.below(bytes.size())] ^= static_cast<std::byte>(1 + random.below(255));
    ByteReader flipped(bytes);
    try {
      const HnswStore other(flat_of(made.vectors), HnswGraph::read(flipped, 5, 300), {.M = 5});
      EXPECT_EQ(other.search(made.vectors.row(0), 10).size(), 10u);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::kInput);
    }
  }
}

}  // namespace
}  // namespace ootd
