// Damaged and hostile tokenizer files: each is an Error(kInput) that names the file, or a tokenizer that works.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <string>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/base/random.h"
#include "ootd/text/piece_model.h"
#include "ootd/text/tokenizer.h"
#include "tests/testing/golden.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kGolden;

class HostileFile : public ::testing::Test {
 protected:
  // What the tokenizer says of a folder with this one file; "" if it opens and encodes.
  std::string complaint(const std::string& name, const std::string& bytes) const {
    write_file_atomically(dir_.path() / name, std::as_bytes(std::span(bytes)), /*durable=*/false);
    std::string said;
    try {
      const Tokenizer tokenizer(dir_.path(), {});
      EXPECT_EQ(tokenizer.encode("Robe d’été, size 38 ½ \xf0\x9f\x91\x97 ﬁt").size(), 64u);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::kInput) << error.what();
      said = error.what();
      EXPECT_NE(said.find((dir_.path() / name).string()), std::string::npos) << said;
    }
    std::filesystem::remove(dir_.path() / name);
    return said;
  }
  std::string complaint(const PieceModel& model) const { return complaint("spiece.model", serialize(model)); }
  std::string complaint(const Json& json) const { return complaint("tokenizer.json", dump_json(json)); }

  static std::string siglip_bytes() { return read_text(kGolden / "tokenizer-tiny/spiece.model"); }
  static PieceModel siglip() { return parse_piece_model(siglip_bytes(), "golden"); }
  static Json siglip_json() { return read_json(kGolden / "tokenizer-tiny/tokenizer.json"); }
  static Json gemma_json() { return read_json(kGolden / "gemma-tiny/tokenizer.json"); }

 private:
  const testing::TempDir dir_;
};

#define EXPECT_SAYS(complaint, words) EXPECT_NE((complaint).find(words), std::string::npos) << (complaint)

TEST_F(HostileFile, OpensWhenItIsWhole) {  // or the tests below would prove nothing
  EXPECT_EQ(complaint(siglip()), "");
  EXPECT_EQ(complaint(siglip_json()), "");
  EXPECT_EQ(complaint(gemma_json()), "");
}

TEST_F(HostileFile, IsRefusedWhenCutAnywhere) {
  const std::string whole = siglip_bytes();
  int refused = 0, tried = 0;
  for (std::size_t n = 0; n < whole.size(); n += n < 4096 ? 61 : 4099, ++tried)
    refused += !complaint("spiece.model", whole.substr(0, n)).empty();
  // Cut between the last fields, the file is still whole for us.
  EXPECT_GE(refused, tried - 1);
  EXPECT_GE(tried, 100);
}

TEST_F(HostileFile, OpensOrIsRefusedWithAnyByteChanged) {
  const std::string whole = siglip_bytes();
  Random random(11);
  for (int i = 0; i < 200; ++i) {
    std::string damaged = whole;
    // Half of the changes in the pieces at the front, half in the normalisation table behind them.
    const std::size_t at = random.below(i % 2 == 0 ? 2500 : damaged.size());
    damaged[at] = static_cast<char>(random.below(256));
    complaint("spiece.model", damaged);
  }
}

TEST_F(HostileFile, IsRefusedIfItIsNoModelAtAll) {
  EXPECT_SAYS(complaint("spiece.model", "<html>404 not found</html>"), "is no SentencePiece model");
  EXPECT_SAYS(complaint("spiece.model", "version https://git-lfs.github.com/spec/v1\noid sha256:00"),
              "no SentencePiece");
  EXPECT_SAYS(complaint("spiece.model", ""), "has no pieces");
  EXPECT_SAYS(complaint("tokenizer.json", "{\"version\":"), "not valid JSON");
  EXPECT_SAYS(complaint("tokenizer.json", "[]"), "");
}

