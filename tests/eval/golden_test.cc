// Against scikit-learn, on the random data of scripts/golden/eval.py.
#include <gtest/gtest.h>

#include "ootd/base/json.h"
#include "ootd/eval/clustering.h"
#include "tests/eval/random_rows.h"

namespace ootd {
namespace {

// Scores are float32 sums here and float64 sums there.
constexpr double kTolerated = 1e-6;

Json golden() { return read_json(OOTD_GOLDEN_DIR "/eval.json"); }

Matrix matrix(const Json& json) {
  Matrix rows(json.size(), json[0].size());
  for (std::size_t i = 0; i < rows.rows(); ++i)
    for (std::size_t d = 0; d < rows.cols(); ++d) rows.row(i)[d] = json[i][d].get<float>();
  return rows;
}

LabelledRows side(const Json& json, std::uint64_t first_id, bool within, bool sources) {
  LabelledRows rows{matrix(json.at("vectors")), json.at("labels"), {}, {}, {}};
  for (std::size_t i = 0; i < rows.labels.size(); ++i) {
    rows.ids.push_back(LookKey{first_id + i});
    if (within) rows.within.push_back({json.at("within")[i].get<int>()});
    if (sources) rows.sources.push_back({json.at("sources")[i].get<int>()});
  }
  return rows;
}

void expect_golden(const Json& all, const char* name, bool within, bool sources) {
  const auto result =
      retrieval_metrics(side(all.at("queries"), 0, within, sources), side(all.at("gallery"), 1000, within, sources));
  const Json& columns = all.at(name);
  ASSERT_EQ(result.queries.size(), columns.at("query").size());
  EXPECT_EQ(result.left_out, 20 - static_cast<std::int64_t>(result.queries.size()));
  for (std::size_t i = 0; i < result.queries.size(); ++i) {
    EXPECT_EQ(result.queries[i].query, columns.at("query")[i]);
    for (std::size_t m = 0; m < kMetricCount; ++m) {
      const std::string metric(kMetricNames[m]);
      EXPECT_NEAR(result.queries[i].values[m], columns.at(metric)[i].get<double>(), kTolerated)
          << name << " " << metric;
    }
  }
  // Scikit-learn's name for the mean average precision of multi-label relevance.
  if (const auto ranking = columns.find("label_ranking"); ranking != columns.end()) {
    EXPECT_NEAR(mean_of(result)[kMap], ranking->get<double>(), kTolerated);
  }
}

TEST(Golden, RetrievalMetricsAreThoseOfScikitLearn) {
  const Json all = golden();
  expect_golden(all, "plain", false, false);
  expect_golden(all, "within", true, false);
  expect_golden(all, "within_other_source", true, true);
}

TEST(Golden, SilhouettesAreThoseOfScikitLearn) {
  const Json all = golden();
  LabelledRows rows = side(all.at("gallery"), 0, false, false);
  for (std::size_t i = 0; i < rows.ids.size(); ++i) {
    normalize(rows.vectors.row(i));
    rows.labels[i] = {all.at("single_labels")[i].get<int>()};
  }
  const auto values = silhouettes(single_label_rows(rows));
  ASSERT_EQ(values.size(), all.at("silhouettes").size());
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], all.at("silhouettes")[i].get<double>(), 3e-6);
}

TEST(Golden, AdjustedMutualInformationIsThatOfScikitLearn) {
  const Json all = golden();
  for (const Json& one : all.at("ami")) {
    const auto a = one.at("a").get<std::vector<int>>(), b = one.at("b").get<std::vector<int>>();
    EXPECT_NEAR(adjusted_mutual_information(a, b), one.at("value").get<double>(), 1e-9);
  }
}

TEST(Golden, KMeansIsNoWorseThanScikitLearns) {
  const Json all = golden();
  const auto found = k_means(matrix(all.at("blobs")), {.clusters = 5, .restarts = 50});
  EXPECT_LE(found.inertia, all.at("inertia").get<double>() * (1 + 1e-5));
}

}  // namespace
}  // namespace ootd
