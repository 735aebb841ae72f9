#include "ootd/eval/detection.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "ootd/base/error.h"
#include "ootd/base/json.h"
#include "ootd/base/random.h"
#include "ootd/eval/confusion.h"

namespace ootd {
namespace {

// --- Against pycocotools, on the data of tests/golden/detection/make.py.

Box box_of(const Json& json) {
  return {json.at(0).get<float>(), json.at(1).get<float>(), json.at(2).get<float>(), json.at(3).get<float>()};
}

std::vector<PhotoBoxes> photos_of(const Json& json) {
  std::vector<PhotoBoxes> photos;
  for (const Json& photo : json) {
    PhotoBoxes& boxes = photos.emplace_back();
    for (const Json& one : photo.at("labelled")) boxes.labelled.push_back({one.at(0), box_of(one.at(2)), one.at(1)});
    for (const Json& one : photo.at("found")) boxes.found.push_back({one.at(0), one.at(1), box_of(one.at(2))});
  }
  return photos;
}

constexpr double kTolerance = 1e-9;

TEST(DetectionGolden, AveragePrecisionIsThatOfPycocotools) {
  const Json cases = read_json(OOTD_GOLDEN_DIR "/detection/detection.json");
  ASSERT_GE(cases.size(), 10u);
  for (const auto& [name, expected] : cases.items()) {
    const auto photos = photos_of(expected.at("photos"));
    for (int label = 0; label < expected.at("classes").get<int>(); ++label)
      for (std::size_t size = 0; size < kBoxSizeCount; ++size) {
        SCOPED_TRACE(name + ", class " + std::to_string(label) + ", size " + std::to_string(size));
        const Json& golden = expected.at("by_class_and_size").at(static_cast<std::size_t>(label)).at(size);
        const auto ours = average_precision(match_boxes(photos, label, static_cast<BoxSize>(size)));
        ASSERT_EQ(ours.has_value(), !golden.is_null());
        for (std::size_t t = 0; ours && t < kIouThresholds; ++t) {
          EXPECT_NEAR(ours->precision[t], golden.at("precision")[t].get<double>(), kTolerance) << t;
          EXPECT_NEAR(ours->recall[t], golden.at("recall")[t].get<double>(), kTolerance) << t;
        }
      }
  }
}

TEST(DetectionGolden, MeansOverClassesAreThoseOfPycocotools) {
  const Json cases = read_json(OOTD_GOLDEN_DIR "/detection/detection.json");
  for (const auto& [name, expected] : cases.items()) {
    const auto summary =
        summarize_detection(photos_of(expected.at("photos")), expected.at("classes").get<int>(), {.draws = 2});
    const Json& macro = expected.at("macro");
    ASSERT_EQ(summary.macro.ap.has_value(), !macro.is_null()) << name;
    if (macro.is_null()) continue;
    EXPECT_NEAR(summary.macro.ap->value, macro.at("precision").get<double>(), kTolerance) << name;
    EXPECT_NEAR(summary.macro.ar->value, macro.at("recall").get<double>(), kTolerance) << name;
  }
}

// --- Against the slow obvious definition.

Box random_box(Random& random) {
  const auto number = [&](double low, double high) { return static_cast<float>(random.uniform(low, high)); };
  return {number(0, 60), number(0, 60), number(5, 120), number(5, 120)};
}

std::vector<PhotoBoxes> random_photos(std::size_t n, std::uint64_t seed) {
  Random random(seed);
  const auto around = [&](const Box& box) {
    const auto near = [&](float v) { return v * static_cast<float>(random.uniform(0.8, 1.2)); };
    return Box{near(box.x), near(box.y), near(box.w), near(box.h)};
  };
  const auto score = [&] { return static_cast<float>(random.below(40)) / 40; };  // ties
  std::vector<PhotoBoxes> photos(n);
  for (PhotoBoxes& photo : photos) {
    for (auto i = random.below(6); i > 0; --i)
      photo.labelled.push_back({static_cast<int>(random.below(2)), random_box(random), random.below(5) == 0});
    for (const LabelledBox& box : photo.labelled)
      for (auto i = random.below(4); i > 0; --i) photo.found.push_back({box.label, score(), around(box.box)});
    for (auto i = random.below(4); i > 0; --i)
      photo.found.push_back({static_cast<int>(random.below(2)), score(), random_box(random)});
    random.shuffle(std::span(photo.found));
  }
  return photos;
}

double overlap(const Box& found, const LabelledBox& labelled) {
  const Box both = intersect(found, labelled.box);
  const double shared = static_cast<double>(both.w) * both.h, area = static_cast<double>(found.w) * found.h;
  return shared / (labelled.ignore ? area : area + static_cast<double>(labelled.box.w) * labelled.box.h - shared);
}

// AP of one class at one IoU, as its definition reads; photos one after the other, then all detections by score.
double slow_average_precision(const std::vector<PhotoBoxes>& photos, int label, double threshold) {
  struct Outcome {
    float score;
    bool right;
  };
  std::vector<Outcome> outcomes;
  double wanted = 0;
  for (const PhotoBoxes& photo : photos) {
    std::vector<LabelledBox> open, ignored;
    for (const auto& box : photo.labelled)
      if (box.label == label) (box.ignore ? ignored : open).push_back(box);
    wanted += static_cast<double>(open.size());
    std::vector<Detection> found;
    std::ranges::copy_if(photo.found, std::back_inserter(found), [&](const auto& one) { return one.label == label; });
    std::ranges::stable_sort(found, [](const Detection& a, const Detection& b) { return a.score > b.score; });
    for (const Detection& detection : found) {
      auto best = open.end();
      for (auto box = open.begin(); box != open.end(); ++box)
        if (overlap(detection.box, *box) >= threshold &&
            (best == open.end() || overlap(detection.box, *box) >= overlap(detection.box, *best)))
          best = box;
      if (best != open.end()) {
        open.erase(best);
        outcomes.push_back({detection.score, true});
      } else if (std::ranges::none_of(ignored,
                                      [&](const auto& box) { return overlap(detection.box, box) >= threshold; })) {
        outcomes.push_back({detection.score, false});
      }
    }
  }
  std::ranges::stable_sort(outcomes, [](const Outcome& a, const Outcome& b) { return a.score > b.score; });
  double sum = 0;
  for (int r = 0; r <= 100; ++r) {
    double best = 0, right = 0;
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      right += outcomes[i].right;
      if (right / wanted >= r * 0.01) best = std::max(best, right / static_cast<double>(i + 1));
    }
    sum += best;
  }
  return sum / 101;
}

TEST(Detection, AveragePrecisionIsWhatItsDefinitionSays) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto photos = random_photos(30, seed);
    for (const int label : {0, 1}) {
      const auto fast = average_precision(match_boxes(photos, label));
      ASSERT_TRUE(fast);
      for (std::size_t t = 0; t < kIouThresholds; ++t)
        EXPECT_NEAR(fast->precision[t], slow_average_precision(photos, label, iou_threshold(t)), 1e-12) << seed;
    }
  }
}

