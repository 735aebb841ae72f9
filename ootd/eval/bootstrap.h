// Intervals for means, by resampling the queries (Efron & Tibshirani 1993, ch. 13: the percentile method).
// Two models on the same queries: hand in the differences per query, then the interval is the paired one.
// The seed alone decides the draws, so that equal calls give equal intervals.
#pragma once

#include <cstdint>
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

// By linear interpolation between the two nearest order statistics (numpy's default); share in [0, 1].
double percentile(std::span<const double> sorted, double share);

}  // namespace ootd
