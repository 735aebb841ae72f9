// Crawls a site as a recipe says: reads its lists, fetches the photos they name, and brings them into the workspace
// with their labels. See docs/crawling.md for the rules of politeness, what each state of a url means, and what a kill
// costs.
//
//   recipe -> pages -> ledger (catalog) -> fetch (one thread) -> staged answer -> checks, copy in images/ (workers)
//          -> catalog (one thread, many photos a transaction)
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "ootd/crawl/crawl_ledger.h"
#include "ootd/crawl/recipe.h"
#include "ootd/http/client.h"
#include "ootd/image/decode.h"

namespace ootd {

struct CrawlOptions {
  // These change what is fetched.
  std::int64_t limit = 0;     // photos in this run; 0 = no limit
  bool retry_failed = false;  // only these, and what is still queued: lists are not read from their beginning
  bool refresh = false;       // asks for known photos again, with If-None-Match or If-Modified-Since
  bool list_only = false;     // photos stay queued
  bool allow_private = false;
  Patience patience;     // its user_agent names the crawler and a contact; tries: of one url
  int deadline_s = 300;  // for a whole request
  std::uint64_t max_page_bytes = 16u << 20;
  DecodeLimits limits;  // of photos
  // These change speed only.
  int max_in_flight = 2000;                       // requests, of all hosts together
  std::uint64_t max_buffered_bytes = 256u << 20;  // bodies in memory
  int threads = 0;                                // that decode photos; 0 = all cores
  int photos_per_commit = 256;
};

// One url that came to an end, or (page) one list that was read.
struct CrawlEvent {
  std::string url;
  bool is_page = false;
  CrawlState state = CrawlState::kDone;
  std::string reason;
  ImageId image;        // of a photo that is done
  bool is_new = false;  // its content was not here before
  ImageId copy_of;      // the original that it is a near copy of
  std::uint64_t bytes = 0;
  int attempts = 0;
};

struct HostStatus {
  int in_flight = 0, waiting = 0;
  double allowed = 0;       // requests at once, as the host bears it
  double first_byte_s = 0;  // usually
  bool pausing = false;
  std::string given_up;  // why nothing more is asked of it in this run
};

// In this run. total: photos known so far that were or will be fetched.
struct CrawlStatus {
  std::int64_t fetched = 0, skipped = 0, failed = 0, pages = 0, total = 0;
  std::uint64_t bytes = 0;
  std::size_t in_flight = 0;
  std::map<std::string, HostStatus> hosts;  // that have something to do
  int opens_in_minutes = 0;                 // outside the recipe's hours
  bool is_last = false;                     // the run is over
};

struct CrawlReport {
  std::int64_t fetched = 0;  // photos that are in the catalog now
  std::int64_t skipped = 0;  // listed, but here already, unchanged, gone, refused by robots.txt or opted out
  std::int64_t failed = 0;
  std::map<std::string, std::int64_t>
      skipped_by;  // "known", "unchanged", "gone", "refused_by_robots", "opted_out", "removed"
  std::int64_t new_images = 0, near_copies = 0;  // of the fetched
  std::int64_t removed = 0;  // photos of before that are in the catalog no more: their site opted out since
  std::int64_t pages = 0;
  std::map<std::string, std::int64_t> lists_ended;  // though they went on: "nothing_new", "asked_before", "max_pages",
                                                    // "unread" (two pages in a row)
  std::int64_t listed = 0;                          // new photo urls
  std::uint64_t bytes = 0;
  double seconds = 0;
  std::vector<Failure> failures;      // pages and photos, at most kMostFailures
  std::vector<std::string> problems;  // of listed items that could not be read; hosts that asked to come back later
  static constexpr std::size_t kMostFailures = 1000;
};

struct CrawlHooks {
  std::function<void(const CrawlEvent&)> on_end = {};      // from another thread, one at a time
  std::function<void(const CrawlStatus&)> on_status = {};  // some times a second, from the calling thread
  std::stop_token stop = {};                               // ends the run; what is in flight is queued again
};

// Runs to the end, or to options.limit. Throws Error(kUnavailable) if the workspace cannot be written (disk full: what
// was committed stays, and the next run goes on) or another crawl is at work in it; Error(kInput) for a bad recipe.
CrawlReport crawl(SqliteCatalog& catalog, const Recipe& recipe, const CrawlOptions& options,
                  const CrawlHooks& hooks = {});

}  // namespace ootd
