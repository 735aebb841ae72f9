// Inside this folder: where the lists of a site end that would go on for ever: a list whose last page answers for every
// number after it, a cursor that comes back, a link in a ring. A page goes on to the next one only if it lists
// something that its own list has not listed before in this run, and the next one was not asked for yet. "Its own
// list": photos of one style may all be known from another. "In this run": a site that was crawled before lists known
// photos first, and a run that goes on after a kill asks for a page too many at most. Threads: none. Memory: some 40
// bytes for each photo of the lists that are being read.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include "ootd/crawl/crawl_ledger.h"
#include "ootd/crawl/listing.h"

namespace ootd {

class ListWalks {
 public:
  // Of what a page leads to (`next`, with detail pages), that which is to be asked; `ended`, counted by reason, says
  // what is not: "nothing_new", "asked_before". answered_at: redirects followed.
  std::vector<ListingRequest> follow(const ListingRequest& page, const std::string& answered_at,
                                     std::span<const CrawlFind> photos, std::vector<ListingRequest> next,
                                     std::map<std::string, std::int64_t>& ended);

 private:
  using Seen = std::unordered_set<std::uint64_t>;  // hashes of urls, of photos and pages
  std::map<std::string, Seen> lists_;              // by start url and choices
};

}  // namespace ootd
