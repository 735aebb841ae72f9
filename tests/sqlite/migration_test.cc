// Catalogs that the released programs wrote (tests/golden/catalog, by make_old_catalogs.py) come up as today's with
// every fact in them. What is expected here is literal: nothing is derived from today's schema.
#include <gtest/gtest.h>

#include "ootd/base/io.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

LookKey look(std::uint64_t row) { return static_cast<LookKey>(row); }
std::vector<LookKey> looks(std::initializer_list<std::uint64_t> rows) {
  std::vector<LookKey> keys;
  for (const auto row : rows) keys.push_back(look(row));
  return keys;
}
ImageId id_of(int row) { return std::string(23, '0') + std::to_string(row); }

class CatalogOfVersion : public ::testing::TestWithParam<int> {
 protected:
  CatalogOfVersion() {
    const std::string name = "v" + std::to_string(GetParam()) + ".sql";
    Database(home_.path() / "catalog.db", 0)
        .execute(read_text(std::filesystem::path(OOTD_GOLDEN_DIR) / "catalog" / name));
  }
  // Version 1 knew no crops.
  Generation generation(const std::string& model) const { return {model, GetParam() == 1 ? "" : "detector-1/rule"}; }
  Generation wide() const { return generation("wide-00000001"); }
  Generation small() const { return generation("small-00000002"); }

  const ootd::testing::TempDir home_;
};

TEST_P(CatalogOfVersion, KeepsItsLooksLabelsAndGarments) {
  const SqliteCatalog catalog(home_.path());
  EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
  EXPECT_EQ(catalog.all_keys(), looks({1, 2, 3, 5, 6, 7}));
  const auto first = catalog.find_image(id_of(1));
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->key, look(1));
  EXPECT_EQ(first->source, "/photos/1.jpg");
  EXPECT_EQ(first->file, "images/00/" + id_of(1) + ".jpg");
  EXPECT_EQ(first->format, "jpeg");
  EXPECT_EQ(first->bytes, 1001);
  EXPECT_EQ(first->width, 400);
  EXPECT_EQ(first->height, 600);
  EXPECT_EQ(first->labels, (std::vector<Label>{{"style", "Retro"}, {"style", "Street"}}));
  EXPECT_EQ(catalog.keys_where(Filter::parse("style = Retro")), looks({1, 3}));
  EXPECT_EQ(catalog.keys_where(Filter::parse("split = train")), looks({2}));
  EXPECT_EQ(catalog.find_source("/photos/1.jpg", 1001, 1'700'000'000'123'456'789), id_of(1));
  const auto labelled = catalog.garments(look(1), "label");
  ASSERT_EQ(labelled.size(), 1u);
  EXPECT_EQ(labelled[0].category, "top");
  EXPECT_EQ(labelled[0].fine_category, "t-shirt");
  EXPECT_EQ(labelled[0].box, (Box{10, 20, 30, 40}));
  const auto detected = catalog.garments(look(1), "detector-1");
  ASSERT_EQ(detected.size(), 2u);
  EXPECT_EQ(detected[0].category, "dress");
  EXPECT_EQ(detected[0].score, 0.5f);
  EXPECT_EQ(detected[0].box, (Box{1.5f, 2.5f, 3.5f, 4.5f}));
  EXPECT_EQ(detected[1].category, "person");
}

TEST_P(CatalogOfVersion, ItsLabelsAreTheWordOfThePhotosThemselvesWhichACorrectionReplaces) {
  SqliteCatalog catalog(home_.path());
  EXPECT_EQ(catalog.sources(look(1)), std::vector<std::string>{"/photos/1.jpg"});
  EXPECT_EQ(catalog.put_claim(look(1), {"/photos/1.jpg", "/labels.csv", {{"style", "Chic"}}}), 2);
  EXPECT_EQ(catalog.find_image(look(1))->labels, (std::vector<Label>{{"style", "Chic"}}));
}

