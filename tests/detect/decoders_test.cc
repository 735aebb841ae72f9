// Planted tensors in, exact boxes out.
#include "ootd/detect/decoders.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ootd/base/error.h"
#include "tests/testing/message_of.h"

namespace ootd {
namespace {

using testing::message_of;

// A picture of 100 x 50, seen at twice its size with 20 rows of padding above: 200 x 140.
constexpr Placement kSeen = {.width = 200,
                             .height = 140,
                             .picture_width = 100,
                             .picture_height = 50,
                             .scale_x = 2,
                             .scale_y = 2,
                             .left = 0,
                             .top = 20};
// As YOLOX's strides need it: 64 x 64, 84 points, the picture seen as it is.
constexpr Placement kSame = {.width = 64, .height = 64, .picture_width = 64, .picture_height = 64};

DetectorConfig config_of(DetectorFamily family, std::size_t classes, float min_score = 0.25f) {
  DetectorConfig config;
  config.name = "planted";
  config.family = family;
  for (std::size_t i = 0; i < classes; ++i) config.classes.push_back("class " + std::to_string(i));
  config.min_score = min_score;
  config.nms_iou = 0.5f;
  return config;
}

NamedFloats zeros(const char* name, const Shape& shape, float value = 0) {
  return {name, shape, std::vector<float>(element_count(shape), value)};
}
void plant_row(NamedFloats& table, std::size_t row, const std::vector<float>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    table.values[row * static_cast<std::size_t>(table.shape[2]) + i] = values[i];
}
void plant_column(NamedFloats& table, std::size_t column, const std::vector<float>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    table.values[i * static_cast<std::size_t>(table.shape[2]) + column] = values[i];
}

std::vector<Detection> decode_one(const DetectorConfig& config, NamedFloats output, const Placement& seen = kSeen) {
  return decode(config, std::vector<NamedFloats>{std::move(output)}, seen);
}
void expect_detection(const Detection& found, int label, float score, const Box& box) {
  EXPECT_EQ(found.label, label);
  EXPECT_NEAR(found.score, score, 1e-6);
  EXPECT_NEAR(found.box.x, box.x, 1e-4);
  EXPECT_NEAR(found.box.y, box.y, 1e-4);
  EXPECT_NEAR(found.box.w, box.w, 1e-4);
  EXPECT_NEAR(found.box.h, box.h, 1e-4);
}

TEST(DecodeYolo, GivesBoxesOfThePictureBestFirst) {
  NamedFloats output = zeros("output0", {1, 7, 30});
  plant_column(output, 3, {60, 50, 20, 10, 0.1f, 0.5f, 0.2f});
  plant_column(output, 29, {100, 70, 40, 20, 0.75f, 0.5f, 0});
  plant_column(output, 8, {100, 70, 40, 20, 0, 0.24f, 0});
  const auto found = decode_one(config_of(DetectorFamily::kYolo, 3), output);
  ASSERT_EQ(found.size(), 2u);
  expect_detection(found[0], 0, 0.75f, {40, 20, 20, 10});
  expect_detection(found[1], 1, 0.5f, {25, 12.5f, 10, 5});
}

TEST(DecodeYolo, SuppressesWithinAClassOnly) {
  NamedFloats output = zeros("output0", {1, 6, 30});
  plant_column(output, 0, {60, 50, 20, 10, 0.9f, 0});
  plant_column(output, 1, {60, 51, 20, 10, 0.8f, 0});
  plant_column(output, 2, {60, 50, 20, 10, 0, 0.7f});
  plant_column(output, 3, {60, 56, 20, 10, 0.6f, 0});  // IoU 4 / 16
  const auto found = decode_one(config_of(DetectorFamily::kYolo, 2), output);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[1].label, 1);
  EXPECT_FLOAT_EQ(found[2].score, 0.6f);
  DetectorConfig few = config_of(DetectorFamily::kYolo, 2);
  few.max_detections = 1;
  EXPECT_EQ(decode_one(few, output).size(), 1u);
}

TEST(DecodeYolo, BoxesAreCutToThePictureAndThoseInThePaddingDropped) {
  NamedFloats output = zeros("output0", {1, 5, 30});
  plant_column(output, 0, {0, 20, 40, 20, 0.9f});     // half above and left of the picture
  plant_column(output, 1, {100, 8, 40, 10, 0.8f});    // in the padding
  plant_column(output, 2, {100, 70, 0, 10, 0.8f});    // no width
  plant_column(output, 3, {100, 70, -10, 10, 0.8f});  // less than that
  plant_column(output, 4, {100, 70, std::numeric_limits<float>::infinity(), 10, 0.8f});
  const auto found = decode_one(config_of(DetectorFamily::kYolo, 1), output);
  ASSERT_EQ(found.size(), 1u);
  expect_detection(found[0], 0, 0.9f, {0, 0, 10, 5});
}

TEST(DecodeEndToEnd, TakesCornersAsTheyAre) {
  NamedFloats output = zeros("output0", {1, 300, 6});
  plant_row(output, 0, {50, 45, 70, 55, 0.9f, 2});
  plant_row(output, 1, {50, 45, 70, 55, 0.8f, 2});  // the network has suppressed what it wants to
  plant_row(output, 2, {50, 45, 70, 55, 0.2f, 1});
  const auto found = decode_one(config_of(DetectorFamily::kYoloEndToEnd, 3), output);
  ASSERT_EQ(found.size(), 2u);
  expect_detection(found[0], 2, 0.9f, {25, 12.5f, 10, 5});
  EXPECT_NE(message_of([&] { decode_one(config_of(DetectorFamily::kYoloEndToEnd, 2), output); }).find("names class 2"),
            std::string::npos);
}

TEST(DecodeObjectness, MultipliesItIntoTheScore) {
  NamedFloats output = zeros("output0", {1, 40, 7});
  plant_row(output, 5, {60, 50, 20, 10, 0.5f, 0.25f, 0.75f});
  plant_row(output, 6, {60, 90, 20, 10, 0.9f, 0.25f, 0.1f});
  plant_row(output, 7, {60, 90, 20, 10, 0.1f, 1, 1});
  const auto found = decode_one(config_of(DetectorFamily::kYoloObjectness, 2), output);
  ASSERT_EQ(found.size(), 1u);
  expect_detection(found[0], 1, 0.375f, {25, 12.5f, 10, 5});
}

TEST(DecodeYolox, DecodesPointsOfEveryStride) {
  NamedFloats output = zeros("output", {1, 84, 6});
  const auto log_of = [](float pixels, float stride) { return std::log(pixels / stride); };
  plant_row(output, 8 * 2 + 3, {0.5f, 0.25f, log_of(12, 8), log_of(6, 8), 0.9f, 1});         // column 3, row 2 of 8
  plant_row(output, 64 + 4 * 1 + 2, {0, 1, log_of(20, 16), log_of(10, 16), 0.8f, 1});        // column 2, row 1 of 16
  plant_row(output, 80 + 2 * 1 + 1, {0.25f, 0.5f, log_of(16, 32), log_of(8, 32), 0.7f, 1});  // column 1, row 1 of 32
  const auto found = decode_one(config_of(DetectorFamily::kYolox, 1), output, kSame);
  ASSERT_EQ(found.size(), 3u);
  expect_detection(found[0], 0, 0.9f, {28 - 6, 18 - 3, 12, 6});
  expect_detection(found[1], 0, 0.8f, {32 - 10, 32 - 5, 20, 10});
  expect_detection(found[2], 0, 0.7f, {40 - 8, 48 - 4, 16, 8});
  EXPECT_NE(message_of([&] { decode_one(config_of(DetectorFamily::kYolox, 1), output, kSeen); }).find("545 points"),
            std::string::npos);
}

TEST(DecodeYolox, LeavesWhatTheExportDecoded) {
  NamedFloats output = zeros("output", {1, 84, 6});
  for (std::size_t i = 0; i < 84; ++i) plant_row(output, i, {10, 10, 30, 40, 0, 0});
  plant_row(output, 70, {60, 50, 20, 10, 0.5f, 1});
  const auto found = decode_one(config_of(DetectorFamily::kYolox, 1), output);
  ASSERT_EQ(found.size(), 1u);
  expect_detection(found[0], 0, 0.5f, {25, 12.5f, 10, 5});
}

// Shares of 200 x 140: the same box in every family of queries.
std::vector<NamedFloats> queries(const char* logits, const char* boxes, std::int64_t columns) {
  NamedFloats box = zeros(boxes, {1, 3, 4}), logit = zeros(logits, {1, 3, columns}, -9);
  for (std::size_t i = 0; i < 3; ++i) plant_row(box, i, {0.3f, 50 / 140.0f, 0.1f, 10 / 140.0f});
  return {box, logit};
}

TEST(DecodeDetr, SoftmaxCountsTheLastColumnAsNothing) {
  auto outputs = queries("logits", "pred_boxes", 3);
  plant_row(outputs[1], 0, {0, std::log(3.0f), 0});  // 1, 3, 1
  plant_row(outputs[1], 1, {2, 1, 9});
  const auto found = decode(config_of(DetectorFamily::kDetr, 2, 0.4f), outputs, kSeen);
  ASSERT_EQ(found.size(), 1u);
  expect_detection(found[0], 1, 0.6f, {25, 12.5f, 10, 5});
}

TEST(DecodeQueries, SigmoidCountsEachClassOfAQuery) {
  for (const auto family : {DetectorFamily::kConditionalDetr, DetectorFamily::kRtDetr}) {
    auto outputs = queries("logits", "pred_boxes", 2);
    plant_row(outputs[1], 1, {std::log(3.0f), 0});
    const auto found = decode(config_of(family, 2, 0.4f), outputs, kSeen);
    ASSERT_EQ(found.size(), 2u);
    expect_detection(found[0], 0, 0.75f, {25, 12.5f, 10, 5});
    expect_detection(found[1], 1, 0.5f, {25, 12.5f, 10, 5});
  }
}

TEST(DecodeQueries, RfDetrHasUnusedColumns) {
  auto outputs = queries("labels", "dets", 91);
  plant_row(outputs[1], 2, {-9, 0});
  outputs[1].values[2 * 91 + 60] = 5;  // no class of ours
  const auto found = decode(config_of(DetectorFamily::kRfDetr, 2), outputs, kSeen);
  ASSERT_EQ(found.size(), 1u);
  expect_detection(found[0], 1, 0.5f, {25, 12.5f, 10, 5});
  EXPECT_NE(message_of([&] { decode(config_of(DetectorFamily::kRtDetr, 2), outputs, kSeen); }).find("91 classes"),
            std::string::npos);
}

TEST(DecodeQueries, OutputsOfOtherNamesAreToldByTheirShape) {
  auto outputs = queries("cls_scores", "bbox", 2);
  plant_row(outputs[1], 1, {1, -9});
  EXPECT_EQ(decode(config_of(DetectorFamily::kRtDetr, 2), outputs, kSeen).size(), 1u);
}

TEST(DecodeQueries, FourColumnsOfClassesAreNoBoxes) {
  for (const auto& [family, logits, boxes] : {std::tuple(DetectorFamily::kRtDetr, "logits", "pred_boxes"),
                                              std::tuple(DetectorFamily::kRfDetr, "labels", "dets")}) {
    auto outputs = queries(logits, boxes, 4);
    plant_row(outputs[1], 1, {-9, -9, 1, -9});
    const auto found = decode(config_of(family, 4), outputs, kSeen);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].label, 2);
  }
  EXPECT_NE(message_of([&] {
              decode(config_of(DetectorFamily::kRtDetr, 4), queries("a", "b", 4), kSeen);
            }).find("a[1, 3, 4]"),
            std::string::npos);
}

