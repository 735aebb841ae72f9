#include "ootd/index/index_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <map>
#include <set>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/index/vector_index.h"
#include "tests/index/clustered_vectors.h"
#include "tests/testing/memory_vectors.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::clustered_vectors;
using testing::key_of;
using testing::keys_from;

const Generation kGeneration = {"model-1", ""};

// A view with all that one can have: a base with tombstones, some of them replaced, and a tail. And the slow twin.
class IndexViewTest : public ::testing::Test {
 protected:
  IndexViewTest() {
    put(0, 2000);
    index = std::make_unique<VectorIndex>(log, kGeneration, dir_.path());
    put(1900, 400);  // 100 of them anew
    for (std::size_t i = 0; i < 2300; i += 7) {
      log.erase(key_of(i));
      twin.erase(key_of(i));
    }
    index->refresh();
    view = index->view();
    EXPECT_GT(index->stats().tail, 300u);
    EXPECT_EQ(view->size(), twin.size());
  }
  void put(std::size_t first, std::size_t n) {
    const Matrix vectors = clustered_vectors(n, 16, 20, first + 1).vectors;
    log.put_vectors(kGeneration, keys_from(first, n), vectors);
    for (std::size_t i = 0; i < n; ++i) twin[key_of(first + i)] = {vectors.row(i).begin(), vectors.row(i).end()};
  }
  // Of the looks that there are and of others, with some twice.
  std::vector<LookKey> some(Random& random, double share) {
    std::vector<LookKey> looks;
    for (std::size_t i = 0; i < 2500; ++i)
      for (int twice = 0; twice < 2; ++twice)
        if (random.uniform() < share / 2) looks.push_back(key_of(i));
    return looks;
  }
  void expect_same(const IndexView::Subset& subset, const std::set<LookKey>& right) {
    ASSERT_EQ(subset.size(), right.size());
    for (std::size_t i = 0; i < 2500; ++i) ASSERT_EQ(view->has(subset, key_of(i)), right.contains(key_of(i))) << i;
    const auto sample = view->sample(subset, 2500, random_);
    ASSERT_EQ(sample.size(), right.size());
    ASSERT_EQ(std::set(sample.begin(), sample.end()), right);
    const auto query = twin.begin()->second;
    const auto hits = view->search(query, 2500, &subset);
    ASSERT_EQ(hits.size(), right.size());
    for (const Hit& hit : hits) ASSERT_TRUE(right.contains(hit.key));
  }

  testing::MemoryVectors log;
  std::map<LookKey, std::vector<float>> twin;
  std::unique_ptr<VectorIndex> index;
  std::shared_ptr<const IndexView> view;

 private:
  testing::TempDir dir_;
  Random random_{1};
};

TEST_F(IndexViewTest, HasTheVectorsThatTheLogHas) {
  for (std::size_t i = 0; i < 2500; ++i) {
    const auto vector = view->vector(key_of(i));
    ASSERT_EQ(view->contains(key_of(i)), twin.contains(key_of(i)));
    ASSERT_TRUE(std::ranges::equal(vector, twin.contains(key_of(i)) ? twin[key_of(i)] : std::vector<float>()));
  }
}

TEST_F(IndexViewTest, MakesTheSubsetsThatSetsAre) {
  std::set<LookKey> all;
  for (const auto& [look, vector] : twin) all.insert(look);
  expect_same(view->all(), all);
  expect_same({}, {});
  Random random(2);
  for (const double share : {0.0, 0.003, 0.2, 0.9}) {
    const auto in = some(random, share), out = some(random, share);
    std::set<LookKey> where, except = all;
    for (const LookKey look : in)
      if (twin.contains(look)) where.insert(look);
    expect_same(view->where(in), where);
    for (const LookKey look : out) except.erase(look);
    expect_same(view->except(view->all(), out), except);
    for (const LookKey look : out) where.erase(look);
    expect_same(view->except(view->where(in), out), where);
    expect_same(view->except({}, out), {});
  }
}

TEST_F(IndexViewTest, AnswersSeveralQueriesAsItAnswersEach) {
  const Matrix queries = clustered_vectors(7, 16, 20, 3).vectors;
  const auto subset = view->where(keys_from(1950, 100));
  const auto together = view->search(queries, 5, &subset);
  ASSERT_EQ(together.size(), 7u);
  for (std::size_t i = 0; i < 7; ++i) EXPECT_EQ(together[i], view->search(queries.row(i), 5, &subset));
  EXPECT_TRUE(view->search(Matrix(0, 16), 5).empty());
  EXPECT_THROW(view->search(Matrix(1, 15), 5), Error);
  EXPECT_THROW(view->search(queries, -1), Error);
}

TEST_F(IndexViewTest, TakesNoOtherViewsSubset) {
  const auto before = view->all();
  const LookKey one = key_of(1);
  log.erase(one);
  index->refresh();
  const auto later = index->view();
  const auto refuses = [](const auto& use) {
    try {
      use();
    } catch (const Error& error) {
      return error.kind() == Kind::kInternal;
    }
    return false;
  };
  const auto query = twin.begin()->second;
  Random random(3);
  EXPECT_TRUE(refuses([&] { later->search(query, 5, &before); }));
  EXPECT_TRUE(refuses([&] { later->has(before, one); }));
  EXPECT_TRUE(refuses([&] { later->except(before, {&one, 1}); }));
  EXPECT_TRUE(refuses([&] { later->sample(before, 5, random); }));
  // Its own view still has it, and the look.
  EXPECT_TRUE(view->has(before, one));
  EXPECT_TRUE(view->contains(one));
  EXPECT_FALSE(later->contains(one));
}

