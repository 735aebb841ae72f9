// Autograd through TorchOps against finite differences, on tiny networks of every kind: each trained weight in turn.
#include <gtest/gtest.h>

#include "ootd/models/model.h"
#include "ootd/torch/torch_ops.h"
#include "tests/testing/architecture_golden.h"

namespace ootd {
namespace {

class Gradients : public ::testing::Test {
 protected:
  // Tensors of some hundred values: threads would wait for one another most of the time.
  Gradients() { at::set_num_threads(1); }
};

// In double precision, so that steps can be small enough to cross no kink of a ReLU. Along the gradient itself, where
// the slope is its length. training: batch norm takes the batch's own statistics, as in a training step.
template <class Forward>
void expect_true_gradients(const Forward& forward, const torch::Tensor& input, bool training = false) {
  const auto specs = testing::specs_of(forward, input.sizes().vec());
  const TorchWeights weights(Weights(testing::procedural_weights(specs)), specs);
  for (const auto& spec : specs) {
    torch::Tensor weight = weights[spec.name];
    weight.set_data(weight.to(torch::kFloat64));
  }
  torch::manual_seed(9);
  torch::Tensor direction;
  const auto loss = [&] {
    TorchOps ops(weights, training ? std::optional(TrainingPass{}) : std::nullopt);
    const torch::Tensor output = forward(ops, input);
    if (!direction.defined()) direction = torch::randn(output.sizes(), torch::kFloat64);
    return (output * direction).sum();
  };
  loss().backward();
  for (const auto& spec : specs) {
    if (!spec.trained) continue;
    torch::Tensor weight = weights[spec.name];
    const double slope = weight.grad().norm().template item<double>();
    ASSERT_GT(slope, 0) << spec.name;
    const torch::NoGradGuard no_grad;
    const torch::Tensor saved = weight.clone(), step = weight.grad() / slope;
    const auto at = [&](double h) {
      weight.copy_(saved + h * step);
      return loss().template item<double>();
    };
    const double h = 1e-6, difference = (at(h) - at(-h)) / (2 * h);
    weight.copy_(saved);
    EXPECT_NEAR(difference / slope, 1, 1e-4) << spec.name << ", slope " << slope;
  }
}

torch::Tensor pictures(int n, int side) {
  torch::manual_seed(5);
  return torch::randn({n, 3, side, side}, torch::kFloat64);
}

TEST_F(Gradients, OfAResNetWithBasicBlocks) {
  const ResNetConfig config{{1, 1, 0, 0}, false};
  expect_true_gradients([&](auto& ops, const auto& x) { return resnet_forward(ops, x, config); }, pictures(4, 16));
}

TEST_F(Gradients, OfAResNextWithBottlenecksWhileTraining) {
  const ResNetConfig config{{1, 1, 0, 0}, true, 4, 4};
  expect_true_gradients([&](auto& ops, const auto& x) { return resnet_forward(ops, x, config); }, pictures(4, 32),
                        /*training=*/true);
}

TEST_F(Gradients, OfAnEfficientNetWithSqueezeAndExcitation) {
  const EfficientNetConfig config{0.25, 0.3};
  expect_true_gradients([&](auto& ops, const auto& x) { return efficientnet_forward(ops, x, config); },
                        pictures(2, 32));
}

TEST_F(Gradients, OfAnEfficientNetLite) {
  const EfficientNetConfig config{0.25, 0.3, true, 1e-3f};
  expect_true_gradients([&](auto& ops, const auto& x) { return efficientnet_forward(ops, x, config); },
                        pictures(2, 32));
}

constexpr TransformerTower kTiny = {16, 2, 2, 24, Activation::kGelu};

TEST_F(Gradients, OfASiglipImageTower) {
  const SiglipConfig config{kTiny, 4, false, kTiny};
  expect_true_gradients([&](auto& ops, const auto& x) { return siglip_image_forward(ops, x, config); },
                        pictures(2, 12));
}

TEST_F(Gradients, OfASiglipTextTower) {
  TransformerTower text = kTiny;
  text.activation = Activation::kGeluTanh;
  const SiglipConfig config{kTiny, 4, true, text, 20, 6};
  torch::manual_seed(5);
  expect_true_gradients([&](auto& ops, const auto& ids) { return siglip_text_forward(ops, ids, config); },
                        torch::randint(20, {2, 6}, torch::kInt64));
}

constexpr ClipConfig kTinyClipNet = {.image = {16, 2, 2, 24, Activation::kQuickGelu},
                                     .patch = 4,
                                     .dim = 6,
                                     .text = {16, 2, 2, 24, Activation::kQuickGelu},
                                     .vocabulary = 20,
                                     .context = 6};

TEST_F(Gradients, OfAClipImageTower) {
  expect_true_gradients([&](auto& ops, const auto& x) { return clip_image_forward(ops, x, kTinyClipNet); },
                        pictures(2, 12));
}

TEST_F(Gradients, OfAClipTextTower) {
  torch::manual_seed(5);
  expect_true_gradients([&](auto& ops, const auto& ids) { return clip_text_forward(ops, ids, kTinyClipNet); },
                        torch::randint(20, {2, 6}, torch::kInt64));
}

TEST_F(Gradients, OfAnMlpHeadWithACut) {
  ModelConfig config;
  config.head = HeadConfig{.dim = 12, .normalize_input = true, .hidden = 16};
  config.cut = 8;
  torch::manual_seed(5);
  expect_true_gradients([&](auto& ops, const auto& x) { return head_forward(ops, x, config); },
                        torch::randn({3, 24}, torch::kFloat64));
}

}  // namespace
}  // namespace ootd