TEST_P(CatalogOfVersion, GivesNoNumberOfAnErasedLookOrEventAgain) {
  SqliteCatalog catalog(home_.path());
  ImageRecord image;
  image.id = "new";
  EXPECT_EQ(catalog.add_image(image).key, look(9));
  EXPECT_EQ(catalog.append_event({.user = "ann", .look = look(1)}).id, 8);
}

TEST_P(CatalogOfVersion, KeepsItsVectorsAsTheGenerationOfMostCropsWhichServes) {
  const SqliteCatalog catalog(home_.path());
  EXPECT_EQ(catalog.serving(), wide());
  EXPECT_EQ(catalog.served_before(), std::nullopt);
  EXPECT_EQ(catalog.setting("model"), std::nullopt) << "what serves is said in one place";
  const auto held = catalog.generations();
  ASSERT_EQ(held.size(), 2u);
  EXPECT_EQ(held[0].generation, wide());
  EXPECT_EQ(held[0].vectors, 5);
  EXPECT_EQ(held[1].generation, small());
  EXPECT_EQ(held[1].vectors, 2);
  EXPECT_EQ(catalog.vector_dim(wide()), 4u);
  EXPECT_EQ(catalog.vector_dim(small()), 2u);
  EXPECT_EQ(catalog.vector(wide(), look(1)), (std::vector<float>{1, 0.1f, 0, 0}));
  EXPECT_EQ(catalog.vector(wide(), look(2)), (std::vector<float>{2, 0, 0, -0.5f}));
  EXPECT_EQ(catalog.vector(wide(), look(3)), (std::vector<float>{3, 0, 0, 0}));
  EXPECT_EQ(catalog.vector(wide(), look(5)), (std::vector<float>{5, 0, 0, 0}));
  EXPECT_EQ(catalog.vector(wide(), look(6)), std::nullopt);
  EXPECT_EQ(catalog.vector(wide(), look(7)), (std::vector<float>{7, 0, 0, 0}));
  EXPECT_EQ(catalog.vector(small(), look(1)), (std::vector<float>{1, 1}));
  EXPECT_EQ(catalog.vector(small(), look(6)), (std::vector<float>{6, 6}));
}

TEST_P(CatalogOfVersion, KnowsOfWhichPixelsItsVectorsWereMade) {
  const SqliteCatalog catalog(home_.path());
  const std::vector<LookKey> embedded = looks({1, 2, 3, 5, 7});
  const auto seen = catalog.vectors(wide(), embedded).seen;
  using Seen = std::vector<std::optional<Box>>;
  if (GetParam() == 1) {
    EXPECT_EQ(seen, Seen(5));
    EXPECT_EQ(catalog.looks_to_embed(wide(), {}, 100), looks({6}));
    EXPECT_EQ(catalog.looks_to_embed(small(), {}, 100), looks({2, 3, 5, 7}));
    return;
  }
  EXPECT_EQ(seen, (Seen{Box{10, 20, 100, 200}, Box{0.5f, 0, 90, 180}, std::nullopt, Box{5, 5, 50, 50}, std::nullopt}));
  EXPECT_EQ(catalog.looks_to_embed(wide(), {}, 100), looks({5, 6})) << "5 was made of another detector's crop";
  EXPECT_EQ(catalog.looks_to_embed(small(), {}, 100), looks({2, 3, 5, 7}));
}

TEST_P(CatalogOfVersion, KeepsItsCropsUnderTheirOrigins) {
  const SqliteCatalog catalog(home_.path());
  if (GetParam() == 1) {
    EXPECT_EQ(catalog.looks_without_crop("detector-1/rule", {}, 100), catalog.all_keys());
    return;
  }
  EXPECT_EQ(catalog.crop(look(1), "detector-1/rule"), (Crop{"detector-1/rule", "", Box{10, 20, 100, 200}}));
  EXPECT_EQ(catalog.crop(look(2), "detector-1/rule"), (Crop{"detector-1/rule", "", Box{0.5f, 0, 90, 180}}));
  EXPECT_EQ(catalog.crop(look(3), "detector-1/rule"), (Crop{"detector-1/rule", "one_garment", std::nullopt}));
  EXPECT_EQ(catalog.crop(look(5), "detector-0/rule"), (Crop{"detector-0/rule", "", Box{5, 5, 50, 50}}));
  EXPECT_EQ(catalog.crop(look(6), "detector-1/rule"), (Crop{"detector-1/rule", "", Box{1, 2, 3, 4}}));
  EXPECT_EQ(catalog.looks_without_crop("detector-1/rule", {}, 100), looks({5, 7}));
  EXPECT_EQ(catalog.looks_without_crop("detector-0/rule", {}, 100), looks({1, 2, 3, 6, 7}));
}

