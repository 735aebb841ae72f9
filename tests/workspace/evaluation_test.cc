#include "ootd/workspace/evaluation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "ootd/base/error.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

const Generation kModel = {"model-a", ""}, kOther = {"model-b", ""};

// A catalog of points on the unit circle, made by hand.
class EvaluationTest : public ::testing::Test {
 protected:
  LookKey add(double degrees, const std::vector<Label>& labels, const std::string& source = "/photos/a.jpg") {
    ImageRecord image;
    image.id = std::string(20, '0') + std::to_string(1000 + catalog_.image_count());
    image.source = source;
    image.file = "images/" + image.id + ".jpg";
    image.format = "jpeg";
    image.bytes = image.width = image.height = 1;
    image.labels = labels;
    std::ranges::sort(image.labels);
    const LookKey look = catalog_.add_image(image).key;
    put(kModel, look, degrees);
    return look;
  }
  void put(const Generation& generation, LookKey look, double degrees) {
    Matrix vector(1, 2);
    vector.row(0)[0] = static_cast<float>(std::cos(degrees / 180 * 3.14159265));
    vector.row(0)[1] = static_cast<float>(std::sin(degrees / 180 * 3.14159265));
    catalog_.put_vectors(generation, {&look, 1}, vector);
  }
  MetricValues metrics(const EvalRequest& request) {
    EvalTask task = gather_task(catalog_, request, {kModel});
    return mean_of(score_model(catalog_, kModel, task, {}).retrieval);
  }

  const testing::TempDir dir_;
  SqliteCatalog catalog_{dir_.path()};
};

std::vector<LookKey> keys(std::initializer_list<std::uint64_t> numbers) {
  std::vector<LookKey> list;
  for (const std::uint64_t number : numbers) list.push_back(LookKey{number});
  return list;
}

Label style(const std::string& value) { return {"style", value}; }
const Label kTrain{"split", "train"}, kTest{"split", "test"}, kVal{"split", "val"};

TEST_F(EvaluationTest, LooksTestImagesUpInTrain) {
  add(0, {style("Retro"), kTest});
  add(1, {style("Chic"), kVal});  // on neither side
  add(5, {style("Retro"), kTrain});
  add(9, {style("Chic"), kTrain});
  add(2, {kTrain});  // no style
  const EvalTask task = gather_task(catalog_, {}, {kModel});
  ASSERT_EQ(task.folds.size(), 1U);
  EXPECT_EQ(task.folds[0].queries.ids, keys({1}));
  EXPECT_EQ(task.folds[0].gallery.ids, keys({3, 4}));
  EXPECT_EQ(task.gallery_size, 2U);
  EXPECT_EQ(task.labels, (std::vector<std::string>{"Chic", "Retro"}));
  EXPECT_EQ(metrics({})[kRecallAt1], 1);
}

TEST_F(EvaluationTest, WithoutTheSplitEveryImageLooksAmongTheOthers) {
  add(0, {style("Retro")});
  add(5, {style("Retro")});
  add(9, {style("Chic")});
  EvalTask task = gather_task(catalog_, {}, {kModel});
  const ModelScores scores = score_model(catalog_, kModel, task, {});
  EXPECT_EQ(scores.retrieval.queries.size(), 2U);
  EXPECT_EQ(scores.retrieval.left_out, 1);
  EXPECT_NE(task.protocol.find("no image has split=test"), std::string::npos);
}

TEST_F(EvaluationTest, WithinAGroupThoseWithoutTheLabelAreAGroupToo) {
  const Label top{"group4", "top"};
  add(0, {style("Retro"), kTest, top});
  add(1, {style("Retro"), kTrain});  // a shoe
  add(5, {style("Chic"), kTrain, top});
  add(9, {style("Retro"), kTrain, top});
  add(90, {style("Chic"), kTest});  // a shoe, whose nearest is a top
  add(20, {style("Chic"), kTrain});
  EXPECT_DOUBLE_EQ(metrics({})[kMrr], (1 + 1) / 2.0);
  const MetricValues within = metrics({.within = "group4"});
  EXPECT_DOUBLE_EQ(within[kMrr], (0.5 + 1) / 2);  // 5 degrees is wrong, 9 right; the other shoe is right at once
  EXPECT_DOUBLE_EQ(within[kChancePrecision], 0.5);
}

