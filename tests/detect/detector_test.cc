// Whole detectors: folders as they are exported, through OpenVINO, to garments on the picture. The networks of
// tests/golden/detectors plant boxes; a score is the mean of the first plane that the network saw.
#include "ootd/detect/detector.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/infer/detector_session.h"
#include "ootd/models/detector_points.h"
#include "tests/testing/golden.h"
#include "tests/testing/message_of.h"
#include "tests/testing/procedural_weights.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kDetectors;
using testing::message_of;

constexpr SessionOptions kOneThread = {.threads = 1};

// One colour: red 204 (.8), green 128, blue 153 (.6).
Image plain(int width, int height) {
  Image image{.width = width, .height = height, .rgb = {}};
  for (int i = 0; i < width * height; ++i) image.rgb.insert(image.rgb.end(), {204, 128, 153});
  return image;
}

Detector open(const char* name) { return Detector(open_detector(kDetectors / name), kOneThread); }

void expect_garment(const Garment& found, const char* category, const char* name, float score, const Box& box) {
  EXPECT_EQ(found.category, category);
  EXPECT_EQ(found.fine_category, name);
  EXPECT_NEAR(found.score, score, 1e-4);
  EXPECT_NEAR(found.box.x, box.x, 1e-3);
  EXPECT_NEAR(found.box.y, box.y, 1e-3);
  EXPECT_NEAR(found.box.w, box.w, 1e-3);
  EXPECT_NEAR(found.box.h, box.h, 1e-3);
}

TEST(Detector, Yolo) {
  const auto found = open("yolo").detect(plain(64, 64));  // the bag is dropped, of two tops one is
  ASSERT_EQ(found.size(), 2u);
  expect_garment(found[0], "top", "top", 0.8f, {22, 11, 20, 10});
  expect_garment(found[1], "bottom", "bottom", 0.625f, {22, 11, 20, 10});
}

TEST(Detector, LetterboxIsUndone) {
  // 128 x 96 becomes 64 x 48 with 8 rows above and below.
  const auto found = open("yolo").detect(plain(128, 96));
  ASSERT_EQ(found.size(), 2u);
  const float padding = 114 / 255.0f;
  expect_garment(found[0], "top", "top", 0.75f * 0.8f + 0.25f * padding, {44, 6, 40, 20});
  EXPECT_NEAR(found[1].box.y, 6, 1e-3);
}

TEST(Detector, YoloEndToEnd) {
  const auto found = open("yolo_end_to_end").detect(plain(32, 32));
  ASSERT_EQ(found.size(), 2u);
  expect_garment(found[0], "top", "top", 0.8f, {11, 5.5f, 10, 5});
  expect_garment(found[1], "bottom", "bottom", 0.5f, {11, 5.5f, 10, 5.25f});
}

TEST(Detector, YoloObjectness) {
  const auto found = open("yolo_objectness").detect(plain(64, 64));
  ASSERT_EQ(found.size(), 2u);
  expect_garment(found[0], "dress", "dress", 0.8f, {22, 43, 20, 10});
  expect_garment(found[1], "outer", "outer", 0.5f, {22, 11, 20, 10});
}

TEST(Detector, YoloxSeesBytesBlueFirst) {
  const auto found = open("yolox").detect(plain(64, 64));
  ASSERT_EQ(found.size(), 2u);
  expect_garment(found[0], "top", "top", 0.6f, {32 - 8, 16 - 12, 16, 24});
  expect_garment(found[1], "outer", "outer", 0.375f, {12 - 6, 10 - 3, 12, 6});
}

