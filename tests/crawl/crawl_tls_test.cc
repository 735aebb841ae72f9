// Whole crawls over TLS, HTTP/2 and a proxy.
#include <gtest/gtest.h>

#include "ootd/base/io.h"
#include "ootd/crawl/crawl.h"
#include "ootd/http/multi_fetch.h"
#include "tests/testing/crawl_site.h"
#include "tests/testing/environment.h"
#include "tests/testing/http2_server.h"
#include "tests/testing/loopback_server.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/tls_front.h"

namespace ootd {
namespace {

using testing::Environment;
using testing::LoopbackServer;
using testing::noise_photo;
using testing::Reply;
using testing::Seen;
using testing::TlsFront;

class TlsCrawl : public ::testing::Test {
 protected:
  TlsCrawl() {
    authority_.write(dir_.path() / "trusted.pem");
    options_.allow_private = true;
    options_.patience.first_wait_s = 0.01;
    options_.threads = 2;
  }

  CrawlReport run(const std::vector<std::string>& urls, int connections = 8) {
    const std::string list = dir_.path() / "list.txt";
    std::string text;
    for (const auto& url : urls) text += url + "\n";
    write_file_atomically(list, std::as_bytes(std::span(text)), false);
    Recipe recipe = find_recipe("urls", {{{"list", list}}, {}});
    recipe.politeness.requests_per_second = 100'000;
    recipe.politeness.connections = connections;
    return crawl(catalog_, recipe, options_);
  }
  // "/p7.jpg" is a photo, "/to-http" leads there.
  static Reply answer(const Seen& seen) {
    if (seen.target == "/to-http") return {302, {{"Location", "http://shop.example/p0.jpg"}}, "", {}, {}, {}};
    if (!seen.target.starts_with("/p")) return {404, {}, "", {}, {}, {}};
    const auto seed = static_cast<std::uint64_t>(std::atoi(seen.target.c_str() + 2));
    return {200, {{"Content-Type", "image/jpeg"}}, noise_photo(seed), {}, {}, {}};
  }

