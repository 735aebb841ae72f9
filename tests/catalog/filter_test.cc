#include "ootd/store/filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

// Rows 1..6; row 4 carries two styles, row 6 no label.
class FilterTest : public ::testing::Test {
 protected:
  FilterTest() : catalog_(dir_.path()) {
    add("a1", {{"style", "Retro"}, {"class", "dress"}});
    add("a2", {{"style", "Retro"}, {"class", "shoes"}});
    add("a3", {{"style", "Street"}, {"class", "hat"}});
    add("a4", {{"style", "Retro"}, {"style", "Street"}, {"class", "dress"}});
    add("a5", {{"style", "say \"hi\" \\ now"}, {"neck line", "V"}, {"색", "빨강"}});
    add("a6", {});
  }
  void add(const ImageId& id, std::vector<Label> labels) {
    ImageRecord image;
    image.id = id;
    image.labels = std::move(labels);
    catalog_.add_image(image);
  }
  std::set<Row> rows(const std::string& expression) const {
    std::set<Row> set;
    resolve_filter(catalog_, expression).for_each([&](Row row) { set.insert(row); });
    return set;
  }
  std::string error(const std::string& expression) const {
    try {
      resolve_filter(catalog_, expression);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::kInput);
      return error.what();
    }
    return "no error";
  }

  const ootd::testing::TempDir dir_;
  Catalog catalog_;
};

using Rows = std::set<Row>;

TEST_F(FilterTest, AnImageMatchesIfOneOfItsValuesDoes) {
  EXPECT_EQ(rows("style = Retro"), (Rows{1, 2, 4}));
  EXPECT_EQ(rows("style = Street"), (Rows{3, 4}));
  EXPECT_EQ(rows("style=Retro and style=Street"), (Rows{4}));
}

TEST_F(FilterTest, NotEqualIsNotOfEqual) {
  EXPECT_EQ(rows("style != Retro"), (Rows{3, 5, 6}));
  EXPECT_EQ(rows("style != Retro"), rows("not style = Retro"));
  EXPECT_EQ(rows("not not style = Retro"), rows("style = Retro"));
}

TEST_F(FilterTest, AndBindsTighterThanOrAndNotTighterThanBoth) {
  EXPECT_EQ(rows("style = Street or style = Retro and class = dress"), (Rows{1, 3, 4}));
  EXPECT_EQ(rows("(style = Street or style = Retro) and class = dress"), (Rows{1, 4}));
  EXPECT_EQ(rows("not class = dress and style = Retro"), (Rows{2}));
  EXPECT_EQ(rows("not (class = dress and style = Retro)"), (Rows{2, 3, 5, 6}));
}

TEST_F(FilterTest, InIsTheUnionOfItsValues) {
  EXPECT_EQ(rows("class in (shoes, hat)"), (Rows{2, 3}));
  EXPECT_EQ(rows("class in (shoes)"), rows("class = shoes"));
  EXPECT_EQ(rows("style = Retro and not (class in (shoes, hat))"), (Rows{1, 4}));
}

