#include "ootd/eval/similarity.h"

#include <algorithm>
#include <cmath>
#include <mutex>

#include "ootd/eval/candidates.h"

namespace ootd {
namespace {

// Rows first, first + stride, ...
LabelledRows every(const LabelledRows& rows, std::size_t stride) {
  LabelledRows some;
  some.vectors = Matrix((rows.ids.size() + stride - 1) / stride, rows.vectors.cols());
  for (std::size_t i = 0, kept = 0; i < rows.ids.size(); i += stride, ++kept) {
    std::ranges::copy(rows.vectors.row(i), some.vectors.row(kept).begin());
    some.labels.push_back(rows.labels[i]);
    some.ids.push_back(rows.ids[i]);
    if (!rows.within.empty()) some.within.push_back(rows.within[i]);
    if (!rows.sources.empty()) some.sources.push_back(rows.sources[i]);
  }
  return some;
}

std::size_t bin_of(float score) {
  const double share = (static_cast<double>(score) + 1) / 2;
  return static_cast<std::size_t>(std::clamp(share * Similarities::kBins, 0.0, Similarities::kBins - 1.0));
}

}  // namespace

double Similarities::auc() const {
  if (same_pairs == 0 || different_pairs == 0) return 0.5;
  double wins = 0;
  std::int64_t below = 0;  // different pairs in lower bins
  for (std::size_t bin = 0; bin < kBins; ++bin) {
    wins += static_cast<double>(same[bin]) * (static_cast<double>(below) + static_cast<double>(different[bin]) / 2);
    below += different[bin];
  }
  return wins / static_cast<double>(same_pairs) / static_cast<double>(different_pairs);
}

double Similarities::overlap() const {
  if (same_pairs == 0 || different_pairs == 0) return 0;
  // Over hundredths of the cosine: finer bins of few pairs would hardly ever meet.
  constexpr std::size_t kCoarse = kBins / 200;
  double shared = 0;
  for (std::size_t first = 0; first < kBins; first += kCoarse) {
    std::int64_t s = 0, d = 0;
    for (std::size_t bin = first; bin < first + kCoarse; ++bin) s += same[bin], d += different[bin];
    shared += std::min(static_cast<double>(s) / static_cast<double>(same_pairs),
                       static_cast<double>(d) / static_cast<double>(different_pairs));
  }
  return shared;
}

Similarities similarities(const LabelledRows& queries, const LabelledRows& gallery, std::int64_t max_pairs,
                          int threads) {
  const double pairs = static_cast<double>(queries.ids.size()) * static_cast<double>(gallery.ids.size());
  const auto stride = static_cast<std::size_t>(std::ceil(std::max(1.0, pairs / static_cast<double>(max_pairs))));
  Similarities result;
  std::mutex mutex;  // guards result
  const auto count = [&](std::size_t, const std::vector<Candidate>& candidates) {
    const std::lock_guard lock(mutex);
    for (const Candidate& candidate : candidates) {
      ++(candidate.gain > 0 ? result.same : result.different)[bin_of(candidate.score)];
      ++(candidate.gain > 0 ? result.same_pairs : result.different_pairs);
    }
  };
  if (stride == 1)
    for_each_query(queries, gallery, threads, count);
  else
    for_each_query(every(queries, stride), gallery, threads, count);
  return result;
}

}  // namespace ootd
