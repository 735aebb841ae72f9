#include "ootd/text/clean_text.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "ootd/base/json.h"
#include "ootd/base/random.h"
#include "ootd/base/unicode.h"

namespace ootd {
namespace {

std::string canonical(std::string_view text) { return clean_text(text, Cleaning::kCanonicalize); }
std::string lowered(std::string_view text) { return clean_text(text, Cleaning::kLowercase); }

TEST(CleanText, EqualsOpenClipsOnTheGoldenTexts) {
  const Json cases = read_json(std::filesystem::path(OOTD_GOLDEN_DIR) / "canonicalize.json");
  ASSERT_EQ(cases.size(), 149u);
  for (const Json& example : cases) {
    const auto text = example["text"].get<std::string>();
    EXPECT_EQ(canonical(text), example["canonical"].get<std::string>()) << text;
  }
}

TEST(CleanText, TakesInvalidUtf8ForReplacementCharacters) {
  const std::pair<std::string_view, std::string> cases[] = {
      // right: bytes.decode("utf-8", "replace") of Python
      {"a\x80z", "a\uFFFDz"},
      {"\xc3", "\uFFFD"},
      {"\xc0\xaf", "\uFFFD\uFFFD"},  // overlong
      {"\xe2\x82z", "\uFFFDz"},      // cut: one for the whole beginning
      {"\xf0\x9f\x91", "\uFFFD"},
      {"\xed\xa0\x80", "\uFFFD\uFFFD\uFFFD"},  // a surrogate
      {"\xf4\x90\x80\x80", "\uFFFD\uFFFD\uFFFD\uFFFD"},
      {"\xff\xfe", "\uFFFD\uFFFD"},
  };
  for (const auto& [bytes, text] : cases) EXPECT_EQ(clean_text(bytes, Cleaning::kNone), text);
}

TEST(CleanText, GivesUtf8ForAnyBytes) {
  Random random(3);
  for (int i = 0; i < 3000; ++i) {
    std::string bytes;
    // Half of the bytes begin and go on characters of several bytes, or are cleaned away.
    constexpr std::string_view kMarks = "&_;- \xc3\xa2\xe2\x82\xac\xc2\x9d\xef\xbc\xa1\x1b\n\r";
    for (std::uint64_t n = random.below(40); n > 0; --n)
      bytes += random.below(2) == 0 ? static_cast<char>(random.below(256)) : kMarks[random.below(kMarks.size())];
    for (const auto cleaning : {Cleaning::kCanonicalize, Cleaning::kSiglip, Cleaning::kLowercase, Cleaning::kNone}) {
      const std::string text = clean_text(bytes, cleaning);
      EXPECT_TRUE(is_utf8(text));
      if (cleaning != Cleaning::kCanonicalize) {
        EXPECT_EQ(clean_text(text, cleaning), text);
      }
    }
  }
}

TEST(CleanText, KeepsUpWithHostileTexts) {  // 64 KiB each; anything quadratic would take minutes
  std::string marks = "a";
  while (marks.size() < 1 << 16) marks += "\u0301\u0323";  // combining marks in the wrong order
  for (const std::string& text : {marks, std::string(1 << 16, '\n'), std::string(1 << 16, '&')})
    EXPECT_TRUE(is_utf8(canonical(text)));
}

TEST(LowerCase, EqualsPythonsOnWordsWithTheirOwnRules) {
  const std::pair<std::string, std::string> cases[] = {
      {"DENIM Été ÑANDÚ", "denim été ñandú"},
      {"İSTANBUL IŞIK", "i̇stanbul işik"},          // U+0130 gives two code points
      {"ΟΔΟΣ ΟΔΟΣ.", "οδος οδος."},                // final
      {"ΣΟΦΙΑ Σ", "σοφια σ"},                      // not at the end; alone
      {"ΟΔΟΣ'Σ ΟΔΌΣ\u0301", "οδοσ'ς οδός\u0301"},  // what is between or behind may be ignorable
      {"ẞ ſ ǅ Ⅷ Ⓐ 𝐀", "ß ſ ǆ ⅷ ⓐ 𝐀"},
      {"ПЛАТЬЕ ΪΫ ԱԲ Ა", "платье ϊϋ աբ ა"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(lowered(text), expected);
}

TEST(CleanText, LeavesBrokenEncodingsAndCharacterReferencesAsTheyAre) {
  EXPECT_EQ(canonical("CAFÃ‰ &amp; &#233;"), "cafã‰ amp 233");
}

TEST(Siglip, DeletesTheUnderscoreAndKeepsReferences) {
  EXPECT_EQ(clean_text("  Black_Leather  &amp;\tCAFÃ© ", Cleaning::kSiglip), "blackleather amp cafã©");
}

}  // namespace
}  // namespace ootd
