// What is erased is gone from the files, not only from the answers.
#include <gtest/gtest.h>

#include "ootd/base/io.h"
#include "tests/sqlite/workspace.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::image;

class ErasureTest : public ::testing::Test {
 protected:
  ErasureTest() : catalog_(std::in_place, home_.path()) {
    for (const char* id : {"image1", "image2", "image3"}) looks_.push_back(catalog_->add_image(image(id)).key);
  }
  // What any file of the workspace holds.
  std::string bytes() const {
    std::string all;
    for (const auto& entry : std::filesystem::directory_iterator(home_.path()))
      if (entry.path().extension() != ".db-shm") all += read_text(entry.path());  // page numbers only
    return all;
  }
  bool on_disk(const std::string& name) const { return bytes().find(name) != std::string::npos; }
  void like(const std::string& user, std::size_t look = 0) {
    catalog_->append_event({.user = user, .look = looks_[look]});
  }

  const ootd::testing::TempDir home_;
  std::optional<SqliteCatalog> catalog_;
  std::vector<LookKey> looks_;
};

// Enough users that pages split and merge: SQLite must not leave copies behind in the unused part of a page.
TEST_F(ErasureTest, OfUsersLeavesNoTraceInTheFiles) {
  const auto name = [](int i) { return "person-" + std::to_string(i * 7919 % 1000) + "@example.org"; };
  {
    Catalog::Batch batch(*catalog_);
    for (int i = 0; i < 1000; ++i)
      for (std::size_t look = 0; look < 3; ++look) like(name(i), look);
    batch.commit();
  }
  ASSERT_TRUE(on_disk(name(500)));
  EXPECT_EQ(catalog_->erase_user(name(500)), 3);
  EXPECT_FALSE(on_disk(name(500)));
  EXPECT_EQ(catalog_->erase_user(name(500)), 0);
  {
    Catalog::Batch batch(*catalog_);
    for (int i = 0; i < 1000; i += 2) catalog_->erase_user(name(i));
    batch.commit();
  }
  const std::string held = bytes();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(held.find(name(i)) != std::string::npos, i % 2 == 1) << name(i);
    EXPECT_EQ(catalog_->event_count(name(i)), i % 2 == 1 ? 3 : 0);
  }
  EXPECT_EQ(catalog_->users().size(), 500u);
}

TEST_F(ErasureTest, OfAnImageLeavesNoTraceOfItsSourceItsLabelsAndTheUsersWhoSawNothingElse) {
  catalog_->set_labels(looks_[0], "note", std::vector<std::string>{"a-rare-word"});
  like("only-this@example.org", 0);
  like("more@example.org", 0);
  like("more@example.org", 1);
  ASSERT_TRUE(on_disk("/photos/image1.jpg") && on_disk("a-rare-word") && on_disk("only-this@example.org"));
  EXPECT_TRUE(catalog_->erase_image("image1"));
  EXPECT_FALSE(on_disk("/photos/image1.jpg"));
  EXPECT_FALSE(on_disk("a-rare-word"));
  EXPECT_FALSE(on_disk("only-this@example.org"));
  EXPECT_TRUE(on_disk("more@example.org"));
}

TEST_F(ErasureTest, OfOwnGarmentsLeavesNoTraceOfTheirPhotosAndOfTheirOwner) {
  const auto photo_of = [](const std::string& text) {
    std::vector<std::byte> photo(5000);  // more than a page
    for (std::size_t i = 0; i < photo.size(); ++i) photo[i] = static_cast<std::byte>(text[i % text.size()]);
    return photo;
  };
  const auto add = [&](const std::string& user, const std::string& text) {
    return catalog_->add_own_garment(user, {.category = "top", .photo = photo_of(text)}).id;
  };
  const auto first = add("ann@example.org", "anns-first-photo");
  add("ann@example.org", "anns-second-photo");
  const auto only = add("bob@example.org", "bobs-photo");
  ASSERT_TRUE(on_disk("anns-first-photo") && on_disk("anns-second-photo") && on_disk("bobs-photo"));
  EXPECT_TRUE(catalog_->remove_own_garment("ann@example.org", first));
  EXPECT_FALSE(on_disk("anns-first-photo"));
  EXPECT_TRUE(on_disk("anns-second-photo"));
  EXPECT_TRUE(catalog_->remove_own_garment("bob@example.org", only));
  EXPECT_FALSE(on_disk("bobs-photo"));
  EXPECT_FALSE(on_disk("bob@example.org"));
  EXPECT_EQ(catalog_->erase_user("ann@example.org"), 0) << "no event";
  EXPECT_FALSE(on_disk("anns-second-photo"));
  EXPECT_FALSE(on_disk("ann@example.org"));
}

TEST_F(ErasureTest, WithAReaderOpenIsCompleteOnceItHasEndedAndTheNextWriteCame) {
  like("person@example.org");
  {
    Connections::Reading reading(catalog_->connections());
    ASSERT_EQ(reading->value<int>("SELECT count(*) FROM users"), 1);  // from here on it sees this moment
    EXPECT_EQ(catalog_->erase_user("person@example.org"), 1);
    EXPECT_TRUE(on_disk("person@example.org")) << "then this test shows nothing";
    EXPECT_EQ(reading->value<int>("SELECT count(*) FROM users"), 1);
    like("other@example.org");
    EXPECT_TRUE(on_disk("person@example.org")) << "then this test shows nothing";
  }
  like("other@example.org");
  EXPECT_FALSE(on_disk("person@example.org"));
  EXPECT_TRUE(on_disk("other@example.org"));
}

TEST_F(ErasureTest, WithAReaderOpenIsCompleteOnceTheCatalogIsClosed) {
  like("person@example.org");
  // Another program's connection, which outlives ours and so keeps the WAL.
  Connections theirs(home_.path() / "catalog.db");
  {
    Connections::Reading reading(theirs);
    ASSERT_EQ(reading->value<int>("SELECT count(*) FROM users"), 1);
    catalog_->erase_user("person@example.org");
    EXPECT_TRUE(on_disk("person@example.org")) << "then this test shows nothing";
  }
  catalog_.reset();
  EXPECT_FALSE(on_disk("person@example.org"));
}

}  // namespace
}  // namespace ootd