TEST(Detector, DetrSeesAnyShapeAndAFullMask) {
  // mean .5, std .25: the red plane is (.8 - .5) / .25 = 1.2; beside it "none" with 0.
  const float score = std::exp(1.2f) / (std::exp(1.2f) + 1 + 6 * std::exp(-8.0f));
  const Detector detector = open("detr");
  for (const auto& [width, height] : {std::pair(80, 40), std::pair(40, 200), std::pair(33, 77)}) {
    const auto found = detector.detect(plain(width, height));
    ASSERT_EQ(found.size(), 2u);
    const auto w = static_cast<float>(width), h = static_cast<float>(height);
    expect_garment(found[0], "bottom", "bottom", std::exp(3.0f) / (std::exp(3.0f) + 1 + 6 * std::exp(-8.0f)),
                   {0, 0.625f * h, 0.5f * w, 0.25f * h});
    expect_garment(found[1], "top", "top", score, {0.375f * w, 0.1875f * h, 0.25f * w, 0.125f * h});
  }
}

TEST(Detector, ConditionalDetrGivesAQueryTwice) {
  const auto found = open("conditional_detr").detect(plain(80, 40));
  ASSERT_EQ(found.size(), 3u);
  expect_garment(found[0], "bottom", "bottom", 1 / (1 + std::exp(-3.0f)), {0, 25, 40, 10});
  expect_garment(found[1], "top", "top", 1 / (1 + std::exp(-1.2f)), {30, 7.5f, 20, 5});
  expect_garment(found[2], "outer", "outer", 1 / (1 + std::exp(-1.0f)), {30, 7.5f, 20, 5});
}

TEST(Detector, RtDetrIsSquashed) {
  const auto found = open("rt_detr").detect(plain(80, 40));
  ASSERT_EQ(found.size(), 2u);
  expect_garment(found[0], "bottom", "bottom", 1 / (1 + std::exp(-3.0f)), {0, 25, 40, 10});
  expect_garment(found[1], "top", "top", 1 / (1 + std::exp(-0.8f)), {30, 7.5f, 20, 5});
}

TEST(Detector, RtDetrDecodedIsToldThePicturesSize) {
  const auto found = open("rt_detr_decoded").detect(plain(80, 40));
  ASSERT_EQ(found.size(), 2u);
  expect_garment(found[0], "top", "top", 0.8f, {30, 7.5f, 20, 5});
  expect_garment(found[1], "bottom", "bottom", 0.75f, {0, 25, 40, 10});
}

TEST(Detector, RfDetr) {
  const auto found = open("rf_detr").detect(plain(80, 40));
  ASSERT_EQ(found.size(), 2u);
  expect_garment(found[0], "person", "person", 1 / (1 + std::exp(-3.0f)), {0, 25, 40, 10});
  expect_garment(found[1], "dress", "dress", 1 / (1 + std::exp(-(0.8f - 0.485f) / 0.229f)), {30, 7.5f, 20, 5});
}

TEST(Detector, OnePixelAndRibbonsHaveBoxesInside) {
  for (const char* name : {"yolo", "yolox", "detr", "rt_detr", "rt_detr_decoded", "rf_detr"}) {
    const Detector detector = open(name);
    for (const auto& [width, height] : {std::pair(1, 1), std::pair(3000, 2), std::pair(1, 700)})
      for (const auto& garment : detector.detect(plain(width, height))) {
        EXPECT_GE(garment.box.x, 0);
        EXPECT_GE(garment.box.y, 0);
        EXPECT_LE(garment.box.right(), static_cast<float>(width) * 1.00001f);
        EXPECT_LE(garment.box.bottom(), static_cast<float>(height) * 1.00001f);
      }
    EXPECT_THROW(detector.detect({}), Error);
  }
}

