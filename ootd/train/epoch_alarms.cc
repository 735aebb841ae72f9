#include "ootd/train/epoch_alarms.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "ootd/base/vector_math.h"
#include "ootd/train/alarm_text.h"

namespace ootd {
namespace {

// Collapse. At a variance of .02 any two photos have a cosine of about .98. EfficientNet-Lite0's raw features, which
// lie in a narrow cone, have .43 to .64 on four data sets, PCA and least-squares heads on them .99.
// Losses with a margin rightly draw all together (contrastive at .5: .13), so a narrow cone in which retrieval got
// better than at the start is none.
constexpr double kLeastVariance = 0.02;
constexpr double kVarianceFall = 0.1;  // as a share of the start's, whatever that was
// Dimensional collapse (Jing et al. 2022): the vectors use fewer than this share of the directions that the labels
// take, and fewer than half of those at the start. Training on labels rightly brings the directions down to the labels'
// (neural collapse, Papyan et al. 2020), not below: on seven label keys of four data sets least-squares heads used
// .47 to 1.0 of the labels' directions.
constexpr double kDirectionShare = 0.25;
constexpr double kDirectionFall = 0.5;

// Stagnation. Before five epochs a flat loss may be the warm-up's.
constexpr std::size_t kLeastEpochs = 5, kWindow = 8;
constexpr double kLeastFall = 0.005;    // of the loss over the window, as a share of it
constexpr double kNoiseFactor = 2;      // ... and in standard deviations of its noise
constexpr double kLeastMapGain = 0.01;  // over the start; a run that has learnt and levels off does not stagnate

// Inverted labels. Of n rows with labels that have nothing to do with them the separation stays within 2 / sqrt(n)
// (simulated in the tests).
constexpr double kInvertedSeparation = -0.1, kChanceSeparation = 2;
constexpr double kSeparationShare = 0.5;  // of the start's, lost while the loss falls

constexpr std::size_t kMostRows = 2000;

// Sum of squared inner products of all pairs of rows (a row with itself included), and of the rows' squared lengths.
std::pair<double, double> gram_sums(const Matrix& rows) {
  double trace = 0, squares = 0;
  for (std::size_t i = 0; i < rows.rows(); ++i)
    for (std::size_t j = 0; j <= i; ++j) {
      const double product = static_cast<double>(dot(rows.row(i), rows.row(j)));
      if (i == j) trace += product;
      squares += (i == j ? 1 : 2) * product * product;
    }
  return {trace, squares};
}

Matrix label_rows(const std::vector<LabelSet>& labels) {
  int count = 0;
  for (const auto& set : labels)
    for (const int label : set) count = std::max(count, label + 1);
  std::size_t labelled = 0;
  for (const auto& set : labels) labelled += !set.empty();
  Matrix rows(labelled, static_cast<std::size_t>(count));
  std::size_t row = 0;
  for (const auto& set : labels) {
    if (set.empty()) continue;
    for (const int label : set) rows.row(row)[static_cast<std::size_t>(label)] = 1;
    normalize(rows.row(row++));
  }
  return rows;
}

// [begin, end) spread evenly over 0 .. n - 1.
std::vector<std::size_t> even_selection(std::size_t n) {
  std::vector<std::size_t> chosen;
  const std::size_t count = std::min(n, kMostRows);
  for (std::size_t i = 0; i < count; ++i) chosen.push_back(i * n / count);
  return chosen;
}

bool share_one(const LabelSet& a, const LabelSet& b) {
  return std::any_of(a.begin(), a.end(), [&](int label) { return std::binary_search(b.begin(), b.end(), label); });
}

double separation_of(const Matrix& vectors, const std::vector<LabelSet>& labels) {
  std::vector<std::size_t> rows;
  for (const std::size_t i : even_selection(vectors.rows()))
    if (!labels[i].empty()) rows.push_back(i);
  double count[2] = {}, sum[2] = {}, squares = 0;
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) {
      const double cosine = static_cast<double>(dot(vectors.row(rows[i]), vectors.row(rows[j])));
      const int same = share_one(labels[rows[i]], labels[rows[j]]) ? 1 : 0;
      count[same] += 1, sum[same] += cosine, squares += cosine * cosine;
    }
  if (count[0] == 0 || count[1] == 0) return 0;
  const double all = count[0] + count[1], mean = (sum[0] + sum[1]) / all;
  const double variance = squares / all - mean * mean;
  return variance > 1e-10 ? (sum[1] / count[1] - sum[0] / count[0]) / std::sqrt(variance) : 0;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2;
}

struct Trend {
  double fall = 0;   // over the whole window, by the median of all pairs' slopes (Theil 1950, Sen 1968)
  double noise = 0;  // standard deviation about it, by the median absolute deviation
  double level = 0;
};

Trend trend_of(const std::vector<double>& values) {
  std::vector<double> slopes;
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) slopes.push_back((values[i] - values[j]) / static_cast<double>(i - j));
  const double slope = median(slopes);
  std::vector<double> rest;
  for (std::size_t i = 0; i < values.size(); ++i) rest.push_back(values[i] - slope * static_cast<double>(i));
  const double offset = median(rest);
  for (double& value : rest) value = std::abs(value - offset);
  return {-slope * static_cast<double>(values.size() - 1), 1.4826 * median(rest), std::abs(median(values))};
}

