// SigLIP's towers in GraphOps against open_clip, on the tiny golden model (tests/golden/siglip-tiny/config.json).
#include "ootd/models/nets/siglip.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "ootd/base/npy.h"
#include "tests/testing/run_graph.h"

namespace ootd {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(OOTD_GOLDEN_DIR) / "siglip-tiny";

SiglipConfig tiny(Activation activation = Activation::kGelu) {
  const SiglipTower tower = {64, 2, 2, 256, activation};
  return {tower, 8, true, tower, 1000, 16};
}

FloatArray golden(const std::string& name) { return read_npy(kGolden / (name + ".npy")); }

double largest_difference(const std::vector<float>& actual, const std::vector<float>& expected) {
  EXPECT_EQ(actual.size(), expected.size());
  double difference = 0;
  for (std::size_t i = 0; i < expected.size() && i < actual.size(); ++i)
    difference = std::max<double>(difference, std::abs(actual[i] - expected[i]));
  return difference;
}

std::vector<float> image_vectors(const Weights& weights, const SiglipConfig& config, bool unit = true) {
  const FloatArray pixels = golden("pixel_values");
  return testing::run_graph(weights, pixels.shape, pixels.values.data(),
                            [&](GraphOps& ops, const GraphOps::Tensor& x) {
                              const auto y = siglip_image_forward(ops, x, config);
                              return unit ? ops.l2_normalize(y) : y;
                            })
      .values;
}

std::vector<float> text_vectors(const Weights& weights, const SiglipConfig& config, bool unit = true) {
  const auto ids = read_npy_int64(kGolden / "token_ids.npy");
  return testing::run_graph(weights, {3, config.context}, ids.data(),
                            [&](GraphOps& ops, const GraphOps::Tensor& x) {
                              const auto y = siglip_text_forward(ops, x, config);
                              return unit ? ops.l2_normalize(y) : y;
                            })
      .values;
}

TEST(SiglipTowers, EqualOpenClip) {
  const Weights weights(kGolden / "open_clip_model.safetensors");
  EXPECT_LT(largest_difference(image_vectors(weights, tiny()), golden("image_embed").values), 1e-5);
  EXPECT_LT(largest_difference(text_vectors(weights, tiny()), golden("text_embed").values), 1e-5);
  EXPECT_LT(largest_difference(image_vectors(weights, tiny(), false), golden("image_embed_raw").values), 1e-4);
  EXPECT_LT(largest_difference(text_vectors(weights, tiny(), false), golden("text_embed_raw").values), 1e-4);
}

}  // namespace
}  // namespace ootd