TEST(Detection, APhotoDrawnTwiceCountsLikeTwoPhotos) {
  const auto photos = random_photos(12, 7);
  std::vector<std::uint32_t> counts;
  std::vector<PhotoBoxes> copies;
  for (std::size_t p = 0; p < photos.size(); ++p) {
    counts.push_back(static_cast<std::uint32_t>(p % 3));
    copies.insert(copies.end(), p % 3, photos[p]);
  }
  const auto counted = average_precision(match_boxes(photos, 0), counts);
  const auto copied = average_precision(match_boxes(copies, 0));
  ASSERT_TRUE(counted && copied);
  // Equal scores of one photo's copies stand in another order: a step of precision can differ by one detection.
  EXPECT_NEAR(counted->ap50(), copied->ap50(), 0.01);
  EXPECT_NEAR(counted->ar(), copied->ar(), 1e-12);
}

TEST(Detection, PrecisionAndRecallFollowTheScore) {
  const Box one = {0, 0, 10, 10}, other = {50, 50, 10, 10};
  const std::vector<PhotoBoxes> photos = {
      {{{0, one}, {0, other}}, {{0, 0.9f, one}, {0, 0.8f, {90, 90, 5, 5}}, {0, 0.7f, other}}}};
  const auto curve = precision_recall_curve(match_boxes(photos, 0), 0);
  ASSERT_EQ(curve.size(), 3u);
  EXPECT_EQ(curve[0].precision, 1);
  EXPECT_EQ(curve[0].recall, 0.5);
  EXPECT_EQ(curve[1].precision, 0.5);
  EXPECT_EQ(curve[2].recall, 1);
  EXPECT_FLOAT_EQ(curve[2].score, 0.7f);
}

