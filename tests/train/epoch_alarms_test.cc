#include "ootd/train/epoch_alarms.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/train/alarm_log.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

constexpr std::size_t kRows = 240, kDim = 32;

std::vector<LabelSet> cyclic_labels(int count) {
  std::vector<LabelSet> labels;
  for (std::size_t i = 0; i < kRows; ++i) labels.push_back({static_cast<int>(i) % count});
  return labels;
}

struct Geometry {
  double pull = 0;    // how far rows lie towards their label's own direction; negative: away from it
  double common = 0;  // ... towards one direction that all share
  int directions = kDim;
};

// Rows of noise with what the geometry adds. Every label has a direction of its own.
Matrix rows_of(const std::vector<LabelSet>& labels, const Geometry& geometry, std::uint64_t seed = 1) {
  Random random(seed), fixed(99);
  Matrix centres(kDim, kDim);
  for (std::size_t c = 0; c < kDim; ++c) {
    for (std::size_t d = 0; d < kDim; ++d) centres.row(c)[d] = static_cast<float>(fixed.normal());
    normalize(centres.row(c));
  }
  Matrix rows(kRows, kDim);
  for (std::size_t i = 0; i < kRows; ++i) {
    for (int d = 0; d < geometry.directions; ++d)
      rows.row(i)[static_cast<std::size_t>(d)] = static_cast<float>(random.normal() / std::sqrt(double(kDim)));
    for (std::size_t d = 0; d < kDim; ++d) {
      for (const int label : labels[i])
        rows.row(i)[d] += static_cast<float>(geometry.pull) * centres.row(static_cast<std::size_t>(label))[d];
      rows.row(i)[d] += static_cast<float>(geometry.common) * centres.row(kDim - 1)[d];
    }
    normalize(rows.row(i));
  }
  return rows;
}

// A run of so many epochs: loss(epoch), map(epoch), geometry(epoch); epoch 0 is the start.
template <class L, class M, class G>
std::vector<EpochStats> run(int epochs, int labels, const L& loss, const M& map, const G& geometry) {
  std::vector<EpochStats> history;
  const auto sets = cyclic_labels(labels);
  for (int epoch = 0; epoch <= epochs; ++epoch)
    history.push_back(
        epoch_stats(epoch, epoch == 0 ? NAN : loss(epoch), map(epoch), rows_of(sets, geometry(epoch)), sets));
  return history;
}

double progress(int epoch) { return 1 - std::exp(-0.5 * epoch); }
double noise(int epoch) { return 0.02 * std::sin(37.0 * epoch); }

// What any epoch of the run raised, in order, each once.
std::string raised(const std::vector<EpochStats>& history) {
  std::string all;
  for (std::size_t n = 1; n <= history.size(); ++n)
    for (const auto& alarm : new_epoch_alarms(std::span(history).first(n)))
      all += std::string(to_string(alarm.kind)) + "@" + std::to_string(alarm.epoch) + " ";
  return all;
}

TEST(ParticipationRatio, CountsDirections) {
  const std::vector<LabelSet> none(kRows);
  EXPECT_NEAR(participation_ratio(rows_of(none, {.directions = 1})), 1, 1e-5);
  EXPECT_NEAR(participation_ratio(rows_of(none, {.directions = 8})), 8, 0.5);
  EXPECT_NEAR(participation_ratio(rows_of(none, {})), kDim, 5);
  // One-hot labels of c equal classes span c - 1 directions alike, whichever side is the longer.
  Matrix wide(6, 300), tall(300, 6);
  for (std::size_t i = 0; i < 6; ++i) wide.row(i)[50 * i] = 1;
  for (std::size_t i = 0; i < 300; ++i) tall.row(i)[i % 6] = 1;
  EXPECT_NEAR(participation_ratio(wide), 5, 1e-5);
  EXPECT_NEAR(participation_ratio(tall), 5, 1e-5);
  Matrix same(10, 4);
  for (std::size_t i = 0; i < 10; ++i) same.row(i)[1] = 0.7f;
  EXPECT_EQ(participation_ratio(same), 0);
  EXPECT_EQ(participation_ratio({}), 0);
}