TEST_F(EvaluationTest, ExcludesTheFolderOrTheGroupThatAQueryCameFrom) {
  add(0, {style("Retro"), {"shoot", "1"}}, "/photos/monday/a.jpg");
  add(1, {style("Retro"), {"shoot", "1"}}, "/photos/monday/b.jpg");
  add(5, {style("Chic"), {"shoot", "2"}}, "/photos/tuesday/a.jpg");
  add(9, {style("Retro")}, "/photos/tuesday/b.jpg");
  const auto first_query = [&](const EvalRequest& request) {
    EvalTask task = gather_task(catalog_, request, {kModel});
    return score_model(catalog_, kModel, task, {}).retrieval.queries.at(0).values;
  };
  EXPECT_EQ(first_query({})[kRecallAt1], 1);
  EXPECT_EQ(first_query({.exclude_same_source = true})[kMrr], 0.5);
  EXPECT_EQ(first_query({.group_key = "shoot"})[kMrr], 0.5);
  // The image without a shoot shares it with none.
  const EvalTask task = gather_task(catalog_, {.group_key = "shoot"}, {kModel});
  EXPECT_TRUE(task.folds[0].queries.sources[3].empty());
}

TEST_F(EvaluationTest, AnUnseenLabelLooksForItselfWithImagesOfEverySplit) {
  add(0, {style("Retro"), kTrain});
  add(2, {style("Retro"), kVal});
  add(50, {style("Chic"), kTrain});
  add(51, {style("Chic"), kTest});
  add(1, {style("Chic"), kVal});  // of another label, and not in the gallery
  const EvalTask retro = gather_task(catalog_, {.unseen = {"Retro"}}, {kModel});
  ASSERT_EQ(retro.folds.size(), 1U);
  EXPECT_EQ(retro.folds[0].queries.ids, keys({1, 2}));
  EXPECT_EQ(retro.folds[0].gallery.ids, keys({1, 2, 3}));
  EXPECT_EQ(metrics({.unseen = {"Retro"}})[kRecallAt1], 1);

  EvalTask each = gather_task(catalog_, {.leave_one_out = true}, {kModel});
  EXPECT_EQ(each.folds.size(), 2U);
  const ModelScores scores = score_model(catalog_, kModel, each, {});
  EXPECT_EQ(scores.retrieval.queries.size(), 5U);
  const RetrievalSummary summary = summarize(scores.retrieval, scores.labels);
  ASSERT_EQ(summary.labels.size(), 2U);
  EXPECT_EQ(each.labels[static_cast<std::size_t>(summary.labels[0].label)], "Chic");
  EXPECT_NEAR(summary.labels[0].metrics[kRecallAt1].value, 2.0 / 3, 1e-12);  // the one at 1 degree finds Retro
}

TEST_F(EvaluationTest, AnImageOfSeveralTagsCountsUnderEachAndInNoCluster) {
  add(0, {{"tag", "coat"}, {"tag", "hat"}});
  add(5, {{"tag", "hat"}});
  add(9, {{"tag", "coat"}});
  EvalTask task = gather_task(catalog_, {.key = "tag"}, {kModel});
  const ModelScores scores = score_model(catalog_, kModel, task, {});
  EXPECT_EQ(scores.retrieval.queries.size(), 3u);
  EXPECT_EQ(scores.clustered, 2u);
  const RetrievalSummary summary = summarize(scores.retrieval, scores.labels);
  ASSERT_EQ(summary.labels.size(), 2u);
  EXPECT_EQ(summary.labels[0].queries, 2);
  EXPECT_EQ(summary.labels[1].queries, 2);
}

TEST_F(EvaluationTest, ComparesTwoModelsOnImagesThatBothHave) {
  for (int i = 0; i < 6; ++i) add(i * 10, {style(i % 2 == 0 ? "Retro" : "Chic")});
  for (std::uint64_t i = 1; i <= 5; ++i)
    put(kOther, LookKey{i}, i % 2 == 0 ? 90 : 0);  // sorts them out; the last lacks one
  EvalTask task = gather_task(catalog_, {}, {kOther, kModel});
  EXPECT_EQ(task.folds[0].queries.ids.size(), 5U);
  const ModelScores good = score_model(catalog_, kOther, task, {}), bad = score_model(catalog_, kModel, task, {});
  const Estimate difference = paired_difference(good.retrieval, bad.retrieval, {})[kRecallAt1];
  EXPECT_EQ(difference.value, 1);
  EXPECT_EQ(difference.interval.low, 1);
  EXPECT_EQ(difference.interval.high, 1);
}

TEST_F(EvaluationTest, SaysWhatIsMissing) {
  add(0, {style("Retro")});
  EXPECT_THROW(gather_task(catalog_, {.key = "class"}, {kModel}), Error);
  EXPECT_THROW(gather_task(catalog_, {.within = "group4"}, {kModel}), Error);
  EXPECT_THROW(gather_task(catalog_, {.unseen = {"Chic"}}, {kModel}), Error);
  EvalTask alone = gather_task(catalog_, {}, {kModel});
  EXPECT_THROW(score_model(catalog_, kModel, alone, {}), Error);  // one image has nothing to find
}

}  // namespace
}  // namespace ootd
