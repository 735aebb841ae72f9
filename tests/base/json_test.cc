#include "ootd/base/json.h"

#include <gtest/gtest.h>

#include "ootd/base/error.h"

namespace ootd {
namespace {

Json read(const std::string& text) { return parse_json(text, "list.json"); }

constexpr char kUnknown[] = "\xef\xbf\xbd";  // U+FFFD

bool is_refused(const std::string& text) {
  try {
    read(text);
    return false;
  } catch (const Error& error) {
    return error.kind() == Kind::kInput && std::string(error.what()).starts_with("list.json: ");
  }
}

TEST(Json, NamesTheFileAndTheField) {
  try {
    json_field<int>(parse_json(R"({"k": "five"})", "set.json"), "k", "set.json");
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "set.json: field \"k\" has the wrong type");
  }
  EXPECT_TRUE(is_refused("{"));
}

TEST(Json, RefusesHostileNesting) {
  const std::string deep(100'000, '[');
  EXPECT_TRUE(is_refused(deep));
}

TEST(Json, HalfAnEmojiIsUnknownAndTheRestIsRead) {
  EXPECT_EQ(read(R"({"caption": "nice \ud83d", "id": 7})"),
            Json({{"caption", std::string("nice ") + kUnknown}, {"id", 7}}));
  EXPECT_EQ(read(R"("\ud83dx\ude00")"), Json(std::string(kUnknown) + "x" + kUnknown));
  EXPECT_EQ(read(R"("\uDE00\uD83D")"), Json(std::string(kUnknown) + kUnknown)) << "the halves the wrong way round";
  EXPECT_EQ(read(R"("\ud83d\ud83d\ude00")"), Json(std::string(kUnknown) + "\xf0\x9f\x98\x80"));
  EXPECT_EQ(read(R"("\ud83d\n")"), Json(std::string(kUnknown) + "\n"));
  EXPECT_EQ(read(R"({"a\ud83d": 1})"), Json({{std::string("a") + kUnknown, 1}}));
  EXPECT_EQ(read("\"a\xed\xa0\xbdz\""), Json(std::string("a") + kUnknown + "z")) << "as bytes";
}

TEST(Json, WholeEmojisEscapedBackslashesAndOtherLettersStayAsTheyAre) {
  EXPECT_EQ(read(R"("\ud83d\ude00")"), Json("\xf0\x9f\x98\x80"));
  EXPECT_EQ(read(R"("\\ud83d")"), Json("\\ud83d")) << "a backslash and letters, no escape";
  EXPECT_EQ(read(R"("\"\\\"NaN")"), Json("\"\\\"NaN"));
  EXPECT_EQ(read("\"\xed\x95\x9c\""), Json("\xed\x95\x9c")) << "Korean letters begin with this byte as well";
}

TEST(Json, NumbersThatJsonLacksAreNull) {
  EXPECT_EQ(read(R"({"a": NaN, "b": [Infinity,-Infinity , 1e999,-1e999], "c": "NaN"})"),
            Json({{"a", nullptr}, {"b", {nullptr, nullptr, nullptr, nullptr}}, {"c", "NaN"}}));
  EXPECT_EQ(read("[1e-999, 1E5, -0.5, 0, true, false, null]"), Json({0.0, 1e5, -0.5, 0, true, false, nullptr}));
  EXPECT_EQ(read("NaN"), Json(nullptr));
}

TEST(Json, IdsStayExact) {
  EXPECT_EQ(read("9007199254740993").get<std::int64_t>(), 9007199254740993);
  EXPECT_EQ(read("-9223372036854775808").get<std::int64_t>(), INT64_MIN);
  EXPECT_EQ(read("18446744073709551615").get<std::uint64_t>(), UINT64_MAX);
  EXPECT_EQ(read("[18446744073709551616, -9223372036854775809]"),
            Json({"18446744073709551616", "-9223372036854775809"}));
  EXPECT_TRUE(read("12345678901234567890123.5").is_number_float());
}

TEST(Json, WhatIsNoJsonIsRefusedAsBefore) {
  for (const char* text : {"", "{", "[NaNx]", "[nul]", "{NaN: 1}", "[00000000000000000000001]", "[--1]", "[1e999x]",
                           "[1 2]", "\"\\ud83", "\"\\u", "\"\\", "\"\xed\xa0", "\"\xff\"", "[.5]", "[+1]"})
    EXPECT_TRUE(is_refused(text)) << text;
}

}  // namespace
}  // namespace ootd
