#include "ootd/serve/shown_log.h"

#include <gtest/gtest.h>

#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

class ShownLogTest : public ::testing::Test {
 protected:
  ShownLogTest() {
    ImageRecord image;
    image.id = "a";
    look = catalog.add_image(image).key;
    catalog.append_event({.user = "anna", .kind = EventKind::kLike, .look = look});
  }
  std::vector<Event> cards(const std::string& user, std::size_t count) const {
    return std::vector<Event>(count, Event{.user = user, .kind = EventKind::kShown, .look = look, .probability = 0.5});
  }

  const testing::TempDir dir;
  SqliteCatalog catalog{dir.path()};
  LookKey look = {};
  bool has_room = true;
  std::vector<std::function<void()>> later;
  ShownLog log{catalog, [this](std::function<void()> write) {
                 if (has_room) later.push_back(std::move(write));
                 return has_room;
               }};
};

TEST_F(ShownLogTest, WritesWhatWaitsTogetherInOneGo) {
  log.add(cards("anna", 2));
  log.add(cards("anna", 3));
  EXPECT_EQ(catalog.event_count("anna"), 1);
  ASSERT_EQ(later.size(), 1u);
  later[0]();
  EXPECT_EQ(catalog.event_count("anna"), 6);
  log.add(cards("anna", 1));
  ASSERT_EQ(later.size(), 2u);
  later[1]();
  EXPECT_EQ(catalog.event_count("anna"), 7);
  EXPECT_EQ(log.dropped(), 0u);
}

TEST_F(ShownLogTest, BringsNoForgottenPersonBackAndNoRemovedLook) {
  std::vector<Event> shown = cards("anna", 2);
  shown[0].look = LookKey{static_cast<std::uint64_t>(look) + 1};
  log.add(shown);
  log.add(cards("bert", 1));
  later[0]();
  EXPECT_EQ(catalog.event_count("anna"), 2);
  EXPECT_EQ(catalog.users(), std::vector<std::string>{"anna"});
  log.add(cards("anna", 1));
  catalog.erase_user("anna");
  later[1]();
  EXPECT_TRUE(catalog.users().empty());
}

TEST_F(ShownLogTest, CountsWhatTooManyWaitingCardsMakeItDrop) {
  has_room = false;
  for (int i = 0; i < 3; ++i) log.add(cards("anna", 4000));
  EXPECT_EQ(log.dropped(), 4000u);
  has_room = true;
  log.add(cards("anna", 1));  // tries again
  ASSERT_EQ(later.size(), 1u);
  later[0]();
  EXPECT_EQ(catalog.event_count("anna"), 8002);
}

}  // namespace
}  // namespace ootd
