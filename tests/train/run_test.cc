// Whole runs on a tiny network: they learn, they resume to the bit, they keep what they are told to keep.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/vector_math.h"
#include "ootd/image/encode.h"
#include "ootd/train/train.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// Two looks: red above blue, and blue above red, each with its own noise. 40 for training, 16 for validation.
class RunTest : public ::testing::Test {
 protected:
  RunTest() {
    Random random(3);
    LabelColumn column{"style", {"Retro", "Street"}, {}};
    features_ = Matrix(kCount, 8);
    for (std::size_t i = 0; i < kCount; ++i) {
      const int style = static_cast<int>(i % 2);
      Image image{24, 32, {}};
      for (int y = 0; y < 32; ++y)
        for (int x = 0; x < 24; ++x)
          for (int c = 0; c < 3; ++c) {
            const bool upper = y < 16;
            const int wanted = upper == (style == 0) ? 0 : 2;
            image.rgb.push_back(static_cast<std::uint8_t>((c == wanted ? 180 : 40) + random.below(60)));
          }
      const fs::path file = dir_.path() / (std::to_string(i) + ".jpg");
      write_file_atomically(file, encode_jpeg(image));
      set_.samples.push_back({static_cast<Row>(i + 1), file, {}, i >= 40});
      column.labels.push_back({style});
      // Features that hold the style in one number of eight, under noise.
      for (std::size_t d = 0; d < 8; ++d) features_.row(i)[d] = static_cast<float>(random.normal());
      features_.row(i)[5] += style == 0 ? 3.0f : -3.0f;
      normalize(features_.row(i));
    }
    set_.columns = {column};

    config_.name = "run";
    config_.seed = 5;
    config_.select = "style";
    config_.head = {.dim = 4, .bias = false, .normalize_input = true};
    config_.pca_init = false;
    config_.labels_per_batch = 2;
    config_.images_per_label = 4;
    config_.epochs = 4;
    config_.head_lr = 0.02;
    config_.ema = 0.5;
    config_.threads = 2;
    config_.objectives = {{.labels = "style", .loss = default_loss(LossKind::kSupCon)}};
  }

  // A backbone of 8 features: a SigLIP image tower small enough to be trained in a test.
  Model base() {
    const SiglipTower tower = {8, 1, 2, 16, Activation::kGelu};
    ModelConfig config = default_config(*find_architecture("siglip_b16"));
    config.name = "base";
    config.network = SiglipConfig{tower, 8, false, tower, 1, 1};
    config.text.reset();
    config.input.width = config.input.height = 16;
    std::vector<NamedFloats> weights;
    Random random(9);
    for (const auto& spec : all_weights(config)) {
      NamedFloats weight{spec.name, spec.shape, {}};
      for (std::size_t i = 0; i < element_count(spec.shape); ++i)
        weight.values.push_back(
            spec.shape.size() < 2 && spec.name.ends_with(".weight") ? 1.0f : static_cast<float>(0.2 * random.normal()));
      weights.push_back(std::move(weight));
    }
    return save_model(dir_.path() / "models", config, std::move(weights));
  }

  TrainOutcome run(const TrainConfig& config, const std::string& folder, bool resume = false,
                   const TrainEvents& events = {}) {
    return train(config, {base_, set_, features_, {}, {}}, dir_.path() / folder, resume, events);
  }

  static std::vector<float> head_of(const TrainOutcome& outcome) {
    return open_weights(outcome.best).floats("head.weight", {4, 8});
  }

  static constexpr std::size_t kCount = 56;
  testing::TempDir dir_;
  SampleSet set_;
  Matrix features_;
  TrainConfig config_;
  const Model base_ = base();
};

TEST_F(RunTest, AHeadLearnsTheStyle) {
  const TrainOutcome outcome = run(config_, "run");
  EXPECT_GT(outcome.best_epoch.map, 0.95);
  EXPECT_EQ(outcome.steps, 4 * 5);
  EXPECT_EQ(open_model(outcome.best.folder).config.dim(), 4);
  // The log has a line a step, the metrics a line an epoch.
  const std::string log = read_text(dir_.path() / "run" / "log.csv", 1 << 20);
  EXPECT_EQ(std::count(log.begin(), log.end(), '\n'), 1 + 20);
  const std::string metrics = read_text(dir_.path() / "run" / "metrics.csv", 1 << 20);
  EXPECT_EQ(std::count(metrics.begin(), metrics.end(), '\n'), 1 + 4);
}

TEST_F(RunTest, TheWholeNetworkLearnsTheStyleFromPictures) {
  config_.mode = TrainMode::kFull;
  config_.lr = 0.01;
  config_.bottom_lr = 0.5;
  config_.epochs = 6;
  config_.augment = {.min_area = 0.8f, .flip = 0.5f, .jitter = 0.1f, .erase = 0, .background = 0};
  const TrainOutcome outcome = run(config_, "run");
  EXPECT_GT(outcome.best_epoch.map, 0.9);
  EXPECT_TRUE(outcome.broken.empty());
}

TEST_F(RunTest, TheSameSeedGivesTheSameBitsAndAnotherDoesNot) {
  const auto first = head_of(run(config_, "a")), second = head_of(run(config_, "b"));
  EXPECT_EQ(first, second);
  config_.seed = 6;
  EXPECT_NE(head_of(run(config_, "c")), first);
}

