#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>

#include "ootd/base/error.h"
#include "ootd/base/random.h"
#include "ootd/store/catalog.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using Vector = std::vector<float>;

class CatalogEmbeddingsTest : public ::testing::Test {
 protected:
  CatalogEmbeddingsTest() : catalog_(home_.path()) {
    Catalog::Batch batch(catalog_);
    for (int i = 1; i <= 10; ++i) catalog_.add_image(record(i));
    batch.commit();
  }
  ~CatalogEmbeddingsTest() override { EXPECT_EQ(catalog_.verify(), std::vector<std::string>{}); }
  static ImageRecord record(int i) {
    ImageRecord image;
    image.id = "image" + std::to_string(i);
    return image;
  }
  void put(const std::string& model, std::vector<Row> rows, const std::vector<Vector>& vectors) {
    Matrix matrix(vectors.size(), vectors.empty() ? 0 : vectors[0].size());
    for (std::size_t i = 0; i < vectors.size(); ++i) std::ranges::copy(vectors[i], matrix.row(i).begin());
    catalog_.put_embeddings(model, rows, matrix);
  }
  // The changes as "row:first value" or "row:erased", asked for `limit` at a time.
  std::string changes(const std::string& model, std::int64_t after = 0, int limit = 1000) const {
    std::string text;
    for (;;) {
      const auto step = catalog_.changes_after(model, after, limit);
      EXPECT_LE(step.size(), static_cast<std::size_t>(limit));
      if (step.empty()) return text;
      for (const auto& change : step) {
        EXPECT_GT(change.sequence, after);
        after = change.sequence;
        EXPECT_EQ(change.erased, change.vector.empty());
        text += std::to_string(change.row) + ":" +
                (change.erased ? "erased" : std::to_string(static_cast<int>(change.vector[0]))) + " ";
      }
    }
  }
  Kind kind_of_put(const std::string& model, std::vector<Row> rows, const std::vector<Vector>& vectors) {
    try {
      put(model, std::move(rows), vectors);
    } catch (const Error& error) {
      return error.kind();
    }
    ADD_FAILURE() << "nothing was thrown";
    return Kind::kInternal;
  }

  const ootd::testing::TempDir home_;
  Catalog catalog_;
};

TEST_F(CatalogEmbeddingsTest, ComeBackBitForBit) {
  const Vector odd = {-0.0f, std::numeric_limits<float>::denorm_min(), std::numeric_limits<float>::max(), 0.1f};
  put("m", {3}, {odd});
  const auto found = catalog_.embedding("m", 3);
  ASSERT_TRUE(found.has_value());
  EXPECT_TRUE(std::ranges::equal(std::as_bytes(std::span(*found)), std::as_bytes(std::span(odd))));
  EXPECT_EQ(catalog_.embedding("m", 4), std::nullopt);
  EXPECT_EQ(catalog_.embedding("other", 3), std::nullopt);
}

TEST_F(CatalogEmbeddingsTest, ComeAsAMatrixInTheOrderAskedFor) {
  put("m", {1, 2, 3}, {{1, 0}, {2, 0}, {3, 0}});
  const std::vector<Row> rows = {3, 1, 3};
  const Matrix matrix = catalog_.embeddings("m", rows);
  ASSERT_EQ(matrix.rows(), 3u);
  EXPECT_EQ(matrix.row(0)[0], 3);
  EXPECT_EQ(matrix.row(1)[0], 1);
  EXPECT_EQ(matrix.row(2)[0], 3);
  EXPECT_EQ(catalog_.embeddings("m", {}).rows(), 0u);
  const std::vector<Row> missing = {1, 4};
  try {
    (void)catalog_.embeddings("m", missing);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::kNotFound);
    EXPECT_STREQ(error.what(), "model m, row 4: no vector; run `ootd embed`");
  }
}

TEST_F(CatalogEmbeddingsTest, RefuseWhatCannotBeAVectorOfTheModel) {
  put("m", {1}, {{1, 0}});
  EXPECT_EQ(kind_of_put("m", {2}, {{1, 0, 0}}), Kind::kInput) << "another length";
  EXPECT_EQ(kind_of_put("m", {2, 3}, {{1, 0}}), Kind::kInput) << "fewer vectors than rows";
  EXPECT_EQ(kind_of_put("m", {2}, {{1, std::numeric_limits<float>::quiet_NaN()}}), Kind::kInput);
  EXPECT_EQ(kind_of_put("m", {2}, {{1, std::numeric_limits<float>::infinity()}}), Kind::kInput);
  EXPECT_EQ(kind_of_put("m", {2}, {{}}), Kind::kInput) << "no numbers";
  EXPECT_EQ(kind_of_put("", {2}, {{1, 0}}), Kind::kInput) << "no name";
  EXPECT_EQ(kind_of_put("m", {2, 11}, {{1, 0}, {1, 0}}), Kind::kNotFound) << "row 11 does not exist";
  EXPECT_EQ(catalog_.embedding_count("m"), 1);
  put("wide", {1}, {{1, 0, 0}});
  put("nothing", {}, {});
  EXPECT_EQ(catalog_.embedding_models(), (std::vector<std::string>{"m", "wide"}));
  EXPECT_EQ(catalog_.embedding_dim("m"), 2u);
  EXPECT_EQ(catalog_.embedding_dim("wide"), 3u);
  EXPECT_EQ(catalog_.embedding_dim("nothing"), 0u);
}

