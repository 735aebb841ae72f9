#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/image/decode.h"
#include "ootd/image/encode.h"
#include "ootd/models/detector_points.h"
#include "ootd/train/detector_config.h"
#include "ootd/train/detector_loss.h"
#include "ootd/train/detector_pictures.h"
#include "ootd/train/detector_targets.h"
#include "ootd/train/train_detector.h"
#include "tests/testing/message_of.h"
#include "tests/testing/random_model.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

// --- Assignment
// -------------------------------------------------------------------------------------------------------

struct Scene {
  std::vector<float> x, y, scores;
  std::vector<Box> predicted;
  std::vector<LabelledBox> boxes;
  int classes = 3;

  PointPredictions points() const { return {x, y, predicted, scores, classes}; }
};

Scene random_scene(Random& random) {
  Scene scene;
  const auto number = [&](double low, double high) { return static_cast<float>(random.uniform(low, high)); };
  for (int p = 0; p < 60; ++p) {
    scene.x.push_back(number(0, 100));
    scene.y.push_back(number(0, 100));
    const float w = number(5, 60), h = number(5, 60);
    scene.predicted.push_back({scene.x.back() - w / 2, scene.y.back() - h / 2, w, h});
    for (int c = 0; c < scene.classes; ++c) scene.scores.push_back(number(0.01, 0.99));
  }
  const auto count = random.below(5);
  for (std::uint64_t b = 0; b < count; ++b)
    scene.boxes.push_back(
        {static_cast<int>(random.below(3)), {number(0, 60), number(0, 60), number(5, 40), number(5, 40)}});
  return scene;
}

// The same by sorting everything: a point goes to the best-fitting of the boxes that chose it.
std::vector<PointTarget> obvious_assignment(const Scene& scene, const AssignConfig& config) {
  const auto inside = [&](std::size_t p, const Box& box) {
    return scene.x[p] > box.x && scene.x[p] < box.right() && scene.y[p] > box.y && scene.y[p] < box.bottom();
  };
  const auto alignment = [&](std::size_t p, const LabelledBox& labelled) {
    const float score = scene.scores[p * 3 + static_cast<std::size_t>(labelled.label)];
    return std::pow(score, config.alpha) * std::pow(iou(labelled.box, scene.predicted[p]), config.beta);
  };
  std::vector<PointTarget> targets(scene.x.size());
  std::map<std::size_t, std::vector<int>> wanted;  // point -> boxes
  for (std::size_t b = 0; b < scene.boxes.size(); ++b) {
    std::vector<std::pair<float, std::size_t>> ranked;
    for (std::size_t p = 0; p < scene.x.size(); ++p)
      if (inside(p, scene.boxes[b].box)) ranked.emplace_back(-alignment(p, scene.boxes[b]), p);
    std::sort(ranked.begin(), ranked.end());
    for (std::size_t i = 0; i < ranked.size() && i < static_cast<std::size_t>(config.points_per_box); ++i)
      wanted[ranked[i].second].push_back(static_cast<int>(b));
  }
  for (const auto& [p, candidates] : wanted)
    for (const int b : candidates) {
      const auto fit = [&](int box) { return iou(scene.boxes[static_cast<std::size_t>(box)].box, scene.predicted[p]); };
      if (targets[p].box < 0 || fit(b) > fit(targets[p].box)) targets[p].box = b;
    }
  for (std::size_t b = 0; b < scene.boxes.size(); ++b) {
    float best = 0, best_iou = 0;
    for (std::size_t p = 0; p < targets.size(); ++p)
      if (targets[p].box == static_cast<int>(b)) {
        best = std::max(best, alignment(p, scene.boxes[b]));
        best_iou = std::max(best_iou, iou(scene.boxes[b].box, scene.predicted[p]));
      }
    for (std::size_t p = 0; p < targets.size(); ++p)
      if (targets[p].box == static_cast<int>(b) && best > 0)
        targets[p].quality = alignment(p, scene.boxes[b]) / best * best_iou;
  }
  return targets;
}

