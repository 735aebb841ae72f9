#include "ootd/workspace/place.h"

#include "ootd/base/error.h"
#include "ootd/postgres/postgres_catalog.h"
#include "ootd/sqlite/sqlite_catalog.h"

namespace ootd {

bool is_workspace(const WorkspacePlace& place) {
  return !place.store.empty() || std::filesystem::exists(place.home / "catalog.db");
}

std::unique_ptr<Catalog> open_store(const WorkspacePlace& place) {
  if (place.store.empty()) return std::make_unique<SqliteCatalog>(place.home);
  if (place.store.starts_with("postgres://") || place.store.starts_with("postgresql://"))
    return std::make_unique<PostgresCatalog>(place.store, place.home);
  // Not quoted: what is no address may still hold a password.
  throw Error(
      Kind::kInput,
      "--store ($OOTD_STORE): give postgres://user@host:5432/name, or nothing for the workspace's own catalog.db");
}

}  // namespace ootd
