// Retrieval metrics of single queries drawn together: over all queries, per label, and as the mean of the labels
// (macro), each with its bootstrap interval.
#pragma once

#include <cstdint>
#include <vector>

#include "ootd/eval/bootstrap.h"
#include "ootd/eval/retrieval.h"

namespace ootd {

struct Estimate {
  double value = 0;
  Interval interval;
};
using Estimates = std::array<Estimate, kMetricCount>;

struct LabelSummary {
  int label = 0;
  std::int64_t queries = 0;
  Estimates metrics;
};

struct RetrievalSummary {
  Estimates all;
  Estimates macro;                   // every label weighs the same
  std::vector<LabelSummary> labels;  // ascending; only those that have queries
};

Estimate estimate_mean(std::span<const double> values, const BootstrapOptions& options = {});

// labels: of every row of the query side. A query with several labels counts under each.
RetrievalSummary summarize(const Retrieval& retrieval, const std::vector<LabelSet>& labels,
                           const BootstrapOptions& options = {});

// a - b, query by query: both must come from the same queries and candidates.
Estimates paired_difference(const Retrieval& a, const Retrieval& b, const BootstrapOptions& options = {});

}  // namespace ootd
