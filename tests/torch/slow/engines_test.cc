// The two engines on networks of full size with random weights, through the files that a user would have: what was
// trained in TorchOps is what Session serves.
#include <gtest/gtest.h>

#include <iostream>

#include "ootd/infer/session.h"
#include "ootd/models/model.h"
#include "ootd/torch/torch_ops.h"
#include "tests/testing/run_graph.h"
#include "tests/testing/temp_dir.h"
#include "tests/torch/tensors.h"

namespace ootd {
namespace {

using testing::floats_of, testing::tensor_of;

constexpr double kTolerance = 1e-4;  // on unit vectors

class FullSize : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Engines, FullSize,
                         ::testing::Values("siglip_b16", "resnet50", "resnext101_32x8d", "efficientnet_b0",
                                           "efficientnet_b4"),
                         [](const auto& name) { return std::string(name.param); });

// As Session makes it from bytes: [1, 3, H, W]
torch::Tensor normalised(const torch::Tensor& bytes, const InputSpec& in) {
  const auto per_channel = [](const std::array<float, 3>& values) {
    return torch::tensor({values[0], values[1], values[2]}).view({1, 3, 1, 1});
  };
  const torch::Tensor planes = bytes.permute({2, 0, 1}).unsqueeze(0).to(torch::kFloat32) / 255;
  return (planes - per_channel(in.mean)) / per_channel(in.std);
}

void expect_near(const std::string& name, const torch::Tensor& ours, const torch::Tensor& torch_ops) {
  const double difference = (ours - torch_ops).abs().max().item<double>();
  std::cout << name << ": largest difference of the engines " << difference << std::endl;
  ::testing::Test::RecordProperty(name, std::to_string(difference));
  EXPECT_LT(difference, kTolerance) << name;
}

TEST_P(FullSize, SessionEqualsTorchOpsOnTheSameCheckpoint) {
  const ModelConfig config = default_config(*find_architecture(GetParam()));
  const testing::TempDir dir;
  const auto specs = all_weights(config);
  if (config.name == "siglip_b16") {
    EXPECT_EQ(parameter_count(config), 203'155'970);  // FashionSigLIP
  }
  const TorchWeights weights(specs, /*seed=*/7);
  const Model model = save_model(dir.path(), config, weights.to_floats());

  torch::manual_seed(3);
  const torch::NoGradGuard no_grad;
  TorchOps ops(weights);
  const torch::Tensor pixels = torch::randint(256, {config.input.height, config.input.width, 3}, torch::kUInt8);
  const torch::Tensor expected = encoder_forward(ops, normalised(pixels, config.input), config);
  const Session session(model);
  torch::Tensor vector = torch::empty({1, session.dim()});
  session.run({pixels.const_data_ptr<std::uint8_t>(), static_cast<std::size_t>(pixels.numel())},
              {vector.data_ptr<float>(), static_cast<std::size_t>(vector.numel())});
  expect_near(config.name, vector, expected);
  if (!config.text) return;

  const torch::Tensor ids = torch::randint(vocabulary_of(config.network), {1, config.text->length}, torch::kInt64);
  const auto forward = [&](auto& o, const auto& x) { return text_encoder_forward(o, x, config); };
  const auto text = testing::run_graph(Weights(model.weights_files()), ids.sizes().vec(),
                                       ids.const_data_ptr<std::int64_t>(), forward);
  expect_near(config.name + "_text", tensor_of(text.values, text.shape), forward(ops, ids));
}

}  // namespace
}  // namespace ootd
