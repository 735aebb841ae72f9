#include "ootd/http/url.h"

#include <gtest/gtest.h>

#include "ootd/base/error.h"

namespace ootd {
namespace {

TEST(Origin, IsSchemeHostAndPort) {
  EXPECT_EQ(origin_of("HTTPS://Hub.Example/a?b#c"), (Origin{"https", "hub.example", 443}));
  EXPECT_EQ(origin_of("http://user:pass@hub.example:81"), (Origin{"http", "hub.example", 81}));
  EXPECT_NE(origin_of("https://hub.example"), origin_of("https://hub.example:8443"));
  EXPECT_NE(origin_of("https://hub.example"), origin_of("https://cdn.hub.example"));
  for (const char* bad : {"", "hub.example/a", "ftp://hub.example", "file:///etc/passwd", "https://", "http:// a"})
    EXPECT_THROW(origin_of(bad), Error) << bad;
}

// Else one host would be asked at twice its pace, and a private address would pass for a name.
TEST(Origin, HasOneNameHoweverItIsWritten) {
  for (const char* host : {"shop.example", "SHOP.example.", "%73hop.example"})
    EXPECT_EQ(origin_of(std::string("https://") + host), (Origin{"https", "shop.example", 443})) << host;
  for (const char* host : {"127.0.0.1", "127.1", "0x7f000001", "2130706433", "%30x7f.1", "127.0.0.1."})
    EXPECT_EQ(origin_of(std::string("http://") + host), (Origin{"http", "127.0.0.1", 80})) << host;
}

TEST(ResolveUrl, TakesWholeAndRelativeLocations) {
  EXPECT_EQ(resolve_url("https://a.example/x/y?q=1", "/z"), "https://a.example/z");
  EXPECT_EQ(resolve_url("https://a.example/x/y", "z?k=v%2F1"), "https://a.example/x/z?k=v%2F1");
  EXPECT_EQ(resolve_url("https://a.example/x", "//b.example/z"), "https://b.example/z");
  EXPECT_EQ(resolve_url("https://a.example/x", "http://b.example:81/z"), "http://b.example:81/z");
}

TEST(Loopback, IsThisMachineAndNothingThatOnlyLooksLikeIt) {
  for (const char* here : {"http://127.0.0.1:1", "http://127.9.9.9", "http://localhost", "http://[::1]:80"})
    EXPECT_TRUE(is_loopback(origin_of(here))) << here;
  for (const char* away : {"http://127.evil.example", "http://localhost.example", "http://10.0.0.1", "http://[::2]"})
    EXPECT_FALSE(is_loopback(origin_of(away))) << away;
}

TEST(Redirect, NeverLosesEncryptionAndNeverReachesIntoThisMachine) {
  const Origin web{"https", "a.example", 443}, plain{"http", "b.example", 80}, here{"http", "127.0.0.1", 8080};
  EXPECT_FALSE(redirect_problem(web, {"https", "b.example", 443}));
  EXPECT_FALSE(redirect_problem(plain, web));
  EXPECT_FALSE(redirect_problem(here, {"http", "localhost", 81}));
  EXPECT_FALSE(redirect_problem(here, web));
  EXPECT_TRUE(redirect_problem(web, plain));
  EXPECT_TRUE(redirect_problem(web, here));
  EXPECT_TRUE(redirect_problem(plain, here));
}

}  // namespace
}  // namespace ootd
