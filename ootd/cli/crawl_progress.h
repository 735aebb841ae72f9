// What `ootd crawl` shows while it runs.
#pragma once

#include <chrono>
#include <filesystem>
#include <fstream>
#include <stop_token>
#include <string>

#include "ootd/crawl/crawl.h"

namespace ootd {

// On a terminal one line that is drawn over, else a plain line now and then; the log and the metrics beside it.
class CrawlProgress {
 public:
  // log: gets a line for each url that came to an end; metrics: is rewritten with each line that is shown; both may be
  // empty. Throws Error(kUnavailable) if the log cannot be opened.
  CrawlProgress(std::filesystem::path log, std::filesystem::path metrics);
  ~CrawlProgress();
  CrawlProgress(const CrawlProgress&) = delete;
  CrawlProgress& operator=(const CrawlProgress&) = delete;

  CrawlHooks hooks(std::stop_token stop);  // lives no longer than this
  void end_line();                         // before anything else is printed
  void check_log() const;                  // throws Error(kUnavailable) if a line could not be written

 private:
  void update(const CrawlStatus& status);  // the last one is always shown

  const std::filesystem::path log_file_, metrics_file_;
  std::ofstream log_;
  const bool terminal_;
  const std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_;
  bool any_ = false;
};

// "crawl 120/2000 photos  12.4/s  98.3% good  2:31 left  2 hosts: cdn.example 4/8, img.example paused"
std::string crawl_line(const CrawlStatus& status, double seconds);

}  // namespace ootd
