#include "ootd/workspace/crawl_plan.h"

#include <filesystem>

#include "ootd/workspace/scratch_folder.h"

namespace ootd {

CrawlReport plan_crawl(const Recipe& recipe, CrawlOptions options, const CrawlHooks& hooks,
                       const std::function<void(const CrawlFind&)>& found) {
  const ScratchFolder folder(std::filesystem::temp_directory_path(), "ootd-dry-run");
  SqliteCatalog catalog(folder.path());
  options.list_only = true;
  CrawlReport report = crawl(catalog, recipe, options, hooks);
  std::int64_t count = 0;
  CrawlLedger(catalog).each_photo(recipe.name, [&](const CrawlFind& find) {
    if (options.limit <= 0 || count++ < options.limit) found(find);
  });
  return report;
}

}  // namespace ootd
