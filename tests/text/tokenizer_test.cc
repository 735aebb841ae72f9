#include "ootd/text/tokenizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "tests/testing/golden.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kGolden;

using Ids = std::vector<std::int64_t>;

const TokenizerConfig kSiglip2 = {.length = 64, .cleaning = Cleaning::kLowercase, .pad = 0, .eos = 1};

// A folder with one tokenizer file of a golden folder, where both files lie side by side.
class OneFile {
 public:
  OneFile(const std::string& golden, const std::string& file) {
    std::filesystem::copy_file(kGolden / golden / file, dir_.path() / file);
  }
  const std::filesystem::path& path() const { return dir_.path(); }
  void write(const std::string& name, const std::string& text) const {
    write_file_atomically(dir_.path() / name, std::as_bytes(std::span(text)), /*durable=*/false);
  }

 private:
  testing::TempDir dir_;
};

class BothFiles : public ::testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(ModelAndJson, BothFiles, ::testing::Bool());

TEST_P(BothFiles, OfSiglipGiveTheGoldenTextsPiecesAndIds) {
  const OneFile folder("tokenizer-tiny", GetParam() ? "tokenizer.json" : "spiece.model");
  const Tokenizer tokenizer(folder.path(), {});
  EXPECT_EQ(tokenizer.vocabulary_size(), 140u);
  const Json cases = read_json(kGolden / "tokenizer-tiny/cases.json");
  ASSERT_EQ(cases.size(), 13u);
  for (const Json& example : cases) {
    const auto text = example["text"].get<std::string>();
    EXPECT_EQ(clean_text(text, Cleaning::kCanonicalize), example["canonical"].get<std::string>());
    EXPECT_EQ(tokenizer.pieces(text), example["pieces"].get<std::vector<std::string>>()) << text;
    EXPECT_EQ(tokenizer.encode(text), example["ids"].get<Ids>()) << text;
  }
}

// Python agrees with both of its own engines on these, so one list serves both files.
TEST_P(BothFiles, OfGemmaGiveTheGoldenIds) {
  const OneFile folder("gemma-tiny", GetParam() ? "tokenizer.json" : "tokenizer.model");
  const Tokenizer tokenizer(folder.path(), kSiglip2);
  EXPECT_EQ(tokenizer.vocabulary_size(), 760u);
  const Json cases = read_json(kGolden / "gemma-tiny/cases.json");
  ASSERT_GE(cases.size(), 80u);
  for (const Json& example : cases) {
    const auto text = example["text"].get<std::string>();
    EXPECT_EQ(tokenizer.encode(text), example["ids"].get<Ids>()) << text;
  }
}

// Section 1.6 of the model facts: the same ids but where '_' parts words.
TEST(Tokenizer, AgreesWithSiglipTokenizerWhereTheCleaningsDo) {
  const Tokenizer open_clip(kGolden / "tokenizer-tiny", {});
  const Tokenizer siglip(kGolden / "tokenizer-tiny", {.cleaning = Cleaning::kSiglip});
  for (const Json& example : read_json(kGolden / "tokenizer-tiny/cases.json")) {
    const auto text = example["text"].get<std::string>();
    EXPECT_EQ(open_clip.encode(text) == siglip.encode(text), text.find('_') == std::string::npos) << text;
  }
  EXPECT_EQ(siglip.pieces("Black_Leather"), siglip.pieces("blackleather"));
}

TEST(Tokenizer, CutsATextAndEndsItWithEos) {
  const Tokenizer whole(kGolden / "tokenizer-tiny", {});
  const Tokenizer small(kGolden / "tokenizer-tiny", {.length = 4});
  const Ids ids = whole.encode("a hat");  // five pieces
  EXPECT_EQ(small.encode("a hat"), (Ids{ids[0], ids[1], ids[2], 1}));
  EXPECT_EQ(Tokenizer(kGolden / "tokenizer-tiny", {.length = 1}).encode("a hat"), (Ids{1}));
  EXPECT_EQ(small.encode(""), (Ids{1, 1, 1, 1}));
}

TEST(Tokenizer, TakesPadAndEosFromTheFolder) {
  const OneFile folder("tokenizer-tiny", "spiece.model");
  const TokenizerConfig config = {.length = 3, .pad = 5, .eos = 6};
  EXPECT_EQ(Tokenizer(folder.path(), config).encode(""), (Ids{6, 5, 5}));
  folder.write("special_tokens_map.json",
               R"({"pad_token": "<unk>", "eos_token": {"content": "</s>", "lstrip": false}})");
  EXPECT_EQ(Tokenizer(folder.path(), config).encode(""), (Ids{1, 2, 2}));
  folder.write("tokenizer_config.json", R"({"pad_token": {"content": "</s>"}, "eos_token": null})");
  EXPECT_EQ(Tokenizer(folder.path(), config).encode(""), (Ids{1, 1, 1}));
  folder.write("tokenizer_config.json", R"({"pad_token": "<nowhere>"})");
  EXPECT_THROW(Tokenizer(folder.path(), config), Error);
  EXPECT_THROW(Tokenizer(kGolden / "tokenizer-tiny", {.pad = 140}), Error);
  EXPECT_THROW(Tokenizer(kGolden / "tokenizer-tiny", {.eos = -1}), Error);
  EXPECT_THROW(Tokenizer(kGolden / "tokenizer-tiny", {.length = 0}), Error);
}

TEST(Tokenizer, TakesTokenNamesInATextAsText) {
  const Tokenizer tokenizer(kGolden / "gemma-tiny", kSiglip2);
  const Ids ids = tokenizer.encode("<eos><pad>");
  EXPECT_GT(std::ranges::find(ids, 1) - ids.begin(), 5);  // the first eos is our own, behind several pieces
}

TEST(Tokenizer, SurvivesAnyBytesAndRefusesEndlessTexts) {
  const Tokenizer tokenizer(kGolden / "tokenizer-tiny", {});
  EXPECT_EQ(tokenizer.encode("a\xff\xc3hat"), tokenizer.encode("a\uFFFD\uFFFDhat"));
  EXPECT_EQ(tokenizer.encode(std::string_view("a\0hat", 5)).size(), 64u);
  EXPECT_NO_THROW(tokenizer.encode(std::string(Tokenizer::kMaxTextBytes, 'a')));
  EXPECT_THROW(tokenizer.encode(std::string(Tokenizer::kMaxTextBytes + 1, 'a')), Error);
}

TEST(Tokenizer, GivesEachThreadItsOwnTextsIds) {
  const Tokenizer tokenizer(kGolden / "tokenizer-tiny", {});
  const std::vector<std::string> texts = {"red plaid skirt", "retro denim jacket", "&eacute;t&eacute; 90s", "cafÃ©"};
  std::vector<Ids> expected;
  for (const auto& text : texts) expected.push_back(tokenizer.encode(text));
  std::vector<int> wrong(texts.size(), 0);
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    threads.emplace_back([&, i] {
      for (int round = 0; round < 200; ++round) wrong[i] += tokenizer.encode(texts[i]) != expected[i];
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, std::vector<int>(texts.size(), 0));
}

}  // namespace
}  // namespace ootd
