#include "ootd/eval/bootstrap.h"

#include <algorithm>
#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/random.h"

namespace ootd {
namespace {

void check(const BootstrapOptions& options) {
  if (options.draws < 1 || options.confidence <= 0 || options.confidence >= 1)
    throw Error(Kind::kInput, "bootstrap: needs at least 1 draw and a confidence between 0 and 1");
}

Interval percentile_interval(std::vector<double> values, double confidence) {
  std::ranges::sort(values);
  const double outside = (1 - confidence) / 2;
  return {percentile(values, outside), percentile(values, 1 - outside)};
}

Interval bootstrap(std::span<const std::span<const double>> groups, const BootstrapOptions& options) {
  check(options);
  if (groups.empty()) return {};
  Random random(options.seed);
  std::vector<double> means(static_cast<std::size_t>(options.draws));
  for (double& mean : means) {
    for (const auto& values : groups) {
      double sum = 0;
      for (std::size_t i = 0; i < values.size(); ++i) sum += values[random.below(values.size())];
      mean += sum / static_cast<double>(values.size());
    }
    mean /= static_cast<double>(groups.size());
  }
  return percentile_interval(std::move(means), options.confidence);
}

}  // namespace

Interval bootstrap_mean(std::span<const double> values, const BootstrapOptions& options) {
  if (values.empty()) return {};
  return bootstrap({&values, 1}, options);
}

Interval bootstrap_macro_mean(std::span<const std::vector<double>> groups, const BootstrapOptions& options) {
  std::vector<std::span<const double>> filled;
  for (const auto& group : groups)
    if (!group.empty()) filled.emplace_back(group);
  return bootstrap(filled, options);
}

std::vector<Interval> bootstrap_statistics(
    std::size_t n, const std::function<std::vector<std::optional<double>>(std::span<const std::uint32_t>)>& measure,
    const BootstrapOptions& options) {
  check(options);
  if (n == 0) return {};
  Random random(options.seed);
  std::vector<std::vector<double>> columns;
  for (int draw = 0; draw < options.draws; ++draw) {
    std::vector<std::uint32_t> counts(n);
    for (std::size_t i = 0; i < n; ++i) ++counts[random.below(n)];
    const auto values = measure(counts);
    columns.resize(values.size());
    for (std::size_t v = 0; v < values.size(); ++v)
      if (values[v]) columns[v].push_back(*values[v]);
  }
  std::vector<Interval> intervals;
  for (auto& column : columns)
    intervals.push_back(column.empty() ? Interval{} : percentile_interval(std::move(column), options.confidence));
  return intervals;
}

double percentile(std::span<const double> sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - static_cast<double>(below));
}

}  // namespace ootd
