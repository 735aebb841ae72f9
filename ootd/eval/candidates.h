// Who may be found by whom, and how near: what every measure of retrieval is made from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "ootd/eval/retrieval.h"

namespace ootd {

// A gallery row that a query may find, as LabelledRows says.
struct Candidate {
  float score = 0;  // cosine
  std::uint32_t row = 0;
  float gain = 0;  // Jaccard index of the two label sets; > 0 means relevant
};

// Best first; ties by gallery order.
inline bool nearer(const Candidate& a, const Candidate& b) {
  return a.score != b.score ? a.score > b.score : a.row < b.row;
}

// Calls visit(query row, its candidates in gallery order) once for every query, on `threads` threads at once.
// Throws as retrieval_metrics. Cost: O(queries * gallery * dim).
void for_each_query(const LabelledRows& queries, const LabelledRows& gallery, int threads,
                    const std::function<void(std::size_t, std::vector<Candidate>&)>& visit);

// The k nearest candidates of each query, best first; fewer where there are fewer.
using NearestLists = std::vector<std::vector<Candidate>>;
NearestLists nearest_candidates(const LabelledRows& queries, const LabelledRows& gallery, std::size_t k,
                                int threads = 0);

}  // namespace ootd
