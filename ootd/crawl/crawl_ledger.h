// What the crawler knows of every url, in tables of its own in the catalog's file: a state for each, so that a crawl
// that is killed at any moment goes on where it was. A url is a photo's, or (where `request` is not empty) that of a
// page that lists photos; both go through the same states:
//
//   queued -> fetching -> done | gone | refused_by_robots | opted_out | failed (by retry: -> queued)
//
// Threads, crashes and errors: as catalog.h; within a Catalog::Batch these calls are part of its transaction.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "ootd/sqlite/sqlite_catalog.h"

namespace ootd {

enum class CrawlState { kQueued, kFetching, kDone, kGone, kRefusedByRobots, kOptedOut, kFailed };
std::string_view to_string(CrawlState state);  // "refused_by_robots"

struct CrawlUrl {
  std::int64_t no = 0;  // given by the ledger
  std::string url;
  std::string request;              // of a page: how to read it, in the crawler's words
  std::string origin;               // whose robots.txt and pace count: "https://shop.example"
  int attempts = 0;                 // that failed
  std::string etag, last_modified;  // of the photo that is here already
};

// What a page lists.
struct CrawlFind {
  std::string url, request, origin;
  std::vector<Label> labels;
  std::string opt_out;  // why it must not be fetched
};

struct CrawlEnd {
  std::int64_t no = 0;
  CrawlState state = CrawlState::kDone;
  std::string reason;  // in words, unless kDone
  int attempts = 0;
  std::string etag, last_modified;
  std::optional<LookKey> look;  // of the photo; kept as it was if there is none
};

struct CrawlCounts {
  std::int64_t photos = 0, pages = 0;
};

class CrawlLedger {
 public:
  explicit CrawlLedger(SqliteCatalog& catalog) : catalog_(catalog) {}

  // --- A run of the recipe `source`. What an earlier one was fetching is queued again; `retry`: so is what failed.
  void reopen(const std::string& source, bool retry_failed);
  // If nothing is queued, the lists are read from their beginning once more: forgets the pages, and queues these. What
  // a url was listed with before no longer holds once this round lists it with something else. `kinds`: labels of these
  // keys that have other values come from lists that this round does not read (another style), and stay.
  void start_round(const std::string& source, std::span<const CrawlFind> pages,
                   const std::map<std::string, std::set<std::string>>& kinds = {});
  // Photos that are here are asked for again, with their etag or date.
  void queue_again(const std::string& source);

  // Queues what is new and labels what is known, also photos that are in the catalog already. Returns how many were
  // new. What opts out now waits for take_opted_out().
  std::int64_t add(const std::string& source, std::span<const CrawlFind> finds);
  // Origins with queued pages or photos, sorted, the first `limit` of those after `after`. Cost: O(limit).
  std::vector<std::string> open_origins(const std::string& source, bool pages, const std::string& after,
                                        std::size_t limit) const;
  // Takes queued urls for fetching, oldest first.
  std::vector<CrawlUrl> claim(const std::string& source, const std::string& origin, bool pages, int limit);
  // Also gives the photo, unless it opts out, the labels that are known by now.
  void end(const CrawlEnd& end);

  std::optional<CrawlUrl> claim(const std::string& source, std::int64_t no);  // this one, if it is queued
  bool is_open(std::int64_t no) const;                                        // queued or being fetched
  // The photos whose urls have opted out lose what these said. Returns those that came from nowhere else, for the
  // caller to erase; until then they are returned again.
  std::vector<LookKey> take_opted_out(const std::string& source);
  // Nothing if there is no such url; the latest end as it stands.
  struct Standing {
    CrawlState state = CrawlState::kQueued;
    std::string reason;
    int attempts = 0;
    std::optional<LookKey> look;
  };
  std::optional<Standing> standing(const std::string& url, const std::string& request = "") const;
  std::map<CrawlState, CrawlCounts> counts(const std::string& source) const;
  // Photos that are queued or opted out, with their labels, in the order they were found; for a dry run.
  void each_photo(const std::string& source, const std::function<void(const CrawlFind&)>& visit) const;

 private:
  // The photo's claim about the url becomes what its pages say.
  void label_photo(std::int64_t no);

  SqliteCatalog& catalog_;  // outlives this
};

}  // namespace ootd
