#include "ootd/models/shards.h"

#include <gtest/gtest.h>

#include <cstring>

#include "ootd/base/error.h"
#include "ootd/base/json.h"
#include "ootd/models/weights.h"
#include "tests/testing/golden.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kTinySiglip;
using testing::message_of;

class ShardsTest : public ::testing::Test {
 protected:
  // Spreads the file's weights, under its own names, over three shards: an attention's q, k and v lie apart.
  ShardsTest() {
    const MappedFile file(kTinySiglip / "transformers_model.safetensors");
    std::vector<NamedFloats> shards[3];
    for (const auto& [name, view] : read_container(file.bytes(), "golden")) {
      std::vector<float> values(element_count(view.shape));
      std::memcpy(values.data(), view.bytes.data(), view.bytes.size());
      const std::size_t shard = count_++ % 3;
      shards[shard].push_back({name, view.shape, values});
      weight_map_[name] = shard_name(shard);
    }
    for (std::size_t i = 0; i < 3; ++i) write_safetensors(dir_.path() / shard_name(i), shards[i]);
  }

  static std::string shard_name(std::size_t i) { return "model-0000" + std::to_string(i) + ".safetensors"; }
  std::filesystem::path write_index(const Json& weight_map) {
    const auto path = dir_.path() / "model.safetensors.index.json";
    const std::string text = dump_json({{"metadata", {{"total_size", 1}}}, {"weight_map", weight_map}});
    write_file_atomically(path, std::as_bytes(std::span(text)));
    return path;
  }

  const testing::TempDir dir_;
  Json weight_map_ = Json::object();
  std::size_t count_ = 0;
};

TEST_F(ShardsTest, ReadAsTheWholeFile) {
  const Weights sharded(write_index(weight_map_)), whole(kTinySiglip / "transformers_model.safetensors");
  ASSERT_EQ(sharded.all().size(), whole.all().size());
  for (const auto& [name, weight] : whole.all())
    EXPECT_EQ(sharded.floats(name, weight.shape), whole.floats(name, weight.shape)) << name;
}

TEST_F(ShardsTest, ListWhatIsMissing) {
  const std::string first = weight_map_.begin().key();
  Json more = weight_map_;
  more["not.there"] = shard_name(1);
  EXPECT_NE(message_of([&] { Weights{write_index(more)}; }).find("\n  missing: not.there"), std::string::npos);
  Json less = weight_map_;
  less.erase(first);
  EXPECT_NE(message_of([&] { Weights{write_index(less)}; }).find("another file: " + first), std::string::npos);
  Json elsewhere = weight_map_;
  elsewhere[first] = elsewhere[first] == shard_name(1) ? shard_name(2) : shard_name(1);
  EXPECT_NE(message_of([&] { Weights{write_index(elsewhere)}; }).find(first), std::string::npos);
  const auto index = write_index(weight_map_);
  std::filesystem::remove(dir_.path() / shard_name(0));
  std::filesystem::remove(dir_.path() / shard_name(2));
  EXPECT_NE(message_of([&] { Weights{index}; }).find("\n  " + shard_name(0) + "\n  " + shard_name(2)),
            std::string::npos);
}

TEST_F(ShardsTest, MayBePickles) {
  std::filesystem::copy_file(kTinySiglip / "open_clip_pytorch_model.bin", dir_.path() / "pytorch_model-1.bin");
  Json map;
  const Weights whole(kTinySiglip / "open_clip_pytorch_model.bin");
  for (const auto& [name, weight] : whole.all()) map[name] = "pytorch_model-1.bin";
  EXPECT_EQ(Weights(write_index(map)).all().size(), whole.all().size());
}

TEST(HostileIndex, IsRefusedWithTheReason) {
  const auto message = [](const std::string& text) { return message_of([&] { parse_index(text, "index"); }); };
  for (const char* file : {R"("../other.bin")", R"("/etc/passwd")", R"("a/b.bin")", R"("")", "7", "null", "[]",
                           R"("model.safetensors.index.json")", R"("a\u0000.bin")"})
    EXPECT_NE(message(R"({"weight_map":{"w":)" + std::string(file) + "}}").find("no weights file in this folder"),
              std::string::npos)
        << file;
  EXPECT_NE(message("[]").find("weight_map"), std::string::npos);
  EXPECT_NE(message("{}").find("weight_map"), std::string::npos);
  EXPECT_NE(message(R"({"weight_map":{}})").find("weight_map"), std::string::npos);
  EXPECT_NE(message(R"({"weight_map":["a"]})").find("weight_map"), std::string::npos);
  std::string million = R"({"weight_map":{"w":"w")";
  for (int i = 0; i < 1'000'000; ++i) million += ",\"" + std::to_string(i) + "\":\"s" + std::to_string(i) + "\"";
  EXPECT_NE(message(million + "}}").find("more than 1000 files"), std::string::npos);
}

}  // namespace
}  // namespace ootd
