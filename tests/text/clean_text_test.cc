#include "ootd/text/clean_text.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "ootd/base/json.h"
#include "ootd/base/random.h"
#include "ootd/text/html_entities.h"
#include "ootd/text/mojibake.h"
#include "ootd/text/unicode.h"

namespace ootd {
namespace {

std::string canonical(std::string_view text) { return clean_text(text, Cleaning::kCanonicalize); }
std::string lowered(std::string_view text) { return clean_text(text, Cleaning::kLowercase); }

TEST(CleanText, EqualsOpenClipsOnTheGoldenTexts) {
  // ftfy does not take this for a broken "Nike ™".
  const std::map<std::string, std::string> differ = {{"Nike â„¢", "nike ™"}};
  const Json cases = read_json(std::filesystem::path(OOTD_GOLDEN_DIR) / "canonicalize.json");
  ASSERT_GE(cases.size(), 300u);
  for (const Json& example : cases) {
    const auto text = example["text"].get<std::string>();
    const auto ours = differ.find(text);
    EXPECT_EQ(canonical(text), ours == differ.end() ? example["canonical"].get<std::string>() : ours->second) << text;
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
    // Half of the bytes from what the repair looks for.
    constexpr std::string_view kMarks = "&#;<x2 \xc3\xa2\xe2\x82\xac\xc2\x9d\x1b[m\n\r";
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
  std::string references, broken;
  while (references.size() < 1 << 16) references += "&ThisIsNoEntityNameAtAllxxxxxxx";
  while (broken.size() < 1 << 16) broken += "Ãƒâ€šÃ‚Â";
  for (const std::string& text : {marks, references, broken, std::string(1 << 16, '\n'), std::string(1 << 16, '&')})
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

TEST(Siglip, DeletesTheUnderscoreAndKeepsReferences) {
  EXPECT_EQ(clean_text("  Black_Leather  &amp;\tCAFÃ© ", Cleaning::kSiglip), "blackleather amp cafã©");
}

TEST(Mojibake, LeavesTextAlone) {
  for (const char32_t* text : {U"CAFÉ™ CAFÉ® CAFÉ’S CAFÉ… ÉTÉ» «ÉTÉ»", U"SÃO PAULO, AÇÃO", U"déjà vu… l’été…” où",
                               U"MÜLLER’S – GRÖẞE", U"Â, Ã, É", U"weiß« 10 m²", U"2 × 3 ×", U"Ø 38 °C", U"日本 ½ €5"})
    EXPECT_EQ(mend_mojibake(text), text);
}

TEST(Mojibake, MendsWhatWasReadAsWindows1252OrLatin1UpToThreeTimes) {
  const std::u32string text = U"robe d’été à fleurs — 20 € 👗 платье 夏";
  std::u32string broken = text;
  for (int times = 1; times <= 3; ++times) {
    std::u32string again;
    for (const char byte : encode_utf8(broken)) again += static_cast<char32_t>(static_cast<unsigned char>(byte));
    broken = again;  // as Latin-1
    EXPECT_EQ(mend_mojibake(broken), text) << times;
  }
  EXPECT_EQ(mend_mojibake(U"Ð¿Ð»Ð°Ñ‚ÑŒÐµ"), U"платье");
  EXPECT_EQ(mend_mojibake(U"日本 cafÃ© Ã¼ber"), U"日本 café über");  // part of a line
  EXPECT_EQ(mend_mojibake(U"don\u0092t"), U"don’t");
}

TEST(Html, ResolvesAsHtml5Says) {
  EXPECT_EQ(unescape_html(U"&eacute;&Eacute &ampx &notit; &nosuch; &"), U"éÉ &x ¬it; &nosuch; &");
  EXPECT_EQ(unescape_html(U"&#233;&#xE9;&#233 &#x92;&#0;&#xD800;&#x110000;&#99999999999;&#1;"),
            U"ééé ’\uFFFD\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(unescape_html(U"&#;&#x;&#xg"), U"&#;&#x;&#xg");
  EXPECT_EQ(unescape_html_strictly(U"&EACUTE;&eacute &#233 &#233; &NOSUCH;"), U"É&eacute &#233 é &NOSUCH;");
  EXPECT_EQ(unescape_html(U"&NotEqualTilde;"), U"≂\u0338");  // two code points
}

}  // namespace
}  // namespace ootd
