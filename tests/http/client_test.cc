#include "ootd/http/client.h"

#include <gtest/gtest.h>

#include <chrono>
#include <set>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/base/sha256.h"
#include "tests/testing/loopback_server.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using testing::LoopbackServer;
using testing::Reply;
using testing::Seen;
using testing::serve_bytes;

std::string noise(std::size_t size, std::uint64_t seed = 1) {
  Random random(seed);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random.next());
  return bytes;
}

std::string sha256_of(const std::string& bytes) { return sha256_hex(std::as_bytes(std::span(bytes))); }

Patience quick() {
  Patience patience;
  patience.first_wait_s = 0.001;
  patience.stall_timeout_s = 1;
  return patience;
}

struct Problem {
  Kind kind;
  std::string text;
  bool says(const std::string& words) const { return text.find(words) != std::string::npos; }
};

class DownloadTest : public ::testing::Test {
 protected:
  Download file_from(const LoopbackServer& server, const std::string& bytes) const {
    Download file;
    file.request.url = server.url("/weights.bin");
    file.dest = dest();
    file.size = bytes.size();
    file.sha256 = sha256_of(bytes);
    return file;
  }
  fs::path dest() const { return dir_.path() / "weights.bin"; }
  std::set<std::string> names() const {
    std::set<std::string> found;
    for (const auto& entry : fs::directory_iterator(dir_.path())) found.insert(entry.path().filename());
    return found;
  }
  // The download fails, and no file is in its place.
  Problem failure_of(const Download& file, const Patience& patience = quick()) const {
    try {
      download(file, patience);
    } catch (const Error& error) {
      EXPECT_FALSE(fs::exists(dest())) << "half a file in place";
      return {error.kind(), error.what()};
    }
    ADD_FAILURE() << "nothing was thrown";
    return {Kind::kInternal, ""};
  }
  void expect_arrives(const Download& file, const std::string& bytes) const {
    download(file, quick());
    EXPECT_EQ(read_text(dest()), bytes);
    EXPECT_EQ(names(), std::set<std::string>{"weights.bin"});
  }

