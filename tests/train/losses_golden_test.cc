// The losses against Python's libraries.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>

#include "ootd/base/json.h"
#include "tests/train/loss_batches.h"

namespace ootd {
namespace {

using namespace testing;

// pytorch-metric-learning, open_clip and PyTorch; scripts/golden/losses.py.
class LossesGolden : public ::testing::Test {
 protected:
  const Json golden_ = read_json(std::filesystem::path(OOTD_GOLDEN_DIR) / "losses.json");
  const torch::Tensor rows_ = tensor_of(golden_["rows"].get<Rows>()).requires_grad_(true);

  void expect_case(const char* name, const torch::Tensor& value) const {
    value.backward();
    const Json& expected = golden_[name];
    EXPECT_NEAR(value.item<double>(), expected["value"].get<double>(), 1e-6 * expected["value"].get<double>()) << name;
    expect_near(rows_.grad(), expected["gradient"], name);
    rows_.mutable_grad().reset();
  }
  static void expect_near(const torch::Tensor& ours, const Json& expected, const char* name) {
    const torch::Tensor theirs = tensor_of(expected.get<Rows>());
    EXPECT_LT((ours.reshape(theirs.sizes()) - theirs).abs().max().item<double>(),
              1e-6 * theirs.abs().max().item<double>())
        << name;
  }
};

TEST_F(LossesGolden, EqualPythonsLibraries) {
  const torch::Tensor labels = one_hot(golden_["labels"].get<std::vector<int>>(), 4);
  for (LossConfig config : all_losses()) {
    const std::string name(to_string(config.kind));
    // Semi-hard mining, the pair losses of our own mean and the sigmoid over a batch have no twin there.
    if (!golden_.contains(name) || name_of(config) == "triplet") continue;
    config.sub_centers = 2;
    const auto loss = make_loss(config, 4, 6, 5);
    for (auto& [own, parameter] : loss->parameters()) {
      if (own == "bias") continue;
      const Json& values = golden_[config.kind == LossKind::kArcFace ? "sub_centers" : "vectors"];
      parameter.set_data(tensor_of(values.get<Rows>()).reshape(parameter.sizes()));
    }
    expect_case(name.c_str(), loss->operator()({unit_rows(rows_), labels, {}, {}}));
    if (is_pair_loss(config.kind)) continue;
    expect_near(loss->parameters()[0].second.grad(), golden_[name]["own_gradient"], name.c_str());
  }
}

TEST_F(LossesGolden, ImageTextEqualsOpenClip) {
  const auto scalar = [](double value) { return torch::tensor(value, torch::kDouble); };
  const auto half = [&](int begin) { return unit_rows(rows_.slice(0, begin, begin + 6)); };
  const torch::Tensor pairs = torch::eye(6, torch::kDouble);
  expect_case("image_text_softmax",
              image_text_loss(PairLoss::kSoftmax, half(0), half(6), pairs, scalar(std::log(7)), /*bias=*/{}));
  expect_case("image_text_sigmoid",
              image_text_loss(PairLoss::kSigmoid, half(0), half(6), pairs, scalar(std::log(7)), scalar(-3)));
}

TEST(ImageTextLoss, EqualsTheWrittenOutFormulas) {
  const torch::Tensor images = random_rows(5, 4, 41), texts = random_rows(5, 4, 42);
  const torch::Tensor pairs = torch::eye(5, torch::kDouble);
  const Rows a = rows_of(images), b = rows_of(texts);
  const double scale = 9, bias = -4;
  double softmax = 0, sigmoid = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    double row = 0, column = 0;
    for (std::size_t j = 0; j < 5; ++j) {
      row += std::exp(scale * dot(a[i], b[j]));
      column += std::exp(scale * dot(a[j], b[i]));
      sigmoid += std::log(1 + std::exp((i == j ? -1 : 1) * (scale * dot(a[i], b[j]) + bias))) / 5;
    }
    softmax += (std::log(row) + std::log(column) - 2 * scale * dot(a[i], b[i])) / 10;
  }
  const torch::Tensor log_scale = torch::tensor(std::log(scale), torch::kDouble).requires_grad_(true);
  const torch::Tensor shift = torch::tensor(bias, torch::kDouble).requires_grad_(true);
  EXPECT_NEAR(image_text_loss(PairLoss::kSoftmax, images, texts, pairs, log_scale, {}).item<double>(), softmax, 1e-9);
  const torch::Tensor value = image_text_loss(PairLoss::kSigmoid, images, texts, pairs, log_scale, shift);
  EXPECT_NEAR(value.item<double>(), sigmoid, 1e-9);
  value.backward();
  EXPECT_TRUE(log_scale.grad().defined() && shift.grad().defined());
}

}  // namespace
}  // namespace ootd
