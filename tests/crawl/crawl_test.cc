#include "ootd/crawl/crawl.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include <cmath>
#include <cstdlib>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/http/url.h"
#include "ootd/ingest/copy_finder.h"
#include "ootd/ingest/photo_store.h"
#include "tests/testing/crawl_site.h"
#include "tests/testing/environment.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using testing::CrawlSite;
using testing::Reply;
using testing::Seen;

std::string gzipped(const std::string& text) {
  z_stream stream = {};
  deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

class CrawlTest : public ::testing::Test {
 protected:
  CrawlTest() {
    options_.allow_private = true;
    options_.patience.tries = 3;
    options_.patience.first_wait_s = 0.01;
    options_.patience.stall_timeout_s = 1;
    options_.patience.user_agent = "ootd/test (+mail@shop.example)";
    options_.limits.max_bytes = 1 << 20;
    options_.threads = 2;
  }

  CrawlReport run(const CrawlSite& site, const CrawlHooks& hooks = {}) {
    return crawl(catalog_, site.recipe(), options_, hooks);
  }
  CrawlLedger::Standing standing(const CrawlSite& site, int look) {
    const auto found = ledger_.standing(site.url(look));
    EXPECT_TRUE(found) << look;
    return found.value_or(CrawlLedger::Standing{});
  }
  std::set<std::string> styles(const CrawlSite& site, int look) {
    std::set<std::string> found;
    const auto key = standing(site, look).look;
    const auto image = key ? catalog_.find_image(*key) : std::nullopt;
    if (!image) return found;
    for (const Label& label : image->labels)
      if (label.key == kStyleKey) found.insert(label.value);
    return found;
  }
  static std::set<std::string> true_styles(int look) {
    const auto styles = CrawlSite::styles_of(look);
    return {styles.begin(), styles.end()};
  }

  testing::TempDir dir_;
  SqliteCatalog catalog_{dir_.path()};
  CrawlLedger ledger_{catalog_};
  CrawlOptions options_;
};

TEST_F(CrawlTest, BringsEveryLookWithAllItsStylesAndAsksForEachOnce) {
  CrawlSite site(120);
  const CrawlReport report = run(site);
  EXPECT_EQ(report.fetched, 120);
  EXPECT_EQ(report.failed, 0);
  EXPECT_EQ(report.new_images, 120);
  EXPECT_EQ(report.skipped_by.at("known"), 12) << "listed under a second style";
  EXPECT_EQ(catalog_.image_count(), 120);
  for (int look = 0; look < site.looks(); ++look) {
    EXPECT_EQ(standing(site, look).state, CrawlState::kDone);
    EXPECT_EQ(styles(site, look), true_styles(look)) << look;
    ASSERT_EQ(site.requests_of(look).size(), 1u) << look;
    EXPECT_EQ(site.requests_of(look)[0].header("user-agent"), "ootd/test (+mail@shop.example)");
  }
  EXPECT_TRUE(fs::is_empty(dir_.path() / "crawl"));
  EXPECT_EQ(catalog_.verify(), std::vector<std::string>());

  // Again: the lists are read anew, no photo is.
  const CrawlReport again = run(site);
  EXPECT_EQ(again.fetched, 0);
  EXPECT_EQ(again.skipped_by.at("known"), 132);
  EXPECT_EQ(site.requests_of(7).size(), 1u);
}

TEST_F(CrawlTest, EveryMisbehaviourEndsInItsState) {
  CrawlSite site(40, 3);
  const auto& url = [&](int look) { return site.url(look); };
  const std::string bomb = gzipped(std::string(64u << 20, '\0'));
  ASSERT_LT(bomb.size(), options_.limits.max_bytes) << "only its contents are too large";
  const auto always = [](Reply reply) { return [reply](const Reply&, int) { return reply; }; };
  site.special[0] = [](Reply usual, int nth) {  // a reset in the middle, once
    if (nth == 0) usual.cut_after = usual.body.size() / 2;
    return usual;
  };
  site.special[1] = [](Reply usual, int) {
    usual.cut_after = usual.body.size() / 2;
    return usual;
  };
  site.special[2] = [](Reply usual, int) {  // a length that is a lie: the photo lacks its end
    usual.content_length = usual.body.size() / 2;
    return usual;
  };
  site.special[3] = [](Reply usual, int) {
    usual.content_length = 2 * usual.body.size();
    return usual;
  };
  site.special[4] = [&](const Reply&, int) { return Reply{302, {{"Location", url(4)}}, "", {}, {}, {}}; };
  site.special[5] = [&](const Reply&, int) { return Reply{301, {{"Location", url(6)}}, "", {}, {}, {}}; };
  site.special[7] = always({200, {{"Content-Type", "image/jpeg"}, {"Content-Encoding", "gzip"}}, bomb, {}, {}, {}});
  site.special[8] = always({404, {}, "", {}, {}, {}});
  site.special[9] = always({200, {{"Content-Type", "text/html"}}, "<html>log in</html>", {}, {}, {}});
  site.special[10] = [](Reply usual, int) {
    usual.headers.emplace_back("X-Robots-Tag", "otherbot: noindex");
    usual.headers.emplace_back("X-Robots-Tag", "noai, noimageai");
    return usual;
  };
  constexpr int kStalls = 11;
  site.special[kStalls] = [](Reply usual, int) {
    usual.stall_after = 100;
    return usual;
  };
  site.special[12] = always({403, {}, "", {}, {}, {}});
  site.special[13] = always({200, {{"Content-Type", "image/jpeg"}}, std::string((1 << 20) + 1, 'x'), {}, {}, {}});
  site.path_of_look[14] = "/never/14.jpg";
  site.special[15] = [&](const Reply&, int) {
    return Reply{302, {{"Location", "file:///etc/passwd"}}, "", {}, {}, {}};
  };
  site.special[16] = [](Reply usual, int) {
    usual.headers.emplace_back("X-Robots-Tag", "otherbot: noindex");
    return usual;
  };
  site.special[17] = always({200, {{"Content-Type", "image/jpeg"}}, "", {}, {}, {}});
  const CrawlReport report = run(site);

  const auto expect = [&](int look, CrawlState state, const std::string& words, std::size_t requests) {
    const auto found = standing(site, look);
    EXPECT_EQ(to_string(found.state), to_string(state)) << look << ": " << found.reason;
    EXPECT_NE(found.reason.find(words), std::string::npos) << look << ": " << found.reason;
    if (look != 1 && look != 3 && look != kStalls) {
      EXPECT_EQ(site.requests_of(look).size(), requests) << look;
    } else {  // one more where others had failed as well; on a busy machine a try may be over before its request came
      EXPECT_LE(site.requests_of(look).size(), requests);
    }
  };
  expect(0, CrawlState::kDone, "", 2);
  expect(1, CrawlState::kFailed, "times; the host's other answers came", 3);
  expect(2, CrawlState::kFailed, "truncated", 1);
  expect(3, CrawlState::kFailed, "times; the host's other answers came", 3);
  expect(4, CrawlState::kFailed, "redirects", 9);
  expect(5, CrawlState::kDone, "", 1);
  expect(6, CrawlState::kDone, "", 2);
  EXPECT_EQ(standing(site, 5).look, standing(site, 6).look) << "one content";
  expect(7, CrawlState::kFailed, "more than the limit of 1048576 bytes", 1);
  expect(8, CrawlState::kGone, "404", 1);
  expect(9, CrawlState::kFailed, "no picture but an HTML page, served as text/html", 1);
  expect(10, CrawlState::kOptedOut, "noai, noimageai", 1);
  expect(kStalls, CrawlState::kFailed, "times; the host's other answers came", 3);
  expect(12, CrawlState::kFailed, "403", 1);
  expect(13, CrawlState::kFailed, "more than the limit", 1);
  expect(14, CrawlState::kRefusedByRobots, "robots.txt", 0);
  expect(15, CrawlState::kFailed, "no http(s) URL", 1);
  expect(16, CrawlState::kDone, "", 1);
  expect(17, CrawlState::kFailed, "empty", 1);
  for (int look = 18; look < 40; ++look) expect(look, CrawlState::kDone, "", 1);
  EXPECT_EQ(report.failed, 11);
  EXPECT_EQ(report.fetched, 26);
  EXPECT_EQ(report.failures.size(), 11u);

  // --retry-failed asks for these alone, and no list.
  const std::size_t lists = site.api().log("/api2").size();
  site.special.clear();
  options_.retry_failed = true;
  const CrawlReport again = run(site);
  EXPECT_EQ(again.fetched, 11);
  EXPECT_EQ(site.api().log("/api2").size(), lists);
  expect(13, CrawlState::kDone, "", 2);
  expect(14, CrawlState::kRefusedByRobots, "robots.txt", 0);
  expect(18, CrawlState::kDone, "", 1);
}

// 64 s before: the whole host was asked nothing for up to 32 s after each try.
TEST_F(CrawlTest, OneBrokenPhotoOfSixtyCostsNoOtherPhotoAnyTime) {
  const auto cut = [](Reply usual, int) {
    usual.cut_after = 100;
    return usual;
  };
  const auto reset = [](Reply usual, int) {
    usual.cut_after = 0;
    return usual;
  };
  const auto busy = [](const Reply&, int) { return Reply{503, {}, "", {}, {}, {}}; };
  const auto odd = [](Reply usual, int) {
    usual.headers.emplace_back("Content-Encoding", "gzip");
    return usual;
  };
  options_.patience.tries = Patience().tries;
  options_.patience.first_wait_s = Patience().first_wait_s;
  int no = 0;
  const auto check = [&](const std::function<Reply(Reply, int)>& broken, const std::set<int>& looks, int failed) {
    CrawlSite site(60, 1);
    for (const int look : looks) site.special[look] = broken;
    SqliteCatalog catalog(dir_.path() / std::to_string(++no));
    const CrawlReport report =
        crawl(catalog, parse_recipe(site.recipe_toml("requests_per_second = 1000\nconnections = 1\n"), "site.toml"),
              options_);
    EXPECT_EQ(report.fetched, 60 - failed) << no;
    EXPECT_EQ(report.failed, failed) << no;
    EXPECT_LT(report.seconds, 3) << no;
    for (const int look : looks) EXPECT_LE(site.requests_of(look).size(), 1 + looks.size()) << look;
  };
  check(cut, {0}, 1);
  check(reset, {59}, 1);
  check(busy, {20, 21, 40}, 3);
  check(odd, {5}, 0);
}

TEST_F(CrawlTest, AHostThatAnswersNothingIsAskedLessAndLess) {
  CrawlSite site(4, 1);
  for (int look = 0; look < 4; ++look)
    site.special[look] = [](const Reply&, int) { return Reply{503, {}, "", {}, {}, {}}; };
  options_.patience.tries = 1;
  const CrawlReport report = crawl(
      catalog_, parse_recipe(site.recipe_toml("requests_per_second = 1000\nconnections = 1\n"), "site.toml"), options_);
  EXPECT_EQ(report.failed, 4);
  EXPECT_GT(report.seconds, 2.9) << "pauses of one and of two seconds";
}

TEST_F(CrawlTest, AContentEncodingThatIsNoneIsAskedForTwiceOnce) {
  CrawlSite site(30, 1);
  for (int look = 0; look < 30; ++look)
    site.special[look] = [look](Reply usual, int) {
      usual.headers.emplace_back("Content-Encoding", look == 29 ? "gzip" : "utf-8");
      if (look == 29) usual.body = gzipped(usual.body);
      return usual;
    };
  const CrawlReport report = crawl(
      catalog_, parse_recipe(site.recipe_toml("requests_per_second = 1000\nconnections = 1\n"), "site.toml"), options_);
  EXPECT_EQ(report.fetched, 30);
  std::size_t requests = 0;
  for (int look = 0; look < 30; ++look) requests += site.requests_of(look).size();
  EXPECT_EQ(requests, 31u);
}

TEST_F(CrawlTest, TheFirstBytesBeatTheContentType) {
  CrawlSite site(6, 1);
  const char* types[] = {"text/html", "application/octet-stream", "application/json", "text/plain; charset=utf-8"};
  for (int look = 0; look < 4; ++look)
    site.special[look] = [&, look](Reply usual, int) {
      usual.headers[0].second = types[look];
      return usual;
    };
  site.special[4] = [](Reply usual, int) {
    usual.body = "\n<!DOCTYPE html><html>Please log in</html>";
    return usual;
  };
  const CrawlReport report = run(site);
  EXPECT_EQ(report.fetched, 5);
  EXPECT_EQ(standing(site, 4).reason, "is no picture but an HTML page, served as image/jpeg");
}

// One list at /list?p=N; what it answers.
class Lists : public CrawlTest {
 protected:
  CrawlReport crawl_list(const std::string& paging, const std::string& query = "p={page}") {
    return crawl(catalog_,
                 parse_recipe("name='l'\nkind='json'\nstart=['" + server_.url("/list?") + query +
                                  "']\n[items]\nat='$.list[*]'\n[image]\nfrom='$.src'\n[paging]\n" + paging +
                                  "\n[politeness]\nrequests_per_second=1000",
                              "l.toml"),
                 options_);
  }
  Reply answer(const Seen& seen) {
    if (!seen.target.starts_with("/list")) return {404, {}, "", {}, {}, {}};
    return page_(seen.target.substr(seen.target.find('=') + 1));
  }
  // Photos first .. first + 2, which are gone.
  static Reply photos(int first, const Json& next = nullptr) {
    Json list = Json::array();
    for (int i = first; i < first + 3; ++i) list.push_back({{"src", "/" + std::to_string(i) + ".jpg"}});
    return {200, {}, Json{{"list", list}, {"next", next}}.dump(), {}, {}, {}};
  }
  std::size_t asked() const { return server_.log("/list").size(); }

  std::function<Reply(const std::string&)> page_;
  testing::LoopbackServer server_{[this](const Seen& seen) { return answer(seen); }};
};

TEST_F(Lists, ThatAnswerTheirLastPageForEverEndAtItsSecondComing) {
  page_ = [](const std::string& p) { return photos(3 * std::min(std::stoi(p), 4)); };
  CrawlReport report = crawl_list("kind='page'");
  EXPECT_EQ(asked(), 5u);
  EXPECT_EQ(report.listed, 12);
  EXPECT_EQ(report.lists_ended, (std::map<std::string, std::int64_t>{{"nothing_new", 1}}));
  // What an earlier crawl knows ends no list: older photos may lie behind.
  page_ = [](const std::string& p) { return photos(3 * std::min(std::stoi(p), 6)); };
  report = crawl_list("kind='page'");
  EXPECT_EQ(asked(), 5u + 7u);
  EXPECT_EQ(report.listed, 6);
}

// A shop moves a photo from one style to another.
TEST_F(Lists, ThatCorrectALabelReplaceItButOnlyWhatTheyRead) {
  std::map<std::string, std::vector<std::string>> lists = {{"Retro", {"both", "moved"}}, {"Chic", {"both"}}};
  testing::LoopbackServer shop([&](const Seen& seen) -> Reply {
    if (seen.target.ends_with(".jpg"))
      return {200, {}, testing::noise_photo(std::hash<std::string>()(seen.target)), {}, {}, {}};
    if (!seen.target.starts_with("/list/")) return {404, {}, "", {}, {}, {}};
    Json list = Json::array();
    for (const auto& name : lists[seen.target.substr(6)]) list.push_back({{"src", "/" + name + ".jpg"}});
    return {200, {}, Json{{"list", list}}.dump(), {}, {}, {}};
  });
  const auto crawl_shop = [&](const RecipeSettings& settings = {}) {
    crawl(catalog_,
          parse_recipe("name='s'\nkind='json'\nstart=['" + shop.url("/list/{style}") +
                           "']\n[matrix]\nstyle=['Retro','Chic']\n[items]\nat='$.list[*]'\n[image]\nfrom='$.src'\n"
                           "[constants]\nstyle='{style}'\n[politeness]\nrequests_per_second=1000",
                       "s.toml", settings),
          options_);
  };
  const auto styles_at = [&](const std::string& name) {
    std::string styles;
    const auto found = ledger_.standing(shop.url("/" + name + ".jpg"));
    if (!found || !found->look) return "not here: " + (found ? found->reason : "");
    const ImageRecord image = *catalog_.find_image(*found->look);
    for (const Label& label : image.labels)
      if (label.key == kStyleKey) styles += (styles.empty() ? "" : " ") + label.value;
    return styles;
  };
  crawl_shop();
  EXPECT_EQ(styles_at("both"), "Chic Retro");
  EXPECT_EQ(styles_at("moved"), "Retro");
  lists = {{"Retro", {"both"}}, {"Chic", {"both", "moved"}}};
  crawl_shop();
  EXPECT_EQ(styles_at("both"), "Chic Retro");
  EXPECT_EQ(styles_at("moved"), "Chic");
  lists = {{"Retro", {"both"}}};
  crawl_shop({{{"style", "Retro"}}, {}});
  EXPECT_EQ(styles_at("both"), "Chic Retro") << "the list of Chic was not read";
  crawl_shop();
  EXPECT_EQ(styles_at("both"), "Retro");
  EXPECT_EQ(styles_at("moved"), "Chic") << "listed nowhere any more: nobody says otherwise";
}

TEST_F(Lists, ThatLeadBackToTheirFirstPageEnd) {
  page_ = [&](const std::string& p) {
    if (std::stoi(p) > 3) return Reply{302, {{"Location", "/list?p=1"}}, "", {}, {}, {}};
    return photos(3 * std::stoi(p));
  };
  EXPECT_EQ(crawl_list("kind='page'").listed, 9);
  EXPECT_EQ(asked(), 3u + 2u);
}

TEST_F(Lists, WhoseCursorComesBackEnd) {
  page_ = [](const std::string& cursor) {
    const int at = cursor.empty() ? 0 : std::stoi(cursor);
    return photos(3 * at, std::to_string(at % 3 + 1));
  };
  const CrawlReport report = crawl_list("kind='cursor'\nnext='$.next'", "c={cursor}");
  EXPECT_EQ(report.listed, 12);
  EXPECT_EQ(asked(), 4u);
  EXPECT_EQ(report.lists_ended, (std::map<std::string, std::int64_t>{{"asked_before", 1}}));
}

TEST_F(Lists, GoOnAfterAPageThatCannotBeReadAndSayIt) {
  page_ = [](const std::string& p) {
    if (p == "2") return Reply{200, {}, "{\"list\": [{", {}, {}, {}};
    if (p == "4") return Reply{503, {}, "", {}, {}, {}};
    return std::stoi(p) > 5 ? Reply{200, {}, "{\"list\": []}", {}, {}, {}} : photos(3 * std::stoi(p));
  };
  const CrawlReport report = crawl_list("kind='page'");
  EXPECT_EQ(report.listed, 9) << "of pages 1, 3 and 5";
  EXPECT_EQ(report.failed, 2);
  ASSERT_EQ(report.failures.size(), 2u);
  EXPECT_NE(report.failures[0].reason.find("not valid JSON"), std::string::npos);
  EXPECT_NE(report.failures[1].reason.find("503"), std::string::npos);
}

TEST_F(Lists, OfWhichNothingCanBeReadAreNotAskedForEver) {
  page_ = [](const std::string& p) {
    return p == "1" ? photos(3) : Reply{200, {}, "<html>the end</html>", {}, {}, {}};
  };
  const CrawlReport report = crawl_list("kind='page'");
  EXPECT_EQ(asked(), 3u);
  EXPECT_EQ(report.failed, 2);
  EXPECT_EQ(report.lists_ended, (std::map<std::string, std::int64_t>{{"unread", 1}}));
}

TEST_F(CrawlTest, NothingIsAskedOfAHostUntilItsRetryAfterIsOver) {
  CrawlSite site(20, 2);
  site.special[1] = [](Reply usual, int nth) {
    return nth == 0 ? Reply{429, {{"Retry-After", "2"}}, "", {}, {}, {}} : usual;
  };
  const CrawlReport report = run(site);
  EXPECT_EQ(report.fetched, 20);
  const auto log = site.image_host(1).log("snap_card");
  for (std::size_t i = 0; i < log.size(); ++i) {
    if (log[i].status != 429) continue;
    int after = 0;
    for (const Seen& seen : log) {
      const auto gap = seen.at - log[i].at;
      if (gap > std::chrono::milliseconds(100)) {  // not of those that were on their way
        ++after;
        EXPECT_GT(gap, std::chrono::milliseconds(1950)) << seen.target;
      }
    }
    EXPECT_GE(after, 1);
  }
  EXPECT_EQ(site.image_host(0).log("snap_card").size(), 10u);
}

TEST_F(CrawlTest, AHostThatAsksForMoreTimeThanARunHasIsLeftForAnotherRun) {
  CrawlSite site(20, 2);
  bool busy = true;
  for (int look = 1; look < 20; look += 2)
    site.special[look] = [&](Reply usual, int) {
      return busy ? Reply{503, {{"Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT"}}, "", {}, {}, {}} : usual;
    };
  const CrawlReport report = run(site);
  EXPECT_EQ(report.fetched, 10);
  EXPECT_EQ(report.failed, 0);
  ASSERT_EQ(report.problems.size(), 1u);
  EXPECT_NE(report.problems[0].find("asks to come back in"), std::string::npos);
  EXPECT_EQ(ledger_.counts("site")[CrawlState::kQueued].photos, 10);
  busy = false;
  EXPECT_EQ(run(site).fetched, 10);
}

TEST_F(CrawlTest, AHostThatIsLeftForAnotherRunIsNotAskedAgainForWhatWasOnItsWay) {
  CrawlSite site(8, 1);
  site.special[0] = [](const Reply&, int) { return Reply{503, {{"Retry-After", "86400"}}, "", {}, {}, {}}; };
  for (int look = 1; look < 8; ++look)
    site.special[look] = [](Reply usual, int) {
      usual.delay = std::chrono::milliseconds(200);
      usual.cut_after = 1;
      return usual;
    };
  const CrawlReport report = run(site);
  EXPECT_EQ(report.fetched + report.failed, 0);
  EXPECT_EQ(ledger_.counts("site")[CrawlState::kQueued].photos, 8);
  for (int look = 0; look < 8; ++look) EXPECT_LE(site.requests_of(look).size(), 1u) << look;
}

TEST_F(CrawlTest, OfAHugeRobotsFileTheBeginningCounts) {
  CrawlSite site(4, 1);
  site.robots = "User-agent: *\nDisallow: /snap_card_2\n" + std::string(3u << 20, '#');
  EXPECT_EQ(run(site).fetched, 3);
  EXPECT_EQ(standing(site, 2).state, CrawlState::kRefusedByRobots);
}

TEST_F(CrawlTest, AnAddressThatIsNotPublicIsRefusedWithAWayOut) {
  CrawlSite site(2, 1);
  options_.allow_private = false;
  const CrawlReport report = run(site);
  ASSERT_FALSE(report.failures.empty());
  EXPECT_NE(report.failures[0].reason.find("127.0.0.1 is a loopback address"), std::string::npos);
  EXPECT_NE(report.failures[0].reason.find("--allow-private"), std::string::npos);
  EXPECT_TRUE(site.api().log().empty());
}

// RFC 9309, 2.3.1.3 and 2.3.1.4.
TEST_F(CrawlTest, RulesThatAreNotThereAllowAllAndUnreachableRulesForbidAll) {
  CrawlSite site(4, 1);
  site.robots = "User-agent: *\nDisallow: /\n";
  site.robots_status = 500;
  const CrawlReport report = run(site);
  EXPECT_EQ(report.fetched, 0);
  ASSERT_FALSE(report.failures.empty());
  EXPECT_NE(report.failures[0].reason.find("robots.txt: HTTP status 500"), std::string::npos);
  EXPECT_EQ(site.api().log("/robots.txt").size(), 3u) << "options_.patience.tries";
  EXPECT_TRUE(site.api().log("/api2").empty());
  site.robots_status = 403;
  EXPECT_EQ(run(site).fetched, 4) << "the lists are read from their beginning";
}

TEST_F(CrawlTest, RulesAndTheirCrawlDelayAreKept) {
  CrawlSite site(4, 1);
  site.robots = "User-agent: ootd\nDisallow: /snap_card_2\nCrawl-delay: 0.2\n";
  const auto begun = std::chrono::steady_clock::now();
  const CrawlReport report = run(site);
  EXPECT_EQ(report.fetched, 3);
  EXPECT_EQ(standing(site, 2).state, CrawlState::kRefusedByRobots);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(400)) << "Crawl-delay";
}