// The losses of the last epochs of the history, at most kWindow.
std::vector<double> recent_losses(std::span<const EpochStats> history) {
  std::vector<double> losses;
  for (const auto& stats : history)
    if (std::isfinite(stats.loss)) losses.push_back(stats.loss);
  if (losses.size() > kWindow) losses.erase(losses.begin(), losses.end() - kWindow);
  return losses;
}

bool falls(const std::vector<double>& losses) {
  const Trend trend = trend_of(losses);
  return trend.fall >= std::max(kLeastFall * trend.level, kNoiseFactor * trend.noise);
}

std::optional<Alarm> collapse(const EpochStats& start, const EpochStats& now) {
  const bool better = now.map > start.map + kLeastMapGain;
  if (!better && now.variance < std::max(kLeastVariance, kVarianceFall * start.variance))
    return Alarm{AlarmKind::kCollapse, AlarmLevel::kCritical, now.epoch,
                 "the validation vectors have a variance of " + short_number(now.variance) + " (at the start " +
                     short_number(start.variance) + "): any two photos have a cosine of about " +
                     short_number(1 - now.variance) +
                     ". The network gives every photo the same answer. Lower the rates, or take a loss with negatives "
                     "(more labels_per_batch); a loss that only pulls together ends like this."};
  if (now.participation_ratio < kDirectionShare * now.label_ratio &&
      now.participation_ratio < kDirectionFall * start.participation_ratio)
    return Alarm{
        AlarmKind::kCollapse, AlarmLevel::kWarning, now.epoch,
        "the validation vectors use " + short_number(now.participation_ratio) + " directions (at the start " +
            short_number(start.participation_ratio) + "), and the labels take " + short_number(now.label_ratio) +
            ". Most of the vector is idle, and labels fall together. Lower head_lr, or add the objective \"@base\", "
            "which keeps apart what was told apart before."};
  return std::nullopt;
}

std::optional<Alarm> stagnation(std::span<const EpochStats> history) {
  const std::vector<double> losses = recent_losses(history);
  if (losses.size() < kLeastEpochs || falls(losses)) return std::nullopt;
  const EpochStats& start = history.front();
  double best = 0;
  for (const auto& stats : history.subspan(1)) best = std::max(best, stats.map);
  if (best > start.map + kLeastMapGain) return std::nullopt;
  const Trend trend = trend_of(losses);
  return Alarm{
      AlarmKind::kStagnation, AlarmLevel::kWarning, history.back().epoch,
      "over the last " + std::to_string(losses.size()) + " epochs the loss fell by " + short_number(trend.fall) +
          " from about " + short_number(trend.level) + " (its noise is " + short_number(trend.noise) +
          "), and validation mAP never rose above the start's " + short_number(start.map) + " (best " +
          short_number(best) +
          "). Nothing is being learnt. Try ten times and a tenth of the rates, and see that the labels and the "
          "loss are right; the wrong sign of a loss looks like this."};
}

