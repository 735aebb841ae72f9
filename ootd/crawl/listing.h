// Reads one answer of a site as its recipe says: which photos it lists, with which labels, and where the list goes on.
// Pure functions: they fetch nothing. Threads: may run on many at once.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/json.h"
#include "ootd/catalog/catalog.h"
#include "ootd/crawl/opt_out.h"
#include "ootd/crawl/recipe.h"

namespace ootd {

// One photo.
struct ListingItem {
  std::string image_url;  // absolute, http(s)
  std::string id;         // the site's own name of the look, which several images may share; may be empty
  std::string page_url;   // where people see it; may be empty
  std::vector<Label> labels;
};

// A document to fetch and hand to parse_listing().
struct ListingRequest {
  std::string url;                             // http(s), or the path of a local table
  std::map<std::string, std::string> choices;  // this list's names on the axes of the matrix: {"style", "Retro"}
  int start = 0;                               // which of the recipe's start urls it goes back to
  int page = 0;                                // 0 = first
  std::int64_t offset = 0;                     // items before this page; in a local table: bytes, of Parquet rows
  int unread = 0;                              // pages right before it that could not be read
  std::optional<ListingItem> item;             // this is its detail page

  bool is_local() const;
};

// For the ledger. from_json throws Error(kInput).
Json to_json(const ListingRequest& request);
ListingRequest listing_request_from_json(const Json& json, const std::string& where);

struct ListingAnswer {
  std::string url;           // where the bytes came from, redirects followed; relative links start here
  std::string content_type;  // as the header says; may be empty
  std::string_view body;
};

struct ListingPage {
  std::vector<ListingItem> items;
  std::vector<ListingRequest> next;   // further pages and detail pages
  std::string cut_off;                // why the list ends though it goes on: "max_pages", "unread"
  std::vector<std::string> problems;  // items that could not be read: "URL: items[3]: nothing at $.src"
  OptOuts opt_outs;  // of an HTML page's meta tags; items of a page that opts out are listed all the same
};

// Where the recipe's lists start: start urls x matrix. Throws Error(kInput) for a template that names what is not
// there.
std::vector<ListingRequest> first_requests(const Recipe& recipe);

// The labels that the lists themselves give, whatever they hold: {"style", {"Retro"}}.
std::map<std::string, std::set<std::string>> kinds_of(const Recipe& recipe);

// A bad item becomes a problem; the rest goes on. Throws Error(kInput), naming recipe, version, url and what was found
// instead, where the answer as a whole is not what the recipe knows: the site has changed.
// A local table is read up to kTableItems items (of Parquet also 16 MiB); the request for the rest is in `next`, so
// that a list of any length takes little memory. The caller maps the file and hands over all of its bytes each time.
ListingPage parse_listing(const Recipe& recipe, const ListingRequest& request, const ListingAnswer& answer);

// The page after one that could not be read. Nothing where only its answer knows that, or where the one before could
// not be read either: the list ends there.
std::optional<ListingRequest> page_after_unread(const Recipe& recipe, const ListingRequest& request);

inline constexpr std::size_t kTableItems = 10'000;

}  // namespace ootd
