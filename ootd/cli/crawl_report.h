// What `ootd crawl` says in the end.
#pragma once

#include "ootd/cli/verbs.h"
#include "ootd/crawl/crawl.h"
#include "ootd/workspace/workspace.h"

namespace ootd {

void print_crawl_report(const Globals& globals, const Workspace& workspace, const CrawlReport& report,
                        bool interrupted);

// --dry-run: reads the lists and prints the photos that they name.
void print_crawl_plan(Globals& globals, const Recipe& recipe, const CrawlOptions& options, const CrawlHooks& hooks);

}  // namespace ootd
