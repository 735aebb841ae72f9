// What docs/adding-a-model.md asks of a row of kArchitectures, as far as it can be seen without running the network;
// tests/infer/slow/architectures_test.cc runs it.
#include "ootd/models/registry.h"

#include <gtest/gtest.h>

#include <set>

#include "ootd/models/model.h"
#include "tests/testing/architecture_golden.h"

namespace ootd {
namespace {

using testing::kHowToAdd;

TEST(Registry, EveryArchitectureHasAGolden) {
  for (const auto& row : kArchitectures) {
    if (!testing::has_golden(row)) continue;
    const Shape expected = {testing::kGoldenRows, feature_dim(row.network)};
    for (const char* tower : {"image", "text"}) {
      if (std::string(tower) == "text" && !has_text_tower(row.network)) continue;
      const auto file = testing::golden_file(row, tower);
      ASSERT_TRUE(std::filesystem::exists(file))
          << file << " is missing; scripts/golden/architectures.py makes it" << kHowToAdd;
      EXPECT_EQ(read_npy(file).shape, expected) << file << kHowToAdd;
    }
  }
}

TEST(Registry, EveryArchitectureDescribesItself) {
  std::set<std::string_view> names;
  for (const auto& row : kArchitectures) {
    ASSERT_TRUE(names.insert(row.name).second) << row.name << " is there twice" << kHowToAdd;
    ASSERT_EQ(find_architecture(row.name), &row) << row.name << kHowToAdd;
    ModelConfig config = default_config(row);
    if (std::holds_alternative<OnnxTowers>(row.network)) config.network = OnnxTowers{512, true};
    const int dim = feature_dim(config.network);
    config.head = HeadConfig{};
    if (testing::has_golden(row)) {
      ShapeOps ops;
      const Shape features = features_forward(ops, Shape{1, 3, row.input_px, row.input_px}, row.network);
      EXPECT_EQ(features, (Shape{1, dim})) << row.name << kHowToAdd;
      EXPECT_EQ(describe_image(config).parameters(), ops.parameters() + 128 * dim + 128) << row.name << kHowToAdd;
    }
    const ModelConfig again = parse_model_config(to_json(config), "round trip");
    EXPECT_EQ(to_json(again), to_json(config)) << row.name << kHowToAdd;
    EXPECT_EQ(again.network, config.network) << row.name << kHowToAdd;
  }
}

}  // namespace
}  // namespace ootd
