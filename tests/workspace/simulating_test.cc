#include "ootd/workspace/simulating.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "ootd/base/io.h"
#include "ootd/base/vector_math.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::message_of;

const Generation kServedSet = {"style-model", ""}, kJudgeSet = {"raw-model", ""};

// 120 looks of four styles; half of each are tops.
class SimulatingTest : public ::testing::Test {
 protected:
  SimulatingTest() : workspace_(dir_.path(), /*create=*/true) {
    const std::string styles[] = {"Chic", "Retro", "Sporty", "Street"};
    Random random(2);
    std::vector<LookKey> looks;
    Matrix served(120, 8), judged(120, 6);
    for (std::size_t i = 0; i < 120; ++i) {
      ImageRecord image;
      image.id = "look" + std::to_string(1000 + i);
      image.labels = {{"part", i % 2 == 0 ? "top" : "shoes"}, {"style", styles[i / 30]}};
      looks.push_back(workspace_.catalog().add_image(image).key);
      for (float& v : served.row(i)) v = static_cast<float>(0.2 * random.normal());
      served.row(i)[i / 30] += 1;
      normalize(served.row(i));
      for (float& v : judged.row(i)) v = static_cast<float>(random.normal());
      normalize(judged.row(i));
    }
    workspace_.catalog().put_vectors(kServedSet, looks, served);
    workspace_.catalog().put_vectors(kJudgeSet, looks, judged);
    workspace_.catalog().serve(kServedSet);
  }
  static SimulationRequest request() {
    return {.policies = {"kernel", "random"}, .kinds = {"style1"}, .judge = "raw-model", .users = 12, .swipes = 40};
  }

  const testing::TempDir dir_;
  Workspace workspace_;
};

TEST_F(SimulatingTest, SaysOfEachPolicyWhatScriptsRelyOn) {
  const Json json = simulation_json(simulate_policies(workspace_, request()));
  ASSERT_EQ(json.at("cells").size(), 1u);
  EXPECT_EQ(json.at("policies"), json.at("cells")[0].at("policies"));
  EXPECT_EQ(json.at("cells")[0].at("kind"), "style1");
  for (const Json& policy : json.at("policies"))
    for (const char* key :
         {"hit_rate", "balanced", "worst", "repeats", "coverage", "diversity", "ms", "first5", "gini"})
      EXPECT_TRUE(policy.at(key).is_number()) << key;
  const Json &kernel = json.at("policies")[0], &random = json.at("policies")[1];
  EXPECT_EQ(kernel.at("policy"), "kernel");
  EXPECT_GT(kernel.at("hit_rate_interval")[0], random.at("hit_rate_interval")[1]);
  EXPECT_TRUE(kernel.at("post").is_null());
  EXPECT_EQ(kernel.at("curve").size(), 4u);
  EXPECT_TRUE(kernel.at("difference").empty());
  const Json& difference = random.at("difference").at("hit_rate");  // mean, low, high
  EXPECT_NEAR(difference[0].get<double>(), random.at("hit_rate").get<double>() - kernel.at("hit_rate").get<double>(),
              1e-9);
  EXPECT_LT(difference[1], difference[0]);
  EXPECT_LT(difference[2].get<double>(), 0);
  EXPECT_FALSE(simulation_json(simulate_policies(workspace_,
                                                 [] {
                                                   auto two = request();
                                                   two.kinds = {"style1", "region1"};
                                                   return two;
                                                 }()))
                   .contains("policies"));
}

TEST_F(SimulatingTest, WritesNothingIntoTheWorkspace) {
  const auto files = [&] {
    std::set<std::filesystem::path> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.path())) all.insert(entry.path());
    return all;
  };
  const auto before = files();
  simulate_policies(workspace_, request());
  EXPECT_EQ(files(), before);
  EXPECT_TRUE(workspace_.catalog().users().empty());
}

TEST_F(SimulatingTest, TastesAreMadeOfKeysAndTheirProducts) {
  const auto names = [&](const std::vector<std::string>& items) {
    std::vector<std::string> list;
    for (const NamedLooks& set : looks_by_labels(workspace_.catalog(), items))
      list.push_back(set.name + " " + std::to_string(set.looks.size()));
    return list;
  };
  EXPECT_EQ(names({"part"}), (std::vector<std::string>{"shoes 60", "top 60"}));
  EXPECT_EQ(names({"style*part", "part"})[0], "style*part=Chic shoes 15");
  EXPECT_EQ(names({"style*part", "part"}).size(), 10u);
  EXPECT_EQ(names({"style*part", "part"})[9], "part=top 60");
  EXPECT_EQ(message_of([&] { names({"colour"}); }), "no look has the label \"colour\"; there are part, style");
}

TEST_F(SimulatingTest, ValuesMayBeLeftOutBySizeAndName) {
  auto some = request();
  some.labels = {"style*part", "part"};
  some.kinds = {"style9"};
  const auto refusal = [&] { return message_of([&] { simulate_policies(workspace_, some); }); };
  EXPECT_EQ(refusal(), "accepted");
  some.max_looks = 15;
  EXPECT_EQ(refusal().substr(0, 50), "style9 needs 9 values of labels; there are 8: styl");
  some.except = {"Chic top", "style*part=Retro top"};
  EXPECT_EQ(refusal().substr(0, 50), "style9 needs 9 values of labels; there are 6: styl");
  some.except = {"Punk"};
  EXPECT_EQ(refusal(), "nothing to leave out: no value \"Punk\" of style*part, part");
}

TEST_F(SimulatingTest, WhatIsNotThereIsNamedBeforeAnythingRuns) {
  auto some = request();
  some.policies = {"kernel", "oracle"};
  EXPECT_EQ(message_of([&] { simulate_policies(workspace_, some); }).substr(0, 44),
            "no policy \"oracle\"; there are kernel, random");
  some = request();
  some.kinds = {"style1", "chic"};
  EXPECT_EQ(message_of([&] { simulate_policies(workspace_, some); }).substr(0, 53),
            "no kind of people \"chic\"; there are style1-9, half1-9");
}

TEST_F(SimulatingTest, ThePageHoldsACurveForEachPolicy) {
  const testing::TempDir out;
  auto some = request();
  some.policies = {"kernel", "kernel:load=0"};
  write_simulation_report(out.path() / "page.html", some, simulate_policies(workspace_, some), "the <tables>");
  const std::string page = read_text(out.path() / "page.html", 1 << 20);
  EXPECT_NE(page.find("<h2>style1</h2>"), std::string::npos);
  EXPECT_NE(page.find("kernel:load=0</span>"), std::string::npos);
  EXPECT_NE(page.find("the &lt;tables&gt;"), std::string::npos);
}

}  // namespace
}  // namespace ootd
