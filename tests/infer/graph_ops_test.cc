#include "ootd/infer/graph_ops.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <filesystem>
#include <thread>

#include "ootd/base/npy.h"
#include "ootd/infer/session.h"
#include "ootd/models/registry.h"
#include "tests/testing/run_graph.h"

namespace ootd {
namespace {

const std::filesystem::path kGolden = OOTD_GOLDEN_DIR;

template <class Forward>
std::vector<float> run_graph(const Weights& weights, const FloatArray& batch, const Forward& forward) {
  return testing::run_graph(weights, batch.shape, batch.values.data(), forward).values;
}

// Largest difference as a share of the largest expected value.
double relative_difference(const std::vector<float>& actual, const std::vector<float>& expected) {
  EXPECT_EQ(actual.size(), expected.size());
  double difference = 0, scale = 0;
  for (std::size_t i = 0; i < expected.size() && i < actual.size(); ++i) {
    difference = std::max<double>(difference, std::abs(actual[i] - expected[i]));
    scale = std::max<double>(scale, std::abs(expected[i]));
  }
  return difference / scale;
}

TEST(GraphOps, EqualsTorchvisionOnEveryGoldenNetwork) {
  const auto folder = kGolden / "torchvision";
  const FloatArray input = read_npy(folder / "input_2x3x64x64.npy");
  const auto compare = [&](const std::string& name, const std::string& file, auto config, auto forward) {
    const Weights weights(folder / file);
    const auto run = [&](int classes) {
      config.classes = classes;
      return run_graph(weights, input,
                       [&](GraphOps& ops, const GraphOps::Tensor& x) { return forward(ops, x, config); });
    };
    EXPECT_LT(relative_difference(run(0), read_npy(folder / (name + "_pooled.npy")).values), 1e-3) << name;
    EXPECT_LT(relative_difference(run(10), read_npy(folder / (name + "_logits.npy")).values), 1e-3) << name;
  };
  const auto resnet = [](auto& ops, auto x, const ResNetConfig& config) { return resnet_forward(ops, x, config); };
  const auto efficientnet = [](auto& ops, auto x, const EfficientNetConfig& config) {
    return efficientnet_forward(ops, x, config);
  };
  compare("resnet10_basic1111", "resnet10_basic1111_fp16.safetensors", ResNetConfig{{1, 1, 1, 1}, false}, resnet);
  compare("efficientnet_b0", "efficientnet_b0_fp16.pth", EfficientNetConfig{}, efficientnet);
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
