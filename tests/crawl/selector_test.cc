#include "ootd/crawl/selector.h"

#include <gtest/gtest.h>

#include "tests/testing/message_of.h"

namespace ootd {
namespace {

constexpr char kPage[] = R"(<!doctype html><html><body>
  <div id="list" class="grid looks">
    <article id="a" class="card big" data-id="7"><a href="/l/1.html"><img id="i1" src="1.jpg"></a></article>
    <article id="b" class="card" data-id="70" lang="ko"><p><span id="s"><img id="i2" data-src="2.jpg"></span></p></article>
    <h2 id="h">More</h2>
    <article id="c" class="cards"><img id="i3" src="/x/3.png"></article>
    <ul id="u"><li id="l1"></li><li id="l2"></li><li id="l3"></li></ul>
  </div></body></html>)";

std::string ids_of(const std::string& selector) {
  const Dom dom = Dom::html(kPage, "");
  std::string ids;
  for (const xmlNode* node : Selector(selector, "test").select(dom.root()))
    ids += (ids.empty() ? "" : " ") + attribute(node, "id").value_or("?");
  return ids;
}

TEST(Selector, FindsWhatCssFinds) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"article", "a b c"},
      {"ARTICLE", "a b c"},
      {".card", "a b"},
      {".card.big", "a"},
      {"article.cards", "c"},
      {"#b", "b"},
      {"*#b.card", "b"},
      {"[data-id]", "a b"},
      {"[data-id=7]", "a"},
      {"[data-id='70']", "b"},
      {"[ data-id ^= \"7\" ]", "a b"},
      {"[src$='.png']", "i3"},
      {"[src*=x]", "i3"},
      {"[class~=card]", "a b"},
      {"[class^='']", ""},
      {"article img", "i1 i2 i3"},
      {"article > img", "i3"},
      {"div > article > a > img", "i1"},
      {"div article p img", "i2"},
      {"body p > span img", "i2"},
      {"h2 + article", "c"},
      {"h2 ~ ul", "u"},
      {"h2 + ul", ""},
      {"article ~ article", "b c"},
      {"article + article > p", "?"},
      {"#i1, #i3 ,#i1", "i1 i3"},
      {"li:first-child", "l1"},
      {"li:last-child", "l3"},
      {"li:nth-child(2)", "l2"},
      {"li:nth-child(odd)", "l1 l3"},
      {"li:nth-child( even )", "l2"},
      {"article:nth-child(4)", "c"},
      {"nothing", ""},
  };
  for (const auto& [selector, ids] : kCases) EXPECT_EQ(ids_of(selector), ids) << selector;
}

// The parts of a chain must be tried at every ancestor, not at the nearest that fits only.
TEST(Selector, ABelowGoesPastANearerAncestorThatLeadsNowhere) {
  const Dom dom = Dom::html("<div class=x><p><div class=y><div class=z><b id=1></b></div></div></p></div>", "");
  EXPECT_EQ(Selector(".x div b", "test").select(dom.root()).size(), 1u);
  const Dom nested = Dom::html("<div class=a><ul><div><ul><li></li></ul></div></ul></div>", "");
  EXPECT_EQ(Selector("div.a > ul li", "test").select(nested.root()).size(), 1u);
}

TEST(Selector, MistakesAreNamed) {
  const auto message = [](const char* text) {
    return testing::message_of([&] { Selector(text, "look.toml: [items]"); });
  };
  EXPECT_EQ(message(""),
            "look.toml: [items]: selector \"\": an element, .class, #id or [attribute] is missing at character 1");
  for (const char* bad : {"a >", "a,", ">a", ".", "#", "[", "[a", "[a=", "[a='x", "[a=x", "a:hover", ":nth-child(0)",
                          ":nth-child(2", "a!b", "a |b"})
    EXPECT_NE(message(bad).find("at character"), std::string::npos) << bad << ": " << message(bad);
  std::string many = "a";
  for (int i = 0; i < 32; ++i) many += " a";
  EXPECT_NE(message(many.c_str()).find("more than 32"), std::string::npos);
}

TEST(Dom, DeepAndBrokenPagesCostLittle) {
  std::string deep;
  for (int i = 0; i < 200'000; ++i) deep += "<div>";
  const Dom dom = Dom::html(deep, "");
  EXPECT_LE(elements_below(dom.root()).size(), 300u);
  EXPECT_TRUE(Selector("img", "test").select(Dom::html("", "").root()).empty());
  EXPECT_EQ(Selector("img", "test").select(Dom::html("<p><<img src='a'><im", "").root()).size(), 1u);
}

TEST(Dom, BytesThatAreUtf8AreReadAsSuch) {
  const auto text = [](std::string_view html, const char* type) { return text_of(Dom::html(html, type).root()); };
  EXPECT_EQ(text("<p>\xEB\xA3\xA9</p>", ""), "\xEB\xA3\xA9");
  EXPECT_EQ(text("<meta charset=euc-kr><p>\xEB\xA3\xA9</p>", ""), "\xEB\xA3\xA9");
  EXPECT_EQ(text("<p>\xB7\xE8</p>", "text/html; charset=\"EUC-KR\""), "\xEB\xA3\xA9");
  EXPECT_EQ(text("<meta charset=euc-kr><p>\xB7\xE8</p>", ""), "\xEB\xA3\xA9");
}

TEST(Dom, EntitiesOfADtdAreRefused) {
  constexpr char kLaughs[] =
      "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;\">]><urlset><url><loc>&b;</loc></url></urlset>";
  EXPECT_NE(testing::message_of([&] { Dom::xml(kLaughs, "s.xml"); }).find("s.xml: it defines entities"),
            std::string::npos);
  EXPECT_NE(testing::message_of([] { Dom::xml("no xml", "s.xml"); }).find("s.xml: not XML"), std::string::npos);
}

}  // namespace
}  // namespace ootd
