#include "ootd/models/weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/models/half.h"
#include "tests/testing/golden.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kTinySiglip;

std::string message_of(const std::filesystem::path& file) {
  try {
    Weights weights(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::kInput);
    return error.what();
  }
  return "";
}

// Every file of the golden model holds the same numbers, under the networks' names in the end.
void expect_same(const std::string& file, float tolerance) {
  const Weights reference(kTinySiglip / "open_clip_model.safetensors");
  const Weights other(kTinySiglip / file);
  EXPECT_EQ(other.all().size(), reference.all().size());
  for (const auto& [name, weight] : reference.all()) {
    const auto expected = reference.floats(name, weight.shape);
    const auto actual = other.floats(name, weight.shape);
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(actual[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << file << ": " << name;
  }
}

TEST(Weights, ReadTheSameFromEveryContainer) {
  expect_same("open_clip_pytorch_model.bin", 0);
  expect_same("open_clip_pytorch_model_legacy.pt", 0);
  expect_same("open_clip_train_checkpoint.pt", 0);
  expect_same("open_clip_model_bf16.safetensors", 1e-2f);
  expect_same("transformers_model.safetensors", 0);
}

TEST(Weights, ReadTheSameFromMemoryAsFromAFile) {
  const std::vector<NamedFloats> values = {{"a", {2, 1}, {1, -2}}, {"b", {}, {0.5f}}};
  const testing::TempDir dir;
  write_safetensors(dir.path() / "w.safetensors", values);
  const Weights file(dir.path() / "w.safetensors");
  Weights source(values);
  const Weights memory = std::move(source);
  for (const auto& [name, shape, floats] : values) {
    EXPECT_EQ(memory.floats(name, shape), floats);
    EXPECT_EQ(file.floats(name, shape), floats);
  }
  EXPECT_THROW(Weights(std::vector<NamedFloats>{values[0], values[0]}), Error);
  EXPECT_THROW(Weights(std::vector<NamedFloats>{{"a", {3}, {1, 2}}}), Error);
}

TEST(Weights, ListEverythingThatDoesNotFit) {
  const testing::TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  write_safetensors(file, std::vector<NamedFloats>{{"a", {2}, {1, 2}}, {"b", {1, 2}, {3, 4}}, {"fc.weight", {1}, {5}}});
  const std::vector<WeightSpec> wanted = {{"a", {2}}, {"b", {2, 1}}, {"c", {3}}};
  const Weights weights(file);
  try {
    weights.check(wanted);
    FAIL() << "nothing was thrown";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_NE(text.find("wrong shape: b is [1, 2], the network wants [2, 1]"), std::string::npos) << text;
    EXPECT_NE(text.find("missing: c [3]"), std::string::npos) << text;
    EXPECT_NE(text.find("not part of the network: fc.weight [1]"), std::string::npos) << text;
  }
  const std::string_view classifier[] = {"fc."};
  weights.check(std::vector<WeightSpec>{{"a", {2}}, {"b", {1, 2}}}, classifier);
}

TEST(Weights, KeepTheirValuesThroughSafetensors) {
  const testing::TempDir dir;
  const std::vector<float> values = {0, -0.0f, 1.5f, 65504, 1e-7f, -3.14159f};
  write_safetensors(dir.path() / "full", std::vector<NamedFloats>{{"w", {2, 3}, values}});
  EXPECT_EQ(Weights(dir.path() / "full").floats("w", {2, 3}), values);
  EXPECT_TRUE(safetensors_metadata(dir.path() / "full").empty());
  write_safetensors(dir.path() / "half", std::vector<NamedFloats>{{"w", {2, 3}, values}}, /*half=*/true, {{"by", "x"}});
  EXPECT_EQ(safetensors_metadata(dir.path() / "half"), (Metadata{{"by", "x"}}));
  const auto halves = Weights(dir.path() / "half").floats("w", {2, 3});
  for (std::size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(halves[i], values[i], std::abs(values[i]) / 2048 + 6e-8f);
}

TEST(Half, RoundTripsEveryNumberAndRoundsToNearest) {
  for (std::uint32_t bits = 0; bits < 65536; ++bits) {
    const auto half = static_cast<std::uint16_t>(bits);
    const float value = half_to_float(half);
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(half_to_float(float_to_half(value))));
    else
      ASSERT_EQ(float_to_half(value), half) << bits;
  }
  EXPECT_EQ(float_to_half(1.0f + 0x1p-11f), float_to_half(1.0f));  // a tie goes to the even neighbour
  EXPECT_EQ(half_to_float(float_to_half(70000.0f)), std::numeric_limits<float>::infinity());
}

TEST(Weights, SayWhenAZipIsBrokenOff) {
  const testing::TempDir dir;
  const auto whole = read_file(kTinySiglip / "open_clip_train_checkpoint.pt");
  write_file_atomically(dir.path() / "cut.bin", std::span(whole).first(whole.size() / 2));
  EXPECT_NE(message_of(dir.path() / "cut.bin").find("broke off"), std::string::npos);
}

// A list of three hundred missing names would hide it.
TEST(Weights, SaysOfAnEmptyFileThatItIsEmpty) {
  const testing::TempDir dir;
  write_safetensors(dir.path() / "model.safetensors", std::vector<NamedFloats>{});
  const std::vector<WeightSpec> wanted = {{"a", {1}}};
  EXPECT_NE(testing::message_of([&] {
              Weights(dir.path() / "model.safetensors").check(wanted);
            }).find("holds no weights at all"),
            std::string::npos);
}

}  // namespace
}  // namespace ootd
