// What the losses do to rows: one step, and a small training.
#include <gtest/gtest.h>

#include <vector>

#include "tests/train/loss_batches.h"

namespace ootd {
namespace {

using namespace testing;

// Mean cosine of the pairs that share a label, and of those that do not.
struct Togetherness {
  double alike, unlike;
};
Togetherness togetherness(const torch::Tensor& rows, const torch::Tensor& labels) {
  const torch::Tensor cosines = unit_rows(rows).matmul(unit_rows(rows).t()), share = labels.matmul(labels.t()) > 0;
  const torch::Tensor itself = torch::eye(rows.size(0), torch::kBool);
  return {cosines.masked_select(share.logical_and(itself.logical_not())).mean().item<double>(),
          cosines.masked_select(share.logical_not()).mean().item<double>()};
}

// Turns the vectors that the loss learns towards the rows, which stay.
void settle(Loss& loss, const LossBatch& batch) {
  std::vector<torch::Tensor> own;
  for (const auto& [name, parameter] : loss.parameters()) own.push_back(parameter);
  torch::optim::Adam optimizer(own, torch::optim::AdamOptions(0.1));
  for (int step = 0; step < 30; ++step) {
    optimizer.zero_grad();
    loss(batch).backward();
    optimizer.step();
  }
}

// Rows near to each other, so that margins are not met yet.
torch::Tensor crowded_rows(std::uint64_t seed) {
  return unit_rows(random_rows(12, 8, seed) + 1.5 * random_rows(1, 8, 99));
}

torch::Tensor after_one_step(Loss& loss, const LossBatch& batch) {
  const torch::Tensor gradient = gradient_of(loss, batch);
  return unit_rows(batch.embeddings - 0.01 * gradient / gradient.norm());
}

TEST(Losses, OneStepPullsAlikeRowsTogetherAndPushesOthersApart) {
  for (const LossConfig& config : all_losses()) {
    for (const std::uint64_t seed : {21, 22, 23}) {
      SCOPED_TRACE(name_of(config) + " seed " + std::to_string(seed));
      const LossBatch batch{crowded_rows(seed), one_hot({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}, 3), {}, {}};
      const auto loss = make_loss(config, 3, 8, seed);
      if (!is_pair_loss(config.kind)) settle(*loss, batch);
      const Togetherness before = togetherness(batch.embeddings, batch.labels);
      const Togetherness after = togetherness(after_one_step(*loss, batch), batch.labels);
      const double gap = (after.alike - after.unlike) - (before.alike - before.unlike);
      if (config.kind == LossKind::kInvertedContrastive) {
        EXPECT_LT(gap, 0);
        EXPECT_GT(after.unlike, before.unlike);
      } else {
        EXPECT_GT(gap, 0);
      }
    }
  }
}

TEST(Losses, OnlyTheInvertedContrastivePushesAlikeRowsApart) {
  const torch::Tensor alike = one_hot(std::vector<int>(12, 0), 3), rows = crowded_rows(21);
  for (const LossKind kind : {LossKind::kContrastive, LossKind::kInvertedContrastive, LossKind::kSigmoid}) {
    const auto loss = make_loss(default_loss(kind), 3, 8, 5);
    const double before = rows.matmul(rows.t()).mean().item<double>();
    const torch::Tensor moved = after_one_step(*loss, {rows, alike, {}, {}});
    const double after = moved.matmul(moved.t()).mean().item<double>();
    EXPECT_EQ(after < before, kind == LossKind::kInvertedContrastive) << to_string(kind);
  }
  const torch::Tensor unlike = torch::eye(12, torch::kDouble);
  for (const LossKind kind : {LossKind::kContrastive, LossKind::kInvertedContrastive}) {
    const auto loss = make_loss(default_loss(kind), 12, 8, 5);
    const torch::Tensor moved = after_one_step(*loss, {rows, unlike, {}, {}});
    EXPECT_EQ(moved.matmul(moved.t()).mean().item<double>() > rows.matmul(rows.t()).mean().item<double>(),
              kind == LossKind::kInvertedContrastive);
  }
}

// Three clusters whose telling directions hide among noisy ones, and a linear map to three dimensions. (On the circle
// of two, a proxy that starts on the wrong side of another is stuck there: it would have to pass through it.)
TEST(Losses, TrainALinearMapThatTellsClustersApart) {
  constexpr int kRows = 60;
  std::vector<int> labels;
  for (int i = 0; i < kRows; ++i) labels.push_back(i % 3);
  const torch::Tensor hot = one_hot(labels, 3), means = random_rows(3, 6, 31), noise = random_rows(kRows, 6, 32);
  const torch::Tensor inputs = hot.matmul(means) + noise * torch::tensor({.3, 1., .3, 1., .3, .3}, torch::kDouble);
  // Share of the rows whose nearest other row is alike.
  const auto recall = [&](const torch::Tensor& rows) {
    torch::Tensor cosines = rows.matmul(rows.t());
    cosines.fill_diagonal_(-2);
    return hot.index_select(0, cosines.argmax(1)).mul(hot).sum().item<double>() / kRows;
  };
  for (const LossConfig& config : all_losses()) {
    SCOPED_TRACE(name_of(config));
    const auto loss = make_loss(config, 3, 3, /*seed=*/5);
    const torch::Tensor map = random_rows(6, 3, 33).requires_grad_(true);
    std::vector<torch::Tensor> trained{map};
    for (const auto& [name, parameter] : loss->parameters()) trained.push_back(parameter);
    torch::optim::Adam optimizer(trained, torch::optim::AdamOptions(0.03));
    const auto embeddings = [&] { return unit_rows(inputs.matmul(map)); };
    const double start = recall(embeddings());
    double first = 0, last = 0;
    for (int step = 0; step < 150; ++step) {
      optimizer.zero_grad();
      const torch::Tensor value = (*loss)({embeddings(), hot, {}, {}});
      value.backward();
      optimizer.step();
      last = value.item<double>();
      if (step == 0) first = last;
    }
    EXPECT_LT(start, 0.6);
    EXPECT_LT(last, first);  // each reaches its own goal, the mistaken one too
    if (config.kind == LossKind::kInvertedContrastive) {
      EXPECT_LT(recall(embeddings()), start);
    } else {
      EXPECT_GT(recall(embeddings()), 0.95);
    }
  }
}

}  // namespace
}  // namespace ootd
