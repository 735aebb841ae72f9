#include "ootd/models/onnx_tower.h"

#include <gtest/gtest.h>

#include "tests/testing/golden.h"
#include "tests/testing/message_of.h"

namespace ootd {
namespace {

using testing::kTinyClip;
using testing::kTinySiglip;
using testing::message_of;

constexpr int kFloat = 1, kLong = 7, kByte = 2;

OnnxTower tower_of(const std::string& name, TowerKind kind = TowerKind::kImage) {
  return find_tower(read_onnx_header(kTinyClip / "onnx" / (name + ".onnx")), kind, name);
}
std::string message_for(const std::string& name) {
  return message_of([&] { tower_of(name); });
}

TEST(OnnxTower, NeedsNoNames) {
  const OnnxTower tower = tower_of("any_name");
  EXPECT_EQ(tower.input.name, "img");
  EXPECT_EQ(tower.output.name, "vector");
  EXPECT_EQ(width_of(tower), 12);
  EXPECT_EQ(width_of(tower_of("pixels_of_cnn")), 12);
  EXPECT_EQ(width_of(tower_of("patches")), 12);
}

TEST(OnnxTower, PrefersAnEmbeddingsUsualNames) {
  EXPECT_EQ(tower_of("named_among_others").output.name, "image_embeds");
  EXPECT_EQ(tower_of("both_towers").output.name, "image_embeds");
  EXPECT_EQ(tower_of("both_towers", TowerKind::kText).output.name, "text_embeds");
  EXPECT_EQ(tower_of("both_towers", TowerKind::kText).input.name, "input_ids");
  const OnnxHeader siglip = read_onnx_header(kTinySiglip / "onnx/text_model.onnx");
  EXPECT_EQ(first_input(siglip, TowerKind::kImage), nullptr);
  EXPECT_EQ(find_tower(siglip, TowerKind::kText, "").output.name, "text_embeds");
}

TEST(OnnxTower, RefusesWhatIsNotClearWithNamesAndShapes) {
  EXPECT_NE(message_for("two_matrices").find("its outputs: vector [?, 12], other [?, 12]"), std::string::npos);
  EXPECT_NE(message_for("class_scores").find("its outputs: logits [?, 12]"), std::string::npos);
  EXPECT_NE(
      message_for("channels_last").find("no input for pictures, floats [N, 3, H, W]; its inputs: nhwc [?, ?, ?, 3]"),
      std::string::npos);
  const OnnxPort picture = {"a", {-1, 3, -1, -1}, kFloat}, vector = {"v", {-1, 5}, kFloat};
  OnnxHeader graph{{picture, {"b", {1, 3, 8, 8}, kFloat}}, {vector}, {}};
  EXPECT_NE(message_of([&] { find_tower(graph, TowerKind::kImage, "g"); }).find("more than one input for pictures"),
            std::string::npos);
  graph.inputs = {{"bytes", {-1, 3, -1, -1}, kByte}};
  EXPECT_NE(message_of([&] { find_tower(graph, TowerKind::kImage, "g"); }).find("of another type"), std::string::npos);
}

TEST(OnnxTower, TakesOpenShapesAndPassesMasksOver) {
  const OnnxHeader graph{{{"x", {-1, -1, -1, -1}, kFloat},
                          {"tokens", {-1, -1}, kLong},
                          {"attention_mask", {-1, -1}, kLong},
                          {"token_type_ids", {-1, -1}, kLong}},
                         {{"score", {-1, 1}, kFloat}, {"v", {-1, -1}, kFloat}},
                         {}};
  EXPECT_EQ(find_tower(graph, TowerKind::kImage, "g").input.name, "x");
  EXPECT_EQ(find_tower(graph, TowerKind::kImage, "g").output.name, "v");
  EXPECT_EQ(width_of(find_tower(graph, TowerKind::kImage, "g")), 0);
  EXPECT_EQ(find_tower(graph, TowerKind::kText, "g").input.name, "tokens");
}

}  // namespace
}  // namespace ootd
