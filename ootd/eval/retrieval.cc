#include "ootd/eval/retrieval.h"

#include <algorithm>
#include <numeric>
#include <span>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/threads.h"
#include "ootd/base/vector_math.h"

namespace ootd {
namespace {

constexpr std::size_t kAt = 10;

bool share_a_label(const std::vector<int>& a, const std::vector<int>& b) {
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) return true;
    (a[i] < b[j] ? i : j)++;
  }
  return false;
}

struct QueryMetrics {
  bool counted = false;
  double recall_at_1 = 0, recall_at_5 = 0, recall_at_10 = 0, precision_at_10 = 0, average_precision = 0,
         reciprocal_rank = 0;
};

QueryMetrics rank_one(std::span<const float> query, const std::vector<int>& labels, std::uint32_t id,
                      const LabelledRows& gallery) {
  std::vector<std::pair<float, std::uint32_t>> ranking;  // negated score, gallery index: ascending = best first
  std::size_t relevant = 0;
  ranking.reserve(gallery.ids.size());
  for (std::size_t g = 0; g < gallery.ids.size(); ++g) {
    if (gallery.ids[g] == id) continue;
    ranking.emplace_back(-dot(query, gallery.vectors.row(g)), static_cast<std::uint32_t>(g));
    if (share_a_label(labels, gallery.labels[g])) ++relevant;
  }
  QueryMetrics m;
  if (relevant == 0) return m;
  std::sort(ranking.begin(), ranking.end());
  m.counted = true;
  std::size_t found = 0, found_at_10 = 0;
  for (std::size_t rank = 1; rank <= ranking.size() && found < relevant; ++rank) {
    if (!share_a_label(labels, gallery.labels[ranking[rank - 1].second])) continue;
    ++found;
    m.average_precision += static_cast<double>(found) / static_cast<double>(rank);
    if (found == 1) {
      m.reciprocal_rank = 1.0 / static_cast<double>(rank);
      m.recall_at_1 = rank <= 1;
      m.recall_at_5 = rank <= 5;
      m.recall_at_10 = rank <= 10;
    }
    if (rank <= kAt) ++found_at_10;
  }
  m.average_precision /= static_cast<double>(relevant);
  m.precision_at_10 = static_cast<double>(found_at_10) / static_cast<double>(std::min(kAt, ranking.size()));
  return m;
}

void check(const LabelledRows& rows, const char* side) {
  if (rows.ids.empty())
    throw Error(Kind::kInput, std::string("evaluation: no labelled images on the ") + side + " side");
  if (rows.labels.size() != rows.ids.size() || rows.vectors.rows() != rows.ids.size())
    throw Error(Kind::kInternal, "evaluation: rows, labels and ids differ in number");
}

}  // namespace

RetrievalMetrics retrieval_metrics(const LabelledRows& queries, const LabelledRows& gallery, int threads) {
  check(queries, "query");
  check(gallery, "gallery");
  if (queries.vectors.cols() != gallery.vectors.cols())
    throw Error(Kind::kInput, "evaluation: queries and gallery differ in dimension");
  std::vector<QueryMetrics> each(queries.ids.size());
  const auto workers = static_cast<std::size_t>(thread_count(threads));
  std::vector<std::thread> pool;
  for (std::size_t w = 0; w < workers; ++w)
    pool.emplace_back([&, w] {
      for (std::size_t q = w; q < each.size(); q += workers)
        each[q] = rank_one(queries.vectors.row(q), queries.labels[q], queries.ids[q], gallery);
    });
  for (auto& worker : pool) worker.join();

  RetrievalMetrics sum;
  for (const auto& m : each) {
    if (!m.counted) {
      ++sum.left_out;
      continue;
    }
    ++sum.queries;
    sum.recall_at_1 += m.recall_at_1;
    sum.recall_at_5 += m.recall_at_5;
    sum.recall_at_10 += m.recall_at_10;
    sum.precision_at_10 += m.precision_at_10;
    sum.map += m.average_precision;
    sum.mrr += m.reciprocal_rank;
  }
  if (sum.queries > 0)
    for (double* value :
         {&sum.recall_at_1, &sum.recall_at_5, &sum.recall_at_10, &sum.precision_at_10, &sum.map, &sum.mrr})
      *value /= static_cast<double>(sum.queries);
  return sum;
}

double silhouette(const LabelledRows& rows) {
  check(rows, "gallery");
  int labels = 0;
  for (const auto& own : rows.labels)
    if (!own.empty()) labels = std::max(labels, own.front() + 1);
  // In cosine distance the mean distance to a cluster is 1 - x . (sum of the cluster) / size: no pairs needed.
  const std::size_t dim = rows.vectors.cols();
  Matrix sums(static_cast<std::size_t>(labels), dim);
  std::vector<double> sizes(static_cast<std::size_t>(labels));
  for (std::size_t i = 0; i < rows.ids.size(); ++i) {
    if (rows.labels[i].empty()) continue;
    const auto label = static_cast<std::size_t>(rows.labels[i].front());
    for (std::size_t d = 0; d < dim; ++d) sums.row(label)[d] += rows.vectors.row(i)[d];
    sizes[label] += 1;
  }
  if (std::count_if(sizes.begin(), sizes.end(), [](double n) { return n > 0; }) < 2)
    throw Error(Kind::kInput, "silhouette needs images of at least 2 different labels");

  double total = 0;
  std::size_t counted = 0;
  for (std::size_t i = 0; i < rows.ids.size(); ++i) {
    if (rows.labels[i].empty()) continue;
    ++counted;
    const auto own = static_cast<std::size_t>(rows.labels[i].front());
    if (sizes[own] < 2) continue;
    const auto x = rows.vectors.row(i);
    double within = 0, nearest = 2;
    for (std::size_t label = 0; label < sizes.size(); ++label) {
      if (sizes[label] == 0) continue;
      const double similarity = dot(x, sums.row(label));
      if (label == own)
        within = 1 - (similarity - dot(x, x)) / (sizes[own] - 1);
      else
        nearest = std::min(nearest, 1 - similarity / sizes[label]);
    }
    const double larger = std::max(within, nearest);
    if (larger > 0) total += (nearest - within) / larger;
  }
  return total / static_cast<double>(counted);
}

}  // namespace ootd