// The definition, written out: eigenvalues of a diagonal covariance are its diagonal.
TEST(ParticipationRatio, IsTheOneOfTheSpectrum) {
  Random random(7);
  Matrix rows(20'000, 3);
  const double deviation[] = {1, 0.5, 0.1};
  for (std::size_t i = 0; i < rows.rows(); ++i)
    for (std::size_t d = 0; d < 3; ++d) rows.row(i)[d] = static_cast<float>(5 + deviation[d] * random.normal());
  const double sum = 1 + 0.25 + 0.01, squares = 1 + 0.0625 + 0.0001;
  EXPECT_NEAR(participation_ratio(rows), sum * sum / squares, 0.1);
}

TEST(EpochAlarms, AreSilentOnHealthyRuns) {
  const auto map = [](int epoch) { return 0.3 + 0.5 * progress(epoch); };
  const auto loss = [](int epoch) { return 4 - 2 * progress(epoch) + noise(epoch); };
  for (const int labels : {2, 13})
    EXPECT_EQ(raised(run(30, labels, loss, map, [](int epoch) { return Geometry{.pull = 2 * progress(epoch)}; })), "");
  // From a narrow cone, as raw features lie, to full separation: neural collapse is no collapse.
  EXPECT_EQ(raised(run(30, 10, loss, map,
                       [](int epoch) {
                         return Geometry{.pull = 8 * progress(epoch), .common = 1.2 * (1 - progress(epoch))};
                       })),
            "");
  // A loss with a small margin: all in a narrow cone, in order.
  const auto cone =
      run(30, 10, loss, map, [](int epoch) { return Geometry{.pull = 2, .common = 25 * progress(epoch)}; });
  EXPECT_LT(cone.back().variance, 0.02);
  EXPECT_EQ(raised(cone), "");
  // One that starts well, learns little, and levels off.
  EXPECT_EQ(raised(run(
                30, 10, [](int epoch) { return 1 - 0.1 * progress(epoch) + 0.1 * noise(epoch); },
                [](int epoch) { return 0.7 + 0.02 * progress(epoch) + 0.1 * noise(epoch); },
                [](int epoch) { return Geometry{.pull = 1 + 0.1 * progress(epoch)}; })),
            "");
}

TEST(EpochAlarms, SeeThatAllVectorsBecomeOne) {
  const auto history = run(
      8, 13, [](int epoch) { return 2 - progress(epoch); }, [](int) { return 0.3; },
      [](int epoch) { return Geometry{.pull = 0.5, .common = 0.2 * std::exp(epoch)}; });
  const std::string all = raised(history);
  EXPECT_NE(all.find("collapse@"), std::string::npos) << all;
  EXPECT_LT(history.back().variance, 0.01);
  const Alarm alarm = epoch_alarms(history).front();
  EXPECT_EQ(alarm.level, AlarmLevel::kCritical);
  EXPECT_NE(alarm.text.find("same answer"), std::string::npos) << alarm.text;
}

TEST(EpochAlarms, SeeThatTheVectorsLieInTwoDirections) {
  const auto history = run(
      6, 13, [](int epoch) { return 2 - progress(epoch); }, [](int) { return 0.3; },
      [](int epoch) { return Geometry{.directions = epoch < 3 ? 32 : 2}; });
  EXPECT_EQ(raised(history), "collapse@3 ");
  EXPECT_EQ(epoch_alarms(history).front().level, AlarmLevel::kWarning);
  // Two labels need one direction only.
  EXPECT_EQ(raised(run(
                6, 2, [](int epoch) { return 2 - progress(epoch); }, [](int) { return 0.5; },
                [](int epoch) { return Geometry{.directions = epoch < 3 ? 32 : 2}; })),
            "");
}

TEST(EpochAlarms, SeeThatTheLossStagnates) {
  const auto flat_map = [](int epoch) { return 0.3 + 0.1 * noise(epoch); };
  const auto still = [](int) { return Geometry{.pull = 0.5}; };
  EXPECT_EQ(raised(run(12, 13, [](int epoch) { return 4.1 + noise(epoch); }, flat_map, still)), "stagnation@5 ");
  // It rises: also stagnation. It falls while the metric does not: overfitting or another label, not this.
  EXPECT_EQ(raised(run(12, 13, [](int epoch) { return 4.1 + 0.1 * epoch; }, flat_map, still)), "stagnation@5 ");
  EXPECT_EQ(raised(run(12, 13, [](int epoch) { return 4.1 - 0.1 * epoch + noise(epoch); }, flat_map, still)), "");
  // Short runs cannot be told.
  EXPECT_EQ(raised(run(4, 13, [](int) { return 4.1; }, flat_map, still)), "");
}

TEST(EpochAlarms, SeeInvertedLabels) {
  // The loss falls nicely while those alike are pushed apart.
  const auto loss = [](int epoch) { return 1 - 0.5 * progress(epoch); };
  const auto map = [](int epoch) { return 0.4 - 0.3 * progress(epoch); };
  const auto history = run(10, 13, loss, map, [](int epoch) { return Geometry{.pull = 0.8 - 0.8 * progress(epoch)}; });
  EXPECT_NE(raised(history).find("inverted@"), std::string::npos) << raised(history);
  EXPECT_EQ(raised(history).find("stagnation"), std::string::npos);

  // Labels of two photos each, which end on opposite sides.
  std::vector<LabelSet> pairs;
  for (std::size_t i = 0; i < kRows; ++i) pairs.push_back({static_cast<int>(i / 2)});
  const Matrix start = rows_of(std::vector<LabelSet>(kRows), {});
  Matrix apart = start;
  for (std::size_t i = 1; i < kRows; i += 2)
    for (std::size_t d = 0; d < kDim; ++d) apart.row(i)[d] = -apart.row(i - 1)[d];
  const std::vector<EpochStats> turned = {epoch_stats(0, NAN, 0.2, start, pairs), epoch_stats(1, 1, 0.1, apart, pairs)};
  const auto alarms = epoch_alarms(turned);
  ASSERT_EQ(alarms.size(), 1u);
  EXPECT_EQ(alarms[0].kind, AlarmKind::kInverted);
  EXPECT_EQ(alarms[0].level, AlarmLevel::kCritical);
  EXPECT_NE(alarms[0].text.find("FARTHER"), std::string::npos) << alarms[0].text;
}

TEST(EpochAlarms, AreSilentWhereLabelsHaveNothingToDoWithTheVectors) {
  int critical = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    std::vector<LabelSet> labels(kRows);
    for (auto& set : labels) set = {static_cast<int>(random.below(13))};
    const Matrix rows = rows_of(cyclic_labels(5), {.pull = 1}, seed);
    const EpochStats start = epoch_stats(0, NAN, 0.1, rows, labels), now = epoch_stats(1, 2, 0.1, rows, labels);
    EXPECT_LT(std::abs(now.separation), 2 / std::sqrt(double(kRows)));
    critical += !epoch_alarms(std::vector{start, now}).empty();
  }
  EXPECT_EQ(critical, 0);
}

