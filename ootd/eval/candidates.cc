#include "ootd/eval/candidates.h"

#include <algorithm>
#include <atomic>
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

std::vector<Candidate> candidates_of(const LabelledRows& queries, std::size_t q, const LabelledRows& gallery,
                                     std::span<const float> scores) {
  std::vector<Candidate> found;
  found.reserve(scores.size());
  const LabelSet& labels = queries.labels[q];
  for (std::size_t g = 0; g < scores.size(); ++g) {
    if (gallery.ids[g] == queries.ids[q]) continue;
    if (!queries.within.empty() && shared(queries.within[q], gallery.within[g]) == 0) continue;
    if (!queries.sources.empty() && shared(queries.sources[q], gallery.sources[g]) > 0) continue;
    const std::size_t both = shared(labels, gallery.labels[g]);
    const std::size_t either = labels.size() + gallery.labels[g].size() - both;
    found.push_back({scores[g], static_cast<std::uint32_t>(g),
                     both == 0 ? 0 : static_cast<float>(both) / static_cast<float>(either)});
  }
  return found;
}

void check(const LabelledRows& rows, const char* side) {
  const std::size_t n = rows.ids.size();
  if (n == 0) throw Error(Kind::kInput, std::string("evaluation: no labelled images on the ") + side + " side");
  const auto differs = [n](const std::vector<LabelSet>& column) { return !column.empty() && column.size() != n; };
  if (rows.labels.size() != n || rows.vectors.rows() != n || differs(rows.within) || differs(rows.sources))
    throw Error(Kind::kInternal, "evaluation: rows, labels and ids differ in number");
}

}  // namespace

void for_each_query(const LabelledRows& queries, const LabelledRows& gallery, int threads,
                    const std::function<void(std::size_t, std::vector<Candidate>&)>& visit) {
  check(queries, "query");
  check(gallery, "gallery");
  if (queries.vectors.cols() != gallery.vectors.cols())
    throw Error(Kind::kInput, "evaluation: queries have " + std::to_string(queries.vectors.cols()) +
                                  " dimensions, the gallery " + std::to_string(gallery.vectors.cols()));
  if (queries.within.empty() != gallery.within.empty() || queries.sources.empty() != gallery.sources.empty())
    throw Error(Kind::kInternal, "evaluation: only one side says who may find whom");

  const std::size_t n = queries.ids.size();
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t first = 0; (first = next.fetch_add(kQueryBlock)) < n;) {
      const std::size_t count = std::min(kQueryBlock, n - first);
      Matrix scores(count, gallery.ids.size());
      for (std::size_t g = 0; g < gallery.ids.size(); ++g)
        for (std::size_t q = 0; q < count; ++q)
          scores.row(q)[g] = dot(queries.vectors.row(first + q), gallery.vectors.row(g));
      for (std::size_t q = 0; q < count; ++q) {
        auto candidates = candidates_of(queries, first + q, gallery, scores.row(q));
        visit(first + q, candidates);
      }
    }
  };
  std::vector<std::jthread> workers;
  for (int w = 0; w < thread_count(threads); ++w) workers.emplace_back(work);
}

NearestLists nearest_candidates(const LabelledRows& queries, const LabelledRows& gallery, std::size_t k, int threads) {
  NearestLists nearest(queries.ids.size());
  for_each_query(queries, gallery, threads, [&](std::size_t q, std::vector<Candidate>& candidates) {
    const std::size_t kept = std::min(k, candidates.size());
    std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(kept), candidates.end(),
                      nearer);
    nearest[q].assign(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(kept));
  });
  return nearest;
}

}  // namespace ootd
