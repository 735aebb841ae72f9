// Where a workspace is: its folder, and where its catalog lies if not in the folder's catalog.db.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "ootd/catalog/catalog.h"

namespace ootd {

struct WorkspacePlace {
  WorkspacePlace(std::filesystem::path folder, std::string database = {})  // a folder alone is a place
      : home(std::move(folder)), store(std::move(database)) {}
  std::filesystem::path home;  // photos, thumbnails, models, index caches
  std::string store;           // "postgres://...": a database that many servers share; empty: home/catalog.db
};

// Whether a workspace is there already; one in a database is taken at its word.
bool is_workspace(const WorkspacePlace& place);

// Opens or makes the catalog. Throws kInput for a store of a kind that there is not, and as SqliteCatalog and
// PostgresCatalog.
std::unique_ptr<Catalog> open_store(const WorkspacePlace& place);

}  // namespace ootd
