#include "ootd/crawl/robots.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

bool allowed(std::string_view robots, std::string_view path, std::string_view product = "ootd") {
  return Robots::parse(robots).allowed(product, path);
}

TEST(Robots, AnEmptyFileAllowsAll) {
  EXPECT_TRUE(allowed("", "/a"));
  EXPECT_TRUE(allowed("# nothing\n\n", "/a"));
  EXPECT_TRUE(allowed("Disallow: /\n", "/a")) << "a rule before any user-agent is nobody's";
}

// RFC 9309 section 5.1.
constexpr char kSimple[] =
    "User-Agent: *\nDisallow: *.gif$\nDisallow: /example/\nAllow: /publications/\n\n"
    "User-Agent: foobot\nDisallow:/\nAllow:/example/page.html\nAllow:/example/allowed.gif\n\n"
    "User-Agent: barbot\nUser-Agent: bazbot\nDisallow: /example/page.html\n\n"
    "User-Agent: quxbot\n";

TEST(Robots, ReadsTheExampleOfTheRfc) {
  EXPECT_FALSE(allowed(kSimple, "/a.gif"));
  EXPECT_TRUE(allowed(kSimple, "/a.gif?x"));
  EXPECT_FALSE(allowed(kSimple, "/example/a"));
  EXPECT_TRUE(allowed(kSimple, "/publications/a"));
  EXPECT_TRUE(allowed(kSimple, "/example/page.html", "foobot"));
  EXPECT_TRUE(allowed(kSimple, "/example/allowed.gif", "foobot"));
  EXPECT_FALSE(allowed(kSimple, "/a", "foobot"));
  for (const char* product : {"barbot", "bazbot"}) {
    EXPECT_FALSE(allowed(kSimple, "/example/page.html", product));
    EXPECT_TRUE(allowed(kSimple, "/example/allowed.gif", product));
  }
  EXPECT_TRUE(allowed(kSimple, "/example/page.html", "quxbot")) << "a group without rules allows all";
}

TEST(Robots, TheLongestMatchCounts) {  // section 5.2
  constexpr char kRules[] = "User-Agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif\n";
  EXPECT_FALSE(allowed(kRules, "/example/page/disallowed.gif"));
  EXPECT_TRUE(allowed(kRules, "/example/page/allowed.gif"));
}

struct MatchCase {
  const char *rule, *matching, *other;  // other: paths that it does not match, parted by spaces
};

TEST(Robots, RulesMatchAsPublished) {
  // After the table in Google's documentation of its robots.txt parser ("URL matching based on path values").
  constexpr MatchCase kCases[] = {
      {"/", "/ /fish /fish/a?b", ""},
      {"/*", "/ /fish", ""},
      {"/$", "/", "/fish /?a"},
      {"/fish", "/fish /fish.html /fish/salmon.html /fishheads /fishheads/yummy.html /fish.php?id=anything",
       "/Fish.asp /catfish /?id=fish /desert/fish"},
      {"/fish*", "/fish /fish.html /fishheads/yummy.html /fish.php?id=anything", "/Fish.asp /catfish /?id=fish"},
      {"/fish/", "/fish/ /fish/?id=anything /fish/salmon.htm", "/fish /fish.html /animals/fish/ /Fish/Salmon.asp"},
      {"/*.php", "/index.php /filename.php /folder/any.php.file.html /a/filename.php/ /a.php?x", "/ /windows.PHP"},
      {"/*.php$", "/filename.php /folder/filename.php",
       "/filename.php?parameters /filename.php/ /filename.php5 /windows.PHP"},
      {"/fish*.php", "/fish.php /fishheads/catfish.php?parameters", "/Fish.PHP"},
      {"*a*b*c$", "/abc /xaxbxc /abcabc", "/acb /abcd"},
      // RFC 9309 section 2.2.3: a star or dollar that means itself.
      {"/file-with-a-%2A.html", "/file-with-a-*.html /file-with-a-%2A.html", "/file-with-a-b.html"},
      {"/foo-%24", "/foo-$ /foo-%24", "/foo-"},
      {"/a$b", "/a$b", "/a"},
      // Section 2.2.2.
      {"/foo/bar?baz=quz", "/foo/bar?baz=quz", "/foo/bar?baz=qu"},
      {"/foo/bar?baz=http://foo.bar", "/foo/bar?baz=http%3A%2F%2Ffoo.bar /foo/bar?baz=http://foo.bar",
       "/foo/bar?baz=http"},
      {"/foo/bar?baz=http%3A%2F%2Ffoo.bar", "/foo/bar?baz=http://foo.bar", "/foo/bar"},
      {"/foo/bar/\xE3\x83\x84", "/foo/bar/%E3%83%84 /foo/bar/%e3%83%84 /foo/bar/\xE3\x83\x84", "/foo/bar/%E3%83%85"},
      {"/foo/bar/%E3%83%84", "/foo/bar/%E3%83%84 /foo/bar/\xE3\x83\x84", "/foo/bar/"},
      {"/foo/bar/%62%61%7A", "/foo/bar/baz /foo/bar/%62az", "/foo/bar/b"},
      {"/a%2Fb", "/a%2Fb /a%2fb", "/a/b"},
      {"/a/b", "/a/b", "/a%2Fb"},
      {"/100%", "/100% /100%25 /100%zz", "/100"},
      {"fish", "", "/fish /a/fish"},
  };
  const auto split = [](std::string_view text) {
    std::vector<std::string> words;
    for (std::size_t end = 0; !text.empty(); text.remove_prefix(std::min(end + 1, text.size()))) {
      end = std::min(text.find(' '), text.size());
      words.emplace_back(text.substr(0, end));
    }
    return words;
  };
  for (const MatchCase& each : kCases) {
    const std::string robots = "User-agent: *\nDisallow: " + std::string(each.rule) + "\n";
    for (const auto& path : split(each.matching)) EXPECT_FALSE(allowed(robots, path)) << each.rule << " " << path;
    for (const auto& path : split(each.other)) EXPECT_TRUE(allowed(robots, path)) << each.rule << " " << path;
  }
}

