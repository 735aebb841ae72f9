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

std::string picture_of(const TestServer& server) {
  const auto& jpeg = server.workspace.jpegs[0];
  return {reinterpret_cast<const char*>(jpeg.data()), jpeg.size()};
}

void wait_for(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return;
    std::this_thread::sleep_for(5ms);
  }
  FAIL() << "waited in vain";
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

TEST(Queue, ThatIsFullAnswers503WhileCheapRoutesGoOn) {
  std::counting_semaphore<> gate(0);
  FixedEncoder encoder;
  encoder.gate = &gate;
  ServerOptions options = testing::test_options();
  options.worker_threads = 1;
  options.max_queue = 1;
  TestServer server(3, options, &encoder);
  const std::string picture = picture_of(server);
  const std::string call = "POST /api/search HTTP/1.1\r\nHost: localhost\r\n" + std::string(kBearer) +
                           "Content-Length: " + std::to_string(picture.size()) + "\r\n\r\n" + picture;
  HttpClient first = server.client(), second = server.client(), third = server.client();
  first.send_raw(call);
  wait_for([&] { return encoder.running == 1; });
  second.send_raw(call);
  wait_for([&] { return server.client().get("/metrics").body.find("ootd_queue_depth 2\n") != std::string::npos; });
  third.send_raw(call);
  const Answer busy = third.read_answer();
  EXPECT_EQ(busy.status, 503);
  EXPECT_EQ(busy.error_kind(), "unavailable");
  EXPECT_EQ(busy.header("retry-after"), "1");
  EXPECT_EQ(server.client().get("/api/health").status, 200);
  gate.release(2);
  EXPECT_EQ(first.read_answer().status, 200);
  EXPECT_EQ(second.read_answer().status, 200);
  EXPECT_EQ(third.get("/api/deck").status, 200);
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
  SearchIndex index(workspace.catalog, testing::kModel);
  const Recommender recommender(workspace.catalog, index);
  Server server({workspace.catalog, index, recommender}, testing::test_options());
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
