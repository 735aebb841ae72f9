// How well nearest neighbours share a label: the figures that later models must beat.
// Source: Manning, Raghavan & Schuetze, Introduction to Information Retrieval, ch. 8; Rousseeuw 1987 for the
// silhouette. Threads: pure functions; they use `threads` cores inside. Cost: O(queries * gallery * dim).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ootd/base/matrix.h"

namespace ootd {

// Rows of one side with the labels each carries (one image may have several). Label numbers are any dense integers that
// mean the same on both sides. ids tell queries from gallery: a row never finds itself.
struct LabelledRows {
  Matrix vectors;                        // n x dim, unit rows
  std::vector<std::vector<int>> labels;  // n, each sorted
  std::vector<std::uint32_t> ids;        // n
};

struct RetrievalMetrics {
  double recall_at_1 = 0;                    // share of queries whose nearest neighbour shares a label
  double recall_at_5 = 0, recall_at_10 = 0;  // ... one of whose 5, 10 nearest does
  double precision_at_10 = 0;  // share of the 10 nearest that share a label (of fewer, if the gallery is smaller)
  double map = 0;              // mean average precision over the whole ranking
  double mrr = 0;              // mean of 1 / rank of the first that shares a label
  std::int64_t queries = 0;    // that have at least one relevant gallery row; the others are left out
  std::int64_t left_out = 0;
};

// A gallery row is relevant to a query if they share a label. Ties in score are ranked by gallery order.
// Throws Error(kInput) if the dimensions differ or a side is empty.
RetrievalMetrics retrieval_metrics(const LabelledRows& queries, const LabelledRows& gallery, int threads = 0);

// Mean over rows of (b - a) / max(a, b) in cosine distance; a = mean distance to the row's own label, b = to the
// nearest other label. Uses each row's first label, leaves out rows without one; a label with one row counts 0. In [-1,
// 1]. Throws Error(kInput) with fewer than 2 labels. Cost: O(n * labels * dim).
double silhouette(const LabelledRows& rows);

}  // namespace ootd
