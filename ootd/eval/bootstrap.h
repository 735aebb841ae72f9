// Intervals for means and other statistics, by resampling the queries (Efron & Tibshirani 1993, ch. 13: the percentile
// method). Two models on the same queries: hand in the differences per query, then the interval is the paired one. The
// seed alone decides the draws, so that equal calls give equal intervals.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace ootd {

struct Interval {
  double low = 0, high = 0;
};

struct BootstrapOptions {
  int draws = 1000;
  double confidence = 0.95;
  std::uint64_t seed = 1;
};

// Of the mean of `values`; {0, 0} if there are none. Cost: O(draws * n), about 5 ns each.
Interval bootstrap_mean(std::span<const double> values, const BootstrapOptions& options = {});

// Of the mean of the groups' means (macro average); each group is resampled within itself. Empty groups do not count.
Interval bootstrap_macro_mean(std::span<const std::vector<double>> groups, const BootstrapOptions& options = {});

// Of statistics that are no means: `measure` is given how often each of n items was drawn, and returns as many values
// each time; those that a draw leaves undefined do not count. {0, 0} for what no draw defined; empty if n is 0.
std::vector<Interval> bootstrap_statistics(
    std::size_t n, const std::function<std::vector<std::optional<double>>(std::span<const std::uint32_t>)>& measure,
    const BootstrapOptions& options = {});

// By linear interpolation between the two nearest order statistics (numpy's default); share in [0, 1].
double percentile(std::span<const double> sorted, double share);

}  // namespace ootd
