#include "ootd/crawl/recipe.h"

#include <gtest/gtest.h>

#include "tests/testing/message_of.h"

namespace ootd {
namespace {

constexpr char kShort[] = R"(
name = "short"
kind = "json"
start = ["https://a.example/list?page={page}&style={style}"]
[matrix]
style = ["Retro", "Street"]
[paging]
kind = "page"
[items]
at = "$.list[*]"
[image]
from = "$.src"
)";

std::string message(const std::string& toml, const RecipeSettings& settings = {}) {
  return testing::message_of([&] { parse_recipe(toml, "r.toml", settings); });
}

std::string with(const std::string& more) { return kShort + more; }

std::string changed(std::string from, const std::string& to) {
  std::string toml = kShort;
  return toml.replace(toml.find(from), from.size(), to);
}

TEST(Recipe, BuiltInOnesAreSound) {
  EXPECT_EQ(recipe_names(), (std::vector<std::string>{"html-gallery", "musinsa", "shopify-products", "urls"}));
  const RecipeSettings settings[] = {{{{"url", "https://a.example"}, {"item", "li"}}, {}},
                                     {},
                                     {{{"shop", "https://s.example"}}, {}},
                                     {{{"list", "a.csv"}}, {}}};
  for (std::size_t i = 0; i < 4; ++i) {
    const Recipe recipe = find_recipe(recipe_names()[i], settings[i]);
    EXPECT_EQ(recipe.name, recipe_names()[i]);
    EXPECT_FALSE(recipe.about.empty());
    EXPECT_FALSE(recipe.permission.empty());
  }
  EXPECT_EQ(find_recipe("musinsa").matrix.at(0).values.size(), 13u);
}

TEST(Recipe, AnUnknownNameIsAnsweredWithTheKnownOnes) {
  EXPECT_EQ(testing::message_of([] { find_recipe("pinterest"); }),
            "no recipe \"pinterest\"; built in: html-gallery musinsa shopify-products urls; a recipe of your own is a "
            "file whose name ends in .toml");
}

TEST(Recipe, VariablesAreSetOrRefused) {
  EXPECT_EQ(message("name='x'\nkind='table'\nstart=['{list}']\n[variables.list]\nabout='a file'"),
            "r.toml: [variables]: [list]: needs a value: --set list=... (a file)");
  EXPECT_EQ(find_recipe("urls", {{{"list", "a.csv"}}, {}}).start, std::vector<std::string>{"a.csv"});
  EXPECT_NE(message(kShort, {{{"size", "3"}}, {}}).find("there is no \"size\" to set; known: style"),
            std::string::npos);
}

TEST(Recipe, StylesNarrowTheMatrix) {
  const Recipe recipe = parse_recipe(kShort, "r.toml", {{{"style", "Street"}}, {}});
  ASSERT_EQ(recipe.matrix.size(), 1u);
  EXPECT_EQ(recipe.matrix[0].values, (std::vector<std::pair<std::string, std::string>>{{"Street", "Street"}}));
  EXPECT_EQ(message(kShort, {{{"style", "Punk"}}, {}}),
            "r.toml: [matrix]: there is no style \"Punk\"; known: Retro Street");
}

TEST(Recipe, DataOfPersonsNeedsARecipeThatNamesItAndAPermission) {
  const std::string person = with("[person]\ngender = \"$.gender\"\n");
  EXPECT_TRUE(parse_recipe(person, "r.toml").fields.empty());
  const Recipe allowed = parse_recipe(person, "r.toml", {{}, {"gender"}});
  ASSERT_EQ(allowed.fields.size(), 1u);
  EXPECT_EQ(allowed.fields[0].key, "gender");
  EXPECT_EQ(parse_recipe("allow = ['gender']\n" + person, "r.toml").fields.size(), 1u);
  EXPECT_NE(message(person, {{}, {"weight"}}).find("names no such data of persons; it names: gender"),
            std::string::npos);
  EXPECT_NE(message(with("[labels]\nGender = \"$.gender\"\n")).find("belongs under [person]"), std::string::npos);
}

TEST(Recipe, MistakesNameFileTableAndField) {
  const std::pair<std::string, const char*> cases[] = {
      {"name = ", "r.toml:1: "},
      {"name = 'x'", "r.toml: fields \"name\", \"kind\" and \"start\" must be there"},
      {changed("json", "xml"), "r.toml: field \"kind\" is \"xml\"; known: json html sitemap feed table"},
      {changed("$.list[*]", "list"), "r.toml: [items]: field \"at\": \"list\": a path begins with $"},
      {changed("at = \"$.list[*]\"", ""), "r.toml: [items]: kinds json and html, and no others, need the field \"at\""},
      {changed("from = \"$.src\"", ""), "r.toml: [image] must say \"from\""},
      {changed("{page}", "1"), "lacks {page}"},
      {changed("{style}", "{colour}"), "names {colour}; known here: style page"},
      {changed("kind = \"page\"", "kind = \"cursor\""), "r.toml: [paging]: kinds cursor and next"},
      {changed("kind = \"page\"", "kind = \"page\"\nmax_pages = 0"), "max_pages must be at least 1"},
      {changed("[\"Retro\", \"Street\"]", "[]"), "r.toml: [matrix]: field \"style\" must hold at least one value"},
      {changed("[\"Retro\", \"Street\"]", "[1]"), "r.toml: [matrix]: field \"style\" must be a list of texts"},
      {with("[lables]\n"), "r.toml: unknown field lables"},
      {with("[labels]\nbrand = \"\"\n"), "r.toml: [labels]: field \"brand\" must say where"},
      {with("[labels]\n\"*\" = \"*\"\n"), "r.toml: [labels]: field \"*\""},
      {with("[constants]\na = \"{b}\"\n"), "r.toml: [constants]: field \"a\" names {b}"},
      {with("[page]\nfrom = \"$.u\"\nurl = \"https://x\"\n"), "r.toml: [page]: field \"url\" must hold {value}"},
      {with("[page]\nfrom = \"$.u\"\nreplace = [\"a\"]\n"), "r.toml: [page]: field \"replace\" must hold pairs"},
      {with("[detail]\nkind = \"table\"\n"), "r.toml: [detail]: field \"kind\" must be json or html"},
      {with("[detail]\nkind = \"html\"\n[detail.image]\nfrom = \"a:hover @src\"\n"),
       "r.toml: [detail]: [image]: field \"from\""},
      {with("[politeness]\nhours = \"22-6\"\n"), "r.toml: [politeness]: field \"hours\" must be like"},
      {with("[politeness]\nrequests_per_second = 0\n"), "requests_per_second must be positive"},
  };
  for (const auto& [toml, start] : cases)
    EXPECT_NE(message(toml).find(start), std::string::npos) << toml << "\n=> " << message(toml);
}

TEST(Recipe, HoursMaySpanMidnight) {
  const Politeness politeness = parse_recipe(with("[politeness]\nhours = \"22:30-06:00\"\n"), "r.toml").politeness;
  EXPECT_EQ(politeness.from_minute, 22 * 60 + 30);
  EXPECT_EQ(politeness.until_minute, 6 * 60);
}

}  // namespace
}  // namespace ootd