TEST_F(CrawlTest, ALimitCountsPhotosThatCame) {
  CrawlSite site(200);
  site.special[0] = [](const Reply&, int) { return Reply{404, {}, "", {}, {}, {}}; };
  options_.limit = 7;
  EXPECT_EQ(run(site).fetched, 7);
  EXPECT_EQ(catalog_.image_count(), 7);
  EXPECT_LE(site.api().log("/api2").size(), 20u) << "lists are read as far as needed";
  EXPECT_EQ(run(site).fetched, 7);
  options_.limit = 0;
  EXPECT_EQ(run(site).fetched, 200 - 14 - 1);
}

TEST_F(CrawlTest, ARefreshAsksIfPhotosChanged) {
  CrawlSite site(10, 1);
  run(site);
  std::string changed = testing::noise_photo(777);
  site.special[3] = [&](const Reply&, int) {
    return Reply{200, {{"Content-Type", "image/jpeg"}}, changed, {}, {}, {}};
  };
  options_.refresh = true;
  const CrawlReport report = run(site);
  EXPECT_EQ(report.fetched, 1);
  EXPECT_EQ(report.skipped_by.at("unchanged"), 9);
  EXPECT_EQ(catalog_.image_count(), 11) << "the photo as it was stays too";
  EXPECT_EQ(styles(site, 3), true_styles(3));
}

