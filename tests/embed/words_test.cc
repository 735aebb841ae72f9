// Text towers, zero-shot scores, ONNX towers and cuts, on the tiny golden SigLIP with the tiny golden tokenizer.
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/base/npy.h"
#include "ootd/base/vector_math.h"
#include "ootd/embed/encoder.h"
#include "ootd/embed/pca.h"
#include "ootd/embed/text_encoder.h"
#include "ootd/embed/zero_shot.h"
#include "ootd/image/decode.h"
#include "tests/testing/golden.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/tiny_siglip.h"

namespace ootd {
namespace {

using testing::kGolden;

const auto kSiglip = kGolden / "siglip-tiny";

Model onnx_model(const testing::TempDir& dir) {
  ModelConfig config = testing::tiny_siglip_config();
  config.name = "tiny-onnx";
  config.architecture = find_architecture("onnx");
  config.network = OnnxTowers{64, true};
  config.weights = {"vision_model.onnx", "text_model.onnx"};
  return testing::write_tiny_siglip(dir.path(), config, {"onnx/vision_model.onnx", "onnx/text_model.onnx"});
}

Image picture(const std::string& name) { return decode_image(read_file(kSiglip / name), name); }

Matrix golden_images(const Encoder& encoder) {
  const Image images[] = {picture("image_32x32.png"), picture("image_50x71.png")};
  return encoder.encode(images);
}

void expect_golden(std::span<const float> actual, const char* name, std::size_t row) {
  const FloatArray golden = read_npy(kSiglip / name);
  for (std::size_t i = 0; i < actual.size(); ++i)
    ASSERT_NEAR(actual[i], golden.values[row * actual.size() + i], 1e-5) << name << ", row " << row;
}

// From files to vectors: decoding, squashing and normalising included.
TEST(Towers, GiveOpenClipsVectorsFromSafetensorsAndFromOnnx) {
  const testing::TempDir dir;
  for (const Model& model : {testing::write_tiny_siglip(dir.path()), onnx_model(dir)}) {
    const Matrix images = golden_images(Encoder(model));
    for (std::size_t i = 0; i < 2; ++i) expect_golden(images.row(i), "image_embed.npy", i);
    const TextSession session(model);
    const auto ids = read_json(kSiglip / "token_ids.json").get<std::vector<std::int64_t>>();
    for (std::size_t i = 0; i < 3; ++i) {
      std::vector<float> vector(64);
      session.run(std::span(ids).subspan(i * 16, 16), vector);
      expect_golden(vector, "text_embed.npy", i);
    }
  }
}

TEST(Towers, RefuseFilesThatDoNotFit) {
  const testing::TempDir dir;
  ModelConfig config = testing::tiny_siglip_config();
  config.name = "swapped";
  config.architecture = find_architecture("onnx");
  config.network = OnnxTowers{64, true};
  config.weights = {"text_model.onnx", "vision_model.onnx"};
  const Model swapped =
      testing::write_tiny_siglip(dir.path(), config, {"onnx/vision_model.onnx", "onnx/text_model.onnx"});
  EXPECT_THROW(Encoder{swapped}, Error);
  config = testing::tiny_siglip_config();
  config.name = "small-table";
  std::get<SiglipConfig>(config.network).vocabulary = 100;
  EXPECT_THROW(TextEncoder(testing::write_tiny_siglip(dir.path(), config)), Error);
}

TEST(TextEncoder, IsTheTokenizerThenTheTower) {
  const testing::TempDir dir;
  const Model model = testing::write_tiny_siglip(dir.path());
  const std::string texts[] = {"red plaid skirt, grunge", "a hat", ""};
  const Matrix vectors = TextEncoder(model).encode(texts);
  ASSERT_EQ(vectors.rows(), 3u);
  const Tokenizer tokenizer(model.folder, {.length = 16});
  const TextSession session(model);
  for (std::size_t i = 0; i < 3; ++i) {
    std::vector<float> expected(64);
    session.run(tokenizer.encode(texts[i]), expected);
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), vectors.row(i).begin())) << texts[i];
  }
}

