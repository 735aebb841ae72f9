#include "ootd/base/user_id.h"

#include <gtest/gtest.h>

#include "ootd/base/error.h"
#include "tests/testing/message_of.h"

namespace ootd {
namespace {

TEST(UserId, MayBeWhateverServicesCallTheirUsers) {
  for (const char* id : {"a", "auth0|123", "a+b@x.org", "안나", "org/team 7", "{\"id\":1}", "..", "%2F", "😀", " "})
    EXPECT_EQ(user_id(id), id);
}

TEST(UserId, IsCountedInCharactersAndNotInBytes) {
  std::string longest;
  for (int i = 0; i < 128; ++i) longest += "안";
  EXPECT_EQ(user_id(longest), longest);
  EXPECT_NE(testing::message_of([&] { user_id(longest + "나"); }).find("has 129 characters"), std::string::npos);
}

TEST(UserId, OfTwoSpellingsOfTheSameCharactersIsOne) {
  EXPECT_EQ(user_id("\u1112\u1161\u11ab"), "한");
  EXPECT_EQ(user_id("Zoe\u0308"), "Zo\u00eb");
  EXPECT_NE(user_id("Anna"), user_id("anna"));
}

TEST(UserId, ThatIsNoneIsRefusedInWordsThatHelp) {
  const auto why = [](std::string_view id) { return testing::message_of([&] { user_id(id); }); };
  EXPECT_EQ(why(""), "a user id has 1 to 128 characters of UTF-8 and no control characters; this one is empty");
  EXPECT_NE(why("\xff").find("is no UTF-8"), std::string::npos);
  EXPECT_NE(why("\xed\xa0\x80").find("is no UTF-8"), std::string::npos) << "half of a surrogate pair";
  EXPECT_NE(why("a\nb").find("has U+000A"), std::string::npos);
  EXPECT_NE(why("a\x7f").find("has U+007F"), std::string::npos);
  EXPECT_NE(why("\u0085").find("has U+0085"), std::string::npos);
  EXPECT_NE(why(std::string_view("a\0b", 3)).find("has U+0000"), std::string::npos);
}

}  // namespace
}  // namespace ootd
