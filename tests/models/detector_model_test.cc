#include "ootd/models/detector_model.h"

#include <gtest/gtest.h>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/models/detector_family.h"
#include "ootd/models/detector_points.h"
#include "tests/testing/golden.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kDetectors;
using testing::message_of;
using testing::TempDir;

void write(const std::filesystem::path& path, const std::string& text) {
  write_file_atomically(path, std::as_bytes(std::span(text)), /*durable=*/false);
}

Json ours() {
  return parse_json(R"({"format": 1, "name": "mine", "family": "ootd",
    "input": {"width": 416, "height": 320, "mean": [0.5, 0.5, 0.5], "std": [0.25, 0.25, 0.25]},
    "classes": ["outer", "bottom", "dress", "top", "person"], "min_score": 0.2, "nms_iou": 0.7,
    "max_detections": 50, "network": {"backbone": "efficientnet_lite0", "width": 64, "groups": [4, 1]}})",
                    "config.json");
}
Json foreign(const char* family) {
  return {{"format", 1}, {"name", "x"}, {"family", family}, {"classes", {"top", "bag"}}, {"weights", "model.onnx"}};
}
DetectorConfig parse(const Json& json) { return parse_detector_config(json, "config.json"); }

TEST(DetectorConfig, ComesBackAsItWasWritten) {
  const DetectorConfig config = parse(ours());
  EXPECT_EQ(config.input.width, 416);
  EXPECT_EQ(config.input.fit, DetectorFit::kLetterbox);
  EXPECT_EQ(config.network->width, 64);
  EXPECT_EQ(config.categories.at("person"), "person");
  EXPECT_EQ(config.min_score, 0.2f);
  EXPECT_EQ(to_json(parse(to_json(config))), to_json(config));
  for (const char* family : {"yolo", "yolox", "detr", "rt_detr_decoded", "rf_detr"}) {
    const DetectorConfig other = parse(foreign(family));
    EXPECT_EQ(to_string(other.family), family);
    EXPECT_EQ(parse(to_json(other)).input, other.input);
    EXPECT_EQ(to_json(parse(to_json(other))), to_json(other));
  }
}

TEST(DetectorConfig, EachFamilyHasTheInputItIsPublishedWith) {
  const DetectorInput yolox = parse(foreign("yolox")).input;
  EXPECT_EQ(yolox.fit, DetectorFit::kLetterboxCorner);
  EXPECT_TRUE(yolox.bgr);
  EXPECT_FLOAT_EQ(yolox.std[0] * 255, 1);
  EXPECT_EQ(parse(foreign("rt_detr")).input.fit, DetectorFit::kSquash);
  EXPECT_EQ(parse(foreign("rt_detr")).input.mean[0], 0);
  EXPECT_EQ(parse(foreign("rf_detr")).input.mean[0], 0.485f);
  EXPECT_EQ(parse(foreign("conditional_detr")).input.fit, DetectorFit::kShortestEdge);
}

