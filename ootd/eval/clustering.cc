#include "ootd/eval/clustering.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/base/threads.h"
#include "ootd/base/vector_math.h"

namespace ootd {
namespace {

double squared_distance(std::span<const float> a, std::span<const float> b, double a_norm, double b_norm) {
  return std::max(0.0, a_norm + b_norm - 2 * static_cast<double>(dot(a, b)));
}

double squared_norm(std::span<const float> a) { return static_cast<double>(dot(a, a)); }

class Lloyd {
 public:
  Lloyd(const Matrix& rows, std::span<const double> norms, int clusters, std::uint64_t seed)
      : rows_(rows), norms_(norms), random_(seed), centres_(static_cast<std::size_t>(clusters), rows.cols()) {}

  KMeans run(int max_steps) {
    choose_centres();
    KMeans result{std::vector<int>(rows_.rows(), -1), 0};
    for (int step = 0; assign(result) && step < max_steps; ++step) move_centres(result.clusters);
    return result;
  }

 private:
  // k-means++: each next centre is a row, drawn with probability proportional to its squared distance to the nearest
  // centre so far.
  void choose_centres() {
    const std::size_t n = rows_.rows();
    std::vector<double> nearest(n, std::numeric_limits<double>::max());
    std::size_t chosen = random_.below(n);
    for (std::size_t c = 0; c < centres_.rows(); ++c) {
      std::ranges::copy(rows_.row(chosen), centres_.row(c).begin());
      double sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        nearest[i] = std::min(nearest[i], squared_distance(rows_.row(i), rows_.row(chosen), norms_[i], norms_[chosen]));
        sum += nearest[i];
      }
      double left = random_.uniform() * sum;
      for (chosen = 0; chosen + 1 < n && (left -= nearest[chosen]) >= 0;) ++chosen;
    }
  }

  // Whether any row changed its cluster.
  bool assign(KMeans& result) {
    std::vector<double> centre_norms;
    for (std::size_t c = 0; c < centres_.rows(); ++c) centre_norms.push_back(squared_norm(centres_.row(c)));
    bool moved = false;
    result.inertia = 0;
    distances_.assign(rows_.rows(), 0);
    for (std::size_t i = 0; i < rows_.rows(); ++i) {
      double best = std::numeric_limits<double>::max();
      int cluster = 0;
      for (std::size_t c = 0; c < centres_.rows(); ++c) {
        const double d = squared_distance(rows_.row(i), centres_.row(c), norms_[i], centre_norms[c]);
        if (d < best) best = d, cluster = static_cast<int>(c);
      }
      moved |= cluster != result.clusters[i];
      result.clusters[i] = cluster;
      distances_[i] = best;
      result.inertia += best;
    }
    return moved;
  }

  void move_centres(std::span<const int> clusters) {
    Matrix sums(centres_.rows(), centres_.cols());
    std::vector<float> sizes(centres_.rows());
    for (std::size_t i = 0; i < rows_.rows(); ++i) {
      const auto c = static_cast<std::size_t>(clusters[i]);
      for (std::size_t d = 0; d < sums.cols(); ++d) sums.row(c)[d] += rows_.row(i)[d];
      sizes[c] += 1;
    }
    for (std::size_t c = 0; c < sums.rows(); ++c) {
      if (sizes[c] == 0) {  // an empty cluster starts anew at the row that is worst off
        const auto worst = std::ranges::max_element(distances_);
        std::ranges::copy(rows_.row(static_cast<std::size_t>(worst - distances_.begin())), sums.row(c).begin());
        *worst = 0;
        sizes[c] = 1;
      }
      for (float& v : sums.row(c)) v /= sizes[c];
    }
    centres_ = std::move(sums);
  }

  const Matrix& rows_;
  const std::span<const double> norms_;
  Random random_;
  Matrix centres_;
  std::vector<double> distances_;  // squared, of each row to its centre
};

// Cluster numbers made dense, and their sizes.
struct Partition {
  std::vector<std::size_t> of;
  std::vector<double> sizes;
};

Partition partition(std::span<const int> values) {
  std::map<int, std::size_t> numbers;
  Partition p;
  for (const int value : values) {
    p.of.push_back(numbers.emplace(value, numbers.size()).first->second);
    p.sizes.resize(numbers.size());
    p.sizes[p.of.back()] += 1;
  }
  return p;
}

double entropy(const Partition& p, double n) {
  double h = 0;
  for (const double size : p.sizes) h -= size / n * std::log(size / n);
  return h;
}

// The mutual information that two partitions of these sizes have on average: each cell's count is hypergeometric.
double expected_mutual_information(const Partition& a, const Partition& b, std::size_t n) {
  std::vector<double> log_factorial(n + 1);
  for (std::size_t i = 1; i <= n; ++i) log_factorial[i] = log_factorial[i - 1] + std::log(static_cast<double>(i));
  const auto total = static_cast<double>(n);
  double expected = 0;
  for (const double size_a : a.sizes)
    for (const double size_b : b.sizes) {
      const auto in_a = static_cast<std::size_t>(size_a), in_b = static_cast<std::size_t>(size_b);
      const double fixed = log_factorial[in_a] + log_factorial[in_b] + log_factorial[n - in_a] +
                           log_factorial[n - in_b] - log_factorial[n];
      for (std::size_t both = in_a + in_b > n ? in_a + in_b - n : 1; both <= std::min(in_a, in_b); ++both) {
        if (both == 0) continue;
        const double probability = std::exp(fixed - log_factorial[both] - log_factorial[in_a - both] -
                                            log_factorial[in_b - both] - log_factorial[n + both - in_a - in_b]);
        const auto count = static_cast<double>(both);
        expected += probability * count / total * std::log(total * count / (size_a * size_b));
      }
    }
  return expected;
}

}  // namespace

