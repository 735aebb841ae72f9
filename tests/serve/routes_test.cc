// The routes that belong to nobody, over real sockets: the good answers and the bad calls.
#include <gtest/gtest.h>

#include <mutex>

#include "ootd/image/decode.h"
#include "ootd/ingest/photo_limits.h"
#include "ootd/sqlite/database.h"
#include "tests/serve/test_server.h"
#include "tests/testing/colour_scene.h"
#include "tests/testing/heic_picture.h"
#include "tests/testing/tiny_siglip.h"

namespace ootd {
namespace {

using testing::Answer;
using testing::FixedEncoder;
using testing::HttpClient;
using testing::kBearer;
using testing::TestServer;

TEST(Similar, FindsNeighboursButNotThePictureItself) {
  TestServer server(12);
  HttpClient client = server.client();
  const std::string id = server.workspace.ids[4];
  const Json hits = client.get("/api/similar?k=11&id=" + id).json().at("hits");
  ASSERT_EQ(hits.size(), 11u);
  for (std::size_t i = 0; i < hits.size(); ++i) {
    EXPECT_NE(hits[i].at("id"), id);
    if (i > 0) {
      EXPECT_LE(hits[i].at("score").get<float>(), hits[i - 1].at("score").get<float>());
    }
  }
  EXPECT_TRUE(hits[0].contains("path") && hits[0].contains("labels"));
  const Json retro = client.get("/api/similar?k=12&filter=style%3DRetro&id=" + id).json().at("hits");
  EXPECT_EQ(retro.size(), 4u);
  for (const auto& hit : retro) EXPECT_EQ(hit.at("labels").at("style")[0], "Retro");
  EXPECT_EQ(client.get("/api/similar?k=3").status, 400);
  EXPECT_EQ(client.get("/api/similar?id=nobody").status, 404);
  EXPECT_EQ(client.get("/api/similar?filter=style%3D%3D&id=" + id).error_kind(), "input");
}

TEST(Search, FindsLooksNearAPictureThatIsSent) {
  FixedEncoder encoder;
  TestServer server(12, testing::test_options(), &encoder);
  const auto wanted = server.index.view();
  const auto vector = wanted->vector(server.workspace.catalog.find_image(server.workspace.ids[7])->key);
  encoder.vector.assign(vector.begin(), vector.end());
  HttpClient client = server.client();
  const auto& jpeg = server.workspace.jpegs[0];
  const std::string picture(reinterpret_cast<const char*>(jpeg.data()), jpeg.size());
  const Answer answer = client.request("POST", "/api/search?k=3", picture, kBearer);
  ASSERT_EQ(answer.status, 200) << answer.body;
  ASSERT_EQ(answer.json().at("hits").size(), 3u);
  EXPECT_EQ(answer.json().at("hits")[0].at("id"), server.workspace.ids[7]);
  EXPECT_EQ(client.request("POST", "/api/search", "no picture", kBearer).error_kind(), "input");
  EXPECT_EQ(client.request("POST", "/api/search", "", kBearer).status, 400);
}

TEST(Removed, LooksAreLeftOutOfAnAnswerAndTheRestIsGiven) {
  FixedEncoder encoder;
  TestServer server(12, testing::test_options(), &encoder);
  HttpClient client = server.swiper();
  const auto& jpeg = server.workspace.jpegs[0];
  const std::string picture(reinterpret_cast<const char*>(jpeg.data()), jpeg.size());
  const auto hits = [&] {
    return client.request("POST", "/api/search?k=12", picture, kBearer).json().at("hits").size();
  };
  EXPECT_EQ(hits(), 12u);
  // As if they went between the search and the reading of the looks: the index has not heard of it. One of them is the
  // look that was liked, which the others are dealt because of.
  {
    Database database(server.workspace.home() / "catalog.db", 1000);
    database.run("PRAGMA foreign_keys = OFF");
    for (const int i : {0, 5})
      database.run("DELETE FROM images WHERE id = ?1", server.workspace.ids[static_cast<std::size_t>(i)]);
  }
  EXPECT_EQ(hits(), 10u);
  EXPECT_EQ(client.get("/api/similar?k=11&id=" + server.workspace.ids[1]).json().at("hits").size(), 9u);
  const Answer deck = client.get("/api/deck?k=11");
  ASSERT_EQ(deck.status, 200) << deck.body;
  const Json cards = deck.json().at("cards");
  EXPECT_EQ(cards.size(), 10u);
  for (const Json& card : cards) EXPECT_EQ(card.at("because"), Json::array());
}

TEST(Search, SaysThatThereIsNoModel) {
  TestServer server(3);
  HttpClient client = server.client();
  const Answer answer = client.request("POST", "/api/search", "picture", kBearer);
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.error_message().find("ootd embed"), std::string::npos);
}

TEST(Search, FindsLooksNearWords) {
  const testing::TempDir dir;
  const Model tiny = testing::write_tiny_siglip(dir.path());
  const TextEncoder words(open_model(tiny.folder.string() + "@" + std::to_string(testing::kDim)));
  TestServer server(12, testing::test_options(), nullptr, &words);
  HttpClient client = server.client();
  const std::string phrase = "red plaid skirt, grunge";
  const Answer answer = client.request("GET", "/api/search?k=5&text=red+plaid%20skirt,+grunge", "", kBearer);
  ASSERT_EQ(answer.status, 200) << answer.body;
  const Json hits = answer.json().at("hits");
  ASSERT_EQ(hits.size(), 5u);
  const auto expected = server.index.view()->search(words.encode({&phrase, 1}).row(0), 5);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(hits[i].at("score").get<float>(), expected[i].score, 1e-5);
  EXPECT_EQ(client.request("GET", "/api/search?k=5", "", kBearer).status, 400);
  EXPECT_EQ(client.get("/api/search?text=skirt").status, 401);
  TestServer picture_only(3);
  EXPECT_EQ(picture_only.client().request("GET", "/api/search?text=skirt", "", kBearer).status, 503);
}

TEST(Pictures, AreTheStoredBytesAndCachedForEver) {
  TestServer server(3);
  HttpClient client = server.client();
  const std::string id = server.workspace.ids[1];
  const Answer picture = client.get("/images/" + id);
  ASSERT_EQ(picture.status, 200);
  EXPECT_EQ(picture.header("content-type"), "image/jpeg");
  EXPECT_NE(picture.header("cache-control").find("immutable"), std::string::npos);
  EXPECT_EQ(sha256_hex(std::as_bytes(std::span(picture.body))).substr(0, 24), id);
  const std::string etag = picture.header("etag");
  const Answer again = client.get("/images/" + id, "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(again.status, 304);
  EXPECT_TRUE(again.body.empty());
  EXPECT_EQ(client.get("/images/" + id, "If-None-Match: \"other\"\r\n").status, 200);
  EXPECT_EQ(client.get("/images/nobody").status, 404);
}

// In place of the stored one of these ids: a photo of a phone, that an import let in.
void put_heic(TestServer& server, const std::string& id) {
  const auto heic = testing::heic_picture();
  ImageRecord record;
  record.id = id;
  record.source = "IMG_1.HEIC";
  record.file = "images/" + id + ".heic";
  record.format = "heic";
  record.bytes = static_cast<std::int64_t>(heic.size());
  record.width = 48;
  record.height = 32;
  write_file_atomically(server.workspace.home() / record.file, heic, false);
  server.workspace.catalog.add_image(record);
}

TEST(Pictures, ThatBrowsersDoNotShowAreJpegs) {
  TestServer server(3);
  put_heic(server, "phone");
  HttpClient client = server.client();
  for (const std::string target : {"/images/phone", "/thumbs/phone?w=120"}) {
    const Answer picture = client.get(target);
    ASSERT_EQ(picture.status, 200) << target << picture.body;
    EXPECT_EQ(picture.header("content-type"), "image/jpeg");
    const Image image = decode_image(std::as_bytes(std::span(picture.body)), target);
    EXPECT_EQ(std::pair(image.width, image.height), std::pair(48, 32));
    EXPECT_NEAR(image.row(16)[3 * 8 + 1], 40, 25);
    EXPECT_NEAR(image.row(16)[3 * 40 + 1], 160, 25);
    EXPECT_EQ(client.get(target, "If-None-Match: " + picture.header("etag") + "\r\n").status, 304);
  }
  std::filesystem::remove(server.workspace.home() / "images/phone.heic");
  EXPECT_EQ(client.get("/images/phone").status, 404);
}

TEST(Search, RefusesFormatsOfStrangersThatTheMachineReadsOnlyForItsOwner) {
  const testing::FixedEncoder encoder;
  TestServer server(6, testing::test_options(), &encoder);
  const auto heic = testing::heic_picture();
  const std::string body(reinterpret_cast<const char*>(heic.data()), heic.size());
  const Answer answer = server.client().request("POST", "/api/search?k=3", body, kBearer);
  if (strangers_may_send_heif()) GTEST_SKIP() << "libheif " << libheif_version();
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.error_message().find("HEIC from strangers is not read"), std::string::npos) << answer.body;
}

// 90 Mpx, of a workspace that let them in.
TEST(Thumbnails, AreMadeOfWhateverTheWorkspaceHolds) {
  TestServer server(2);
  const std::string id = server.workspace.ids[0];
  {
    Image large{.width = 15'000, .height = 6'000, .rgb = {}};
    large.rgb.assign(std::size_t{3} * 15'000 * 6'000, 120);
    write_file_atomically(server.workspace.home() / "images" / (id + ".jpg"), encode_jpeg(large, 50), false);
  }
  EXPECT_EQ(server.client().get("/thumbs/" + id + "?w=120").status, 400);
  allow_pixels(server.workspace.catalog, 100'000'000);
  EXPECT_EQ(server.client().get("/thumbs/" + id + "?w=120").status, 200);
}

TEST(Pictures, WhoseFileIsMissingSayNothingAboutThisMachine) {
  std::mutex mutex;
  std::string log;
  ServerOptions options = testing::test_options();
  options.access_log = [&](std::string_view line) {
    const std::lock_guard lock(mutex);
    log += line;
  };
  TestServer server(3, options);
  const std::string id = server.workspace.ids[1];
  const std::filesystem::path file = server.workspace.home() / "images" / (id + ".jpg");
  std::filesystem::remove(file);
  HttpClient client = server.client();
  for (const std::string& address : {"/images/" + id, "/thumbs/" + id}) {
    const Answer answer = client.get(address);
    EXPECT_EQ(answer.status, 404);
    EXPECT_EQ(answer.error_message(), "the picture's file is missing");
  }
  std::filesystem::create_directory(file);  // there, but no file: nothing that the client did wrong
  for (const std::string& address : {"/images/" + id, "/thumbs/" + id}) {
    const Answer answer = client.get(address);
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.body.find(server.workspace.home().string()), std::string::npos) << answer.body;
  }
  server.stop();
  EXPECT_NE(log.find(file.string()), std::string::npos) << "who runs the server is told";
}

