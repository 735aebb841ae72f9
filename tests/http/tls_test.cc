// Certificates: a server that proves nothing gets no request, one whose certificate the user trusts does.
#include <gtest/gtest.h>

#include "ootd/base/io.h"
#include "ootd/http/client.h"
#include "tests/http/fetch_one.h"
#include "tests/testing/environment.h"
#include "tests/testing/http2_server.h"
#include "tests/testing/loopback_server.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/tls_front.h"

namespace ootd {
namespace {

using testing::Environment;
using testing::Identity;
using testing::Reply;
using testing::Seen;
using testing::TlsFront;

class Tls : public ::testing::Test {
 protected:
  Tls() { ours_.write(trusted()); }
  std::string trusted() const { return dir_.path() / "trusted.pem"; }
  static FetchRequest get(const std::string& url) {
    FetchRequest request;
    request.url = url;
    return request;
  }

  const testing::TempDir dir_;
  const testing::Authority ours_, strangers_;
  testing::LoopbackServer server_{
      [](const Seen&) { return Reply{200, {}, "secret", {}, {}, {}, std::chrono::milliseconds(100)}; }};
};

TEST_F(Tls, AsksOnlyAServerWhoseCertificateIsTrusted) {
  const Environment none("CURL_CA_BUNDLE", ""), no_file("SSL_CERT_FILE", "");
  const Identity identity = ours_.issue("IP:127.0.0.1");
  const TlsFront front(identity, server_.port());
  const auto fetch = [&] { return testing::message_of([&] { fetch_text(get(front.url("/")), 100); }); };
  EXPECT_NE(fetch().find("127.0.0.1: SSL certificate problem"), std::string::npos) << "a stranger was believed";
  EXPECT_EQ(front.connections(), 1) << "there is no use in another try";
  EXPECT_TRUE(server_.log().empty());
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const Environment bundle(name, trusted());
    EXPECT_EQ(fetch_text(get(front.url("/")), 100), "secret") << name;
  }
}

TEST_F(Tls, StrangersWrongNamesAndWhatHasExpiredAreRefusedForGood) {
  const Environment bundle("CURL_CA_BUNDLE", trusted());
  const struct {
    Identity identity;
    const char* words;
  } cases[] = {{strangers_.issue("IP:127.0.0.1"), "certificate problem"},
               {ours_.issue("DNS:shop.example"), "127.0.0.1"},
               {ours_.issue("IP:127.0.0.1", -60), "expired"}};
  MultiFetch fetch(testing::quick_fetch());
  for (const auto& one : cases) {
    const TlsFront front(one.identity, server_.port());
    const FetchResult result = testing::fetch_one(fetch, {0, front.url("/"), {}, 100, {}});
    EXPECT_EQ(result.end, FetchEnd::kImpossible) << one.words;
    EXPECT_TRUE(result.reason.starts_with("127.0.0.1: SSL")) << result.reason;
    EXPECT_NE(result.reason.find(one.words), std::string::npos) << result.reason;
  }
  EXPECT_TRUE(server_.log().empty());
}

TEST_F(Tls, AFileOfCertificatesThatIsNotThereIsNamed) {
  const Environment bundle("CURL_CA_BUNDLE", "/no/such/bundle.pem");
  const Identity identity = ours_.issue("IP:127.0.0.1");
  const TlsFront front(identity, server_.port());
  MultiFetch fetch(testing::quick_fetch());
  const FetchResult result = testing::fetch_one(fetch, {0, front.url("/"), {}, 100, {}});
  EXPECT_EQ(result.end, FetchEnd::kImpossible);
  EXPECT_NE(result.reason.find("/no/such/bundle.pem"), std::string::npos) << result.reason;
}

// Waiting for HTTP/2 must not put requests one after the other where there is none.
TEST_F(Tls, AServerOfTheOldKindIsAskedOverManyConnections) {
  const Environment bundle("CURL_CA_BUNDLE", trusted());
  const Identity identity = ours_.issue("IP:127.0.0.1");
  const TlsFront front(identity, server_.port());
  MultiFetch fetch(testing::quick_fetch());
  const auto begun = std::chrono::steady_clock::now();
  for (std::uint64_t i = 0; i < 40; ++i) fetch.start({i, front.url("/"), {}, 100, {}});
  for (const auto& [ticket, result] : testing::fetch_all(fetch)) EXPECT_EQ(result.body, "secret") << result.reason;
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(2)) << "40 times 0.1 s";
  EXPECT_GE(front.connections(), 20);
}

TEST_F(Tls, RequestsShareOneConnectionWhereTheServerSpeaksHttp2) {
  if (!testing::Http2Server::is_installed()) GTEST_SKIP() << "nghttpd is not here (package nghttp2-server)";
  const Environment bundle("CURL_CA_BUNDLE", trusted());
  const testing::TempDir documents;
  const std::string body(200'000, 'x');
  write_file_atomically(documents.path() / "a.jpg", std::as_bytes(std::span(body)), false);
  const Identity identity = ours_.issue("IP:127.0.0.1");
  testing::Http2Server server(identity, documents.path(), dir_.path());
  MultiFetch fetch(testing::quick_fetch());
  for (std::uint64_t i = 0; i < 40; ++i) fetch.start({i, server.url("/a.jpg"), {}, 1 << 20, {}});
  for (const auto& [ticket, result] : testing::fetch_all(fetch)) {
    EXPECT_EQ(result.head.status, 200) << result.reason;
    EXPECT_EQ(result.body, body);
  }
  EXPECT_EQ(testing::fetch_one(fetch, {0, server.url("/none.jpg"), {}, 1 << 20, {}}).head.status, 404);
  const auto traffic = server.traffic();
  EXPECT_EQ(traffic.requests, 41u);
  EXPECT_EQ(traffic.connections == 1, MultiFetch::shares_connections()) << traffic.connections;
  if (MultiFetch::shares_connections()) {
    EXPECT_GT(traffic.most_at_once, 10u);
  }
}

}  // namespace
}  // namespace ootd
