// A crawl's progress for other programs: Prometheus text (exposition format 0.0.4) for the node exporter's textfile
// collector, and one JSON object a finished url for a log.
#pragma once

#include <string>

#include "ootd/base/json.h"
#include "ootd/crawl/crawl.h"

namespace ootd {

std::string metrics_text(const CrawlStatus& status);

// {"at_ms", "url", "kind": "photo"|"page", "state", "reason", "image", "new", "copy_of", "bytes", "attempts"}
Json log_line(const CrawlEvent& event);

}  // namespace ootd
