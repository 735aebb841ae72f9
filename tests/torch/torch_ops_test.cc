#include "ootd/torch/torch_ops.h"

#include <gtest/gtest.h>

#include <array>

#include "ootd/base/npy.h"
#include "ootd/infer/graph_ops.h"
#include "ootd/models/registry.h"
#include "tests/testing/architecture_graph.h"
#include "tests/testing/temp_dir.h"
#include "tests/torch/tensors.h"

namespace ootd {
namespace {

torch::Tensor random_batch(int n, int side) {
  torch::manual_seed(5);
  return torch::randn({n, 3, side, side});
}

template <class Forward>
torch::Tensor run_graph(const std::filesystem::path& file, const torch::Tensor& batch, const Forward& forward) {
  const auto result = testing::run_graph(Weights(file), batch.sizes().vec(), batch.data_ptr<float>(), forward);
  return testing::tensor_of(result.values, result.shape);
}

// The same network, the same weights, two engines.
TEST(TorchOps, EqualsGraphOpsOnEveryKindOfNetwork) {
  for (const char* name : {"efficientnet_lite0", "efficientnet_b0", "resnet18", "resnext50_32x4d"}) {
    const Architecture& architecture = *find_architecture(name);
    const auto forward = [&](auto& ops, auto x) { return features_forward(ops, x, architecture.network); };
    const auto specs = testing::specs_of(forward, {1, 3, 64, 64});
    const TorchWeights weights(specs, /*seed=*/1);
    const testing::TempDir dir;
    write_safetensors(dir.path() / "w.safetensors", weights.to_floats());
    const torch::Tensor batch = random_batch(2, 64);
    const torch::NoGradGuard no_grad;
    TorchOps ops(weights);
    const torch::Tensor features = forward(ops, batch);
    EXPECT_LT(testing::relative_difference(run_graph(dir.path() / "w.safetensors", batch, forward), features), 1e-4)
        << name;
    // A picture's features do not depend on what else is in the batch.
    EXPECT_LT(testing::relative_difference(forward(ops, batch.slice(0, 1, 2)), features.slice(0, 1, 2)), 1e-5) << name;
  }
}

TEST(TorchOps, EqualsTorchvisionOnTheGolden) {
  const std::filesystem::path folder = std::filesystem::path(OOTD_GOLDEN_DIR) / "torchvision";
  const FloatArray input = read_npy(folder / "input_2x3x64x64.npy"),
                   expected = read_npy(folder / "efficientnet_b0_logits.npy");
  const EfficientNetConfig config{1.0, 1.0, false, 1e-5f, 10};
  const auto forward = [&](auto& ops, auto x) { return efficientnet_forward(ops, x, config); };
  const Weights file(folder / "efficientnet_b0_fp16.pth");
  const TorchWeights weights(file, testing::specs_of(forward, {1, 3, 64, 64}));
  const torch::NoGradGuard no_grad;
  TorchOps ops(weights);
  const torch::Tensor batch = torch::from_blob(const_cast<float*>(input.values.data()), input.shape);
  const torch::Tensor logits = torch::from_blob(const_cast<float*>(expected.values.data()), expected.shape);
  EXPECT_LT(testing::relative_difference(forward(ops, batch), logits), 1e-3);
}

TEST(TorchOps, TrainingUpdatesTheRunningStatisticsAndEvaluationDoesNot) {
  const ResNetConfig config{{1, 0, 0, 0}, false};
  const auto forward = [&](auto& ops, auto x) { return resnet_forward(ops, x, config); };
  const TorchWeights weights(testing::specs_of(forward, {1, 3, 16, 16}), /*seed=*/3);
  const torch::Tensor before = weights["bn1.running_mean"].clone();
  TorchOps evaluation(weights);
  forward(evaluation, random_batch(4, 16));
  EXPECT_TRUE(torch::equal(weights["bn1.running_mean"], before));
  TorchOps training(weights, TrainingPass{});
  forward(training, random_batch(4, 16));
  EXPECT_FALSE(torch::equal(weights["bn1.running_mean"], before));
}

TEST(TorchOps, StochasticDepthKeepsTheMean) {
  const TorchWeights weights(std::span<const WeightSpec>{}, 1);
  TorchOps ops(weights, TrainingPass{.drop_path = 0.5});
  torch::manual_seed(1);
  const torch::Tensor ones = torch::ones({20'000, 1, 1, 1});
  EXPECT_NEAR(ops.drop_path(ones, 1, 2).mean().item<double>(), 1, 0.03);
  EXPECT_TRUE(torch::equal(ops.drop_path(ones, 0, 2), ones));
  TorchOps evaluation(weights);
  EXPECT_TRUE(torch::equal(evaluation.drop_path(ones, 1, 2), ones));
}

}  // namespace
}  // namespace ootd