// --- Summaries

TEST(Detection, IntervalsHoldTheFigureAndShrinkWithMorePhotos) {
  const auto width = [](std::size_t n) {
    const auto summary = summarize_detection(random_photos(n, 3), 2, {.draws = 200});
    const Estimate& ap50 = summary.classes.at(0).ap50.value();
    EXPECT_LE(ap50.interval.low, ap50.value);
    EXPECT_GE(ap50.interval.high, ap50.value);
    return ap50.interval.high - ap50.interval.low;
  };
  EXPECT_LT(width(400), 0.5 * width(40));
}

TEST(Detection, AClassWithoutLabelsHasNoFigureAndDoesNotCount) {
  const Box box = {0, 0, 50, 50};
  const std::vector<PhotoBoxes> photos = {{{{0, box}}, {{0, 0.5f, box}, {1, 0.5f, box}}}};
  const auto summary = summarize_detection(photos, 2, {.draws = 10});
  EXPECT_FALSE(summary.classes[1].ap);
  EXPECT_EQ(summary.classes[0].labelled, 1);
  EXPECT_EQ(summary.classes[0].photos, 1);
  EXPECT_EQ(summary.macro.ap.value().value, 1);
  EXPECT_FALSE(summary.macro.ap_by_size[kSmallBox]);
  EXPECT_EQ(summary.macro.ap_by_size[kMediumBox], 1);
}

TEST(Detection, NoPhotosHaveNoFigures) {
  EXPECT_FALSE(summarize_detection({}, 2).macro.ap);
  EXPECT_EQ(summarize_ious({}).n, 0u);
}

TEST(IouSummary, CountsSharesFromTheMarkOn) {
  const auto summary = summarize_ious({0.8, 0, 0.5, 0.95});
  EXPECT_EQ(summary.n, 4u);
  EXPECT_DOUBLE_EQ(summary.shares[0].value, 0.75);
  EXPECT_DOUBLE_EQ(summary.shares[1].value, 0.5);
  EXPECT_DOUBLE_EQ(summary.shares[2].value, 0.5);
  EXPECT_DOUBLE_EQ(summary.shares[3].value, 0.25);
  EXPECT_DOUBLE_EQ(summary.quantiles[2], 0.65);
  EXPECT_DOUBLE_EQ(summary.mean.value, 0.5625);
}

TEST(Bootstrap, OfAnyStatisticIsThatOfTheMeanForTheMean) {
  Random random(4);
  std::vector<double> values(200);
  for (double& v : values) v = random.normal();
  const BootstrapOptions options = {.draws = 500};
  const auto intervals = bootstrap_statistics(
      values.size(),
      [&](std::span<const std::uint32_t> counts) {
        double sum = 0;
        for (std::size_t i = 0; i < values.size(); ++i) sum += counts[i] * values[i];
        return std::vector<std::optional<double>>{sum / static_cast<double>(values.size()), std::nullopt};
      },
      options);
  const Interval mean = bootstrap_mean(values, options);
  EXPECT_NEAR(intervals.at(0).low, mean.low, 1e-12);
  EXPECT_NEAR(intervals.at(0).high, mean.high, 1e-12);
  EXPECT_EQ(intervals.at(1).high, 0);  // no draw defined it
  EXPECT_THROW(bootstrap_statistics(1, {}, {.draws = 0}), Error);
}

TEST(Confusion, OfPairsCountsEachOnce) {
  const std::vector<std::pair<int, int>> pairs = {{0, 0}, {0, 1}, {2, 2}, {0, 0}};
  const Confusion confusion = confusion_of_pairs(pairs, 3);
  EXPECT_EQ(confusion.counts[0][0], 2);
  EXPECT_EQ(confusion.counts[0][1], 1);
  EXPECT_EQ(confusion.queries[0], 3);
  EXPECT_EQ(confusion.queries[1], 0);
  EXPECT_DOUBLE_EQ(confusion.macro_accuracy(), (2.0 / 3 + 1) / 2);
}

}  // namespace
}  // namespace ootd
