// What label the nearest neighbours would give each query: which labels the embeddings take for which.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "ootd/eval/candidates.h"

namespace ootd {

struct Confusion {
  // counts[label][voted]: queries of a label by the label that their neighbours vote for. A query with several labels
  // counts under each; a vote for any of them is right, and stands on the diagonal of each.
  std::vector<std::vector<std::int64_t>> counts;
  std::vector<std::int64_t> queries;  // row sums: queries of the label that had a neighbour

  double share(std::size_t label, std::size_t voted) const;  // of the label's queries; 0 if it has none
  double macro_accuracy() const;                             // mean of the diagonal's shares, over labels with queries
};

// Every neighbour has a vote for each of its labels; of equal votes the label whose first neighbour is nearer wins.
// Labels are numbered 0 .. label_count - 1.
Confusion confusion_by_vote(const std::vector<LabelSet>& query_labels, const NearestLists& nearest,
                            const std::vector<LabelSet>& gallery_labels, std::size_t label_count);

// The same of any pairs of the right label and the one given.
Confusion confusion_of_pairs(std::span<const std::pair<int, int>> pairs, std::size_t label_count);

}  // namespace ootd
