// crawl_child HOME RECIPE.toml: crawls until it is done (exit 0) or killed. For crawl_kill_test.cc.
#include <exception>
#include <iostream>

#include "ootd/crawl/crawl.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  try {
    ootd::Catalog catalog(argv[1]);
    ootd::CrawlOptions options;
    options.allow_private = true;
    options.photos_per_commit = 16;
    options.threads = 2;
    ootd::crawl(catalog, ootd::find_recipe(argv[2]), options);
    return 0;
  } catch (const std::exception& error) {
    std::cerr << "crawl_child: " << error.what() << "\n";
    return 1;
  }
}