TEST(DecodeRtDetrDecoded, BoxesAreInThePicturesPixelsAlready) {
  NamedFloats boxes = zeros("boxes", {1, 2, 4});
  plant_row(boxes, 0, {25, 12.5f, 35, 17.5f});
  plant_row(boxes, 1, {90, 40, 120, 60});
  const std::vector<NamedFloats> outputs = {{"labels", {1, 2}, {1, 0}}, boxes, {"scores", {1, 2}, {0.5f, 0.9f}}};
  const auto found = decode(config_of(DetectorFamily::kRtDetrDecoded, 2), outputs, kSeen);
  ASSERT_EQ(found.size(), 2u);
  expect_detection(found[0], 0, 0.9f, {90, 40, 10, 10});
  expect_detection(found[1], 1, 0.5f, {25, 12.5f, 10, 5});
}

TEST(DecodeOurs, TellsPersonsFromGarments) {
  DetectorConfig config = config_of(DetectorFamily::kOotd, 5);
  config.network = DetectorNet{};
  std::vector<NamedFloats> maps;
  for (const int side : {8, 4, 2}) maps.push_back(zeros("stride", {1, config.network->channels(), side, side}, -9));
  // Stride 16, column 2, row 1: the point (40, 24). Channels: 4 sides, 4 garments, 4 sides, person.
  const auto plant = [&](std::size_t channel, float value) { maps[1].values[channel * 16 + 1 * 4 + 2] = value; };
  for (const std::size_t side : {0, 1, 2, 3}) plant(side, std::log(0.5f));
  plant(4 + 2, 0);
  for (const std::size_t side : {8, 9, 10, 11}) plant(side, 0);
  plant(12, std::log(3.0f));
  const auto found = decode(config, maps, kSame);
  ASSERT_EQ(found.size(), 2u);
  expect_detection(found[0], 4, 0.75f, {24, 8, 32, 32});
  expect_detection(found[1], 2, 0.5f, {32, 16, 16, 16});
  maps[2].shape[3] = 3;
  EXPECT_NE(message_of([&] { decode(config, maps, kSame); }).find("should be [1, 13, 2, 2]"), std::string::npos);
}