TEST(AssignPoints, DoesWhatSortingEverythingDoes) {
  Random random(1);
  const AssignConfig config{.points_per_box = 4};
  for (int round = 0; round < 300; ++round) {
    const Scene scene = random_scene(random);
    const auto fast = assign_points(scene.points(), scene.boxes, config);
    const auto slow = obvious_assignment(scene, config);
    for (std::size_t p = 0; p < fast.size(); ++p) {
      ASSERT_EQ(fast[p].box, slow[p].box) << "round " << round << " point " << p;
      ASSERT_NEAR(fast[p].quality, slow[p].quality, 1e-5f);
    }
  }
}

TEST(AssignPoints, ABoxThatIsHitExactlyAsksForFullCertainty) {
  Scene scene;
  scene.classes = 1;
  scene.x = {50, 10};
  scene.y = {50, 10};
  scene.predicted = {{20, 20, 60, 60}, {0, 0, 20, 20}};
  scene.scores = {0.2f, 0.9f};
  scene.boxes = {{0, {20, 20, 60, 60}}};
  const auto targets = assign_points(scene.points(), scene.boxes);
  EXPECT_EQ(targets[0].box, 0);
  EXPECT_FLOAT_EQ(targets[0].quality, 1);
  EXPECT_EQ(targets[1].box, -1);  // outside the box
}

// --- Losses
// -----------------------------------------------------------------------------------------------------------

TEST(GiouLoss, AgreesWithWrittenOutBoxes) {
  const auto a = torch::tensor({{0.f, 0.f, 2.f, 2.f}, {0.f, 0.f, 1.f, 1.f}, {0.f, 0.f, 4.f, 2.f}});
  const auto b = torch::tensor({{0.f, 0.f, 2.f, 2.f}, {3.f, 0.f, 4.f, 1.f}, {2.f, 0.f, 6.f, 2.f}});
  // Equal; 2 apart (IoU 0, hull 4, union 2); half over each other (IoU 4/12, hull = union).
  const auto loss = giou_loss(a, b);
  EXPECT_NEAR(loss[0].item<double>(), 0, 1e-6);
  EXPECT_NEAR(loss[1].item<double>(), 1 + 2.0 / 4, 1e-6);
  EXPECT_NEAR(loss[2].item<double>(), 1 - 4.0 / 12, 1e-6);
}

TEST(QualityFocalLoss, IsTheFormulaOfThePaper) {
  const auto logits = torch::tensor({-3.f, 0.f, 1.5f, 4.f}, torch::kFloat64);
  const auto targets = torch::tensor({0.f, 0.7f, 1.f, 0.2f}, torch::kFloat64);
  double expected = 0;
  for (int i = 0; i < 4; ++i) {
    const double s = 1 / (1 + std::exp(-logits[i].item<double>())), y = targets[i].item<double>();
    expected -= (y - s) * (y - s) * (y * std::log(s) + (1 - y) * std::log(1 - s));
  }
  EXPECT_NEAR(quality_focal_loss(logits, targets).item<double>(), expected, 1e-9);
}

TEST(QualityFocalLoss, HasNoGradientWhereTheScoreIsRight) {
  const auto logits = torch::tensor({0.4f}, torch::kFloat64).set_requires_grad(true);
  quality_focal_loss(logits, torch::sigmoid(logits.detach())).backward();
  EXPECT_NEAR(logits.grad().item<double>(), 0, 1e-12);
}

DetectorNet tiny_net() { return {.backbone = {1.0, 1.0, true, 1e-3f}, .width = 16, .groups = {2, 1}}; }

// Maps of a 64 x 64 picture in which every point says nothing.
std::vector<torch::Tensor> silent_maps(const DetectorNet& net) {
  std::vector<torch::Tensor> maps;
  for (const int stride : kDetectorStrides) {
    torch::Tensor map = torch::zeros({1, net.channels(), 64 / stride, 64 / stride});
    map.select(1, 4).fill_(-9);  // logits of the first group
    map.select(1, 5).fill_(-9);
    map.select(1, 10).fill_(-9);  // of the persons
    maps.push_back(map);
  }
  return maps;
}

