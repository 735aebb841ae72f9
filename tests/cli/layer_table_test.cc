#include "ootd/cli/layer_table.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

std::vector<std::string> names_of_blocks(const std::vector<std::string>& layers) {
  std::vector<ShapeOps::Layer> rows;
  for (const auto& name : layers) rows.push_back({name, "conv2d", {1, 2, 3, 4}, 10, 100});
  std::vector<std::string> names;
  for (const auto& row : blocks_of(rows)) names.push_back(row.name);
  return names;
}

TEST(LayerTable, GroupsTheLayersOfEachFrameworkByBlock) {
  using Names = std::vector<std::string>;
  EXPECT_EQ(names_of_blocks({"conv1", "bn1", "layer1.0.conv1", "layer1.0.downsample.0", "layer1.1.conv1", "fc"}),
            (Names{"conv1", "bn1", "layer1.0", "layer1.1", "fc"}));
  EXPECT_EQ(names_of_blocks({"_conv_stem", "_blocks.0._bn1", "_blocks.0._bn2", "_blocks.10._bn1"}),
            (Names{"_conv_stem", "_blocks.0", "_blocks.10"}));
  EXPECT_EQ(names_of_blocks({"features.1.0.block.0.0", "features.1.0.block.1.fc1", "features.2.0.block.0.0"}),
            (Names{"features.1.0", "features.2.0"}));
  EXPECT_EQ(names_of_blocks({"visual.trunk.blocks.0.attn.qkv", "visual.trunk.blocks.0.mlp.fc1",
                             "visual.trunk.attn_pool.q", "visual.trunk.attn_pool.kv"}),
            (Names{"visual.trunk.blocks.0", "visual.trunk.attn_pool"}));
}

TEST(LayerTable, ABlockIsTheSumOfItsLayersAndEndsAsItsLast) {
  const auto blocks = blocks_of({{"a.0.x", "conv2d", {1, 8}, 3, 50}, {"a.0.y", "linear", {1, 9}, 4, 60}});
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].kind, "block");
  EXPECT_EQ(blocks[0].out, (Shape{1, 9}));
  EXPECT_EQ(blocks[0].parameters, 7);
  EXPECT_EQ(blocks[0].multiply_adds, 110);
}

TEST(LayerTable, PeakMemoryIsTheLargestLayersInputAndOutput) {
  ModelConfig config;
  config.input.width = config.input.height = 10;  // 300 floats
  EXPECT_EQ(peak_activation_bytes(config, {{"a", "", {1, 500}}, {"b", "", {1, 700}}, {"c", "", {1, 1}}}), 4 * 1200);
}

}  // namespace
}  // namespace ootd