TEST_F(CrawlTest, AnErasedPhotoDoesNotComeBack) {
  CrawlSite site(3, 1);
  run(site);
  ASSERT_TRUE(catalog_.erase_image(catalog_.find_image(*standing(site, 1).look)->id));
  options_.refresh = true;
  run(site);
  EXPECT_EQ(catalog_.image_count(), 2);
  EXPECT_EQ(site.requests_of(1).size(), 1u);
}

TEST_F(CrawlTest, APhotoThatWasRemovedByHandStaysAwayAlsoUnderAnotherUrl) {
  CrawlSite site(4, 1);
  site.photo = [](int look) { return testing::noise_photo(look == 3 ? 1 : static_cast<std::uint64_t>(look)); };
  site.special[3] = [](const Reply&, int) { return Reply{404, {}, "", {}, {}, {}}; };
  run(site);
  const ImageId id = catalog_.find_image(*standing(site, 1).look)->id;
  erase_photos(catalog_, std::vector{*catalog_.find_image(id)}, /*keep_out=*/true);
  site.special.clear();  // the same photo is at a second address now
  CrawlSite again(4, 1);
  again.photo = site.photo;
  const CrawlReport report = run(again);
  EXPECT_FALSE(catalog_.find_image(id));
  EXPECT_EQ(report.skipped_by.at("removed"), 2);
  EXPECT_EQ(standing(again, 3).state, CrawlState::kOptedOut);
  EXPECT_NE(standing(again, 3).reason.find("was removed here"), std::string::npos);
}