// Real runs, so that the thresholds are not those of drawn ones: a linear head of 128 numbers on EfficientNet-Lite0's
// features, learning the class of clothing-dataset-small from its training photos in batches of 10 x 6, 48 steps an
// epoch (Adam, 1e-3, PCA start): loss, mAP, variance, directions and separation of the 341 validation photos.
struct Measured {
  double loss, map, variance, directions, separation;
};
std::vector<EpochStats> measured(const std::vector<Measured>& epochs) {
  std::vector<EpochStats> history;
  for (const auto& m : epochs)
    history.push_back({.epoch = static_cast<int>(history.size()),
                       .loss = m.loss,
                       .map = m.map,
                       .variance = m.variance,
                       .participation_ratio = m.directions,
                       .label_ratio = 7.1,
                       .separation = m.separation,
                       .rows = 341});
  return history;
}
const Measured kStart = {NAN, .478, .659, 29.8, 1.19};

TEST(EpochAlarms, AreSilentOnMeasuredRunsThatLearn) {
  // Contrastive, margin .5.
  EXPECT_EQ(raised(measured({kStart,
                             {0.0229, 0.544, 0.121, 15.5, 1.11},
                             {0.0147, 0.608, 0.118, 11.7, 1.26},
                             {0.0134, 0.648, 0.120, 9.2, 1.34},
                             {0.0124, 0.675, 0.128, 8.1, 1.40},
                             {0.0118, 0.694, 0.129, 7.2, 1.43},
                             {0.0109, 0.709, 0.131, 6.8, 1.46},
                             {0.0105, 0.716, 0.138, 6.7, 1.49},
                             {0.0101, 0.720, 0.137, 6.5, 1.50}})),
            "");
  // SupCon.
  EXPECT_EQ(raised(measured({kStart,
                             {2.9765, 0.669, 0.608, 11.8, 1.52},
                             {2.6172, 0.711, 0.668, 9.8, 1.65},
                             {2.4255, 0.725, 0.682, 9.2, 1.67},
                             {2.3517, 0.739, 0.690, 8.9, 1.70},
                             {2.2758, 0.745, 0.694, 8.5, 1.70},
                             {2.1680, 0.747, 0.695, 8.8, 1.73},
                             {2.1352, 0.748, 0.709, 8.2, 1.70},
                             {2.1114, 0.741, 0.705, 8.5, 1.72}})),
            "");
}