TEST(DetectorLoss, IsSmallForMapsThatSayTheTruthAndLargeForThoseThatDoNot) {
  const DetectorNet net = tiny_net();
  auto maps = silent_maps(net);
  // The point (24, 24) of stride 16 (column 1, row 1) knows a garment of class 1 and a person around it.
  const std::vector<std::vector<LabelledBox>> boxes = {{{1, {8, 8, 32, 32}}, {2, {4, 0, 56, 64}}}};
  torch::Tensor map = maps[1];
  for (int side = 0; side < 4; ++side) map[0][side][1][1] = 0.f;  // exp(0) * 16
  map[0][5][1][1] = 9.f;
  const float person[4] = {20, 24, 36, 40};
  for (int side = 0; side < 4; ++side) map[0][6 + side][1][1] = std::log(person[side] / 16);
  map[0][10][1][1] = 9.f;
  const AssignConfig one{.points_per_box = 1};
  const DetectorLoss right = detector_loss(maps, net, boxes, one);
  EXPECT_LT(right.score.item<double>(), 0.01);
  EXPECT_NEAR(right.box.item<double>(), 0, 1e-5);

  map[0][5][1][1] = -9.f;
  map[0][4][1][1] = 9.f;  // the wrong class
  EXPECT_GT(detector_loss(maps, net, boxes, one).score.item<double>(), 1);
  map[0][2][1][1] = 1.f;  // too wide
  EXPECT_GT(detector_loss(maps, net, boxes, one).box.item<double>(), 0.1);
}

TEST(DetectorLoss, PersonsAndTheirClothesDoNotCompeteForPoints) {
  const DetectorNet net = tiny_net();
  const auto maps = silent_maps(net);
  const std::vector<std::vector<LabelledBox>> both = {{{0, {8, 8, 48, 48}}, {2, {8, 8, 48, 48}}}};
  const std::vector<std::vector<LabelledBox>> garment = {{both[0][0]}}, person = {{both[0][1]}};
  using Boxes = std::vector<std::vector<LabelledBox>>;
  const auto box_loss = [&](const Boxes& boxes) { return detector_loss(maps, net, boxes, {}).box.item<double>(); };
  EXPECT_NEAR(box_loss(both), box_loss(garment) + box_loss(person), 1e-5);
}

// --- Decoding
// ---------------------------------------------------------------------------------------------------------

TEST(DecodePoints, GivesPlantedBoxesBackWithTheirScores) {
  const DetectorNet net = tiny_net();
  auto maps = silent_maps(net);
  maps[2][0][5][1][0] = 2.f;  // stride 32: column 0, row 1
  for (int side = 0; side < 4; ++side) maps[2][0][side][1][0] = std::log((static_cast<float>(side) + 1) / 32);
  DetectorMaps flat{64, 64, {}};
  for (std::size_t level = 0; level < 3; ++level)
    flat.values[level] = {maps[level].data_ptr<float>(), static_cast<std::size_t>(maps[level].numel())};
  const auto found = decode_points(flat, net, 0.3f);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].label, 1);
  EXPECT_NEAR(found[0].score, 1 / (1 + std::exp(-2.0)), 1e-6);
  EXPECT_NEAR(found[0].box.x, 16 - 1, 1e-4);
  EXPECT_NEAR(found[0].box.y, 48 - 2, 1e-4);
  EXPECT_NEAR(found[0].box.right(), 16 + 3, 1e-4);
  EXPECT_NEAR(found[0].box.bottom(), 48 + 4, 1e-4);
}

// --- Pictures
// ---------------------------------------------------------------------------------------------------------

