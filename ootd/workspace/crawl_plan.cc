#include "ootd/workspace/crawl_plan.h"

#include <cstdlib>
#include <filesystem>
#include <string>

#include "ootd/base/error.h"

namespace ootd {

CrawlReport plan_crawl(const Recipe& recipe, CrawlOptions options, const CrawlHooks& hooks,
                       const std::function<void(const CrawlFind&)>& found) {
  std::string pattern = (std::filesystem::temp_directory_path() / "ootd-dry-run-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw Error(Kind::kUnavailable, pattern + ": cannot make this folder");
  struct Remove {
    std::filesystem::path folder;
    ~Remove() {
      std::error_code ignored;
      std::filesystem::remove_all(folder, ignored);
    }
  } const remove{pattern};
  SqliteCatalog catalog(pattern);
  options.list_only = true;
  CrawlReport report = crawl(catalog, recipe, options, hooks);
  std::int64_t count = 0;
  CrawlLedger(catalog).each_photo(recipe.name, [&](const CrawlFind& find) {
    if (options.limit <= 0 || count++ < options.limit) found(find);
  });
  return report;
}

}  // namespace ootd