TEST(Cut, IsTheLeadingNumbersAtUnitLength) {
  const testing::TempDir dir;
  const Model whole = testing::write_tiny_siglip(dir.path()), cut = open_model(whole.folder.string() + "@16");
  EXPECT_EQ(cut.id, whole.id + "@16");
  const Matrix full = golden_images(Encoder(whole)), part = golden_images(Encoder(cut));
  ASSERT_EQ(part.cols(), 16u);
  for (std::size_t i = 0; i < 2; ++i) {
    std::vector<float> expected(full.row(i).begin(), full.row(i).begin() + 16);
    normalize(expected);
    for (std::size_t d = 0; d < 16; ++d) EXPECT_NEAR(part.row(i)[d], expected[d], 1e-6);
  }
  try {
    open_model(whole.folder.string() + "@17");
    FAIL() << "a cut that the model was not trained for";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("trained for: 16 32"), std::string::npos) << error.what();
  }
}

TEST(ZeroShot, ScoresByCosineAndByTheLearntProbability) {
  const testing::TempDir dir;
  const Model model = testing::write_tiny_siglip(dir.path());
  const std::vector<std::string> names = {"skirt", "hat", "black leather jacket"};
  const ZeroShot zero_shot(model, names, {.prompts = {"{}"}});
  const Matrix images = golden_images(Encoder(model));
  const Matrix texts = TextEncoder(model).encode(names);
  const auto scores = zero_shot.score(images.row(0));
  ASSERT_EQ(scores.size(), 3u);
  float shares = 0;
  for (const auto& score : scores) {
    const auto at = std::find(names.begin(), names.end(), score.name) - names.begin();
    const float cosine = dot(images.row(0), texts.row(static_cast<std::size_t>(at)));
    EXPECT_NEAR(score.cosine, cosine, 1e-6);
    ASSERT_TRUE(score.match.has_value());
    // config.json of the golden: exp(2.3026) = 10, bias -10
    EXPECT_NEAR(*score.match, 1 / (1 + std::exp(-(10 * cosine - 10))), 1e-6);
    shares += score.share;
  }
  EXPECT_NEAR(shares, 1, 1e-6);
  EXPECT_NEAR(scores[0].share / scores[1].share, std::exp(100 * (scores[0].cosine - scores[1].cosine)), 1e-2);
  EXPECT_GE(scores[0].cosine, scores[1].cosine);
  EXPECT_THROW(ZeroShot(model, {}, {}), Error);
  EXPECT_THROW(ZeroShot(model, {"a", "a"}, {}), Error);
  EXPECT_THROW(ZeroShot(model, {"a"}, {.prompts = {"no place for a name"}}), Error);
}

// The head is some kilobytes; the backbone's files are linked, so words still work and nothing is stored twice.
TEST(PcaModel, KeepsTheTextTowerOfItsBackbone) {
  const testing::TempDir dir;
  for (const Model& backbone : {testing::write_tiny_siglip(dir.path()), onnx_model(dir)}) {
    Matrix features(8, 64);
    for (std::size_t i = 0; i < 8; ++i) {
      for (std::size_t d = 0; d < 64; ++d) features.row(i)[d] = std::sin(static_cast<float>(i * 64 + d * d));
      normalize(features.row(i));
    }
    const Model model = save_pca_model(dir.path() / "models", backbone, features, {.dim = 4});
    EXPECT_EQ(Encoder(model).dim(), 4);
    const std::string text = "a hat";
    const Matrix whole = TextEncoder(backbone).encode({&text, 1}), small = TextEncoder(model).encode({&text, 1});
    const Matrix expected = apply_head(model, whole);
    for (std::size_t d = 0; d < 4; ++d) EXPECT_NEAR(small.row(0)[d], expected.row(0)[d], 1e-5);
    EXPECT_EQ(std::filesystem::hard_link_count(model.folder / backbone.config.weights.front()), 2u);
  }
}

}  // namespace
}  // namespace ootd
