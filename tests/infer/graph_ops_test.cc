#include "ootd/infer/graph_ops.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <thread>

#include "ootd/base/npy.h"
#include "ootd/infer/session.h"
#include "tests/testing/architecture_graph.h"
#include "tests/testing/golden.h"

namespace ootd {
namespace {

using testing::kGolden;

TEST(GraphOps, EqualsTorchvisionOnATrainedCheckpointFile) {
  const auto folder = kGolden / "torchvision";
  const FloatArray input = read_npy(folder / "input_2x3x64x64.npy");
  const Weights weights(folder / "efficientnet_b0_fp16.pth");
  EfficientNetConfig config;
  const auto run = [&](int classes) {
    config.classes = classes;
    const auto forward = [&](auto& ops, const auto& x) { return efficientnet_forward(ops, x, config); };
    return testing::run_graph(weights, input.shape, input.values.data(), forward).values;
  };
  EXPECT_LT(testing::relative_difference(run(0), read_npy(folder / "efficientnet_b0_pooled.npy").values), 1e-3);
  EXPECT_LT(testing::relative_difference(run(10), read_npy(folder / "efficientnet_b0_logits.npy").values), 1e-3);
}

// The quick rows; slow/architectures_test.cc has all of them.
TEST(GraphOps, EqualsTheSourceFrameworkOnEveryKindOfCnn) {
  for (const char* name : {"efficientnet_lite0", "efficientnet_b0", "resnet18", "resnet50", "resnext50_32x4d"})
    EXPECT_LT(testing::share_of_tolerance(
                  testing::ImageTower{*find_architecture(name)},
                  testing::graph_features(testing::ImageTower{*find_architecture(name)}, testing::kGoldenRows)),
              1)
        << name;
}

TEST(GraphOps, GivesAPictureTheSameFeaturesAloneAndInABatch) {
  const testing::ImageTower tower{*find_architecture("resnext50_32x4d")};
  const auto alone = testing::graph_features(tower, 1);
  auto batch = testing::graph_features(tower, testing::kGoldenRows);
  batch.resize(alone.size());
  EXPECT_LT(testing::relative_difference(alone, batch), 1e-5);
}

std::vector<std::uint8_t> formula_pixels(int n) {  // as scripts/golden/efficientnet_lite0.py
  std::vector<std::uint8_t> pixels;
  for (int y = 0; y < 224; ++y)
    for (int x = 0; x < 224; ++x)
      for (int c = 0; c < 3; ++c)
        pixels.push_back(static_cast<std::uint8_t>((x * (3 + 2 * n) + y * 7 * (1 + c) + (x * y) / (16 + 5 * c)) % 256));
  return pixels;
}

TEST(Session, EqualsPyTorchOnTheImageNetWeights) {
  const FloatArray expected = read_npy(kGolden / "efficientnet_lite0" / "features.npy");
  const Session session(open_model(OOTD_LITE0_FOLDER));
  ASSERT_EQ(session.dim(), 1280);
  for (int n = 0; n < 2; ++n) {
    std::vector<float> out(1280);
    session.run(formula_pixels(n), out);
    for (std::size_t i = 0; i < out.size(); ++i)
      ASSERT_NEAR(out[i], expected.values[static_cast<std::size_t>(n) * 1280 + i], 1e-4) << "picture " << n;
  }
}

TEST(Session, GivesTheSameBitsFromManyThreads) {
  const Session session(open_model(OOTD_LITE0_FOLDER));
  std::vector<float> expected[2] = {std::vector<float>(1280), std::vector<float>(1280)};
  for (int n = 0; n < 2; ++n) session.run(formula_pixels(n), expected[n]);
  std::vector<std::thread> threads;
  std::atomic<int> different = 0;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 8; ++i) {
        std::vector<float> out(1280);
        session.run(formula_pixels((t + i) % 2), out);
        if (out != expected[(t + i) % 2]) ++different;
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(different, 0);
}

}  // namespace
}  // namespace ootd
