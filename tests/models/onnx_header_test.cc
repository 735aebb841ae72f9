#include "ootd/models/onnx_header.h"

#include <gtest/gtest.h>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "tests/testing/golden.h"
#include "tests/testing/message_of.h"

namespace ootd {
namespace {

using testing::kDetectors;

using Size = std::vector<std::int64_t>;

TEST(OnnxHeader, TellsPortsShapesAndMetadata) {
  const OnnxHeader header = read_onnx_header(kDetectors / "yolo/model.onnx");
  ASSERT_EQ(header.inputs.size(), 1u);
  EXPECT_EQ(header.inputs[0].name, "images");
  EXPECT_EQ(header.inputs[0].shape, (Size{1, 3, 64, 64}));
  ASSERT_EQ(header.outputs.size(), 1u);
  EXPECT_EQ(header.outputs[0].name, "output0");
  EXPECT_EQ(header.outputs[0].shape, (Size{1, 8, 84}));
  EXPECT_EQ(header.metadata.at("stride"), "32");
}

TEST(OnnxHeader, NamedSidesAreOpen) {
  const OnnxHeader header = read_onnx_header(kDetectors / "detr/model.onnx");
  ASSERT_EQ(header.inputs.size(), 2u);
  EXPECT_EQ(header.inputs[0].shape, (Size{-1, 3, -1, -1}));
  EXPECT_EQ(header.inputs[1].name, "pixel_mask");
  EXPECT_EQ(header.outputs[1].shape, (Size{-1, 3, 4}));
}

TEST(OnnxHeader, DamagedFilesAreErrorsThatNameTheFile) {
  const auto bytes = read_file(kDetectors / "detr/model.onnx");
  const auto read = [](std::span<const std::byte> part) { read_onnx_header(part, "cut.onnx"); };
  EXPECT_EQ(testing::message_of([&] { read({}); }), "cut.onnx: is no ONNX model: it holds no graph");
  int refused = 0;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string message = testing::message_of([&] { read(std::span(bytes).first(size)); });
    refused += message.starts_with("cut.onnx: ");
    EXPECT_TRUE(message == "accepted" || message.starts_with("cut.onnx: ")) << message;
  }
  EXPECT_GT(refused, static_cast<int>(bytes.size()) * 9 / 10);  // all but whole prefixes before and after the graph
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    auto damaged = bytes;
    damaged[random.below(damaged.size())] = static_cast<std::byte>(random.below(256));
    testing::message_of([&] { read(damaged); });
  }
}

}  // namespace
}  // namespace ootd
