#include "ootd/eval/confusion.h"

#include <algorithm>
#include <optional>

namespace ootd {
namespace {

std::optional<int> vote(const std::vector<Candidate>& nearest, const std::vector<LabelSet>& gallery_labels,
                        std::size_t label_count) {
  std::vector<int> votes(label_count), order;  // order: labels by their first neighbour
  for (const Candidate& neighbor : nearest)
    for (const int label : gallery_labels[neighbor.row])
      if (votes[static_cast<std::size_t>(label)]++ == 0) order.push_back(label);
  if (order.empty()) return std::nullopt;
  return *std::ranges::max_element(order, {}, [&](int label) { return votes[static_cast<std::size_t>(label)]; });
}

}  // namespace

double Confusion::share(std::size_t label, std::size_t voted) const {
  return queries[label] == 0 ? 0 : static_cast<double>(counts[label][voted]) / static_cast<double>(queries[label]);
}

double Confusion::macro_accuracy() const {
  double sum = 0;
  int labels = 0;
  for (std::size_t label = 0; label < queries.size(); ++label) {
    sum += share(label, label);
    labels += queries[label] > 0;
  }
  return labels == 0 ? 0 : sum / labels;
}

Confusion confusion_by_vote(const std::vector<LabelSet>& query_labels, const NearestLists& nearest,
                            const std::vector<LabelSet>& gallery_labels, std::size_t label_count) {
  Confusion confusion{std::vector<std::vector<std::int64_t>>(label_count, std::vector<std::int64_t>(label_count)),
                      std::vector<std::int64_t>(label_count)};
  for (std::size_t q = 0; q < nearest.size(); ++q) {
    const auto voted = vote(nearest[q], gallery_labels, label_count);
    if (!voted) continue;
    const bool right = std::ranges::binary_search(query_labels[q], *voted);
    for (const int own : query_labels[q]) {
      const auto label = static_cast<std::size_t>(own);
      ++confusion.counts[label][right ? label : static_cast<std::size_t>(*voted)];
      ++confusion.queries[label];
    }
  }
  return confusion;
}

Confusion confusion_of_pairs(std::span<const std::pair<int, int>> pairs, std::size_t label_count) {
  Confusion confusion;
  confusion.counts.assign(label_count, std::vector<std::int64_t>(label_count));
  confusion.queries.assign(label_count, 0);
  for (const auto& [right, given] : pairs) {
    ++confusion.counts[static_cast<std::size_t>(right)][static_cast<std::size_t>(given)];
    ++confusion.queries[static_cast<std::size_t>(right)];
  }
  return confusion;
}

}  // namespace ootd
