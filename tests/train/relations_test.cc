// The losses that compare with other vectors: the base model's, and those of captions.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "ootd/base/error.h"
#include "tests/train/loss_batches.h"
#include "tests/train/loss_references.h"

namespace ootd {
namespace {

using namespace testing;

// Both softmaxes over the others of the same group, written out.
double relation_reference(const Rows& rows, const Rows& base, const std::vector<int>& groups, double temperature) {
  double sum = 0;
  int anchors = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<std::size_t> others;
    for (std::size_t j = 0; j < rows.size(); ++j)
      if (j != i && groups[i] == groups[j]) others.push_back(j);
    if (others.size() < 2) continue;
    double wanted_total = 0, total = 0, divergence = 0;
    for (const std::size_t j : others) {
      wanted_total += std::exp(dot(base[i], base[j]) / temperature);
      total += std::exp(dot(rows[i], rows[j]) / temperature);
    }
    for (const std::size_t j : others) {
      const double p = std::exp(dot(base[i], base[j]) / temperature) / wanted_total;
      const double q = std::exp(dot(rows[i], rows[j]) / temperature) / total;
      divergence += p * std::log(p / q);
    }
    sum += divergence;
    ++anchors;
  }
  return sum / anchors;
}

// Group 2 has two rows, too few to tell a nearer from a farther one.
const std::vector<int> kGroups = {0, 0, 0, 1, 1, 1, 1, 2, 2};
const std::vector<std::int64_t> kGroupNumbers(kGroups.begin(), kGroups.end());

TEST(RelationLoss, EqualsTheWrittenOutFormulaWithItsGradient) {
  constexpr double kTemperature = 0.2;
  const torch::Tensor base = unit_rows(random_rows(9, 5, 71));
  torch::Tensor rows = unit_rows(random_rows(9, 4, 72)).detach().requires_grad_(true);
  const torch::Tensor value = relation_loss(rows, base, torch::tensor(kGroupNumbers), kTemperature, {});
  Rows plain = rows_of(rows);
  const Rows wanted = rows_of(base);
  EXPECT_NEAR(value.item<double>(), relation_reference(plain, wanted, kGroups, kTemperature), 1e-9);
  value.backward();
  const Rows gradient = rows_of(rows.grad());
  for (std::size_t i = 0; i < plain.size(); ++i)
    for (std::size_t d = 0; d < 4; ++d) {
      const double h = 1e-6, middle = plain[i][d];
      plain[i][d] = middle + h;
      const double up = relation_reference(plain, wanted, kGroups, kTemperature);
      plain[i][d] = middle - h;
      const double down = relation_reference(plain, wanted, kGroups, kTemperature);
      plain[i][d] = middle;
      EXPECT_NEAR(gradient[i][d], (up - down) / (2 * h), 1e-5) << i << "," << d;
    }
}

TEST(RelationLoss, IsZeroForTheTeachersOwnVectorsAndLeavesGroupsFree) {
  const torch::Tensor base = unit_rows(random_rows(9, 6, 73));
  EXPECT_NEAR(relation_loss(base, base, {}, 0.05, {}).item<double>(), 0, 1e-9);
  // The groups move apart along an axis of their own: within each nothing changes but a factor that all cosines share.
  torch::Tensor apart = torch::cat({base, torch::zeros({9, 3}, torch::kDouble)}, 1);
  for (std::int64_t i = 0; i < 9; ++i) apart[i][6 + kGroups[static_cast<std::size_t>(i)]] = 2;
  apart = unit_rows(apart);  // cosines within a group: (c + 4) / 5
  const torch::Tensor groups = torch::tensor(kGroupNumbers);
  EXPECT_NEAR(relation_loss(apart, base, groups, 0.05, {}).item<double>(),
              relation_reference(rows_of(apart), rows_of(base), kGroups, 0.05), 1e-9);
  EXPECT_GT(relation_loss(apart, base, {}, 0.05, {}).item<double>(),
            relation_loss(apart, base, groups, 0.05, {}).item<double>());
}

TEST(RelationLoss, PrefixesAreHeldToTheSameTeacher) {
  const torch::Tensor base = unit_rows(random_rows(9, 5, 74)), rows = unit_rows(random_rows(9, 4, 75));
  const auto alone = [&](int length) {
    return relation_loss(unit_rows(rows.narrow(1, 0, length)), base, {}, 0.1, {}).item<double>();
  };
  EXPECT_NEAR(relation_loss(rows, base, {}, 0.1, {2, 3}).item<double>(), (alone(2) + alone(3) + alone(4)) / 3, 1e-6);
}

TEST(RelationLoss, ABatchWithoutAnyGroupCostsNothingAndHasAGradient) {
  torch::Tensor rows = unit_rows(random_rows(2, 4, 76)).detach().requires_grad_(true);
  const torch::Tensor value = relation_loss(rows, rows.detach(), {}, 0.1, {});
  value.backward();
  EXPECT_EQ(value.item<double>(), 0);
  EXPECT_EQ(rows.grad().abs().max().item<double>(), 0);
}

// Two images share a caption: the softmax is the mean over what matches, in both directions.
TEST(CaptionLoss, SharedCaptionsAreNoNegatives) {
  const torch::Tensor images = unit_rows(random_rows(3, 4, 81)), texts = unit_rows(random_rows(2, 4, 82));
  const torch::Tensor matches = torch::tensor({{1.0, 0.0}, {1.0, 0.0}, {0.0, 1.0}}, torch::kDouble);
  const Rows a = rows_of(images), b = rows_of(texts);
  const double scale = 5, bias = -2;
  const int caption[] = {0, 0, 1};
  double by_image = 0, sigmoid = 0, column[2] = {0, 0}, by_text = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    double total = 0;
    for (std::size_t t = 0; t < 2; ++t) {
      total += std::exp(scale * dot(a[i], b[t]));
      column[t] += std::exp(scale * dot(a[i], b[t]));
      const double sign = caption[i] == static_cast<int>(t) ? 1 : -1;
      sigmoid += std::log(1 + std::exp(-sign * (scale * dot(a[i], b[t]) + bias))) / 3;
    }
    by_image += (std::log(total) - scale * dot(a[i], b[static_cast<std::size_t>(caption[i])])) / 3;
  }
  by_text += (std::log(column[0]) - scale * (dot(a[0], b[0]) + dot(a[1], b[0])) / 2) / 2;
  by_text += (std::log(column[1]) - scale * dot(a[2], b[1])) / 2;
  const torch::Tensor log_scale = torch::tensor(std::log(scale), torch::kDouble);
  const torch::Tensor shift = torch::tensor(bias, torch::kDouble);
  EXPECT_NEAR(image_text_loss(PairLoss::kSoftmax, images, texts, matches, log_scale, {}).item<double>(),
              (by_image + by_text) / 2, 1e-9);
  EXPECT_NEAR(image_text_loss(PairLoss::kSigmoid, images, texts, matches, log_scale, shift).item<double>(), sigmoid,
              1e-9);
}

TEST(CaptionLoss, StartsAsThePapersDoAndRefusesOtherLosses) {
  const CaptionLoss sigmoid(default_loss(LossKind::kSigmoid), torch::kCPU);
  ASSERT_EQ(sigmoid.parameters().size(), 2u);
  EXPECT_NEAR(sigmoid.parameters()[0].second.item<double>(), std::log(10.0), 1e-6);
  EXPECT_NEAR(sigmoid.parameters()[1].second.item<double>(), -10, 1e-6);
  EXPECT_EQ(CaptionLoss(default_loss(LossKind::kInfoNce), torch::kCPU).parameters().size(), 1u);
  EXPECT_THROW(CaptionLoss(default_loss(LossKind::kTriplet), torch::kCPU), Error);
}

}  // namespace
}  // namespace ootd
