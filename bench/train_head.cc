#include <chrono>
#include <cmath>

#include "bench/workloads.h"
#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/embed/pca.h"
#include "ootd/eval/retrieval.h"
#include "ootd/train/train.h"
#include "tests/testing/random_model.h"
#include "tests/testing/temp_dir.h"

namespace ootd::bench {
namespace {

constexpr std::size_t kTrain = 18'000, kHeldOut = 1'000;  // the latter once to choose the epoch, once to judge
constexpr int kBackboneDim = 768, kStyleCount = 40, kStreetCount = 60, kEpochs = 100, kImagesPerLabel = 4;

Matrix directions(int count, Random& random) {
  Matrix rows(static_cast<std::size_t>(count), kBackboneDim);
  for (std::size_t i = 0; i < rows.rows(); ++i) {
    for (float& value : rows.row(i)) value = static_cast<float>(random.normal());
    normalize(rows.row(i));
  }
  return rows;
}

// As a backbone sees looks: a picture's features are its style's direction, the street's, which is stronger, and noise.
// What a head can learn is to look past the street.
struct Looks {
  Matrix features;
  std::vector<int> styles;
};
Looks random_looks(std::size_t count, const Matrix& styles, const Matrix& streets, Random& random) {
  Looks looks{Matrix(count, kBackboneDim), {}};
  for (std::size_t i = 0; i < count; ++i) {
    const auto style = random.below(kStyleCount), street = random.below(kStreetCount);
    looks.styles.push_back(static_cast<int>(style));
    const auto row = looks.features.row(i);
    for (std::size_t k = 0; k < kBackboneDim; ++k)
      row[k] = styles.row(style)[k] + 1.5f * streets.row(street)[k] +
               static_cast<float>(1.5 * random.normal() / std::sqrt(static_cast<double>(kBackboneDim)));
    normalize(row);
  }
  return looks;
}

double map_of(const Matrix& vectors, const std::vector<int>& styles) {
  LabelledRows rows;
  rows.vectors = vectors;
  for (std::size_t i = 0; i < styles.size(); ++i) {
    rows.labels.push_back({styles[i]});
    rows.ids.push_back(static_cast<LookKey>(i + 1));
  }
  return mean_of(retrieval_metrics(rows, rows))[kMap];
}

SampleSet sample_set(const std::vector<int>& styles) {
  SampleSet set;
  LabelColumn column{"style", {}, {}};
  for (int style = 0; style < kStyleCount; ++style) column.names.push_back("style " + std::to_string(style));
  for (std::size_t i = 0; i < styles.size(); ++i) {
    set.samples.push_back({static_cast<LookKey>(i + 1), {}, {}, i >= kTrain});
    column.labels.push_back({styles[i]});
  }
  set.columns.push_back(std::move(column));
  return set;
}

// A checkpoint needs a backbone to stand on: the smallest that is 768 wide.
Model backbone(const std::filesystem::path& folder) {
  ModelConfig config = default_config(*find_architecture("siglip_b16"));
  SiglipConfig network;
  network.image.layers = 1;
  network.image.hidden = 64;
  network.has_text = false;
  config.network = network;
  config.text.reset();
  return testing::random_model(folder, config);
}

Matrix first_rows(const Matrix& matrix, std::size_t count) {
  Matrix rows(count, matrix.cols());
  for (std::size_t i = 0; i < count; ++i) std::copy(matrix.row(i).begin(), matrix.row(i).end(), rows.row(i).begin());
  return rows;
}

}  // namespace

void train_head(const Options& options) {
  const testing::TempDir scratch;
  Random random(1);
  const Matrix styles = directions(kStyleCount, random), streets = directions(kStreetCount, random);
  const Looks looks = random_looks(kTrain + kHeldOut, styles, streets, random);
  const Looks judges = random_looks(kHeldOut, styles, streets, random);
  const Model base = backbone(scratch.path());
  const SampleSet set = sample_set(looks.styles);

  TrainConfig config;
  config.name = "head";
  config.epochs = kEpochs;
  config.labels_per_batch = options.batch / kImagesPerLabel;
  config.images_per_label = kImagesPerLabel;
  if (config.labels_per_batch > kStyleCount) {  // a batch cannot hold more labels than there are
    config.labels_per_batch = kStyleCount / 2;
    config.images_per_label = options.batch / config.labels_per_batch;
  }
  ObjectiveConfig objective;
  objective.labels = "style";
  objective.loss = default_loss(LossKind::kSupCon);
  config.objectives.push_back(objective);
  config.select = "style";

  const double before = map_of(judges.features, judges.styles);
  std::vector<double> seconds, rates;
  double after = 1;
  std::int64_t steps = 0;
  for (int run = 0; run < options.runs; ++run) {  // a run is long enough to need no warm-up
    const auto start = std::chrono::steady_clock::now();
    std::vector<NamedFloats> head = fit_pca(first_rows(looks.features, kTrain), {.dim = config.head.dim});
    head.resize(1);  // no bias
    const auto folder = scratch.path() / ("run" + std::to_string(run));
    const TrainOutcome outcome = train(config, {base, set, looks.features, head, {}}, folder, /*resume=*/false);
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    rates.push_back(static_cast<double>(outcome.steps) / outcome.seconds);
    steps = outcome.steps;
    after = std::min(after, map_of(apply_head(outcome.best, judges.features), judges.styles));
  }
  if (after <= before) throw Error(Kind::kInternal, "the head is no better than the features that it was trained on");
  RowPrinter("train_head")
      .add("n", std::to_string(kTrain))
      .add("dim", std::to_string(kBackboneDim))
      .add("epochs", std::to_string(kEpochs))
      .add("batch", std::to_string(config.labels_per_batch) + "x" + std::to_string(config.images_per_label))
      .add("steps", std::to_string(steps))
      .add("seconds", spread_of(seconds), 1)
      .add("steps_per_s", spread_of(rates), 0)
      .add("map_before", before, 4)
      .add("map_after", after, 4)
      .print();
}

}  // namespace ootd::bench
