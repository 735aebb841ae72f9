#include "ootd/store/bitmap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "ootd/base/random.h"

namespace ootd {
namespace {

std::set<Row> rows_of(const Bitmap& bitmap) {
  std::set<Row> rows;
  bitmap.for_each([&](Row row) { rows.insert(row); });
  return rows;
}

struct Twin {
  Bitmap bitmap;
  std::set<Row> set;
};

Twin random_twin(Random& random, std::uint64_t below, int additions) {
  Twin twin;
  for (int i = 0; i < additions; ++i) {
    const Row row = static_cast<Row>(random.below(below));
    twin.bitmap.add(row);
    twin.set.insert(row);
  }
  return twin;
}

TEST(Bitmap, HoldsWhatASetHolds) {
  Random random(1);
  Twin twin = random_twin(random, 1000, 300);
  for (int i = 0; i < 200; ++i) {
    const Row row = static_cast<Row>(random.below(2000));  // half of them beyond the end
    twin.bitmap.remove(row);
    twin.set.erase(row);
  }
  EXPECT_EQ(rows_of(twin.bitmap), twin.set);
  EXPECT_EQ(twin.bitmap.count(), twin.set.size());
  for (Row row = 0; row < 2000; ++row) EXPECT_EQ(twin.bitmap.contains(row), twin.set.contains(row)) << row;
}

TEST(Bitmap, CombinesAsSetsDoWhateverTheLengths) {
  Random random(2);
  for (int round = 0; round < 50; ++round) {
    const Twin a = random_twin(random, 1 + random.below(700), 100), b = random_twin(random, 1 + random.below(700), 100);
    std::set<Row> both, either, without;
    std::ranges::set_intersection(a.set, b.set, std::inserter(both, both.end()));
    std::ranges::set_union(a.set, b.set, std::inserter(either, either.end()));
    std::ranges::set_difference(a.set, b.set, std::inserter(without, without.end()));
    Bitmap result = a.bitmap;
    EXPECT_EQ(rows_of(result &= b.bitmap), both);
    result = a.bitmap;
    EXPECT_EQ(rows_of(result |= b.bitmap), either);
    result = a.bitmap;
    EXPECT_EQ(rows_of(result.subtract(b.bitmap)), without);
  }
}

TEST(Bitmap, OfNothingIsEmpty) {
  const Bitmap empty;
  EXPECT_EQ(empty.count(), 0u);
  EXPECT_FALSE(empty.contains(0));
  EXPECT_FALSE(empty.contains(4'000'000'000u));
  EXPECT_TRUE(rows_of(empty).empty());
}

}  // namespace
}  // namespace ootd
