// crawl_child HOME RECIPE.toml [PHOTOS_PER_COMMIT]: crawls until it is done (exit 0) or killed. For crawl_kill_test.cc
// and bench/crawl, which reads its line: photos, seconds, and the most memory it took (VmHWM, KiB).
#include <sys/resource.h>

#include <cstdlib>
#include <exception>
#include <iostream>

#include "ootd/base/memory.h"
#include "ootd/crawl/crawl.h"

int main(int argc, char** argv) {
  ootd::keep_freed_memory();  // as the program does
  if (argc < 3) return 2;
  try {
    ootd::SqliteCatalog catalog(argv[1]);
    ootd::CrawlOptions options;
    options.allow_private = true;
    options.photos_per_commit = argc > 3 ? std::atoi(argv[3]) : 16;
    options.threads = 2;
    const auto report = ootd::crawl(catalog, ootd::find_recipe(argv[2]), options);
    if (argc == 3) return 0;
    rusage usage = {};
    ::getrusage(RUSAGE_SELF, &usage);
    std::cout << report.fetched << " " << report.seconds << " " << usage.ru_maxrss << "\n";
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "crawl_child: " << error.what() << "\n";
    return 1;
  }
}