TEST(Detector, ManyThreadsGetTheirOwnPicturesBoxes) {
  const Detector detector(open_detector(kDetectors / "detr"), {.threads = 2});
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 1; t <= 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const auto found = detector.detect(plain(40 * t, 30));
        if (found.size() != 2 || std::abs(found[0].box.w - 20.0f * static_cast<float>(t)) > 1e-3) ++wrong;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Detector, WhatDoesNotFitIsSaidWhenItIsOpened) {
  testing::TempDir folder;
  const auto use = [&](const char* name, const std::string& config) {
    std::filesystem::copy_file(kDetectors / name / "model.onnx", folder.path() / "model.onnx",
                               std::filesystem::copy_options::overwrite_existing);
    write_file_atomically(folder.path() / "config.json", std::as_bytes(std::span(config)), false);
    return message_of([&] { Detector(open_detector(folder.path()), kOneThread).detect(plain(64, 64)); });
  };
  EXPECT_NE(use("yolo", R"({"classes": ["top"]})").find("output0[1, 8, 84] tells 4 classes apart"), std::string::npos);
  EXPECT_NE(use("yolo", R"({"family": "rt_detr"})").find("has no output pred_boxes"), std::string::npos);
  // A tower of texts and pictures is no detector.
  std::filesystem::copy_file(std::filesystem::path(OOTD_GOLDEN_DIR) / "siglip-tiny/onnx/text_model.onnx",
                             folder.path() / "text.onnx");
  const std::string said = use("yolo", R"({"family": "yolo", "classes": ["top"], "weights": "text.onnx"})");
  EXPECT_NE(said.find("a detector takes pictures [N, 3, H, W]"), std::string::npos) << said;
  std::string cut = read_text(kDetectors / "yolo/model.onnx");
  cut.resize(cut.size() / 2);
  write_file_atomically(folder.path() / "cut.onnx", std::as_bytes(std::span(cut)), false);
  EXPECT_NE(use("yolo", R"({"classes": ["top"], "weights": "cut.onnx"})").find("cut.onnx: is truncated"),
            std::string::npos);
  EXPECT_NE(message_of([&] {
              Detector(open_detector(kDetectors / "yolo"), {.precision = Precision::kInt8});
            }).find("not in int8"),
            std::string::npos);
}

// Ours, with weights by formula: that its maps mean what training says is tested where it is trained.
class OurDetector : public ::testing::Test {
 protected:
  OurDetector() {
    config_.name = "ours";
    config_.input = {.width = 96, .height = 64, .mean = {0.5f, 0.5f, 0.5f}, .std = {0.25f, 0.25f, 0.25f}};
    config_.classes = {"outer", "bottom", "dress", "top", "person"};
    for (const auto& name : config_.classes) config_.categories[name] = name;
    config_.network = DetectorNet{.width = 32};
    config_.min_score = 0.05f;
  }
  DetectorModel save(const std::vector<NamedFloats>& weights) {
    return save_detector(folder_.path(), config_, weights, /*half=*/true);
  }

  testing::TempDir folder_;
  DetectorConfig config_;
};

TEST_F(OurDetector, RunsFromItsFolder) {
  const DetectorModel model = save(testing::procedural_weights(detector_weights(*config_.network)));
  const DetectorSession session(model, kOneThread);
  const Image picture = plain(96, 64);
  const auto maps = session.run(picture.rgb, 96, 64, 96, 64);
  ASSERT_EQ(maps.size(), 3u);
  EXPECT_EQ(maps[0].name, "stride8");
  EXPECT_EQ(maps[0].shape, (Shape{1, 13, 8, 12}));
  EXPECT_EQ(maps[2].shape, (Shape{1, 13, 2, 3}));
  EXPECT_THROW(session.run(picture.rgb, 64, 64, 96, 64), Error);

  const auto found = Detector(model, kOneThread).detect(plain(300, 500));
  ASSERT_FALSE(found.empty());
  EXPECT_LE(found.size(), 100u);
  for (const auto& garment : found) {
    EXPECT_EQ(garment.category, garment.fine_category);
    EXPECT_LE(garment.box.bottom(), 500.001f);
  }
}

TEST_F(OurDetector, DamagedWeightsAreNoEmptyPicture) {
  auto weights = testing::procedural_weights(detector_weights(*config_.network));
  for (auto& weight : weights)
    if (weight.name == "head.1.out.bias") weight.values[0] = std::nanf("");
  const DetectorModel model = save(weights);
  EXPECT_NE(message_of([&] { Detector(model, kOneThread).detect(plain(64, 64)); }).find("stride16 holds NaN"),
            std::string::npos);
  weights.pop_back();
  EXPECT_NE(message_of([&] { Detector(save(weights), kOneThread); }).find("missing"), std::string::npos);
}

}  // namespace
}  // namespace ootd
