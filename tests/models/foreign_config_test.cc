// Published model folders, opened as they are.
#include "ootd/models/foreign_config.h"

#include <gtest/gtest.h>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/models/containers.h"
#include "tests/testing/golden.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

void write_deep(const std::filesystem::path& path, const std::string& text) {
  std::filesystem::create_directories(path.parent_path());
  write_file_atomically(path, std::as_bytes(std::span(text)), /*durable=*/false);
}

using testing::kTinySiglip;
using testing::message_of;

// As FashionSigLIP's open_clip_config.json, and open_clip's own model_configs/*.json, have it.
Json open_clip_json() {
  return parse_json(R"({"model_cfg": {"embed_dim": 768, "init_logit_bias": -10, "custom_text": true,
    "vision_cfg": {"image_size": 224, "timm_model_name": "vit_base_patch16_siglip_224",
                   "timm_model_pretrained": false, "timm_pool": "map", "timm_proj": "none"},
    "text_cfg": {"context_length": 64, "vocab_size": 32000, "hf_tokenizer_name": "timm/ViT-B-16-SigLIP",
                 "tokenizer_kwargs": {"clean": "canonicalize"}, "width": 768, "heads": 12, "layers": 12,
                 "no_causal_mask": true, "proj_bias": true, "pool_type": "last", "norm_kwargs": {"eps": 1e-6}}},
    "preprocess_cfg": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5], "interpolation": "bicubic",
                       "resize_mode": "squash"}})",
                    "open_clip_config.json");
}

// As google/siglip-base-patch16-224 has them: what equals a default is left out.
Json transformers_json() {
  return parse_json(R"({"architectures": ["SiglipModel"], "initializer_factor": 1.0, "model_type": "siglip",
    "text_config": {"model_type": "siglip_text_model"}, "torch_dtype": "float32", "transformers_version": "4.37.0",
    "vision_config": {"model_type": "siglip_vision_model"}})",
                    "config.json");
}
Json preprocessor_json(int side) {
  Json json = parse_json(R"({"do_normalize": true, "do_rescale": true, "do_resize": true, "do_convert_rgb": null,
    "image_mean": [0.5, 0.5, 0.5], "image_processor_type": "SiglipImageProcessor", "image_std": [0.5, 0.5, 0.5],
    "processor_class": "SiglipProcessor", "resample": 3, "rescale_factor": 0.00392156862745098})",
                         "preprocessor_config.json");
  json["size"] = {{"height", side}, {"width", side}};
  return json;
}

ModelConfig read_open_clip(const Json& json) {
  ModelConfig config;
  read_open_clip_config({json, "open_clip_config.json"}, config);
  return config;
}
ModelConfig read_transformers(const Json& json) {
  ModelConfig config;
  read_transformers_config({json, "config.json"}, config);
  return config;
}

TEST(OpenClipConfig, GivesFashionSiglip) {
  const ModelConfig config = read_open_clip(open_clip_json());
  EXPECT_EQ(std::get<SiglipConfig>(config.network), SiglipConfig{});
  EXPECT_EQ(config.input, InputSpec{});
  EXPECT_EQ(config.text, (TextSpec{64, Cleaning::kCanonicalize}));
  EXPECT_EQ(parameter_count(config), 203'155'970);
}

// timm's vision_transformer.py, every SigLIP with attention pooling.
TEST(OpenClipConfig, KnowsTimmsTowersAndTheirGelu) {
  const auto expect = [](const std::string& size, int patch, int side, TransformerTower tower, bool tanh) {
    Json json = open_clip_json();
    Json& vision = json["model_cfg"]["vision_cfg"];
    vision["timm_model_name"] = "vit_" + size + "_patch" + std::to_string(patch) + "_siglip_" + std::to_string(side);
    vision["image_size"] = side;
    json["model_cfg"]["embed_dim"] = tower.width;
    tower.activation = tanh ? Activation::kGeluTanh : Activation::kGelu;
    const ModelConfig config = read_open_clip(json);
    const auto& siglip = std::get<SiglipConfig>(config.network);
    EXPECT_EQ(siglip.image, tower) << vision;
    EXPECT_EQ(siglip.patch, patch) << vision;
    EXPECT_EQ(config.input.width, side) << vision;
  };
  const TransformerTower base = {768, 12, 12, 3072}, large = {1024, 24, 16, 4096}, so400m = {1152, 27, 16, 4304},
                         giantopt = {1536, 40, 16, 6144};
  expect("base", 32, 256, base, true);
  for (const int side : {224, 256, 384, 512}) expect("base", 16, side, base, false);
  for (const int side : {256, 384}) expect("large", 16, side, large, false);
  expect("large", 16, 512, large, true);
  for (const int side : {224, 378, 384}) expect("so400m", 14, side, so400m, false);
  for (const int side : {256, 384, 512}) expect("so400m", 16, side, so400m, true);
  for (const int side : {256, 384}) expect("giantopt", 16, side, giantopt, true);
}