TEST(Thumbnails, AreSmallJpegsOfTheAskedWidthAndNeverEnlarged) {
  TestServer server(1);
  Image big{.width = 700, .height = 1001, .rgb = std::vector<std::uint8_t>(700 * 1001 * 3, 90)};
  const auto jpeg = encode_jpeg(big);
  write_file_atomically(server.workspace.home() / "images" / "big.jpg", jpeg, false);
  ImageRecord record;
  record.id = "b16b16b16b16b16b16b16b16";
  record.file = "images/big.jpg";
  record.format = "jpeg";
  server.workspace.catalog.add_image(record);
  HttpClient client = server.client();
  const auto header_of = [&](const std::string& target) {
    const Answer answer = client.get(target);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return read_image_header(std::as_bytes(std::span(answer.body)), target);
  };
  EXPECT_EQ(header_of("/thumbs/" + record.id + "?w=240").width, 240);
  EXPECT_EQ(header_of("/thumbs/" + record.id + "?w=240").height, 343);
  EXPECT_EQ(header_of("/thumbs/" + record.id).width, 480);
  EXPECT_EQ(header_of("/thumbs/" + record.id + "?w=960").width, 700);
  EXPECT_EQ(client.get("/thumbs/" + record.id + "?w=241").status, 400);
  EXPECT_EQ(client.get("/thumbs/" + record.id + "?w=99999999999").status, 400);
  EXPECT_EQ(client.get("/thumbs/nobody").status, 404);
}

