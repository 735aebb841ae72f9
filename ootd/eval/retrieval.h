// How well nearest neighbours share a label: the figures by which models are judged.
// Source: Manning, Raghavan & Schuetze, Introduction to Information Retrieval, ch. 8; Jarvelin & Kekalainen 2002 for
// nDCG. Threads: pure functions; they use `threads` cores inside. Cost: O(queries * gallery * dim).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "ootd/base/matrix.h"

namespace ootd {

// Numbers of the labels that a row carries, sorted; any integers that mean the same on both sides.
using LabelSet = std::vector<int>;

// Rows of one side. A gallery row is relevant to a query if they share a label. A query's candidates are the gallery
// rows of another id that share one of its `within` (so that style is not read off the garment type) and none of its
// `sources` (so that a second photo of the same shoot is no merit).
struct LabelledRows {
  Matrix vectors;                // n x dim, unit rows
  std::vector<LabelSet> labels;  // n
  std::vector<std::uint64_t> ids;
  std::vector<LabelSet> within;   // n, or empty on both sides: every row is a candidate
  std::vector<LabelSet> sources;  // n, or empty on both sides: none is excluded
};

// The columns of all tables of metrics.
enum Metric : std::size_t {
  kRecallAt1,  // 1 if the nearest candidate is relevant; ...
  kRecallAt5,  // ... one of the 5 nearest
  kRecallAt10,
  kPrecisionAt5,  // share of the 5 nearest that are relevant (of fewer, if there are fewer candidates)
  kPrecisionAt10,
  kPrecisionAt20,
  kPrecisionAt50,
  kMap,              // average precision over the whole ranking
  kMrr,              // 1 / rank of the first relevant
  kNdcg,             // over the whole ranking; gain = Jaccard index of the two label sets
  kChancePrecision,  // what any precision would be if the ranking were random: relevant / candidates
  kMetricCount
};
// Their names in JSON, which scripts rely on.
inline constexpr std::array<std::string_view, kMetricCount> kMetricNames = {
    "recall_at_1",     "recall_at_5", "recall_at_10", "precision_at_5", "precision_at_10", "precision_at_20",
    "precision_at_50", "map",         "mrr",          "ndcg",           "chance_precision"};
using MetricValues = std::array<double, kMetricCount>;

struct QueryMetrics {
  std::size_t query = 0;  // row of the query side
  MetricValues values{};
};

struct Retrieval {
  std::vector<QueryMetrics> queries;  // in order; only those with at least one relevant candidate
  std::int64_t left_out = 0;          // the others
};

// Ties in score are ranked by gallery order. Throws Error(kInput) if the dimensions differ or a side is empty.
Retrieval retrieval_metrics(const LabelledRows& queries, const LabelledRows& gallery, int threads = 0);

MetricValues mean_of(const Retrieval& retrieval);  // zeros if no query counts

}  // namespace ootd