TEST_F(FilterTest, QuotesHoldAnyText) {
  EXPECT_EQ(rows(R"(style = "say \"hi\" \\ now")"), (Rows{5}));
  EXPECT_EQ(rows(R"("neck line" = V)"), (Rows{5}));
  EXPECT_EQ(rows(R"("색" = "빨강")"), (Rows{5}));
  EXPECT_EQ(rows(R"("style"="Retro"and"class"="dress")"), (Rows{1, 4}));
}

TEST_F(FilterTest, WordsOfTheGrammarMayBeInAnyCaseAndMayBeValues) {
  EXPECT_EQ(rows("style = Retro AND NOT class IN (shoes)"), (Rows{1, 4}));
  EXPECT_EQ(rows("style = not"), Rows{});
  EXPECT_EQ(rows("style in (or, and, Retro)"), (Rows{1, 2, 4}));
}

TEST_F(FilterTest, IdComparesImageIds) {
  EXPECT_EQ(rows("id = a3"), (Rows{3}));
  EXPECT_EQ(rows("id in (a1, a6, none)"), (Rows{1, 6}));
  EXPECT_EQ(rows("id != a3"), (Rows{1, 2, 4, 5, 6}));
}

TEST_F(FilterTest, AnUnknownValueIsAnEmptyAnswer) {
  EXPECT_EQ(rows("style = Gorpcore"), Rows{});
  EXPECT_EQ(rows("style = retro"), Rows{}) << "case matters in values";
  EXPECT_EQ(rows("style = \"\""), Rows{});
}

TEST_F(FilterTest, AnUnknownKeyListsTheKnownOnes) {
  EXPECT_EQ(error("class = hat or stile = Retro"),
            "filter: at 16: no image has a label \"stile\"; the known keys are: class, neck line, style, 색, id");
}

TEST_F(FilterTest, ErrorsSayWhereAndWhatWasExpected) {
  EXPECT_EQ(error("style =  "), "filter: at 10: expected a value after \"=\", found the end");
  EXPECT_EQ(error("style != )"), "filter: at 10: expected a value after \"!=\", found \")\"");
  EXPECT_EQ(error(""), "filter: at 1: expected a key, \"not\" or \"(\", found the end");
  EXPECT_EQ(error("and style = Retro"), "filter: at 1: expected a key, \"not\" or \"(\", found \"and\"");
  EXPECT_EQ(error("style Retro"),
            "filter: at 7: expected \"=\", \"!=\" or \"in\" after the key \"style\", found \"Retro\"");
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
}

TEST_F(FilterTest, PositionsCountCharactersNotBytes) {
  EXPECT_EQ(error(R"("색" = "빨강" ?)").substr(0, 35), "filter: at 12: unexpected character");
}

TEST_F(FilterTest, HostileNestingAndLengthAreRefused) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '(') + "style = Retro" +
           std::string(static_cast<std::size_t>(depth), ')');
  };
  EXPECT_EQ(rows(nested(kMaxFilterDepth)), (Rows{1, 2, 4}));
  EXPECT_EQ(error(nested(kMaxFilterDepth + 1)), "filter: at 102: nested more than 100 deep");
  std::string nots;
  for (int i = 0; i < 1000; ++i) nots += "not ";
  EXPECT_EQ(error(nots + "style = Retro"), "filter: at 405: nested more than 100 deep");
  EXPECT_EQ(error(std::string(kMaxFilterBytes + 1, ' ')), "filter: 16385 bytes, more than the limit of 16384");
}

TEST_F(FilterTest, ErasedImagesMatchNothingNotEvenANot) {
  catalog_.erase_image("a6");
  catalog_.erase_image("a1");
  EXPECT_EQ(rows("style != Street"), (Rows{2, 5}));
}

// Random expressions against an evaluator that looks at one image at a time.
class RandomExpression {
 public:
  explicit RandomExpression(std::uint64_t seed) : random_(seed) {}
  struct Node {
    std::string text;
    std::function<bool(const std::vector<Label>&)> matches;
  };
  Node any(int depth) {
    switch (depth == 0 ? 0 : random_.below(5)) {
      case 1: {
        Node a = any(depth - 1), b = any(depth - 1);
        return {"(" + a.text + " and " + b.text + ")",
                [=](const auto& labels) { return a.matches(labels) && b.matches(labels); }};
      }
      case 2: {
        Node a = any(depth - 1), b = any(depth - 1);
        return {"(" + a.text + " or " + b.text + ")",
                [=](const auto& labels) { return a.matches(labels) || b.matches(labels); }};
      }
      case 3: {
        Node a = any(depth - 1);
        return {"not " + a.text, [=](const auto& labels) { return !a.matches(labels); }};
      }
      default: {
        const Label label{"k" + std::to_string(random_.below(3)), "v" + std::to_string(random_.below(4))};
        return {label.key + " = " + label.value,
                [=](const auto& labels) { return std::ranges::find(labels, label) != labels.end(); }};
      }
    }
  }

 private:
  Random random_;
};

TEST(Filter, FindsWhatLookingAtEachImageFinds) {
  const ootd::testing::TempDir dir;
  Catalog catalog(dir.path());
  Random random(5);
  std::vector<std::vector<Label>> labels_of_row(301);
  for (Row row = 1; row <= 300; ++row) {
    for (int i = 0; i < 4; ++i)
      labels_of_row[row].push_back({"k" + std::to_string(random.below(3)), "v" + std::to_string(random.below(4))});
    ImageRecord image;
    image.id = "image" + std::to_string(row);
    image.labels = labels_of_row[row];
    ASSERT_EQ(catalog.add_image(image).row, row);
  }
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    const auto expression = RandomExpression(seed).any(5);
    const Bitmap found = resolve_filter(catalog, expression.text);
    for (Row row = 1; row <= 300; ++row)
      ASSERT_EQ(found.contains(row), expression.matches(labels_of_row[row])) << expression.text << ", row " << row;
  }
}

}  // namespace
}  // namespace ootd