TEST(Page, IsServedFromTheProgramWithSafeHeaders) {
  TestServer server(0);
  HttpClient client = server.client();
  const Answer page = client.get("/");
  ASSERT_EQ(page.status, 200);
  EXPECT_EQ(page.header("content-type"), "text/html; charset=utf-8");
  EXPECT_EQ(page.body, read_text(std::filesystem::path(OOTD_SOURCE_DIR) / "web" / "index.html"));
  EXPECT_EQ(page.header("x-content-type-options"), "nosniff");
  EXPECT_EQ(page.header("referrer-policy"), "no-referrer");
  EXPECT_NE(page.header("content-security-policy").find("frame-ancestors 'none'"), std::string::npos);
  EXPECT_EQ(page.header("content-security-policy").find("unsafe"), std::string::npos);
  EXPECT_EQ(client.get("/", "If-None-Match: " + page.header("etag") + "\r\n").status, 304);
  for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(OOTD_SOURCE_DIR) / "web")) {
    const Answer answer = client.get("/" + file.path().filename().string());
    EXPECT_EQ(answer.status, 200) << file.path();
    EXPECT_EQ(answer.body, read_text(file.path()));
    if (file.path().extension() == ".svg") continue;  // whose name space is an address
    EXPECT_EQ(answer.body.find("//www."), std::string::npos) << file.path() << " needs the network";
    EXPECT_EQ(answer.body.find("http://"), std::string::npos) << file.path() << " needs the network";
    EXPECT_EQ(answer.body.find("https://"), std::string::npos) << file.path() << " needs the network";
  }
}

