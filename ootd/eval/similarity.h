// The cosines of pairs that share a label beside those of pairs that do not: how far embeddings keep labels apart.
#pragma once

#include <cstdint>
#include <vector>

#include "ootd/eval/retrieval.h"

namespace ootd {

struct Similarities {
  static constexpr std::size_t kBins = 4000;  // of equal width over [-1, 1]
  // Pairs of a query and one of its candidates; a set against itself counts each pair from both sides.
  std::vector<std::int64_t> same = std::vector<std::int64_t>(kBins), different = same;
  std::int64_t same_pairs = 0, different_pairs = 0;

  // The probability that a pair of the same label is nearer than one of different labels: 1 = apart, 0.5 = by chance;
  // pairs of one bin count half (Hanley & McNeil 1982). 0.5 if a side has no pairs.
  double auc() const;
  // The area that the two distributions share, 0 to 1.
  double overlap() const;
};

// Above max_pairs only every so many queries count. Threads and errors as retrieval_metrics.
Similarities similarities(const LabelledRows& queries, const LabelledRows& gallery, std::int64_t max_pairs = 20'000'000,
                          int threads = 0);

}  // namespace ootd