TEST(DetectorConfig, BadFieldsAreNamed) {
  struct Case {
    const char *pointer, *value, *message;
  };
  const Case cases[] = {
      {"/format", "2", "field \"format\""},
      {"/family", "\"yolo9000\"", "field \"family\" is \"yolo9000\"; known: ootd yolo"},
      {"/name", "\"\"", "field \"name\""},
      {"/name", "\"../x\"", "field \"name\""},
      {"/classes", "[]", "field \"classes\""},
      {"/classes", "3", "\"classes\""},
      {"/categories", "{\"cat\": \"top\"}", "\"cat\" is none of its classes"},
      {"/categories", "{\"outer\": \"coat\"}", "\"coat\" is no category"},
      {"/categories", "{}", "map those"},
      {"/min_score", "1.5", "field \"min_score\" is 1.5; must be in 0..1"},
      {"/nms_iou", "-1", "field \"nms_iou\""},
      {"/max_detections", "0", "field \"max_detections\""},
      {"/weights", "\"../model.safetensors\"", "field \"weights\""},
      {"/weights", "\"model.onnx\"", "takes safetensors"},
      {"/input/fit", "\"crop\"", "input: field \"fit\" is \"crop\"; known: letterbox"},
      {"/input/width", "300", "multiples of 32"},
      {"/input/width", "1e9", "field \"width\""},
      {"/input/pad", "256", "field \"pad\""},
      {"/input/longest_edge", "20", "field \"longest_edge\""},
      {"/input/std", "[0, 1, 1]", "\"std\""},
      {"/input/mean", "[0, 1]", "\"mean\""},
      {"/network", "null", "\"network\""},
      {"/network/backbone", "\"resnet50\"", "network: field \"backbone\""},
      {"/network/width", "0", "network: field \"width\""},
      {"/network/groups", "[3, 1]", "another number of classes"},
      {"/network/groups", "[4, 0]", "field \"groups\""},
  };
  for (const auto& [pointer, value, message] : cases) {
    Json json = ours();
    json[Json::json_pointer(pointer)] = parse_json(value, "test");
    const std::string said = message_of([&] { parse(json); });
    EXPECT_NE(said.find(message), std::string::npos) << pointer << " = " << value << ": " << said;
    EXPECT_TRUE(said.starts_with("config.json")) << said;
  }
  Json json = foreign("yolo");
  json["network"] = ours()["network"];
  EXPECT_NE(message_of([&] { parse(json); }).find("only family \"ootd\""), std::string::npos);
  json = foreign("yolo");
  json["classes"] = {"car", "bicycle"};
  EXPECT_NE(message_of([&] { parse(json); }).find("none of its classes is known here: \"car\" \"bicycle\""),
            std::string::npos);
}

OnnxHeader header(std::vector<OnnxPort> outputs, std::vector<std::int64_t> pixels = {1, 3, 640, 640}) {
  return {.inputs = {{"images", std::move(pixels)}}, .outputs = std::move(outputs), .metadata = {}};
}

TEST(DetectorFamilies, AreToldByOutputNamesAndShapes) {
  using Family = DetectorFamily;
  const std::vector<std::int64_t> open = {-1, 3, -1, -1};
  EXPECT_EQ(recognize_family(header({{"output0", {1, 84, 8400}}}), 0), Family::kYolo);
  EXPECT_EQ(recognize_family(header({{"output0", {-1, 84, -1}}}, open), 0), Family::kYolo);
  EXPECT_EQ(recognize_family(header({{"output0", {1, 300, 6}}}), 0), Family::kYoloEndToEnd);
  EXPECT_EQ(recognize_family(header({{"output0", {1, 25200, 85}}}), 0), Family::kYoloObjectness);
  EXPECT_EQ(recognize_family(header({{"output", {1, 25200, 85}}}), 0), Family::kYoloObjectness);
  EXPECT_EQ(recognize_family(header({{"output0", {-1, -1, 85}}}, open), 0), Family::kYoloObjectness);
  EXPECT_EQ(recognize_family(header({{"output", {1, 8400, 85}}}), 0), Family::kYolox);
  EXPECT_EQ(recognize_family(header({{"output", {1, 3549, 9}}}, {1, 3, 416, 416}), 0), Family::kYolox);
  EXPECT_EQ(recognize_family(header({{"labels", {-1, 300}}, {"boxes", {-1, 300, 4}}, {"scores", {-1, 300}}}), 0),
            Family::kRtDetrDecoded);
  EXPECT_EQ(recognize_family(header({{"dets", {1, 300, 4}}, {"labels", {1, 300, 91}}}), 0), Family::kRfDetr);

  const auto queries = [](std::int64_t count, std::int64_t columns) {
    return std::vector<OnnxPort>{{"logits", {-1, count, columns}}, {"pred_boxes", {-1, count, 4}}};
  };
  EXPECT_EQ(recognize_family(header(queries(100, 92), open), 91), Family::kDetr);
  EXPECT_EQ(recognize_family(header(queries(100, 92), open), 0), Family::kDetr);
  EXPECT_EQ(recognize_family(header(queries(300, 7)), 7), Family::kRtDetr);
  EXPECT_EQ(recognize_family(header({{"a", {1, 300, 4}}, {"b", {1, 300, 80}}}), 80), Family::kRtDetr);

  // With as many columns of classes as a box has numbers only the names tell.
  EXPECT_EQ(recognize_family(header(queries(300, 4)), 4), Family::kRtDetr);
  EXPECT_EQ(recognize_family(header(queries(100, 4), open), 3), Family::kDetr);
  EXPECT_EQ(recognize_family(header({{"dets", {1, 300, 4}}, {"labels", {1, 300, 4}}}), 3), Family::kRfDetr);
  EXPECT_EQ(recognize_family(header({{"a", {1, 300, 4}}, {"b", {1, 300, 4}}}), 4), std::nullopt);

  EXPECT_EQ(recognize_family(header({{"output0", {-1, -1, 6}}}, open), 0), std::nullopt);
  // Conditional DETR and RT-DETR differ in what they want to see: a guess would be wrong in silence.
  EXPECT_EQ(recognize_family(header(queries(300, 7), open), 7), std::nullopt);
  EXPECT_EQ(recognize_family(header({{"features", {1, 128}}}), 0), std::nullopt);
  EXPECT_EQ(recognize_family(header({{"x", {}}}), 0), std::nullopt);
}

