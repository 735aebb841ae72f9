// A shop under load while everything about it changes: people swipe and are dealt cards, looks come and go, the photos
// are cropped anew, another model takes over and the former one comes back. No answer may be an error, a deck short or
// a look missing that nobody erased.
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>

#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/serve/server.h"
#include "ootd/workspace/live.h"
#include "tests/serve/http_client.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::Answer;
using testing::HttpClient;

constexpr int kStable = 120, kPassing = 120, kLength = 16;
constexpr char kCrops[] = "detector-2/rule-2";

std::string stable_id(std::uint64_t i) { return "stable" + std::to_string(i); }
std::string passing_id(int i) { return "passing" + std::to_string(i); }

Matrix random_vectors(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  Matrix vectors(count, kLength);
  for (std::size_t i = 0; i < count; ++i) {
    for (float& value : vectors.row(i)) value = static_cast<float>(random.normal());
    normalize(vectors.row(i));
  }
  return vectors;
}

LookKey add_look(Catalog& catalog, const std::string& id, std::uint64_t number) {
  ImageRecord image;
  image.id = id;
  image.file = "images/" + id + ".jpg";
  image.format = "jpeg";
  image.width = image.height = 10;
  image.labels = {{kStyleKey, number % 3 == 0 ? "Retro" : "Street"}};
  return catalog.add_image(image).key;
}

// What `ootd embed` does, without a model: all that lacks a vector gets one, then the generation serves.
void embed(ootd::Workspace& workspace, const Generation& generation, std::uint64_t seed) {
  Catalog& catalog = workspace.catalog();
  // Looks come meanwhile: until it is whole.
  do {
    for (const LookKey look : all_looks_to_embed(catalog, generation))
      catalog.put_vectors(generation, {&look, 1}, random_vectors(1, seed + static_cast<std::uint64_t>(look)));
  } while (workspace.serve_if_whole(generation) > 0);
}

class Stress : public ::testing::Test {
 protected:
  Stress() : workspace_(dir_.path(), /*create=*/true) {
    for (std::uint64_t i = 0; i < kStable; ++i) add_look(workspace_.catalog(), stable_id(i), i);
    embed(workspace_, {"model-1", ""}, 1);
  }

  // Whatever went wrong, each kind once.
  void complain(const std::string& what) {
    const std::lock_guard lock(mutex_);
    complaints_.insert(what);
  }
  void expect(bool right, const std::string& what) {
    if (!right) complain(what);
  }

  void read_on(unsigned short port, std::uint64_t seed) {
    Random random(seed);
    HttpClient client(port);
    int rounds = 0;
    while (!done_ || rounds < 5) {
      ++rounds;
      const Answer deck = client.get("/api/deck?k=5" + std::string(rounds % 2 == 0 ? "&filter=style%3DStreet" : ""));
      expect(deck.status == 200, "deck: " + deck.body);
      if (deck.status == 200) {
        const Json cards = deck.json().at("cards");
        std::set<std::string> ids;
        for (const Json& card : cards) ids.insert(card.at("id"));
        expect(ids.size() == 5, "a short deck: " + std::to_string(ids.size()));
      }
      const Answer similar = client.get("/api/similar?k=4&id=" + stable_id(random.below(kStable)));
      expect(similar.status == 200, "similar: " + similar.body);
      if (similar.status == 200) expect(similar.json().at("hits").size() == 4, "a short search");
      expect(client.get("/api/taste").status == 200, "taste");
      const Answer health = client.get("/api/health");
      expect(health.status == 200 && health.json().at("vectors") >= kStable, "an empty shop: " + health.body);
    }
  }

  void swipe_on(unsigned short port, std::uint64_t seed) {
    HttpClient client(port);
    client.get("/api/deck?k=1");
    Random random(seed);
    for (int i = 0; !done_ || i < 5; ++i) {
      const std::string id = stable_id(random.below(kStable)), key = "key" + std::to_string(i);
      const Answer first = client.post("/api/feedback", {{"kind", "like"}, {"id", id}, {"key", key}});
      expect(first.status == 200, "swipe: " + first.body);
      const Answer again = client.post("/api/feedback", {{"kind", "like"}, {"id", id}, {"key", key}});
      expect(again.body == first.body, "a repeat answers otherwise");
      if (i % 2 == 1 || first.status != 200) continue;
      const std::int64_t event = first.json().at("event_id");
      const Answer undo = client.post("/api/feedback", {{"kind", "undo"}, {"event_id", event}, {"key", "un" + key}});
      expect(undo.status == 200, "undo: " + undo.body);
    }
  }

  void come_and_go() {
    SqliteCatalog other(dir_.path());  // as another process would
    for (int i = 0; !done_; ++i) {
      const LookKey look = add_look(other, passing_id(i), static_cast<std::uint64_t>(i));
      if (const auto serving = other.serving()) other.put_vectors(*serving, {&look, 1}, random_vectors(1, 5));
      if (i >= kPassing / 2) expect(other.erase_image(passing_id(i - kPassing / 2)), "erase");
      std::this_thread::sleep_for(std::chrono::milliseconds(3));
    }
  }

  const ootd::testing::TempDir dir_;
  ootd::Workspace workspace_;
  std::atomic<bool> done_ = false;
  std::mutex mutex_;
  std::set<std::string> complaints_;
};

TEST_F(Stress, NobodyNoticesErasuresARecropAndAModelSwitch) {
  Live live(workspace_, [this](const std::string& line) {
    if (line.starts_with("goes on")) complain(line);
  });
  ServerOptions options;
  options.port = 0;
  options.max_queue = 1000;
  Server server({workspace_.catalog(), [&live] { return live.now(); }}, options);
  std::thread serving([&] { server.run(); });
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < 8; ++i) threads.emplace_back([&, i] { read_on(server.port(), 10 + i); });
  for (std::uint64_t i = 0; i < 2; ++i) threads.emplace_back([&, i] { swipe_on(server.port(), 100 + i); });
  threads.emplace_back([&] { come_and_go(); });

  const auto serves = [&](const Generation& generation) {
    for (int i = 0; i < 1000 && live.now().view->generation() != generation; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(live.now().view->generation(), generation) << "the server does not follow";
  };
  const Generation first = {"model-1", ""}, recropped = {"model-1", kCrops}, other_model = {"model-2", kCrops};
  {
    ootd::Workspace other(dir_.path());  // `ootd crop`, then `ootd embed`, by another process
    for (const LookKey look : other.catalog().all_keys())
      if (other.catalog().file_of(look)) try {
          other.catalog().put_crop(look, {kCrops, "", Box{1, 1, 5, 5}});
        } catch (const Error& error) {
          expect(error.kind() == Kind::kNotFound, error.what());  // erased meanwhile
        }
    use_crops(other.catalog(), kCrops);
    embed(other, recropped, 2);
    serves(recropped);
    embed(other, other_model, 3);
    serves(other_model);
    other.catalog().serve(recropped);
    serves(recropped);
  }
  done_ = true;
  for (auto& thread : threads) thread.join();
  server.stop();
  serving.join();
  for (const std::string& complaint : complaints_) ADD_FAILURE() << complaint;
  EXPECT_EQ(workspace_.catalog().verify(), std::vector<std::string>{});
  EXPECT_EQ(workspace_.catalog().vector_count(first), 0) << "nobody can go back to it, and it was not dropped";
}

}  // namespace
}  // namespace ootd
