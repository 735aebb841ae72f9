#include "ootd/http/multi_fetch.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "ootd/http/address.h"
#include "tests/http/fetch_one.h"
#include "tests/testing/loopback_server.h"
#include "tests/testing/message_of.h"

namespace ootd {
namespace {

using std::chrono::milliseconds;
using testing::fetch_all;
using testing::fetch_one;
using testing::LoopbackServer;
using testing::quick_fetch;
using testing::Reply;
using testing::Seen;

// The crawler sends an ETag back, perhaps to another server than it came from.
TEST(MultiFetch, AHeaderThatHoldsACommandIsNotRead) {
  LoopbackServer server([](const Seen&) {
    return Reply{200, {{"ETag", "\"a\rX-Evil: 1"}, {"Content-Type", "text/\x1b[2J"}, {"Last-Modified", "a\tb"}},
                 "x", {},
                 {},  {}};
  });
  MultiFetch fetch(quick_fetch());
  const FetchResult result = fetch_one(fetch, {0, server.url("/"), {}, 100, {}});
  EXPECT_EQ(result.head.status, 200) << result.reason;
  EXPECT_EQ(result.head.etag, "");
  EXPECT_EQ(result.head.content_type, "");
  EXPECT_EQ(result.head.last_modified, "a\tb");
}

TEST(MultiFetch, HasManyRequestsInFlightAtOnce) {
  LoopbackServer server([](const Seen& seen) {
    return Reply{200, {{"ETag", "\"" + seen.target + "\""}}, std::string(1000, 'x') + seen.target, {}, {}, {}};
  });
  MultiFetch fetch(quick_fetch());
  for (std::uint64_t i = 0; i < 300; ++i)
    fetch.start({i, server.url("/" + std::to_string(i)), {"X-Test: yes"}, 2000, {}});
  EXPECT_EQ(fetch.in_flight(), 300u);
  const auto results = fetch_all(fetch);
  ASSERT_EQ(results.size(), 300u);
  for (const auto& [ticket, result] : results) {
    EXPECT_EQ(result.end, FetchEnd::kAnswer) << result.reason;
    EXPECT_EQ(result.body, std::string(1000, 'x') + "/" + std::to_string(ticket));
    EXPECT_EQ(result.head.etag, "\"/" + std::to_string(ticket) + "\"");
  }
  EXPECT_EQ(fetch.buffered_bytes(), 0u);
  EXPECT_EQ(server.log("/7").at(0).header("x-test"), "yes");
}

TEST(MultiFetch, HandsRedirectsAndErrorsBack) {
  LoopbackServer server([](const Seen& seen) {
    if (seen.target == "/to") return Reply{302, {{"Location", "/there"}}, "moved", {}, {}, {}};
    return Reply{429, {{"Retry-After", "7"}, {"X-Robots-Tag", "noai"}, {"X-Robots-Tag", "noindex"}}, "", {}, {}, {}};
  });
  MultiFetch fetch(quick_fetch());
  const FetchResult moved = fetch_one(fetch, {0, server.url("/to"), {}, 1000, {}});
  EXPECT_TRUE(moved.head.is_redirect());
  EXPECT_EQ(moved.head.location, "/there");
  const FetchResult busy = fetch_one(fetch, {0, server.url("/busy"), {}, 1000, {}});
  EXPECT_EQ(busy.end, FetchEnd::kAnswer);
  EXPECT_EQ(busy.head.status, 429);
  EXPECT_EQ(busy.head.retry_after_s, 7);
  EXPECT_EQ(busy.head.robots_tags, (std::vector<std::string>{"noai", "noindex"}));
  EXPECT_EQ(server.log("/there").size(), 0u);
}

TEST(MultiFetch, EndsWhatIsTooLargeUnwantedCutOffOrStalled) {
  LoopbackServer server([](const Seen& seen) {
    Reply reply{200, {}, std::string(1 << 20, 'x'), {}, {}, {}};
    if (seen.target == "/cut") reply.cut_after = 5000;
    if (seen.target == "/stall") reply.stall_after = 5000;
    if (seen.target == "/long") reply.content_length = 2 << 20;
    return reply;
  });
  MultiFetch fetch(quick_fetch());
  EXPECT_EQ(fetch_one(fetch, {0, server.url("/large"), {}, 1000, {}}).end, FetchEnd::kTooLarge);
  EXPECT_EQ(
      fetch_one(fetch, {0, server.url("/unwanted"), {}, 2 << 20, [](const Head&, std::string_view) { return false; }})
          .end,
      FetchEnd::kUnwanted);
  for (const char* path : {"/cut", "/stall", "/long"})
    EXPECT_EQ(fetch_one(fetch, {0, server.url(path), {}, 4 << 20, {}}).end, FetchEnd::kSetback) << path;
  EXPECT_EQ(fetch_one(fetch, {0, server.url("/whole"), {}, 2 << 20, {}}).body.size(), std::size_t{1} << 20);
  EXPECT_EQ(fetch_one(fetch, {0, "http://127.0.0.1:1/", {}, 1000, {}}).end, FetchEnd::kSetback) << "nobody listens";
  EXPECT_NE(
      testing::message_of([&] { fetch_one(fetch, {0, "ftp://127.0.0.1/", {}, 1000, {}}); }).find("no http(s) URL"),
      std::string::npos);
}

TEST(MultiFetch, ABodyThatIsNotPackedAsItSaysIsTakenAsItComesOnASecondRequest) {
  LoopbackServer server([](const Seen& seen) {
    return Reply{200, {{"Content-Encoding", seen.target == "/odd" ? "utf-8" : "gzip"}}, "plain", {}, {}, {}};
  });
  MultiFetch fetch(quick_fetch());
  for (const char* path : {"/odd", "/no-gzip"}) {
    EXPECT_EQ(fetch_one(fetch, {0, server.url(path), {}, 1000, {}}).end, FetchEnd::kUnpackable) << path;
    const FetchResult result = fetch_one(fetch, {0, server.url(path), {}, 1000, {}, /*as_sent=*/true});
    EXPECT_EQ(result.end, FetchEnd::kAnswer) << path;
    EXPECT_EQ(result.body, "plain");
    EXPECT_EQ(server.log(path)[0].header("accept-encoding").substr(0, 7), "deflate");
    EXPECT_EQ(server.log(path)[1].header("accept-encoding"), "");
  }
}

TEST(MultiFetch, TheFirstBytesSayWhetherTheRestIsWanted) {
  LoopbackServer server([](const Seen&) { return Reply{200, {}, "<html>" + std::string(8 << 20, 'x'), {}, {}, {}}; });
  MultiFetch fetch(quick_fetch());
  const FetchResult result = fetch_one(
      fetch, {0, server.url("/"), {}, 16 << 20, [](const Head&, std::string_view begin) { return begin[0] != '<'; }});
  EXPECT_EQ(result.end, FetchEnd::kUnwanted);
  EXPECT_TRUE(result.body.starts_with("<html>"));
  EXPECT_EQ(fetch.buffered_bytes(), 0u);
  EXPECT_LT(server.body_sent("/"), 8u << 20) << "the request ended";
}

TEST(MultiFetch, ReachesNoAddressThatIsNotPublic) {
  LoopbackServer server([](const Seen&) { return Reply{200, {}, "secret", {}, {}, {}}; });
  const std::string port = ":" + std::to_string(server.port()) + "/";
  MultiFetch fetch(quick_fetch(/*allow_private=*/false));
  for (const char* host : {"127.0.0.1", "localhost", "127.1", "0x7f000001", "0", "[::1]", "[::ffff:127.0.0.1]"}) {
    const FetchResult result = fetch_one(fetch, {0, std::string("http://") + host + port, {}, 1000, {}});
    EXPECT_EQ(result.end, FetchEnd::kBlocked) << host << ": " << result.reason;
    EXPECT_TRUE(result.body.empty());
  }
  EXPECT_TRUE(server.log().empty());
}

TEST(MultiFetch, CookiesGoBackToTheirHostAndAreForgottenWhenThereAreTooMany) {
  LoopbackServer server([](const Seen& seen) {
    Reply reply{200, {}, "x", {}, {}, {}};
    for (int i = 0; i < 40 && seen.target != "/"; ++i)
      reply.headers.emplace_back("Set-Cookie", "c" + std::to_string(i) + "=1; Path=" + seen.target);
    return reply;
  });
  MultiFetch fetch(quick_fetch());
  const auto ask = [&](const std::string& path) { fetch_one(fetch, {0, server.url(path), {}, 100, {}}); };
  ask("/first");
  ask("/first");
  EXPECT_NE(server.log("/first").back().header("cookie"), "");
  EXPECT_EQ(server.log("/first").front().header("cookie"), "");
  for (std::uint64_t i = 0; i < 998; ++i) {
    fetch.start({i, server.url("/" + std::to_string(i % 200)), {}, 100, {}});
    if (i % 50 == 49) fetch_all(fetch);
  }
  fetch_all(fetch);
  ask("/first");
  EXPECT_EQ(server.log("/first").back().header("cookie"), "") << "there were 8,000";
}

TEST(MultiFetch, WakesFromAnotherThread) {
  MultiFetch fetch(quick_fetch());
  std::thread waker([&] { fetch.wake(); });
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_TRUE(fetch.wait(milliseconds(20'000)).empty());
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  waker.join();
}

TEST(Address, OnlyThePublicOnesPass) {
  for (const char* ip : {"8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.63.255.255", "100.128.0.0",
                         "11.0.0.1", "192.167.1.1", "223.255.255.255", "2606:4700::1111", "2a00:1450:4001::1"})
    EXPECT_EQ(address_problem(ip), std::nullopt) << ip;
  for (const char* ip : {"0.0.0.0",
                         "10.1.2.3",
                         "100.64.0.1",
                         "100.127.255.255",
                         "127.0.0.1",
                         "127.255.255.255",
                         "169.254.169.254",
                         "172.16.0.1",
                         "172.31.255.255",
                         "192.168.0.1",
                         "192.0.0.1",
                         "198.18.0.1",
                         "198.19.255.255",
                         "224.0.0.1",
                         "239.1.1.1",
                         "240.0.0.1",
                         "255.255.255.255",
                         "::",
                         "::1",
                         "::ffff:8.8.8.8",
                         "::ffff:10.0.0.1",
                         "fe80::1",
                         "fe80::1%eth0",
                         "febf::1",
                         "fc00::1",
                         "fdff::1",
                         "ff02::1",
                         "64:ff9b::a00:1",
                         "2001:db8::1",
                         "2001::1",
                         "2002:7f00:1::",
                         "3fff::1",
                         "4000::1",
                         "",
                         "shop.example",
                         "1.2.3"})
    EXPECT_NE(address_problem(ip), std::nullopt) << ip;
  EXPECT_EQ(address_problem("10.0.0.1"), "10.0.0.1 is a private address");
  EXPECT_EQ(address_problem("169.254.169.254"), "169.254.169.254 is a link-local address");
}

}  // namespace
}  // namespace ootd
