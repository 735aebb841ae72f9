#include "ootd/models/layouts.h"

#include <gtest/gtest.h>

#include "ootd/base/error.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

const std::vector<std::byte> kBytes(1 << 16);

WeightView view(const Shape& shape) {
  return {DType::kFloat32, shape, {}, std::span(kBytes).first(element_count(shape) * 4)};
}

NamedWeights canonical(const std::map<std::string, Shape>& names) {
  WeightViews views;
  for (const auto& [name, shape] : names) views.emplace(name, view(shape));
  return to_canonical(std::move(views), "file").weights;
}

std::vector<std::string> names_of(const NamedWeights& weights) {
  std::vector<std::string> names;
  for (const auto& [name, weight] : weights) names.push_back(name);
  return names;
}

using Names = std::vector<std::string>;

TEST(Layouts, LeaveOutWrappersInAnyOrder) {
  EXPECT_EQ(names_of(canonical({{"model.a.weight", {2}}, {"model.b", {2}}})), (Names{"a.weight", "b"}));
  EXPECT_EQ(names_of(canonical({{"module._orig_mod.model.a", {}}, {"module._orig_mod.model.b", {}}})),
            (Names{"a", "b"}));
  EXPECT_EQ(names_of(canonical({{"state_dict.module.conv1.weight", {1}}})), (Names{"conv1.weight"}));
}

TEST(Layouts, LeaveOutAWrapperThatMostButNotAllNamesHave) {
  EXPECT_EQ(names_of(canonical({{"model.a", {}}, {"model.b", {}}, {"head.weight", {}}})),
            (Names{"a", "b", "head.weight"}));
  EXPECT_EQ(names_of(canonical({{"model.a", {}}, {"b", {}}, {"c", {}}})), (Names{"b", "c", "model.a"}));
}

TEST(Layouts, RefuseTwoNamesThatBecomeOne) {
  EXPECT_THROW(canonical({{"model.a", {}}, {"model.b", {}}, {"a", {}}}), Error);
  EXPECT_THROW(canonical({{"vision_model.embeddings.patch_embedding.weight", {2}},
                          {"visual.trunk.norm.bias", {2}},
                          {"vision_model.post_layernorm.bias", {2}}}),
               Error);
}

// A name of a hundred thousand wrappers must not be copied a hundred thousand times.
TEST(Layouts, StopLeavingOutAfterEightWrappers) {
  std::string name;
  for (int i = 0; i < 10; ++i) name += "model.";
  EXPECT_EQ(names_of(canonical({{name + "a", {}}})), (Names{"model.model.a"}));
}

TEST(Layouts, JoinAndCutWhatTransformersKeepsOtherwise) {
  const std::string layer = "vision_model.encoder.layers.11.self_attn.", head = "vision_model.head.attention.in_proj_";
  const NamedWeights weights = canonical({{"vision_model.embeddings.patch_embedding.weight", {4, 3, 2, 2}},
                                          {"vision_model.embeddings.position_embedding.weight", {9, 4}},
                                          {"vision_model.embeddings.position_ids", {1, 9}},
                                          {layer + "v_proj.weight", {4, 4}},
                                          {layer + "k_proj.weight", {4, 4}},
                                          {layer + "q_proj.weight", {4, 4}},
                                          {head + "weight", {12, 4}},
                                          {head + "bias", {12}},
                                          {"logit_scale", {1}},
                                          {"something.else", {1}}});
  EXPECT_EQ(names_of(weights), (Names{"logit_scale", "something.else", "visual.trunk.attn_pool.kv.bias",
                                      "visual.trunk.attn_pool.kv.weight", "visual.trunk.attn_pool.q.bias",
                                      "visual.trunk.attn_pool.q.weight", "visual.trunk.blocks.11.attn.qkv.weight",
                                      "visual.trunk.patch_embed.proj.weight", "visual.trunk.pos_embed"}));
  const Weight& joined = weights.at("visual.trunk.blocks.11.attn.qkv.weight");
  EXPECT_EQ(joined.shape, (Shape{12, 4}));
  EXPECT_EQ(joined.parts.size(), 3u);
  EXPECT_EQ(joined.file_name, layer + "q_proj.weight + " + layer + "k_proj.weight + " + layer + "v_proj.weight");
  EXPECT_EQ(weights.at("visual.trunk.pos_embed").shape, (Shape{1, 9, 4}));
  EXPECT_EQ(weights.at("logit_scale").shape, Shape{});
  const Weight &q = weights.at("visual.trunk.attn_pool.q.weight"), &kv = weights.at("visual.trunk.attn_pool.kv.weight");
  EXPECT_EQ(q.shape, (Shape{4, 4}));
  EXPECT_EQ(kv.shape, (Shape{8, 4}));
  EXPECT_EQ(kv.parts[0].bytes.data(), q.parts[0].bytes.data() + 4 * 4 * sizeof(float));
}

