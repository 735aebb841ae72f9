#include "ootd/embed/pca.h"

#include <gtest/gtest.h>

#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/embed/encoder.h"
#include "ootd/image/preprocess.h"
#include "tests/testing/temp_dir.h"
#include "tools/render/look.h"

namespace ootd {
namespace {

// Rows whose spread along axis i is 1 / (i + 1), turned by a fixed shear so that no component is an axis.
Matrix spread_rows(std::size_t n, std::size_t d, std::uint64_t seed) {
  Random random(seed);
  Matrix rows(n, d);
  for (std::size_t i = 0; i < n; ++i) {
    const auto row = rows.row(i);
    for (std::size_t c = 0; c < d; ++c) row[c] = static_cast<float>(random.normal() / static_cast<double>(c + 1));
    for (std::size_t c = 1; c < d; ++c) row[c] += 0.5f * row[c - 1];
    row[0] += 3;
  }
  return rows;
}

std::vector<double> project(const std::vector<NamedFloats>& head, std::span<const float> row) {
  std::vector<double> y;
  for (std::size_t c = 0; c < head[1].values.size(); ++c)
    y.push_back(dot(std::span(head[0].values).subspan(c * row.size(), row.size()), row) + head[1].values[c]);
  return y;
}

TEST(Pca, GivesUncorrelatedComponentsAboutTheMeanByFallingVariance) {
  const Matrix rows = spread_rows(2000, 12, 1);
  const auto head = fit_pca(rows, {.dim = 6});
  ASSERT_EQ(head[0].shape, (Shape{6, 12}));
  std::vector<std::vector<double>> projected;
  for (std::size_t i = 0; i < rows.rows(); ++i) projected.push_back(project(head, rows.row(i)));
  const auto covariance = [&](std::size_t a, std::size_t b) {
    double sum = 0;
    for (const auto& y : projected) sum += y[a] * y[b];
    return sum / static_cast<double>(projected.size());
  };
  for (std::size_t a = 0; a < 6; ++a) {
    double mean = 0;
    for (const auto& y : projected) mean += y[a] / static_cast<double>(projected.size());
    EXPECT_NEAR(mean, 0, 1e-4);
    if (a > 0) {
      EXPECT_LT(covariance(a, a), covariance(a - 1, a - 1));
    }
    for (std::size_t b = 0; b < a; ++b) EXPECT_NEAR(covariance(a, b), 0, 1e-4);
  }
}

TEST(Pca, WhiteningGivesEveryComponentTheSameSpread) {
  const Matrix rows = spread_rows(2000, 8, 2);
  const auto head = fit_pca(rows, {.dim = 4, .whitening = 1});
  for (std::size_t c = 0; c < 4; ++c) {
    double sum = 0;
    for (std::size_t i = 0; i < rows.rows(); ++i) sum += std::pow(project(head, rows.row(i))[c], 2);
    EXPECT_NEAR(sum / static_cast<double>(rows.rows()), 1, 1e-3);
  }
}

TEST(Pca, CompletesAnOrthonormalBasisWhenThereAreFewRows) {
  const Matrix rows = spread_rows(3, 10, 3);
  const auto head = fit_pca(rows, {.dim = 8});
  for (std::size_t a = 0; a < 8; ++a)
    for (std::size_t b = 0; b <= a; ++b) {
      const auto row = [&](std::size_t c) { return std::span(head[0].values).subspan(c * 10, 10); };
      EXPECT_NEAR(dot(row(a), row(b)), a == b ? 1 : 0, 1e-5);
    }
}

TEST(Pca, IsTheSameForTheSameRows) {
  const Matrix rows = spread_rows(100, 10, 4);
  EXPECT_EQ(fit_pca(rows, {.dim = 5})[0].values, fit_pca(rows, {.dim = 5})[0].values);
}

TEST(Pca, SaysWhatIsMissing) {
  EXPECT_THROW(fit_pca(Matrix(1, 10), {.dim = 2}), Error);
  EXPECT_THROW(fit_pca(Matrix(20, 10), {.dim = 2}), Error);  // all rows the same
  EXPECT_THROW(fit_pca(spread_rows(20, 10, 5), {.dim = 11}), Error);
}

TEST(PcaModel, TheSavedNetworkComputesWhatTheHeadSaysOfTheFeatures) {
  const Model backbone = open_model(OOTD_LITE0_FOLDER);
  const Encoder features_of(backbone);
  std::vector<Image> looks;
  for (std::uint64_t i = 0; i < 12; ++i) looks.push_back(render_look(kStyles[i], i, i).image);
  const Matrix features = features_of.encode(looks);
  const testing::TempDir dir;
  const Model model = save_pca_model(dir.path(), backbone, features);
  EXPECT_TRUE(model.id.starts_with("pca128-"));
  const Encoder encoder(open_model(dir.path() / model.id));
  ASSERT_EQ(encoder.dim(), 128);
  const Matrix by_network = encoder.encode(looks), by_head = apply_head(model, features);
  for (std::size_t i = 0; i < looks.size(); ++i) {
    EXPECT_GT(dot(by_network.row(i), by_head.row(i)), 0.99999f);
    EXPECT_NEAR(dot(by_network.row(i), by_network.row(i)), 1, 1e-5);
  }
}

TEST(HeadOverFeatures, WithoutBiasAndCutIsTheHeadsFirstRows) {
  const testing::TempDir dir;
  ModelConfig config = open_model(OOTD_LITE0_FOLDER).config;
  config.head = HeadConfig{.dim = 8, .bias = false, .normalize_input = true};
  config.matryoshka = {2};
  config.weights = {"head.safetensors", "backbone.safetensors"};  // the latter is not asked
  const Matrix features = spread_rows(5, 1280, 3);
  std::vector<NamedFloats> head = fit_pca(spread_rows(50, 1280, 4), {.dim = 8});
  head.resize(1);
  const auto backbone = dir.path() / "backbone.safetensors";
  write_safetensors(backbone, std::vector<NamedFloats>{{"unused", {1}, {0}}});
  const Model whole = save_model(dir.path(), config, head, {backbone});
  const Model cut = open_model(whole.folder.string() + "@2");
  const Matrix vectors = apply_head(cut, features);
  ASSERT_EQ(vectors.cols(), 2u);
  for (std::size_t i = 0; i < features.rows(); ++i) {
    std::vector<float> expected;
    for (std::size_t c = 0; c < 2; ++c)
      expected.push_back(dot(std::span(head[0].values).subspan(c * 1280, 1280), features.row(i)));
    normalize(expected);
    EXPECT_NEAR(vectors.row(i)[0], expected[0], 1e-5);
    EXPECT_NEAR(vectors.row(i)[1], expected[1], 1e-5);
  }
}

}  // namespace
}  // namespace ootd
