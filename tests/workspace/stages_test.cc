// The stages as a program or a server calls them: stopped between photos, they keep what is done and go on from there.
#include <gtest/gtest.h>

#include "ootd/base/io.h"
#include "ootd/image/encode.h"
#include "ootd/ingest/import.h"
#include "ootd/workspace/embedding.h"
#include "ootd/workspace/labelling.h"
#include "tests/testing/temp_dir.h"
#include "tests/testing/tiny_siglip.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

constexpr int kPhotos = 40;

class StagesTest : public ::testing::Test {
 protected:
  StagesTest() {
    const fs::path photos = dir_.path() / "photos";
    for (int i = 0; i < kPhotos; ++i) {
      Image image{8, 8, std::vector<std::uint8_t>(std::size_t{8} * 8 * 3)};
      for (std::size_t at = 0; at < image.rgb.size(); ++at)
        image.rgb[at] = static_cast<std::uint8_t>(at * static_cast<std::size_t>(i + 1));
      fs::create_directories(photos);
      write_file_atomically(photos / (std::to_string(100 + i) + ".jpg"), encode_jpeg(image));
    }
    import_paths(workspace_.catalog(), {{photos}}, {});
    EXPECT_EQ(workspace_.catalog().image_count(), kPhotos);
  }

  const testing::TempDir dir_;
  Workspace workspace_{dir_.path() / "home", /*create=*/true};
};

TEST_F(StagesTest, AStoppedEmbeddingKeepsItsVectorsAndGoesOnFromThere) {
  const Model model = testing::write_tiny_siglip(dir_.path());
  EmbedRequest request;
  request.model = model.folder.string();
  const Catalog& catalog = workspace_.catalog();
  std::stop_source at_once;
  at_once.request_stop();
  EXPECT_THROW(embed_workspace(workspace_, request, {.stop = at_once.get_token()}), Stopped);
  EXPECT_EQ(catalog.vector_count(workspace_.generation_of(model.id)), 0);

  std::stop_source later;
  std::int64_t told = 0;
  EXPECT_THROW(embed_workspace(workspace_, request,
                               {.on_update =
                                    [&](std::string_view part, std::int64_t done, std::int64_t total, auto) {
                                      EXPECT_EQ(part, "embed");
                                      EXPECT_EQ(total, kPhotos);
                                      told = done;
                                      if (done > 0) later.request_stop();
                                    },
                                .stop = later.get_token()}),
               Stopped);
  EXPECT_GT(told, 0);
  EXPECT_EQ(catalog.vector_count(workspace_.generation_of(model.id)), told) << "what was under way is stored, too";

  EXPECT_EQ(embed_workspace(workspace_, request).embedded, kPhotos - told);
  EXPECT_EQ(catalog.vector_count(workspace_.generation_of(model.id)), kPhotos);
}

class LabellingTest : public StagesTest {
 protected:
  LabellingTest() {
    Catalog& catalog = workspace_.catalog();
    std::vector<LookKey> looks = catalog.all_keys();
    looks.pop_back();
    Matrix vectors(looks.size(), 2);
    for (std::size_t i = 0; i < looks.size(); ++i) vectors.row(i)[i % 2] = 1;
    catalog.put_vectors(kGeneration, looks, vectors);
  }

  // Every second look is surely Retro.
  static std::vector<NameScore> score(std::span<const float> vector) {
    if (vector[0] > 0.5f) return {{"Retro", 1, 0.9f, {}}, {"Chic", 0, 0.1f, {}}};
    return {{"Chic", 1, 0.6f, {}}, {"Retro", 0, 0.4f, {}}};
  }

  static inline const Generation kGeneration = {"model-a", ""};
};

TEST_F(LabellingTest, NothingIsLockedWhileScoresAreShown) {
  for (const bool write : {false, true}) {
    bool wrote = false;
    label_workspace(
        workspace_, kGeneration, score, {.write = write}, [&](const ImageId&, const std::vector<NameScore>&) {
          if (wrote) return;
          SqliteCatalog other(workspace_.home());  // another program's; it would wait for some seconds, then throw
          other.set_setting("from elsewhere", "yes");
          wrote = true;
        });
    EXPECT_TRUE(wrote);
  }
}

TEST_F(LabellingTest, StoresTheBestNameOfWhatIsSureEnough) {
  const LabelReport report = label_workspace(workspace_, kGeneration, score, {.min_share = 0.8, .write = true});
  EXPECT_EQ(report.scored, kPhotos - 1);
  EXPECT_EQ(report.without_vector, 1);
  EXPECT_EQ(report.written, kPhotos / 2);
  EXPECT_EQ(workspace_.catalog().keys_where(Filter::parse("style_guess = Retro")).size(), kPhotos / 2u);
  EXPECT_EQ(workspace_.catalog().keys_where(Filter::parse("style_guess = Chic")).size(), 0u);
  EXPECT_EQ(label_workspace(workspace_, kGeneration, score, {.unless = "style_guess"}).scored, kPhotos / 2 - 1);
}

TEST_F(LabellingTest, AStoppedRunStoresWhatItHasScored) {
  std::stop_source stop;
  EXPECT_THROW(label_workspace(workspace_, kGeneration, score, {.write = true},
                               [&](const ImageId&, const std::vector<NameScore>&) { stop.request_stop(); },
                               {.stop = stop.get_token()}),
               Stopped);
  EXPECT_EQ(workspace_.catalog().labels_of("style_guess").size(), 1u);
}

}  // namespace
}  // namespace ootd
