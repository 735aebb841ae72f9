// CLIP's published configurations, in both layouts.
#include <gtest/gtest.h>

#include "ootd/models/foreign_config.h"
#include "tests/testing/golden.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kTinyClip;
using testing::message_of;

// As laion's and Marqo's repositories have it.
Json open_clip_clip_json() {
  return parse_json(R"({"model_cfg": {"embed_dim": 512,
    "vision_cfg": {"image_size": 224, "layers": 12, "width": 768, "patch_size": 16},
    "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 512, "heads": 8, "layers": 12}},
    "preprocess_cfg": {"mean": [0.48145466, 0.4578275, 0.40821073], "std": [0.26862954, 0.26130258, 0.27577711]}})",
                    "open_clip_config.json");
}

ModelConfig read_open_clip_clip_json(const Json& json) {
  ModelConfig config;
  read_open_clip_config({json, "open_clip_config.json"}, config);
  return config;
}
ClipConfig read_clip_json(const Json& json) {
  ModelConfig config;
  read_transformers_config({json, "config.json"}, config);
  return std::get<ClipConfig>(config.network);
}

ClipConfig with_activation(ClipConfig clip, Activation activation) {
  clip.image.activation = clip.text.activation = activation;
  return clip;
}

TEST(OpenClipConfig, GivesClipWithoutTimm) {
  Json json = open_clip_clip_json();
  const ModelConfig config = read_open_clip_clip_json(json);
  EXPECT_EQ(std::get<ClipConfig>(config.network), with_activation({.patch = 16}, Activation::kGelu));
  EXPECT_EQ(config.text, (TextSpec{77, Cleaning::kOpenClip}));
  EXPECT_EQ(config.input, default_config(*find_architecture("clip_b16")).input);
  EXPECT_EQ(parameter_count(config), 149'620'737);
  json["model_cfg"]["quick_gelu"] = true;
  EXPECT_EQ(std::get<ClipConfig>(read_open_clip_clip_json(json).network), (ClipConfig{.patch = 16}));
}

