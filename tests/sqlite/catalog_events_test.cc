#include <gtest/gtest.h>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/store/catalog.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

class CatalogEventsTest : public ::testing::Test {
 protected:
  CatalogEventsTest() : catalog_(home_.path()) {
    Catalog::Batch batch(catalog_);
    for (int i = 1; i <= 5; ++i) {
      ImageRecord image;
      image.id = "image" + std::to_string(i);
      catalog_.add_image(image);
    }
    batch.commit();
  }
  ~CatalogEventsTest() override { EXPECT_EQ(catalog_.verify(), std::vector<std::string>{}); }
  std::int64_t append(const std::string& user, EventKind kind, Row row = 0, std::int64_t undoes = 0) {
    return catalog_.append_event({.user = user, .kind = kind, .row = row, .undoes = undoes});
  }
  // The id of the event that an undo takes back; 0 if there is nothing to undo.
  std::int64_t undo(const std::string& user, Row row = 0, std::int64_t undoes = 0) {
    try {
      const auto id = append(user, EventKind::kUndo, row, undoes);
      const auto last = catalog_.events(user).back();
      EXPECT_EQ(last.id, id);
      return last.undoes;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), Kind::kNotFound);
      return 0;
    }
  }
  Kind kind_of_append(const Event& event) {
    try {
      catalog_.append_event(event);
    } catch (const Error& error) {
      return error.kind();
    }
    ADD_FAILURE() << "nothing was thrown";
    return Kind::kInternal;
  }

  const ootd::testing::TempDir home_;
  Catalog catalog_;
};

TEST(EventKind, WordsAndKindsAreInverses) {
  for (const auto kind : {EventKind::kLike, EventKind::kSave, EventKind::kDislike, EventKind::kUndo, EventKind::kShown})
    EXPECT_EQ(parse_event_kind(to_string(kind)), kind);
  EXPECT_EQ(to_string(EventKind::kDislike), "dislike");
  EXPECT_EQ(parse_event_kind("Like"), std::nullopt);
  EXPECT_EQ(parse_event_kind(""), std::nullopt);
}

TEST_F(CatalogEventsTest, ComeBackInOrderAsAppended) {
  const auto shown = catalog_.append_event(
      {.user = "ann", .kind = EventKind::kShown, .row = 2, .probability = 0.25, .at_ms = 1'700'000'000'000});
  const auto saved = catalog_.append_event({.user = "ann", .kind = EventKind::kSave, .row = 2, .at_ms = 5});
  append("bob", EventKind::kDislike, 1);
  const auto events = catalog_.events("ann");
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].id, shown);
  EXPECT_EQ(events[0].user, "ann");
  EXPECT_EQ(events[0].kind, EventKind::kShown);
  EXPECT_EQ(events[0].row, 2u);
  EXPECT_EQ(events[0].probability, 0.25);
  EXPECT_EQ(events[0].at_ms, 1'700'000'000'000);
  EXPECT_EQ(events[1].id, saved);
  EXPECT_GT(saved, shown);
  EXPECT_EQ(events[1].probability, 1);
  EXPECT_EQ(events[1].at_ms, 5) << "a time given is kept, even an earlier one";
  EXPECT_GT(catalog_.events("bob")[0].at_ms, 1'700'000'000'000) << "without a time it is now";
  EXPECT_EQ(catalog_.event_count("ann"), 2);
  EXPECT_EQ(catalog_.users(), (std::vector<std::string>{"ann", "bob"}));
  EXPECT_TRUE(catalog_.events("nobody").empty());
  EXPECT_EQ(catalog_.event_count("nobody"), 0);
}

TEST_F(CatalogEventsTest, RefuseWhatCannotBe) {
  EXPECT_EQ(kind_of_append({.user = "", .row = 1}), Kind::kInput);
  EXPECT_EQ(kind_of_append({.user = "u", .row = 6}), Kind::kNotFound);
  EXPECT_EQ(kind_of_append({.user = "u", .row = 0}), Kind::kNotFound);
  EXPECT_EQ(kind_of_append({.user = "u", .kind = EventKind::kLike, .row = 1, .undoes = 1}), Kind::kInput);
  EXPECT_EQ(kind_of_append({.user = "u", .kind = EventKind::kShown, .row = 1, .probability = 0}), Kind::kInput);
  EXPECT_EQ(kind_of_append({.user = "u", .kind = EventKind::kShown, .row = 1, .probability = 1.5}), Kind::kInput);
  EXPECT_TRUE(catalog_.users().empty()) << "a refused event makes no user";
}

