// CLIP's towers in GraphOps against open_clip and transformers, on the tiny golden model (scripts/golden/clip_tiny.py).
#include <gtest/gtest.h>

#include "ootd/base/io.h"
#include "ootd/base/npy.h"
#include "ootd/models/model.h"
#include "tests/testing/architecture_golden.h"
#include "tests/testing/golden.h"
#include "tests/testing/run_graph.h"

namespace ootd {
namespace {

using testing::kTinyClip;

ClipConfig tiny_clip(Activation activation = Activation::kQuickGelu) {
  return {.image = {48, 2, 3, 192, activation},
          .patch = 8,
          .dim = 24,
          .text = {32, 2, 2, 128, activation},
          .vocabulary = 774,
          .context = 16};
}

double clip_difference(const std::vector<float>& actual, const std::string& golden) {
  return testing::largest_difference(actual, read_npy(kTinyClip / (golden + ".npy")).values);
}

std::vector<float> clip_images(const Weights& weights, const ClipConfig& config) {
  const FloatArray pixels = read_npy(kTinyClip / "pixel_values.npy");
  return testing::run_graph(weights, pixels.shape, pixels.values.data(),
                            [&](GraphOps& ops, const GraphOps::Tensor& x) {
                              return ops.l2_normalize(clip_image_forward(ops, x, config));
                            })
      .values;
}

std::vector<float> clip_texts(const Weights& weights, const ClipConfig& config, const std::string& library) {
  std::vector<std::int64_t> ids;
  const Json texts = read_json(kTinyClip / "texts.json");
  for (const Json& row : texts.at(library))
    for (const Json& id : row) ids.push_back(id);
  return testing::run_graph(weights, {3, config.context}, ids.data(),
                            [&](GraphOps& ops, const GraphOps::Tensor& x) {
                              return ops.l2_normalize(clip_text_forward(ops, x, config));
                            })
      .values;
}

TEST(ClipTowers, EqualBothLibrariesFromBothLayouts) {
  for (const char* file : {"open_clip/open_clip_model.safetensors", "transformers/model.safetensors"}) {
    SCOPED_TRACE(file);
    const Weights weights(kTinyClip / file);
    EXPECT_LT(clip_difference(clip_images(weights, tiny_clip()), "image_transformers"), 1e-5);
    for (const std::string library : {"open_clip", "transformers"})
      EXPECT_LT(clip_difference(clip_texts(weights, tiny_clip(), library), "text_" + library), 1e-5);
  }
}

TEST(ClipTowers, TellTheTwoGelusApart) {
  const Weights weights(kTinyClip / "transformers/model.safetensors");
  const ClipConfig gelu = tiny_clip(Activation::kGelu);
  EXPECT_LT(clip_difference(clip_images(weights, gelu), "image_transformers_gelu"), 1e-5);
  EXPECT_LT(clip_difference(clip_texts(weights, gelu, "open_clip"), "text_open_clip_gelu"), 1e-5);
  EXPECT_GT(clip_difference(clip_images(weights, gelu), "image_transformers"), 1e-3);
  EXPECT_GT(clip_difference(clip_texts(weights, gelu, "open_clip"), "text_open_clip"), 1e-3);
}

// A token sees those before it only, so the text's vector does not know its padding: open_clip's 0 or transformers' end
// mark.
TEST(ClipTowers, DoNotSeeWhatPadsAText) {
  const Weights weights(kTinyClip / "transformers/model.safetensors");
  EXPECT_NE(read_json(kTinyClip / "texts.json").at("open_clip"),
            read_json(kTinyClip / "texts.json").at("transformers"));
  EXPECT_LT(testing::largest_difference(clip_texts(weights, tiny_clip(), "open_clip"),
                                        clip_texts(weights, tiny_clip(), "transformers")),
            1e-6);
}

// eos_token_id as a configuration states it, or the largest number where old ones state a wrong one.
TEST(ClipTowers, TakeTheSentenceFromTheFirstEndMark) {
  const Weights weights(kTinyClip / "transformers/model.safetensors");
  ClipConfig config = tiny_clip();
  config.end_mark = 773;
  EXPECT_LT(clip_difference(clip_texts(weights, config, "transformers"), "text_transformers"), 1e-5);
  config.end_mark = 772;  // the start mark: another token's vector
  EXPECT_GT(clip_difference(clip_texts(weights, config, "transformers"), "text_transformers"), 1e-2);
}

// x [2, 3, 1], ids [2, 3]
std::vector<float> tokens_of(const std::vector<std::int64_t>& ids, int id) {
  const std::vector<NamedFloats> table = {{"table.weight", {10, 1}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}},
                                          {"places", {3, 1}, {10, 20, 30}}};
  return testing::run_graph(Weights(table), {2, 3}, ids.data(),
                            [&](GraphOps& ops, const GraphOps::Tensor& x) {
                              const auto rows =
                                  ops.add(ops.embedding(x, "table", {10, 1}), ops.parameter("places", {3, 1}));
                              return ops.token_of(rows, x, id);
                            })
      .values;
}

TEST(TokenOf, IsTheFirstOfEqualOnes) {
  EXPECT_EQ(tokens_of({1, 9, 9, 9, 1, 9}, -1), (std::vector<float>{29, 19}));
  EXPECT_EQ(tokens_of({1, 9, 1, 2, 5, 5}, 5), (std::vector<float>{11, 25}));  // none in the first row: its first token
}

}  // namespace
}  // namespace ootd
