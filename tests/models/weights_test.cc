#include "ootd/models/weights.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/models/containers.h"
#include "ootd/models/half.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

const std::filesystem::path kSiglip = std::filesystem::path(OOTD_GOLDEN_DIR) / "siglip-tiny";

std::string message_of(const std::filesystem::path& file) {
  try {
    Weights weights(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::kInput);
    return error.what();
  }
  return "";
}

// Every container of the golden model holds the same numbers; names differ by the training checkpoint's "module.".
void expect_same(const std::string& file, const std::string& prefix, float tolerance) {
  const Weights reference(kSiglip / "open_clip_model.safetensors");
  const Weights other(kSiglip / file);
  EXPECT_EQ(other.views().size(), reference.views().size());
  for (const auto& [name, view] : reference.views()) {
    const auto expected = reference.floats(name, view.shape);
    const auto actual = other.floats(prefix + name, view.shape);
    for (std::size_t i = 0; i < expected.size(); ++i)
      ASSERT_NEAR(actual[i], expected[i], tolerance * (1 + std::abs(expected[i]))) << file << ": " << name;
  }
}

TEST(Weights, ReadTheSameFromEveryContainer) {
  expect_same("open_clip_pytorch_model_legacy.pt", "", 0);
  expect_same("open_clip_train_checkpoint.pt", "module.", 0);
  expect_same("open_clip_model_bf16.safetensors", "", 1e-2f);
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
  write_safetensors(dir.path() / "half", std::vector<NamedFloats>{{"w", {2, 3}, values}}, /*half=*/true);
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

// --- hostile files

std::vector<std::byte> bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> safetensors(std::string_view header, std::size_t values) {
  const std::uint64_t size = header.size();
  std::vector<std::byte> file(8 + header.size() + values);
  std::memcpy(file.data(), &size, 8);
  std::memcpy(file.data() + 8, header.data(), header.size());
  return file;
}

void expect_refused(const std::vector<std::byte>& file, const std::string& why) {
  try {
    read_container(file, "file");
    ADD_FAILURE() << "accepted, though " << why;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::kInput);
    EXPECT_NE(std::string(error.what()).find(why), std::string::npos) << error.what();
  }
}

TEST(HostileSafetensors, AreRefusedWithTheReason) {
  auto huge = safetensors("{}", 0);
  std::memset(huge.data(), 0x7f, 8);
  expect_refused(huge, "header of");
  expect_refused(safetensors(R"({"w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 4), "outside the file");
  expect_refused(safetensors(R"({"w":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})", 8), "do not fit shape");
  expect_refused(safetensors(R"({"w":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}})", 8),
                 "impossible shape");
  expect_refused(safetensors(R"({"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}})", 8), "impossible shape");
  expect_refused(safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                             12),
                 "overlap");
  expect_refused(safetensors(R"({"w":{"dtype":"X9","shape":[],"data_offsets":[0,0]}})", 0), "unknown dtype");
  expect_refused(safetensors(R"({"w":5})", 0), "dtype");
  expect_refused(bytes_of("version https://git-lfs.github.com/spec/v1\n"), "git-lfs");
  expect_refused({}, "neither");
}

TEST(HostilePickle, CannotNameAFunction) {
  // What `os.system("echo owned")` pickles to, as the legacy stream's first pickle after the magic number.
  std::string file("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
  file += std::string(
      "\x80\x02"
      "cposix\nsystem\nX\x0a\x00\x00\x00"
      "echo owned\x85R.",
      37);
  expect_refused(bytes_of(file), "posix.system");
}

TEST(HostilePickle, DeepNestingAndCirclesEndCleanly) {
  std::string deep("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
  deep += "\x80\x02";
  for (int i = 0; i < 100'000; ++i) deep += ']';
  for (int i = 0; i < 99'999; ++i) deep += 'a';
  deep += ".";
  expect_refused(bytes_of(deep), "");  // a list is no state_dict; what matters is that nothing recurses through it
  std::string circle("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15);
  circle += std::string(
      "\x80\x02]q\x00h\x00"
      "a.",
      9);
  expect_refused(bytes_of(circle), "");
}

// Damage anywhere gives an error or other numbers, never a crash; run under AddressSanitizer by scripts/check.sh.
void damage(const std::filesystem::path& path, int rounds) {
  const auto whole = read_file(path);
  Random random(5);
  for (int round = 0; round < rounds; ++round) {
    auto copy = whole;
    if (round % 2 == 0) {
      copy.resize(random.below(copy.size()));
    } else {
      // Flips where structure is dense: the first and last kilobytes.
      for (int i = 0; i < 8; ++i) {
        const std::size_t near = random.below(std::min<std::size_t>(copy.size(), 4096));
        copy[random.below(2) == 0 ? near : copy.size() - 1 - near] ^= static_cast<std::byte>(1 + random.below(255));
      }
    }
    try {
      for (const auto& [name, view] : read_container(copy, "damaged")) EXPECT_LE(view.bytes.size(), copy.size());
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::kInput) << error.what();
    }
  }
}

TEST(DamagedFiles, NeverCrashTheReader) {
  damage(kSiglip / "open_clip_model.safetensors", 200);
  damage(kSiglip / "open_clip_train_checkpoint.pt", 400);
  damage(kSiglip / "open_clip_pytorch_model_legacy.pt", 400);
}

TEST(Weights, SayWhenAZipIsBrokenOff) {
  const testing::TempDir dir;
  const auto whole = read_file(kSiglip / "open_clip_train_checkpoint.pt");
  write_file_atomically(dir.path() / "cut.bin", std::span(whole).first(whole.size() / 2));
  EXPECT_NE(message_of(dir.path() / "cut.bin").find("broke off"), std::string::npos);
}

}  // namespace
}  // namespace ootd