// A gray photo with a red box, which is labelled.
class DetectorPictures : public ::testing::Test {
 protected:
  DetectorPictures() {
    for (int i = 0; i < 4; ++i) {
      Image image{120, 80 + 20 * i, {}};
      image.rgb.assign(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3, 90);
      const Box box{20.0f + static_cast<float>(5 * i), 10, 40, 50};
      for (int y = static_cast<int>(box.y); y < static_cast<int>(box.bottom()); ++y)
        for (int x = static_cast<int>(box.x); x < static_cast<int>(box.right()); ++x) {
          image.row(y)[x * 3] = 250;
          image.row(y)[x * 3 + 1] = image.row(y)[x * 3 + 2] = 10;
        }
      const auto file = dir_.path() / (std::to_string(i) + ".jpg");
      const auto bytes = encode_jpeg(image, 100);
      write_file_atomically(file, bytes);
      photos_.push_back({file, {{3, box}}});
    }
  }
  // Where the picture is red.
  static Box red_part(const Image& image, const Box& within) {
    int left = image.width, right = -1, top = image.height, bottom = -1;
    for (int y = std::max(0, static_cast<int>(within.y) - 3);
         y < std::min(image.height, static_cast<int>(within.bottom()) + 3); ++y)
      for (int x = std::max(0, static_cast<int>(within.x) - 3);
           x < std::min(image.width, static_cast<int>(within.right()) + 3); ++x) {
        const auto* pixel = image.row(y) + std::ptrdiff_t{x} * 3;
        if (pixel[0] < pixel[1] + 60) continue;
        left = std::min(left, x), right = std::max(right, x), top = std::min(top, y), bottom = std::max(bottom, y);
      }
    return {static_cast<float>(left), static_cast<float>(top), static_cast<float>(right - left + 1),
            static_cast<float>(bottom - top + 1)};
  }

  testing::TempDir dir_;
  std::vector<DetectorPhoto> photos_;
};

TEST_F(DetectorPictures, BoxesGoWithThePixelsThroughScaleMosaicAndFlip) {
  DetectorAugment config;
  config.jitter = 0;
  config.background = 0;
  config.mixup = 0;
  int seen = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    Random random(seed);
    const auto picture = augmented_picture(photos_, seed % photos_.size(), 128, config, true, random);
    ASSERT_EQ(picture.image.width, 128);
    ASSERT_EQ(picture.image.height, 128);
    for (const auto& labelled : picture.boxes) {
      EXPECT_EQ(labelled.label, 3);
      if (labelled.box.w < 12 || labelled.box.h < 12) continue;
      EXPECT_GT(iou(red_part(picture.image, labelled.box), labelled.box), 0.75f) << "seed " << seed;
      ++seen;
    }
  }
  EXPECT_GT(seen, 60);
}

TEST_F(DetectorPictures, TheSameSeedGivesTheSamePicture) {
  Random a(5), b(5), c(6);
  const auto one = augmented_picture(photos_, 1, 96, {}, true, a), two = augmented_picture(photos_, 1, 96, {}, true, b);
  EXPECT_EQ(one.image.rgb, two.image.rgb);
  EXPECT_NE(one.image.rgb, augmented_picture(photos_, 1, 96, {}, true, c).image.rgb);
}

TEST_F(DetectorPictures, ServingSeesTheWholePhotoAtTheTopLeft) {
  const Image photo = decode_image(read_file(photos_[2].file), "photo");  // 120 x 120
  const auto picture = fitted_picture(photo, photos_[2].boxes, 60);
  ASSERT_EQ(picture.boxes.size(), 1u);
  EXPECT_NEAR(picture.boxes[0].box.x, 15, 1e-4);
  EXPECT_NEAR(picture.boxes[0].box.w, 20, 1e-4);
}

// --- A whole run ---------------------------------------------------------------------------------------------------

class DetectorRuns : public DetectorPictures {
 protected:
  DetectorRuns() {
    torch::set_num_threads(1);
    base_ = testing::random_model(dir_.path(), default_config(*find_architecture("efficientnet_lite0")));
    config_.side = 64;
    config_.width = 16;
    config_.batch = 2;
    config_.epochs = 3;
    config_.plain_epochs = 1;
    config_.threads = 1;
    config_.train_from = "_blocks.15";
    config_.augment.sides = {64, 96};
  }
  DetectorTrainOutcome run(const std::string& name, bool resume = false, const DetectorTrainEvents& events = {}) const {
    return train_detector(config_, base_, photos_, photos_, dir_.path() / name, resume, events);
  }
  static std::vector<std::byte> weights_of(const DetectorModel& model) {
    return read_file(model.folder / model.config.weights);
  }

  DetectorBase base_;
  DetectorTrainConfig config_;
};