TEST(Decode, RefusesOutputsThatAreNotTheFamilys) {
  struct Case {
    DetectorFamily family;
    std::vector<NamedFloats> outputs;
    const char* message;
  };
  const float nan = std::nanf("");
  NamedFloats cut = zeros("output0", {1, 6, 30});
  cut.values.resize(100);
  std::vector<NamedFloats> uneven = queries("logits", "pred_boxes", 2);
  uneven[0] = zeros("pred_boxes", {1, 2, 4});
  const Case cases[] = {
      {DetectorFamily::kYolo, {zeros("output0", {1, 9, 30})}, "output0[1, 9, 30] tells 5 classes apart"},
      {DetectorFamily::kYolo, {zeros("output0", {2, 6, 30})}, "should be of one picture"},
      {DetectorFamily::kYolo, {zeros("output0", {1, 2, 30})}, "tells 0 classes"},
      {DetectorFamily::kYolo, {cut}, "output0[1, 6, 30] should be of one picture"},
      {DetectorFamily::kYolo, {}, "has no output output0"},
      {DetectorFamily::kYolo, {zeros("output0", {1, 6, 30}, nan)}, "output0 holds NaN"},
      {DetectorFamily::kYoloEndToEnd, {zeros("output0", {1, 9, 5})}, "rows of x1"},
      {DetectorFamily::kYoloObjectness, {zeros("output0", {1, 9, 4})}, "tells 0 classes"},
      {DetectorFamily::kYolox, {zeros("other", {1, 84, 4})}, "has no output"},
      {DetectorFamily::kYolox, {zeros("output", {1, 84, 3})}, "objectness"},
      {DetectorFamily::kDetr, queries("logits", "pred_boxes", 2), "tells 1 classes"},
      {DetectorFamily::kRtDetr, uneven, "a box for each row of logits"},
      {DetectorFamily::kRtDetrDecoded, queries("logits", "boxes", 2), "have 2 dimensions"},
      {DetectorFamily::kRtDetr, {zeros("logits", {1, 3, 2})}, "has no output pred_boxes"},
  };
  for (const auto& one : cases) {
    const std::string said = message_of([&] { decode(config_of(one.family, 2), one.outputs, kSame); });
    EXPECT_NE(said.find(one.message), std::string::npos) << to_string(one.family) << ": " << said;
    EXPECT_TRUE(said.starts_with("planted: ")) << said;
  }
}

}  // namespace
}  // namespace ootd