  const testing::TempDir dir_, home_;
  SqliteCatalog catalog_{home_.path()};
  CrawlOptions options_;
  const testing::Authority authority_;
  const Environment bundle_{"CURL_CA_BUNDLE", dir_.path() / "trusted.pem"};
  const testing::Identity identity_ = authority_.issue("DNS:shop.example,IP:127.0.0.1");
  LoopbackServer server_{answer};
};

TEST_F(TlsCrawl, BringsPhotosAndAsksNothingOfAServerThatProvesNothing) {
  const testing::Authority stranger;
  const testing::Identity strange = stranger.issue("IP:127.0.0.1"), misnamed = authority_.issue("DNS:shop.example");
  const TlsFront good(identity_, server_.port()), bad(strange, server_.port()), wrong(misnamed, server_.port());
  std::vector<std::string> urls = {good.url("/to-http")};
  for (int i = 0; i < 20; ++i) urls.push_back(good.url("/p" + std::to_string(i) + ".jpg"));
  for (int i = 0; i < 5; ++i) {
    urls.push_back(bad.url("/p50" + std::to_string(i) + ".jpg"));
    urls.push_back(wrong.url("/p60" + std::to_string(i) + ".jpg"));
  }
  const CrawlReport report = run(urls);
  EXPECT_EQ(report.fetched, 20);
  EXPECT_EQ(report.failed, 11);
  for (const Failure& failure : report.failures) {
    if (failure.item == good.url("/to-http"))
      EXPECT_NE(failure.reason.find("from https to unencrypted http"), std::string::npos) << failure.reason;
    else
      EXPECT_TRUE(failure.reason.starts_with("robots.txt: 127.0.0.1: SSL")) << failure.reason;
  }
  EXPECT_TRUE(server_.log("/p50").empty());
  EXPECT_TRUE(server_.log("/p60").empty());
  EXPECT_EQ(bad.connections(), 1) << "there is no use in another try";
  EXPECT_EQ(wrong.connections(), 1);
}

TEST_F(TlsCrawl, GoesThroughAProxyWhichIsAskedForNoPrivateAddress) {
  const TlsFront front(identity_, server_.port());
  LoopbackServer proxy([&](const Seen& seen) {
    if (seen.method == "CONNECT") return Reply{200, {}, "", {}, {}, {}, {}, front.port()};
    Seen inner = seen;
    inner.target = seen.target.substr(std::string("http://shop.example").size());
    return answer(inner);
  });
  const Environment http("http_proxy", proxy.url()), https("https_proxy", proxy.url());
  options_.allow_private = false;
  std::vector<std::string> urls = {"https://10.0.0.1/p0.jpg", "https://169.254.169.254/p0.jpg",
                                   "http://[fd00::1]/p0.jpg", "https://10.0.0.1./p1.jpg"};
  for (int i = 0; i < 10; ++i) {
    urls.push_back("https://shop.example/p" + std::to_string(i) + ".jpg");
    urls.push_back("http://shop.example/p" + std::to_string(100 + i) + ".jpg");
  }
  const CrawlReport report = run(urls);
  EXPECT_EQ(report.fetched, 20);
  EXPECT_EQ(report.failed, 4);
  for (const Failure& failure : report.failures)
    EXPECT_NE(failure.reason.find("only public ones are asked"), std::string::npos) << failure.reason;
  for (const Seen& seen : proxy.log()) EXPECT_NE(seen.target.find("shop.example"), std::string::npos) << seen.target;
  EXPECT_EQ(server_.log("/p").size(), 10u) << "those through the tunnel";
}

// 407 in place of a robots.txt is the proxy's, and allows nothing.
TEST_F(TlsCrawl, AProxyThatWantsAPasswordEndsInFailuresThatSaySo) {
  LoopbackServer proxy([&](const Seen&) { return Reply{407, {}, "", {}, {}, {}}; });
  const Environment http("http_proxy", proxy.url()), https("https_proxy", proxy.url());
  options_.allow_private = false;
  options_.patience.tries = 2;
  const CrawlReport report = run({"http://shop.example/p1.jpg", "https://shop.example/p2.jpg"});
  ASSERT_EQ(report.failures.size(), 2u);
  for (const Failure& failure : report.failures) {
    EXPECT_TRUE(failure.reason.starts_with("robots.txt: ")) << failure.reason;
    EXPECT_NE(failure.reason.find("407"), std::string::npos) << failure.reason;
  }
  EXPECT_EQ(proxy.log("shop.example:443").size(), 1u);
}

TEST_F(TlsCrawl, Http2SharesOneConnectionAndKeepsToTheNumberAtOnce) {
  if (!testing::Http2Server::is_installed()) GTEST_SKIP() << "nghttpd is not here (package nghttp2-server)";
  const testing::TempDir documents;
  std::vector<std::string> names;
  for (int i = 0; i < 40; ++i) {
    names.push_back("/p" + std::to_string(i) + ".jpg");
    const std::string photo = noise_photo(static_cast<std::uint64_t>(i), 480, 640, 8);
    write_file_atomically(documents.path() / names.back().substr(1), std::as_bytes(std::span(photo)), false);
  }
  testing::Http2Server server(identity_, documents.path(), dir_.path());
  for (std::string& name : names) name = server.url(name);
  const CrawlReport report = run(names, 5);
  EXPECT_EQ(report.fetched, 40) << (report.failures.empty() ? "" : report.failures[0].reason);
  const auto traffic = server.traffic();
  EXPECT_EQ(traffic.requests, 41u) << "robots.txt, and each photo once";
  EXPECT_EQ(traffic.connections == 1, MultiFetch::shares_connections()) << traffic.connections;
  if (MultiFetch::shares_connections()) {
    EXPECT_GE(traffic.most_at_once, 2u);
  }
  EXPECT_LE(traffic.most_at_once, 5u);
}

}  // namespace
}  // namespace ootd
