#include "ootd/models/model.h"

#include <gtest/gtest.h>

#include <map>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

template <class Config>
ShapeOps shapes_of(Config config, int side) {
  ShapeOps ops;
  const Shape x = {1, 3, side, side};
  if constexpr (std::is_same_v<Config, ResNetConfig>)
    resnet_forward(ops, x, config);
  else
    efficientnet_forward(ops, x, config);
  return ops;
}

// The counts of torchvision's and the papers' tables (spec: models.md 1.9).
TEST(ShapeOps, CountsThePublishedParameters) {
  EXPECT_EQ(shapes_of(ResNetConfig{{2, 2, 2, 2}, false, 1, 64, 1000}, 224).parameters(), 11'689'512);
  EXPECT_EQ(shapes_of(ResNetConfig{{3, 4, 6, 3}, true, 1, 64, 1000}, 224).parameters(), 25'557'032);
  EXPECT_EQ(shapes_of(ResNetConfig{{3, 4, 6, 3}, true, 32, 4, 1000}, 224).parameters(), 25'028'904);
  EXPECT_EQ(shapes_of(ResNetConfig{{3, 4, 23, 3}, true, 32, 8, 1000}, 224).parameters(), 88'791'336);
  EXPECT_EQ(shapes_of(EfficientNetConfig{1.0, 1.0, false, 1e-5f, 1000}, 224).parameters(), 5'288'548);
  EXPECT_EQ(shapes_of(EfficientNetConfig{1.4, 1.8, false, 1e-5f, 1000}, 380).parameters(), 19'341'616);
}

// Spec: models.md 1.1 and 1.2.
TEST(ShapeOps, CountsTheParametersOfFashionSiglip) {
  const ModelConfig config = default_config(*find_architecture("siglip_b16"));
  EXPECT_EQ(parameter_count(config), 203'155'970);
  EXPECT_EQ(describe_image(config).parameters(), 92'884'224);
  EXPECT_EQ(describe_text(config).parameters(), 110'271'744 + 2);
}

// What open_clip's models have (scripts/golden/architectures.py prints it).
TEST(ShapeOps, CountsTheParametersOfClip) {
  const auto count = [](const char* row) { return parameter_count(default_config(*find_architecture(row))); };
  EXPECT_EQ(count("clip_b32"), 151'277'313);
  EXPECT_EQ(count("clip_b16"), 149'620'737);
  EXPECT_EQ(count("clip_l14"), 427'616'513);
}

TEST(ShapeOps,
     CountsMultiplyAddsAsTheResNetPaper) {  // Table 1 there: 3.8e9 for the original, 4.1e9 for stride on the 3x3
  EXPECT_NEAR(static_cast<double>(shapes_of(ResNetConfig{}, 224).multiply_adds()), 4.09e9, 0.02e9);
}

// keys.json lists what the reference framework saved, buffers included.
TEST(ShapeOps, ListsTheReferenceFrameworksNamesAndShapes) {
  const auto keys = read_json(std::filesystem::path(OOTD_GOLDEN_DIR) / "torchvision" / "keys.json");
  const std::map<std::string, ShapeOps> ours = {
      {"resnet10_basic1111", shapes_of(ResNetConfig{{1, 1, 1, 1}, false, 1, 64, 10}, 64)},
      {"resnext14_32x4d_1111", shapes_of(ResNetConfig{{1, 1, 1, 1}, true, 32, 4, 10}, 64)},
      {"efficientnet_b0", shapes_of(EfficientNetConfig{1.0, 1.0, false, 1e-5f, 10}, 64)}};
  for (const auto& [name, ops] : ours) {
    std::map<std::string, Shape> listed;
    for (const auto& weight : ops.weights()) listed[weight.name] = weight.shape;
    std::map<std::string, Shape> expected;
    for (const auto& [key, shape] : keys.at(name).at("keys").items())
      if (!key.ends_with("num_batches_tracked")) expected[key] = shape.get<Shape>();
    EXPECT_EQ(listed, expected) << name;
    EXPECT_EQ(ops.parameters(), keys.at(name).at("params").get<std::int64_t>()) << name;
  }
}

