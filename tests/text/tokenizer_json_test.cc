#include "ootd/text/tokenizer_json.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "tests/testing/golden.h"

namespace ootd {
namespace {

using testing::kGolden;

Json siglip_json() { return read_json(kGolden / "tokenizer-tiny/tokenizer.json"); }
Json gemma_json() { return read_json(kGolden / "gemma-tiny/tokenizer.json"); }
PieceModel convert(const Json& json) { return parse_tokenizer_json(dump_json(json), "t.json").model; }

void expect_equal(const PieceModel& a, const PieceModel& b, bool scores) {
  EXPECT_EQ(a.algorithm, b.algorithm);
  EXPECT_EQ(a.byte_fallback, b.byte_fallback);
  EXPECT_TRUE(a.charsmap == b.charsmap);
  EXPECT_EQ(a.add_dummy_prefix, b.add_dummy_prefix);
  EXPECT_EQ(a.remove_extra_whitespaces, b.remove_extra_whitespaces);
  EXPECT_EQ(a.escape_whitespaces, b.escape_whitespaces);
  ASSERT_EQ(a.pieces.size(), b.pieces.size());
  for (std::size_t id = 0; id < a.pieces.size(); ++id) {
    EXPECT_EQ(a.pieces[id].text, b.pieces[id].text);
    EXPECT_EQ(a.pieces[id].type, b.pieces[id].type) << a.pieces[id].text;
    if (scores) {
      EXPECT_EQ(a.pieces[id].score, b.pieces[id].score) << a.pieces[id].text;
    }
  }
}

TEST(TokenizerJson, BecomesTheModelItWasMadeFrom) {
  const auto parse = [](const char* file) { return parse_piece_model(read_text(kGolden / file), file); };
  expect_equal(convert(siglip_json()), parse("tokenizer-tiny/spiece.model"), /*scores=*/true);
  expect_equal(convert(gemma_json()), parse("gemma-tiny/tokenizer.model"), /*scores=*/false);
}

TEST(TokenizerJson, RanksPiecesAsTheirModelDoes) {
  const auto model = parse_piece_model(read_text(kGolden / "gemma-tiny/tokenizer.model"), "m");
  const auto converted = convert(gemma_json());
  float last = INFINITY;
  int merged = 0;
  for (std::size_t id = 0; id < model.pieces.size();
       ++id) {  // the model's merged pieces lie in the order of their rank
    if (model.pieces[id].type != Piece::Type::kNormal || converted.pieces[id].score == 0) continue;
    EXPECT_LT(converted.pieces[id].score, last) << model.pieces[id].text;
    last = converted.pieces[id].score;
    ++merged;
  }
  EXPECT_GE(merged, 300);
}

TEST(TokenizerJson, ReadsOlderFormsOfTheSame) {
  Json old = siglip_json();
  old["normalizer"] = Json(old["normalizer"]["normalizers"][0]);
  old["pre_tokenizer"] = {
      {"type", "Sequence"},
      {"pretokenizers",
       {{{"type", "WhitespaceSplit"}}, {{"type", "Metaspace"}, {"replacement", "▁"}, {"add_prefix_space", true}}}}};
  old["model"].erase("type");
  expect_equal(convert(old), convert(siglip_json()), /*scores=*/true);

  Json joined = gemma_json();
  for (Json& merge : joined["model"]["merges"]) merge = merge[0].get<std::string>() + " " + merge[1].get<std::string>();
  expect_equal(convert(joined), convert(gemma_json()), /*scores=*/true);
}

TEST(TokenizerJson, KnowsGemmasTabForAByte) {  // which transformers writes as the tab itself
  Json json = gemma_json();
  Json& vocabulary = json["model"]["vocab"];
  ASSERT_FALSE(vocabulary.contains("<0x09>"));
  const Json id = vocabulary.at("\t");
  vocabulary.erase("\t");
  vocabulary["<0x09>"] = id;
  expect_equal(convert(json), convert(gemma_json()), /*scores=*/true);
}

TEST(TokenizerJson, SaysWhetherItLowerCases) {
  EXPECT_TRUE(parse_tokenizer_json(dump_json(gemma_json()), "t.json").lowercase);
  EXPECT_FALSE(parse_tokenizer_json(dump_json(siglip_json()), "t.json").lowercase);
}

TEST(TokenizerJson, AddsTokensBehindItsVocabulary) {
  Json json = siglip_json();
  json["added_tokens"].push_back({{"id", 141}, {"content", "<extra_id_0>"}, {"special", true}});
  json["added_tokens"].push_back({{"id", 140}, {"content", "ootd"}, {"special", false}});
  const PieceModel model = convert(json);
  ASSERT_EQ(model.pieces.size(), 142u);
  EXPECT_EQ(model.pieces[140].type, Piece::Type::kUserDefined);
  EXPECT_EQ(model.pieces[141].type, Piece::Type::kControl);
}

}  // namespace
}  // namespace ootd