TEST_F(HostileFile, IsRefusedForItsPieces) {
  const auto with = [](const std::function<void(PieceModel&)>& change) {
    PieceModel model = siglip();
    change(model);
    return model;
  };
  EXPECT_SAYS(complaint(with([](auto& m) { m.pieces.clear(); })), "has no pieces");
  EXPECT_SAYS(complaint(with([](auto& m) { m.pieces.resize(3); })), "has no pieces");
  EXPECT_SAYS(complaint(with([](auto& m) { m.pieces[7].text = m.pieces[8].text; })), "is there twice");
  EXPECT_SAYS(complaint(with([](auto& m) { m.pieces[7].text.clear(); })), "piece 7 is empty");
  EXPECT_SAYS(complaint(with([](auto& m) { m.pieces[7].text = std::string("a\0b", 3); })), "no UTF-8 text");
  EXPECT_SAYS(complaint(with([](auto& m) { m.pieces[7].text = "\xff"; })), "no UTF-8 text");
  EXPECT_SAYS(complaint(with([](auto& m) { m.pieces[7].text = std::string(600, 'a'); })), "longer than 512");
  EXPECT_SAYS(complaint(with([](auto& m) { m.pieces[7].score = NAN; })), "no log-probability");
  EXPECT_SAYS(complaint(with([](auto& m) { m.pieces[7].score = -INFINITY; })), "no log-probability");
  EXPECT_SAYS(complaint(with([](auto& m) { m.pieces[2].type = Piece::Type::kNormal; })), "0 pieces for the unknown");
  EXPECT_SAYS(complaint(with([](auto& m) { m.pieces[3].type = Piece::Type::kUnknown; })), "2 pieces for the unknown");
  EXPECT_SAYS(complaint(with([](auto& m) { m.byte_fallback = true; })), "not all of <0x00>..<0xFF>");
  EXPECT_SAYS(complaint(with([](auto& m) { m.pieces[7].type = Piece::Type::kByte; })), "is no byte");
  EXPECT_SAYS(complaint(with([](auto& m) {
                for (int n = 2; n < 80; ++n) m.pieces.push_back({std::string(n, 'z'), 0, Piece::Type::kUserDefined});
              })),
              "begin one another");
  EXPECT_SAYS(complaint(with([](auto& m) {
                while (m.pieces.size() <= 1 << 20) m.pieces.push_back({std::to_string(m.pieces.size())});
              })),
              "more than 1,048,576 pieces");
}

TEST_F(HostileFile, IsRefusedForItsNormalisationTable) {
  const auto with = [](const std::string& charsmap) {
    PieceModel model = siglip();
    model.charsmap = charsmap;
    return model;
  };
  constexpr std::uint32_t kNothing = 1u << 31;  // fits no byte
  const auto table = [&](std::vector<std::uint32_t> units, const std::string& replacements) {
    units.resize(256, kNothing);
    const auto bytes = static_cast<std::uint32_t>(units.size() * 4);
    return std::string(reinterpret_cast<const char*>(&bytes), 4) +
           std::string(reinterpret_cast<const char*>(units.data()), bytes) + replacements;
  };
  // A unit: offset << 10, 1 << 9 = offset times 256, 1 << 8 = has a value, label; a value has bit 31.
  const std::string x("x\0", 2);
  const auto good = table({1u << 10}, x);
  EXPECT_EQ(complaint(with(good)), "");
  EXPECT_SAYS(complaint(with(good.substr(0, 3))), "is truncated");
  EXPECT_SAYS(complaint(with(good.substr(0, 100))), "has a wrong size");
  EXPECT_SAYS(complaint(with(good.substr(0, good.size() - 1))), "ends within a replacement");
  EXPECT_SAYS(complaint(with(table({1u << 10}, std::string(5000, 'x') + '\0'))), "endless replacement");
  EXPECT_SAYS(complaint(with(table({1u << 10}, std::string("\xff\0", 2)))), "no UTF-8");
  EXPECT_SAYS(complaint(with(table({0xffffffffu & ~(1u << 31)}, x))), "points out of its trie");
  // The root's child 'a' (at 1 ^ 'a') is its own child again.
  std::vector<std::uint32_t> circle(256, kNothing);
  circle[0] = 1u << 10;
  circle[1 ^ 'a'] = static_cast<std::uint32_t>((1 ^ 'a') ^ 1) << 10 | 'a';
  EXPECT_SAYS(complaint(with(table(circle, x))), "runs in a circle");
  // 'a' has the value 9, behind the two bytes of replacements.
  std::vector<std::uint32_t> wild(256, kNothing);
  wild[0] = 1u << 10;
  wild[1 ^ 'a'] = static_cast<std::uint32_t>((1 ^ 'a') ^ 200) << 10 | 1u << 8 | 'a';
  wild[200] = 1u << 31 | 9;
  EXPECT_SAYS(complaint(with(table(wild, x))), "points out of its replacements");
  wild[200] = 1u << 31;
  EXPECT_EQ(complaint(with(table(wild, x))), "");
}

