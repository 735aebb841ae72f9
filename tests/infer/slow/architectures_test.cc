// Runs every row of kArchitectures at its full size, as docs/adding-a-model.md asks: it equals its source framework,
// and what is saved as a checkpoint opens again as the same network. Up to 6 GiB of memory; the largest take some ten
// seconds.
#include <gtest/gtest.h>

#include "ootd/infer/session.h"
#include "tests/testing/architecture_graph.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::ImageTower, testing::TextTower, testing::kGoldenRows, testing::kHowToAdd;

class EveryArchitecture : public ::testing::TestWithParam<const Architecture*> {};

INSTANTIATE_TEST_SUITE_P(Registry, EveryArchitecture, ::testing::ValuesIn(testing::golden_rows()), testing::row_name);

TEST_P(EveryArchitecture, EqualsItsSourceFramework) {
  const Architecture& row = *GetParam();
  const auto compare = [](const auto& tower) {
    const double share = testing::share_of_tolerance(tower, testing::graph_features(tower, kGoldenRows));
    EXPECT_LE(share, 1) << tower.name << kHowToAdd;
    ::testing::Test::RecordProperty(tower.name + "_share_of_tolerance", std::to_string(share));
  };
  compare(ImageTower{row});
  if (has_text_tower(row.network)) compare(TextTower{row});
}

// CNNs as they are, on small pictures; SigLIP and CLIP in the row's style but tiny, which config.json states.
ModelConfig small_config(const Architecture& row) {
  ModelConfig config = default_config(row);
  config.head = HeadConfig{.dim = 32, .hidden = 48};
  config.input.width = config.input.height = testing::golden_side(row);
  const auto shrink = [&](auto& towers) {
    towers.image = {48, 2, 4, 96, towers.image.activation};
    towers.text = {32, 2, 4, 64, towers.text.activation};
    towers.vocabulary = 100;
    towers.context = 16;
    config.text->length = 16;
  };
  if (auto* siglip = std::get_if<SiglipConfig>(&config.network)) shrink(*siglip);
  if (auto* clip = std::get_if<ClipConfig>(&config.network)) {
    shrink(*clip);
    clip->dim = 24;
  }
  return config;
}

TEST_P(EveryArchitecture, SavedAndOpenedAgainGivesTheSameVectors) {
  const ModelConfig config = small_config(*GetParam());
  const InputSpec& in = config.input;
  const auto weights = testing::procedural_weights(all_weights(config));

  const auto side = static_cast<std::size_t>(in.width);
  std::vector<std::uint8_t> bytes(side * side * 3);
  std::vector<float> planes(bytes.size());
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const std::size_t pixel = i / 3, c = i % 3;
    bytes[i] = static_cast<std::uint8_t>(96 + (pixel % side * (3 + c) + pixel / side * 7) % 64);
    planes[c * side * side + pixel] = (static_cast<float>(bytes[i]) / 255 - in.mean[c]) / in.std[c];
  }
  const std::vector<std::int64_t> ids = testing::procedural_tokens(1, 16, 100);
  const auto image_of = [&](const Weights& from) {
    return testing::run_graph(from, {1, 3, in.height, in.width}, planes.data(),
                              [&](auto& ops, const auto& x) { return encoder_forward(ops, x, config); })
        .values;
  };
  const auto text_of = [&](const Weights& from, const ModelConfig& as) {
    return testing::run_graph(from, {1, 16}, ids.data(),
                              [&](auto& ops, const auto& x) { return text_encoder_forward(ops, x, as); })
        .values;
  };

  const testing::TempDir dir;
  const Model model = open_model(save_model(dir.path(), config, weights).folder);
  EXPECT_EQ(model.config.network, config.network) << kHowToAdd;
  EXPECT_EQ(model.config.input, config.input) << kHowToAdd;
  const Session session(model, {.threads = 1});
  std::vector<float> vector(static_cast<std::size_t>(session.dim()));
  session.run(bytes, vector);
  const Weights in_memory(weights);
  EXPECT_LT(testing::largest_difference(vector, image_of(in_memory)), 1e-5) << kHowToAdd;
  if (!has_text_tower(config.network)) return;
  const Weights saved(model.weights_files());
  EXPECT_EQ(text_of(saved, model.config), text_of(in_memory, config)) << kHowToAdd;
}

}  // namespace
}  // namespace ootd