TEST(DetectorFamilies, FoldersOpenAsTheyAreExported) {
  const std::pair<const char*, DetectorFamily> folders[] = {
      {"yolo", DetectorFamily::kYolo},
      {"yolo_end_to_end", DetectorFamily::kYoloEndToEnd},
      {"yolo_objectness", DetectorFamily::kYoloObjectness},
      {"yolox", DetectorFamily::kYolox},
      {"detr", DetectorFamily::kDetr},
      {"conditional_detr", DetectorFamily::kConditionalDetr},
      {"rt_detr", DetectorFamily::kRtDetr},
      {"rt_detr_decoded", DetectorFamily::kRtDetrDecoded},
      {"rf_detr", DetectorFamily::kRfDetr},
  };
  for (const auto& [name, family] : folders) {
    const DetectorModel model = open_detector(kDetectors / name);
    EXPECT_EQ(model.config.family, family) << name;
    EXPECT_EQ(model.config.name, name);
    EXPECT_EQ(model.id.substr(0, model.id.size() - 8), std::string(name) + "-");
    EXPECT_FALSE(model.config.categories.empty()) << name;
  }
}

TEST(DetectorFamilies, WhatTheGraphAndTheFilesBesideItSayIsTaken) {
  const DetectorConfig yolo = open_detector(kDetectors / "yolo").config;
  EXPECT_EQ(yolo.classes, (std::vector<std::string>{"top", "bag", "women's", "bottom"}));
  EXPECT_EQ(yolo.input.width, 64);
  EXPECT_TRUE(yolo.licence.starts_with("AGPL-3.0"));
  const DetectorConfig detr = open_detector(kDetectors / "detr").config;
  EXPECT_EQ(detr.classes[5], "outer");
  EXPECT_EQ(detr.input.shortest_edge, 48);
  EXPECT_EQ(detr.input.longest_edge, 96);
  EXPECT_EQ(detr.input.mean[1], 0.25f);
  const DetectorConfig rt_detr = open_detector(kDetectors / "rt_detr").config;
  EXPECT_EQ(rt_detr.input.mean[0], 0);  // do_normalize is false
  EXPECT_EQ(rt_detr.input.height, 64);
  EXPECT_EQ(open_detector(kDetectors / "rf_detr").config.input.height, 56);
}

class DetectorFolder : public ::testing::Test {
 protected:
  void use(const char* model) {
    std::filesystem::copy_file(kDetectors / model / "model.onnx", folder_ / "model.onnx",
                               std::filesystem::copy_options::overwrite_existing);
  }
  void configure(const char* json) { write(folder_ / "config.json", json); }
  std::string message() const {
    return message_of([&] { open_detector(folder_); });
  }

