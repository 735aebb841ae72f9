// CLIP's tokenizer against open_clip's SimpleTokenizer and transformers' CLIPTokenizer (scripts/golden/clip_tiny.py).
#include "ootd/text/byte_pairs.h"

#include <gtest/gtest.h>

#include <chrono>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/text/tokenizer.h"
#include "tests/testing/golden.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kTinyClip;
using testing::message_of;
using ClipIds = std::vector<std::int64_t>;

constexpr int kContext = 77;

// A folder with these files of the golden model, and more.
class ClipFiles {
 public:
  ClipFiles(std::initializer_list<const char*> files) {
    for (const std::filesystem::path file : files)
      std::filesystem::copy_file(kTinyClip / file, dir_.path() / file.filename());
  }
  const std::filesystem::path& path() const { return dir_.path(); }
  void write(const std::string& name, const std::string& text) const {
    write_file_atomically(dir_.path() / name, std::as_bytes(std::span(text)), /*durable=*/false);
  }
  Tokenizer tokenizer(Cleaning cleaning, int length = kContext) const {
    return Tokenizer(path(), {.length = length, .cleaning = cleaning});
  }

 private:
  testing::TempDir dir_;
};

// What ftfy and HTML mend, which clean_text.h leaves as it is typed.
bool needs_ftfy(const std::string& text) { return text.find("\u00ad") != text.npos; }

void expect_golden_ids(const ClipFiles& folder) {
  const Tokenizer transformers = folder.tokenizer(Cleaning::kClip), open_clip = folder.tokenizer(Cleaning::kOpenClip);
  EXPECT_EQ(transformers.vocabulary_size(), 774u);
  const Json cases = read_json(kTinyClip / "cases.json");
  ASSERT_GE(cases.size(), 60u);
  for (const Json& example : cases) {
    const auto text = example["text"].get<std::string>();
    EXPECT_EQ(transformers.encode(text), example["transformers"].get<ClipIds>()) << text;
    if (!needs_ftfy(text)) {
      EXPECT_EQ(open_clip.encode(text), example["open_clip"].get<ClipIds>()) << text;
    }
  }
}

TEST(BytePairs, GiveBothLibrariesIdsFromEveryFile) {
  expect_golden_ids({"transformers/vocab.json", "transformers/merges.txt"});
  expect_golden_ids({"transformers/tokenizer.json"});
  expect_golden_ids({"open_clip/bpe_simple_vocab_16e6.txt.gz"});
}

TEST(BytePairs, CutALongTextAndKeepItsEndMark) {
  const ClipFiles folder{"transformers/vocab.json", "transformers/merges.txt"};
  const Tokenizer whole = folder.tokenizer(Cleaning::kClip), small = folder.tokenizer(Cleaning::kClip, 4);
  const ClipIds ids = whole.encode("hat scarf boots jeans");
  EXPECT_EQ(small.encode("hat scarf boots jeans"), (ClipIds{772, ids[1], ids[2], 773}));
  EXPECT_EQ(small.encode(""), (ClipIds{772, 773, 773, 773}));
  EXPECT_EQ(folder.tokenizer(Cleaning::kOpenClip, 4).encode(""), (ClipIds{772, 773, 0, 0}));
  EXPECT_EQ(folder.tokenizer(Cleaning::kClip, 1).encode("hat"), (ClipIds{773}));
}

TEST(BytePairs, TakeTheMarksFromTheFolder) {
  const ClipFiles folder{"transformers/vocab.json", "transformers/merges.txt"};
  folder.write("tokenizer_config.json", R"({"pad_token": "!", "eos_token": {"content": "<|startoftext|>"}})");
  EXPECT_EQ(folder.tokenizer(Cleaning::kClip, 4).encode(""), (ClipIds{772, 772, 0, 0}));
  folder.write("tokenizer_config.json", R"({"bos_token": "<nowhere>"})");
  EXPECT_NE(message_of([&] { folder.tokenizer(Cleaning::kClip); }).find("no piece \"<nowhere>\""), std::string::npos);
}

TEST(BytePairs, TakeTheNamesOfMarksInATextAsText) {
  const ClipFiles folder{"transformers/vocab.json", "transformers/merges.txt"};
  const ClipIds ids = folder.tokenizer(Cleaning::kClip).encode("<|endoftext|>");
  EXPECT_GT(std::ranges::find(ids, 773) - ids.begin(), 5);
}