// Its table "Order of precedence for rules".
TEST(Robots, OfTwoRulesThatMatchTheMoreSpecificCountsAndOfEqualsTheAllowing) {
  const auto verdict = [](const std::string& allow, const std::string& disallow, std::string_view path) {
    const bool one = allowed("User-agent: *\nAllow: " + allow + "\nDisallow: " + disallow + "\n", path);
    EXPECT_EQ(one, allowed("User-agent: *\nDisallow: " + disallow + "\nAllow: " + allow + "\n", path)) << "order";
    return one;
  };
  EXPECT_TRUE(verdict("/p", "/", "/page"));
  EXPECT_TRUE(verdict("/folder", "/folder", "/folder/page"));
  EXPECT_FALSE(verdict("/page", "/*.htm", "/page.htm"));
  EXPECT_TRUE(verdict("/page", "/*.ph", "/page.php5"));
  EXPECT_TRUE(verdict("/$", "/", "/"));
  EXPECT_FALSE(verdict("/$", "/", "/page.htm"));
}

TEST(Robots, GroupsOfOneCrawlerCountAsOneAndTheStarOnlyWhereThereIsNone) {
  constexpr char kGroups[] =
      "User-agent: ootd\nDisallow: /a\n\nUser-agent: *\nDisallow: /b\n\nUser-agent: x\nUser-agent: OOTD/2.0 "
      "(beta)\nDisallow: /c\n";
  EXPECT_FALSE(allowed(kGroups, "/a"));
  EXPECT_TRUE(allowed(kGroups, "/b"));
  EXPECT_FALSE(allowed(kGroups, "/c")) << "without case, without version";
  EXPECT_FALSE(allowed(kGroups, "/a", "ootd/0.1"));
  EXPECT_TRUE(allowed(kGroups, "/a", "other"));
  EXPECT_FALSE(allowed(kGroups, "/b", "other"));
  EXPECT_TRUE(allowed("User-agent: ootdbot\nDisallow: /\n", "/a")) << "no prefix of another's name";
  EXPECT_FALSE(allowed("User-agent: * \nDisallow: /\n", "/a"));
}

TEST(Robots, OtherLinesDoNotEndAGroup) {
  constexpr char kLines[] =
      "User-agent: a\nCrawl-delay: 4\nSitemap: https://x.example/s.xml\nWhatever: 1\n\nUser-agent: ootd\nDisallow: "
      "/x\n";
  EXPECT_FALSE(allowed(kLines, "/x"));
  EXPECT_FALSE(allowed(kLines, "/x", "a"));
  EXPECT_EQ(Robots::parse(kLines).sitemaps(), std::vector<std::string>{"https://x.example/s.xml"});
  EXPECT_EQ(Robots::parse(kLines).crawl_delay("a"), 4);
  EXPECT_EQ(Robots::parse(kLines).crawl_delay("b"), std::nullopt);
}

