#include "ootd/crawl/list_walks.h"

#include <algorithm>
#include <functional>
#include <string_view>

namespace ootd {
namespace {

std::string name_of_list(const ListingRequest& page) {
  std::string name = std::to_string(page.start);
  for (const auto& [key, value] : page.choices) name.append("\n").append(key).append("=").append(value);
  return name;
}

std::uint64_t hash_of(char kind, const std::string& url) { return std::hash<std::string>()(kind + url); }

}  // namespace

std::vector<ListingRequest> ListWalks::follow(const ListingRequest& page, const std::string& answered_at,
                                              std::span<const CrawlFind> photos, std::vector<ListingRequest> next,
                                              std::map<std::string, std::int64_t>& ended) {
  if (page.item || page.is_local()) return next;
  Seen& seen = lists_[name_of_list(page)];
  seen.insert(hash_of('p', page.url));
  seen.insert(hash_of('p', answered_at));
  bool holds = false, is_new = false;
  const auto hold = [&](const std::string& url) {
    holds = true;
    if (seen.insert(hash_of('h', url)).second) is_new = true;
  };
  for (const CrawlFind& photo : photos) hold(photo.url);
  for (const ListingRequest& each : next)
    if (each.item) hold(each.url);
  bool goes_on = false;
  std::erase_if(next, [&](const ListingRequest& each) {
    if (each.item) return false;
    const char* reason = holds && !is_new                              ? "nothing_new"
                         : !seen.insert(hash_of('p', each.url)).second ? "asked_before"
                                                                       : nullptr;
    if (reason != nullptr) ++ended[reason];
    goes_on = goes_on || reason == nullptr;
    return reason != nullptr;
  });
  if (!goes_on) lists_.erase(name_of_list(page));
  return next;
}

}  // namespace ootd
