#include "ootd/index/walk_plan.h"

#include <algorithm>
#include <vector>

#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"

namespace ootd {
namespace {

constexpr int kMeasuredK = 10;
constexpr std::size_t kQueries = 200;
// A walk reads codes from anywhere in memory and keeps heaps, a scan reads codes in order: what one look costs more.
// Measured at 100,000 x 128: docs/parameters.md.
constexpr std::size_t kWalkLookCost = 14;

struct Questions {
  Matrix queries;
  std::vector<std::vector<Hit>> answers;  // exact
};

Questions ask(const HnswStore& store) {
  const FlatStore& flat = store.flat();
  const Bitmap living = store.living();
  Questions questions{Matrix(kQueries, static_cast<std::size_t>(store.dim())), {}};
  Random random(flat.size());
  for (std::size_t i = 0; i < kQueries; ++i) {
    const auto query = questions.queries.row(i);
    for (std::uint64_t stored = i % 2 == 0 ? 1 : 2 + random.below(4); stored > 0; --stored) {
      const auto vector = flat.vector_at(static_cast<Slot>(random.below(flat.size())));
      for (std::size_t d = 0; d < query.size(); ++d) query[d] += vector[d];
    }
    normalize(query);
    questions.answers.push_back(flat.search(query, kMeasuredK, &living));
  }
  return questions;
}

struct Measured {
  double recall = 0;
  std::size_t scored = 0;
};

Measured measure(const HnswStore& store, const Questions& questions, int ef) {
  std::size_t wanted = 0, found = 0, scored = 0;
  for (std::size_t i = 0; i < questions.answers.size(); ++i) {
    const auto walk = store.walk(questions.queries.row(i), kMeasuredK, ef, nullptr);
    const auto& right = questions.answers[i];
    scored += walk.scored;
    wanted += right.size();
    // By score: among copies of one vector any is as good as the other.
    for (const Hit& hit : walk.hits) found += hit.score >= right.back().score ? 1u : 0u;
  }
  return {wanted == 0 ? 1 : static_cast<double>(found) / static_cast<double>(wanted), scored / kQueries};
}

}  // namespace

WalkPlan measure_walks(const HnswStore& store, int ef_search) {
  if (store.size() == 0) return {};
  const Questions questions = ask(store);
  for (int ef = std::max(ef_search, kMeasuredK); ef <= 100'000; ef *= 2) {
    const Measured measured = measure(store, questions, ef);
    if (measured.recall >= kWantedRecall) return {ef, measured.scored};
    if (measured.scored * kWalkLookCost > store.size()) break;
  }
  return {};
}

double measured_recall(const HnswStore& store, int ef) {
  return store.size() == 0 ? 1 : measure(store, ask(store), ef).recall;
}

Walking plan_walk(const WalkPlan& plan, int k, std::size_t allowed, std::size_t living) {
  if (plan.ef == 0 || allowed == 0) return {};
  // Beyond the k that was measured, the same room per hit.
  const std::size_t ef = std::max<std::size_t>(static_cast<std::size_t>(plan.ef), 2 * static_cast<std::size_t>(k));
  const std::size_t max_scored = allowed / kWalkLookCost;
  // Where one row in s is allowed, a walk meets s rows for each that it may keep.
  const double expected = static_cast<double>(plan.scored) * static_cast<double>(ef) / plan.ef *
                          static_cast<double>(living) / static_cast<double>(allowed);
  if (expected >= static_cast<double>(max_scored)) return {};
  return {static_cast<int>(ef), max_scored};
}

}  // namespace ootd