TEST_F(CrawlTest, APhotoWhoseOwnerOptsOutLaterIsRemovedWithItsFile) {
  CrawlSite site(5, 1);
  run(site);
  const auto record = [&](int look) { return *catalog_.find_image(*standing(site, look).look); };
  const ImageRecord first = record(1), second = record(2);
  const auto opted_out = [](Reply usual, int) {
    usual.headers.emplace_back("X-Robots-Tag", "noai");
    return usual;
  };
  site.special[1] = opted_out;  // says so with "not modified"
  site.special[2] = [&](Reply usual, int nth) {
    usual.status = 200;
    usual.body = testing::noise_photo(2);
    return opted_out(usual, nth);
  };
  options_.refresh = true;
  const CrawlReport report = run(site);
  EXPECT_EQ(report.removed, 2);
  for (const ImageRecord& gone : {first, second}) {
    EXPECT_FALSE(catalog_.find_image(gone.id));
    EXPECT_FALSE(fs::exists(catalog_.home() / gone.file));
  }
  EXPECT_EQ(catalog_.image_count(), 3);
  EXPECT_EQ(standing(site, 1).state, CrawlState::kOptedOut);
  EXPECT_EQ(catalog_.verify(), std::vector<std::string>());
}

TEST_F(CrawlTest, AnOptOutTakesOnlyWhatCameFromItsOwnAddress) {
  CrawlSite site(3, 1);
  run(site);
  const LookKey look = *standing(site, 1).look;
  catalog_.put_claim(look, {"/home/me/photo.jpg", "", {{"mine", "yes"}}});
  ledger_.add("site", std::vector<CrawlFind>{{site.url(1), "", "o", {}, "noai"}, {site.url(2), "", "o", {}, "noai"}});
  const CrawlReport report = run(site);  // as after a kill: the next run makes it good
  EXPECT_EQ(report.removed, 1);
  ASSERT_TRUE(catalog_.find_image(look));
  EXPECT_EQ(catalog_.find_image(look)->labels, (std::vector<Label>{{"mine", "yes"}}));
}