TEST_F(DetectorRuns, ARunThatWasStoppedAndResumedEndsWithTheSameBits) {
  const auto whole = run("whole");
  EXPECT_EQ(whole.steps, 6);
  struct Stop {};
  EXPECT_THROW(run("cut", false,
                   {.on_epoch =
                        [](const DetectorEpoch& epoch) {
                          if (epoch.epoch == 2) throw Stop();
                        }}),
               Stop);
  EXPECT_EQ(weights_of(run("cut", true).best), weights_of(whole.best));
}

TEST_F(DetectorRuns, TheSavedDetectorOpensWithClassesAndCategories) {
  const DetectorModel model = run("run").best;
  EXPECT_EQ(model.config.classes, (std::vector<std::string>{"outer", "bottom", "dress", "top", "person"}));
  EXPECT_EQ(model.config.network, (DetectorNet{.width = 16}));
  EXPECT_EQ(open_detector(model.folder).id, model.id);
}

TEST_F(DetectorRuns, ADetectorGoesOnWithWhatItKnows) {
  const DetectorModel first = run("first").best;
  base_ = first;
  config_.width = 96;  // its own, 16, is kept
  config_.side = 96;
  config_.lr = 1e-12f;  // too little to change a half
  const DetectorModel second = run("second").best;
  const auto boxes = [](const DetectorModel& model) {
    return Weights(model.folder / model.config.weights).floats("head.2.out.weight", {13, 16, 1, 1});
  };
  EXPECT_EQ(boxes(second), boxes(first));
  EXPECT_EQ(second.config.network, first.config.network);
  EXPECT_EQ(second.config.input.width, 96);
  EXPECT_NE(second.config.source.find(first.id), std::string::npos);
}

TEST_F(DetectorRuns, ADetectorOfAnotherFamilyIsRefused) {
  DetectorModel other;
  other.config.family = DetectorFamily::kDetr;
  base_ = other;
  EXPECT_NE(testing::message_of([&] { run("run"); }).find("own family"), std::string::npos);
}

TEST_F(DetectorRuns, ADetectorOfOtherClassesIsRefused) {
  DetectorModel other;
  other.config.network = DetectorNet{.width = 16};
  other.config.classes = {"outer", "bottom", "dress", "person", "top"};
  base_ = other;
  EXPECT_NE(testing::message_of([&] { run("run"); }).find("classes"), std::string::npos);
}

TEST_F(DetectorRuns, APhotoThatCannotBeReadIsNamedAndTheRunGoesOn) {
  write_file_atomically(photos_[1].file, std::as_bytes(std::span("no photo")));
  const auto outcome = run("run");
  ASSERT_FALSE(outcome.broken.empty());
  EXPECT_NE(outcome.broken.front().find("1.jpg"), std::string::npos);
  EXPECT_EQ(outcome.steps, 6);
}

TEST_F(DetectorRuns, ABackboneThatIsNoEfficientNetIsRefused) {
  base_ = testing::random_model(dir_.path(), default_config(*find_architecture("resnet18")));
  EXPECT_NE(testing::message_of([&] { run("run"); }).find("EfficientNet"), std::string::npos);
}

// --- Configuration
// ----------------------------------------------------------------------------------------------------

TEST(DetectorTrainConfig, IsWrittenAsItIsRead) {
  DetectorTrainConfig config;
  config.augment.sides = {96, 128};
  config.train_from = "_blocks.3";
  const std::string text = to_toml(config);
  EXPECT_EQ(to_toml(parse_detector_train_config(text, "a.toml")), text);
}

TEST(DetectorTrainConfig, BadFieldsAreNamed) {
  const auto problem = [](const std::string& text) {
    return testing::message_of([&] { parse_detector_train_config(text, "a.toml"); });
  };
  EXPECT_NE(problem("[augment]\nsides = [100]").find("sides"), std::string::npos);
  EXPECT_NE(problem("side = 0").find("side must"), std::string::npos);
  EXPECT_NE(problem("[optimizer]\nepoch = 3").find("unknown field epoch"), std::string::npos);
  EXPECT_NE(problem("[optimizer]\nepochs = 3\nplain_epochs = 4").find("plain_epochs"), std::string::npos);
  EXPECT_NE(problem("[optimizer]\nlr = \"fast\"").find("\"lr\" must be a number"), std::string::npos);
}

}  // namespace
}  // namespace ootd
