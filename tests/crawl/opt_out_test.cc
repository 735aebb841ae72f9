#include "ootd/crawl/opt_out.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

TEST(OptOuts, TheHeaderIsRead) {
  constexpr std::pair<const char*, const char*> kCases[] = {
      {"noai", "noai"},
      {"noai, noimageai", "noai, noimageai"},
      {"NoIndex , NOFOLLOW", "noindex"},
      {"none", "noindex"},
      {"all", ""},
      {"", ""},
      {"index, follow, max-image-preview:large", ""},
      {"max-snippet:20, noai", "noai"},
      {"unavailable_after: 25 Jun 2030 15:00:00 PST, noindex", "noindex"},
      {"unavailable_after: Fri, 25 Jun 2030 15:00:00 GMT, noai", "noai"},
      {"unavailable_after: Friday, 25-Jun-30 15:00:00 UTC, noimageai", "noimageai"},
      // For one crawler.
      {"otherbot: noindex, noai", ""},
      {"otherbot: noindex, ootd: noai", "noai"},
      {"OOTD: noimageai", "noimageai"},
      {"noai, otherbot: noindex", "noai"},
      {"noaiming", ""},
  };
  for (const auto& [value, opt_outs] : kCases) EXPECT_EQ(to_string(parse_robots_tag(value, "ootd")), opt_outs) << value;
}

TEST(OptOuts, MetaTagsAreRead) {
  const auto of = [](const char* html) { return to_string(opt_outs_of_html(html, "ootd")); };
  EXPECT_EQ(of("<html><head><meta name=robots content='noai, noimageai'></head></html>"), "noai, noimageai");
  EXPECT_EQ(of("<META NAME='ROBOTS' CONTENT='NOINDEX'><meta name='ootd' content=noai>"), "noindex, noai");
  EXPECT_EQ(of("<meta name=otherbot content=noai><meta name=description content='noai'>"), "");
  EXPECT_EQ(of("<!-- <meta name=robots content=noai> -->"), "");
  EXPECT_EQ(of("\xFF\xD8\xFF\xE0 no page"), "");
  EXPECT_EQ(of(""), "");
}

TEST(OptOuts, SeveralHeadersAddUp) {
  OptOuts both = parse_robots_tag("noai", "ootd");
  both |= parse_robots_tag("noindex", "ootd");
  EXPECT_EQ(to_string(both), "noindex, noai");
  EXPECT_FALSE(OptOuts().any());
}

}  // namespace
}  // namespace ootd
