#include "ootd/serve/thumbnails.h"

#include <gtest/gtest.h>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/image/encode.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

class ThumbnailsTest : public ::testing::Test {
 protected:
  ThumbnailsTest() {
    const Image picture{.width = 300, .height = 200, .rgb = std::vector<std::uint8_t>(300 * 200 * 3, 120)};
    write_file_atomically(file, encode_jpeg(picture), false);
  }

  const testing::TempDir dir;
  const std::filesystem::path file = dir.path() / "a.jpg";
};

TEST_F(ThumbnailsTest, AreMadeOnceAndThenComeFromMemory) {
  Thumbnails thumbnails(1 << 20);
  const auto first = thumbnails.get("a", file, {}, 120);
  std::filesystem::remove(file);
  EXPECT_EQ(thumbnails.get("a", file, {}, 120), first);
  EXPECT_THROW(thumbnails.get("a", file, {}, 240), Error);  // another width is another thumbnail
}

TEST_F(ThumbnailsTest, NeverTakeMoreMemoryThanAllowedAndForgetTheLeastUsed) {
  const std::size_t one = Thumbnails(1 << 20).get("a", file, {}, 120)->size();
  Thumbnails thumbnails(2 * one);
  const auto a = thumbnails.get("a", file, {}, 120);
  const auto b = thumbnails.get("b", file, {}, 120);
  EXPECT_EQ(thumbnails.bytes(), 2 * one);
  EXPECT_EQ(thumbnails.get("a", file, {}, 120), a);
  thumbnails.get("c", file, {}, 120);  // b goes: a was used after it
  EXPECT_EQ(thumbnails.bytes(), 2 * one);
  EXPECT_EQ(thumbnails.get("a", file, {}, 120), a);
  EXPECT_NE(thumbnails.get("b", file, {}, 120), b);
}

TEST_F(ThumbnailsTest, ThatAreLargerThanTheCacheAreStillMade) {
  Thumbnails thumbnails(10);
  EXPECT_GT(thumbnails.get("a", file, {}, 120)->size(), 10u);
  EXPECT_EQ(thumbnails.bytes(), 0u);
}

}  // namespace
}  // namespace ootd
