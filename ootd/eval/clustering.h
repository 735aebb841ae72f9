// How well embeddings fall into clusters that are the labels.
// Threads: pure functions; k-means runs its restarts on `threads` cores, with the same result on any number.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "ootd/eval/retrieval.h"

namespace ootd {

// The rows that carry exactly one label: clusters cannot overlap.
struct SingleLabelRows {
  Matrix vectors;           // n x dim
  std::vector<int> labels;  // n, numbered 0 .. label_count - 1
  int label_count = 0;
};
SingleLabelRows single_label_rows(const LabelledRows& rows);

// Per row (b - a) / max(a, b) in cosine distance; a = mean distance to the row's own label, b = to the nearest other
// label; 0 for a label with one row. In [-1, 1]; the mean is the silhouette (Rousseeuw 1987). Throws Error(kInput) with
// fewer than 2 labels. Cost: O(n * labels * dim).
std::vector<double> silhouettes(const SingleLabelRows& rows);

struct KMeansOptions {
  int clusters = 8;
  int restarts = 10;    // the one of least inertia counts
  int max_steps = 100;  // of Lloyd's algorithm; it ends earlier when no row moves
  std::uint64_t seed = 1;
  int threads = 0;
};
struct KMeans {
  std::vector<int> clusters;  // of each row, 0 .. clusters - 1
  double inertia = 0;         // sum of squared Euclidean distances to the centres
};
// Arthur & Vassilvitskii 2007 (k-means++), Lloyd 1982. Throws Error(kInput) with fewer rows than clusters.
// Cost: O(restarts * steps * n * clusters * dim).
KMeans k_means(const Matrix& rows, const KMeansOptions& options);

// Mutual information of two partitions of the same rows, adjusted for chance and normalised by the arithmetic mean of
// the entropies: 1 = the same partition, 0 = as good as chance (Vinh, Epps & Bailey 2010). Values >= 0.
// Cost: O(n * clusters).
double adjusted_mutual_information(std::span<const int> a, std::span<const int> b);

}  // namespace ootd