TEST(EpochAlarms, FireOnMeasuredRunsWithAPlantedFault) {
  // Contrastive with its two terms exchanged.
  EXPECT_EQ(raised(measured({kStart,
                             {0.2004, 0.375, 0.023, 41.7, 0.65},
                             {0.0430, 0.324, 0.014, 50.7, 0.48},
                             {0.0330, 0.280, 0.010, 58.1, 0.33},
                             {0.0280, 0.248, 0.008, 63.2, 0.21},
                             {0.0253, 0.225, 0.006, 66.2, 0.12},
                             {0.0237, 0.208, 0.005, 68.3, 0.05},
                             {0.0226, 0.196, 0.004, 69.3, 0.00},
                             {0.0218, 0.188, 0.004, 69.7, -0.03}})),
            "collapse@1 inverted@3 ");
  // SupCon on shuffled labels.
  EXPECT_EQ(raised(measured({kStart,
                             {4.1649, 0.400, 0.068, 38.3, 0.79},
                             {4.0815, 0.391, 0.057, 40.6, 0.77},
                             {4.0789, 0.385, 0.052, 41.9, 0.75},
                             {4.0787, 0.378, 0.048, 42.8, 0.72},
                             {4.0780, 0.379, 0.045, 41.1, 0.73},
                             {4.0785, 0.374, 0.042, 42.3, 0.72},
                             {4.0766, 0.368, 0.040, 41.6, 0.72},
                             {4.0750, 0.357, 0.040, 41.5, 0.67}})),
            "collapse@2 stagnation@5 ");
}

TEST(EpochStats, TakesMultiLabelRowsAndThoseWithoutALabel) {
  Matrix rows(4, 2);
  rows.row(0)[0] = rows.row(1)[0] = rows.row(2)[1] = rows.row(3)[1] = 1;
  const EpochStats stats = epoch_stats(3, 1.5, 0.25, rows, {{0, 1}, {1}, {2}, {}});
  EXPECT_EQ(stats.epoch, 3);
  EXPECT_EQ(stats.rows, 3);
  EXPECT_NEAR(stats.variance, 0.5, 1e-6);
  EXPECT_NEAR(stats.participation_ratio, 1, 1e-6);
  // Cosines: 1 (alike), 0, 0: means 1 and 0, standard deviation sqrt(2) / 3.
  EXPECT_NEAR(stats.separation, 3 / std::sqrt(2.0), 1e-6);
  EXPECT_EQ(epoch_stats(1, 1, 0, rows, {{0}, {0}, {0}, {}}).separation, 0);
  EXPECT_EQ(epoch_stats(1, 1, 0, {}, {}).variance, 0);
}

TEST(AlarmLog, OfAResumedRunIsThatOfOneThatWasNot) {
  const testing::TempDir dir;
  const auto history = run(
      12, 13, [](int epoch) { return 4.1 + noise(epoch); }, [](int) { return 0.3; },
      [](int epoch) { return Geometry{.directions = epoch < 3 ? 32 : 2}; });
  const auto text = [](const std::filesystem::path& folder) {
    return read_text(folder / "alarms.csv") + read_text(folder / "geometry.csv");
  };
  const auto whole = dir.path() / "whole", cut = dir.path() / "cut";
  std::filesystem::create_directory(whole);
  std::filesystem::create_directory(cut);
  const Alarm before{AlarmKind::kLeakage, AlarmLevel::kWarning, 0, "3 groups, \"such\" as a, b"};
  std::size_t raised_whole = 0, raised_cut = 0;
  {
    AlarmLog log(whole, 0);
    EXPECT_FALSE(log.has_start());
    log.add(before);
    for (const auto& stats : history) raised_whole += log.add(stats).size();
  }
  {
    AlarmLog log(cut, 0);
    log.add(before);
    for (int epoch = 0; epoch <= 8; ++epoch) raised_cut += log.add(history[static_cast<std::size_t>(epoch)]).size();
  }
  {  // killed after epoch 8 was logged, but before its weights were saved
    AlarmLog log(cut, 7);
    EXPECT_TRUE(log.has_start());
    EXPECT_EQ(log.history().size(), 8u);
    log.add(before);
    for (std::size_t epoch = 8; epoch <= 12; ++epoch) raised_cut += log.add(history[epoch]).size();
  }
  EXPECT_EQ(text(cut), text(whole));
  EXPECT_EQ(raised_whole, 2u);
  EXPECT_EQ(raised_cut, 2u);
  EXPECT_NE(text(whole).find("0,leakage,warning,\"3 groups, \"\"such\"\" as a, b\"\n"), std::string::npos)
      << text(whole);
  EXPECT_NE(text(whole).find("\n3,collapse,warning,"), std::string::npos);
  EXPECT_NE(text(whole).find("\n5,stagnation,warning,"), std::string::npos);
  AlarmLog anew(cut, 0);  // a new run in the folder starts empty
  EXPECT_FALSE(anew.has_start());
}

}  // namespace
}  // namespace ootd