TEST(BytePairs, NameThePiecesOfAText) {
  const Tokenizer tokenizer = ClipFiles{"transformers/tokenizer.json"}.tokenizer(Cleaning::kClip);
  EXPECT_EQ(tokenizer.pieces("Red DRESS"), (std::vector<std::string>{"red</w>", "dress</w>"}));
}

// A tiny vocabulary, as test models have: what it lacks is the end mark, as transformers gives it.
TEST(BytePairs, GiveTheUnknownIdForBytesThatAVocabularyLacks) {
  const ClipFiles folder{};
  folder.write("vocab.json", R"({"l": 0, "o": 1, "w</w>": 2, "lo": 3, "low</w>": 4, "<|startoftext|>": 5,
                                 "<|endoftext|>": 6})");
  folder.write("merges.txt", "#version: 0.2\nl o\nlo w</w>\n");
  EXPECT_EQ(folder.tokenizer(Cleaning::kClip, 6).encode("low lox"), (ClipIds{5, 4, 3, 6, 6, 6}));
}

TEST(BytePairs, RefuseOtherTokenizersOfTheSameFileNames) {
  const ClipFiles gpt2{};
  gpt2.write("vocab.json", R"({"a": 0, "b": 1, "ab": 2, "<|startoftext|>": 3, "<|endoftext|>": 4})");
  gpt2.write("merges.txt", "#version: 0.2\na b\n");
  const auto message = [](const ClipFiles& folder) { return message_of([&] { folder.tokenizer(Cleaning::kClip); }); };
  EXPECT_NE(message(gpt2).find("no piece ends with \"</w>\""), std::string::npos);
  EXPECT_NE(message(ClipFiles{}).find("holds none of vocab.json with merges.txt"), std::string::npos);
  EXPECT_NE(message_of([] { Tokenizer(kTinyClip / "transformers", {}); }).find("no SentencePiece model"),
            std::string::npos);

  const Json good = read_json(kTinyClip / "transformers/tokenizer.json");
  const auto refuses = [&](const char* pointer, const Json& value) {
    const ClipFiles folder{};
    Json json = good;
    json[Json::json_pointer(pointer)] = value;
    folder.write("tokenizer.json", dump_json(json));
    return message(folder);
  };
  EXPECT_NE(refuses("/model/end_of_word_suffix", "").find("does not end words"), std::string::npos);
  EXPECT_NE(refuses("/model/type", "WordPiece").find("is no BPE"), std::string::npos);
  EXPECT_NE(refuses("/normalizer", {{"type", "BertNormalizer"}}).find("normalises texts by"), std::string::npos);
  EXPECT_NE(refuses("/pre_tokenizer", {{"type", "Whitespace"}}).find("cuts texts by"), std::string::npos);
  EXPECT_NE(refuses("/pre_tokenizer", {{"type", "Split"}, {"pattern", 5}}).find("cuts texts by"), std::string::npos);
  EXPECT_NE(refuses("/normalizer", {{"type", "Sequence"}, {"normalizers", {1, 2}}}).find("normalizer"),
            std::string::npos);
  EXPECT_NE(refuses("/model/merges/0", {"q", "no such"}).find("merge 0"), std::string::npos);
  EXPECT_NE(refuses("/model/vocab/!", -1).find("has the id -1"), std::string::npos);
}

TEST(BytePairs, SurviveDamagedFiles) {
  for (const char* name : {"vocab.json", "merges.txt", "tokenizer.json"}) {
    const std::string text = read_text(kTinyClip / "transformers" / name, 1 << 20);
    for (std::size_t cut = 0; cut < text.size(); cut += text.size() / 37) {
      const ClipFiles folder{};
      for (const char* other : {"vocab.json", "merges.txt"})
        if (std::string(name) != "tokenizer.json")
          std::filesystem::copy_file(kTinyClip / "transformers" / other, folder.path() / other);
      std::filesystem::remove(folder.path() / name);
      folder.write(name, text.substr(0, cut));
      const std::string message = message_of([&] { folder.tokenizer(Cleaning::kClip).encode("a hat"); });
      EXPECT_TRUE(message == "accepted" || message.find(folder.path().string()) == 0) << message;
    }
  }
}

// One word of the longest text: joining it pair by pair in the naive way would take minutes.
TEST(BytePairs, TakeNLogNForOneEndlessWord) {
  const Tokenizer tokenizer = ClipFiles{"transformers/tokenizer.json"}.tokenizer(Cleaning::kClip);
  std::string word;
  while (word.size() + 5 <= Tokenizer::kMaxTextBytes) word += "dress";
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(tokenizer.encode(word).size(), static_cast<std::size_t>(kContext));
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

}  // namespace
}  // namespace ootd
