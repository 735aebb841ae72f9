#include "ootd/eval/retrieval.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "ootd/eval/candidates.h"

namespace ootd {
namespace {

// False if nothing is relevant.
bool measure(const std::vector<Candidate>& ranking, std::span<const double> discounts, MetricValues& m) {
  std::vector<float> gains;
  for (const Candidate& candidate : ranking)
    if (candidate.gain > 0) gains.push_back(candidate.gain);
  if (gains.empty()) return false;
  std::sort(gains.rbegin(), gains.rend());
  double best_gain = 0;
  for (std::size_t i = 0; i < gains.size(); ++i) best_gain += discounts[i] * static_cast<double>(gains[i]);

  const auto relevant = static_cast<double>(gains.size());
  double found = 0;
  const auto count_precision = [&](std::size_t k, Metric metric, std::size_t rank) {
    if (rank <= k) m[metric] += 1 / static_cast<double>(std::min(k, ranking.size()));
  };
  for (std::size_t i = 0; i < ranking.size() && found < relevant; ++i) {
    if (ranking[i].gain == 0) continue;
    const std::size_t rank = i + 1;
    if (++found == 1) {
      m[kMrr] = 1 / static_cast<double>(rank);
      m[kRecallAt1] = rank <= 1;
      m[kRecallAt5] = rank <= 5;
      m[kRecallAt10] = rank <= 10;
    }
    m[kMap] += found / static_cast<double>(rank) / relevant;
    m[kNdcg] += discounts[i] * static_cast<double>(ranking[i].gain) / best_gain;
    count_precision(5, kPrecisionAt5, rank);
    count_precision(10, kPrecisionAt10, rank);
    count_precision(20, kPrecisionAt20, rank);
    count_precision(50, kPrecisionAt50, rank);
  }
  m[kChancePrecision] = relevant / static_cast<double>(ranking.size());
  return true;
}

}  // namespace

Retrieval retrieval_metrics(const LabelledRows& queries, const LabelledRows& gallery, int threads) {
  const std::size_t n = queries.ids.size();
  std::vector<double> discounts;  // of ranks 1, 2 ...
  for (std::size_t rank = 1; rank <= gallery.ids.size(); ++rank)
    discounts.push_back(1 / std::log2(static_cast<double>(rank) + 1));
  std::vector<QueryMetrics> each(n);
  std::vector<char> counted(n);
  for_each_query(queries, gallery, threads, [&](std::size_t q, std::vector<Candidate>& candidates) {
    std::sort(candidates.begin(), candidates.end(), nearer);
    each[q].query = q;
    counted[q] = measure(candidates, discounts, each[q].values);
  });
  Retrieval result;
  for (std::size_t q = 0; q < n; ++q) {
    if (counted[q])
      result.queries.push_back(each[q]);
    else
      ++result.left_out;
  }
  return result;
}

MetricValues mean_of(const Retrieval& retrieval) {
  MetricValues mean{};
  for (const QueryMetrics& query : retrieval.queries)
    for (std::size_t m = 0; m < kMetricCount; ++m) mean[m] += query.values[m];
  if (!retrieval.queries.empty())
    for (double& value : mean) value /= static_cast<double>(retrieval.queries.size());
  return mean;
}

}  // namespace ootd
