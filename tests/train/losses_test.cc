#include "ootd/train/losses.h"

#include <gtest/gtest.h>

#include <ATen/autocast_mode.h>

#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "ootd/base/error.h"
#include "tests/train/loss_batches.h"

namespace ootd {
namespace {

using namespace testing;

// The same numbers for the reference. The loss's parameters become double, so that finite differences are sharp.
PlainBatch plain(const LossBatch& batch, Loss& loss) {
  PlainBatch result;
  result.embeddings = rows_of(batch.embeddings);
  result.labels = rows_of(batch.labels);
  if (batch.memory_embeddings.defined()) {
    result.memory_embeddings = rows_of(batch.memory_embeddings);
    result.memory_labels = rows_of(batch.memory_labels);
  }
  for (auto& [name, parameter] : loss.parameters()) {
    parameter.set_data(parameter.detach().to(torch::kDouble));
    if (parameter.dim() >= 2) {
      result.learnt = rows_of(parameter);
    } else {
      const Row values = rows_of(parameter.reshape({1, -1}))[0];
      result.bias.insert(result.bias.end(), values.begin(), values.end());
    }
  }
  return result;
}

double slope(const LossConfig& config, PlainBatch& batch, double& number) {
  const double h = 1e-5, middle = number;
  number = middle + h;
  const double up = loss_reference(config, batch);
  number = middle - h;
  const double down = loss_reference(config, batch);
  number = middle;
  return (up - down) / (2 * h);
}

void expect_close(double gradient, double slope) { EXPECT_NEAR(gradient, slope, 1e-5 * (1 + std::abs(slope))); }

void expect_equal_to_reference(const LossConfig& config, const LossBatch& batch) {
  SCOPED_TRACE(name_of(config));
  const int labels = static_cast<int>(batch.labels.size(1)), dim = static_cast<int>(batch.embeddings.size(1));
  const auto loss = make_loss(config, labels, dim, /*seed=*/5);
  PlainBatch reference = plain(batch, *loss);
  EXPECT_NEAR(value_of(*loss, batch), loss_reference(config, reference), 1e-7);
  const Rows gradient = rows_of(gradient_of(*loss, batch));
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    for (std::size_t d = 0; d < gradient[i].size(); ++d) {
      expect_close(gradient[i][d], slope(config, reference, reference.embeddings[i][d]));
    }
  }
  Row own;
  for (const auto& [name, parameter] : loss->parameters()) {
    for (const Row& row : rows_of(parameter.grad().reshape({1, -1}))) own.insert(own.end(), row.begin(), row.end());
  }
  std::size_t at = 0;
  const auto expect_slope = [&](double& number) { expect_close(own.at(at++), slope(config, reference, number)); };
  for (Row& row : reference.learnt) std::ranges::for_each(row, expect_slope);
  std::ranges::for_each(reference.bias, expect_slope);
  EXPECT_EQ(at, own.size());
}

TEST(Losses, EqualTheWrittenOutFormulasInValueAndGradient) {
  LossBatch batch = multi_label_batch();
  batch = without_memory(batch);
  for (const LossConfig& config : all_losses()) expect_equal_to_reference(config, batch);
}

TEST(Losses, EqualThemWithMemory) {
  for (const LossConfig& config : all_losses()) expect_equal_to_reference(config, multi_label_batch());
}

TEST(Losses, MatryoshkaIsTheMeanOverTheWholeAndRescaledPrefixes) {
  for (LossConfig config : all_losses()) {
    config.matryoshka = {2, 4};
    expect_equal_to_reference(config, multi_label_batch());
    // The whole vector counts once, listed or not.
    const LossBatch batch = multi_label_batch();
    const double unlisted = value_of(*make_loss(config, 4, 6, 5), batch);
    config.matryoshka = {2, 4, 6};
    EXPECT_EQ(value_of(*make_loss(config, 4, 6, 5), batch), unlisted) << name_of(config);
  }
}

TEST(Losses, MemoryStandsOnTheFarSideOnly) {
  LossBatch batch = multi_label_batch();
  for (const LossConfig& config : all_losses()) {
    const auto loss = make_loss(config, 4, 6, 5);
    batch.memory_embeddings = batch.memory_embeddings.detach().clone().requires_grad_(true);
    batch.embeddings = batch.embeddings.detach().clone().requires_grad_(true);
    loss->operator()(batch).backward();
    EXPECT_FALSE(batch.memory_embeddings.grad().defined()) << name_of(config);
    // Without rows of its own a batch has no anchors, however much is remembered.
    const LossBatch only_memory{torch::zeros({0, 6}, torch::kDouble), torch::zeros({0, 4}, torch::kDouble),
                                batch.memory_embeddings, batch.memory_labels};
    EXPECT_EQ(value_of(*loss, only_memory), 0) << name_of(config);
    if (is_pair_loss(config.kind)) continue;
    EXPECT_EQ(value_of(*loss, batch), value_of(*loss, without_memory(batch))) << name_of(config);
  }
}

TEST(Losses, DoNotDependOnTheOrderOfRowsOrLabels) {
  const LossBatch batch = multi_label_batch();
  const torch::Tensor order = torch::tensor({4, 2, 8, 0, 6, 1, 7, 3, 5}), swapped = torch::tensor({2, 0, 3, 1});
  for (const LossConfig& config : all_losses()) {
    const auto loss = make_loss(config, 4, 6, 5);
    const LossBatch shuffled{batch.embeddings.index_select(0, order), batch.labels.index_select(0, order),
                             batch.memory_embeddings.flip(0), batch.memory_labels.flip(0)};
    EXPECT_NEAR(value_of(*loss, shuffled), value_of(*loss, batch), 1e-12) << name_of(config);
    EXPECT_LT(
        (gradient_of(*loss, shuffled) - gradient_of(*loss, batch).index_select(0, order)).abs().max().item<double>(),
        1e-12)
        << name_of(config);
    if (!is_pair_loss(config.kind)) continue;
    const LossBatch renamed{batch.embeddings, batch.labels.index_select(1, swapped), batch.memory_embeddings,
                            batch.memory_labels.index_select(1, swapped)};
    EXPECT_NEAR(value_of(*loss, renamed), value_of(*loss, batch), 1e-12) << name_of(config);
  }
}

TEST(Losses, RowsWithoutLabelsTakeNoPart) {
  const LossBatch batch = multi_label_batch();  // row 3 and remembered row 1 have none
  LossBatch moved = batch;
  moved.embeddings = batch.embeddings.clone();
  moved.embeddings[3] = -moved.embeddings[3];
  moved.memory_embeddings = batch.memory_embeddings.clone();
  moved.memory_embeddings[1] = -moved.memory_embeddings[1];
  for (const LossConfig& config : all_losses()) {
    const auto loss = make_loss(config, 4, 6, 5);
    EXPECT_EQ(value_of(*loss, moved), value_of(*loss, batch)) << name_of(config);
    EXPECT_EQ(gradient_of(*loss, batch)[3].abs().max().item<double>(), 0) << name_of(config);
  }
}

TEST(Losses, AreZeroWhereThereIsNothingToLearn) {
  const torch::Tensor rows = random_rows(4, 6, 3), none = torch::zeros({4, 4}, torch::kDouble);
  for (const LossConfig& config : all_losses()) {
    SCOPED_TRACE(name_of(config));
    const auto loss = make_loss(config, 4, 6, 5);
    std::vector<LossBatch> batches = {{rows, none, {}, {}}};  // no labels at all
    if (is_pair_loss(config.kind)) batches.push_back({rows.slice(0, 0, 1), one_hot({1}, 4), {}, {}});  // N = 1
    // All apart, and none alike. (Contrastive losses would still learn from unlike rows within the margin.)
    const torch::Tensor corners = torch::eye(6, torch::kDouble).slice(0, 0, 4);
    if (is_pair_loss(config.kind) && config.kind != LossKind::kInvertedContrastive) {
      batches.push_back({corners, one_hot({0, 1, 2, 3}, 4), {}, {}});
    }
    for (const LossBatch& batch : batches) {
      EXPECT_EQ(value_of(*loss, batch), 0);
      EXPECT_EQ(gradient_of(*loss, batch).abs().max().item<double>(), 0);
    }
  }
  // Neither do they where each alike row is there, but no unlike one, for the losses that compare the two.
  for (const LossKind kind : {LossKind::kTriplet, LossKind::kInfoNce, LossKind::kMultiSimilarity}) {
    EXPECT_EQ(value_of(*make_loss(default_loss(kind), 4, 6, 5), {rows, one_hot({1, 1, 1, 1}, 4), {}, {}}), 0);
  }
}

// How much doubling the batch may add: the logarithm of two, as the formula weighs its log-sum-exps; nothing for plain
// means.
double added_by_doubling(const LossConfig& config) {
  switch (config.kind) {
    case LossKind::kSupCon:
    case LossKind::kInfoNce:
      return std::log(2);
    case LossKind::kMultiSimilarity:
      return std::log(2) * (1 / config.ms_alpha + 1 / config.ms_beta);
    case LossKind::kProxyAnchor:
      return 2 * std::log(2);
    default:
      return 0;
  }
}

TEST(Losses, DoNotGrowWithTheBatch) {
  const LossBatch once = multi_label_batch();
  const auto times = [&](int n) {
    return LossBatch{once.embeddings.repeat({n, 1}), once.labels.repeat({n, 1}), {}, {}};
  };
  for (const LossConfig& config : all_losses()) {
    const auto loss = make_loss(config, 4, 6, 5);
    // A row's own copies are alike and at no distance, which moves the means over alike pairs a little.
    const double eight = value_of(*loss, times(8)), sixteen = value_of(*loss, times(16));
    EXPECT_NEAR(sixteen, eight, 0.06 * eight + added_by_doubling(config)) << name_of(config);
  }
}

bool all_finite(const torch::Tensor& tensor) { return tensor.isfinite().all().item<bool>(); }

TEST(Losses, StayFiniteForIdenticalAndOppositeRowsAndHugeLogits) {
  const torch::Tensor row = random_rows(1, 6, 9).to(torch::kFloat), labels = one_hot({0, 0, 1, 1}, 4);
  const torch::Tensor signs = torch::tensor({{1.f}, {-1.f}, {1.f}, {-1.f}});
  // A prefix of zeros, too.
  const torch::Tensor last = torch::zeros({4, 6}).index_fill(1, torch::tensor({5}), 1);
  for (LossConfig config : all_losses()) {
    SCOPED_TRACE(name_of(config));
    config.temperature = 0.01f;
    config.matryoshka = {2};
    config.ms_beta = 500;
    config.proxy_alpha = config.arc_scale = 1000;
    for (const torch::Tensor& rows : {row.repeat({4, 1}), row * signs, last}) {
      for (const bool remembered : {false, true}) {
        const auto loss = make_loss(config, 4, 6, 5);
        if (config.kind == LossKind::kProxyAnchor || config.kind == LossKind::kArcFace) {
          // A proxy on the row itself, and one opposite.
          const torch::NoGradGuard no_grad;
          torch::Tensor vectors = loss->parameters()[0].second;
          vectors[0].copy_(row[0].expand_as(vectors[0]));
          vectors[1].copy_(-row[0].expand_as(vectors[1]));
        }
        LossBatch batch{rows, labels, {}, {}};
        if (remembered) batch.memory_embeddings = rows, batch.memory_labels = labels;
        EXPECT_TRUE(std::isfinite(value_of(*loss, batch)));
        EXPECT_TRUE(all_finite(gradient_of(*loss, batch)));
        for (const auto& [name, parameter] : loss->parameters()) EXPECT_TRUE(all_finite(parameter.grad())) << name;
      }
    }
  }
}

TEST(Losses, ComputeInFloatUnderAutocastAndForHalfRows) {
  LossBatch batch = multi_label_batch();
  batch.embeddings = batch.embeddings.to(torch::kFloat);
  for (LossConfig config : all_losses()) {
    config.temperature = 0.01f;
    const auto loss = make_loss(config, 4, 6, 5);
    const double expected = value_of(*loss, batch);
    at::autocast::set_autocast_enabled(at::kCPU, true);
    const double under_autocast = value_of(*loss, batch);
    at::autocast::set_autocast_enabled(at::kCPU, false);
    at::autocast::clear_cache();
    EXPECT_EQ(under_autocast, expected) << name_of(config);
    LossBatch half = batch;
    half.embeddings = batch.embeddings.to(torch::kBFloat16);
    EXPECT_EQ(loss->operator()(half).scalar_type(), torch::kFloat);
    EXPECT_NEAR(value_of(*loss, half), expected, 0.05 * expected + 0.3) << name_of(config);
  }
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Losses, HaveNamesThatAreReadBack) {
  for (const LossKind kind : kKinds) EXPECT_EQ(parse_loss(to_string(kind)), kind);
  EXPECT_EQ(message_of([] { parse_loss("hinge"); }),
            "unknown loss \"hinge\"; known: contrastive, inverted_contrastive, triplet, supcon, infonce, sigmoid, "
            "multi_similarity, proxy_anchor, arcface, cross_entropy");
}

TEST(Losses, RefuseSettingsOutOfRange) {
  const auto refused = [](auto change) {
    LossConfig config;
    change(config);
    return message_of([&] { make_loss(config, 4, 6, 5); });
  };
  EXPECT_EQ(refused([](LossConfig& c) { c.temperature = 0; }), "loss: temperature must be above 0");
  EXPECT_EQ(refused([](LossConfig& c) { c.margin = NAN; }), "loss: margin must be 0 or more");
  EXPECT_EQ(refused([](LossConfig& c) { c.sub_centers = 0; }), "loss: sub_centers must be at least 1");
  EXPECT_EQ(refused([](LossConfig& c) { c.matryoshka = {2, 7}; }), "loss: matryoshka must be lengths from 1 to dim");
  EXPECT_EQ(refused([](LossConfig& c) { c.matryoshka = {2, 2}; }), "loss: matryoshka must be lengths that differ");
  EXPECT_EQ(message_of([] { make_loss({}, 0, 6, 5); }), "loss: the number of labels must be at least 1");
  LossBatch narrow = multi_label_batch();
  narrow.memory_embeddings = narrow.memory_embeddings.slice(1, 0, 5);
  EXPECT_THROW(make_loss({}, 4, 6, 5)->operator()(narrow), Error);
}

TEST(Losses, StartFromTheSeed) {
  for (const LossKind kind : {LossKind::kProxyAnchor, LossKind::kArcFace, LossKind::kCrossEntropy}) {
    const auto start = [&](std::uint64_t seed) {
      return make_loss(default_loss(kind), 4, 6, seed)->parameters()[0].second;
    };
    EXPECT_TRUE(torch::equal(start(1), start(1)));
    EXPECT_FALSE(torch::equal(start(1), start(2)));
  }
}

TEST(CrossBatchMemory, KeepsTheNewestWithoutGradient) {
  CrossBatchMemory memory(5);
  EXPECT_FALSE(memory.embeddings().defined());
  const torch::Tensor rows = random_rows(6, 4, 51).requires_grad_(true), labels = one_hot({0, 1, 2, 0, 1, 2}, 3);
  memory.push(rows.slice(0, 0, 3), labels.slice(0, 0, 3));
  EXPECT_EQ(memory.embeddings().size(0), 3);
  memory.push(rows.slice(0, 3, 6), labels.slice(0, 3, 6));
  const torch::Tensor kept = torch::tensor({3, 4, 5, 0, 1});
  EXPECT_TRUE(torch::equal(memory.embeddings(), rows.index_select(0, kept)));
  EXPECT_TRUE(torch::equal(memory.labels(), labels.index_select(0, kept)));
  EXPECT_FALSE(memory.embeddings().requires_grad());

  CrossBatchMemory copy(5);
  copy.push(memory.embeddings(), memory.labels());
  EXPECT_TRUE(torch::equal(copy.embeddings(), memory.embeddings()));

  CrossBatchMemory none(0);
  none.push(rows, labels);
  EXPECT_FALSE(none.embeddings().defined());
}

}  // namespace
}  // namespace ootd
