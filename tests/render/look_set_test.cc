#include "tools/render/look_set.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <span>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/image/decode.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

LookSetOptions small_set(int count) {
  LookSetOptions options;
  options.count = count;
  options.look = {.width = 64, .height = 96};
  return options;
}

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file()) files[fs::relative(entry.path(), folder).string()] = read_text(entry.path());
  return files;
}

Kind kind_of(const fs::path& folder, const LookSetOptions& options) {
  try {
    write_look_set(folder, options);
  } catch (const Error& error) {
    return error.kind();
  }
  ADD_FAILURE() << "nothing was thrown";
  return Kind::kInternal;
}

void put(const fs::path& path, std::string_view text) { write_file_atomically(path, std::as_bytes(std::span(text))); }

TEST(LookSet, IsACocoSetWithAFileForEveryLook) {
  const testing::TempDir dir;
  int last = 0;
  write_look_set(dir.path() / "set", small_set(30), [&](int done, int total) {
    EXPECT_EQ(done, last + 1);
    EXPECT_EQ(total, 30);
    last = done;
  });
  EXPECT_EQ(last, 30);
  const Json coco = read_json(dir.path() / "set" / "annotations.json");
  ASSERT_EQ(coco["images"].size(), 30u);
  EXPECT_EQ(coco["categories"].dump(),
            R"([{"id":1,"name":"outer"},{"id":2,"name":"bottom"},{"id":3,"name":"dress"},{"id":4,"name":"top"}])");
  std::map<std::string, int> styles;
  std::set<int> ids;
  for (const Json& image : coco["images"]) {
    const std::string file = image["file_name"], style = image["style"];
    EXPECT_EQ(file.substr(0, file.find('/')), style);
    const Image picture = decode_image(read_file(dir.path() / "set" / file), file);
    EXPECT_EQ(picture.width, image["width"].get<int>());
    EXPECT_EQ(picture.height, image["height"].get<int>());
    EXPECT_EQ(image["person_bbox"].size(), 4u);
    ++styles[style];
    ids.insert(image["id"].get<int>());
  }
  EXPECT_EQ(styles.size(), 13u);
  for (const auto& [style, n] : styles) EXPECT_TRUE(n == 2 || n == 3) << style;
  std::set<int> annotation_ids;
  for (const Json& annotation : coco["annotations"]) {
    EXPECT_TRUE(ids.contains(annotation["image_id"].get<int>()));
    annotation_ids.insert(annotation["id"].get<int>());
    const int category = annotation["category_id"];
    EXPECT_TRUE(category >= 1 && category <= 4);
    EXPECT_EQ(annotation["iscrowd"], 0);
    EXPECT_GT(annotation["area"].get<int>(), 0);
    EXPECT_LE(annotation["area"].get<double>(),
              annotation["bbox"][2].get<double>() * annotation["bbox"][3].get<double>());
    EXPECT_FALSE(annotation["fine_category"].get<std::string>().empty());
  }
  EXPECT_EQ(annotation_ids.size(), coco["annotations"].size());
}

TEST(LookSet, IsTheSameBytesEveryTimeWhateverTheThreadsAndWhatWasThereBefore) {
  const testing::TempDir dir;
  LookSetOptions one = small_set(15), many = one;
  one.threads = 1;
  many.threads = 4;
  write_look_set(dir.path() / "a", one);
  write_look_set(dir.path() / "b", small_set(40));  // a larger set, then the same place again
  write_look_set(dir.path() / "b", many);
  EXPECT_EQ(contents(dir.path() / "a"), contents(dir.path() / "b"));
  many.seed = 2;
  write_look_set(dir.path() / "c", many);
  EXPECT_NE(contents(dir.path() / "a"), contents(dir.path() / "c"));
}

TEST(LookSet, ALargerCountContinuesASmallerOne) {
  const testing::TempDir dir;
  write_look_set(dir.path() / "a", small_set(14));
  write_look_set(dir.path() / "b", small_set(28));
  const auto small = contents(dir.path() / "a"), large = contents(dir.path() / "b");
  for (const auto& [name, bytes] : small) {
    if (name != "annotations.json") {
      EXPECT_EQ(large.at(name), bytes) << name;
    }
  }
  EXPECT_EQ(small.size(), 15u);
  EXPECT_EQ(large.size(), 29u);
}

