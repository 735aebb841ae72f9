#include "ootd/cli/nearest_word.h"

#include <gtest/gtest.h>

#include <vector>

namespace ootd {
namespace {

TEST(WordDistance, CountsOneForALetterMoreLessOtherOrSwapped) {
  EXPECT_EQ(word_distance("search", "search"), 0);
  EXPECT_EQ(word_distance("Search", "seArch"), 0);
  EXPECT_EQ(word_distance("serach", "search"), 1);
  EXPECT_EQ(word_distance("filtr", "filter"), 1);
  EXPECT_EQ(word_distance("embedd", "embed"), 1);
  EXPECT_EQ(word_distance("crup", "crop"), 1);
  EXPECT_EQ(word_distance("", "abc"), 3);
  EXPECT_EQ(word_distance("ca", "abc"), 3) << "a swapped pair is not edited again";
}

TEST(NearestWord, IsTheOneOfFewestEditsAndNoneIfAllAreFar) {
  const std::vector<std::string> verbs = {"import", "crop", "crawl", "embed", "serve", "search"};
  EXPECT_EQ(nearest_word("serach", verbs), "search");
  EXPECT_EQ(nearest_word("SEARCH", verbs), "search");
  EXPECT_EQ(nearest_word("imprt", verbs), "import");
  EXPECT_EQ(nearest_word("sreve", verbs), "serve");
  EXPECT_EQ(nearest_word("frobnicate", verbs), std::nullopt);
  EXPECT_EQ(nearest_word("ls", verbs), std::nullopt);
  EXPECT_EQ(nearest_word("x", {}), std::nullopt);
}

}  // namespace
}  // namespace ootd
