#include "ootd/eval/confusion.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/eval/random_rows.h"

namespace ootd {
namespace {

using testing::random_rows;

Candidate neighbor(std::uint32_t row) { return {1.0f - static_cast<float>(row) * 0.01f, row, 0}; }

TEST(NearestCandidates, AreTheFirstOfTheWholeRanking) {
  const auto rows = random_rows(90, 8, 4, 1, 7);
  const NearestLists all = nearest_candidates(rows, rows, 1000), few = nearest_candidates(rows, rows, 10);
  for (std::size_t q = 0; q < 90; ++q) {
    ASSERT_EQ(all[q].size(), 89u);  // never itself
    ASSERT_EQ(few[q].size(), 10u);
    EXPECT_TRUE(std::ranges::is_sorted(all[q], nearer));
    for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(few[q][i].row, all[q][i].row);
  }
}

TEST(Confusion, IsExactForAPlantedSet) {
  const std::vector<LabelSet> gallery = {{0}, {0}, {1}, {1}, {2}, {0, 2}};
  const std::vector<LabelSet> queries = {{0}, {0}, {1}, {1, 2}, {2}, {1}};
  const NearestLists nearest = {
      {neighbor(0), neighbor(1), neighbor(2)},  // 0 wins: right
      {neighbor(0), neighbor(2), neighbor(3)},  // 1 wins
      {neighbor(4), neighbor(5), neighbor(2)},  // 2 wins, twice against once
      {neighbor(4), neighbor(5)},               // 2 wins: right for both of its labels
      {neighbor(2), neighbor(4)},               // a tie: the nearest decides for 1
      {},                                       // nobody votes: it does not count
  };
  const Confusion confusion = confusion_by_vote(queries, nearest, gallery, 4);
  const std::vector<std::vector<std::int64_t>> wanted = {{1, 1, 0, 0}, {0, 1, 1, 0}, {0, 1, 1, 0}, {0, 0, 0, 0}};
  EXPECT_EQ(confusion.counts, wanted);
  EXPECT_EQ(confusion.queries, (std::vector<std::int64_t>{2, 2, 2, 0}));
  EXPECT_DOUBLE_EQ(confusion.share(0, 1), 0.5);
  EXPECT_DOUBLE_EQ(confusion.share(3, 0), 0);
  EXPECT_DOUBLE_EQ(confusion.macro_accuracy(), 0.5);
}

}  // namespace
}  // namespace ootd
