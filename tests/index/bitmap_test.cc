#include "ootd/index/bitmap.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "ootd/base/random.h"

namespace ootd {
namespace {

std::set<Slot> slots_of(const Bitmap& bitmap) {
  std::set<Slot> slots;
  bitmap.for_each([&](Slot slot) { slots.insert(slot); });
  return slots;
}

struct Twin {
  Bitmap bitmap;
  std::set<Slot> set;
};

Twin random_twin(Random& random, std::uint64_t below, int additions) {
  Twin twin;
  for (int i = 0; i < additions; ++i) {
    const Slot slot = static_cast<Slot>(random.below(below));
    twin.bitmap.add(slot);
    twin.set.insert(slot);
  }
  return twin;
}

TEST(Bitmap, HoldsWhatASetHolds) {
  Random random(1);
  Twin twin = random_twin(random, 1000, 300);
  for (int i = 0; i < 200; ++i) {
    const Slot slot = static_cast<Slot>(random.below(2000));  // half of them beyond the end
    twin.bitmap.remove(slot);
    twin.set.erase(slot);
  }
  EXPECT_EQ(slots_of(twin.bitmap), twin.set);
  EXPECT_EQ(twin.bitmap.count(), twin.set.size());
  for (Slot slot = 0; slot < 2000; ++slot) EXPECT_EQ(twin.bitmap.contains(slot), twin.set.contains(slot)) << slot;
}

TEST(Bitmap, SubtractsAsSetsDoWhateverTheLengths) {
  Random random(2);
  for (int round = 0; round < 50; ++round) {
    const Twin a = random_twin(random, 1 + random.below(700), 100), b = random_twin(random, 1 + random.below(700), 100);
    std::set<Slot> without;
    std::ranges::set_difference(a.set, b.set, std::inserter(without, without.end()));
    Bitmap result = a.bitmap;
    EXPECT_EQ(slots_of(result.subtract(b.bitmap)), without);
  }
}

TEST(Bitmap, OfTheFirstSlotsHoldsThese) {
  for (const std::size_t n : {0, 1, 63, 64, 65, 1000}) {
    const Bitmap first = Bitmap::of_first(n);
    EXPECT_EQ(first.count(), n);
    EXPECT_FALSE(first.contains(static_cast<Slot>(n)));
  }
}

TEST(Bitmap, FindsWhatStandsAtAPlaceOfItsList) {
  Random random(3);
  for (const int additions : {0, 1, 20, 300, 3000}) {
    const Twin twin = random_twin(random, 1000, additions);
    std::vector<std::size_t> ranks;
    std::vector<Slot> right, found;
    for (std::size_t rank = 0; const Slot slot : twin.set) {
      if (random.uniform() < 0.4) {
        ranks.push_back(rank);
        right.push_back(slot);
      }
      ++rank;
    }
    twin.bitmap.for_each_of(ranks, [&](Slot slot) { found.push_back(slot); });
    EXPECT_EQ(found, right);
  }
}

TEST(Bitmap, OfNothingIsEmpty) {
  const Bitmap empty;
  EXPECT_EQ(empty.count(), 0u);
  EXPECT_FALSE(empty.contains(0));
  EXPECT_FALSE(empty.contains(4'000'000'000u));
  EXPECT_TRUE(slots_of(empty).empty());
}

}  // namespace
}  // namespace ootd
