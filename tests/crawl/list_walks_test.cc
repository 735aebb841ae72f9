#include "ootd/crawl/list_walks.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

ListingRequest page_of(const std::string& url, int page = 0, const std::string& style = "Retro") {
  ListingRequest request;
  request.url = "http://a/" + url;
  request.choices = {{"style", style}};
  request.page = page;
  return request;
}

class ListWalksTest : public ::testing::Test {
 protected:
  // The urls that are asked next.
  std::string follow(const ListingRequest& page, const std::vector<std::string>& photos,
                     const std::vector<ListingRequest>& next, const std::string& answered_at = "") {
    std::vector<CrawlFind> finds;
    for (const auto& url : photos) finds.push_back({url, "", "", {}, ""});
    std::string urls;
    for (const auto& each :
         walks_.follow(page, answered_at.empty() ? page.url : "http://a/" + answered_at, finds, next, ended_))
      urls += (urls.empty() ? "" : " ") + each.url.substr(std::string("http://a/").size());
    return urls;
  }
  ListWalks walks_;
  std::map<std::string, std::int64_t> ended_;
};

using Ended = std::map<std::string, std::int64_t>;

TEST_F(ListWalksTest, AListThatAnswersItsLastPageForEverEndsAtTheSecondOfIt) {
  EXPECT_EQ(follow(page_of("p1"), {"a", "b"}, {page_of("p2", 1)}), "p2");
  EXPECT_EQ(follow(page_of("p2", 1), {"b", "c"}, {page_of("p3", 2)}), "p3") << "some are new";
  EXPECT_EQ(follow(page_of("p3", 2), {"b", "c"}, {page_of("p4", 3)}), "");
  EXPECT_EQ(ended_, (Ended{{"nothing_new", 1}}));
}

TEST_F(ListWalksTest, ARingOfLinksOrCursorsEndsWhereItCloses) {
  EXPECT_EQ(follow(page_of("p1"), {"a"}, {page_of("p2", 1)}), "p2");
  EXPECT_EQ(follow(page_of("p2", 1), {"b"}, {page_of("p1", 2)}), "");
  EXPECT_EQ(ended_, (Ended{{"asked_before", 1}}));
  EXPECT_EQ(follow(page_of("q1", 0, "Chic"), {"a"}, {page_of("q2", 1, "Chic")}, "q"), "q2");
  EXPECT_EQ(follow(page_of("q2", 1, "Chic"), {"b"}, {page_of("q", 2, "Chic")}), "") << "q1 redirected there";
}

TEST_F(ListWalksTest, AListIsJudgedByItselfAlone) {
  follow(page_of("p1"), {"a", "b"}, {page_of("p2", 1)});
  EXPECT_EQ(follow(page_of("q1", 0, "Chic"), {"a", "b"}, {page_of("q2", 1, "Chic")}), "q2")
      << "all its photos are known from another style";
}

TEST_F(ListWalksTest, APageWithoutPhotosIsNotOneWithoutNewOnes) {
  follow(page_of("p1"), {"a"}, {page_of("p2", 1)});
  EXPECT_EQ(follow(page_of("p2", 1), {}, {page_of("p3", 2)}), "p3") << "the recipe judges those";
}

TEST_F(ListWalksTest, PagesOfItemsCountAsPhotosDo) {
  ListingRequest look = page_of("look");
  look.item = ListingItem();
  EXPECT_EQ(follow(page_of("p1"), {}, {look, page_of("p2", 1)}), "look p2");
  EXPECT_EQ(follow(page_of("p2", 1), {}, {look, page_of("p3", 2)}), "look");
  EXPECT_EQ(ended_, (Ended{{"nothing_new", 1}}));
}

}  // namespace
}  // namespace ootd