  const testing::TempDir dir_;
  const std::string bytes_ = noise(300'000);
  int server_calls_ = 0;
};

TEST_F(DownloadTest, BringsTheBytesAndReportsProgress) {
  LoopbackServer server([&](const Seen& seen) { return serve_bytes(seen, bytes_); });
  std::uint64_t last = 0;
  download(file_from(server, bytes_), quick(), [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_GE(done, last);
    EXPECT_EQ(total, bytes_.size());
    last = done;
  });
  EXPECT_EQ(last, bytes_.size());
  EXPECT_EQ(read_text(dest()), bytes_);
  EXPECT_EQ(names(), std::set<std::string>{"weights.bin"});
}

TEST_F(DownloadTest, BringsAnEmptyFile) {
  LoopbackServer server([&](const Seen& seen) { return serve_bytes(seen, ""); });
  expect_arrives(file_from(server, ""), "");
}

TEST_F(DownloadTest, GoesOnAfterCutsAtRandomPointsWithoutFetchingAByteTwice) {
  Random random(3);
  LoopbackServer server([&](const Seen& seen) {
    Reply reply = serve_bytes(seen, bytes_);
    if (reply.body.size() > 1000) reply.cut_after = 1 + random.below(reply.body.size() / 2);
    return reply;
  });
  expect_arrives(file_from(server, bytes_), bytes_);
  EXPECT_GE(server.log().size(), 5u) << "the test has cut nothing";
  EXPECT_EQ(server.body_sent(""), bytes_.size());
  for (const Seen& seen : server.log())
    EXPECT_EQ(seen.header("if-range"), seen.header("range").empty() ? "" : "\"v1\"");
}

TEST_F(DownloadTest, GoesOnWhereAnEarlierRunWasCut) {
  LoopbackServer server([&](const Seen& seen) {
    Reply reply = serve_bytes(seen, bytes_);
    if (seen.header("range").empty()) reply.cut_after = 100'000;
    return reply;
  });
  Patience once = quick();
  once.tries = 1;
  EXPECT_TRUE(failure_of(file_from(server, bytes_), once).says("run again to go on"));
  EXPECT_EQ(names(), (std::set<std::string>{"weights.bin.part", "weights.bin.part.etag"}));
  expect_arrives(file_from(server, bytes_), bytes_);
  EXPECT_EQ(server.body_sent(""), bytes_.size());
}

TEST_F(DownloadTest, ContinuesAnEarlierRunOnlyIfADigestWillProveTheResult) {
  LoopbackServer server([&](const Seen& seen) {
    Reply reply = serve_bytes(seen, bytes_);
    if (server_calls_++ == 0) reply.cut_after = 100'000;
    return reply;
  });
  Download file = file_from(server, bytes_);
  file.sha256.clear();
  Patience once = quick();
  once.tries = 1;
  failure_of(file, once);
  expect_arrives(file, bytes_);
  EXPECT_EQ(server.log().back().header("range"), "");
}

TEST_F(DownloadTest, VerifiesWhatIsCompleteWithoutAskingAgain) {
  LoopbackServer server([&](const Seen& seen) { return serve_bytes(seen, bytes_); });
  const Download file = file_from(server, bytes_);
  write_file_atomically(dest().string() + ".part", std::as_bytes(std::span(bytes_)));
  const std::string note = file.request.url + "\n\"v1\"\n";
  write_file_atomically(dest().string() + ".part.etag", std::as_bytes(std::span(note)));
  expect_arrives(file, bytes_);
  EXPECT_EQ(server.log().size(), 0u);
}

TEST_F(DownloadTest, TakesRangeNotSatisfiableAsTheEndIfTheLengthFits) {
  LoopbackServer server([&](const Seen& seen) { return serve_bytes(seen, bytes_); });
  Download file = file_from(server, bytes_);
  file.size.reset();
  write_file_atomically(dest().string() + ".part", std::as_bytes(std::span(bytes_)));
  const std::string note = file.request.url + "\n\"v1\"\n";
  write_file_atomically(dest().string() + ".part.etag", std::as_bytes(std::span(note)));
  expect_arrives(file, bytes_);
  EXPECT_EQ(server.body_sent(""), 0u);
}

TEST_F(DownloadTest, StartsAnewWhenTheOldBytesAreSpoiled) {
  LoopbackServer server([&](const Seen& seen) { return serve_bytes(seen, bytes_); });
  const Download file = file_from(server, bytes_);
  const std::string holes(150'000, '\0');  // as after a power cut
  write_file_atomically(dest().string() + ".part", std::as_bytes(std::span(holes)));
  const std::string note = file.request.url + "\n\"v1\"\n";
  write_file_atomically(dest().string() + ".part.etag", std::as_bytes(std::span(note)));
  expect_arrives(file, bytes_);
  EXPECT_EQ(server.log().size(), 2u);
}

TEST_F(DownloadTest, StartsAnewWhenTheServerHasAnotherVersion) {
  const std::string newer = noise(250'000, 9);
  LoopbackServer server([&](const Seen& seen) {
    if (!seen.header("range").empty()) return serve_bytes(seen, newer, "\"v2\"");
    Reply reply = serve_bytes(seen, bytes_);
    reply.cut_after = 100'000;
    return reply;
  });
  Download file = file_from(server, newer);
  file.size.reset();
  expect_arrives(file, newer);
}

TEST_F(DownloadTest, StartsAnewWhenAPartOfAnotherVersionIsSentAllTheSame) {
  const std::string newer = noise(bytes_.size(), 9);
  LoopbackServer server([&](const Seen& seen) {
    if (server_calls_++ == 0) {
      Reply reply = serve_bytes(seen, bytes_);
      reply.cut_after = 100'000;
      return reply;
    }
    Seen careless = seen;
    careless.headers.erase("if-range");
    return serve_bytes(careless, newer, "\"v2\"");
  });
  expect_arrives(file_from(server, newer), newer);
}

TEST_F(DownloadTest, LivesWithAServerThatIgnoresRanges) {
  LoopbackServer server([&](const Seen& seen) {
    Seen deaf = seen;
    deaf.headers.erase("range");
    Reply reply = serve_bytes(deaf, bytes_);
    if (server_calls_++ < 3) reply.cut_after = 100'000;
    return reply;
  });
  expect_arrives(file_from(server, bytes_), bytes_);
}

TEST_F(DownloadTest, LivesWithAServerThatSendsAnotherRange) {
  LoopbackServer server([&](const Seen& seen) {
    Reply reply = serve_bytes(seen, bytes_);
    if (seen.header("range").empty() && server_calls_++ == 0) reply.cut_after = 100'000;
    if (reply.status == 206) {
      reply.headers.back().second = "bytes 7-299999/300000";
      reply.body = bytes_.substr(7);
    }
    return reply;
  });
  expect_arrives(file_from(server, bytes_), bytes_);
}

TEST_F(DownloadTest, GoesOnAfterAStall) {
  LoopbackServer server([&](const Seen& seen) {
    Reply reply = serve_bytes(seen, bytes_);
    if (seen.header("range").empty()) reply.stall_after = 120'000;
    return reply;
  });
  const auto start = std::chrono::steady_clock::now();
  expect_arrives(file_from(server, bytes_), bytes_);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(server.body_sent(""), bytes_.size());
}

TEST_F(DownloadTest, GivesUpOnAServerThatNeverAnswers) {
  LoopbackServer server([&](const Seen& seen) {
    Reply reply = serve_bytes(seen, bytes_);
    reply.stall_after = 0;
    return reply;
  });
  Patience patience = quick();
  patience.tries = 2;
  EXPECT_EQ(failure_of(file_from(server, bytes_), patience).kind, Kind::kUnavailable);
  EXPECT_EQ(server.log().size(), 2u);
}

TEST_F(DownloadTest, RefusesAnotherLengthThanExpectedBeforeItsBody) {
  LoopbackServer server([&](const Seen& seen) {
    Reply reply = serve_bytes(seen, bytes_);
    reply.content_length = bytes_.size() + (seen.target == "/weights.bin" ? 5 : 0);
    return reply;
  });
  const Problem problem = failure_of(file_from(server, bytes_));
  EXPECT_TRUE(problem.says("/weights.bin: has 300005 bytes, expected 300000")) << problem.text;
  EXPECT_TRUE(names().empty());
}

TEST_F(DownloadTest, DoesNotTakeACutForTheEndWhenTheLengthWasALie) {
  for (const bool longer : {true, false}) {
    LoopbackServer server([&](const Seen& seen) {
      Reply reply = serve_bytes(seen, bytes_);
      reply.content_length = longer ? bytes_.size() + 1000 : bytes_.size() - 1000;
      if (seen.header("range") == "bytes=300000-")
        return Reply{416, {{"Content-Range", "bytes */301000"}}, "", {}, {}, {}};
      return reply;
    });
    Download file = file_from(server, bytes_);
    file.size.reset();
    Patience patience = quick();
    patience.tries = 3;
    const Problem problem = failure_of(file, patience);
    EXPECT_TRUE(longer ? problem.says("transfer closed") || problem.says("no bytes after") : problem.says("sha256 is "))
        << problem.text;
  }
}

TEST_F(DownloadTest, RefusesWrongBytesAndKeepsNothingOfThem) {
  std::string wrong = bytes_;
  wrong[200'000] ^= 1;
  LoopbackServer server([&](const Seen& seen) { return serve_bytes(seen, wrong); });
  const Problem problem = failure_of(file_from(server, bytes_));
  EXPECT_TRUE(problem.says(server.url("/weights.bin"))) << problem.text;
  EXPECT_TRUE(problem.says("sha256 is " + sha256_of(wrong) + ", expected " + sha256_of(bytes_))) << problem.text;
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(server.log().size(), 1u) << "wrong bytes are no reason to try again";
}

TEST_F(DownloadTest, KnowsAPrefixOfTheDigestAndGitsOwn) {
  std::string wrong = bytes_;
  LoopbackServer server([&](const Seen& seen) { return serve_bytes(seen, wrong); });
  Download file = file_from(server, bytes_);
  file.sha256.resize(8);
  expect_arrives(file, bytes_);
  fs::remove(dest());
  file.sha256.clear();
  file.git_blob = git_blob_hex(std::as_bytes(std::span(bytes_)));
  expect_arrives(file, bytes_);
  fs::remove(dest());
  wrong[0] ^= 1;
  EXPECT_TRUE(failure_of(file).says("git hash is "));
}

TEST_F(DownloadTest, StopsAtTheLimitWhateverTheServerSaysOfTheLength) {
  LoopbackServer server([&](const Seen&) {
    std::string chunked;  // no length is announced
    for (int i = 0; i < 30; ++i) chunked += "2710\r\n" + std::string(10'000, 'x') + "\r\n";
    return Reply{200, {{"Transfer-Encoding", "chunked"}}, chunked + "0\r\n\r\n", {}, {}, {}};
  });
  Download file;
  file.request.url = server.url("/weights.bin");
  file.dest = dest();
  file.max_bytes = 50'000;
  EXPECT_TRUE(failure_of(file).says("more than the limit of 50000"));
  EXPECT_TRUE(names().empty());
  file.max_bytes = 300'000;
  expect_arrives(file, std::string(300'000, 'x'));
}

TEST_F(DownloadTest, UnpacksWhatAServerCompressesUnasked) {
  // gzip -9n of 10,000 times "ootd\n"
  static constexpr unsigned char kPacked[] = {
#include "tests/http/packed_ootd.inc"
  };
  std::string plain;
  for (int i = 0; i < 10'000; ++i) plain += "ootd\n";
  const std::string packed(reinterpret_cast<const char*>(kPacked), sizeof kPacked);
  LoopbackServer server([&](const Seen& seen) {
    EXPECT_EQ(seen.header("accept-encoding"), "identity");
    Reply reply = serve_bytes(seen, packed);
    reply.headers.emplace_back("Content-Encoding", "gzip");
    if (server_calls_++ == 0) reply.cut_after = packed.size() / 2;
    return reply;
  });
  expect_arrives(file_from(server, plain), plain);
  EXPECT_EQ(server.log().back().header("range"), "") << "an offset into packed bytes is not ours";
}

TEST_F(DownloadTest, RefusesAWebPageInPlaceOfTheFile) {
  LoopbackServer server([&](const Seen&) {
    return Reply{200, {{"Content-Type", "text/html; charset=utf-8"}}, "<html>Please log in</html>", {}, {}, {}};
  });
  Download file = file_from(server, bytes_);
  file.size.reset();
  EXPECT_TRUE(failure_of(file).says("the answer is a web page"));
}

TEST_F(DownloadTest, SaysWhatARefusalMeans) {
  int status = 0;
  LoopbackServer server([&](const Seen&) { return Reply{status, {{"X-Error-Message", "gated"}}, "no", {}, {}, {}}; });
  Download file = file_from(server, bytes_);
  file.request.denied_hint = "accept the licence";
  for (status = 401; status <= 404; ++status) {
    const Problem problem = failure_of(file);
    EXPECT_EQ(problem.kind, status == 404 ? Kind::kNotFound : Kind::kUnavailable);
    EXPECT_TRUE(problem.says("HTTP status " + std::to_string(status) + " (gated)")) << problem.text;
    EXPECT_EQ(problem.says("accept the licence"), status == 401 || status == 403);
  }
  EXPECT_TRUE(names().empty());
  EXPECT_EQ(server.log().size(), 4u) << "a refusal is no reason to try again";
}

TEST_F(DownloadTest, WaitsOutServerErrorsAndAsLongAsABusyServerAsks) {
  LoopbackServer server([&](const Seen& seen) {
    switch (server_calls_++) {
      case 0:
        return Reply{500, {}, "oops", {}, {}, {}};
      case 1:
        return Reply{503, {}, "", {}, {}, {}};
      case 2:
        return Reply{429, {{"Retry-After", "1"}}, "", {}, {}, {}};
      default:
        return serve_bytes(seen, bytes_);
    }
  });
  const auto start = std::chrono::steady_clock::now();
  expect_arrives(file_from(server, bytes_), bytes_);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST_F(DownloadTest, GivesUpWhenAskedToWaitTooLong) {
  LoopbackServer server([&](const Seen&) { return Reply{429, {{"Retry-After", "3600"}}, "", {}, {}, {}}; });
  EXPECT_TRUE(failure_of(file_from(server, bytes_)).says("come back in 3600 s"));
}

TEST_F(DownloadTest, TriesAnUnreachableServerAFewTimesOnly) {
  Download file;
  {
    LoopbackServer server([&](const Seen&) { return Reply{}; });
    file = file_from(server, bytes_);
  }
  const Problem problem = failure_of(file);
  EXPECT_EQ(problem.kind, Kind::kUnavailable);
  EXPECT_TRUE(problem.says("tried 6 times")) << problem.text;
}

TEST_F(DownloadTest, FollowsRedirectsButShowsTheTokenToItsOwnHostOnly) {
  LoopbackServer cdn([&](const Seen& seen) { return serve_bytes(seen, bytes_); });
  LoopbackServer hub([&](const Seen& seen) {
    if (seen.target == "/weights.bin") return Reply{302, {{"Location", "/moved"}}, "moved", {}, {}, {}};
    return Reply{307, {{"Location", cdn.url("/blob?signature=1")}}, "", {}, {}, {}};
  });
  Download file = file_from(hub, bytes_);
  file.request.token = "secret";
  file.request.headers = {"X-Test: yes"};
  expect_arrives(file, bytes_);
  ASSERT_EQ(hub.log().size(), 2u);
  for (const Seen& seen : hub.log()) EXPECT_EQ(seen.header("authorization"), "Bearer secret");
  ASSERT_EQ(cdn.log().size(), 1u);
  EXPECT_EQ(cdn.log()[0].header("authorization"), "");
  EXPECT_EQ(cdn.log()[0].header("x-test"), "yes");
  EXPECT_EQ(cdn.log()[0].target, "/blob?signature=1");
}

TEST_F(DownloadTest, EndsARedirectLoop) {
  LoopbackServer server([&](const Seen& seen) { return Reply{302, {{"Location", seen.target}}, "", {}, {}, {}}; });
  EXPECT_TRUE(failure_of(file_from(server, bytes_)).says("more than 8 redirects"));
  EXPECT_EQ(server.log().size(), 9u);
}

TEST_F(DownloadTest, DoesNotFollowARedirectToAnythingButHttp) {
  for (const char* target : {"file:///etc/hostname", "ftp://127.0.0.1/x", "gopher://127.0.0.1/x"}) {
    LoopbackServer server([&](const Seen&) { return Reply{302, {{"Location", target}}, "", {}, {}, {}}; });
    EXPECT_TRUE(failure_of(file_from(server, bytes_)).says("is no http(s) URL")) << target;
  }
}

TEST_F(DownloadTest, DoesNotSendATokenUnencrypted) {
  Download file;
  file.request.url = "http://mirror.invalid/weights.bin";
  file.request.token = "secret";
  file.dest = dest();
  EXPECT_TRUE(failure_of(file).says("a token is not sent over unencrypted http"));
}

TEST_F(DownloadTest, DoesNotWriteThroughALinkInPlaceOfThePart) {
  LoopbackServer server([&](const Seen& seen) { return serve_bytes(seen, bytes_); });
  fs::create_symlink(dir_.path() / "elsewhere", dest().string() + ".part");
  EXPECT_EQ(failure_of(file_from(server, bytes_)).kind, Kind::kUnavailable);
  EXPECT_FALSE(fs::exists(dir_.path() / "elsewhere"));
}

TEST(FetchText, BringsADocumentAndRefusesALargerOne) {
  int calls = 0;
  LoopbackServer server([&](const Seen& seen) {
    Reply reply = serve_bytes(seen, "{\"ok\": true}");
    if (calls++ == 0) reply.cut_after = 5;
    return reply;
  });
  FetchRequest request;
  request.url = server.url("/api");
  EXPECT_EQ(fetch_text(request, 100, quick()), "{\"ok\": true}");
  EXPECT_THROW(fetch_text(request, 11, quick()), Error);
}

}  // namespace
}  // namespace ootd
