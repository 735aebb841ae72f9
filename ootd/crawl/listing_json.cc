#include "ootd/crawl/json_path.h"
#include "ootd/crawl/places.h"

namespace ootd {

void list_json(ListingBuilder& listing) {
  const bool detail = listing.request.item.has_value();
  const Json root = listing.read_whole([&] { return parse_json(listing.answer.body, "the answer"); });
  const auto add = [&](const Json& item, const std::string& where) {
    listing.add(where, [&](std::string_view place) { return values_at(item, place); }, {});
  };
  if (detail) return add(root, "the page");
  const JsonPath path(listing.recipe.items, listing.recipe.name);
  const auto found = path.find(root);
  if (found.empty())
    if (const std::string why = path.broken_at(root); !why.empty())
      listing.fail("no items at " + listing.recipe.items + ": " + why);
  for (const Json* item : found) add(*item, listing.recipe.items + " number " + std::to_string(listing.items));
  if (!listing.recipe.paging.next.empty()) listing.next = values_at(root, listing.recipe.paging.next);
}

}  // namespace ootd
