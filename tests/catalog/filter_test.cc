#include "ootd/catalog/filter.h"

#include <gtest/gtest.h>

#include "tests/testing/message_of.h"

namespace ootd {
namespace {

// The tree as text: and(style in [Retro], not(class in [hat, shoes])).
std::string text_of(const Filter::Node& node) {
  using Kind = Filter::Node::Kind;
  std::string inner;
  if (node.kind == Kind::kIn) {
    for (const auto& value : node.values) inner += (inner.empty() ? "" : ", ") + value;
    return node.key + " in [" + inner + "]";
  }
  if (node.kind == Kind::kCompare) return node.key + " " + node.relation + " " + node.values.front();
  for (const auto& child : node.children) inner += (inner.empty() ? "" : ", ") + text_of(child);
  return (node.kind == Kind::kAnd ? "and(" : node.kind == Kind::kOr ? "or(" : "not(") + inner + ")";
}
std::string parsed(const std::string& expression) { return text_of(Filter::parse(expression).root()); }

std::string error(const std::string& expression) {
  EXPECT_EQ(testing::kind_of([&] { Filter::parse(expression); }), Kind::kInput) << expression;
  return testing::message_of([&] { Filter::parse(expression); });
}

TEST(FilterParse, AComparisonIsAListOfValues) {
  EXPECT_EQ(parsed("style = Retro"), "style in [Retro]");
  EXPECT_EQ(parsed("class in (shoes)"), "class in [shoes]");
  EXPECT_EQ(parsed("class in (shoes, hat)"), "class in [hat, shoes]") << "sorted";
  EXPECT_EQ(parsed("class in (hat, shoes, hat)"), "class in [hat, shoes]") << "unique";
  EXPECT_EQ(parsed("id in (b, a)"), "id in [a, b]");
}

TEST(FilterParse, NotEqualIsNotOfEqual) {
  EXPECT_EQ(parsed("style != Retro"), "not(style in [Retro])");
  EXPECT_EQ(parsed("style != Retro"), parsed("not style = Retro"));
  EXPECT_EQ(parsed("not not style = Retro"), "not(not(style in [Retro]))");
}

TEST(FilterParse, AndBindsTighterThanOrAndNotTighterThanBoth) {
  EXPECT_EQ(parsed("a = 1 or b = 2 and c = 3"), "or(a in [1], and(b in [2], c in [3]))");
  EXPECT_EQ(parsed("(a = 1 or b = 2) and c = 3"), "and(or(a in [1], b in [2]), c in [3])");
  EXPECT_EQ(parsed("not a = 1 and b = 2"), "and(not(a in [1]), b in [2])");
  EXPECT_EQ(parsed("not (a = 1 and b = 2)"), "not(and(a in [1], b in [2]))");
  EXPECT_EQ(parsed("a = 1 and b = 2 and c = 3"), "and(a in [1], b in [2], c in [3])");
  EXPECT_EQ(parsed("((a = 1))"), "a in [1]");
}

// So that a filter of a thousand alike terms reads each label once.
TEST(FilterParse, TheTermsOfOneKeyUnderAnOrAreOneList) {
  EXPECT_EQ(parsed("style=A or style=A or style=A"), "style in [A]");
  EXPECT_EQ(parsed("style=B or class=x or style=A or style in (C, A)"), "or(style in [A, B, C], class in [x])");
  EXPECT_EQ(parsed("(style=A or style=B) or style=C"), "style in [A, B, C]");
  EXPECT_EQ(parsed("style=A or style!=B"), "or(style in [A], not(style in [B]))");
  EXPECT_EQ(parsed("style=A and style=B"), "and(style in [A], style in [B])");
}

TEST(FilterParse, QuotesHoldAnyText) {
  EXPECT_EQ(parsed(R"(style = "say \"hi\" \\ now")"), R"(style in [say "hi" \ now])");
  EXPECT_EQ(parsed(R"("neck line" = V)"), "neck line in [V]");
  EXPECT_EQ(parsed(R"("색" = "빨강")"), "색 in [빨강]");
  EXPECT_EQ(parsed(R"("style"="Retro"and"class"="dress")"), "and(style in [Retro], class in [dress])");
  EXPECT_EQ(parsed(R"(style = "")"), "style in []");
  EXPECT_EQ(Filter::parse(R"(style = "")").root().values, std::vector<std::string>{""});
}

TEST(FilterParse, WordsOfTheGrammarMayBeInAnyCaseAndMayBeValues) {
  EXPECT_EQ(parsed("style = Retro AND NOT class IN (shoes) oR a = 1"),
            "or(and(style in [Retro], not(class in [shoes])), a in [1])");
  EXPECT_EQ(parsed("style = not"), "style in [not]");
  EXPECT_EQ(parsed("style in (or, and, In)"), "style in [In, and, or]");
  EXPECT_EQ(parsed(R"("not" = a and "in" = b)"), "and(not in [a], in in [b])") << "in quotes they are keys";
}

TEST(FilterParse, EachComparisonKnowsWhereItsKeyStands) {
  EXPECT_EQ(Filter::parse("  style = Retro").root().at, 3u);
  const auto root = Filter::parse(R"("색" = "빨강" and (class in (a, b)))").root();
  EXPECT_EQ(root.children.at(0).at, 1u);
  EXPECT_EQ(root.children.at(1).at, 17u) << "characters, not bytes";
  EXPECT_EQ(Filter::parse("style != Retro").root().children.at(0).at, 1u);
}

TEST(FilterParse, ErrorsSayWhereAndWhatWasExpected) {
  EXPECT_EQ(error("style =  "), "filter: at 10: expected a value after \"=\", found the end");
  EXPECT_EQ(error("style != )"), "filter: at 10: expected a value after \"!=\", found \")\"");
  EXPECT_EQ(error(""), "filter: at 1: expected a key, \"not\" or \"(\", found the end");
  EXPECT_EQ(error("()"), "filter: at 2: expected a key, \"not\" or \"(\", found \")\"");
  EXPECT_EQ(error("not"), "filter: at 4: expected a key, \"not\" or \"(\", found the end");
  EXPECT_EQ(error("and style = Retro"), "filter: at 1: expected a key, \"not\" or \"(\", found \"and\"");
  EXPECT_EQ(error("a = 1 or OR b = 2"), "filter: at 10: expected a key, \"not\" or \"(\", found \"OR\"");
  EXPECT_EQ(error("in = a"), "filter: at 1: expected a key, \"not\" or \"(\", found \"in\"");
  EXPECT_EQ(error("style Retro"),
            "filter: at 7: expected \"=\", \"!=\", \"<\", \">\" or \"in\" after the key \"style\", found \"Retro\"");
  EXPECT_EQ(error("style in Retro"), "filter: at 10: expected \"(\" after \"in\", found \"Retro\"");
  EXPECT_EQ(error("style in ()"), "filter: at 11: expected a value after \"(\", found \")\"");
  EXPECT_EQ(error("style in (Retro,)"), "filter: at 17: expected a value after \",\", found \")\"");
  EXPECT_EQ(error("style in (Retro Street)"), "filter: at 17: expected \",\" or \")\", found \"Street\"");
  EXPECT_EQ(error("(style = Retro"), "filter: at 15: expected \"and\", \"or\" or \")\", found the end");
  EXPECT_EQ(error("style = Retro)"), "filter: at 14: expected \"and\", \"or\" or the end, found \")\"");
  EXPECT_EQ(error("style = Retro class = hat"), "filter: at 15: expected \"and\", \"or\" or the end, found \"class\"");
  EXPECT_EQ(error("style = \"Retro"), "filter: at 9: this quote is never closed");
  EXPECT_EQ(error("style = \"Retro\\"), "filter: at 9: this quote is never closed");
  EXPECT_EQ(error(R"(style = "a\n")"), "filter: at 11: after \\ in quotes only \" or \\ may stand");
  const std::string unexpected =
      "unexpected character; put words with other characters than A-Z a-z 0-9 _ . : / - in \"quotes\"";
  EXPECT_EQ(error("style = ?"), "filter: at 9: " + unexpected);
  EXPECT_EQ(error("style ! Retro"), "filter: at 7: " + unexpected);
  EXPECT_EQ(error("style = Rétro"), "filter: at 10: " + unexpected);
  EXPECT_EQ(error(R"("색" = "빨강" ?)"), "filter: at 12: " + unexpected) << "characters, not bytes";
}

TEST(FilterParse, NumbersAndDatesAreCompared) {
  EXPECT_EQ(parsed("price<100 and price >= -9.5e1"), "and(price < 100, price >= -9.5e1)");
  EXPECT_EQ(parsed("not day > 2026-11-30T18:05Z"), "not(day > 2026-11-30T18:05Z)");
  EXPECT_EQ(parsed("a < 1 or a < 2"), "or(a < 1, a < 2)");
  EXPECT_EQ(error("price < cheap"), "filter: at 9: \"cheap\" is neither a number nor a date such as 2026-11-30");
  EXPECT_EQ(error("day < 2026-02-30"),
            "filter: at 7: \"2026-02-30\" is neither a number nor a date such as 2026-11-30");
  EXPECT_EQ(error("price < "), "filter: at 9: expected a value after \"<\", found the end");
  EXPECT_EQ(error("id < 5"), "filter: at 6: ids have no order");
}

TEST(FilterParse, AComparisonIsOfNumbersOrOfDatesAndATextMatchesNone) {
  const auto holds = [](const std::string& expression, const std::string& value) {
    return Filter::holds(Filter::parse(expression).root(), value);
  };
  EXPECT_TRUE(holds("price < 100", "99.9"));
  EXPECT_FALSE(holds("price < 100", "100"));
  EXPECT_TRUE(holds("price <= 100", "1e2"));
  EXPECT_TRUE(holds("price > 9", "10")) << "not as texts";
  EXPECT_FALSE(holds("price > 9", "about 10"));
  EXPECT_FALSE(holds("price > 9", "inf"));
  EXPECT_FALSE(holds("price > 9", ""));
  EXPECT_TRUE(holds("day < 2026-02", "2026-01-31"));
  EXPECT_FALSE(holds("day < 2026-02", "2026-02-01"));
  EXPECT_TRUE(holds("day <= 2026-02", "2026-02-28T23:59:59")) << "a month lasts until its end";
  EXPECT_FALSE(holds("day <= 2026-02", "2026-03-01"));
  EXPECT_FALSE(holds("day > 2026-02", "2026-02-28"));
  EXPECT_TRUE(holds("day > 2026-02", "2026-03"));
  EXPECT_TRUE(holds("day >= 2026-02-10", "2026-02-10T00:00"));
  EXPECT_TRUE(holds("day >= 2025", "2026-02-10")) << "a year is a number, too";
  EXPECT_TRUE(holds("day < 2026-02-10T10:00Z", "2026-02-10T18:30+09:00")) << "it is 09:30 there";
  EXPECT_FALSE(holds("day < 2026-02-10T10:00Z", "2026-02-10 10:00:00.5"));
  EXPECT_FALSE(holds("day > 2026-02-10", "100"));
  EXPECT_FALSE(holds("day > 2026-02-10", "2026-13-01"));
}

TEST(FilterParse, JsonGivesTheSameTree) {
  const auto same = [](const std::string& json, const std::string& text) {
    EXPECT_EQ(parsed(json), parsed(text)) << json;
  };
  same(R"({"key": "style", "=": "Retro"})", "style = Retro");
  same(R"( {"key": "style", "!=": "Retro"})", "style != Retro");
  same(R"({"key": "class", "in": ["shoes", "hat", "hat"]})", "class in (shoes, hat)");
  same(R"({"key": "price", "<": 100})", "price < 100");
  same(R"({"key": "price", "=": 5})", "price = 5");
  same(R"({"and": [{"or": [{"key": "a", "=": "1"}, {"key": "a", "=": "2"}]}, {"not": {"key": "b", ">=": "2026-01"}}]})",
       "(a = 1 or a = 2) and not b >= 2026-01");
  EXPECT_EQ(error(R"({"and": [{"key": "a", "=": "1"}, {"key": "b", "~": "1"}]})"),
            "filter.and[1]: \"~\" is unknown: = != < <= > >= in");
  EXPECT_EQ(error(R"({"or": []})"), "filter: \"or\" must be a list of filters");
  EXPECT_EQ(error(R"({"not": {"key": "a", "<": "x"}})"),
            "filter.not: \"x\" is neither a number nor a date such as 2026-11-30");
  EXPECT_EQ(error(R"({"key": "a"})"), "filter: must have a \"key\" and one of = != < <= > >= in");
  EXPECT_EQ(error(R"({"key": "a", "=": 1, "<": 2})"), "filter: must have a \"key\" and one of = != < <= > >= in");
  EXPECT_EQ(error(R"({"not": {"key": "a", "=": 1}, "key": "b"})"), "filter: \"not\" stands alone in its object");
  EXPECT_EQ(error(R"({"key": "a", "=": [1]})"), "filter: a value must be a text or a number");
  std::string many = R"({"key": "a", "in": ["x")";
  // JSON itself may be nested 64 deep.
  std::string deep = R"({"key": "a", "=": 1})";
  for (int i = 0; i <= kMaxFilterDepth; ++i) deep = R"({"not": )" + deep + "}";
  EXPECT_NE(error(deep).find("nested deeper than 64"), std::string::npos);
  for (std::size_t i = 0; i < kMaxFilterTerms; ++i) many += R"(, "x")";
  EXPECT_NE(error(many + "]}").find("more than 256 values"), std::string::npos);
}

TEST(FilterParse, HostileNestingLengthAndNumbersOfTermsAreRefused) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '(') + "style = Retro" +
           std::string(static_cast<std::size_t>(depth), ')');
  };
  EXPECT_EQ(parsed(nested(kMaxFilterDepth)), "style in [Retro]");
  EXPECT_EQ(error(nested(kMaxFilterDepth + 1)), "filter: at 102: nested more than 100 deep");
  std::string nots;
  for (int i = 0; i < 1000; ++i) nots += "not ";
  EXPECT_EQ(error(nots + "style = Retro"), "filter: at 405: nested more than 100 deep");
  EXPECT_EQ(error(std::string(kMaxFilterBytes + 1, ' ')), "filter: 16385 bytes, more than the limit of 16384");

  const auto terms = [](std::size_t count) {
    std::string expression = "s=A";
    for (std::size_t i = 1; i < count; ++i) expression += " or s=A";
    return expression;
  };
  EXPECT_EQ(parsed(terms(kMaxFilterTerms)), "s in [A]");
  EXPECT_EQ(error(terms(kMaxFilterTerms + 1)),
            "filter: at 1795: more than 256 values are compared; ask for fewer at a time");
  std::string list = "s in (A";
  for (std::size_t i = 1; i < kMaxFilterTerms; ++i) list += ",A";
  EXPECT_EQ(parsed(list + ")"), "s in [A]");
  EXPECT_EQ(error(list + ",A)"), "filter: at 519: more than 256 values are compared; ask for fewer at a time");
}

}  // namespace
}  // namespace ootd