TEST(Methods, AreAnsweredAsHttpSaysTheyShould) {
  TestServer server(3);
  HttpClient client = server.client();
  const Answer get = client.get("/api/health");
  EXPECT_TRUE(get.json().at("ok").get<bool>());
  EXPECT_FALSE(get.header("date").empty());
  const Answer head = client.request("HEAD", "/api/health");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.header("content-length"), get.header("content-length"));
  EXPECT_EQ(client.get("/api/health").body, get.body);  // nothing of HEAD's body was left on the wire

  const Answer wrong = client.request("POST", "/api/deck", "{}", "Content-Type: application/json\r\n");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.header("allow"), "GET, HEAD, OPTIONS");
  HttpClient other = server.client();
  EXPECT_EQ(other.request("DELETE", "/api/feedback").header("allow"), "POST, OPTIONS");
  const Answer options = other.request("OPTIONS", "/api/feedback");
  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.header("allow"), "POST, OPTIONS");
  EXPECT_TRUE(options.header("access-control-allow-origin").empty());
  EXPECT_EQ(other.get("/api/nothing").status, 404);
  EXPECT_EQ(other.request("HEAD", "/api/deck").status, 200);  // deals nothing
  EXPECT_EQ(server.workspace.catalog.event_count(testing::user_of(other)), 0);
}

TEST(Parameters, AreCheckedAndUnknownOnesRefused) {
  TestServer server(3);
  HttpClient client = server.client();
  EXPECT_EQ(client.get("/api/deck?k=0").status, 400);
  EXPECT_EQ(client.get("/api/deck?k=51").status, 400);
  EXPECT_EQ(client.get("/api/deck?k=five").status, 400);
  EXPECT_EQ(client.get("/api/deck?k=5&k=6").status, 400);
  EXPECT_EQ(client.get("/api/deck?k=%zz").status, 400);
  EXPECT_EQ(client.get("/api/deck?filter=style%00").status, 400);
  const Answer unknown = client.get("/api/deck?user=anna");
  EXPECT_EQ(unknown.status, 400);
  EXPECT_NE(unknown.error_message().find("k, filter, on_table"), std::string::npos);
}

TEST(Search, CropsThePictureThatIsSentAsTheStoredOnesWere) {
  const OutfitFinder finder(open_detector(testing::kColourDetector), PersonRule{.person_box = true});
  FixedEncoder encoder;
  const auto jpeg = encode_jpeg(testing::colour_scene(300, 400, testing::kDressedPerson), 95);
  const std::string body(reinterpret_cast<const char*>(jpeg.data()), jpeg.size());
  for (const OutfitFinder* outfits : {static_cast<const OutfitFinder*>(nullptr), &finder}) {
    TestServer server(3, testing::test_options(), &encoder, nullptr, outfits);
    EXPECT_EQ(server.client().request("POST", "/api/search", body, kBearer).status, 200);
    EXPECT_NEAR(encoder.seen_aspect, outfits != nullptr ? 0.375f : 0.75f, 0.03f);
    EXPECT_EQ(server.client().request("POST", "/api/search", "no picture", kBearer).status, 400);
  }
}

TEST(Metrics, CountRequestsByRouteAndStatus) {
  TestServer server(3);
  HttpClient client = server.client();
  client.get("/api/deck");
  client.get("/api/deck?k=0");
  client.get("/images/nobody");
  const Answer metrics = client.get("/metrics");
  ASSERT_EQ(metrics.status, 200);
  const auto has = [&](const std::string& line) { return metrics.body.find(line + "\n") != std::string::npos; };
  EXPECT_TRUE(has("ootd_requests_total{route=\"/api/deck\",status=\"200\"} 1")) << metrics.body;
  EXPECT_TRUE(has("ootd_requests_total{route=\"/api/deck\",status=\"400\"} 1"));
  EXPECT_TRUE(has("ootd_requests_total{route=\"/images/{}\",status=\"404\"} 1"));
  EXPECT_TRUE(has("ootd_request_seconds_bucket{route=\"/api/deck\",le=\"+Inf\"} 2"));
  EXPECT_TRUE(has("ootd_connections 1"));
  for (const char* pool : {"read", "write", "model", "thumbnail"})
    EXPECT_TRUE(has("ootd_queue_depth{pool=\"" + std::string(pool) + "\"} 0"));
}

}  // namespace
}  // namespace ootd