// A proxy that plays all hosts: what it is asked for by name is public as far as this machine knows.
class Proxied : public CrawlTest {
 protected:
  Reply answer(const Seen& seen) {
    if (seen.target.ends_with("/robots.txt")) return {404, {}, "", {}, {}, {}};
    const auto found = pages_.find(seen.target);
    return found == pages_.end() ? Reply{404, {}, "", {}, {}, {}} : found->second;
  }
  std::map<std::string, Reply> pages_;
  testing::LoopbackServer proxy_{[this](const Seen& seen) { return answer(seen); }};
  const testing::Environment http_proxy_{"http_proxy", proxy_.url()};
};

TEST_F(Proxied, ARedirectIntoAPrivateNetworkIsNotFollowed) {
  const std::string list = dir_.path() / "list.txt";
  const std::vector<std::string> targets = {"http://169.254.169.254/latest/meta-data",
                                            "http://10.0.0.1/a.jpg",
                                            "http://[::1]:8080/a.jpg",
                                            "http://127.0.0.1/a.jpg",
                                            "http://0x7f000001/a.jpg",
                                            "http://0.0.0.0/a.jpg",
                                            "http://[::ffff:127.0.0.1]/a.jpg",
                                            "http://[64:ff9b::7f00:1]/a.jpg",
                                            "http://[fe80::1]/a.jpg"};
  std::string urls = "http://shop.example/good.jpg\n";
  pages_["http://shop.example/good.jpg"] = {200, {{"Content-Type", "image/jpeg"}}, testing::noise_photo(1), {}, {}, {}};
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const std::string url = "http://shop.example/" + std::to_string(i) + ".jpg";
    urls += url + "\n";
    pages_[url] = {302, {{"Location", targets[i]}}, "", {}, {}, {}};
    pages_[targets[i]] = {200, {{"Content-Type", "image/jpeg"}}, testing::noise_photo(100 + i), {}, {}, {}};
  }
  write_file_atomically(list, std::as_bytes(std::span(urls)), false);
  options_.allow_private = false;
  Recipe recipe = find_recipe("urls", {{{"list", list}}, {}});
  recipe.politeness.requests_per_second = 1000;
  const CrawlReport report = crawl(catalog_, recipe, options_);
  for (const Failure& failure : report.failures)
    EXPECT_TRUE(failure.item.starts_with("http://shop.example/")) << failure.item << ": " << failure.reason;
  EXPECT_EQ(report.fetched, 1);
  EXPECT_EQ(report.failed, static_cast<std::int64_t>(targets.size()));
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto standing = ledger_.standing("http://shop.example/" + std::to_string(i) + ".jpg");
    ASSERT_TRUE(standing);
    EXPECT_EQ(standing->state, CrawlState::kFailed);
  }
  for (const Seen& seen : proxy_.log()) EXPECT_TRUE(seen.target.starts_with("http://shop.example/")) << seen.target;
}

