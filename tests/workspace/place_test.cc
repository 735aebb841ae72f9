// A workspace whose catalog lies in a file, or in a database.
#include "ootd/workspace/place.h"

#include <gtest/gtest.h>

#include "ootd/workspace/workspace.h"
#include "tests/testing/message_of.h"
#include "tests/testing/postgres_server.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kind_of;
using testing::message_of;

TEST(WorkspacePlace, AStoreOfAnotherKindIsRefusedWithoutQuotingIt) {
  const testing::TempDir dir;
  const WorkspacePlace place(dir.path(), "mysql://u:secret@h/n");
  EXPECT_EQ(kind_of([&] { (void)open_store(place); }), Kind::kInput);
  EXPECT_EQ(message_of([&] { (void)open_store(place); }).find("secret"), std::string::npos);
}

TEST(WorkspacePlace, AWorkspaceWithACatalogInADatabaseHasNoCatalogFileAndDoesNotCrawl) {
  if (!testing::PostgresServer::is_there()) GTEST_SKIP() << "no PostgreSQL; run scripts/setup --tests";
  const testing::TempDir dir;
  const WorkspacePlace place(dir.path() / "home", testing::PostgresServer::shared().url());
  {
    Workspace workspace(place);
    workspace.catalog().set_setting("s", "v");
    EXPECT_EQ(kind_of([&] { (void)workspace.need_catalog_file(); }), Kind::kInput);
    EXPECT_FALSE(std::filesystem::exists(dir.path() / "home" / "catalog.db"));
  }
  EXPECT_EQ(Workspace(place).catalog().setting("s"), "v");
  EXPECT_EQ(kind_of([&] { Workspace file(dir.path() / "home"); }), Kind::kNotFound) << "the folder alone is none";
  Workspace file(dir.path() / "home", /*create=*/true);
  EXPECT_EQ(file.catalog().setting("s"), std::nullopt);
  (void)file.need_catalog_file();
}

}  // namespace
}  // namespace ootd
