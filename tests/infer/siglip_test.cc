// SigLIP's towers in GraphOps against open_clip, on the tiny golden model (tests/golden/siglip-tiny/config.json).
#include "ootd/models/nets/siglip.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <map>

#include "ootd/base/json.h"
#include "ootd/base/npy.h"
#include "tests/testing/golden.h"
#include "tests/testing/run_graph.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kTinySiglip;

SiglipConfig tiny(Activation activation = Activation::kGelu) {
  const TransformerTower tower = {64, 2, 2, 256, activation};
  return {tower, 8, true, tower, 1000, 16};
}

FloatArray golden(const std::string& name) { return read_npy(kTinySiglip / (name + ".npy")); }

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
  const auto ids = read_json(kTinySiglip / "token_ids.json").get<std::vector<std::int64_t>>();
  return testing::run_graph(weights, {3, config.context}, ids.data(),
                            [&](GraphOps& ops, const GraphOps::Tensor& x) {
                              const auto y = siglip_text_forward(ops, x, config);
                              return unit ? ops.l2_normalize(y) : y;
                            })
      .values;
}

void expect_golden(const Weights& weights, double tolerance) {
  EXPECT_LT(largest_difference(image_vectors(weights, tiny()), golden("image_embed").values), tolerance);
  EXPECT_LT(largest_difference(text_vectors(weights, tiny()), golden("text_embed").values), tolerance);
}

TEST(SiglipTowers, EqualOpenClipFromEveryContainerAndLayout) {
  for (const char* file :
       {"open_clip_model.safetensors", "open_clip_pytorch_model.bin", "open_clip_pytorch_model_legacy.pt",
        "open_clip_train_checkpoint.pt", "transformers_model.safetensors"}) {
    SCOPED_TRACE(file);
    expect_golden(Weights(kTinySiglip / file), 1e-5);
  }
  expect_golden(Weights(kTinySiglip / "open_clip_model_bf16.safetensors"), 1e-2);
}

// The wrapper class of FashionSigLIP's model.safetensors, and half precision: written here from the same weights.
TEST(SiglipTowers, EqualOpenClipBehindAWrapperAndInHalfPrecision) {
  const testing::TempDir dir;
  const Weights original(kTinySiglip / "open_clip_model.safetensors");
  std::vector<NamedFloats> wrapped;
  for (const auto& [name, weight] : original.all())
    wrapped.push_back({"model." + name, weight.shape, original.floats(name, weight.shape)});
  write_safetensors(dir.path() / "full.safetensors", wrapped);
  write_safetensors(dir.path() / "half.safetensors", wrapped, /*half=*/true);
  expect_golden(Weights(dir.path() / "full.safetensors"), 1e-5);
  expect_golden(Weights(dir.path() / "half.safetensors"), 1e-3);
}

TEST(SiglipTowers, EqualOpenClipBeforeTheVectorsAreScaledToLengthOne) {
  const Weights weights(kTinySiglip / "open_clip_model.safetensors");
  EXPECT_LT(largest_difference(image_vectors(weights, tiny(), false), golden("image_embed_raw").values), 1e-4);
  EXPECT_LT(largest_difference(text_vectors(weights, tiny(), false), golden("text_embed_raw").values), 1e-4);
}

// Keeps what goes into and comes out of each layer norm: the stages of the golden files lie there.
struct Probe : GraphOps {
  using GraphOps::GraphOps;
  std::map<std::string, Tensor, std::less<>> in, out;
  Tensor layer_norm(const Tensor& x, std::string_view name, float eps) {
    in.emplace(name, x);
    return out.emplace(name, GraphOps::layer_norm(x, name, eps)).first->second;
  }
};

TEST(SiglipTowers, EqualOpenClipAtEveryStageOfTheImageTower) {
  const Weights weights(kTinySiglip / "open_clip_model.safetensors");
  const FloatArray pixels = golden("pixel_values");
  const auto expect_stage = [&](const std::string& file, const auto& stage) {
    const auto actual =
        testing::run_graph(weights, pixels.shape, pixels.values.data(), [&](GraphOps&, const GraphOps::Tensor& x) {
          Probe probe(weights);
          siglip_image_forward(probe, x, tiny());
          return stage(probe);
        });
    const FloatArray expected = golden(file);
    EXPECT_EQ(actual.shape, expected.shape) << file;
    EXPECT_LT(largest_difference(actual.values, expected.values), 2e-5) << file;
  };
  expect_stage("vision_embeddings", [](const Probe& p) { return p.in.at("visual.trunk.blocks.0.norm1"); });
  expect_stage("vision_block0", [](const Probe& p) { return p.in.at("visual.trunk.blocks.1.norm1"); });
  expect_stage("vision_block1", [](const Probe& p) { return p.in.at("visual.trunk.norm"); });
  expect_stage("vision_final_norm", [](const Probe& p) { return p.out.at("visual.trunk.norm"); });
}

// 1e-5 tells the two GELUs apart.
TEST(SiglipTowers, EqualTransformersWithItsTanhGelu) {
  const Weights weights(kTinySiglip / "transformers_model.safetensors");
  const SiglipConfig tanh = tiny(Activation::kGeluTanh);
  EXPECT_LT(largest_difference(image_vectors(weights, tanh), golden("image_embed_gelu_tanh").values), 1e-5);
  EXPECT_LT(largest_difference(text_vectors(weights, tanh), golden("text_embed_gelu_tanh").values), 1e-5);
  EXPECT_GT(largest_difference(image_vectors(weights, tanh), golden("image_embed").values), 1e-5);
  EXPECT_GT(largest_difference(text_vectors(weights, tanh), golden("text_embed").values), 1e-5);
}

TEST(SiglipTowers, GiveTheSameVectorAloneAndInABatch) {
  const Weights weights(kTinySiglip / "open_clip_model.safetensors");
  const FloatArray pixels = golden("pixel_values");
  const auto batch = image_vectors(weights, tiny());
  const std::size_t picture = pixels.values.size() / 2;
  for (std::size_t n = 0; n < 2; ++n) {
    const auto alone = testing::run_graph(weights, {1, 3, 32, 32}, pixels.values.data() + n * picture,
                                          [](GraphOps& ops, const GraphOps::Tensor& x) {
                                            return ops.l2_normalize(siglip_image_forward(ops, x, tiny()));
                                          })
                           .values;
    EXPECT_LT(largest_difference(alone, {batch.begin() + static_cast<std::ptrdiff_t>(n * 64),
                                         batch.begin() + static_cast<std::ptrdiff_t>((n + 1) * 64)}),
              1e-6);
  }
}

TEST(SiglipLogits, EqualOpenClipWithTheFilesScaleAndBias) {
  const Weights weights(kTinySiglip / "transformers_model.safetensors");
  const double scale = std::exp(weights.floats("logit_scale", {})[0]), bias = weights.floats("logit_bias", {})[0];
  const auto images = image_vectors(weights, tiny()), texts = text_vectors(weights, tiny());
  const FloatArray expected = golden("logits_per_image");
  ASSERT_EQ(expected.shape, (Shape{2, 3}));
  for (std::size_t i = 0; i < 2; ++i)
    for (std::size_t t = 0; t < 3; ++t) {
      double cosine = 0;
      for (std::size_t d = 0; d < 64; ++d) cosine += double{images[i * 64 + d]} * double{texts[t * 64 + d]};
      EXPECT_NEAR(scale * cosine + bias, expected.values[i * 3 + t], 1e-4);
    }
}

}  // namespace
}  // namespace ootd
