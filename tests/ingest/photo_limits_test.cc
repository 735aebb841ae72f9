#include "ootd/ingest/photo_limits.h"

#include <gtest/gtest.h>

#include "ootd/sqlite/sqlite_catalog.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

TEST(PhotoLimits, AreTheDefaultUntilMoreIsAllowedAndNeverShrink) {
  const testing::TempDir dir;
  SqliteCatalog catalog(dir.path());
  EXPECT_EQ(photo_limits(catalog).max_pixels, DecodeLimits().max_pixels);
  EXPECT_TRUE(photo_limits(catalog).own_file);
  allow_pixels(catalog, 1000);
  EXPECT_EQ(photo_limits(catalog).max_pixels, DecodeLimits().max_pixels);
  allow_pixels(catalog, 200'000'000);
  allow_pixels(catalog, 100'000'000);
  EXPECT_EQ(photo_limits(catalog).max_pixels, 200'000'000);
  EXPECT_EQ(photo_limits(SqliteCatalog(dir.path())).max_pixels, 200'000'000) << "opened again";
}

TEST(PhotoLimits, OfASettingThatIsNoNumberAreTheDefault) {
  const testing::TempDir dir;
  SqliteCatalog catalog(dir.path());
  catalog.set_setting("max_pixels", "many");
  EXPECT_EQ(photo_limits(catalog).max_pixels, DecodeLimits().max_pixels);
}

}  // namespace
}  // namespace ootd