TEST_P(CatalogOfVersion, ItsFeedGivesEachVectorOnceAndThenWhatComesLater) {
  SqliteCatalog catalog(home_.path());
  const auto first = catalog.changes_after(wide(), {}, 100);
  std::vector<LookKey> order;
  for (const auto& change : first.changes) {
    EXPECT_FALSE(change.erased);
    EXPECT_EQ(change.vector, catalog.vector(wide(), change.look));
    order.push_back(change.look);
  }
  EXPECT_EQ(order, looks({1, 3, 5, 7, 2})) << "in the order in which they were written";
  EXPECT_FALSE(first.more);
  catalog.erase_image(id_of(3));
  Matrix vector(1, 4);
  vector.row(0)[0] = 60;
  const auto late = look(6);
  EXPECT_EQ(catalog.put_vectors(wide(), {&late, 1}, vector), 1);
  const auto next = catalog.changes_after(wide(), first.cursor, 100);
  ASSERT_EQ(next.changes.size(), 2u);
  EXPECT_EQ(next.changes[0].look, look(3));
  EXPECT_TRUE(next.changes[0].erased);
  EXPECT_EQ(next.changes[1].look, late);
  EXPECT_EQ(next.changes[1].vector, (std::vector<float>{60, 0, 0, 0}));
}

TEST_P(CatalogOfVersion, KeepsItsEventsSettingsAndFailures) {
  SqliteCatalog catalog(home_.path());
  EXPECT_EQ(catalog.users(), (std::vector<std::string>{"ann", "bob"})) << "cem has no events left";
  const auto events = catalog.events("ann");
  ASSERT_EQ(events.size(), 4u);
  const EventKind kinds[] = {EventKind::kShown, EventKind::kLike, EventKind::kDislike, EventKind::kUndo};
  const LookKey of[] = {look(1), look(1), look(2), look(2)};
  for (std::size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].id, static_cast<std::int64_t>(i + 1));
    EXPECT_EQ(events[i].kind, kinds[i]);
    EXPECT_EQ(events[i].look, of[i]);
    EXPECT_EQ(events[i].undoes, i == 3 ? 3 : 0);
    EXPECT_EQ(events[i].deal, std::nullopt) << "it was logged when it was dealt, seen or not";
    EXPECT_EQ(events[i].at_ms, 1'700'000'000'001 + static_cast<std::int64_t>(i));
    EXPECT_EQ(events[i].client_key, "");
  }
  ASSERT_EQ(catalog.events("bob").size(), 1u);
  EXPECT_EQ(catalog.events("bob")[0].kind, EventKind::kSave);
  EXPECT_EQ(catalog.setting("folder of wide-00000001"), "/models/wide");
  if (GetParam() > 1) {
    EXPECT_EQ(crops_in_use(catalog), "detector-1/rule");
    EXPECT_EQ(catalog.setting("crops detector-1/rule"), R"({"detector":"detector-1","rule":null})");
  }
  ASSERT_EQ(catalog.failures("import").size(), 1u);
  EXPECT_EQ(catalog.failures("import")[0].item, "/photos/bad.jpg");
  EXPECT_EQ(catalog.failures("import")[0].reason, "truncated");
  EXPECT_TRUE(catalog.append_event({.user = "bob", .look = look(1), .client_key = "k"}).is_new);
  EXPECT_FALSE(catalog.append_event({.user = "bob", .look = look(1), .client_key = "k"}).is_new);
}