// ViT-gopt-16-SigLIP2-256.json: the text tower is narrower than the vectors, its hidden size is a rounded product.
TEST(OpenClipConfig, ReadsTheTextTowerOfSiglip2) {
  Json json = open_clip_json();
  json["model_cfg"]["embed_dim"] = 1536;
  json["model_cfg"]["vision_cfg"]["timm_model_name"] = "vit_giantopt_patch16_siglip_256";
  json["model_cfg"]["vision_cfg"]["image_size"] = 256;
  json["model_cfg"]["text_cfg"].update(
      {{"width", 1152}, {"heads", 16}, {"layers", 27}, {"mlp_ratio", 3.7362}, {"vocab_size", 256000}});
  json["model_cfg"]["text_cfg"]["act_kwargs"] = {{"approximate", "tanh"}};
  const auto siglip = std::get<SiglipConfig>(read_open_clip(json).network);
  EXPECT_EQ(siglip.text, (TransformerTower{1152, 27, 16, 4304, Activation::kGeluTanh}));
  EXPECT_EQ(siglip.vocabulary, 256'000);
}

TEST(OpenClipConfig, RefusesWhatIsNotSiglipByName) {
  const auto message = [](const char* pointer, const Json& value) {
    Json json = open_clip_json();
    json[Json::json_pointer(pointer)] = value;
    return message_of([&] { read_open_clip(json); });
  };
  const auto expect = [&](const char* pointer, const Json& value, const std::string& why) {
    EXPECT_NE(message(pointer, value).find(why), std::string::npos) << message(pointer, value);
  };
  expect("/model_cfg/vision_cfg/timm_model_name", "vit_base_patch16_siglip_gap_224", "without attention pooling");
  expect("/model_cfg/vision_cfg/timm_model_name", "convnext_base", "known: vit_{base");
  expect("/model_cfg/vision_cfg/timm_model_name", "vit_base_patch16_siglip_99999", "known: vit_{base");
  expect("/model_cfg/vision_cfg/timm_model_name", "vit_base_patch8_siglip_224", "known: vit_{base");
  expect("/model_cfg/vision_cfg/timm_pool", "avg", "pools by attention");
  expect("/model_cfg/vision_cfg/timm_proj", "linear", "no projection");
  expect("/model_cfg/vision_cfg/image_size", 256, "the tower's name says 224");
  expect("/model_cfg/embed_dim", 512, "width is 768");
  expect("/model_cfg/text_cfg/no_causal_mask", false, "no mask");
  expect("/model_cfg/text_cfg/pool_type", "argmax", "last token");
  expect("/model_cfg/text_cfg/proj_bias", nullptr, "with bias");
  expect("/model_cfg/text_cfg/proj_type", "none", "linear layer");
  expect("/model_cfg/text_cfg/norm_kwargs/eps", 1e-5, "1e-6");
  expect("/model_cfg/text_cfg/mlp_ratio", 1e9, "out of range");
  expect("/model_cfg/text_cfg/layers", 1'000'000'000, "whole number in 1..500");
  expect("/model_cfg/text_cfg/tokenizer_kwargs/clean", "lower", "known: canonicalize");
  expect("/model_cfg/text_cfg/act_kwargs", {{"approximate", "sigmoid"}}, "known: none tanh");
  expect("/preprocess_cfg/resize_mode", "longest", "known: squash shortest");
  expect("/preprocess_cfg/interpolation", "random", "known: bicubic bilinear");
  expect("/preprocess_cfg/std", {0.5, 0, 0.5}, "must be positive");
  expect("/preprocess_cfg", nullptr, "no JSON object");
  expect("/model_cfg/vision_cfg/timm_model_name", nullptr, "CLIP's layer norms have 1e-5");
}

TEST(TransformersConfig, FillsInWhatPublishedFilesLeaveOut) {
  const ModelConfig config = read_transformers(transformers_json());
  SiglipConfig tanh;
  tanh.image.activation = tanh.text.activation = Activation::kGeluTanh;
  EXPECT_EQ(std::get<SiglipConfig>(config.network), tanh);
  EXPECT_EQ(config.input.width, 224);
}

TEST(TransformersConfig, RefusesWhatIsNotSiglipByName) {
  const auto expect = [&](const char* pointer, const Json& value, const std::string& why) {
    Json json = transformers_json();
    json[Json::json_pointer(pointer)] = value;
    const std::string message = message_of([&] { read_transformers(json); });
    EXPECT_NE(message.find(why), std::string::npos) << message;
  };
  expect("/model_type", "siglip2", "NaFlex");
  expect("/model_type", "bert", "known: siglip siglip_vision_model clip clip_vision_model");
  expect("/model_type", nullptr, "\"format\"");
  expect("/vision_config/hidden_act", "quick_gelu", "known: gelu");
  expect("/vision_config/layer_norm_eps", 1e-5, "1e-6");
  expect("/vision_config/vision_use_head", false, "pooling head");
  expect("/vision_config/num_channels", 4, "in 3..3");
  expect("/text_config/projection_size", 512, "have 768");
  expect("/text_config/num_hidden_layers", 4294967297, "whole number in 1..500");
  expect("/text_config/hidden_size", 768.5, "whole number");
  Json wrapper = {{"model_type", "siglip"}, {"open_clip_model_name", "ViT-B-16-SigLIP"}};
  EXPECT_NE(message_of([&] { read_transformers(wrapper); }).find("fetch its open_clip_config.json"), std::string::npos);
}

InputSpec read_preprocessor(const Json& json) { return read_preprocessor_config({json, "p"}); }

InputSpec clip_input(int resize_side, int window) {
  InputSpec input;
  input.width = input.height = window;
  input.fit = Fit::kCenterCrop;
  input.resize_side = resize_side;
  input.centre = Centre::kFloor;
  input.mean = kClipMean;
  input.std = kClipStd;
  return input;
}

TEST(PreprocessorConfig, SaysHowAPictureIsPrepared) {
  Json json = preprocessor_json(384);
  InputSpec expected;
  expected.width = expected.height = 384;
  EXPECT_EQ(read_preprocessor(json), expected);
  json.update({{"resample", 2}, {"do_center_crop", true}, {"size", {{"shortest_edge", 256}}}, {"do_normalize", false}});
  json["crop_size"] = {{"height", 224}, {"width", 224}};
  expected = clip_input(256, 224);
  expected.filter = Interpolation::kBilinear;
  expected.mean = {0, 0, 0};
  expected.std = {1, 1, 1};
  EXPECT_EQ(read_preprocessor(json), expected);
  json.erase("image_mean");
  json.erase("image_std");
  EXPECT_EQ(read_preprocessor(json), expected);
}

// What a number alone means is the class's matter (transformers' default_to_square).
TEST(PreprocessorConfig, ReadsEveryFormOfASize) {
  Json squared = preprocessor_json(32);
  InputSpec square;
  square.width = square.height = 32;
  for (const Json& size : {Json(32), Json({32, 32}), Json({{"height", 32}, {"width", 32}})}) {
    squared["size"] = size;
    EXPECT_EQ(read_preprocessor(squared), square) << size;
  }
  squared["size"] = {16, 48};
  EXPECT_EQ(read_preprocessor(squared).height, 16);
  // OpenAI's and FashionCLIP's own file
  const Json original = {
      {"crop_size", 224},        {"do_center_crop", true}, {"do_normalize", true},
      {"do_resize", true},       {"resample", 3},          {"feature_extractor_type", "CLIPFeatureExtractor"},
      {"image_mean", kClipMean}, {"image_std", kClipStd},  {"size", 224}};
  EXPECT_EQ(read_preprocessor(original), clip_input(224, 224));
  Json nameless = original;  // of no class: a bare number makes sense for a window in one way only
  nameless.erase("feature_extractor_type");
  EXPECT_EQ(read_preprocessor(nameless), clip_input(224, 224));
  nameless["do_center_crop"] = false;
  EXPECT_EQ(read_preprocessor(nameless).fit, Fit::kSquash);
  Json same = original;  // a window of all that was squashed
  same["size"] = {{"height", 224}, {"width", 224}};
  EXPECT_EQ(read_preprocessor(same).fit, Fit::kSquash);
}

TEST(PreprocessorConfig, FillsInWhatAClassLeavesOut) {
  EXPECT_EQ(read_preprocessor({{"image_processor_type", "CLIPImageProcessor"}}), clip_input(224, 224));
  EXPECT_EQ(
      read_preprocessor(
          {{"image_processor_type", "CLIPImageProcessorFast"}, {"size", {{"shortest_edge", 336}}}, {"crop_size", 336}}),
      clip_input(336, 336));
  EXPECT_EQ(read_preprocessor({{"image_processor_type", "SiglipImageProcessor"}}), InputSpec{});
  InputSpec vit;
  vit.filter = Interpolation::kBilinear;
  EXPECT_EQ(read_preprocessor({{"image_processor_type", "ViTImageProcessor"}, {"image_mean", 0.5}}), vit);
  EXPECT_NE(message_of([] { read_preprocessor({{"image_processor_type", "MyProcessor"}}); }).find("is not known"),
            std::string::npos);
}

// (factor v - mean) / std = (v / 255 - mean') / std'
TEST(PreprocessorConfig, FoldsAnyRescalingIntoMeanAndDeviation) {
  const auto value = [](const InputSpec& input, double v) {
    return (v / 255 - static_cast<double>(input.mean[0])) / static_cast<double>(input.std[0]);
  };
  Json json = preprocessor_json(32);
  json["do_rescale"] = false;
  EXPECT_NEAR(value(read_preprocessor(json), 100), (100 - 0.5) / 0.5, 1e-4);
  json["do_normalize"] = false;
  EXPECT_NEAR(value(read_preprocessor(json), 100), 100, 1e-4);
  json.update({{"do_rescale", true}, {"rescale_factor", 1.0 / 127.5}});
  EXPECT_NEAR(value(read_preprocessor(json), 100), 100 / 127.5, 1e-6);
}

TEST(PreprocessorConfig, RefusesByNameWhatItCannotHonour) {
  const auto expect = [&](const char* field, const Json& value, const std::string& why) {
    Json json = preprocessor_json(224);
    json[field] = value;
    const std::string message = message_of([&] { read_preprocessor(json); });
    EXPECT_NE(message.find("field \"" + std::string(field) + "\""), std::string::npos) << message;
    EXPECT_NE(message.find(why), std::string::npos) << message;
  };
  expect("do_pad", true, "not known");
  expect("do_resize", false, "always resized");
  expect("do_convert_rgb", false, "made RGB");
  expect("rescale_factor", 0, "must be positive");
  expect("rescale_offset", true, "not known");
  expect("resample", 1, "known: 2");
  expect("max_num_patches", 256, "NaFlex");
  expect("crop_pct", 0.9, "known: size and crop_size");
  expect("image_std", {0.5, 0.5}, "wrong type");
  expect("do_normalize", "yes", "wrong type");
  expect("size", {{"shortest_edge", 224}}, "pictures of any shape");
  expect("size", 0, "whole number");
  Json crop = preprocessor_json(224);
  crop.update({{"do_center_crop", true}, {"crop_size", 200}});
  EXPECT_NE(message_of([&] { read_preprocessor(crop); }).find("squashed to another size"), std::string::npos);
  crop["size"] = {{"shortest_edge", 100}};
  EXPECT_NE(message_of([&] { read_preprocessor(crop); }).find("more than the shorter side of 100"), std::string::npos);
  crop["size"] = {{"longest_edge", 300}, {"shortest_edge", 224}};
  EXPECT_NE(message_of([&] { read_preprocessor(crop); }).find("longest_edge"), std::string::npos);
}

TEST(Cleaning, FollowsTheTokenizersClass) {
  const auto of = [](const char* name, int vocabulary) {
    return read_cleaning(Fields({{"tokenizer_class", name}}, "tokenizer_config.json"), vocabulary);
  };
  EXPECT_EQ(of("SiglipTokenizer", 32000), Cleaning::kSiglip);
  EXPECT_EQ(of("GemmaTokenizerFast", 32000), Cleaning::kLowercase);
  EXPECT_EQ(of("T5TokenizerFast", 32000), Cleaning::kCanonicalize);
  EXPECT_EQ(read_cleaning({}, 32000), Cleaning::kSiglip);
  EXPECT_EQ(read_cleaning({}, 256000), Cleaning::kLowercase);
  EXPECT_EQ(of("CLIPTokenizerFast", 49408), Cleaning::kClip);
  EXPECT_THROW(of("RobertaTokenizer", 32000), Error);
}

// The golden model as a folder of transformers.
class FolderTest : public ::testing::Test {
 protected:
  FolderTest() : folder_(dir_.path() / "tiny siglip") {
    Json config = transformers_json();
    Json sizes = {
        {"hidden_size", 64}, {"num_hidden_layers", 2}, {"num_attention_heads", 2}, {"intermediate_size", 256}};
    config["text_config"].update(sizes);
    config["text_config"].update({{"vocab_size", 1000}, {"max_position_embeddings", 16}});
    config["vision_config"].update(sizes);
    config["vision_config"].update({{"image_size", 32}, {"patch_size", 8}});
    put("config.json", config);
    put("preprocessor_config.json", preprocessor_json(32));
    copy("transformers_model.safetensors", "model.safetensors");
  }
  void put(const char* name, const Json& json) { write_deep(folder_ / name, dump_json(json)); }
  void copy(const char* from, const char* to) { std::filesystem::copy_file(kTinySiglip / from, folder_ / to); }
  void put_graphs(const std::string& sub) {
    std::filesystem::create_directories(folder_ / sub);
    for (const char* name : {"vision_model.onnx", "text_model.onnx"})
      std::filesystem::copy_file(kTinySiglip / "onnx" / name, folder_ / (sub + name));
  }
  void put_graph(const char* golden, const std::string& as) {
    std::filesystem::create_directories((folder_ / as).parent_path());
    std::filesystem::copy_file(testing::kTinyClip / "onnx" / golden, folder_ / as);
  }

  const testing::TempDir dir_;
  const std::filesystem::path folder_;
};

TEST_F(FolderTest, OfTransformersOpensAndItsWeightsFit) {
  ASSERT_TRUE(is_model_folder(folder_));
  const Model model = open_model(folder_);
  EXPECT_EQ(model.config.name, "tiny siglip");
  EXPECT_TRUE(model.id.starts_with("tiny siglip-"));
  EXPECT_EQ(model.config.text, (TextSpec{16, Cleaning::kSiglip}));
  EXPECT_EQ(model.config.dim(), 64);
  EXPECT_EQ(model.config.input.width, 32);
  Weights(model.weights_files()).check(all_weights(model.config));
  const ModelConfig again = parse_model_config(to_json(model.config), "round trip");
  EXPECT_EQ(again.network, model.config.network);
  EXPECT_EQ(open_model(folder_ / "").id, model.id);  // a slash at the end
}

TEST_F(FolderTest, OfShardsIsHashedWithEveryShard) {
  std::filesystem::rename(folder_ / "model.safetensors", folder_ / "a.safetensors");
  write_safetensors(folder_ / "b.safetensors", std::vector<NamedFloats>{{"extra", {1}, {1}}});
  Json map = {{"extra", "b.safetensors"}};
  const MappedFile file(folder_ / "a.safetensors");
  for (const auto& [name, view] : read_container(file.bytes(), "a")) map[name] = "a.safetensors";
  put("model.safetensors.index.json", {{"weight_map", map}});
  const Model model = open_model(folder_);
  EXPECT_EQ(model.config.weights, (std::vector<std::string>{"model.safetensors.index.json"}));
  EXPECT_EQ(model.stored_files().size(), 3u);
  EXPECT_EQ(Weights(model.weights_files()).floats("extra", {1})[0], 1);
  write_safetensors(folder_ / "b.safetensors", std::vector<NamedFloats>{{"extra", {1}, {2}}});
  EXPECT_NE(open_model(folder_).id, model.id);
}

TEST_F(FolderTest, PrefersOpenClipsConfigAndNamedWeights) {
  put("open_clip_config.json", open_clip_json());
  put_graphs("onnx/");
  copy("open_clip_model.safetensors", "open_clip_model.safetensors");
  const Model model = open_model(folder_);
  EXPECT_EQ(std::get<SiglipConfig>(model.config.network), SiglipConfig{});
  EXPECT_EQ(model.config.architecture->name, "siglip_b16");
  EXPECT_EQ(model.config.weights, (std::vector<std::string>{"open_clip_model.safetensors"}));
}

TEST_F(FolderTest, OfGraphsAlone) {
  std::filesystem::remove(folder_ / "model.safetensors");
  put_graphs("onnx/");
  Model model = open_model(folder_);
  EXPECT_EQ(model.config.architecture->name, "onnx");
  EXPECT_EQ(model.config.network, (Network{OnnxTowers{64, true}}));
  EXPECT_EQ(model.config.text, (TextSpec{16, Cleaning::kSiglip}));
  EXPECT_EQ(model.onnx_files().size(), 2u);
  EXPECT_TRUE(model.weights_files().empty());

  // FashionSigLIP's config.json says nothing about sizes: the graph does.
  put("config.json", {{"model_type", "siglip"}, {"open_clip_model_name", "ViT-B-16-SigLIP"}});
  write_deep(folder_ / "tokenizer_config.json", R"({"tokenizer_class": "T5Tokenizer"})");
  model = open_model(folder_);
  EXPECT_EQ(model.config.network, (Network{OnnxTowers{64, true}}));
  EXPECT_EQ(model.config.text->cleaning, Cleaning::kCanonicalize);
  std::filesystem::remove_all(folder_ / "onnx");
  std::filesystem::remove(folder_ / "config.json");
  std::filesystem::copy_file(kTinySiglip / "onnx/vision_model.onnx", folder_ / "vision_model.onnx");
  EXPECT_TRUE(is_model_folder(folder_));
  EXPECT_EQ(open_model(folder_).config.network, (Network{OnnxTowers{64, false}}));
  put("preprocessor_config.json", preprocessor_json(64));
  EXPECT_NE(message_of([&] {
              open_model(folder_);
            }).find("takes pictures of 32 x 32 pixels, but the folder prepares them as 64"),
            std::string::npos);
  std::filesystem::remove(folder_ / "preprocessor_config.json");
  EXPECT_NE(message_of([&] { open_model(folder_); }).find("no preprocessor_config.json"), std::string::npos);
}

TEST_F(FolderTest, OfAGraphOfAnyNameAndOfAnyModel) {
  std::filesystem::remove(folder_ / "model.safetensors");
  put("config.json", {{"model_type", "something_new"}, {"hidden_size", 3}});
  put_graph("any_name.onnx", "my encoder.onnx");
  Model model = open_model(folder_);
  EXPECT_EQ(model.config.weights, (std::vector<std::string>{"my encoder.onnx"}));
  EXPECT_EQ(model.config.network, (Network{OnnxTowers{12, false}}));
  std::filesystem::remove(folder_ / "config.json");
  EXPECT_EQ(open_model(folder_).config.dim(), 12);
  // its copies in fewer bits are none of it
  put_graph("any_name.onnx", "my encoder_fp16.onnx");
  put_graph("any_name.onnx", "my encoder_quantized.onnx");
  EXPECT_EQ(open_model(folder_).id, model.id);
  put_graph("any_name.onnx", "other.onnx");
  EXPECT_NE(message_of([&] { open_model(folder_); }).find("several graphs for pictures: my encoder.onnx, other.onnx"),
            std::string::npos);
  put_graph("any_name.onnx", "onnx/model.onnx");
  EXPECT_EQ(open_model(folder_).config.weights, (std::vector<std::string>{"onnx/model.onnx"}));
  // weights of a network that we do not know, beside a graph of it
  copy("transformers_model.safetensors", "model.safetensors");
  put("config.json", {{"model_type", "something_new"}});
  EXPECT_EQ(open_model(folder_).config.architecture->name, "onnx");
}

TEST_F(FolderTest, OfOneGraphWithBothTowers) {
  std::filesystem::remove(folder_ / "model.safetensors");
  put_graph("both_towers.onnx", "onnx/model.onnx");
  put("config.json", {{"model_type", "clip"}, {"text_config", {{"max_position_embeddings", 16}}}});
  const Model model = open_model(folder_);
  EXPECT_EQ(model.config.network, (Network{OnnxTowers{12, true}}));
  EXPECT_EQ(model.config.text, (TextSpec{16, Cleaning::kClip}));
  EXPECT_EQ(model.config.weights, (std::vector<std::string>{"onnx/model.onnx"}));
}

// What we cannot cut words for still sees pictures.
TEST_F(FolderTest, OfAGraphWithWordsOfAnotherTokenizerSeesPicturesOnly) {
  std::filesystem::remove(folder_ / "model.safetensors");
  put_graphs("onnx/");
  put("config.json", {{"model_type", "something_new"}});
  put("tokenizer_config.json", {{"tokenizer_class", "BertTokenizer"}});
  const Model model = open_model(folder_);
  EXPECT_EQ(model.config.network, (Network{OnnxTowers{64, false}}));
  EXPECT_FALSE(model.config.text.has_value());
}

// transformers writes processor_config.json since version 5; older ones of that name hold no image_processor.
TEST_F(FolderTest, PrefersTheProcessorThatHoldsAnImageProcessor) {
  Json config = read_json(folder_ / "config.json");
  config["vision_config"]["image_size"] = 64;
  put("config.json", config);
  put("processor_config.json", {{"processor_class", "SiglipProcessor"}, {"image_processor", preprocessor_json(64)}});
  EXPECT_EQ(open_model(folder_).config.input.width, 64);
  std::filesystem::remove(folder_ / "preprocessor_config.json");
  EXPECT_EQ(open_model(folder_).config.input.width, 64);
  put("processor_config.json", {{"processor_class", "SiglipProcessor"}});
  EXPECT_NE(message_of([&] { open_model(folder_); }).find("no preprocessor_config.json (or processor_config.json)"),
            std::string::npos);
}

TEST_F(FolderTest, SaysWhereItCameFromWithoutChangingItsId) {
  const std::string id = open_model(folder_).id;
  write_deep(folder_ / "README.md", "---\nlanguage: en\nlicense: \"apache-2.0\"\r\n---\n# Model\nlicense: mit\n");
  EXPECT_EQ(open_model(folder_).config.licence, "apache-2.0");
  put("pull.json", {{"licence", "MIT"}, {"source", "a mirror"}});
  const Model model = open_model(folder_);
  EXPECT_EQ(model.config.licence, "MIT");
  EXPECT_EQ(model.config.source, "a mirror");
  EXPECT_EQ(model.id, id);
  write_deep(folder_ / "README.md", "license: mit\n");
  std::filesystem::remove(folder_ / "pull.json");
  EXPECT_EQ(open_model(folder_).config.licence, "");
}

TEST_F(FolderTest, SaysWhatItLacks) {
  const auto message = [&] { return message_of([&] { open_model(folder_); }); };
  put("preprocessor_config.json", preprocessor_json(64));
  EXPECT_NE(message().find("image_size is 32"), std::string::npos) << message();
  std::filesystem::remove(folder_ / "preprocessor_config.json");
  EXPECT_NE(message().find("no preprocessor_config.json"), std::string::npos) << message();
  std::filesystem::remove(folder_ / "model.safetensors");
  EXPECT_NE(message().find("looked for open_clip_model.safetensors, model.safetensors,"), std::string::npos);
  std::filesystem::remove(folder_ / "config.json");
  EXPECT_FALSE(is_model_folder(folder_));
  EXPECT_NE(message().find("neither config.json"), std::string::npos) << message();
  EXPECT_NE(message_of([] { open_model("/nowhere"); }).find("/nowhere: is no model"), std::string::npos);
}

}  // namespace
}  // namespace ootd
