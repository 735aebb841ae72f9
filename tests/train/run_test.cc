// Whole runs on a tiny network: they learn, they resume to the bit, they keep what they are told to keep.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/base/vector_math.h"
#include "ootd/image/encode.h"
#include "ootd/models/average.h"
#include "ootd/train/train.h"
#include "tests/testing/message_of.h"
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
      set_.samples.push_back({static_cast<LookKey>(i + 1), file, {}, i >= 40});
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
    config_.objectives = {objective("style", LossKind::kSupCon)};
  }

  // A backbone of 8 features: a SigLIP image tower small enough to be trained in a test.
  Model base() {
    const TransformerTower tower = {8, 1, 2, 16, Activation::kGelu};
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
    return train(config, {base_, set_, features_}, dir_.path() / folder, resume, events);
  }

  static ObjectiveConfig objective(const std::string& labels, LossKind kind) {
    ObjectiveConfig config;
    config.labels = labels;
    config.loss = default_loss(kind);
    return config;
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

TEST_F(RunTest, AnEarlierVersionsStateIsReadWhereItsStepIsExact) {
  const auto whole = head_of(run(config_, "whole"));
  struct Killed {};
  TrainEvents events;
  events.on_step = [](const StepReport& report) {
    if (report.step == 12) throw Killed{};
  };
  EXPECT_THROW(run(config_, "cut", false, events), Killed);
  const fs::path file = dir_.path() / "cut" / "state.safetensors", best_file = dir_.path() / "cut" / "best.json";
  const Json notes = parse_json(safetensors_metadata(file).at("run"), "notes"), best = notes.at("best");
  EXPECT_EQ(notes.at("step"), 10);
  std::vector<NamedFloats> tensors;
  const Weights saved(file);
  for (const auto& [name, weight] : saved.all())
    tensors.push_back({name, weight.shape, saved.floats(name, weight.shape)});
  const auto write_as_before = [&](float step) {
    auto list = tensors;
    list.push_back({"step", {1}, {step}});
    list.push_back({"best_epoch", {1}, {best.at("epoch").get<float>()}});
    write_safetensors(file, list);
    const std::string text =
        dump_json({{"best", best.at("id")}, {"map", best.at("map")}, {"recall_at_1", best.at("recall_at_1")}});
    write_file_atomically(best_file, std::as_bytes(std::span(text)));
  };
  write_as_before(16777216);  // so may be a step of 16777217
  const std::string refused = testing::message_of([&] { run(config_, "cut", true); });
  EXPECT_NE(refused.find("does not tell its step exactly; start anew"), std::string::npos) << refused;
  write_as_before(10);
  EXPECT_EQ(head_of(run(config_, "cut", true)), whole);
  EXPECT_FALSE(fs::exists(best_file));
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
  config_.objectives = {objective(ObjectiveConfig::kBase, LossKind::kSupCon)};
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

TEST_F(RunTest, LayersBeforeTrainFromStayAsTheyAre) {
  config_.mode = TrainMode::kFull;
  config_.lr = 0.01;
  config_.epochs = 1;
  config_.train_from = "visual.trunk.blocks.0.mlp";
  const TrainOutcome outcome = run(config_, "run");
  const Weights before = open_weights(base_), after = open_weights(outcome.best);
  int frozen = 0, learning = 0, unmoved = 0;
  bool reached = false;
  const std::vector<WeightSpec> specs = describe_image(base_.config).weights();
  for (const auto& spec : specs) {
    reached = reached || spec.name.starts_with(config_.train_from);
    const bool same = before.floats(spec.name, spec.shape) == after.floats(spec.name, spec.shape);
    (reached ? learning : frozen) += 1;
    if (!reached) {
      EXPECT_TRUE(same) << spec.name;
    }
    unmoved += reached && same ? 1 : 0;
  }
  EXPECT_GT(frozen, 3);
  EXPECT_GT(learning, 3);
  EXPECT_LT(unmoved, 3);  // a key's bias has no gradient: the softmax takes it away
  config_.train_from = "no such layer";
  EXPECT_NE(testing::message_of([&] { check_trainable(config_, base_); }).find("\"no such layer\""), std::string::npos);
}

TEST_F(RunTest, BFloat16LearnsTheStyleToo) {
  config_.mode = TrainMode::kFull;
  config_.precision = TrainPrecision::kBf16;
  config_.lr = 0.01;
  config_.bottom_lr = 0.5;
  config_.epochs = 6;
  config_.augment = {.min_area = 0.8f, .flip = 0.5f, .jitter = 0.1f, .erase = 0, .background = 0};
  EXPECT_GT(run(config_, "run").best_epoch.map, 0.9);
}

TEST_F(RunTest, AHalfCheckpointIsHalfAsLargeAndNearlyTheSame) {
  const Model whole = run(config_, "whole").best;
  config_.half = true;
  const Model half = run(config_, "half").best;
  const auto a = open_weights(whole).floats("head.weight", {4, 8}),
             b = open_weights(half).floats("head.weight", {4, 8});
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_NEAR(a[i], b[i], 1e-3 * (1 + std::abs(a[i])));
  EXPECT_NE(a, b);
  ASSERT_EQ(half.weights_files().size(), 1u);  // the backbone is within
  EXPECT_LT(fs::file_size(half.weights_files()[0]), fs::file_size(base_.weights_files()[0]));
}

// The text tower says where each style lies; the pictures' head is taught to meet it.
TEST_F(RunTest, CaptionsTeachAsLabelsDo) {
  for (const LossKind kind : {LossKind::kSigmoid, LossKind::kInfoNce}) {
    config_.objectives = {objective("style", kind)};
    config_.objectives[0].captions = "a {} outfit";
    config_.epochs = 12;
    Matrix texts(2, 8);
    texts.row(0)[1] = texts.row(1)[2] = 1;
    const TrainOutcome outcome =
        train(config_, {base_, set_, features_, {}, {texts}}, dir_.path() / std::string(to_string(kind)), false);
    EXPECT_GT(outcome.best_epoch.map, 0.95);
    // A picture of style 0 lies nearer to the first caption than to the second, in the head's space.
    const auto head = head_of(outcome);
    const auto mapped = [&](std::span<const float> row) {
      std::vector<float> out(4);
      for (std::size_t c = 0; c < 4; ++c) out[c] = dot(std::span(head).subspan(c * 8, 8), row);
      normalize(out);
      return out;
    };
    int right = 0;
    for (std::size_t i = 40; i < kCount; ++i) {
      const auto picture = mapped(features_.row(i));
      const bool first = dot(picture, mapped(texts.row(0))) > dot(picture, mapped(texts.row(1)));
      right += first == (i % 2 == 0) ? 1 : 0;
    }
    EXPECT_GE(right, 14) << to_string(kind);
  }
}

// The teacher knows the style, the base model's own vectors hide it among other things: what is near by the teacher
// becomes near.
TEST_F(RunTest, ATeachersNeighboursAreLearnt) {
  Matrix teacher(kCount, 2);
  for (std::size_t i = 0; i < kCount; ++i) teacher.row(i)[i % 2] = 1;
  config_.objectives = {objective(ObjectiveConfig::kBase, LossKind::kSupCon)};
  config_.objectives[0].teacher = "another";
  config_.objectives[0].loss.temperature = 0.1f;
  config_.epochs = 20;
  TrainInputs inputs{base_, set_, features_};
  inputs.teachers = {teacher};
  EXPECT_GT(train(config_, inputs, dir_.path() / "run", false).best_epoch.map, 0.95);
}

TEST_F(RunTest, AnotherHeadIsTrainedOnWhatIsBelowTheFirst) {
  config_.mode = TrainMode::kFull;
  config_.epochs = 1;
  const Model first = run(config_, "first").best;
  EXPECT_NE(testing::message_of([&] { check_trainable(config_, first); }).find("@backbone"), std::string::npos);
  const Model backbone = open_model(first.folder.string() + "@backbone");
  EXPECT_EQ(backbone.config.dim(), 8);
  EXPECT_EQ(backbone.id, first.id + "@backbone");
  config_.mode = TrainMode::kHead;
  config_.head.dim = 3;
  const Model second = train(config_, {backbone, set_, features_}, dir_.path() / "second", false).best;
  EXPECT_EQ(second.config.dim(), 3);
  const Weights weights = open_weights(second);
  EXPECT_EQ(weights.floats("head.weight", {3, 8}).size(), 24u);
  constexpr char kLayer[] = "visual.trunk.blocks.0.mlp.fc1.weight";
  EXPECT_EQ(weights.floats(kLayer, {16, 8}), open_weights(first).floats(kLayer, {16, 8}));
}

TEST_F(RunTest, AHealthyRunRaisesNoAlarmAndKeepsItsGeometry) {
  TrainEvents events;
  std::vector<Alarm> alarms;
  events.on_alarm = [&](const Alarm& alarm) { alarms.push_back(alarm); };
  config_.epochs = 6;
  const TrainOutcome outcome = run(config_, "run", false, events);
  for (const Alarm& alarm : alarms) ADD_FAILURE() << to_string(alarm.kind) << ": " << alarm.text;
  const std::string geometry = read_text(dir_.path() / "run" / "geometry.csv", 1 << 20);
  EXPECT_EQ(std::count(geometry.begin(), geometry.end(), '\n'), 1 + 1 + 6);  // heading, the start, six epochs
  EXPECT_EQ(outcome.validation.rows(), 16u);
}

// The mistake of exchanging the two terms: the loss falls, and alike pictures are driven apart.
TEST_F(RunTest, TheInvertedLossIsCaughtWhileItTrains) {
  TrainEvents events;
  bool told = false;
  events.on_alarm = [&](const Alarm& alarm) { told = told || alarm.kind == AlarmKind::kInverted; };
  config_.objectives = {objective("style", LossKind::kInvertedContrastive)};
  config_.epochs = 30;
  run(config_, "run", false, events);
  EXPECT_TRUE(told);
  EXPECT_NE(read_text(dir_.path() / "run" / "alarms.csv", 1 << 20).find("inverted"), std::string::npos);
}

// A model soup of one base: half way between two fine-tuned networks lies half of each.
TEST_F(RunTest, AnAverageLiesBetweenItsModels) {
  config_.mode = TrainMode::kFull;
  config_.epochs = 1;
  config_.lr = 0.01;
  const Model one = run(config_, "one").best;
  config_.seed = 6;
  const Model two = run(config_, "two").best;
  const std::vector<Model> models = {one, two};
  const std::vector<NamedFloats> average = average_weights(models, std::vector<double>{0.25, 0.75});
  const Weights a = open_weights(one), b = open_weights(two);
  EXPECT_EQ(average.size(), all_weights(one.config).size());
  for (const NamedFloats& weight : average) {
    const auto first = a.floats(weight.name, weight.shape), second = b.floats(weight.name, weight.shape);
    for (std::size_t i = 0; i < first.size(); ++i)
      ASSERT_NEAR(weight.values[i], 0.25f * first[i] + 0.75f * second[i], 1e-6) << weight.name;
  }
  const auto message = [&](const std::vector<Model>& list, const std::vector<double>& shares) {
    return testing::message_of([&] { average_weights(list, shares); });
  };
  EXPECT_NE(message(models, {0.5, 0.6}).find("sum to 1"), std::string::npos);
  EXPECT_NE(message({one, base_}, {0.5, 0.5}).find("@backbone"), std::string::npos);
  EXPECT_EQ(message({open_model(one.folder.string() + "@backbone"), base_}, {0.5, 0.5}), "accepted");
}

TEST_F(RunTest, APhotoThatIsGoneIsNamedAndTheRunGoesOn) {
  config_.mode = TrainMode::kFull;
  config_.epochs = 4;
  fs::remove(set_.samples[4].file);
  const TrainOutcome outcome = run(config_, "run");
  ASSERT_FALSE(outcome.broken.empty());
  EXPECT_NE(outcome.broken.front().find("4.jpg"), std::string::npos);
}

TEST_F(RunTest, RefusesWhatDoesNotFit) {
  const auto message = [&](const std::string& folder, bool resume = false) {
    return testing::message_of([&] { run(config_, folder, resume); });
  };
  config_.objectives = {objective(ObjectiveConfig::kSelf, LossKind::kInfoNce)};
  EXPECT_NE(message("a").find("needs pictures"), std::string::npos);
  config_.objectives = {objective("style", LossKind::kSupCon)};
  EXPECT_EQ(message("b"), "accepted");
  config_.head.dim = 3;
  EXPECT_NE(message("b", true).find("is of another run"), std::string::npos);
  config_.head.dim = 4;
  fs::remove_all(dir_.path() / "b" / "best");
  EXPECT_NE(message("b", true).find("its best epoch's model is gone"), std::string::npos);
  config_.head_lr = 1e30;
  EXPECT_NE(message("c").find("no longer a number"), std::string::npos);
}

}  // namespace
}  // namespace ootd
