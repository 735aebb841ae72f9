// What `ootd crawl` shows: a line on stderr while it runs, and its report.
#pragma once

#include <chrono>

#include "ootd/cli/verbs.h"
#include "ootd/crawl/crawl.h"

namespace ootd {

// On a terminal one line that is drawn over, else a plain line now and then.
class CrawlProgress {
 public:
  CrawlProgress();
  ~CrawlProgress();
  CrawlProgress(const CrawlProgress&) = delete;
  CrawlProgress& operator=(const CrawlProgress&) = delete;
  bool update(const CrawlStatus& status);  // whether it was drawn; the last one always is

 private:
  const bool terminal_;
  const std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
  bool any_ = false;
};

// "crawl 120/2000 photos  12.4/s  98.3% good  2:31 left  2 hosts: cdn.example 4/8, img.example paused"
std::string crawl_line(const CrawlStatus& status, double seconds);

// What came from a site, without what a terminal would take for a command.
std::string printable(std::string text);

// The first of what went wrong, on stderr.
void print_crawl_failures(const CrawlReport& report);
void print_crawl_report(const Globals& globals, const CrawlReport& report, bool interrupted);

}  // namespace ootd
