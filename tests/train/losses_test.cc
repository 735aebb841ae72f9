#include "ootd/train/losses.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "ootd/base/error.h"
#include "ootd/base/json.h"
#include "ootd/base/random.h"
#include "tests/train/loss_references.h"

namespace ootd {
namespace {

using testing::PlainBatch;
using testing::Row;
using testing::Rows;

constexpr LossKind kKinds[] = {LossKind::kContrastive,     LossKind::kInvertedContrastive,
                               LossKind::kTriplet,         LossKind::kSupCon,
                               LossKind::kInfoNce,         LossKind::kSigmoid,
                               LossKind::kMultiSimilarity, LossKind::kProxyAnchor,
                               LossKind::kArcFace,         LossKind::kCrossEntropy};

bool is_pair_loss(LossKind kind) { return kind < LossKind::kProxyAnchor; }

// Every kind at its known values, and the triplet with each mining.
std::vector<LossConfig> all_losses() {
  std::vector<LossConfig> configs;
  for (const LossKind kind : kKinds) configs.push_back(default_loss(kind));
  configs.push_back(default_loss(LossKind::kTriplet));
  configs.back().mining = TripletMining::kBatchHard;
  return configs;
}

std::string name_of(const LossConfig& config) {
  return std::string(to_string(config.kind)) + (config.mining == TripletMining::kBatchHard ? " batch-hard" : "");
}

torch::Tensor tensor_of(const Rows& rows) {
  const torch::Tensor tensor = torch::empty({std::ssize(rows), std::ssize(rows[0])}, torch::kDouble);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::ranges::copy(rows[i], tensor.data_ptr<double>() + i * rows[i].size());
  }
  return tensor;
}

Rows rows_of(const torch::Tensor& tensor) {
  const torch::Tensor doubles = tensor.detach().to(torch::kDouble).reshape({-1, tensor.size(-1)}).contiguous();
  Rows rows;
  for (std::int64_t i = 0; i < doubles.size(0); ++i) {
    const double* row = doubles.data_ptr<double>() + i * doubles.size(1);
    rows.emplace_back(row, row + doubles.size(1));
  }
  return rows;
}

torch::Tensor unit_rows(const torch::Tensor& rows) { return rows / rows.norm(2, 1, /*keepdim=*/true); }

// n rows of length 1 in `dim` dimensions, in double.
torch::Tensor random_rows(int n, int dim, std::uint64_t seed) {
  Random random(seed);
  const torch::Tensor rows = torch::empty({n, dim}, torch::kDouble);
  for (std::int64_t i = 0; i < rows.numel(); ++i) rows.data_ptr<double>()[i] = random.normal();
  return unit_rows(rows);
}

// One label per row.
torch::Tensor one_hot(const std::vector<int>& labels, int count) {
  torch::Tensor hot = torch::zeros({std::ssize(labels), count}, torch::kDouble);
  for (std::size_t i = 0; i < labels.size(); ++i) hot[static_cast<std::int64_t>(i)][labels[i]] = 1;
  return hot;
}

// Nine rows that carry none, one or several of four labels (the last on one row only), and five remembered ones.
LossBatch multi_label_batch() {
  const Rows labels = {{1, 0, 0, 0}, {1, 1, 0, 0}, {0, 1, 0, 0}, {0, 0, 0, 0}, {0, 1, 1, 0},
                       {0, 0, 1, 0}, {1, 0, 0, 0}, {0, 0, 0, 1}, {0, 0, 1, 0}};
  const Rows memory_labels = {{1, 0, 0, 0}, {0, 0, 0, 0}, {0, 1, 1, 0}, {0, 0, 0, 1}, {0, 0, 1, 0}};
  return {random_rows(9, 6, 1), tensor_of(labels), random_rows(5, 6, 2), tensor_of(memory_labels)};
}

// The same numbers for the reference. The loss's parameters become double, so that finite differences are sharp.
PlainBatch plain(const LossBatch& batch, Loss& loss) {
  PlainBatch result{.embeddings = rows_of(batch.embeddings), .labels = rows_of(batch.labels)};
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

double value_of(Loss& loss, const LossBatch& batch) { return loss(batch).item<double>(); }

// Gradient with regard to the rows.
torch::Tensor gradient_of(Loss& loss, LossBatch batch) {
  batch.embeddings = batch.embeddings.detach().clone().requires_grad_(true);
  loss(batch).backward();
  return batch.embeddings.grad();
}

double slope(const LossConfig& config, PlainBatch& batch, double& number) {
  const double h = 1e-5, middle = number;
  number = middle + h;
  const double up = testing::loss_reference(config, batch);
  number = middle - h;
  const double down = testing::loss_reference(config, batch);
  number = middle;
  return (up - down) / (2 * h);
}

void expect_equal_to_reference(const LossConfig& config, const LossBatch& batch) {
  SCOPED_TRACE(name_of(config));
  const int labels = static_cast<int>(batch.labels.size(1)), dim = static_cast<int>(batch.embeddings.size(1));
  const auto loss = make_loss(config, labels, dim, /*seed=*/5);
  PlainBatch reference = plain(batch, *loss);
  EXPECT_NEAR(value_of(*loss, batch), testing::loss_reference(config, reference), 1e-7);
  const Rows gradient = rows_of(gradient_of(*loss, batch));
  for (std::size_t i = 0; i < gradient.size(); ++i) {
    for (std::size_t d = 0; d < gradient[i].size(); ++d) {
      EXPECT_NEAR(gradient[i][d], slope(config, reference, reference.embeddings[i][d]), 1e-5) << i << " " << d;
    }
  }
  Row own;
  for (const auto& [name, parameter] : loss->parameters()) {
    for (const Row& row : rows_of(parameter.grad().reshape({1, -1}))) own.insert(own.end(), row.begin(), row.end());
  }
  std::size_t at = 0;
  const auto expect_slope = [&](double& number) {
    EXPECT_NEAR(own.at(at), slope(config, reference, number), 1e-5) << "parameter " << at;
    ++at;
  };
  for (Row& row : reference.learnt) std::ranges::for_each(row, expect_slope);
  std::ranges::for_each(reference.bias, expect_slope);
  EXPECT_EQ(at, own.size());
}

TEST(Losses, EqualTheWrittenOutFormulasInValueAndGradient) {
  LossBatch batch = multi_label_batch();
  batch.memory_embeddings = batch.memory_labels = {};
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
    LossBatch alone = batch;
    alone.memory_embeddings = alone.memory_labels = {};
    EXPECT_EQ(value_of(*loss, batch), value_of(*loss, alone)) << name_of(config);
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

TEST(Losses, DoNotGrowWithTheBatch) {
  const LossBatch once = multi_label_batch();
  // Each row many times over; Proxy-Anchor's log-sum-exp grows by the logarithm, as published.
  for (const LossConfig& config : all_losses()) {
    if (config.kind == LossKind::kProxyAnchor) continue;
    const auto times = [&](int n) {
      return LossBatch{once.embeddings.repeat({n, 1}), once.labels.repeat({n, 1}), {}, {}};
    };
    const auto loss = make_loss(config, 4, 6, 5);
    // From 4 to 8 times; InfoNCE and SupCon by at most log 2 for the sum under the logarithm.
    const double four = value_of(*loss, times(4)), eight = value_of(*loss, times(8));
    const bool logarithm = config.kind == LossKind::kInfoNce || config.kind == LossKind::kSupCon;
    EXPECT_NEAR(eight, four, 0.12 * four + (logarithm ? std::log(2) : 0)) << name_of(config);
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

TEST(Losses, OneStepPullsAlikeRowsTogetherAndPushesOthersApart) {
  const torch::Tensor labels = one_hot({0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2}, 3);
  for (LossConfig config : all_losses()) {
    for (const std::uint64_t seed : {21, 22, 23}) {
      SCOPED_TRACE(name_of(config) + " seed " + std::to_string(seed));
      // Near to each other, so that margins are not met yet.
      const torch::Tensor rows = unit_rows(random_rows(12, 8, seed) + 1.5 * random_rows(1, 8, 99));
      const auto loss = make_loss(config, 3, 8, seed);
      const torch::Tensor gradient = gradient_of(*loss, {rows, labels, {}, {}});
      const Togetherness before = togetherness(rows, labels);
      const Togetherness after = togetherness(rows - 0.01 * gradient / gradient.norm(), labels);
      const double gap = (after.alike - after.unlike) - (before.alike - before.unlike);
      if (config.kind == LossKind::kInvertedContrastive) {
        EXPECT_LT(gap, 0);
        EXPECT_LT(after.alike, before.alike);
        EXPECT_GT(after.unlike, before.unlike);
        continue;
      }
      EXPECT_GT(gap, 0);
      EXPECT_GT(after.alike - before.alike, after.unlike - before.unlike);
    }
  }
}

// Three overlapping clusters whose telling direction hides among noisy ones, and a linear map to two dimensions.
TEST(Losses, TrainALinearMapThatTellsClustersApart) {
  constexpr int kPerLabel = 20;
  std::vector<int> labels;
  for (int i = 0; i < 3 * kPerLabel; ++i) labels.push_back(i % 3);
  const torch::Tensor hot = one_hot(labels, 3);
  const torch::Tensor means = random_rows(3, 6, 31), noise = random_rows(60, 6, 32);
  const torch::Tensor inputs = hot.matmul(means) + noise * torch::tensor({.3, 2., .3, 2., .3, .3}, torch::kDouble);
  // Share of the rows whose nearest other row is alike.
  const auto recall = [&](const torch::Tensor& rows) {
    torch::Tensor cosines = rows.matmul(rows.t());
    cosines.fill_diagonal_(-2);
    return hot.index_select(0, cosines.argmax(1)).mul(hot).sum().item<double>() / (3.0 * kPerLabel);
  };
  for (const LossConfig& config : all_losses()) {
    SCOPED_TRACE(name_of(config));
    const auto loss = make_loss(config, 3, 2, 5);
    const torch::Tensor map = random_rows(6, 2, 33).requires_grad_(true);
    std::vector<torch::Tensor> own;
    for (const auto& [name, parameter] : loss->parameters()) own.push_back(parameter);
    std::vector<torch::optim::OptimizerParamGroup> groups{torch::optim::OptimizerParamGroup({map})};
    if (!own.empty()) groups.emplace_back(own);
    torch::optim::Adam optimizer(groups, torch::optim::AdamOptions(0.03));
    const double start = recall(unit_rows(inputs.matmul(map)));
    double first = 0, last = 0;
    for (int step = 0; step < 150; ++step) {
      optimizer.zero_grad();
      const torch::Tensor value = loss->operator()({unit_rows(inputs.matmul(map)), hot, {}, {}});
      value.backward();
      optimizer.step();
      last = value.item<double>();
      if (step == 0) first = last;
    }
    const double end = recall(unit_rows(inputs.matmul(map)));
    EXPECT_LT(last, first);  // each reaches its own goal, the mistaken one too
    if (config.kind == LossKind::kInvertedContrastive) {
      EXPECT_LT(end, 0.6);
    } else {
      EXPECT_LT(start, 0.8);
      EXPECT_GT(end, 0.9);
    }
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
  expect_case("image_text_softmax",
              image_text_loss(PairLoss::kSoftmax, half(0), half(6), scalar(std::log(7)), /*bias=*/{}));
  expect_case("image_text_sigmoid",
              image_text_loss(PairLoss::kSigmoid, half(0), half(6), scalar(std::log(7)), scalar(-3)));
}

TEST(ImageTextLoss, EqualsTheWrittenOutFormulas) {
  const torch::Tensor images = random_rows(5, 4, 41), texts = random_rows(5, 4, 42);
  const Rows a = rows_of(images), b = rows_of(texts);
  const double scale = 9, bias = -4;
  double softmax = 0, sigmoid = 0;
  for (std::size_t i = 0; i < 5; ++i) {
    double row = 0, column = 0;
    for (std::size_t j = 0; j < 5; ++j) {
      row += std::exp(scale * testing::dot(a[i], b[j]));
      column += std::exp(scale * testing::dot(a[j], b[i]));
      sigmoid += std::log(1 + std::exp((i == j ? -1 : 1) * (scale * testing::dot(a[i], b[j]) + bias))) / 5;
    }
    softmax += (std::log(row) + std::log(column) - 2 * scale * testing::dot(a[i], b[i])) / 10;
  }
  const torch::Tensor log_scale = torch::tensor(std::log(scale), torch::kDouble).requires_grad_(true);
  const torch::Tensor shift = torch::tensor(bias, torch::kDouble).requires_grad_(true);
  EXPECT_NEAR(image_text_loss(PairLoss::kSoftmax, images, texts, log_scale, {}).item<double>(), softmax, 1e-9);
  const torch::Tensor value = image_text_loss(PairLoss::kSigmoid, images, texts, log_scale, shift);
  EXPECT_NEAR(value.item<double>(), sigmoid, 1e-9);
  value.backward();
  EXPECT_TRUE(log_scale.grad().defined() && shift.grad().defined());
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
