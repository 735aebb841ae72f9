#include "ootd/eval/retrieval.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <span>
#include <string>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/threads.h"
#include "ootd/base/vector_math.h"

namespace ootd {
namespace {

// So many queries are compared with a gallery row while it lies in the nearest cache; they themselves fit the second.
constexpr std::size_t kQueryBlock = 16;

std::size_t shared(const LabelSet& a, const LabelSet& b) {
  std::size_t count = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      ++count, ++i, ++j;
    } else {
      (a[i] < b[j] ? i : j)++;
    }
  }
  return count;
}

struct Candidate {
  float score = 0;
  std::uint32_t row = 0;
  float gain = 0;  // > 0 means relevant
};

class Ranking {
 public:
  Ranking(const LabelledRows& queries, const LabelledRows& gallery) : queries_(queries), gallery_(gallery) {
    for (std::size_t rank = 1; rank <= gallery.ids.size(); ++rank)
      discounts_.push_back(1 / std::log2(static_cast<double>(rank) + 1));
  }

  // The queries of one block; `values` of those without a relevant candidate stay as they are.
  void rank_block(std::size_t first, std::size_t count, std::span<QueryMetrics> values, std::span<char> counted) const {
    Matrix scores(count, gallery_.ids.size());
    for (std::size_t g = 0; g < gallery_.ids.size(); ++g)
      for (std::size_t q = 0; q < count; ++q)
        scores.row(q)[g] = dot(queries_.vectors.row(first + q), gallery_.vectors.row(g));
    for (std::size_t q = 0; q < count; ++q) {
      values[first + q].query = first + q;
      counted[first + q] = measure(candidates(first + q, scores.row(q)), values[first + q].values);
    }
  }

 private:
  std::vector<Candidate> candidates(std::size_t q, std::span<const float> scores) const {
    std::vector<Candidate> found;
    found.reserve(scores.size());
    const LabelSet& labels = queries_.labels[q];
    for (std::size_t g = 0; g < scores.size(); ++g) {
      if (gallery_.ids[g] == queries_.ids[q]) continue;
      if (!queries_.within.empty() && shared(queries_.within[q], gallery_.within[g]) == 0) continue;
      if (!queries_.sources.empty() && shared(queries_.sources[q], gallery_.sources[g]) > 0) continue;
      const std::size_t both = shared(labels, gallery_.labels[g]);
      const std::size_t either = labels.size() + gallery_.labels[g].size() - both;
      found.push_back({scores[g], static_cast<std::uint32_t>(g),
                       both == 0 ? 0 : static_cast<float>(both) / static_cast<float>(either)});
    }
    std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
      return a.score != b.score ? a.score > b.score : a.row < b.row;
    });
    return found;
  }

  // False if nothing is relevant.
  bool measure(const std::vector<Candidate>& ranking, MetricValues& m) const {
    std::vector<float> gains;
    for (const Candidate& candidate : ranking)
      if (candidate.gain > 0) gains.push_back(candidate.gain);
    if (gains.empty()) return false;
    std::sort(gains.rbegin(), gains.rend());
    double best_gain = 0;
    for (std::size_t i = 0; i < gains.size(); ++i) best_gain += discounts_[i] * static_cast<double>(gains[i]);

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
      m[kNdcg] += discounts_[i] * static_cast<double>(ranking[i].gain) / best_gain;
      count_precision(5, kPrecisionAt5, rank);
      count_precision(10, kPrecisionAt10, rank);
      count_precision(20, kPrecisionAt20, rank);
      count_precision(50, kPrecisionAt50, rank);
    }
    m[kChancePrecision] = relevant / static_cast<double>(ranking.size());
    return true;
  }

  const LabelledRows& queries_;
  const LabelledRows& gallery_;
  std::vector<double> discounts_;  // of ranks 1, 2 ...
};

void check(const LabelledRows& rows, const char* side) {
  const std::size_t n = rows.ids.size();
  if (n == 0) throw Error(Kind::kInput, std::string("evaluation: no labelled images on the ") + side + " side");
  const auto differs = [n](const std::vector<LabelSet>& column) { return !column.empty() && column.size() != n; };
  if (rows.labels.size() != n || rows.vectors.rows() != n || differs(rows.within) || differs(rows.sources))
    throw Error(Kind::kInternal, "evaluation: rows, labels and ids differ in number");
}

}  // namespace

Retrieval retrieval_metrics(const LabelledRows& queries, const LabelledRows& gallery, int threads) {
  check(queries, "query");
  check(gallery, "gallery");
  if (queries.vectors.cols() != gallery.vectors.cols())
    throw Error(Kind::kInput, "evaluation: queries have " + std::to_string(queries.vectors.cols()) +
                                  " dimensions, the gallery " + std::to_string(gallery.vectors.cols()));
  if (queries.within.empty() != gallery.within.empty() || queries.sources.empty() != gallery.sources.empty())
    throw Error(Kind::kInternal, "evaluation: only one side says who may find whom");

  const std::size_t n = queries.ids.size();
  const Ranking ranking(queries, gallery);
  std::vector<QueryMetrics> each(n);
  std::vector<char> counted(n);
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> workers;
    for (int w = 0; w < thread_count(threads); ++w)
      workers.emplace_back([&] {
        for (std::size_t first = 0; (first = next.fetch_add(kQueryBlock)) < n;)
          ranking.rank_block(first, std::min(kQueryBlock, n - first), each, counted);
      });
  }
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
