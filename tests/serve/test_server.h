// A workspace of small made-up looks and a server over it on a free port. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/base/sha256.h"
#include "ootd/base/vector_math.h"
#include "ootd/detect/outfit_finder.h"
#include "ootd/embed/text_encoder.h"
#include "ootd/image/encode.h"
#include "ootd/serve/server.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/serve/http_client.h"
#include "tests/testing/temp_dir.h"

namespace ootd::testing {

inline constexpr int kDim = 16;
inline const Generation kGeneration = {"test-model", ""};
inline constexpr char kToken[] = "a-token-of-the-tests";
inline constexpr char kBearer[] = "Authorization: Bearer a-token-of-the-tests\r\n";

// `count` looks: one colour each, 40 x 60, style Retro for every third and Street for the others, random unit vectors.
class Workspace {
 public:
  explicit Workspace(int count) : catalog(dir_.path()) {
    Random random(7);
    Matrix vectors(static_cast<std::size_t>(count), kDim);
    std::vector<LookKey> looks;
    std::filesystem::create_directories(dir_.path() / "images");
    for (int i = 0; i < count; ++i) {
      Image picture{.width = 40, .height = 60, .rgb = std::vector<std::uint8_t>(40 * 60 * 3)};
      for (std::size_t p = 0; p < picture.rgb.size(); p += 3) {
        picture.rgb[p] = static_cast<std::uint8_t>(i * 5);
        picture.rgb[p + 1] = static_cast<std::uint8_t>(255 - i);
        picture.rgb[p + 2] = static_cast<std::uint8_t>(i * 11);
      }
      jpegs.push_back(encode_jpeg(picture));
      ids.push_back(sha256_hex(jpegs.back()).substr(0, 24));
      const std::string file = "images/" + ids.back() + ".jpg";
      write_file_atomically(dir_.path() / file, jpegs.back(), false);
      ImageRecord record;
      record.id = ids.back();
      record.source = "made-up-" + std::to_string(i);
      record.file = file;
      record.format = "jpeg";
      record.bytes = static_cast<std::int64_t>(jpegs.back().size());
      record.width = 40;
      record.height = 60;
      record.labels = {{kStyleKey, i % 3 == 0 ? "Retro" : "Street"}};
      looks.push_back(catalog.add_image(record).key);
      for (float& value : vectors.row(static_cast<std::size_t>(i))) value = static_cast<float>(random.normal());
      normalize(vectors.row(static_cast<std::size_t>(i)));
    }
    if (count > 0) catalog.put_vectors(kGeneration, looks, vectors);
    catalog.serve(kGeneration);
  }

  const std::filesystem::path& home() const { return dir_.path(); }

 private:
  const TempDir dir_;

 public:
  SqliteCatalog catalog;
  std::vector<std::string> ids;
  std::vector<std::vector<std::byte>> jpegs;
};

// Answers every picture with one vector, and, where `gate` is set, only after a release of it: a slow model.
class FixedEncoder {
 public:
  std::vector<float> encode(const Image& image) const {
    ++running;
    seen_aspect = static_cast<float>(image.width) / static_cast<float>(image.height);
    if (gate != nullptr) gate->acquire();
    return vector;
  }

  std::vector<float> vector = std::vector<float>(kDim, 0.25f);
  std::counting_semaphore<>* gate = nullptr;
  mutable std::atomic<int> running = 0;
  mutable std::atomic<float> seen_aspect = 0;  // width / height of the last picture
};

// What a Live of these would serve; the index has seen all that the catalog has got when it is asked.
inline std::function<Served()> served_from(VectorIndex& index, const FixedEncoder* encoder = nullptr,
                                           const TextEncoder* words = nullptr, const OutfitFinder* outfits = nullptr) {
  return [&index, encoder, words, outfits] {
    index.refresh();
    Served served;
    served.view = index.view();
    if (encoder != nullptr)
      served.embed_picture = [encoder, outfits](std::span<const std::byte> bytes) {
        return encoder->encode(decode_query(bytes, "the picture sent", {.width = 8, .height = 8}, outfits));
      };
    if (words != nullptr)
      served.embed_words = [words](const std::string& text) {
        const Matrix vector = words->encode({&text, 1});
        return std::vector<float>(vector.row(0).begin(), vector.row(0).end());
      };
    return served;
  };
}

inline ServerOptions test_options() {
  ServerOptions options;
  options.port = 0;
  options.api_token = kToken;
  return options;
}

class TestServer {
  // What `now` gives, with the labels of the settings' key.
  std::function<Served()> with_labels(std::function<Served()> now, const TasteSettings& taste) {
    const auto labels = std::make_shared<const LookLabels>(labels_of(workspace.catalog, taste));
    return [now = std::move(now), labels] {
      Served served = now();
      served.labels = labels;
      return served;
    };
  }

 public:
  explicit TestServer(int looks = 12, ServerOptions options = test_options(), const FixedEncoder* encoder = nullptr,
                      const TextEncoder* words = nullptr, const OutfitFinder* outfits = nullptr,
                      const TasteSettings& taste = {})
      : workspace(looks),
        index(workspace.catalog, kGeneration, workspace.home()),
        server({workspace.catalog, with_labels(served_from(index, encoder, words, outfits), taste), taste},
               std::move(options)),
        thread_([this] { server.run(); }) {}
  ~TestServer() { stop(); }

  void stop() {
    server.stop();
    if (thread_.joinable()) thread_.join();
  }
  HttpClient client() const { return HttpClient(server.port()); }
  // One that has a session and one swipe: a like of the first look.
  HttpClient swiper() const {
    HttpClient person = client();
    person.get("/api/deck?k=1");
    EXPECT_EQ(person.post("/api/feedback", {{"kind", "like"}, {"id", workspace.ids[0]}}).status, 200);
    return person;
  }

  Workspace workspace;
  VectorIndex index;
  Server server;

 private:
  std::thread thread_;
};

// The name under which the catalog knows the client's session.
inline std::string user_of(const HttpClient& client) {
  return WebSession{.id = client.cookie.substr(client.cookie.find('=') + 1, 32)}.user();
}

inline void wait_for(const std::function<bool()>& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  FAIL() << "waited in vain";
}

inline std::vector<Event> swipes_of(const TestServer& server, const std::string& user) {
  auto events = server.workspace.catalog.events(user);
  std::erase_if(events, [](const Event& event) { return event.kind == EventKind::kShown; });
  return events;
}

}  // namespace ootd::testing
