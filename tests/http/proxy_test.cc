// A proxy of the environment, plain or over TLS: what goes through it, what must not, and what its refusals mean.
#include <gtest/gtest.h>

#include "ootd/base/error.h"
#include "ootd/http/client.h"
#include "tests/http/fetch_one.h"
#include "tests/testing/environment.h"
#include "tests/testing/loopback_server.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/tls_front.h"

namespace ootd {
namespace {

using testing::Environment;
using testing::fetch_one;
using testing::quick_fetch;
using testing::Reply;
using testing::Seen;

constexpr char kCredentials[] = "Basic bWU6d29yZA==";  // me:word

class Proxy : public ::testing::Test {
 protected:
  Proxy() { authority_.write(dir_.path() / "trusted.pem"); }

  Reply answer(const Seen& seen) const {
    if (seen.method == "CONNECT")
      return tunnel_status_ == 200 ? Reply{200, {}, "", {}, {}, {}, {}, front_.port()}
                                   : Reply{tunnel_status_, {{"Location", "https://evil.example/"}}, "", {}, {}, {}};
    return {200, {}, "through the proxy", {}, {}, {}};
  }

  const testing::TempDir dir_;
  const testing::Authority authority_;
  const Environment bundle_{"CURL_CA_BUNDLE", dir_.path() / "trusted.pem"};
  const testing::Identity identity_ = authority_.issue("DNS:shop.example,IP:127.0.0.1");
  testing::LoopbackServer origin_{[](const Seen&) { return Reply{200, {}, "from the shop", {}, {}, {}}; }};
  const testing::TlsFront front_{identity_, origin_.port()};
  int tunnel_status_ = 200;
  testing::LoopbackServer proxy_{[this](const Seen& seen) { return answer(seen); }};
  const std::string address_ = "http://me:word@127.0.0.1:" + std::to_string(proxy_.port());
  const Environment http_{"http_proxy", address_}, https_{"https_proxy", address_};
};

TEST_F(Proxy, CarriesPlainRequestsByNameAndEncryptedOnesThroughATunnel) {
  MultiFetch fetch(quick_fetch(/*allow_private=*/false));
  EXPECT_EQ(fetch_one(fetch, {0, "http://shop.example/a", {}, 100, {}}).body, "through the proxy");
  const FetchResult secret = fetch_one(fetch, {0, "https://shop.example/b", {}, 100, {}});
  EXPECT_EQ(secret.body, "from the shop") << secret.reason;
  EXPECT_EQ(secret.head.status, 200);
  FetchRequest request;
  request.url = "https://shop.example/c";
  EXPECT_EQ(fetch_text(request, 100), "from the shop");

  ASSERT_EQ(proxy_.log().size(), 3u);
  EXPECT_EQ(proxy_.log()[0].target, "http://shop.example/a");
  EXPECT_EQ(proxy_.log()[1].method + " " + proxy_.log()[1].target, "CONNECT shop.example:443");
  for (const Seen& seen : proxy_.log()) EXPECT_EQ(seen.header("proxy-authorization"), kCredentials);
  ASSERT_EQ(origin_.log().size(), 2u);
  for (const Seen& seen : origin_.log()) {
    EXPECT_EQ(seen.header("proxy-authorization"), "") << "the proxy's password is not the shop's business";
    EXPECT_EQ(seen.header("host"), "shop.example");
  }
}

TEST_F(Proxy, IsNotAskedForThisMachineWhichGetsNoPassword) {
  MultiFetch fetch(quick_fetch());
  EXPECT_EQ(fetch_one(fetch, {0, origin_.url("/a"), {}, 100, {}}).body, "from the shop");
  EXPECT_EQ(fetch_one(fetch, {0, front_.url("/b"), {}, 100, {}}).body, "from the shop");
  for (const Seen& seen : origin_.log()) EXPECT_EQ(seen.header("proxy-authorization"), "");
  EXPECT_TRUE(proxy_.log().empty());
}

TEST_F(Proxy, IsNotAskedForAddressesThatAreNotPublicHoweverTheyAreWritten) {
  MultiFetch fetch(quick_fetch(/*allow_private=*/false));
  for (const char* host : {"10.0.0.1", "169.254.169.254", "127.0.0.1", "localhost", "0x0a000001", "167772161", "10.1",
                           "012.0.0.1", "10.0.0.1.", "%30x0a000001", "%31%30.1", "10%2e0.0.1", "[fd00::1]", "[::1]",
                           "[::ffff:10.0.0.1]", "[fe80::1%25eth0]"})
    for (const char* scheme : {"http://", "https://"}) {
      const FetchResult result = fetch_one(fetch, {0, std::string(scheme) + host + "/", {}, 100, {}});
      EXPECT_EQ(result.end, FetchEnd::kBlocked) << scheme << host << ": " << result.reason;
    }
  // Digits of other scripts; libcurl makes no names of them as we call it.
  for (const char* host : {"\u2460\u24EA.0.0.1", "10\u30020.0.1", "\uFF11\uFF10.0.0.1"})
    EXPECT_EQ(fetch_one(fetch, {0, std::string("http://") + host + "/", {}, 100, {}}).end, FetchEnd::kImpossible)
        << host;
  EXPECT_TRUE(proxy_.log().empty());
  EXPECT_EQ(fetch_one(fetch, {0, "http://8.8.8.8/", {}, 100, {}}).body, "through the proxy");
}

TEST_F(Proxy, OnlyARefusalThatMayPassIsTriedAgain) {
  Patience quick;
  quick.first_wait_s = 0.001;
  for (const int status : {302, 403, 407, 429, 502}) {
    tunnel_status_ = status;
    MultiFetch fetch(quick_fetch(/*allow_private=*/false));
    const FetchResult result = fetch_one(fetch, {0, "https://shop.example/", {}, 100, {}});
    EXPECT_EQ(result.end, status == 403 || status == 407 ? FetchEnd::kImpossible : FetchEnd::kSetback) << status;
    EXPECT_NE(result.reason.find(std::to_string(status)), std::string::npos) << result.reason;
    EXPECT_EQ(result.head.status, 0) << "it is not the shop's";
    EXPECT_FALSE(result.head.is_redirect());
  }
  tunnel_status_ = 403;
  const std::size_t before = proxy_.log().size();
  FetchRequest request;
  request.url = "https://shop.example/";
  EXPECT_THROW(fetch_text(request, 100, quick), Error);
  EXPECT_EQ(proxy_.log().size(), before + 1);
  EXPECT_TRUE(origin_.log().empty());
}

TEST_F(Proxy, MayItselfBeReachedOverTls) {
  const testing::TlsFront door(identity_, proxy_.port());
  const Environment http("http_proxy", door.url("")), https("https_proxy", door.url(""));
  MultiFetch fetch(quick_fetch(/*allow_private=*/false));
  const FetchResult plain = fetch_one(fetch, {0, "http://shop.example/a", {}, 100, {}});
  EXPECT_EQ(plain.body, "through the proxy") << plain.reason;
  const FetchResult secret = fetch_one(fetch, {0, "https://shop.example/b", {}, 100, {}});
  EXPECT_EQ(secret.body, "from the shop") << secret.reason;
}

}  // namespace
}  // namespace ootd