  TempDir dir_;
  const std::filesystem::path folder_ = dir_.path();
};

TEST_F(DetectorFolder, ConfigWinsOverWhatIsRecognised) {
  use("yolo");
  const std::string id = open_detector(folder_).id;
  configure(R"({"family": "yolox", "name": "mine", "classes": ["a", "b"], "categories": {"b": "top"},
                "min_score": 0.6, "input": {"width": 32, "bgr": false}})");
  const DetectorConfig config = open_detector(folder_).config;
  EXPECT_EQ(config.family, DetectorFamily::kYolox);
  EXPECT_EQ(config.name, "mine");
  EXPECT_EQ(config.classes.size(), 2u);
  EXPECT_EQ(config.categories, (std::map<std::string, std::string>{{"b", "top"}}));
  EXPECT_EQ(config.min_score, 0.6f);
  EXPECT_EQ(config.input.width, 32);
  EXPECT_EQ(config.input.height, 64);
  EXPECT_FALSE(config.input.bgr);
  EXPECT_NE(open_detector(folder_).id.substr(5), id.substr(id.size() - 8));
}

TEST_F(DetectorFolder, WhatIsMissingIsSaid) {
  EXPECT_EQ(message(),
            folder_.string() + ": is no detector: there is neither a config.json with a \"family\" nor an ONNX file");
  use("yolox");
  EXPECT_NE(message().find("field \"classes\" is not there; list the names"), std::string::npos) << message();
  configure(R"({"format": 3, "classes": ["top"]})");
  EXPECT_NE(message().find("field \"format\""), std::string::npos) << message();
  configure(R"({"family": "detection", "classes": ["top"]})");
  EXPECT_NE(message().find("known: ootd yolo yolo_end_to_end"), std::string::npos) << message();
  configure(R"({"classes": ["top"], "weights": "other.onnx"})");
  EXPECT_NE(message().find("other.onnx"), std::string::npos) << message();
  configure(R"({"classes": ["top"], "weights": "../model.onnx"})");
  EXPECT_NE(message().find("not in the folder"), std::string::npos) << message();
  std::filesystem::rename(folder_ / "model.onnx", folder_ / "a.onnx");
  std::filesystem::copy_file(folder_ / "a.onnx", folder_ / "b.onnx");
  configure(R"({"classes": ["top"]})");
  EXPECT_NE(message().find("several ONNX files: a.onnx b.onnx"), std::string::npos) << message();
}

TEST_F(DetectorFolder, AGraphThatCouldBeTwoFamiliesAsksForItsName) {
  use("conditional_detr");
  configure(R"({"classes": ["bag", "bottom", "dress", "hat", "shoes", "outer", "top"]})");
  EXPECT_NE(message().find("logits[-1, 3, 7] pred_boxes[-1, 3, 4] do not say which kind"), std::string::npos)
      << message();
  configure(R"({"id2label": {"0": "top", "x": "y"}, "model_type": "yolos"})");
  EXPECT_NE(message().find("id2label"), std::string::npos) << message();
}

TEST_F(DetectorFolder, WhatAPreprocessorAsksForAndWeCannotDoIsRefused) {
  use("rt_detr");
  configure(R"({"id2label": {"0": "top"}})");
  for (const char* json : {R"({"do_resize": false})", R"({"do_rescale": false})", R"({"rescale_factor": 1})",
                           R"({"resample": 3})", R"({"size": {"width": 64}})"}) {
    write(folder_ / "preprocessor_config.json", json);
    EXPECT_NE(message().find("preprocessor_config.json"), std::string::npos) << json << message();
  }
  write(folder_ / "preprocessor_config.json", R"({"size": 800, "max_size": 1333})");
  // The graph is fixed to 64 x 64, so nothing keeps its shape.
  EXPECT_EQ(open_detector(folder_).config.input.fit, DetectorFit::kSquash);
  EXPECT_EQ(open_detector(folder_).config.input.mean[0], 0.485f);
}