SingleLabelRows single_label_rows(const LabelledRows& rows) {
  std::vector<std::size_t> chosen;
  std::map<int, int> numbers;
  SingleLabelRows single;
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    if (rows.labels[i].size() != 1) continue;
    chosen.push_back(i);
    single.labels.push_back(numbers.emplace(rows.labels[i][0], static_cast<int>(numbers.size())).first->second);
  }
  single.label_count = static_cast<int>(numbers.size());
  single.vectors = Matrix(chosen.size(), rows.vectors.cols());
  for (std::size_t i = 0; i < chosen.size(); ++i)
    std::ranges::copy(rows.vectors.row(chosen[i]), single.vectors.row(i).begin());
  return single;
}

std::vector<double> silhouettes(const SingleLabelRows& rows) {
  if (rows.label_count < 2) throw Error(Kind::kInput, "silhouette needs images of at least 2 different labels");
  // In cosine distance the mean distance to a cluster is 1 - x . (sum of the cluster) / size: no pairs needed.
  const std::size_t dim = rows.vectors.cols();
  Matrix sums(static_cast<std::size_t>(rows.label_count), dim);
  std::vector<double> sizes(static_cast<std::size_t>(rows.label_count));
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    const auto label = static_cast<std::size_t>(rows.labels[i]);
    for (std::size_t d = 0; d < dim; ++d) sums.row(label)[d] += rows.vectors.row(i)[d];
    sizes[label] += 1;
  }
  std::vector<double> values(rows.labels.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto own = static_cast<std::size_t>(rows.labels[i]);
    if (sizes[own] < 2) continue;
    const auto x = rows.vectors.row(i);
    double within = 0, nearest = 2;
    for (std::size_t label = 0; label < sizes.size(); ++label) {
      const auto similarity = static_cast<double>(dot(x, sums.row(label)));
      if (label == own)
        within = 1 - (similarity - squared_norm(x)) / (sizes[own] - 1);
      else
        nearest = std::min(nearest, 1 - similarity / sizes[label]);
    }
    const double larger = std::max(within, nearest);
    if (larger > 0) values[i] = (nearest - within) / larger;
  }
  return values;
}

KMeans k_means(const Matrix& rows, const KMeansOptions& options) {
  if (options.clusters < 1 || options.restarts < 1)
    throw Error(Kind::kInput, "k-means needs at least 1 cluster and 1 restart");
  if (rows.rows() < static_cast<std::size_t>(options.clusters))
    throw Error(Kind::kInput, "k-means: " + std::to_string(rows.rows()) + " rows cannot make " +
                                  std::to_string(options.clusters) + " clusters");
  std::vector<double> norms;
  for (std::size_t i = 0; i < rows.rows(); ++i) norms.push_back(squared_norm(rows.row(i)));
  std::vector<KMeans> results(static_cast<std::size_t>(options.restarts));
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> workers;
    for (int w = 0; w < std::min(thread_count(options.threads), options.restarts); ++w)
      workers.emplace_back([&] {
        for (std::size_t r = 0; (r = next++) < results.size();)
          results[r] = Lloyd(rows, norms, options.clusters, options.seed + r).run(options.max_steps);
      });
  }
  return *std::ranges::min_element(results, {}, &KMeans::inertia);
}

double adjusted_mutual_information(std::span<const int> a, std::span<const int> b) {
  if (a.size() != b.size())
    throw Error(Kind::kInternal, "adjusted mutual information: the partitions differ in length");
  const Partition pa = partition(a), pb = partition(b);
  const std::size_t n = a.size();
  // One cluster on both sides, or only single rows on both: equal, though the formula gives 0 / 0.
  if (pa.sizes.size() == pb.sizes.size() && (pa.sizes.size() <= 1 || pa.sizes.size() == n)) return 1;

  const auto total = static_cast<double>(n);
  std::vector<double> cells(pa.sizes.size() * pb.sizes.size());
  for (std::size_t i = 0; i < n; ++i) cells[pa.of[i] * pb.sizes.size() + pb.of[i]] += 1;
  double information = 0;
  for (std::size_t i = 0; i < pa.sizes.size(); ++i)
    for (std::size_t j = 0; j < pb.sizes.size(); ++j) {
      const double both = cells[i * pb.sizes.size() + j];
      if (both > 0) information += both / total * std::log(both * total / (pa.sizes[i] * pb.sizes[j]));
    }
  const double expected = expected_mutual_information(pa, pb, n);
  const double scale = (entropy(pa, total) + entropy(pb, total)) / 2 - expected;
  constexpr double kEpsilon = std::numeric_limits<double>::epsilon();
  return (information - expected) / (scale < 0 ? std::min(scale, -kEpsilon) : std::max(scale, kEpsilon));
}

}  // namespace ootd