TEST_F(Proxied, OfEachOfManyHostsTheRulesAreReadOnceAndFirst) {
  constexpr int kHosts = 1500;  // more than are looked at in one go
  const std::string list = dir_.path() / "list.txt";
  std::string urls;
  for (int i = 0; i < kHosts; ++i) urls += "http://shop" + std::to_string(i) + ".example/gone.jpg\n";
  write_file_atomically(list, std::as_bytes(std::span(urls)), false);
  options_.allow_private = false;
  const CrawlReport report = crawl(catalog_, find_recipe("urls", {{{"list", list}}, {}}), options_);
  EXPECT_EQ(report.skipped_by.at("gone"), kHosts);
  const auto log = proxy_.log();
  EXPECT_EQ(log.size(), std::size_t{2} * kHosts);
  std::map<std::string, std::chrono::steady_clock::time_point> robots_at;
  for (const Seen& seen : log) {
    const std::string host = seen.header("host");
    if (seen.target.ends_with("/robots.txt")) {
      EXPECT_TRUE(robots_at.emplace(host, seen.at).second) << host;
    } else {
      ASSERT_TRUE(robots_at.contains(host)) << host;
      EXPECT_GE(seen.at - robots_at[host], std::chrono::milliseconds(500)) << "one a second, says the recipe";
    }
  }
}

