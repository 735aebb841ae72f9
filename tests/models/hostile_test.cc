// Files that are made to hurt: each is refused with its reason, at once, and nothing in it runs.
#include <gtest/gtest.h>

#include <cstring>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/models/containers.h"
#include "ootd/models/weights.h"
#include "tests/testing/golden.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kTinySiglip;

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
  expect_refused(safetensors(R"({"w":{"dtype":"F32","shape":[-1],"data_offsets":[0,0]}})", 8), "not negative");
  expect_refused(safetensors(R"({"w":{"dtype":"F32","shape":[1e300],"data_offsets":[0,4]}})", 8), "whole numbers");
  expect_refused(safetensors(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[0.5,4.5]}})", 8), "whole numbers");
  expect_refused(safetensors(R"({"w":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,0]}})", 8),
                 "impossible shape");
  expect_refused(safetensors(R"({"w":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}})", 8), "outside the file");
  expect_refused(safetensors(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}})",
                             12),
                 "overlap");
  expect_refused(safetensors(R"({"w":{"dtype":"X9","shape":[],"data_offsets":[0,0]}})", 0), "unknown dtype");
  expect_refused(safetensors(R"({"w":5})", 0), "dtype");
  expect_refused(bytes_of("version https://git-lfs.github.com/spec/v1\n"), "git-lfs");
  expect_refused({}, "neither");
  expect_refused(safetensors("{" + std::string(200, '[') + "}", 0), "not valid JSON");
}

TEST(HostileSafetensors, AWrongTypeIsRefusedWhereItsNumbersAreWanted) {
  const testing::TempDir dir;
  const auto file = dir.path() / "w.safetensors";
  write_file_atomically(file, safetensors(R"({"w":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}})", 8));
  const Weights weights(file);
  EXPECT_THROW(weights.floats("w", {1}), Error);
  EXPECT_THROW(weights.check(std::vector<WeightSpec>{{"w", {1}}}), Error);
}

