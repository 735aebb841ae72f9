#include "ootd/workspace/photos.h"

#include <gtest/gtest.h>

#include <cstring>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/random.h"
#include "ootd/base/vector_math.h"
#include "ootd/image/encode.h"
#include "ootd/index/vector_index.h"
#include "ootd/ingest/import.h"
#include "ootd/ingest/photo_store.h"
#include "ootd/workspace/workspace.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

const Generation kMade = {"made-up", ""};

// Nine photos of noise under Retro/, shop/Street/; ids_[i] and keys_[i] in the order of import.
class PhotosTest : public ::testing::Test {
 protected:
  PhotosTest() {
    Random random(5);
    for (int i = 0; i < 9; ++i) {
      Image image{24, 36, {}};
      for (int at = 0; at < 24 * 36 * 3; ++at) image.rgb.push_back(static_cast<std::uint8_t>(random.below(256)));
      const fs::path folder = photos() / (i < 4 ? "Retro" : "Street");
      fs::create_directories(folder);
      write_file_atomically(folder / (std::to_string(i) + ".jpg"), encode_jpeg(image));
    }
    const fs::path all = photos();
    import_paths(catalog_, {&all, 1}, {});
    keys_ = catalog_.all_keys();
    Matrix vectors(keys_.size(), 8);
    for (std::size_t i = 0; i < keys_.size(); ++i) {
      ids_.push_back(catalog_.find_image(keys_[i])->id);
      for (float& value : vectors.row(i)) value = static_cast<float>(random.normal());
      normalize(vectors.row(i));
    }
    catalog_.put_vectors(kMade, keys_, vectors);
    catalog_.serve(kMade);
  }
  fs::path photos() const { return dir_.path() / "photos"; }
  std::vector<LookKey> chosen(const PhotoChoice& choice) const { return choose_photos(catalog_, choice).looks; }
  std::vector<LookKey> keys(std::initializer_list<std::size_t> numbers) const {
    std::vector<LookKey> keys;
    for (const auto number : numbers) keys.push_back(keys_[number]);
    return keys;
  }
  void copy(std::size_t of, std::initializer_list<std::size_t> copies) {
    for (const auto one : copies) catalog_.set_labels(keys_[one], kCopyKey, {&ids_[of], 1});
  }

  testing::TempDir dir_;
  Workspace workspace_{dir_.path() / "home", /*create=*/true};
  Catalog& catalog_ = workspace_.catalog();
  std::vector<LookKey> keys_;
  std::vector<ImageId> ids_;
};

TEST_F(PhotosTest, AreChosenByIdFilterAndSourceTogether) {
  EXPECT_EQ(chosen({}), keys_);
  EXPECT_EQ(chosen({.ids = {}, .filter = "style = Retro", .source = ""}), keys({0, 1, 2, 3}));
  EXPECT_EQ(chosen({.ids = {}, .filter = "", .source = (photos() / "Street").string()}), keys({4, 5, 6, 7, 8}));
  EXPECT_EQ(chosen({.ids = {}, .filter = "", .source = (photos() / "Street/5.jpg").string()}), keys({5}));
  EXPECT_EQ(chosen({.ids = {}, .filter = "", .source = (photos() / "Stre").string()}), keys({})) << "no folder";
  EXPECT_EQ(chosen({.ids = {ids_[5], ids_[1], ids_[1]}, .filter = "style = Street", .source = ""}), keys({5}));
  const auto some = choose_photos(catalog_, {.ids = {"nobody", ids_[2]}, .filter = "", .source = ""});
  EXPECT_EQ(some.looks, keys({2}));
  EXPECT_EQ(some.unknown, std::vector<ImageId>{"nobody"});
}

TEST_F(PhotosTest, PartedFromItsCopiesAPhotoIsALookOfItsOwnAndTheOthersStayTogether) {
  using Pairs = std::vector<std::pair<LookKey, LookKey>>;
  copy(1, {3, 5, 7});
  EXPECT_EQ(photo_details(catalog_, *catalog_.find_image(keys_[5])).at("copies"), Json({ids_[1], ids_[3], ids_[7]}));
  EXPECT_TRUE(split_from_copies(catalog_, *catalog_.find_image(keys_[5])));
  EXPECT_EQ(catalog_.copies(), (Pairs{{keys_[3], keys_[1]}, {keys_[7], keys_[1]}}));
  EXPECT_TRUE(split_from_copies(catalog_, *catalog_.find_image(keys_[1]))) << "the first of the group";
  EXPECT_EQ(catalog_.copies(), (Pairs{{keys_[7], keys_[3]}}));
  EXPECT_TRUE(split_from_copies(catalog_, *catalog_.find_image(keys_[7])));
  EXPECT_EQ(catalog_.copies(), Pairs{});
  EXPECT_FALSE(split_from_copies(catalog_, *catalog_.find_image(keys_[7])));
}

TEST_F(PhotosTest, ARemovedPhotoIsInNoFileOfTheWorkspace) {
  const auto vector = *catalog_.vector(kMade, keys_[4]);
  VectorIndex(catalog_, kMade, workspace_.home()).save();
  const auto holds_vector = [&](const fs::path& file) {
    const auto bytes = read_file(file);
    const auto* begin = reinterpret_cast<const char*>(vector.data());
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return text.find(std::string_view(begin, vector.size() * sizeof(float))) != text.npos;
  };
  const fs::path snapshot = VectorIndex::snapshot_path(workspace_.home(), kMade);
  ASSERT_TRUE(holds_vector(snapshot));
  const fs::path copy = workspace_.file_of(*catalog_.find_image(keys_[4]));
  ASSERT_TRUE(fs::exists(copy));

  EXPECT_EQ(remove_photos(catalog_, keys({4, 6})), 2);
  scrub_snapshots(catalog_);
  EXPECT_FALSE(fs::exists(copy));
  for (const auto& file : fs::recursive_directory_iterator(workspace_.home()))
    EXPECT_FALSE(file.is_regular_file() && holds_vector(file.path())) << file.path();
  EXPECT_EQ(catalog_.image_count(), 7);
  EXPECT_EQ(remove_photos(catalog_, keys({4})), 0);
}

TEST_F(PhotosTest, WhatAKillLeftOfARemovalIsDeletedWhenTheWorkspaceIsOpened) {
  const ImageRecord gone = *catalog_.find_image(keys_[4]), restored = *catalog_.find_image(keys_[6]);
  catalog_.erase_image(gone.id);
  catalog_.put_failure({"erase", gone.file, gone.id});
  catalog_.put_failure({"erase", restored.file, restored.id});  // brought back since
  const Workspace reopened(workspace_.home());
  EXPECT_FALSE(fs::exists(workspace_.home() / gone.file));
  EXPECT_TRUE(fs::exists(workspace_.home() / restored.file));
  EXPECT_TRUE(catalog_.failures("erase").empty());
}

TEST_F(PhotosTest, LabelsByHandAreAllOrNothing) {
  const Label chic{"style", "Chic"}, reserved{"palette", "red"};
  EXPECT_THROW(label_photos(catalog_, keys_, std::vector<Label>{chic, reserved}, {}), Error);
  EXPECT_EQ(chosen({.ids = {}, .filter = "style = Chic", .source = ""}), keys({}));
  const Label retro{"style", "Retro"};
  EXPECT_EQ(label_photos(catalog_, keys_, {&chic, 1}, {&retro, 1}), 9);
  EXPECT_EQ(label_photos(catalog_, keys_, {&chic, 1}, {&retro, 1}), 0);
}

}  // namespace
}  // namespace ootd