TEST_F(CrawlTest, CopiesAreGroupedWithTheirOriginal) {
  CrawlSite site(6, 1);
  const auto picture = [](int width, int height, double cut, bool mirrored) {
    Image image{width, height, {}};
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        double u = cut + (1 - 2 * cut) * x / width;
        const double v = cut + (1 - 2 * cut) * y / height;
        if (mirrored) u = 1 - u;
        for (int c = 0; c < 3; ++c)
          image.rgb.push_back(
              static_cast<std::uint8_t>(128 + 60 * std::sin(9 * u + c) + 60 * std::cos(7 * v * u + 5 * v)));
      }
    const auto bytes = encode_jpeg(image);
    return std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  };
  site.photo = [&](int look) {
    switch (look) {
      case 1:
        return picture(400, 600, 0, false);
      case 2:
        return picture(200, 300, 0, false);
      case 3:
        return picture(400, 600, 0, true);
      case 4:
        return picture(320, 480, 0.05, false);
      default:
        return testing::noise_photo(static_cast<std::uint64_t>(look), 400, 600, 50);
    }
  };
  const CrawlReport report = run(site);
  EXPECT_EQ(report.near_copies, 3);
  std::set<std::string> originals;
  int without = 0;
  for (int look = 1; look <= 4; ++look) {
    const auto image = catalog_.find_image(*standing(site, look).look);
    const auto label = std::ranges::find(image->labels, kCopyKey, &Label::key);
    if (label == image->labels.end()) {
      ++without;
      originals.insert(image->id);
    } else {
      originals.insert(label->value);
    }
  }
  EXPECT_EQ(without, 1);
  EXPECT_EQ(originals.size(), 1u) << "all name the same one";
}

TEST_F(CrawlTest, ASecondCrawlInTheSameWorkspaceIsRefused) {
  CrawlSite site(200, 1);
  std::string message;
  CrawlHooks hooks;
  hooks.on_status = [&](const CrawlStatus&) {
    if (message.empty()) message = testing::message_of([&] { crawl(catalog_, site.recipe(), options_); });
  };
  run(site, hooks);
  EXPECT_NE(message.find("another crawl is at work here"), std::string::npos) << message;
}

TEST_F(CrawlTest, AStoppedRunIsGoneOnWith) {
  CrawlSite site(300, 1);
  std::stop_source stop;
  CrawlHooks hooks;
  hooks.on_end = [&](const CrawlEvent& event) {
    if (!event.is_page) stop.request_stop();
  };
  hooks.stop = stop.get_token();
  const CrawlReport first = run(site, hooks);
  EXPECT_GT(first.fetched, 0);
  EXPECT_LT(first.fetched, 300);
  EXPECT_EQ(first.fetched + run(site).fetched, 300);
}

}  // namespace
}  // namespace ootd