TEST_F(CatalogEventsTest, UndoTakesBackTheLatestSwipeThatStands) {
  const auto first = append("u", EventKind::kLike, 1);
  const auto second = append("u", EventKind::kDislike, 2);
  append("other", EventKind::kLike, 3);
  append("u", EventKind::kShown, 3);  // dealing a card is no swipe
  EXPECT_EQ(undo("u"), second);
  EXPECT_EQ(catalog_.events("u").back().row, 2u);
  EXPECT_EQ(undo("u"), first) << "an undone swipe and the undo itself no longer count";
  EXPECT_EQ(undo("u"), 0) << "nothing is left";
  const auto third = append("u", EventKind::kSave, 2);
  EXPECT_EQ(undo("u"), third);
  EXPECT_EQ(undo("nobody"), 0);
}

TEST_F(CatalogEventsTest, UndoOfAGivenEventNeedsOneOfThisUserThatStands) {
  const auto like = append("u", EventKind::kLike, 1);
  append("u", EventKind::kSave, 2);
  const auto shown = append("u", EventKind::kShown, 3);
  const auto foreign = append("other", EventKind::kLike, 1);
  EXPECT_EQ(undo("u", 0, foreign), 0);
  EXPECT_EQ(undo("u", 0, shown), 0);
  EXPECT_EQ(undo("u", 0, 9999), 0);
  EXPECT_EQ(undo("u", 2, like), 0) << "event and row do not belong together";
  EXPECT_EQ(undo("u", 0, like), like);
  EXPECT_EQ(undo("u", 0, like), 0) << "only once";
  EXPECT_EQ(undo("u", 0, catalog_.events("u").back().id), 0) << "an undo cannot be undone";
}

TEST_F(CatalogEventsTest, UndoOfARowTakesBackTheLatestSwipeOnIt) {
  append("u", EventKind::kLike, 1);
  const auto again = append("u", EventKind::kSave, 1);
  append("u", EventKind::kDislike, 2);
  EXPECT_EQ(undo("u", 1), again);
  EXPECT_EQ(undo("u", 3), 0);
}

TEST_F(CatalogEventsTest, AnErasedImageTakesItsEventsAndFailuresWithIt) {
  append("u", EventKind::kLike, 1);
  append("u", EventKind::kLike, 2);
  undo("u");
  catalog_.remember_source("photo.jpg", 1, 1, "image2");
  catalog_.put_failure({"import", "photo.jpg", "r"});
  catalog_.put_failure({"embed", "image2", "r"});
  catalog_.put_failure({"embed", "image1", "r"});
  const Garment garment{"top", "", 1, {}};
  catalog_.put_garments(2, "label", {&garment, 1});
  EXPECT_TRUE(catalog_.erase_image("image2"));
  EXPECT_FALSE(catalog_.erase_image("image2"));
  ASSERT_EQ(catalog_.events("u").size(), 1u);
  EXPECT_EQ(catalog_.events("u")[0].row, 1u);
  EXPECT_TRUE(catalog_.garments(2, "label").empty());
  EXPECT_TRUE(catalog_.failures("import").empty());
  EXPECT_EQ(catalog_.failures("embed").size(), 1u);
  EXPECT_EQ(catalog_.find_source("photo.jpg", 1, 1), std::nullopt);
}

// Whether the name occurs in any file of the workspace.
bool on_disk(const std::filesystem::path& home, const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator(home)) {
    if (entry.path().extension() == ".db-shm") continue;  // page numbers only
    if (read_text(entry.path()).find(name) != std::string::npos) return true;
  }
  return false;
}

// Enough users that pages split and merge: SQLite must not leave copies behind in the unused part of a page.
TEST_F(CatalogEventsTest, ErasedUsersLeaveNoTraceInTheFiles) {
  const auto name = [](int i) { return "person-" + std::to_string(i * 7919 % 1000) + "@example.org"; };
  {
    Catalog::Batch batch(catalog_);
    for (int i = 0; i < 1000; ++i)
      for (int j = 0; j < 3; ++j) append(name(i), EventKind::kLike, 1 + static_cast<Row>(j));
    batch.commit();
  }
  ASSERT_TRUE(on_disk(home_.path(), name(500)));
  EXPECT_EQ(catalog_.erase_user(name(500)), 3);
  EXPECT_FALSE(on_disk(home_.path(), name(500)));
  EXPECT_EQ(catalog_.erase_user(name(500)), 0);
  {
    Catalog::Batch batch(catalog_);
    for (int i = 0; i < 1000; i += 2) catalog_.erase_user(name(i));
    batch.commit();
  }
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(on_disk(home_.path(), name(i)), i % 2 == 1) << name(i);
    EXPECT_EQ(catalog_.event_count(name(i)), i % 2 == 1 ? 3 : 0);
  }
  EXPECT_EQ(catalog_.users().size(), 500u);
}

}  // namespace
}  // namespace ootd
