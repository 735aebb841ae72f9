#include "ootd/serve/session.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "ootd/base/sha256.h"

namespace ootd {
namespace {

// The name and value of a Set-Cookie, as a browser sends them back.
std::string sent_back(const std::string& set_cookie) { return set_cookie.substr(0, set_cookie.find(';')); }

TEST(SessionCookie, IsReadAsItWasWrittenAndFoundAmongOthers) {
  const SessionCookie cookie("key");
  const WebSession session = new_session(1'700'000'000'000);
  EXPECT_NE(session.id, new_session(0).id);
  EXPECT_EQ(session.user().size(), 4u + 32u);
  const auto read = cookie.read("other=1; " + sent_back(cookie.write(session, true)) + " ; more=2");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->id, session.id);
  EXPECT_EQ(read->born_ms, session.born_ms);
  EXPECT_TRUE(read->is_signed);
}

TEST(SessionCookie, WithoutASignatureIsOfTheTimeBeforeAllOthers) {
  const auto read = SessionCookie("key").read("ootd_session=" + std::string(32, 'a'));
  ASSERT_TRUE(read.has_value());
  EXPECT_FALSE(read->is_signed);
  EXPECT_EQ(read->born_ms, 0);
}

TEST(SessionCookie, OfAnyOtherValueIsNone) {
  const SessionCookie cookie("key");
  const std::string id(32, 'a');
  const std::string good = sent_back(cookie.write({.id = id, .born_ms = 7}, false));
  ASSERT_TRUE(cookie.read(good).has_value());
  EXPECT_FALSE(SessionCookie("another key").read(good).has_value());
  const std::string signature = hmac_sha256_hex("key", id);
  for (const std::string& bad : std::vector<std::string>{
           "", "ootd_session", "ootd_session=", "ootd_session=abc", "x" + good, good + "a",
           good.substr(0, good.size() - 1), "ootd_session=" + std::string(32, 'A'), "ootd_session=" + id + "a",
           "ootd_session=" + id + ".", "ootd_session=" + id + "..", "ootd_session=" + id + ".7",
           "ootd_session=" + id + ".7.", "ootd_session=" + id + "." + signature,
           "ootd_session=" + id + ".." + hmac_sha256_hex("key", id + "."),
           "ootd_session=" + id + ".x." + hmac_sha256_hex("key", id + ".x")})
    EXPECT_FALSE(cookie.read(bad).has_value()) << bad;
}

TEST(Hmac, IsThatOfRfc4231) {
  EXPECT_EQ(hmac_sha256_hex("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

}  // namespace
}  // namespace ootd
