#include "ootd/index/flat_store.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "ootd/base/error.h"
#include "ootd/index/score.h"
#include "tests/index/clustered_vectors.h"

namespace ootd {
namespace {

using testing::key_of;

// The slow twin: a map and a full sort in double precision.
struct NaiveStore {
  std::map<LookKey, std::vector<float>> vectors;

  std::vector<Hit> search(std::span<const float> query, int k, const std::set<LookKey>* allowed) const {
    std::vector<Hit> hits;
    for (const auto& [key, vector] : vectors) {
      if (allowed != nullptr && !allowed->contains(key)) continue;
      double sum = 0;
      for (std::size_t i = 0; i < vector.size(); ++i) sum += static_cast<double>(vector[i]) * query[i];
      hits.push_back({key, static_cast<float>(sum)});
    }
    std::ranges::stable_sort(hits, [](const Hit& a, const Hit& b) { return a.score > b.score; });
    hits.resize(std::min(hits.size(), static_cast<std::size_t>(k)));
    return hits;
  }
};

void expect_same(const std::vector<Hit>& found, const std::vector<Hit>& right) {
  ASSERT_EQ(found.size(), right.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i].score, right[i].score, 1e-5) << i;
    // Neighbours whose scores differ by rounding only may change places.
    if (found[i].key != right[i].key) {
      EXPECT_TRUE(std::ranges::any_of(right, [&](const Hit& hit) { return hit.key == found[i].key; }) ||
                  i + 1 == found.size());
    }
  }
}

TEST(FlatStore, FindsWhatAFullSortFindsAtAnyDimensionKAndFilter) {
  Random random(1);
  for (const std::size_t dim : {1, 3, 16, 100, 128, 130}) {
    const auto made = testing::clustered_vectors(700, dim, 20, dim);
    FlatStore store(static_cast<int>(dim));
    NaiveStore naive;
    std::vector<LookKey> keys;
    for (std::size_t i = 0; i < made.vectors.rows(); ++i) {
      keys.push_back(key_of(3 * i));
      naive.vectors[keys.back()] = {made.vectors.row(i).begin(), made.vectors.row(i).end()};
    }
    store.put(keys, made.vectors);
    for (const double share : {0.0, 0.01, 0.5, 1.0}) {
      Bitmap allowed;
      std::set<LookKey> allowed_keys;
      for (Slot slot = 0; slot < 4000; ++slot) {  // most of these do not exist
        if (random.uniform() >= share) continue;
        allowed.add(slot);
        if (slot < keys.size()) allowed_keys.insert(keys[slot]);
      }
      for (const int k : {0, 1, 10, 257, 5000}) {
        const auto query = made.vectors.row(random.below(700));
        expect_same(store.search(query, k, &allowed), naive.search(query, k, &allowed_keys));
        expect_same(store.search(query, k), naive.search(query, k, nullptr));
      }
    }
  }
}

TEST(FlatStore, StaysRightThroughRandomPutsAndErasures) {
  Random random(2);
  const auto made = testing::clustered_vectors(500, 24, 10, 3);
  FlatStore store(24);
  NaiveStore naive;
  for (int step = 0; step < 2000; ++step) {
    const LookKey key = key_of(1 + random.below(300));
    if (random.uniform() < 0.4) {
      store.erase(key);
      naive.vectors.erase(key);
    } else {
      Matrix one(1, 24);
      std::ranges::copy(made.vectors.row(random.below(500)), one.row(0).begin());
      store.put({&key, 1}, one);
      naive.vectors[key] = {one.row(0).begin(), one.row(0).end()};
    }
    ASSERT_EQ(store.size(), naive.vectors.size());
    if (step % 50 == 0) {
      const auto query = made.vectors.row(random.below(500));
      expect_same(store.search(query, 7), naive.search(query, 7, nullptr));
    }
  }
  for (std::size_t i = 0; i < 310; ++i) {
    const auto vector = store.vector(key_of(i));
    if (!naive.vectors.contains(key_of(i)))
      EXPECT_TRUE(vector.empty());
    else
      EXPECT_TRUE(std::ranges::equal(vector, naive.vectors[key_of(i)]));
  }
}

TEST(FlatStore, BreaksTiesByTheLowerKey) {
  FlatStore store(2);
  Matrix same(6, 2);
  for (std::size_t i = 0; i < 6; ++i) same.row(i)[0] = 1;
  store.put(std::vector<LookKey>{LookKey{9}, LookKey{4}, LookKey{70}, LookKey{2}, LookKey{30}, LookKey{5}}, same);
  const std::vector<float> query = {1, 0};
  EXPECT_EQ(store.search(query, 3), (std::vector<Hit>{{LookKey{2}, 1.0f}, {LookKey{4}, 1.0f}, {LookKey{5}, 1.0f}}));
}