TEST_F(HostileFile, IsRefusedForTypesAndMissingFieldsOfItsJson) {
  const Json fillers = {nullptr, 7, -1, 1e300, "text", Json::array(), Json::object(), true, {{"type", "Sequence"}}};
  // Every field on the first three levels, with every kind of value.
  const auto visit = [&](const auto& self, const Json& whole, const Json::json_pointer& at, int depth) -> void {
    const Json& here = whole[at];
    if (depth == 3 || !here.is_structured()) return;
    int members = 0;
    for (const auto& item : here.items()) {
      if (++members > 4) break;  // lists are alike further down
      const auto member = here.is_array() ? at / static_cast<std::size_t>(members - 1) : at / item.key();
      for (const Json& filler : fillers) {
        Json changed = whole;
        changed[member] = filler;
        complaint(changed);
      }
      self(self, whole, member, depth + 1);
    }
  };
  visit(visit, gemma_json(), Json::json_pointer(), 0);
  Json small = siglip_json();
  small["normalizer"]["normalizers"].erase(0);  // the table makes the file slow to write two thousand times
  visit(visit, small, Json::json_pointer(), 0);
}

TEST_F(HostileFile, NamesTheFieldOfItsJson) {
  const auto with = [](Json json, const std::string& pointer, const Json& value) {
    json[Json::json_pointer(pointer)] = value;
    return json;
  };
  EXPECT_SAYS(complaint(with(siglip_json(), "/model/type", "WordPiece")), "is a WordPiece");
  EXPECT_SAYS(complaint(with(siglip_json(), "/model/vocab", Json::array())), "unk_id");
  EXPECT_SAYS(complaint(with(siglip_json(), "/model/vocab/5", {"a"})), "entry 5");
  EXPECT_SAYS(complaint(with(siglip_json(), "/model/unk_id", nullptr)), "\"unk_id\"");
  EXPECT_SAYS(complaint(with(siglip_json(), "/model/unk_id", 140)), "\"unk_id\"");
  EXPECT_SAYS(complaint(with(siglip_json(), "/normalizer/normalizers/0/precompiled_charsmap", "!!!")), "no base64");
  EXPECT_SAYS(complaint(with(siglip_json(), "/normalizer/normalizers/0/precompiled_charsmap", "AAAA")), "truncated");
  EXPECT_SAYS(complaint(with(siglip_json(), "/normalizer/normalizers/0", {{"type", "NFKD"}})), "normalises by NFKD");
  EXPECT_SAYS(complaint(with(siglip_json(), "/pre_tokenizer", {{"type", "ByteLevel"}})), "cuts texts by ByteLevel");
  EXPECT_SAYS(complaint(with(siglip_json(), "/pre_tokenizer", nullptr)), "leaves spaces as they are");
  EXPECT_SAYS(complaint(with(siglip_json(), "/added_tokens/0/id", 500)), "added_tokens");
  EXPECT_SAYS(complaint(with(siglip_json(), "/added_tokens/0/content", "<other>")), "id of another piece");
  EXPECT_SAYS(complaint(with(gemma_json(), "/model/vocab/<unk>", 4'000'000'000)), "does not number its pieces");
  EXPECT_SAYS(complaint(with(gemma_json(), "/model/vocab/<unk>", 0)), "id of another piece");
  EXPECT_SAYS(complaint(with(gemma_json(), "/model/unk_token", "<nowhere>")), "\"unk_token\"");
  EXPECT_SAYS(complaint(with(gemma_json(), "/model/merges/3", {"no", "where"})), "merge 3");
  EXPECT_SAYS(complaint(with(gemma_json(), "/model/merges/3", 3)), "merge 3");
  EXPECT_SAYS(complaint(with(gemma_json(), "/model/dropout", 0.1)), "dropout");
  EXPECT_SAYS(complaint(with(gemma_json(), "/model/end_of_word_suffix", "</w>")), "end_of_word_suffix");
}

TEST_F(HostileFile, IsRefusedIfItsMergesAreNoSentencePieceModels) {
  Json json = gemma_json();
  Json& merges = json["model"]["merges"];
  // One merge per piece, as the trainer of the tokenizers library writes it.
  Json first = Json::array();
  std::set<std::string> made;
  for (const Json& merge : merges)
    if (made.insert(merge[0].get<std::string>() + merge[1].get<std::string>()).second) first.push_back(merge);
  ASSERT_LT(first.size(), merges.size());
  merges = first;
  EXPECT_SAYS(complaint(json), "lists only some of the merges");
}

}  // namespace
}  // namespace ootd
