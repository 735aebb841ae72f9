#include "ootd/eval/summary.h"

#include <map>
#include <numeric>

#include "ootd/base/error.h"

namespace ootd {
namespace {

double mean(std::span<const double> values) {
  return values.empty() ? 0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Estimate estimate_mean(std::span<const double> values, const BootstrapOptions& options) {
  return {mean(values), bootstrap_mean(values, options)};
}

RetrievalSummary summarize(const Retrieval& retrieval, const std::vector<LabelSet>& labels,
                           const BootstrapOptions& options) {
  RetrievalSummary summary;
  for (std::size_t m = 0; m < kMetricCount; ++m) {
    std::vector<double> all;
    std::map<int, std::vector<double>> by_label;
    for (const QueryMetrics& query : retrieval.queries) {
      all.push_back(query.values[m]);
      for (const int label : labels[query.query]) by_label[label].push_back(query.values[m]);
    }
    summary.all[m] = estimate_mean(all, options);
    summary.labels.resize(by_label.size());
    std::vector<std::vector<double>> groups;
    auto row = summary.labels.begin();
    for (auto& [label, values] : by_label) {
      row->label = label;
      row->queries = static_cast<std::int64_t>(values.size());
      row->metrics[m] = estimate_mean(values, options);
      summary.macro[m].value += row->metrics[m].value / static_cast<double>(by_label.size());
      groups.push_back(std::move(values));
      ++row;
    }
    summary.macro[m].interval = bootstrap_macro_mean(groups, options);
  }
  return summary;
}

Estimates paired_difference(const Retrieval& a, const Retrieval& b, const BootstrapOptions& options) {
  if (a.queries.size() != b.queries.size())
    throw Error(Kind::kInternal, "paired difference: the two sides answered different queries");
  Estimates estimates;
  for (std::size_t m = 0; m < kMetricCount; ++m) {
    std::vector<double> differences;
    for (std::size_t q = 0; q < a.queries.size(); ++q) {
      if (a.queries[q].query != b.queries[q].query)
        throw Error(Kind::kInternal, "paired difference: the two sides answered different queries");
      differences.push_back(a.queries[q].values[m] - b.queries[q].values[m]);
    }
    estimates[m] = estimate_mean(differences, options);
  }
  return estimates;
}

}  // namespace ootd