TEST(FlatStore, RefusesWhatHasNoScore) {
  FlatStore store(2);
  const auto refuses = [](const auto& action) {
    try {
      action();
    } catch (const Error& error) {
      return error.kind() == Kind::kInput;
    }
    return false;
  };
  EXPECT_TRUE(refuses([] { FlatStore(-1); }));
  const LookKey key = key_of(7);
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity(), 1e30f}) {
    Matrix vector(1, 2);
    vector.row(0)[1] = bad;
    EXPECT_TRUE(refuses([&] { store.put({&key, 1}, vector); }));
    EXPECT_TRUE(refuses([&] { store.search(vector.row(0), 1); }));
  }
  EXPECT_EQ(store.size(), 0u);
  EXPECT_TRUE(refuses([&] { store.put({&key, 1}, Matrix(1, 3)); }));
  EXPECT_TRUE(refuses([&] { store.put({&key, 1}, Matrix(2, 2)); }));
  EXPECT_TRUE(refuses([&] { store.search(std::vector<float>{1, 0, 0}, 1); }));
  EXPECT_TRUE(refuses([&] { store.search(std::vector<float>{1, 0}, -1); }));
}

TEST(KeyMap, FindsWhatAMapFindsWhateverTheKeys) {
  Random random(4);
  // Side by side, far apart by powers of two, and the largest ones: sets that a poor mixer puts in one place.
  for (const int shift : {0, 20, 40, 50}) {
    KeyMap map;
    std::map<LookKey, Slot> twin;
    for (int step = 0; step < 20'000; ++step) {
      const LookKey key{UINT64_MAX - (random.below(3000) << shift)};
      const auto known = twin.find(key);
      ASSERT_EQ(map.find(key), known == twin.end() ? KeyMap::kNone : known->second);
      ASSERT_EQ(map.find(key, static_cast<Slot>(random.below(1 + twin.size()))), map.find(key));
      if (known == twin.end()) {
        twin[key] = map.add(key);
      } else if (random.uniform() < 0.7) {
        twin[map.keys().back()] = known->second;
        map.remove(known->second);
        twin.erase(key);
      }
      ASSERT_EQ(map.keys().size(), twin.size());
    }
    for (const auto& [key, slot] : twin) ASSERT_EQ(map.keys()[slot], key);
  }
}

TEST(ScoreSlots, DoesNotDependOnWhoIsScoredBeside) {
  const auto made = testing::clustered_vectors(50, 131, 5, 9);
  const auto query = made.vectors.row(0);
  std::vector<Slot> slots(50);
  std::iota(slots.begin(), slots.end(), Slot{0});
  std::vector<float> together(50);
  score_slots(query, made.vectors.values(), slots, together.data());
  for (const Slot slot : slots) {
    float alone = 0;
    score_slots(query, made.vectors.values(), {&slot, 1}, &alone);
    EXPECT_EQ(alone, together[slot]);
  }
}

TEST(ByteCodes, NeverBoundAScoreTooLow) {
  Random random(11);
  for (const std::size_t dim : {1, 7, 64, 128, 300, 2048}) {
    const auto made = testing::clustered_vectors(300, dim, 10, dim);
    ByteCodes codes(dim);
    std::vector<float> vectors;
    std::vector<Slot> slots;
    for (std::size_t i = 0; i < 300; ++i) {
      // Lengths from tiny to huge, zeros, and vectors of one large value.
      std::vector<float> vector(made.vectors.row(i).begin(), made.vectors.row(i).end());
      const float length = i % 7 == 0 ? 0 : static_cast<float>(std::pow(10.0, random.uniform(-6, 6)));
      for (float& x : vector) x *= length;
      if (i % 5 == 0) vector[random.below(dim)] = 1e6f;
      codes.set(static_cast<Slot>(i), vector);
      vectors.insert(vectors.end(), vector.begin(), vector.end());
      slots.push_back(static_cast<Slot>(i));
    }
    for (std::size_t q = 0; q < 300; q += 3) {
      const auto query = std::span<const float>(vectors).subspan(q * dim, dim);
      std::vector<float> bounds(300), scores(300);
      codes.bound_scores(ByteCodes::Query(query), slots, bounds.data());
      score_slots(query, vectors.data(), slots, scores.data());
      for (std::size_t i = 0; i < 300; ++i) ASSERT_GE(bounds[i], scores[i]) << dim << " " << q << " " << i;
    }
  }
}

TEST(FlatStore, SeveralQueriesFindToTheBitWhatEachFindsAlone) {
  const auto made = testing::clustered_vectors(3000, 100, 50, 14);
  FlatStore store(100);
  store.put(testing::keys_from(0, 3000), made.vectors);
  Bitmap some;
  for (Slot slot = 0; slot < 3000; slot += 3) some.add(slot);
  for (const std::size_t n : {0, 1, 9, 16, 17, 40}) {  // more than are scored at once
    const Matrix queries = testing::clustered_vectors(n, 100, 50, 15).vectors;
    for (const Bitmap* allowed : {static_cast<const Bitmap*>(nullptr), static_cast<const Bitmap*>(&some)})
      for (const int k : {0, 7, 400, 5000}) {
        const auto together = store.search(queries, k, allowed);
        ASSERT_EQ(together.size(), n);
        for (std::size_t i = 0; i < n; ++i) ASSERT_EQ(together[i], store.search(queries.row(i), k, allowed));
      }
  }
}

}  // namespace
}  // namespace ootd
