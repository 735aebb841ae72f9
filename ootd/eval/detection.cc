#include "ootd/eval/detection.h"

#include <algorithm>
#include <numeric>

namespace ootd {
namespace {

constexpr std::size_t kMaxFound = 100;  // per photo and class
constexpr std::size_t kRecalls = 101;   // 0, .01 ... 1

struct AreaRange {
  double low = 0, high = 0;
  bool holds(const Box& box) const {
    const double area = static_cast<double>(box.w) * box.h;
    return low <= area && area <= high;
  }
};
constexpr double kNoLimit = 1e10;
constexpr std::array<AreaRange, kBoxSizeCount> kAreaRanges = {
    {{0, kNoLimit}, {0, 32 * 32}, {32 * 32, 96 * 96}, {96 * 96, kNoLimit}}};

// In double, unlike iou() of base: a float's rounding would decide at the thresholds otherwise than COCO's code does.
double overlap(const Box& found, const LabelledBox& labelled) {
  const Box& box = labelled.box;
  const auto right = [](const Box& b) { return static_cast<double>(b.x) + b.w; };
  const auto bottom = [](const Box& b) { return static_cast<double>(b.y) + b.h; };
  const double w = std::min(right(found), right(box)) - std::max(found.x, box.x);
  const double h = std::min(bottom(found), bottom(box)) - std::max(found.y, box.y);
  if (w <= 0 || h <= 0) return 0;
  const double area = static_cast<double>(found.w) * found.h;
  return w * h / (labelled.ignore ? area : area + static_cast<double>(box.w) * box.h - w * h);
}

// The boxes of one class in one photo.
struct Scene {
  std::vector<LabelledBox> labelled;  // those that count first
  std::vector<char> ignored;          // of labelled
  std::vector<const Detection*> found;
};

Scene scene_of(const PhotoBoxes& photo, int label, const AreaRange& range) {
  Scene scene;
  const auto counts = [&](const LabelledBox& box) { return !box.ignore && range.holds(box.box); };
  for (const bool counting : {true, false})
    for (const LabelledBox& box : photo.labelled)
      if (box.label == label && counts(box) == counting) {
        scene.labelled.push_back(box);
        scene.ignored.push_back(!counting);
      }
  for (const Detection& detection : photo.found)
    if (detection.label == label) scene.found.push_back(&detection);
  std::ranges::stable_sort(scene.found, std::ranges::greater{}, &Detection::score);
  scene.found.resize(std::min(scene.found.size(), kMaxFound));
  return scene;
}

// Sets bit `t` of what each detection of the scene has become.
void match_at(const Scene& scene, std::size_t t, const AreaRange& range, std::span<ClassMatches::Found> results) {
  const auto bit = static_cast<std::uint16_t>(1u << t);
  std::vector<char> taken(scene.labelled.size());
  for (std::size_t d = 0; d < scene.found.size(); ++d) {
    const Box& box = scene.found[d]->box;
    std::optional<std::size_t> match;
    double best = iou_threshold(t);
    for (std::size_t g = 0; g < scene.labelled.size(); ++g) {
      if (taken[g] && !scene.labelled[g].ignore) continue;
      if (match && !scene.ignored[*match] && scene.ignored[g]) break;  // a box that counts goes before one that doesn't
      const double iou = overlap(box, scene.labelled[g]);
      if (iou < best) continue;  // of equal ones the last
      best = iou;
      match = g;
    }
    if (match) taken[*match] = 1;
    if (match ? scene.ignored[*match] : !range.holds(box))
      results[d].ignored |= bit;
    else if (match)
      results[d].right |= bit;
  }
}

double mean_of(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

using MaybeValue = std::optional<double>;

MaybeValue mean_of_known(std::span<const MaybeValue> values) {
  std::vector<double> known;
  for (const MaybeValue& value : values)
    if (value) known.push_back(*value);
  if (known.empty()) return std::nullopt;
  return mean_of(known);
}

// AP50, AP and AR of every class, then their means over the classes: kMeasures rows of classes + 1.
constexpr std::size_t kMeasures = 3;
std::vector<MaybeValue> measure(std::span<const ClassMatches> classes, std::span<const std::uint32_t> counts) {
  std::vector<MaybeValue> table((classes.size() + 1) * kMeasures);
  for (std::size_t c = 0; c < classes.size(); ++c) {
    const auto result = average_precision(classes[c], counts);
    if (!result) continue;
    const double values[kMeasures] = {result->ap50(), result->ap(), result->ar()};
    for (std::size_t m = 0; m < kMeasures; ++m) table[m * (classes.size() + 1) + c] = values[m];
  }
  for (std::size_t m = 0; m < kMeasures; ++m) {
    const auto row = std::span(table).subspan(m * (classes.size() + 1), classes.size() + 1);
    row.back() = mean_of_known(row.first(classes.size()));
  }
  return table;
}

}  // namespace

double iou_threshold(std::size_t i) {
  // As numpy's linspace rounds it.
  return i + 1 == kIouThresholds ? 0.95 : 0.5 + static_cast<double>(i) * ((0.95 - 0.5) / (kIouThresholds - 1));
}

double AveragePrecision::ap() const { return mean_of(precision); }
double AveragePrecision::ar() const { return mean_of(recall); }

ClassMatches match_boxes(std::span<const PhotoBoxes> photos, int label, BoxSize size) {
  const AreaRange& range = kAreaRanges[size];
  ClassMatches matches;
  for (std::uint32_t p = 0; p < photos.size(); ++p) {
    const Scene scene = scene_of(photos[p], label, range);
    matches.labelled.push_back(static_cast<std::uint32_t>(std::ranges::count(scene.ignored, 0)));
    const std::size_t before = matches.found.size();
    for (const Detection* detection : scene.found) matches.found.push_back({detection->score, p});
    for (std::size_t t = 0; t < kIouThresholds; ++t)
      match_at(scene, t, range, std::span(matches.found).subspan(before));
  }
  std::ranges::stable_sort(matches.found, std::ranges::greater{}, &ClassMatches::Found::score);
  return matches;
}

std::optional<AveragePrecision> average_precision(const ClassMatches& matches, std::span<const std::uint32_t> counts) {
  const auto count_of = [&](std::size_t photo) { return counts.empty() ? 1u : counts[photo]; };
  std::int64_t wanted = 0;
  for (std::size_t p = 0; p < matches.labelled.size(); ++p) wanted += std::int64_t{count_of(p)} * matches.labelled[p];
  if (wanted == 0) return std::nullopt;
  AveragePrecision result;
  std::vector<double> precisions, recalls;  // after each right detection: elsewhere recall stands and precision falls
  for (std::size_t t = 0; t < kIouThresholds; ++t) {
    precisions.clear();
    recalls.clear();
    std::int64_t right = 0, wrong = 0;
    for (const auto& found : matches.found) {
      const std::uint32_t n = count_of(found.photo);
      if (n == 0 || (found.ignored >> t & 1)) continue;
      if (!(found.right >> t & 1)) {
        wrong += n;
        continue;
      }
      right += n;
      precisions.push_back(static_cast<double>(right) / static_cast<double>(right + wrong));
      recalls.push_back(static_cast<double>(right) / static_cast<double>(wanted));
    }
    for (std::size_t i = precisions.size(); i-- > 1;) precisions[i - 1] = std::max(precisions[i - 1], precisions[i]);
    double sum = 0;
    for (std::size_t r = 0, i = 0; r < kRecalls; ++r) {
      while (i < recalls.size() && recalls[i] < static_cast<double>(r) * 0.01) ++i;  // as numpy's linspace rounds it
      if (i == recalls.size()) break;
      sum += precisions[i];
    }
    result.precision[t] = sum / kRecalls;
    result.recall[t] = recalls.empty() ? 0 : recalls.back();
  }
  return result;
}

std::vector<PrecisionRecall> precision_recall_curve(const ClassMatches& matches, std::size_t threshold) {
  const double wanted = std::accumulate(matches.labelled.begin(), matches.labelled.end(), 0.0);
  std::vector<PrecisionRecall> curve;
  double right = 0;
  for (const auto& found : matches.found) {
    if (found.ignored >> threshold & 1) continue;
    right += found.right >> threshold & 1;
    curve.push_back({found.score, right / static_cast<double>(curve.size() + 1), wanted > 0 ? right / wanted : 0});
  }
  return curve;
}

DetectionSummary summarize_detection(std::span<const PhotoBoxes> photos, int label_count,
                                     const BootstrapOptions& options) {
  DetectionSummary summary;
  std::vector<ClassMatches> all;
  std::array<std::vector<MaybeValue>, kBoxSizeCount> by_size;
  for (int label = 0; label < label_count; ++label) {
    ClassFigures& figures = summary.classes.emplace_back();
    for (std::size_t size = 0; size < kBoxSizeCount; ++size) {
      ClassMatches matches = match_boxes(photos, label, static_cast<BoxSize>(size));
      if (const auto result = average_precision(matches)) figures.ap_by_size[size] = result->ap();
      by_size[size].push_back(figures.ap_by_size[size]);
      if (size == kAnySize) all.push_back(std::move(matches));
    }
    for (const std::uint32_t labelled : all.back().labelled) {
      figures.labelled += labelled;
      figures.photos += labelled > 0;
    }
  }
  for (std::size_t size = 0; size < kBoxSizeCount; ++size)
    summary.macro.ap_by_size[size] = mean_of_known(by_size[size]);

  const auto values = measure(all, {});
  const auto intervals = bootstrap_statistics(
      photos.size(), [&](std::span<const std::uint32_t> counts) { return measure(all, counts); }, options);
  for (std::size_t c = 0; c <= all.size(); ++c) {
    DetectionFigures& figures = c < all.size() ? summary.classes[c] : summary.macro;
    std::optional<Estimate>* const cells[kMeasures] = {&figures.ap50, &figures.ap, &figures.ar};
    for (std::size_t m = 0; m < kMeasures; ++m) {
      const std::size_t at = m * (all.size() + 1) + c;
      if (values[at]) *cells[m] = Estimate{*values[at], intervals[at]};
    }
  }
  return summary;
}

IouSummary summarize_ious(std::vector<double> ious, const BootstrapOptions& options) {
  IouSummary summary;
  summary.n = ious.size();
  if (ious.empty()) return summary;
  std::ranges::sort(ious);
  summary.mean = estimate_mean(ious, options);
  for (std::size_t m = 0; m < IouSummary::kMarks.size(); ++m) {
    std::vector<double> reached;
    for (const double iou : ious) reached.push_back(iou >= IouSummary::kMarks[m] ? 1 : 0);
    summary.shares[m] = estimate_mean(reached, options);
  }
  for (std::size_t q = 0; q < IouSummary::kQuantiles.size(); ++q)
    summary.quantiles[q] = percentile(ious, IouSummary::kQuantiles[q]);
  return summary;
}

}  // namespace ootd