// Of draws that are equally likely the sum of (found - expected)^2 / expected has the mean N - 1 and the variance
// 2 (N - 1).
double chi_square(const std::map<LookKey, int>& found, std::size_t looks, int draws) {
  const double expected = static_cast<double>(draws) / static_cast<double>(looks);
  double sum = static_cast<double>(looks - found.size()) * expected;
  for (const auto& [look, times] : found) sum += (times - expected) * (times - expected) / expected;
  return sum;
}

TEST_F(IndexViewTest, SamplesEachLookEquallyOften) {
  Random random(4);
  struct Case {
    std::string name;
    IndexView::Subset subset;
    int n = 0;
  };
  const auto most = view->except(view->all(), some(random, 0.3)), few = view->where(some(random, 0.03));
  ASSERT_LT(few.size() * 16, view->size());
  const auto narrow = view->where(keys_from(1880, 60));  // of the base and of the tail
  for (const Case& each : {Case{"few of most", most, 20}, Case{"nearly all of most", most, 1500},
                           Case{"few of few", few, 8}, Case{"nearly all of few", few, static_cast<int>(few.size()) - 1},
                           Case{"all of few", few, 1000}, Case{"few of a narrow part", narrow, 10}}) {
    const int draws = each.n > 1000 && each.subset.size() > 1000 ? 3000 : 20'000;
    std::map<LookKey, int> first, last;
    for (int i = 0; i < draws; ++i) {
      const auto sample = view->sample(each.subset, each.n, random);
      ASSERT_EQ(sample.size(), std::min(static_cast<std::size_t>(each.n), each.subset.size()));
      ASSERT_EQ(std::set(sample.begin(), sample.end()).size(), sample.size());
      for (const LookKey look : sample) ASSERT_TRUE(view->has(each.subset, look));
      ++first[sample.front()];
      ++last[sample.back()];
    }
    const double mean = static_cast<double>(each.subset.size()) - 1;
    for (const auto& found : {first, last})
      EXPECT_NEAR(chi_square(found, each.subset.size(), draws), mean, 4 * std::sqrt(2 * mean)) << each.name;
  }
}

TEST_F(IndexViewTest, SamplesTheSameWithTheSameSeed) {
  for (const auto& subset : {view->all(), view->where(keys_from(50, 40))})
    for (const int n : {0, 1, 10, 5000}) {
      Random one(5), two(5);
      EXPECT_EQ(view->sample(subset, n, one), view->sample(subset, n, two));
    }
  Random random(6);
  EXPECT_TRUE(view->sample({}, 5, random).empty());
  EXPECT_THROW(view->sample(view->all(), -1, random), Error);
}

// What one request reads fits together, whatever is published beside it: a hit has a vector, and the score is its.
TEST(IndexView, StaysAsItWasWhileOthersPublish) {
  testing::MemoryVectors log;
  const testing::TempDir dir;
  const Matrix vectors = clustered_vectors(4000, 16, 30, 7).vectors;
  log.put_vectors(kGeneration, keys_from(0, 4000), vectors);
  VectorIndex index(log, kGeneration, dir.path());
  std::atomic<bool> done = false;
  std::atomic<int> requests = 0;
  std::vector<std::jthread> readers;
  for (int t = 0; t < 2; ++t)
    readers.emplace_back([&, t] {
      Random random(static_cast<std::uint64_t>(t));
      while (!done) {
        const auto view = index.view();
        const std::size_t size = view->size();
        std::vector<LookKey> seen, wanted;
        for (int i = 0; i < 300; ++i) seen.push_back(key_of(random.below(4000)));
        for (int i = 0; i < 1500; ++i) wanted.push_back(key_of(random.below(4000)));
        const auto subset = view->except(view->where(wanted), seen);
        const auto query = vectors.row(random.below(4000));
        const auto hits = view->search(query, 20, &subset);
        EXPECT_EQ(hits.size(), std::min<std::size_t>(20, subset.size()));
        for (const Hit& hit : hits) {
          const auto vector = view->vector(hit.key);
          ASSERT_EQ(vector.size(), 16u);
          EXPECT_NEAR(dot(query, vector), hit.score, 1e-5);
          EXPECT_TRUE(view->has(subset, hit.key));
        }
        const auto sample = view->sample(view->all(), 30, random);
        EXPECT_EQ(sample.size(), 30u);
        for (const LookKey look : sample) EXPECT_FALSE(view->vector(look).empty());
        EXPECT_EQ(view->search(query, 20, &subset), hits);
        EXPECT_EQ(view->size(), size);
        ++requests;
      }
    });
  // Erases more than half, again and again: the base is made anew many times.
  Random random(8);
  int folds = 0;
  for (int round = 0; round < 6 || requests < 50; ++round) {
    for (int i = 0; i < 1500; ++i) {
      const std::size_t at = random.below(4000);
      const LookKey look = key_of(at);
      if (random.uniform() < 0.5) {
        log.erase(look);
      } else {
        Matrix one(1, 16);
        std::ranges::copy(vectors.row(random.below(4000)), one.row(0).begin());
        log.put_vectors(kGeneration, {&look, 1}, one);
      }
      if (i % 100 > 0) continue;
      const std::size_t tail = index.stats().tail;
      index.refresh();
      folds += 2 * index.stats().tail < tail ? 1 : 0;
    }
  }
  done = true;
  readers.clear();
  EXPECT_GE(folds, 2);
  EXPECT_TRUE(index.verify().empty());
}

}  // namespace
}  // namespace ootd