// The legacy stream's magic number, then pickles.
std::string legacy(const std::string& pickles) {
  return std::string("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 15) + pickles;
}

std::string text_opcode(const std::string& text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  return "X" + std::string(reinterpret_cast<const char*>(&size), 4) + text;
}

TEST(HostilePickle, CannotNameAFunction) {
  // What `os.system("echo owned")` pickles to, as the first pickle after the magic number.
  const std::string file = legacy("\x80\x02" + std::string("cposix\nsystem\n") + text_opcode("echo owned") + "\x85R.");
  expect_refused(bytes_of(file), "posix.system");
}

TEST(HostilePickle, DeepNestingAndCirclesEndCleanly) {
  std::string deep = legacy("\x80\x02");
  for (int i = 0; i < 100'000; ++i) deep += ']';
  for (int i = 0; i < 99'999; ++i) deep += 'a';
  deep += ".";
  expect_refused(bytes_of(deep), "");  // a list is no state_dict; what matters is that nothing recurses through it
  const std::string circle =
      legacy(std::string("\x80\x02]q\x00h\x00"
                         "a.",
                         9));
  expect_refused(bytes_of(circle), "");
}

// ("storage", FloatStorage, KEY, "cpu", 1) as a persistent id
std::string storage_opcodes(const std::string& key) {
  return "(" + text_opcode("storage") + "ctorch\nFloatStorage\n" + text_opcode(key) + text_opcode("cpu") + "K\x01tQ";
}

// Values that are small in the file and large in memory.
TEST(HostilePickle, CannotBlowUp) {
  expect_refused(bytes_of(legacy("\x80\x02" + std::string(3'000'000, 'N'))), "too large");
  expect_refused(bytes_of(legacy("\x80\x02" + storage_opcodes(std::string(1000, '7')))), "no tensor storage");
  std::string many = legacy("\x80\x02") + "ctorch._utils\n_rebuild_tensor_v2\n(" + storage_opcodes("0");
  many += std::string("K\x00", 2) + "(";
  for (int i = 0; i < 100; ++i) many += "K\x01";
  many += "t(K\x01ttR.";
  expect_refused(bytes_of(many), "too many dimensions");
  std::string memo = legacy("\x80\x02N");
  for (std::uint32_t slot = 1024; slot < 4'000'000; slot += 1024)
    memo += "r" + std::string(reinterpret_cast<const char*>(&slot), 4);
  expect_refused(bytes_of(memo), "memo slot");
}

std::string integer_opcode(std::int64_t value) {
  return "\x8a\x08" + std::string(reinterpret_cast<const char*>(&value), 8);
}

// A legacy file with the one weight "w": float32 numbers seen in this shape, with these strides.
std::vector<std::byte> legacy_tensor(const Shape& shape, const Shape& strides, const std::vector<float>& numbers) {
  const auto tuple = [](const Shape& items) {
    std::string opcodes = "(";
    for (const auto item : items) opcodes += integer_opcode(item);
    return opcodes + "t";
  };
  std::string file = legacy(std::string("\x80\x02M\xe9\x03.\x80\x02}.\x80\x02}", 13) + text_opcode("w") +
                            "ctorch._utils\n_rebuild_tensor_v2\n(" + storage_opcodes("0") + std::string("K\x00", 2) +
                            tuple(shape) + tuple(strides) + "tRs.");
  file += "\x80\x02]" + text_opcode("0") + "a.";
  const std::uint64_t count = numbers.size();
  file.append(reinterpret_cast<const char*>(&count), sizeof count);
  file.append(reinterpret_cast<const char*>(numbers.data()), count * sizeof(float));
  return bytes_of(file);
}

TEST(HostilePickle, StridesStayInsideTheStorage) {
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  const auto good = read_container(legacy_tensor({2, 2}, {1, 2}, {1, 2, 3, 4}), "file");
  EXPECT_EQ(good.at("w").strides, (Shape{1, 2}));
  expect_refused(legacy_tensor({2, 2}, {1, 3}, {1, 2, 3, 4}), "behind the end");
  expect_refused(legacy_tensor({1 << 20}, {0}, {1, 2, 3, 4}), "behind the end");  // four numbers are not a million
  expect_refused(legacy_tensor({kHuge, 8}, {0, 0}, {1}), "behind the end");
  expect_refused(legacy_tensor({2, 2}, {kHuge, kHuge}, {1}), "behind the end");
  // Empty, so it needs no storage; the product of its sides must not be taken either (it overflows).
  const auto empty = read_container(legacy_tensor({0, kHuge, 8}, {0, 0, 0}, {1}), "file");
  EXPECT_TRUE(empty.at("w").bytes.empty());
}

// A zip of one entry; method 0 is "stored", 8 "deflated".
std::string zip(const std::string& entry, const std::string& bytes, std::uint16_t method, std::uint32_t size) {
  const auto number = [](auto value) { return std::string(reinterpret_cast<const char*>(&value), sizeof value); };
  const std::string rest = number(method) + number(std::uint32_t{0}) + number(std::uint32_t{0}) +
                           number(static_cast<std::uint32_t>(bytes.size())) + number(size) +
                           number(static_cast<std::uint16_t>(entry.size())) + number(std::uint16_t{0});
  const std::string local = std::string("PK\x03\x04\x14\x00\x00\x00", 8) + rest + entry + bytes;
  const std::string directory =
      std::string("PK\x01\x02\x14\x00\x14\x00\x00\x00", 10) + rest + std::string(2 + 2 + 2 + 4 + 4, '\0') + entry;
  return local + directory + std::string("PK\x05\x06\x00\x00\x00\x00\x01\x00\x01\x00", 12) +
         number(static_cast<std::uint32_t>(directory.size())) + number(static_cast<std::uint32_t>(local.size())) +
         std::string(2, '\0');
}

TEST(HostileZip, IsRefusedBeforeAnythingIsUnpacked) {
  const std::string empty = "\x80\x02}.";
  expect_refused(bytes_of(zip("m/data.pkl", empty, 0, 4)), "holds no tensors");  // the maker makes what it should
  expect_refused(bytes_of(zip("m/data.pkl", empty, 8, 0x7fffffff)), "compressed");
  expect_refused(bytes_of(zip("m/data.pkl", empty, 0, 0x7fffffff)), "compressed");
  expect_refused(bytes_of(zip("m/other", empty, 0, 4)), "no data.pkl");
  std::string outside = zip("m/data.pkl", empty, 0, 4);
  const std::uint32_t far = 0x7ffffff0;
  std::memcpy(outside.data() + outside.size() - 6, &far, 4);  // the directory's place
  expect_refused(bytes_of(outside), "directory points behind");
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
  damage(kTinySiglip / "open_clip_model.safetensors", 200);
  damage(kTinySiglip / "open_clip_train_checkpoint.pt", 400);
  damage(kTinySiglip / "open_clip_pytorch_model_legacy.pt", 400);
}

}  // namespace
}  // namespace ootd
