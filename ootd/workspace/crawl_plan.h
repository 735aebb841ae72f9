// `ootd crawl --dry-run`: what a crawl would fetch.
#pragma once

#include <functional>

#include "ootd/crawl/crawl.h"

namespace ootd {

// Reads the recipe's lists into a workspace that is thrown away, and gives `found` each photo that they name, up to
// options.limit, those that are opted out included. Throws Error as crawl().
CrawlReport plan_crawl(const Recipe& recipe, CrawlOptions options, const CrawlHooks& hooks,
                       const std::function<void(const CrawlFind&)>& found);

}  // namespace ootd