// The crawler's tables as such: the ledger has tests of its own.
TEST_P(CatalogOfVersion, KeepsWhatTheCrawlerKnows) {
  const SqliteCatalog catalog(home_.path());
  Connections::Reading database(catalog.connections());
  if (GetParam() < 3) {  // there was no crawler yet
    EXPECT_EQ(database->value<int>("SELECT count(*) FROM crawl_urls"), 0);
    return;
  }
  EXPECT_EQ(database->value<std::string>(
                "SELECT group_concat(url_no || ' ' || state || ' ' || is_page || ' ' || attempts || ' ' || "
                "coalesce(row, '-'), ', ') FROM (SELECT * FROM crawl_urls ORDER BY url_no)"),
            "1 done 0 0 1, 2 queued 1 0 -, 4 failed 0 3 -");
  EXPECT_EQ(database->value<std::string>("SELECT etag || ' ' || last_modified FROM crawl_urls WHERE url_no = 1"),
            "\"etag1\" Mon, 01 Jan 2024 00:00:00 GMT");
  EXPECT_EQ(database->value<std::string>("SELECT url_no || key || value FROM crawl_labels"), "1styleRetro");
  EXPECT_EQ(database->value<std::int64_t>("SELECT hash FROM fingerprints WHERE row = 1 AND part = 0"),
            0x0123456789abcdef);
  EXPECT_EQ(database->value<std::int64_t>("SELECT mirrored_hash FROM fingerprints"), -2);
  EXPECT_EQ(database->value<std::int64_t>("SELECT length(pixels) FROM fingerprints"), 16 * 16 * 3);
}

TEST_P(CatalogOfVersion, JoinsTheSpellingsOfAUsersName) {
  const std::string pieces = "\xE1\x84\x8B\xE1\x85\xA1\xE1\x86\xAB\xE1\x84\x82\xE1\x85\xA1", jose = "jose\xCC\x81";
  Database(home_.path() / "catalog.db", 0)
      .execute("INSERT INTO users (user_no, name) VALUES (101, '" + pieces + "'), (102, '안나'), (103, '" + jose +
               "'); INSERT INTO events (user_no, kind, row, probability, at_ms) VALUES (101, 'like', 1, 1, 1), "
               "(102, 'save', 2, 1, 2), (103, 'like', 3, 1, 3)");
  const SqliteCatalog catalog(home_.path());
  EXPECT_EQ(catalog.event_count("안나"), 2);
  EXPECT_EQ(catalog.event_count("jos\xC3\xA9"), 1);
  EXPECT_FALSE(catalog.has_user(pieces));
  EXPECT_FALSE(catalog.has_user(jose));
}

TEST_P(CatalogOfVersion, HasEmptyWardrobesThatTakeGarments) {
  SqliteCatalog catalog(home_.path());
  EXPECT_TRUE(catalog.own_garments("ann").empty());
  EXPECT_EQ(catalog.add_own_garment("ann", {.category = "top", .look = look(1)}).id, 1);
  EXPECT_EQ(catalog.add_own_garment("dan", {.category = "top", .photo = {std::byte{7}}}).id, 2);
  EXPECT_EQ(catalog.users(), (std::vector<std::string>{"ann", "bob", "dan"}));
  EXPECT_TRUE(catalog.erase_image(id_of(1)));
  EXPECT_TRUE(catalog.own_garments("ann").empty());
  EXPECT_EQ(catalog.own_garments("dan").size(), 1u);
}

TEST_P(CatalogOfVersion, ASecondOpeningChangesNothing) {
  {
    SqliteCatalog catalog(home_.path());
  }
  const auto migrated = read_file(home_.path() / "catalog.db");
  {
    const SqliteCatalog catalog(home_.path());
    EXPECT_EQ(catalog.verify(), std::vector<std::string>{});
  }
  EXPECT_EQ(read_file(home_.path() / "catalog.db"), migrated);
}

INSTANTIATE_TEST_SUITE_P(Released, CatalogOfVersion, ::testing::Values(1, 2, 3),
                         [](const auto& version) { return "V" + std::to_string(version.param); });

}  // namespace
}  // namespace ootd