TEST(PythonNames, AreReadWithQuotesAndEscapes) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(parse_python_names(R"({0: 'top', 1: "women's", 2: 'a\'b', 3:''})", "f"),
            (Names{"top", "women's", "a'b", ""}));
  EXPECT_EQ(parse_python_names("{}", "f"), Names{});
  for (const char* bad : {"", "['a']", "{0: 'a'", "{1: 'a'}", "{0: 'a}", "{0 'a'}", "{0: a}", "{0: 'a', 0: 'b'}"})
    EXPECT_NE(message_of([&] { parse_python_names(bad, "f.onnx"); }).find("f.onnx: its metadata \"names\""),
              std::string::npos)
        << bad;
}

TEST_F(DetectorFolder, SavedDetectorsOpenAsTheyWere) {
  const DetectorConfig config = parse(ours());
  std::vector<NamedFloats> weights;
  for (const auto& spec : detector_weights(*config.network))
    weights.push_back({spec.name, spec.shape, std::vector<float>(element_count(spec.shape), 0.5f)});
  const DetectorModel saved = save_detector(folder_, config, weights, /*half=*/true);
  EXPECT_EQ(saved.folder, folder_ / saved.id);
  const DetectorModel opened = open_detector(saved.folder);
  EXPECT_EQ(opened.id, saved.id);
  EXPECT_EQ(to_json(opened.config), to_json(config));
  Weights(saved.folder / opened.config.weights).check(detector_weights(*config.network));
  weights[0].values[0] = 0.25f;
  EXPECT_NE(save_detector(folder_, config, weights, true).id, saved.id);
}

// As the definition says: the best goes out, and all of its label that overlap it go away.
std::vector<Detection> suppress_slowly(std::vector<Detection> left, float max_iou, int count) {
  std::vector<Detection> kept;
  while (!left.empty() && static_cast<int>(kept.size()) < count) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < left.size(); ++i)
      if (left[i].score > left[best].score) best = i;
    const Detection one = left[best];
    kept.push_back(one);
    std::vector<Detection> next;
    for (std::size_t i = 0; i < left.size(); ++i)
      if (i != best && (left[i].label != one.label || iou(left[i].box, one.box) <= max_iou)) next.push_back(left[i]);
    left = next;
  }
  return kept;
}

TEST(Suppress, FindsWhatTheSlowOneFinds) {
  Random random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<Detection> all;
    for (std::uint64_t i = random.below(60); i > 0; --i)
      all.push_back({static_cast<int>(random.below(3)),
                     static_cast<float>(random.below(16)) / 16,
                     {static_cast<float>(random.below(8)), static_cast<float>(random.below(8)),
                      static_cast<float>(random.below(9)), static_cast<float>(random.below(9))}});
    const auto max_iou = static_cast<float>(random.uniform());
    const int count = static_cast<int>(random.below(40));
    const auto fast = suppress(all, max_iou, count), slow = suppress_slowly(all, max_iou, count);
    ASSERT_EQ(fast.size(), slow.size());
    for (std::size_t i = 0; i < fast.size(); ++i) {
      EXPECT_EQ(fast[i].box, slow[i].box);
      EXPECT_EQ(fast[i].label, slow[i].label);
      EXPECT_EQ(fast[i].score, slow[i].score);
    }
  }
}

TEST(Suppress, KeepsOverlapsOfOtherLabels) {
  const Box box = {1, 1, 10, 10};
  EXPECT_EQ(suppress({{0, 0.5f, box}, {1, 0.4f, box}, {0, 0.9f, box}}, 0.5f, 10).size(), 2u);
  EXPECT_EQ(suppress({{0, 0.5f, box}, {0, 0.4f, box}}, 1.0f, 10).size(), 2u);
}

}  // namespace
}  // namespace ootd