TEST(OpenClipConfig, RefusesWhatIsNotClipByName) {
  const auto expect = [&](const char* pointer, const Json& value, const std::string& why) {
    Json json = open_clip_clip_json();
    json[Json::json_pointer(pointer)] = value;
    const std::string message = message_of([&] { read_open_clip_clip_json(json); });
    EXPECT_NE(message.find(why), std::string::npos) << message;
  };
  expect("/model_cfg/vision_cfg/layers", {3, 4, 6, 3}, "a ResNet");
  expect("/model_cfg/vision_cfg/ls_init_value", 1e-5, "layer scale");
  expect("/model_cfg/vision_cfg/attentional_pool", true, "class token");
  expect("/model_cfg/vision_cfg/pool_type", "avg", "class token");
  expect("/model_cfg/vision_cfg/no_ln_pre", true, "before its blocks");
  expect("/model_cfg/vision_cfg/pos_embed_type", "sin_cos_2d", "learned");
  expect("/model_cfg/vision_cfg/norm_kwargs", {{"eps", 1e-6}}, "1e-5");
  expect("/model_cfg/vision_cfg/qk_norm", true, "plain blocks");
  expect("/model_cfg/text_cfg/hf_model_name", "roberta-base", "own can be read");
  expect("/model_cfg/text_cfg/embed_cls", true, "no class token");
  expect("/model_cfg/text_cfg/no_causal_mask", true, "causal");
  expect("/model_cfg/text_cfg/pool_type", "last", "known for CLIP: argmax eos");
  expect("/model_cfg/text_cfg/proj_bias", true, "no bias");
  expect("/model_cfg/text_cfg/proj_type", "none", "ends in a projection");
  expect("/model_cfg/text_cfg/tokenizer_kwargs", {{"clean", "canonicalize"}}, "lower");
  expect("/model_cfg/text_cfg/layers", 1'000'000'000, "whole number in 1..500");
}

// FashionCLIP's says hardly more than this.
TEST(TransformersConfig, FillsInWhatClipFilesLeaveOut) {
  ClipConfig expected;
  expected.end_mark = 49'407;
  EXPECT_EQ(read_clip_json({{"model_type", "clip"}, {"projection_dim", 512}}), expected);
  Json large = {{"model_type", "clip"}, {"projection_dim", 768}};
  large["vision_config"] = {{"hidden_size", 1024},
                            {"num_hidden_layers", 24},
                            {"num_attention_heads", 16},
                            {"intermediate_size", 4096},
                            {"patch_size", 14}};
  large["text_config"] = {
      {"hidden_size", 768}, {"num_attention_heads", 12}, {"intermediate_size", 3072}, {"eos_token_id", 2}};
  EXPECT_EQ(Network{read_clip_json(large)}, find_architecture("clip_l14")->network);
}

// Files of before 2023 state a tower twice, and one of them may be null.
TEST(TransformersConfig, TakesTheOlderDictsOfClipFirst) {
  Json json = {{"model_type", "clip"}, {"text_config_dict", nullptr}};
  json["vision_config"] = {{"hidden_size", 768}, {"patch_size", 32}};
  json["vision_config_dict"] = {{"patch_size", 16}, {"hidden_act", "gelu"}};
  const ClipConfig clip = read_clip_json(json);
  EXPECT_EQ(clip.patch, 16);
  EXPECT_EQ(clip.image.activation, Activation::kGelu);
  EXPECT_EQ(clip.text.activation, Activation::kQuickGelu);
}

TEST(TransformersConfig, ReadsAnImageTowerOfClipAlone) {
  Json json = {{"model_type", "clip_vision_model"}, {"projection_dim", 640}, {"patch_size", 16}};
  EXPECT_NE(message_of([&] { read_clip_json(json); }).find("only CLIPVisionModelWithProjection"), std::string::npos);
  json["architectures"] = {"CLIPVisionModelWithProjection"};
  const ClipConfig clip = read_clip_json(json);
  EXPECT_FALSE(clip.has_text);
  EXPECT_EQ(clip.dim, 640);
  EXPECT_EQ(clip.patch, 16);
}

// The golden models as folders.
class ClipFolder : public ::testing::TestWithParam<const char*> {
 protected:
  ClipFolder() : folder_(dir_.path() / "tiny clip") { std::filesystem::copy(kTinyClip / GetParam(), folder_); }
  const testing::TempDir dir_;
  const std::filesystem::path folder_;
};
INSTANTIATE_TEST_SUITE_P(Layouts, ClipFolder, ::testing::Values("open_clip", "transformers"));

TEST_P(ClipFolder, OpensAndItsWeightsFit) {
  const Model model = open_model(folder_);
  EXPECT_EQ(model.config.dim(), 24);
  EXPECT_EQ(model.config.input.fit, Fit::kCenterCrop);
  const bool open_clip = std::string(GetParam()) == "open_clip";
  EXPECT_EQ(model.config.text, (TextSpec{16, open_clip ? Cleaning::kOpenClip : Cleaning::kClip}));
  EXPECT_EQ(model.config.input.centre, open_clip ? Centre::kHalfEven : Centre::kFloor);
  open_weights(model);
  const ModelConfig again = parse_model_config(to_json(model.config), "round trip");
  EXPECT_EQ(again.network, model.config.network);
  EXPECT_EQ(again.input, model.config.input);
  EXPECT_EQ(again.text, model.config.text);
}

TEST_P(ClipFolder, IsSavedWithItsNamesAndOpensAgain) {
  const Model model = open_model(folder_);
  ModelConfig config = model.config;
  config.weights = {"model.safetensors"};
  const Weights weights = open_weights(model);
  std::vector<NamedFloats> list;
  for (const auto& spec : all_weights(config))
    list.push_back({spec.name, spec.shape, weights.floats(spec.name, spec.shape)});
  const Model saved = save_model(dir_.path() / "saved", config, list, model.tokenizer_files());
  EXPECT_EQ(saved.config.network, model.config.network);
  EXPECT_EQ(open_weights(saved).floats("visual.proj", {48, 24}), weights.floats("visual.proj", {48, 24}));
  EXPECT_EQ(saved.tokenizer_files().size(), model.tokenizer_files().size());
}

}  // namespace
}  // namespace ootd