std::optional<Alarm> inverted(std::span<const EpochStats> history) {
  const EpochStats &start = history.front(), &now = history.back();
  const double chance = now.rows > 0 ? kChanceSeparation / std::sqrt(now.rows) : 1;
  const std::string seen = "photos that share a label lie " + short_number(now.separation) +
                           " standard deviations nearer to each other than photos that do not (at the start " +
                           short_number(start.separation) + ")";
  const std::string advice =
      " Look at the loss for exchanged terms (1 = alike pulls together) and at the labels for a shift by a row; "
      "if the run learns from other labels than the [data] select key, this one is being forgotten.";
  if (now.separation < std::min(kInvertedSeparation, -chance))
    return Alarm{AlarmKind::kInverted, AlarmLevel::kCritical, now.epoch,
                 seen + ": those that share one are FARTHER apart. The run pushes apart what is alike." + advice};
  const std::vector<double> losses = recent_losses(history);
  if (losses.size() >= 3 && losses.back() < losses.front() && start.separation > chance &&
      now.separation < kSeparationShare * start.separation && now.map < start.map)
    return Alarm{AlarmKind::kInverted, AlarmLevel::kWarning, now.epoch,
                 seen + ", and validation mAP went from " + short_number(start.map) + " to " + short_number(now.map) +
                     ", while the loss falls. What the loss asks for is not what the labels say." + advice};
  return std::nullopt;
}

}  // namespace

double participation_ratio(const Matrix& rows) {
  const auto chosen = even_selection(rows.rows());
  if (chosen.empty() || rows.cols() == 0) return 0;
  std::vector<double> mean(rows.cols());
  for (const std::size_t i : chosen)
    for (std::size_t d = 0; d < rows.cols(); ++d) mean[d] += static_cast<double>(rows.row(i)[d]);
  // tr(C^2) is the same of the rows' and of the columns' inner products: the smaller table of the two.
  const bool by_columns = rows.cols() < chosen.size();
  Matrix centred(by_columns ? rows.cols() : chosen.size(), by_columns ? chosen.size() : rows.cols());
  for (std::size_t i = 0; i < chosen.size(); ++i)
    for (std::size_t d = 0; d < rows.cols(); ++d) {
      const auto value = static_cast<float>(static_cast<double>(rows.row(chosen[i])[d]) -
                                            mean[d] / static_cast<double>(chosen.size()));
      (by_columns ? centred.row(d)[i] : centred.row(i)[d]) = value;
    }
  const auto [trace, squares] = gram_sums(centred);
  // Rows that are equal but for rounding have no direction.
  return trace > 1e-9 * static_cast<double>(chosen.size()) ? trace * trace / squares : 0;
}

EpochStats epoch_stats(int epoch, double loss, double map, const Matrix& vectors, const std::vector<LabelSet>& labels) {
  EpochStats stats{.epoch = epoch, .loss = loss, .map = map};
  if (vectors.empty()) return stats;
  double length = 0;
  for (std::size_t d = 0; d < vectors.cols(); ++d) {
    double sum = 0;
    for (std::size_t i = 0; i < vectors.rows(); ++i) sum += static_cast<double>(vectors.row(i)[d]);
    length += sum / static_cast<double>(vectors.rows()) * sum / static_cast<double>(vectors.rows());
  }
  stats.variance = std::max(0.0, 1 - length);
  stats.participation_ratio = participation_ratio(vectors);
  stats.label_ratio = participation_ratio(label_rows(labels));
  stats.separation = separation_of(vectors, labels);
  stats.rows =
      static_cast<double>(std::count_if(labels.begin(), labels.end(), [](const auto& s) { return !s.empty(); }));
  return stats;
}

std::vector<Alarm> epoch_alarms(std::span<const EpochStats> history) {
  std::vector<Alarm> alarms;
  if (history.size() < 2) return alarms;
  for (auto& alarm : {collapse(history.front(), history.back()), stagnation(history), inverted(history)})
    if (alarm) alarms.push_back(*alarm);
  return alarms;
}

std::vector<Alarm> new_epoch_alarms(std::span<const EpochStats> history) {
  std::vector<Alarm> alarms = epoch_alarms(history);
  if (history.empty()) return alarms;
  const std::vector<Alarm> before = epoch_alarms(history.first(history.size() - 1));
  std::erase_if(alarms, [&](const Alarm& alarm) {
    return std::any_of(before.begin(), before.end(),
                       [&](const Alarm& old) { return old.kind == alarm.kind && old.level == alarm.level; });
  });
  return alarms;
}

}  // namespace ootd