TEST_F(CatalogEmbeddingsTest, RowsWithoutOneAreListedInSteps) {
  EXPECT_EQ(catalog_.rows_without_embedding("m", 0, 3), (std::vector<Row>{1, 2, 3})) << "a model that nobody knows yet";
  put("m", {2, 4, 5}, {{1}, {1}, {1}});
  put("other", {1}, {{1}});
  EXPECT_EQ(catalog_.rows_without_embedding("m", 0, 4), (std::vector<Row>{1, 3, 6, 7}));
  EXPECT_EQ(catalog_.rows_without_embedding("m", 7, 100), (std::vector<Row>{8, 9, 10}));
  catalog_.erase_image("image9");
  EXPECT_EQ(catalog_.rows_without_embedding("m", 7, 100), (std::vector<Row>{8, 10}));
  EXPECT_TRUE(catalog_.rows_without_embedding("m", 0, 0).empty());
}

TEST_F(CatalogEmbeddingsTest, ModelsComeWithMostVectorsFirst) {
  put("few", {1}, {{1}});
  put("many", {1, 2, 3}, {{1}, {1}, {1}});
  EXPECT_EQ(catalog_.embedding_models(), (std::vector<std::string>{"many", "few"}));
  EXPECT_EQ(catalog_.embedding_count("many"), 3);
  EXPECT_EQ(catalog_.embedding_count("unknown"), 0);
}

TEST_F(CatalogEmbeddingsTest, ChangesComeInTheOrderOfTheirWritesWithReplacementsAndErasures) {
  put("m", {1, 2, 3}, {{10}, {20}, {30}});
  put("other", {1, 2}, {{7}, {7}});
  const auto seen = catalog_.last_sequence("m");
  EXPECT_EQ(changes("m"), "1:10 2:20 3:30 ");
  EXPECT_EQ(changes("m", seen), "");
  put("m", {2}, {{21}});
  catalog_.erase_image("image1");
  put("m", {4}, {{40}});
  catalog_.erase_image("image10");  // had no vector: no change
  EXPECT_EQ(changes("m", seen), "2:21 1:erased 4:40 ");
  EXPECT_EQ(changes("m", seen, 1), "2:21 1:erased 4:40 ") << "asked for one at a time";
  EXPECT_EQ(changes("m"), "3:30 2:21 1:erased 4:40 ");
  EXPECT_EQ(changes("other"), "2:7 1:erased ");
  EXPECT_EQ(catalog_.changes_after("m", 0, 1000).back().sequence, catalog_.last_sequence("m"));
  catalog_.erase_image("image4");
  EXPECT_EQ(catalog_.changes_after("m", 0, 1000).back().sequence, catalog_.last_sequence("m")) << "a tombstone is last";
  EXPECT_EQ(catalog_.last_sequence("unknown"), 0);
  EXPECT_TRUE(catalog_.changes_after("unknown", 0, 10).empty());
}

TEST_F(CatalogEmbeddingsTest, ARowIsNeverReused) {
  catalog_.erase_image("image10");
  EXPECT_EQ(catalog_.add_image(record(10)).row, 11u);
  EXPECT_EQ(catalog_.add_image(record(11)).row, 12u);
}

// A follower that knows only changes_after, against the catalog itself.
TEST_F(CatalogEmbeddingsTest, AFollowerOfTheChangesAlwaysArrivesAtTheSameVectors) {
  Random random(11);
  std::map<Row, Vector> follower;
  std::int64_t seen = 0;
  int next_image = 11;
  for (int round = 0; round < 150; ++round) {
    {
      Catalog::Batch batch(catalog_);
      for (int i = 0; i < 5; ++i) {
        const auto images = catalog_.images_after(static_cast<Row>(random.below(12)), 1);
        const auto choice = random.below(10);
        if (choice < 6 && !images.empty()) {
          put(random.below(4) == 0 ? "other" : "m", {images[0].row}, {{static_cast<float>(random.below(1000)), 1}});
        } else if (choice < 8 && !images.empty()) {
          catalog_.erase_image(images[0].id);
        } else {
          catalog_.add_image(record(next_image++));
        }
      }
      if (random.below(4) != 0) batch.commit();  // a batch taken back must leave no gap that hides a change
    }
    if (random.below(3) == 0) continue;
    for (;;) {
      const auto changes = catalog_.changes_after("m", seen, 3);
      if (changes.empty()) break;
      for (const auto& change : changes) {
        if (change.erased) {
          follower.erase(change.row);
        } else {
          follower[change.row] = change.vector;
        }
      }
      seen = changes.back().sequence;
    }
    EXPECT_EQ(seen, catalog_.last_sequence("m"));
    ASSERT_EQ(static_cast<std::int64_t>(follower.size()), catalog_.embedding_count("m"));
    for (const auto& [row, vector] : follower) ASSERT_EQ(catalog_.embedding("m", row), vector);
  }
}

}  // namespace
}  // namespace ootd
