// CLIP and foreign graphs from files to vectors: decoding, resizing, the window and the words included.
#include <gtest/gtest.h>

#include <cmath>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/base/npy.h"
#include "ootd/base/vector_math.h"
#include "ootd/embed/encoder.h"
#include "ootd/embed/text_encoder.h"
#include "ootd/image/decode.h"
#include "ootd/image/preprocess.h"
#include "tests/testing/golden.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kTinyClip;
using testing::kTinySiglip;
using testing::message_of;

Image clip_picture(const std::filesystem::path& file) { return decode_image(read_file(file), file.string()); }

Matrix clip_golden_images(const Model& model) {
  const Image images[] = {clip_picture(kTinySiglip / "image_32x32.png"), clip_picture(kTinySiglip / "image_50x71.png")};
  return Encoder(model).encode(images);
}

void expect_rows(const Matrix& actual, const FloatArray& golden) {
  ASSERT_EQ(golden.values.size(), actual.rows() * actual.cols());
  for (std::size_t i = 0; i < actual.rows(); ++i)
    for (std::size_t d = 0; d < actual.cols(); ++d)
      ASSERT_NEAR(actual.row(i)[d], golden.values[i * actual.cols() + d], 1e-5) << "row " << i;
}

TEST(Clip, GivesEachLibrarysVectorsFromItsFolder) {
  for (const std::string library : {"open_clip", "transformers"}) {
    SCOPED_TRACE(library);
    const Model model = open_model(kTinyClip / library);
    expect_rows(clip_golden_images(model), read_npy(kTinyClip / ("image_" + library + ".npy")));
    const auto texts = read_json(kTinyClip / "texts.json").at("texts").get<std::vector<std::string>>();
    expect_rows(TextEncoder(model).encode(texts), read_npy(kTinyClip / ("text_" + library + ".npy")));
  }
}

// Three pixels to spare: open_clip's window begins at the second, transformers' at the first.
TEST(Clip, CutsTheWindowWhereEachLibraryDoes) {
  const Image image = clip_picture(kTinyClip / "image_71x64.png");
  for (const std::string library : {"open_clip", "transformers"}) {
    const InputSpec input = open_model(kTinyClip / library).config.input;
    std::vector<float> planes(3 * 32 * 32);
    normalize_chw(fit_to(image, input), input, planes);
    const FloatArray golden = read_npy(kTinyClip / ("window_" + library + ".npy"));
    for (std::size_t i = 0; i < planes.size(); ++i) ASSERT_NEAR(planes[i], golden.values[i], 1e-5) << library;
  }
}

// A folder with one of the golden graphs and transformers' pre-processing.
class ForeignGraph : public ::testing::Test {
 protected:
  Model open(const std::string& graph, const Json& config = Json()) {
    const auto folder = dir_.path() / graph;
    std::filesystem::create_directories(folder);
    std::filesystem::copy_file(kTinyClip / "onnx" / (graph + ".onnx"), folder / "whatever.onnx");
    for (const char* file : {"preprocessor_config.json", "vocab.json", "merges.txt"})
      std::filesystem::copy_file(kTinyClip / "transformers" / file, folder / file);
    if (!config.is_null()) {
      const std::string text = dump_json(config);
      write_file_atomically(folder / "config.json", std::as_bytes(std::span(text)), /*durable=*/false);
    }
    return open_model(folder);
  }
  const testing::TempDir dir_;
};

FloatArray unit_golden(const char* name) {
  FloatArray golden = read_npy(kTinyClip / "onnx" / name);
  const std::size_t width = 12;
  for (std::size_t at = 0; at < golden.values.size(); at += width) {
    const std::span<float> row(golden.values.data() + at, width);
    normalize(row);
  }
  return golden;
}

// The same numbers, whether a graph gives a vector, a CNN's map or a transformer's patches.
TEST_F(ForeignGraph, GivesItsVectorWhateverItsShape) {
  for (const char* graph : {"any_name", "pixels_of_cnn", "patches", "both_towers"})
    expect_rows(clip_golden_images(open(graph)), unit_golden("kernel_means.npy"));
}

TEST_F(ForeignGraph, TakesTheClassTokenWhereThereIsOne) {
  const Matrix rows = clip_golden_images(open("class_token"));  // all of its numbers are .25
  for (std::size_t d = 0; d < rows.cols(); ++d) EXPECT_NEAR(rows.row(0)[d], 1 / std::sqrt(12.0), 1e-6);
}

TEST_F(ForeignGraph, TakesWordsFromTheSameFile) {
  const Model model = open("both_towers", {{"model_type", "clip"}, {"text_config", {{"max_position_embeddings", 16}}}});
  const auto texts = read_json(kTinyClip / "texts.json").at("texts").get<std::vector<std::string>>();
  expect_rows(TextEncoder(model).encode(texts), unit_golden("text_means.npy"));
}

TEST_F(ForeignGraph, IsRefusedWithNamesAndShapesWhereItIsNotClear) {
  EXPECT_NE(message_of([&] { open("two_matrices"); }).find("vector [?, 12], other [?, 12]"), std::string::npos);
  EXPECT_NE(message_of([&] { open("channels_last"); }).find("nhwc [?, ?, ?, 3]"), std::string::npos);
}

}  // namespace
}  // namespace ootd