// The run is broken off in its third epoch, as a kill would do, and resumed from what is on the disk.
TEST_F(RunTest, AResumedRunEndsWithTheSameBits) {
  for (const TrainMode mode : {TrainMode::kHead, TrainMode::kFull}) {
    config_.mode = mode;
    config_.memory = 16;
    config_.drop_path = 0.1;
    const std::string name = mode == TrainMode::kHead ? "head" : "full";
    const auto whole = head_of(run(config_, name + "-whole"));
    struct Killed {};
    TrainEvents events;
    events.on_step = [](const StepReport& report) {
      if (report.step == 12) throw Killed{};
    };
    EXPECT_THROW(run(config_, name + "-cut", false, events), Killed);
    const TrainOutcome resumed = run(config_, name + "-cut", true);
    EXPECT_EQ(head_of(resumed), whole) << name;
    const std::string a = read_text(dir_.path() / (name + "-cut") / "log.csv", 1 << 20),
                      b = read_text(dir_.path() / (name + "-whole") / "log.csv", 1 << 20);
    EXPECT_EQ(std::count(a.begin(), a.end(), '\n'), std::count(b.begin(), b.end(), '\n')) << name;
  }
}

TEST_F(RunTest, LpFtStartsFromTheHeadOfItsFirstPhase) {
  config_.mode = TrainMode::kLpFt;
  config_.head_epochs = 4;
  config_.epochs = 1;
  config_.lr = 1e-9;  // the second phase changes nothing that can be seen
  config_.ema = 0;
  const auto both = head_of(run(config_, "run"));
  const Model head = open_model([&] {
    for (const auto& entry : fs::directory_iterator(dir_.path() / "run" / "head" / "best")) return entry.path();
    return fs::path();
  }());
  const auto first = open_weights(head).floats("head.weight", {4, 8});
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_NEAR(both[i], first[i], 1e-4);
}

// @base alone: nothing says what is alike but the base model, so its neighbours are what the head must keep.
TEST_F(RunTest, KeepingTheBaseKeepsItsGeometry) {
  config_.head.dim = 8;
  config_.epochs = 60;
  config_.objectives = {{.labels = ObjectiveConfig::kBase, .loss = {}, .weight = 1}};
  config_.ema = 0;
  run(config_, "run");
  // The best epoch is chosen by style, which is not the question here: the last one's head.
  const auto head = Weights(dir_.path() / "run" / "state.safetensors").floats("weight/head.weight", {8, 8});
  double error = 0;
  std::vector<std::vector<float>> mapped;
  for (std::size_t i = 40; i < kCount; ++i) {
    std::vector<float> row(8);
    for (std::size_t d = 0; d < 8; ++d) row[d] = dot(std::span(head).subspan(d * 8, 8), features_.row(i));
    normalize(row);
    mapped.push_back(row);
  }
  for (std::size_t i = 0; i < mapped.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      error = std::max<double>(error,
                               std::abs(dot(mapped[i], mapped[j]) - dot(features_.row(40 + i), features_.row(40 + j))));
  EXPECT_LT(error, 0.5);
}

TEST_F(RunTest, WiseFineTuningDrawsTheResultBackToTheBase) {
  config_.mode = TrainMode::kFull;
  config_.lr = 0.01;
  config_.ema = 0;
  config_.epochs = 1;
  const char* kName = "visual.trunk.blocks.0.mlp.fc1.weight";
  const auto weight = [&](const Model& model) { return open_weights(model).floats(kName, {16, 8}); };
  const auto start = weight(base_), tuned = weight(run(config_, "plain").best);
  config_.wise = 0.75;
  const auto drawn = weight(run(config_, "wise").best);
  for (std::size_t i = 0; i < start.size(); ++i) EXPECT_NEAR(drawn[i], 0.75f * start[i] + 0.25f * tuned[i], 1e-5);
  config_.wise = 0;
  config_.drift = 1000;
  double plain = 0, held = 0;
  const auto kept = weight(run(config_, "drift").best);
  for (std::size_t i = 0; i < start.size(); ++i) {
    plain += std::pow(tuned[i] - start[i], 2);
    held += std::pow(kept[i] - start[i], 2);
  }
  EXPECT_LT(held, plain / 4);
}

TEST_F(RunTest, APhotoThatIsGoneIsNamedAndTheRunGoesOn) {
  config_.mode = TrainMode::kFull;
  config_.epochs = 1;
  fs::remove(set_.samples[4].file);
  const TrainOutcome outcome = run(config_, "run");
  ASSERT_FALSE(outcome.broken.empty());
  EXPECT_NE(outcome.broken.front().find("4.jpg"), std::string::npos);
}

TEST_F(RunTest, RefusesWhatDoesNotFit) {
  const auto message = [&](const std::string& folder, bool resume = false) {
    try {
      run(config_, folder, resume);
      return std::string("accepted");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  config_.objectives = {{.labels = ObjectiveConfig::kSelf, .loss = default_loss(LossKind::kInfoNce)}};
  EXPECT_NE(message("a").find("needs pictures"), std::string::npos);
  config_.objectives = {{.labels = "style", .loss = default_loss(LossKind::kSupCon)}};
  EXPECT_EQ(message("b"), "accepted");
  config_.head.dim = 3;
  EXPECT_NE(message("b", true).find("is of another run"), std::string::npos);
  config_.head.dim = 4;
  config_.head_lr = 1e30;
  EXPECT_NE(message("c").find("no longer a number"), std::string::npos);
}

}  // namespace
}  // namespace ootd