TEST(LookSet, AtFewPlacesEveryPlaceSeesManyStylesAndNamesItself) {
  const testing::TempDir dir;
  LookSetOptions options = small_set(52);
  options.places = 3;
  write_look_set(dir.path() / "set", options);
  const Json coco = read_json(dir.path() / "set" / "annotations.json");
  std::map<std::string, std::set<std::string>> styles;
  std::map<std::string, std::set<std::string>> corners;  // the top left pixels: no person stands there
  for (const Json& image : coco["images"]) {
    styles[image["place"]].insert(image["style"].get<std::string>());
    const std::string file = image["file_name"];
    const Image picture = decode_image(read_file(dir.path() / "set" / file), file);
    corners[image["place"]].emplace(picture.row(0), picture.row(0) + 24);
  }
  ASSERT_EQ(styles.size(), 3u);
  std::set<std::string> all;
  for (const auto& [place, seen] : corners) {
    EXPECT_GT(styles[place].size(), 6u) << place;
    EXPECT_EQ(seen.size(), 1u) << place;
    all.insert(seen.begin(), seen.end());
  }
  EXPECT_EQ(all.size(), 3u);
  options.places = -1;
  EXPECT_EQ(kind_of(dir.path() / "other", options), Kind::kInput);
}

TEST(LookSet, GivesEveryStyleItsSharesOfTheSplit) {
  const testing::TempDir dir;
  LookSetOptions options = small_set(13 * 20);
  options.train = 0.5, options.val = 0.2, options.test = 0.3;
  write_look_set(dir.path() / "set", options);
  std::map<std::string, std::map<std::string, int>> counts;
  const Json coco = read_json(dir.path() / "set" / "annotations.json");
  for (const Json& image : coco["images"]) ++counts[image["style"]][image["split"]];
  for (auto& [style, splits] : counts) {
    EXPECT_NEAR(splits["train"], 10, 1.5) << style;
    EXPECT_NEAR(splits["val"], 4, 1.5) << style;
    EXPECT_NEAR(splits["test"], 6, 1.5) << style;
  }
}

TEST(LookSet, AnInterruptedSetIsWrittenAgain) {
  const testing::TempDir dir;
  const fs::path folder = dir.path() / "set";
  EXPECT_THROW(write_look_set(folder, small_set(20),
                              [](int done, int) {
                                if (done == 7) throw Error(Kind::kUnavailable, "stop");
                              }),
               Error);
  EXPECT_EQ(read_json(folder / "annotations.json")["images"].size(), 0u);
  put(folder / "Chic" / "chic-000001.jpg.77-1.tmp", "left by a killed run");
  write_look_set(folder, small_set(20));
  write_look_set(dir.path() / "whole", small_set(20));
  EXPECT_EQ(contents(folder), contents(dir.path() / "whole"));
}

TEST(LookSet, LeavesFoldersOfOthersUntouched) {
  const testing::TempDir dir;
  const fs::path photos = dir.path() / "photos";
  fs::create_directory(photos);
  put(photos / "annotations.json", R"({"info": {"description": "my photos"}, "images": []})");
  put(photos / "a.jpg", "mine");
  const auto before = contents(photos);
  EXPECT_EQ(kind_of(photos, small_set(3)), Kind::kInput);
  EXPECT_EQ(contents(photos), before);
  put(photos / "annotations.json", "[1, 2]");
  EXPECT_EQ(kind_of(photos, small_set(3)), Kind::kInput);
  EXPECT_EQ(kind_of(photos / "a.jpg", small_set(3)), Kind::kInput);
}

TEST(LookSet, RefusesOptionsOutOfRangeBeforeItWrites) {
  const testing::TempDir dir;
  const fs::path folder = dir.path() / "set";
  const auto refused = [&](auto change) {
    LookSetOptions options = small_set(5);
    change(options);
    EXPECT_EQ(kind_of(folder, options), Kind::kInput);
    EXPECT_FALSE(fs::exists(folder));
  };
  refused([](LookSetOptions& o) { o.count = 0; });
  refused([](LookSetOptions& o) { o.count = 1'000'001; });
  refused([](LookSetOptions& o) { o.jpeg_quality = 0; });
  refused([](LookSetOptions& o) { o.jpeg_quality = 101; });
  refused([](LookSetOptions& o) { o.look.width = 10; });
  refused([](LookSetOptions& o) { o.train = 0.95; });
  refused([](LookSetOptions& o) { o.train = 1.1, o.val = -0.2; });
}

}  // namespace
}  // namespace ootd