TEST(Layouts, KnowClipOfTransformers) {
  const std::string layer = "text_model.encoder.layers.0.";
  WeightViews views;
  for (const auto& [name, shape] :
       std::map<std::string, Shape>{{"vision_model.embeddings.class_embedding", {4}},
                                    {"vision_model.embeddings.position_ids", {1, 5}},
                                    {"vision_model.embeddings.patch_embedding.weight", {4, 3, 2, 2}},
                                    {"vision_model.embeddings.position_embedding.weight", {5, 4}},
                                    {"vision_model.pre_layrnorm.bias", {4}},
                                    {"vision_model.post_layernorm.bias", {4}},
                                    {"text_model.final_layer_norm.bias", {3}},
                                    {layer + "self_attn.q_proj.bias", {3}},
                                    {layer + "self_attn.k_proj.bias", {3}},
                                    {layer + "self_attn.v_proj.bias", {3}},
                                    {layer + "mlp.fc2.bias", {3}},
                                    {"visual_projection.weight", {2, 4}},
                                    {"logit_scale", {}}})
    views.emplace(name, view(shape));
  const NamedWeights weights = to_canonical(std::move(views), "file").weights;
  EXPECT_EQ(names_of(weights),
            (Names{"ln_final.bias", "logit_scale", "transformer.resblocks.0.attn.in_proj_bias",
                   "transformer.resblocks.0.mlp.c_proj.bias", "visual.class_embedding", "visual.conv1.weight",
                   "visual.ln_post.bias", "visual.ln_pre.bias", "visual.positional_embedding", "visual.proj"}));
  EXPECT_EQ(weights.at("visual.proj").shape, (Shape{4, 2}));
  EXPECT_EQ(weights.at("visual.proj").parts[0].strides, (Shape{1, 4}));
  EXPECT_EQ(weights.at("visual.positional_embedding").shape, (Shape{5, 4}));
}

// open_clip's CustomTextCLIP, and what OpenAI's own files list beside the weights.
TEST(Layouts, KnowClipWithItsTextTowerApart) {
  EXPECT_EQ(names_of(canonical({{"visual.class_embedding", {4}},
                                {"text.token_embedding.weight", {9, 4}},
                                {"text.text_projection", {4, 2}},
                                {"input_resolution", {}},
                                {"vocab_size", {}}})),
            (Names{"text_projection", "token_embedding.weight", "visual.class_embedding"}));
}

// A pickle may hold a transposed tensor, whose rows are not in one piece.
TEST(Layouts, CutTransposedWeightsToo) {
  WeightViews views;
  views.emplace("vision_model.embeddings.patch_embedding.weight", view({4, 3, 2, 2}));
  WeightView in_proj = view({12, 4});
  in_proj.strides = {1, 12};
  views.emplace("vision_model.head.attention.in_proj_weight", in_proj);
  const auto weights = to_canonical(std::move(views), "file").weights;
  const WeightView& kv = weights.at("visual.trunk.attn_pool.kv.weight").parts[0];
  EXPECT_EQ(kv.bytes.data(), in_proj.bytes.data() + 4 * sizeof(float));
  EXPECT_EQ(kv.strides, (Shape{1, 12}));
}

TEST(Layouts, KnowTimmsImageTowerAlone) {
  EXPECT_EQ(names_of(canonical({{"attn_pool.latent", {1, 1, 4}}, {"patch_embed.proj.weight", {4, 3, 2, 2}}})),
            (Names{"visual.trunk.attn_pool.latent", "visual.trunk.patch_embed.proj.weight"}));
}

TEST(Layouts, ErrorsNameWhatTheFileCallsAWeight) {
  const testing::TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  const std::string layer = "text_model.encoder.layers.0.self_attn.";
  write_safetensors(file, std::vector<NamedFloats>{{"text_model.embeddings.token_embedding.weight", {1, 2}, {1, 2}},
                                                   {layer + "q_proj.bias", {2}, {1, 2}},
                                                   {layer + "v_proj.bias", {2}, {5, 6}}});
  const std::vector<WeightSpec> wanted = {{"text.token_embedding.weight", {1, 2}},
                                          {"text.transformer.resblocks.0.attn.in_proj_bias", {6}},
                                          {"text.ln_final.bias", {2}}};
  const Weights weights(file);
  EXPECT_EQ(weights.floats(wanted[1].name, {4}), (std::vector<float>{1, 2, 5, 6}));
  try {
    weights.check(wanted);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("(in the file: " + layer + "q_proj.bias + " + layer + "v_proj.bias) is [4], the network"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("missing: text.ln_final.bias [2]"), std::string::npos) << text;
    EXPECT_NE(text.find("transformers' names"), std::string::npos) << text;
  }
}

TEST(Layouts, RefusePartsOfDifferentShapes) {
  const std::string layer = "text_model.encoder.layers.0.self_attn.";
  EXPECT_THROW(canonical({{"text_model.embeddings.token_embedding.weight", {1, 2}},
                          {layer + "q_proj.bias", {4}},
                          {layer + "v_proj.bias", {2}}}),
               Error);
}

}  // namespace
}  // namespace ootd