TEST(Robots, ReadsWhatSitesWrite) {
  for (const char* text : {"user-agent:*\ndisallow:/\n", "\xEF\xBB\xBFUser-agent: *\nDisallow: /",
                           "User-agent: *\rDisallow: /\r", "User-agent: *\r\nDisallow: /\r\n",
                           "  User-agent \t:\t* # all\n DISALLOW : / # nothing\n", "User-agent *\nDisallow /\n",
                           "Useragent: *\nDissallow: /\n", "nonsense\nUser-agent: *\n:::\n\xFF\xFE\nDisallow: /\n"})
    EXPECT_FALSE(allowed(text, "/a")) << text;
  EXPECT_TRUE(allowed("User-agent: *\nDisallow:\n", "/a"));
  EXPECT_TRUE(allowed("User-agent: *\nDisallow: # all\n", "/a"));
  EXPECT_TRUE(allowed("User-agent: *\nDisallow: /\n", "/robots.txt"));
  EXPECT_FALSE(allowed("User-agent: *\nDisallow: /\n", ""));
  EXPECT_FALSE(allowed("User-agent: *\nDisallow: /a\n", "/a#b"));
}

TEST(Robots, CrawlDelayIsANumberOfSeconds) {
  const auto delay = [](const std::string& text) {
    return Robots::parse("User-agent: *\nCrawl-delay: " + text + "\n").crawl_delay("ootd");
  };
  EXPECT_EQ(delay("2.5"), 2.5);
  EXPECT_EQ(delay("10 # slow"), 10);
  EXPECT_EQ(delay("-1"), std::nullopt);
  EXPECT_EQ(delay("nan"), std::nullopt);
  EXPECT_EQ(delay("soon"), std::nullopt);
}

// "Disallow: /" in place of "Disallow: /private" would shut out all.
TEST(Robots, ALineThatIsCutOffAt500KiBIsNoRule) {
  std::string text = "User-agent: *\nDisallow: /a\n#";
  const std::string last = "\nDisallow: /";
  text += std::string(Robots::kMaxBytes - text.size() - last.size(), 'x') + last;
  ASSERT_EQ(text.size(), Robots::kMaxBytes);
  EXPECT_TRUE(allowed(text + "private\n", "/public"));
  EXPECT_FALSE(allowed(text + "private\n", "/a"));
  EXPECT_FALSE(allowed(text, "/public")) << "a file that ends here is whole";
}

TEST(Robots, WhatIsBeyond500KiBIsNotRead) {
  const std::string filler(Robots::kMaxBytes - 40, '#');
  const auto with = [&](std::string_view rule) { return "User-agent: *\n" + filler + "\n" + std::string(rule); };
  EXPECT_FALSE(allowed(with("Disallow: /a\n"), "/a"));
  EXPECT_TRUE(allowed(with("Allow: /abcdefghij\nDisallow: /a\n"), "/a"));
}

TEST(Robots, TheStatusDecidesWhereThereIsNoFile) {
  constexpr char kAll[] = "User-agent: *\nDisallow: /\n";
  EXPECT_FALSE(Robots::of_answer(200, kAll).allowed("ootd", "/a"));
  for (const int status : {302, 401, 403, 404, 410}) EXPECT_TRUE(Robots::of_answer(status, kAll).allowed("ootd", "/a"));
  for (const int status : {0, 429, 500, 503}) {
    EXPECT_FALSE(Robots::of_answer(status, "").allowed("ootd", "/a"));
    EXPECT_TRUE(Robots::of_answer(status, "").allowed("ootd", "/robots.txt"));
  }
}

TEST(Robots, ManyStarsCostNoMoreThanTheyAreLong) {
  std::string rule = "User-agent: *\nDisallow: ";
  for (int i = 0; i < 2000; ++i) rule += "*a";
  EXPECT_TRUE(allowed(rule + "b\n", "/" + std::string(4000, 'a')));
  EXPECT_FALSE(allowed(rule + "\n", "/" + std::string(4000, 'a')));
}

}  // namespace
}  // namespace ootd
