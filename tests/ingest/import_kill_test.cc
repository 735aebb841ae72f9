// kill -9 at random moments of an import, then run again: the catalog must end as after an uninterrupted run.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <thread>

#include "ootd/base/sha256.h"
#include "tests/ingest/photos.h"
#include "tests/testing/child.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;
using std::chrono::microseconds;

using testing::wait_for;

pid_t start_import(const fs::path& home, const fs::path& photos) {
  return testing::start_child({OOTD_IMPORT_CHILD, home.string(), photos.string()});
}

void import_uninterrupted(const fs::path& home, const fs::path& photos) {
  const int status = wait_for(start_import(home, photos));
  ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

std::string dump_of(const fs::path& home) { return testing::dump(SqliteCatalog(home)); }

void expect_sound(const fs::path& home) {
  const SqliteCatalog catalog(home);
  EXPECT_EQ(catalog.verify(), std::vector<std::string>());
  for (const ImageRecord& image : catalog.images_after(LookKey{}, 1000))
    EXPECT_EQ(sha256_hex(read_file(home / image.file)).substr(0, 24), image.id);
}

TEST(ImportKilled, EndsAsAfterAnUninterruptedRun) {
  constexpr int kPhotos = 60, kKills = 30;
  const testing::TempDir dir;
  const fs::path photos = dir.path() / "photos";
  for (int i = 0; i < kPhotos; ++i)  // every tenth picture is a second copy of one before it
    testing::put_file(photos / ("style" + std::to_string(i % 4)) / (std::to_string(i) + ".jpg"),
                      testing::jpeg_bytes(i % 10 == 9 ? i - 5 : i));
  testing::put_text(photos / "style1/broken.jpg", "no picture");
  testing::put_text(photos / "boxes/annotations.json", R"({"categories": [{"id": 1, "name": "top"}],
    "images": [{"id": 1, "file_name": "../style0/0.jpg", "tags": ["shirt"]}, {"id": 2, "file_name": "../style1/1.jpg"}],
    "annotations": [{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}]})");

  const auto start = std::chrono::steady_clock::now();
  import_uninterrupted(dir.path() / "whole", photos);
  auto window = std::chrono::duration_cast<microseconds>(std::chrono::steady_clock::now() - start);
  const std::string expected = dump_of(dir.path() / "whole");
  const std::int64_t expected_images = SqliteCatalog(dir.path() / "whole").image_count();
  ASSERT_EQ(expected_images, kPhotos - kPhotos / 10);

  Random random(1);
  int killed_between_commits = 0;
  for (int killed = 0, tries = 0; killed < kKills; ++tries) {
    ASSERT_LT(tries, 10 * kKills) << "the import is over before it can be killed";
    const fs::path home = dir.path() / "home";
    for (std::uint64_t kills = 1 + random.below(3); kills > 0; --kills) {
      const pid_t child = start_import(home, photos);
      std::this_thread::sleep_for(microseconds(random.below(window.count() + 1)));
      ::kill(child, SIGKILL);
      if (!WIFSIGNALED(wait_for(child))) {
        window = window * 9 / 10;  // the first run was slower: it had to fetch the program from the disk
        break;
      }
      ++killed;
      if (!fs::exists(home / "catalog.db")) continue;
      const std::int64_t images = SqliteCatalog(home).image_count();
      if (images > 0 && images < expected_images) ++killed_between_commits;
      expect_sound(home);
    }
    import_uninterrupted(home, photos);
    expect_sound(home);
    ASSERT_EQ(dump_of(home), expected) << "try " << tries;
    fs::remove_all(home);
  }
  EXPECT_GE(killed_between_commits, 1) << "the test has shown nothing";
}

}  // namespace
}  // namespace ootd
