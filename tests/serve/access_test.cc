// Who may do what: sessions, cross-site calls, the API token, and paths that try to get out.
#include "ootd/serve/access.h"

#include <gtest/gtest.h>

#include "tests/serve/test_server.h"

namespace ootd {
namespace {

using testing::Answer;
using testing::HttpClient;
using testing::kBearer;
using testing::kToken;
using testing::TestServer;

TEST(Session, IsMadeByTheFirstDeckAndKeptByTheBrowserOnly) {
  TestServer server(6);
  HttpClient client = server.client();
  const Answer deck = client.get("/api/deck");
  const std::string set = deck.header("set-cookie");
  EXPECT_TRUE(set.starts_with("ootd_session="));
  EXPECT_NE(set.find("; HttpOnly"), std::string::npos);
  EXPECT_NE(set.find("; SameSite=Strict"), std::string::npos);
  EXPECT_NE(set.find("; Path=/"), std::string::npos);
  EXPECT_EQ(deck.header("cache-control"), "no-store");
  EXPECT_TRUE(client.get("/api/deck").header("set-cookie").empty());

  HttpClient other = server.client();
  other.get("/api/deck");
  EXPECT_NE(other.cookie, client.cookie);
}

TEST(Session, CannotBeReadFromTheUserNameNorFromTheBody) {
  TestServer server(6);
  HttpClient client = server.swiper();
  const std::string body = client.get("/api/deck").body;
  const std::string id = client.cookie.substr(client.cookie.find('=') + 1, 32);
  EXPECT_EQ(body.find(id), std::string::npos);
  EXPECT_EQ(testing::user_of(client).find(id), std::string::npos);
  EXPECT_FALSE(server.workspace.catalog.events(testing::user_of(client)).empty());
}

TEST(Session, ThatThisServerHasNotSignedIsNone) {
  TestServer server(6);
  HttpClient real = server.swiper();
  std::string forged = real.cookie;
  forged.back() = forged.back() == '0' ? '1' : '0';
  const std::string born_later = real.cookie.substr(0, 46) + "9" + real.cookie.substr(46);
  const std::string of_another_server =
      SessionCookie(new_session_key()).write({.id = real.cookie.substr(13, 32), .born_ms = 5}, false);
  for (const std::string& cookie : {forged, born_later, of_another_server.substr(0, of_another_server.find(';')),
                                    "ootd_session=" + std::string(32, 'a')}) {
    HttpClient client = server.client();
    client.cookie = cookie;
    const auto users = server.workspace.catalog.users();
    EXPECT_EQ(client.post("/api/feedback", {{"kind", "like"}, {"id", server.workspace.ids[1]}}).status, 401) << cookie;
    EXPECT_EQ(server.workspace.catalog.users(), users);
    EXPECT_TRUE(client.get("/api/saved").json().at("saved").empty());
    const Answer deck = client.get("/api/deck");
    EXPECT_TRUE(deck.header("set-cookie").starts_with("ootd_session=")) << "a new session, as without a cookie";
    EXPECT_NE(client.cookie.substr(0, 45), cookie.substr(0, 45));
  }
  EXPECT_EQ(real.get("/api/taste").json().at("likes"), 1);
}

TEST(Session, OfBeforeTheyWereSignedKeepsItsTasteAndGetsASignature) {
  TestServer server(6);
  const WebSession old{.id = std::string(32, 'b')};
  server.workspace.catalog.append_event({.user = old.user(), .kind = EventKind::kSave, .look = LookKey{1}});
  HttpClient client = server.client();
  client.cookie = "ootd_session=" + old.id;
  EXPECT_EQ(client.get("/api/saved").json().at("saved").size(), 1u);
  EXPECT_FALSE(client.get("/api/deck").header("set-cookie").empty());
  EXPECT_GT(client.cookie.size(), std::string("ootd_session=").size() + 32);
  EXPECT_EQ(testing::user_of(client), old.user());
  EXPECT_TRUE(client.get("/api/deck").header("set-cookie").empty());
  EXPECT_EQ(client.get("/api/saved").json().at("saved").size(), 1u);
  EXPECT_EQ(client.post("/api/feedback", {{"kind", "like"}, {"id", server.workspace.ids[3]}}).status, 200);
}

TEST(Session, OutlivesTheServer) {
  testing::Workspace workspace(1);
  std::string cookies[2];
  for (std::string& cookie : cookies) {
    VectorIndex index(workspace.catalog, testing::kGeneration, workspace.home());
    Server server({workspace.catalog, testing::served_from(index)}, testing::test_options());
    cookie = SessionCookie(workspace.catalog.setting("session_key").value()).write({.id = std::string(32, 'c')}, false);
  }
  EXPECT_EQ(cookies[0], cookies[1]);
}

TEST(Session, OfAnotherPersonCannotBeTouched) {
  TestServer server(6);
  HttpClient anna = server.client(), eve = server.client();
  anna.get("/api/deck");
  eve.get("/api/deck");
  const std::string id = server.workspace.ids[2];
  anna.post("/api/feedback", {{"kind", "save"}, {"id", id}});
  EXPECT_EQ(eve.post("/api/feedback", {{"kind", "undo"}, {"id", id}}).status, 404);
  EXPECT_EQ(eve.post("/api/feedback", {{"kind", "undo"}}).status, 404);
  EXPECT_TRUE(eve.get("/api/saved").json().at("saved").empty());
  eve.post("/api/forget", Json::object());
  EXPECT_EQ(anna.get("/api/saved").json().at("saved").size(), 1u);

  // No way to name her: not in the body, not in the query, not as a cookie value.
  const std::string user = testing::user_of(anna);
  HttpClient mallory = server.client();
  mallory.get("/api/deck");
  EXPECT_EQ(mallory.post("/api/feedback", {{"kind", "like"}, {"id", id}, {"user", user}}).status, 400);
  EXPECT_EQ(mallory.get("/api/saved?user=" + user).status, 400);
  EXPECT_EQ(mallory.get("/api/users/" + user + "/saved").status, 401);
  mallory.cookie = "ootd_session=" + user.substr(4);
  EXPECT_TRUE(mallory.get("/api/saved").json().at("saved").empty());
  EXPECT_EQ(mallory.post("/api/feedback", {{"kind", "like"}, {"id", id}}).status, 401);
  EXPECT_EQ(testing::swipes_of(server, user).size(), 1u);
}

TEST(CrossSite, ChangesAreRefused) {
  TestServer server(6);
  HttpClient client = server.client();
  client.get("/api/deck");
  const Json swipe = {{"kind", "like"}, {"id", server.workspace.ids[0]}};
  const std::string own = "Origin: http://localhost:" + std::to_string(server.server.port()) + "\r\n";
  EXPECT_EQ(server.client().request("POST", "/api/feedback", swipe.dump()).status, 415);
  const auto fresh = [&] {  // a refusal before the body is read ends a connection
    HttpClient next = server.client();
    next.cookie = client.cookie;
    return next;
  };
  EXPECT_EQ(fresh().request("POST", "/api/feedback", swipe.dump(), "Content-Type: text/plain\r\n").status, 415);
  EXPECT_EQ(fresh()
                .request("POST", "/api/feedback", "kind=like", "Content-Type: application/x-www-form-urlencoded\r\n")
                .status,
            415);
  EXPECT_EQ(fresh().post("/api/feedback", swipe, "Origin: http://evil.example\r\n").error_kind(), "forbidden");
  EXPECT_EQ(fresh().post("/api/feedback", swipe, "Origin: null\r\n").status, 403);
  EXPECT_EQ(fresh().post("/api/feedback", swipe, "Origin: http://localhost:1\r\n").status, 403);
  EXPECT_EQ(fresh().post("/api/feedback", swipe, "Sec-Fetch-Site: cross-site\r\n").status, 403);
  EXPECT_EQ(fresh().get("/api/deck", "Sec-Fetch-Site: cross-site\r\n").status, 403);  // it would replace the session
  EXPECT_EQ(fresh().get("/", "Sec-Fetch-Site: cross-site\r\n").status, 200);          // a link to the page is fine
  EXPECT_TRUE(testing::swipes_of(server, testing::user_of(client)).empty());
  EXPECT_EQ(fresh().post("/api/feedback", swipe, own + "Sec-Fetch-Site: same-origin\r\n").status, 200);
}

TEST(Host, MustBeThisMachineSoThatNoForeignNameCanBeReboundToIt) {
  TestServer server(3);
  const auto status = [&](const std::string& host) {
    return server.client().get("/", "Host: " + host + "\r\n").status;
  };
  EXPECT_EQ(status("localhost"), 200);
  EXPECT_EQ(status("LOCALHOST:99"), 200);
  EXPECT_EQ(status("127.0.0.1:8080"), 200);
  EXPECT_EQ(status("[::1]:8080"), 200);
  EXPECT_EQ(status("evil.example"), 403);
  EXPECT_EQ(status("localhost.evil.example"), 403);
  EXPECT_EQ(status("127.0.0.1.evil.example:8080"), 403);
  EXPECT_EQ(status("localhost\r\nHost: evil.example"), 400);
  HttpClient bare = server.client();
  bare.send_raw("GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(bare.read_answer().status, 400);
}

TEST(Host, MayBeThePublicNameOfAProxyAndThenTheCookieIsForTlsOnly) {
  ServerOptions options = testing::test_options();
  options.public_host = "looks.example";
  TestServer server(3, options);
  for (const std::string host : {"looks.example", "localhost"}) {
    HttpClient client = server.client();
    const std::string head = "Host: " + host + "\r\n";
    const Answer deck = client.get("/api/deck", head + "Origin: https://" + host + "\r\n");
    EXPECT_EQ(deck.status, 200);
    EXPECT_NE(deck.header("set-cookie").find("; Secure"), std::string::npos) << "whatever Host the proxy passes on";
    EXPECT_NE(client.post("/api/forget", Json::object(), head).header("set-cookie").find("; Secure"),
              std::string::npos);
  }
  EXPECT_EQ(server.client().get("/", "Host: other.example\r\n").status, 403);
}

TEST(Metrics, AreForThisMachineOrTheToken) {
  TestServer server(3);
  EXPECT_EQ(server.client().get("/metrics").status, 200);
  for (const std::string name : {"Forwarded: for=192.0.2.1", "Via: 1.1 proxy", "X-Forwarded-For: 192.0.2.1",
                                 "X-Forwarded-Proto: https", "X-Real-IP: 192.0.2.1"}) {
    EXPECT_EQ(server.client().get("/metrics", name + "\r\n").status, 401) << name;
    EXPECT_EQ(server.client().get("/metrics", name + "\r\n" + kBearer).status, 200) << name;
  }
  // Behind a proxy that passes on neither Host nor a header of its own every client seems to come from this machine.
  ServerOptions options = testing::test_options();
  options.public_host = "looks.example";
  TestServer behind(3, options);
  for (const std::string host : {"looks.example", "localhost"}) {
    EXPECT_EQ(behind.client().get("/metrics", "Host: " + host + "\r\n").status, 401) << host;
    EXPECT_EQ(behind.client().get("/metrics", "Host: " + host + "\r\n" + kBearer).status, 200) << host;
  }
}

TEST(Token, OpensTheRoutesForServicesAndNothingElseDoes) {
  TestServer server(6);
  HttpClient service = server.client();
  const Json swipe = {{"kind", "save"}, {"id", server.workspace.ids[0]}};
  EXPECT_EQ(service.post("/api/users/anna/feedback", swipe, kBearer).status, 200);
  EXPECT_EQ(service.get("/api/users/anna/deck?k=3", kBearer).json().at("cards").size(), 3u);
  EXPECT_EQ(service.get("/api/users/anna/saved", kBearer).json().at("saved").size(), 1u);
  EXPECT_EQ(service.get("/api/users/anna/taste", kBearer).json().at("saves"), 1);
  EXPECT_EQ(testing::swipes_of(server, "anna").size(), 1u);
  EXPECT_TRUE(service.cookie.empty());
  EXPECT_EQ(service.post("/api/users/anna/forget", Json::object(), kBearer).status, 200);
  EXPECT_EQ(server.workspace.catalog.event_count("anna"), 0);

  for (const std::string wrong :
       {"", "Authorization: Bearer wrong\r\n", "Authorization: Bearer\r\n",
        "Authorization: Bearer a-token-of-the-test\r\n", "Authorization: Basic a-token-of-the-tests\r\n"}) {
    const Answer answer = server.client().get("/api/users/anna/deck", wrong);
    EXPECT_EQ(answer.status, 401) << wrong;
    EXPECT_EQ(answer.header("www-authenticate"), "Bearer");
  }
}

// Percent-encoded or, as curl sends what it is given, in plain bytes.
TEST(Token, NamesUsersByAnyCharacters) {
  TestServer server(6);
  HttpClient service = server.client();
  const Json swipe = {{"kind", "like"}, {"id", server.workspace.ids[0]}};
  for (const auto& [path, id] :
       std::vector<std::pair<std::string, std::string>>{{"auth0%7C123", "auth0|123"},
                                                        {"auth0|123", "auth0|123"},
                                                        {"a+b@x.org", "a+b@x.org"},
                                                        {"a%2Bb%40x.org", "a+b@x.org"},
                                                        {"%EC%95%88%EB%82%98", "안나"},
                                                        {"안나", "안나"},
                                                        {"%E1%84%8B%E1%85%A1%E1%86%AB%E1%84%82%E1%85%A1", "안나"},
                                                        {"org%2Fann", "org/ann"},
                                                        {"a%20b", "a b"},
                                                        {"%25", "%"},
                                                        {"%F0%9F%91%97", "👗"}}) {
    const std::string user = "/api/users/" + path;
    ASSERT_EQ(service.post(user + "/feedback", swipe, kBearer).status, 200) << path;
    EXPECT_EQ(testing::swipes_of(server, id).size(), 1u) << path;
    EXPECT_EQ(service.get(user + "/deck?k=3", kBearer).json().at("cards").size(), 3u) << path;
    EXPECT_EQ(service.get(user + "/saved", kBearer).status, 200);
    EXPECT_EQ(service.get(user + "/taste", kBearer).json().at("likes"), 1) << path;
    EXPECT_EQ(service.get(user + "/quiz", kBearer).status, 200);
    EXPECT_EQ(service.post(user + "/forget", Json::object(), kBearer).status, 200);
    EXPECT_EQ(server.workspace.catalog.event_count(id), 0) << path;
  }
  std::string longest;
  for (int i = 0; i < 128; ++i) longest += "%EC%95%88";
  EXPECT_EQ(service.get("/api/users/" + longest + "/deck", kBearer).status, 200);
  for (const std::string& path : {std::string(), std::string("a%0Ab"), std::string("%7F"), std::string("%C2%85"),
                                  std::string("%FF"), std::string("%ED%A0%80"), std::string("a%00b"), longest + "a"}) {
    const Answer answer = service.get("/api/users/" + path + "/deck", kBearer);
    EXPECT_EQ(answer.status, 400) << path;
    EXPECT_EQ(answer.error_kind(), "input");
  }
  EXPECT_NE(service.get("/api/users/" + longest + "a/deck", kBearer).error_message().find("has 129 characters"),
            std::string::npos);
}

TEST(Token, RoutesAreOffWithoutOneAndSayWhichFlagTurnsThemOn) {
  ServerOptions options = testing::test_options();
  options.api_token.clear();
  TestServer server(3, options);
  const Answer answer = server.client().request("POST", "/api/search", "x", kBearer);
  EXPECT_EQ(answer.status, 403);
  EXPECT_NE(answer.error_message().find("--api-token"), std::string::npos);
  EXPECT_EQ(server.client().get("/api/users/anna/deck", "Authorization: Bearer \r\n").status, 403);
  EXPECT_EQ(server.client().get("/metrics").status, 200);  // from this machine
}

TEST(Token, ThatIsTooShortIsRefusedAtTheStart) {
  ServerOptions options = testing::test_options();
  options.api_token = "secret";
  EXPECT_THROW(TestServer(0, options), Error);
}

TEST(Paths, CannotLeaveWhatIsServed) {
  TestServer server(3);
  write_file_atomically(server.workspace.home() / "secret.txt", std::as_bytes(std::span("secret")), false);
  for (const char* path : {"/../catalog.db", "/%2e%2e/catalog.db", "/..%2fcatalog.db", "/images/../catalog.db",
                           "/images/..%2fcatalog.db", "/images/%2e%2e%2fsecret.txt", "/images//etc/passwd",
                           "/images/%2fetc%2fpasswd", "/thumbs/..%2f..%2fetc%2fpasswd", "/web/index.html", "/./app.js",
                           "//app.js", "/images/%00", "/catalog.db", "/images/' or 1=1 --"}) {
    const Answer answer = server.client().get(path);
    EXPECT_TRUE(answer.status == 404 || answer.status == 400) << path << " gave " << answer.status;
    EXPECT_EQ(answer.body.find("root:"), std::string::npos);
    EXPECT_EQ(answer.body.find("SQLite"), std::string::npos);
  }
}

TEST(Paths, OfAHostileCatalogAreNotFollowed) {
  TestServer server(1);
  for (const std::string file : {"../../etc/passwd", "/etc/passwd", "images/../../x"}) {
    ImageRecord record;
    record.id = sha256_hex(std::as_bytes(std::span(file))).substr(0, 24);
    record.file = file;
    record.format = "jpeg";
    server.workspace.catalog.add_image(record);
    const Answer answer = server.client().get("/images/" + record.id);
    EXPECT_EQ(answer.status, 500) << file;
    EXPECT_EQ(answer.body.find("passwd"), std::string::npos) << "our own trouble is for the log only";
  }
}

}  // namespace
}  // namespace ootd