TEST(ModelConfig, NamesTheFieldThatIsWrong) {
  ModelConfig config = default_config(*find_architecture("resnet18"));
  const auto message = [](Json json) {
    try {
      parse_model_config(json, "config.json");
      return std::string("accepted");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  Json json = to_json(config);
  EXPECT_EQ(message(json), "accepted");
  json["architecture"] = "resnet51";
  EXPECT_NE(message(json).find("unknown architecture \"resnet51\"; known: efficientnet_lite0"), std::string::npos);
  json = to_json(config);
  json["input"]["fit"] = "stretch";
  EXPECT_NE(message(json).find("input: field \"fit\" is \"stretch\"; known: squash center_crop"), std::string::npos);
  json = to_json(config);
  json["input"]["std"] = {1, 0, 1};
  EXPECT_NE(message(json).find("\"std\" must be positive"), std::string::npos);
  json = to_json(config);
  json.erase("weights");
  EXPECT_NE(message(json).find("field \"weights\" is missing"), std::string::npos);
}

TEST(ModelConfig, MayStateAnotherNetworkForSiglip) {
  ModelConfig config = default_config(*find_architecture("siglip_b16"));
  std::get<SiglipConfig>(config.network).image.activation = Activation::kGeluTanh;
  const Json json = to_json(config);
  EXPECT_EQ(json["network"]["image"]["activation"], "gelu_tanh");
  EXPECT_EQ(parse_model_config(json, "config.json").network, config.network);
}

TEST(ModelConfig, MayStateAnotherNetworkForClip) {
  ModelConfig config = default_config(*find_architecture("clip_b32"));
  auto& clip = std::get<ClipConfig>(config.network);
  clip.dim = 640;
  clip.end_mark = 49'407;
  clip.text.activation = Activation::kGelu;
  config.input.centre = Centre::kFloor;
  const Json json = to_json(config);
  EXPECT_EQ(json["network"]["text"]["activation"], "gelu");
  EXPECT_EQ(json["input"]["centre"], "floor");
  const ModelConfig again = parse_model_config(json, "config.json");
  EXPECT_EQ(again.network, config.network);
  EXPECT_EQ(again.input, config.input);
  EXPECT_EQ(again.full_dim(), 640);
}

// A description would take for ever, or its counts would overflow.
TEST(ModelConfig, RefusesAbsurdSizesAtOnce) {
  ModelConfig config = default_config(*find_architecture("siglip_b16"));
  std::get<SiglipConfig>(config.network).context = 65;  // so that the sizes are written
  const auto expect = [&](const char* pointer, const Json& value, const std::string& why) {
    Json json = to_json(config);
    json[Json::json_pointer(pointer)] = value;
    try {
      parse_model_config(json, "config.json");
      ADD_FAILURE() << "accepted: " << pointer;
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
    }
  };
  expect("/network/image/layers", 1'000'000'000, "whole number in 1..500");
  expect("/network/image/layers", 4'294'967'297, "whole number");  // 1, cut to 32 bits
  expect("/network/image/layers", 1e300, "whole number");
  expect("/network/image/layers", 2.5, "whole number");
  expect("/network/image/layers", "2", "whole number");
  expect("/network/image/heads", 7, "no multiple of its 7 heads");
  expect("/network/text/width", 2'000'000'000, "whole number");
  expect("/network/text/heads", 13, "no multiple of its 13 heads");
  expect("/network/vocabulary", 2'000'000'000, "whole number");
  expect("/network/context", 2'000'000'000, "whole number");
  expect("/network/patch", 225, "0 patches");
  expect("/input/width", 18446744073709551615u, "whole number");
  expect("/head", {{"dim", 2'000'000'000}, {"bias", true}, {"normalize_input", true}}, "whole number");
  expect("/matryoshka", {768}, "whole number in 1..767");
  expect("/licence", 5, "\"licence\" has the wrong type");
  expect("/weights", {"../secret"}, "is not in the folder");
  Json many = to_json(config);
  many["input"]["width"] = many["input"]["height"] = 4096;
  many["network"]["patch"] = 1;
  EXPECT_THROW(parse_model_config(many, "config.json"), Error);
}

TEST(ModelConfig, DescribesTheLargestNetworkThatItAccepts) {
  ModelConfig config = default_config(*find_architecture("siglip_b16"));
  const TransformerTower largest = {1 << 16, 500, 1, 1 << 18, Activation::kGelu};
  config.network = SiglipConfig{largest, 16, true, largest, 10'000'000, 1 << 16};
  config.input.width = config.input.height = 4096;
  const ModelConfig accepted = parse_model_config(to_json(config), "config.json");
  EXPECT_GT(parameter_count(accepted), 0);
  EXPECT_GT(describe_image(accepted).multiply_adds(), 0);
  EXPECT_GT(describe_text(accepted).multiply_adds(), 0);
}

TEST(SaveModel, GivesTheSameIdForTheSameContentAndOpensAgain) {
  const testing::TempDir dir;
  ModelConfig config = default_config(*find_architecture("resnet18"));
  config.name = "tiny";
  const std::vector<NamedFloats> weights = {{"w", {2}, {1, 2}}};
  const Model first = save_model(dir.path(), config, weights);
  const Model second = save_model(dir.path(), config, weights);
  EXPECT_EQ(first.id, second.id);
  EXPECT_TRUE(first.id.starts_with("tiny-"));
  EXPECT_EQ(open_model(dir.path() / first.id).id, first.id);
  const Model other = save_model(dir.path(), config, {{"w", {2}, {1, 3}}});
  EXPECT_NE(other.id, first.id);
  int folders = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator(dir.path())) ++folders;
  EXPECT_EQ(folders, 2);
}

}  // namespace
}  // namespace ootd
