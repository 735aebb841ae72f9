// import_child HOME PATH...: imports in small commits until it is done (exit 0) or killed. For import_kill_test.cc.
#include <filesystem>
#include <vector>

#include "ootd/ingest/import.h"
#include "ootd/sqlite/sqlite_catalog.h"

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  ootd::SqliteCatalog catalog(argv[1]);
  ootd::ImportOptions options;
  options.photos_per_commit = 4;
  const std::vector<std::filesystem::path> paths(argv + 2, argv + argc);
  ootd::import_paths(catalog, paths, options);
  return 0;
}
