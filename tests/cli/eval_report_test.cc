#include "ootd/cli/eval_report.h"

#include <gtest/gtest.h>

#include <cmath>

namespace ootd {
namespace {

// Six points on the unit circle, the first three of one label; `step` degrees from one to the next.
ModelScores scores_of(double step) {
  LabelledRows rows;
  rows.vectors = Matrix(6, 2);
  ModelScores scores;
  for (std::uint64_t i = 0; i < 6; ++i) {
    rows.ids.push_back(LookKey{i + 1});
    rows.labels.push_back({i < 3 ? 0 : 1});
    rows.vectors.row(i)[0] = static_cast<float>(std::cos(i * step / 180 * 3.14159265));
    rows.vectors.row(i)[1] = static_cast<float>(std::sin(i * step / 180 * 3.14159265));
  }
  scores.retrieval = retrieval_metrics(rows, rows);
  scores.labels = rows.labels;
  scores.silhouette = Estimate{0.5, {0.4, 0.6}};
  scores.dim = 2;
  return scores;
}

EvalTask task_of_two_labels() {
  EvalTask task;
  task.labels = {"Chic", "Retro"};
  return task;
}

TEST(EvalReport, KeepsTheKeysThatScriptsRelyOn) {
  const Json json = scores_json("model-a", scores_of(10), task_of_two_labels(), {});
  for (const char* key : {"recall_at_1", "precision_at_10", "map", "mrr", "silhouette", "chance_precision"}) {
    const double value = json.at(key).get<double>();
    const Json& interval = json.at(std::string(key) + "_ci");
    EXPECT_LE(interval.at(0).get<double>(), value) << key;
    EXPECT_GE(interval.at(1).get<double>(), value) << key;
  }
  EXPECT_EQ(json.at("n"), 6);
  EXPECT_EQ(json.at("dim"), 2);
  EXPECT_EQ(json.at("model"), "model-a");
  EXPECT_TRUE(json.at("ami").is_null());
  EXPECT_TRUE(json.at("macro").contains("map"));
  EXPECT_EQ(json.at("per_label").at("Retro").at("n"), 3);
  EXPECT_NE(scores_text(json, true).find("Retro"), std::string::npos);
  EXPECT_EQ(scores_text(json, false).find("Retro"), std::string::npos);
}

TEST(EvalReport, ADifferenceLeavesOutWhatIsTheSameForBoth) {
  const Json difference = difference_json(scores_of(10), scores_of(10), {});
  EXPECT_EQ(difference.at("recall_at_1"), 0);
  EXPECT_EQ(difference.at("recall_at_1_ci"), (Json{0, 0}));
  EXPECT_FALSE(difference.contains("chance_precision"));
}

}  // namespace
}  // namespace ootd
