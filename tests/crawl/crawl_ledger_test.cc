#include "ootd/crawl/crawl_ledger.h"

#include <gtest/gtest.h>

#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

class CrawlLedgerTest : public ::testing::Test {
 protected:
  std::int64_t add(std::vector<CrawlFind> finds) { return ledger_.add("shop", finds); }
  CrawlUrl claim_one(const std::string& origin = "https://a") {
    const auto urls = ledger_.claim("shop", origin, false, 1);
    EXPECT_EQ(urls.size(), 1u);
    return urls.empty() ? CrawlUrl{} : urls.front();
  }
  LookKey add_photo(const std::string& id) {
    ImageRecord image;
    image.id = id;
    return catalog_.add_image(image).key;
  }

  testing::TempDir dir_;
  SqliteCatalog catalog_{dir_.path()};
  CrawlLedger ledger_{catalog_};
};

TEST_F(CrawlLedgerTest, AUrlIsClaimedOnceAndInTheOrderItWasFound) {
  EXPECT_EQ(add({{"https://a/2", "", "https://a", {}, ""}, {"https://a/1", "", "https://a", {}, ""}}), 2);
  EXPECT_EQ(add({{"https://a/1", "", "https://a", {}, ""}, {"https://b/1", "", "https://b", {}, ""}}), 1);
  EXPECT_EQ(ledger_.open_origins("shop", false, "", 10), (std::vector<std::string>{"https://a", "https://b"}));
  EXPECT_EQ(ledger_.open_origins("shop", false, "", 1), std::vector<std::string>{"https://a"});
  EXPECT_EQ(ledger_.open_origins("shop", false, "https://a", 10), std::vector<std::string>{"https://b"});
  EXPECT_TRUE(ledger_.open_origins("shop", true, "", 10).empty());
  EXPECT_TRUE(ledger_.open_origins("other", false, "", 10).empty());
  EXPECT_EQ(claim_one().url, "https://a/2");
  EXPECT_EQ(claim_one().url, "https://a/1");
  EXPECT_TRUE(ledger_.claim("shop", "https://a", false, 5).empty());
  ledger_.reopen("shop", false);
  EXPECT_EQ(ledger_.claim("shop", "https://a", false, 5).size(), 2u) << "what was on its way when a run was killed";
}

TEST_F(CrawlLedgerTest, ALabelThatComesAfterThePhotoReachesIt) {
  add({{"https://a/1", "", "https://a", {{"style", "Retro"}}, ""}});
  const CrawlUrl url = claim_one();
  const LookKey look = add_photo("x");
  ledger_.end({url.no, CrawlState::kDone, "", 0, "\"v1\"", "", look});
  add({{"https://a/1", "", "https://a", {{"style", "Street"}}, ""}});
  const auto image = catalog_.find_image(look);
  EXPECT_EQ(image->labels, (std::vector<Label>{{"style", "Retro"}, {"style", "Street"}}));
  EXPECT_FALSE(ledger_.is_open(url.no));
}

TEST_F(CrawlLedgerTest, OnlyARetryBringsFailuresBackAndNoErasedPhotoIsRefreshed) {
  add({{"https://a/1", "", "https://a", {}, ""}, {"https://a/2", "", "https://a", {}, ""}});
  const CrawlUrl failed = claim_one(), done = claim_one();
  ledger_.end({failed.no, CrawlState::kFailed, "HTTP status 500", 6, "", "", {}});
  ledger_.end({done.no, CrawlState::kDone, "", 0, "\"v1\"", "", add_photo("x")});
  ledger_.reopen("shop", false);
  EXPECT_TRUE(ledger_.open_origins("shop", false, "", 10).empty());
  EXPECT_EQ(ledger_.standing("https://a/1")->reason, "HTTP status 500");
  ledger_.reopen("shop", true);
  EXPECT_EQ(claim_one().no, failed.no);
  ledger_.queue_again("shop");
  EXPECT_EQ(claim_one().etag, "\"v1\"");
  ledger_.end({done.no, CrawlState::kDone, "", 0, "\"v1\"", "", {}});
  EXPECT_TRUE(ledger_.standing("https://a/2")->look) << "unchanged: the photo stays";
  catalog_.erase_image("x");
  ledger_.queue_again("shop");
  EXPECT_TRUE(ledger_.open_origins("shop", false, "", 10).empty());
}

TEST_F(CrawlLedgerTest, ARoundStartsAnewOnlyWhenNothingIsLeftToDo) {
  const std::vector<CrawlFind> pages = {{"https://a/list", "{\"page\":1}", "https://a", {}, ""}};
  ledger_.start_round("shop", pages);
  const auto first = ledger_.claim("shop", "https://a", true, 1);
  ASSERT_EQ(first.size(), 1u);
  const std::vector<CrawlFind> next = {{"https://a/list", "{\"page\":2}", "https://a", {}, ""}};
  ledger_.add("shop", next);
  ledger_.end({first[0].no, CrawlState::kDone, "", 0, "", "", {}});
  ledger_.start_round("shop", pages);
  const auto second = ledger_.claim("shop", "https://a", true, 5);
  ASSERT_EQ(second.size(), 1u) << "goes on at page 2";
  EXPECT_EQ(second[0].request, "{\"page\":2}");
  add({{"https://a/1", "", "https://a", {}, ""}});
  ledger_.end({second[0].no, CrawlState::kDone, "", 0, "", "", {}});
  ledger_.start_round("shop", pages);
  EXPECT_TRUE(ledger_.open_origins("shop", true, "", 10).empty()) << "a photo is left";
  ledger_.end({claim_one().no, CrawlState::kGone, "HTTP status 404", 0, "", "", {}});
  ledger_.start_round("shop", pages);
  EXPECT_EQ(ledger_.claim("shop", "https://a", true, 5).at(0).request, "{\"page\":1}");
}

TEST_F(CrawlLedgerTest, AnOptOutHoldsWhoeverListsThePhoto) {
  add({{"https://a/1", "", "https://a", {}, ""}, {"https://a/2", "", "https://a", {}, "noai"}});
  add({{"https://a/1", "", "https://a", {}, "noai"}, {"https://a/2", "", "https://a", {}, ""}});
  EXPECT_TRUE(ledger_.open_origins("shop", false, "", 10).empty());
  EXPECT_EQ(ledger_.counts("shop")[CrawlState::kOptedOut].photos, 2);
}

}  // namespace
}  // namespace ootd
