// What a server must survive: slow, greedy, broken and very many clients, and being stopped.
#include <gtest/gtest.h>

#include <chrono>
#include <mutex>

#include "tests/serve/test_server.h"

namespace ootd {
namespace {

using namespace std::chrono_literals;
using testing::Answer;
using testing::FixedEncoder;
using testing::HttpClient;
using testing::kBearer;
using testing::TestServer;
using testing::wait_for;

std::string picture_of(const TestServer& server) {
  const auto& jpeg = server.workspace.jpegs[0];
  return {reinterpret_cast<const char*>(jpeg.data()), jpeg.size()};
}

TEST(SlowClient, ThatDribblesItsHeadIsCutOff) {
  ServerOptions options = testing::test_options();
  options.request_timeout = 300ms;
  TestServer server(3, options);
  HttpClient client = server.client();
  const auto start = std::chrono::steady_clock::now();
  bool open = client.send_raw("GET / HTTP/1.1\r\nHost: localhost\r\n");
  while (open && std::chrono::steady_clock::now() - start < 5s)
    open = client.send_raw("X") && !client.closed_within(50);
  EXPECT_FALSE(open) << "a byte now and then must not keep a request alive";
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

TEST(SlowClient, ThatNeverSendsItsBodyIsCutOff) {
  ServerOptions options = testing::test_options();
  options.request_timeout = 200ms;
  TestServer server(3, options);
  HttpClient client = server.client();
  client.send_raw(
      "POST /api/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: "
      "10\r\n\r\n{");
  EXPECT_TRUE(client.closed_within(3000));
}

TEST(IdleClient, IsClosedAfterTheIdleTimeAndNotAfterTheRequestTime) {
  ServerOptions options = testing::test_options();
  options.request_timeout = 100ms;
  options.idle_timeout = 700ms;
  TestServer server(3, options);
  HttpClient client = server.client();
  EXPECT_EQ(client.get("/api/health").status, 200);
  EXPECT_FALSE(client.closed_within(350));
  EXPECT_EQ(client.get("/api/health").status, 200);
  EXPECT_TRUE(client.closed_within(3000));
}

TEST(IdleClients, TwoThousandAtOnceDoNotKeepOthersFromBeingServed) {
  TestServer server(6);  // the server raises the limit of open files, the test's own sockets count too
  std::vector<HttpClient> idle;
  for (int i = 0; i < 2000; ++i) idle.push_back(server.client());
  EXPECT_EQ(idle.front().get("/api/health").status, 200);
  wait_for([&] { return server.client().get("/metrics").body.find("ootd_connections 2001\n") != std::string::npos; });
  EXPECT_EQ(server.client().get("/api/deck?k=3").json().at("cards").size(), 3u);
  EXPECT_EQ(idle.back().get("/api/health").status, 200);
}

TEST(Connections, OverTheLimitAreClosedAtOnceAndRoomIsMadeAgain) {
  ServerOptions options = testing::test_options();
  options.max_connections = 2;
  TestServer server(3, options);
  auto first = std::make_unique<HttpClient>(server.client());
  HttpClient second = server.client();
  EXPECT_EQ(first->get("/api/health").status, 200);
  EXPECT_EQ(second.get("/api/health").status, 200);
  EXPECT_TRUE(server.client().closed_within(3000));
  first.reset();
  wait_for([&] { return server.client().get("/api/health").status == 200; });
}

TEST(Sizes, OverTheLimitsAreRefusedWithTheRightStatus) {
  ServerOptions options = testing::test_options();
  options.max_header_bytes = 4096;
  options.max_body_bytes = 100'000;
  FixedEncoder encoder;
  TestServer server(3, options, &encoder);
  EXPECT_EQ(server.client().get("/", "X-Long: " + std::string(5000, 'x') + "\r\n").status, 431);
  EXPECT_EQ(server.client().get("/" + std::string(5000, 'x')).status, 431);
  const std::string json = "Content-Type: application/json\r\n";
  EXPECT_EQ(server.client().request("POST", "/api/search", std::string(100'001, 'x'), kBearer).status, 413);
  EXPECT_EQ(server.client().request("POST", "/api/search", std::string(99'999, 'x'), kBearer).status, 400);
  HttpClient client = server.client();
  client.get("/api/deck");
  EXPECT_EQ(client.request("POST", "/api/feedback", std::string(70'000, ' '), json).status, 413);
  // A length that is only announced costs nothing.
  HttpClient liar = server.client();
  liar.send_raw("POST /api/search HTTP/1.1\r\nHost: localhost\r\n" + std::string(kBearer) +
                "Content-Length: 99999999999\r\n\r\n");
  EXPECT_EQ(liar.read_answer().status, 413);
  HttpClient chunked = server.client();
  chunked.send_raw("POST /api/search HTTP/1.1\r\nHost: localhost\r\n" + std::string(kBearer) +
                   "Transfer-Encoding: chunked\r\n\r\n20000\r\n" + std::string(0x20000, 'x') + "\r\n0\r\n\r\n");
  EXPECT_EQ(chunked.read_answer().status, 413);
  HttpClient with_body = server.client();
  with_body.send_raw("GET /api/deck HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_EQ(with_body.read_answer().status, 413);
}

// What a chunked body has beside its bytes counts too. Sends `part` again and again, up to 64 MiB, and gives the answer
// and what the server took until it had enough: that, what drains after the answer, and what lies in the sockets.
std::pair<int, std::size_t> taken_of(HttpClient client, const std::string& head, const std::string& part) {
  client.send_raw(head);
  std::size_t sent = 0;
  while (sent < (64u << 20) && client.send_raw(part)) sent += part.size();
  int status = 0;
  try {
    status = client.read_answer().status;
  } catch (const std::runtime_error&) {  // reset before it was read
  }
  return {status, sent};
}

TEST(Sizes, CountChunkExtensionsAndTrailers) {
  FixedEncoder encoder;
  ServerOptions options = testing::test_options();
  options.max_body_bytes = 1u << 20;
  TestServer server(3, options, &encoder);
  const std::string search =
      "POST /api/search HTTP/1.1\r\nHost: localhost\r\n" + std::string(kBearer) + "Transfer-Encoding: chunked\r\n\r\n";
  const std::string feedback =
      "POST /api/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  constexpr std::size_t kSocketsAndDrain = 24u << 20;
  const std::string x(60'000, 'x');
  for (const auto& head : {search, feedback}) {
    // One extension without end, many chunks of a byte with a long one each, a trailer without end, many trailers.
    const std::pair<const char*, std::string> cases[] = {
        {"1;", x}, {"", "1;" + x.substr(0, 10'000) + "\r\n \r\n"}, {"0\r\nA: ", x}, {"0\r\n", "A: " + x + "\r\n"}};
    for (const auto& [start, part] : cases) {
      const auto [status, sent] = taken_of(server.client(), head + start, part);
      EXPECT_TRUE(status == 413 || status == 400) << status << " for " << start << part.substr(0, 3);
      EXPECT_LT(sent, kSocketsAndDrain) << start << part.substr(0, 3);
    }
  }
  // A body in many small chunks is no attack.
  std::string swipe;
  for (int i = 0; i < 1000; ++i) swipe += "1\r\n \r\n";
  HttpClient client = server.client();
  client.send_raw(feedback + swipe + "0\r\nA: b\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 401);
  EXPECT_EQ(client.get("/api/health").status, 200);
}

TEST(Uploads, AreRefusedBeforeTheirBodyIsSent) {
  TestServer server(3);
  HttpClient client = server.client();
  client.send_raw(
      "POST /api/search HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 401);
  FixedEncoder encoder;
  TestServer open(3, testing::test_options(), &encoder);
  HttpClient service = open.client();
  const std::string picture = picture_of(open);
  service.send_raw("POST /api/search HTTP/1.1\r\nHost: localhost\r\n" + std::string(kBearer) +
                   "Content-Length: " + std::to_string(picture.size()) + "\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(service.read_answer().status, 100);
  service.send_raw(picture);
  EXPECT_EQ(service.read_answer().status, 200);
}

TEST(Garbage, IsAnsweredOrClosedAndNeverHurts) {
  TestServer server(3);
  for (const std::string garbage :
       {"\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
        "GET / HTTP/1.1\r\nHost localhost\r\n\r\n", "GET / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
        "POST /api/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc",
        "GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n"}) {
    HttpClient client = server.client();
    client.send_raw(garbage);
    const Answer answer = client.read_answer();
    EXPECT_TRUE(answer.status == 0 || answer.status == 400) << garbage << " gave " << answer.status;
  }
  EXPECT_EQ(server.client().get("/api/health").status, 200);
}

TEST(Pipelining, AnswersInOrder) {
  TestServer server(3);
  HttpClient client = server.client();
  client.send_raw(
      "GET /api/deck?k=1 HTTP/1.1\r\nHost: localhost\r\n\r\nGET /api/nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
      "GET /api/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(client.read_answer().status, 200);
  EXPECT_EQ(client.read_answer().status, 404);
  EXPECT_EQ(client.read_answer().header("connection"), "close");
  EXPECT_TRUE(client.closed_within(3000));
}

TEST(ManyClients, AtOnceAllGetTheirAnswers) {
  FixedEncoder encoder;
  ServerOptions options = testing::test_options();
  options.io_threads = 3;
  options.worker_threads = 3;
  TestServer server(30, options, &encoder);
  std::vector<std::thread> threads;
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      HttpClient client = server.client();
      for (int i = 0; i < 10; ++i) {
        const Answer deck = client.get("/api/deck?k=2");
        ASSERT_EQ(deck.status, 200) << deck.body;
        const std::string id = deck.json().at("cards")[0].at("id");
        EXPECT_EQ(client.post("/api/feedback", {{"kind", i % 2 ? "like" : "save"}, {"id", id}}).status, 200);
        EXPECT_EQ(client.get("/thumbs/" + id + "?w=120").status, 200);
        EXPECT_EQ(client.get("/api/similar?k=3&id=" + id).status, 200);
        if (t == 0) {
          EXPECT_EQ(client.request("POST", "/api/search?k=2", picture_of(server), kBearer).status, 200);
        }
        EXPECT_EQ(client.get("/metrics").status, 200);
      }
      EXPECT_EQ(testing::swipes_of(server, testing::user_of(client)).size(), 10u);
    });
  for (auto& thread : threads) thread.join();
}

std::string search_call(const TestServer& server) {
  const std::string picture = picture_of(server);
  return "POST /api/search HTTP/1.1\r\nHost: localhost\r\n" + std::string(kBearer) +
         "Content-Length: " + std::to_string(picture.size()) + "\r\n\r\n" + picture;
}

bool metrics_have(const TestServer& server, const std::string& line) {
  return server.client().get("/metrics").body.find(line + "\n") != std::string::npos;
}

TEST(Queue, ThatIsFullAnswers503WhileTheOtherPoolsGoOn) {
  std::counting_semaphore<> gate(0);
  FixedEncoder encoder;
  encoder.gate = &gate;
  ServerOptions options = testing::test_options();
  options.worker_threads = 1;
  options.decode_threads = 1;
  options.max_model_queue = 1;
  TestServer server(3, options, &encoder);
  const std::string call = search_call(server);
  HttpClient first = server.client(), second = server.client(), third = server.client();
  first.send_raw(call);
  wait_for([&] { return encoder.running == 1; });
  second.send_raw(call);
  wait_for([&] { return metrics_have(server, "ootd_queue_depth{pool=\"model\"} 2"); });
  // Refused by its head: a picture that is not wanted need not be sent.
  third.send_raw(call.substr(0, call.find("\r\n\r\n") + 4));
  const Answer busy = third.read_answer();
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.error_kind(), "unavailable");
  EXPECT_EQ(busy.header("retry-after"), "1");

  // The model is stuck; nobody who wants none of it waits.
  HttpClient person = server.swiper();
  EXPECT_EQ(person.get("/api/health").status, 200);
  EXPECT_EQ(person.get("/api/deck").json().at("cards").size(), 2u);
  EXPECT_EQ(person.get("/api/saved").status, 200);
  EXPECT_EQ(person.get("/api/similar?id=" + server.workspace.ids[0]).status, 200);
  EXPECT_EQ(person.get("/images/" + server.workspace.ids[1]).status, 200);
  EXPECT_EQ(person.get("/thumbs/" + server.workspace.ids[1]).status, 200);
  EXPECT_EQ(encoder.running, 1);
  gate.release(2);
  EXPECT_EQ(first.read_answer().status, 200);
  EXPECT_EQ(second.read_answer().status, 200);
}

TEST(WriteLock, OfAnotherProcessNeverDelaysADeck) {
  ServerOptions options = testing::test_options();
  options.worker_threads = 1;
  TestServer server(12, options);
  HttpClient person = server.swiper();
  SqliteCatalog other(server.workspace.home());
  {
    const Catalog::Batch lock(other);
    EXPECT_EQ(server.client().get("/api/deck?k=3").json().at("cards").size(), 3u);
    EXPECT_EQ(person.get("/api/deck?k=3").json().at("cards").size(), 3u);
  }
}

TEST(WriteLock, DelaysSwipesOnly) {
  TestServer server(12);
  HttpClient person = server.swiper(), swiping = server.client();
  swiping.cookie = person.cookie;
  SqliteCatalog other(server.workspace.home());
  const std::string swipe = Json({{"kind", "save"}, {"id", server.workspace.ids[1]}}).dump();
  {
    const Catalog::Batch lock(other);
    swiping.send_raw("POST /api/feedback HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nCookie: " +
                     person.cookie + "\r\nContent-Length: " + std::to_string(swipe.size()) + "\r\n\r\n" + swipe);
    wait_for([&] { return metrics_have(server, "ootd_queue_depth{pool=\"write\"} 1"); });
    for (int i = 0; i < 20; ++i) {
      EXPECT_EQ(person.get("/api/deck?k=3").json().at("cards").size(), 3u);
      EXPECT_EQ(person.get("/api/similar?id=" + server.workspace.ids[0]).status, 200);
      EXPECT_EQ(person.get("/images/" + server.workspace.ids[0]).status, 200);
    }
    EXPECT_EQ(testing::swipes_of(server, testing::user_of(person)).size(), 1u);
  }
  EXPECT_EQ(swiping.read_answer().status, 200);
}

TEST(Stop, LetsRequestsUnderWayFinishAndClosesTheIdle) {
  std::counting_semaphore<> gate(0);
  FixedEncoder encoder;
  encoder.gate = &gate;
  TestServer server(3, testing::test_options(), &encoder);
  const std::string picture = picture_of(server);
  HttpClient busy = server.client(), idle = server.client();
  EXPECT_EQ(idle.get("/api/health").status, 200);
  busy.send_raw("POST /api/search HTTP/1.1\r\nHost: localhost\r\n" + std::string(kBearer) +
                "Content-Length: " + std::to_string(picture.size()) + "\r\n\r\n" + picture);
  wait_for([&] { return encoder.running == 1; });
  server.server.stop();
  EXPECT_TRUE(idle.closed_within(3000));
  EXPECT_THROW(server.client(), std::runtime_error);
  gate.release();
  const Answer answer = busy.read_answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.header("connection"), "close");
  server.stop();  // run() returns
}

TEST(Stop, GivesUpOnClientsThatNeverFinish) {
  ServerOptions options = testing::test_options();
  options.stop_timeout = 200ms;
  TestServer server(3, options);
  HttpClient slow = server.client();
  slow.send_raw("GET / HT");
  std::this_thread::sleep_for(50ms);
  const auto start = std::chrono::steady_clock::now();
  server.stop();
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}

TEST(Stop, BeforeRunningIsNotForgotten) {
  testing::Workspace workspace(0);
  VectorIndex index(workspace.catalog, testing::kGeneration, workspace.home());
  Server server({workspace.catalog, testing::served_from(index)}, testing::test_options());
  server.stop();
  server.stop();
  server.run();
}

TEST(Start, SaysThatThePortIsTakenOrTheAddressNone) {
  TestServer server(0);
  ServerOptions options = testing::test_options();
  options.port = server.server.port();
  try {
    TestServer second(0, options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::kUnavailable);
    EXPECT_NE(std::string(error.what()).find("--port"), std::string::npos);
  }
  options = testing::test_options();
  options.address = "localhost";
  EXPECT_THROW(TestServer(0, options), Error);
  EXPECT_EQ(server.server.url(), "http://127.0.0.1:" + std::to_string(server.server.port()));
}

TEST(AccessLog, HasOneSafeLinePerRequestWithoutQueriesOrCookies) {
  std::mutex mutex;
  std::vector<std::string> lines;
  ServerOptions options = testing::test_options();
  options.access_log = [&](std::string_view line) {
    const std::lock_guard lock(mutex);
    lines.emplace_back(line);
  };
  TestServer server(3, options);
  HttpClient client = server.client();
  client.get("/api/deck?k=2&on_table=abc");
  client.get("/a\x1b[31mb");
  server.stop();
  ASSERT_GE(lines.size(), 1u);
  EXPECT_NE(lines[0].find("127.0.0.1 \"GET /api/deck\" 200 "), std::string::npos) << lines[0];
  for (const auto& line : lines) {
    EXPECT_EQ(line.find('\x1b'), std::string::npos);
    EXPECT_EQ(line.find("on_table"), std::string::npos);
    EXPECT_EQ(line.find("ootd_session"), std::string::npos);
  }
}

}  // namespace
}  // namespace ootd
