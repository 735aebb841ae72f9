// How a graph has to be walked so that it finds what the exact scan finds, and when the scan is the cheaper of the two.
// Both are measured on the graph itself, because they depend on how its vectors lie: tight clusters and profiles
// between them need far wider walks than textbook data.
#pragma once

#include <cstddef>

#include "ootd/index/hnsw_store.h"

namespace ootd {

struct WalkPlan {
  int ef = 0;              // 0: no walk was good enough, or none can pay: always scan
  std::size_t scored = 0;  // vectors that such a walk looks at, on average
};

// Measures recall@10 on some 200 queries, half of them stored vectors and half means of a few (as a user's profile is),
// and doubles ef from `ef_search` on until it is >= kWantedRecall.
WalkPlan measure_walks(const HnswStore& store, int ef_search);

inline constexpr double kPromisedRecall = 0.99;
inline constexpr double kWantedRecall = 0.995;  // measured; leaves room for queries other than the measured ones

// recall@10 of walks with `ef` on the same queries.
double measured_recall(const HnswStore& store, int ef);

// A walk's width for k hits, and the most vectors it may look at: where it reaches that many, the scan of the `allowed`
// ones (of `living`) would have been cheaper. No width: scan at once, as the walk is expected to get there.
struct Walking {
  int ef = 0;  // 0 = scan
  std::size_t max_scored = 0;
};
Walking plan_walk(const WalkPlan& plan, int k, std::size_t allowed, std::size_t living);

}  // namespace ootd
