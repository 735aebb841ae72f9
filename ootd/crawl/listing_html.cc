#include "ootd/crawl/places.h"
#include "ootd/crawl/selector.h"
#include "ootd/crawl/url_text.h"

namespace ootd {

void list_html(ListingBuilder& listing) {
  const Dom dom = Dom::html(listing.answer.body, listing.answer.content_type);
  const auto add = [&](xmlNode* item, const std::string& where) {
    listing.add(where, [&](std::string_view place) { return values_at(item, place); }, {});
  };
  if (dom.root() == nullptr) listing.fail("the page is empty");
  listing.page.opt_outs = opt_outs_of(dom, kCrawlerName);
  for (const xmlNode* node : Selector("base[href]", "base").select(dom.root()))
    listing.base = absolute_url(listing.base, *attribute(node, "href")).value_or(listing.base);
  if (listing.request.item) return add(dom.root(), "the page");
  const auto found = Selector(listing.recipe.items, listing.recipe.name).select(dom.root());
  if (found.empty() && listing.request.page == 0)
    listing.fail("nothing on the first page matches \"" + listing.recipe.items + "\"");
  for (xmlNode* item : found) add(item, "\"" + listing.recipe.items + "\" number " + std::to_string(listing.items));
  if (!listing.recipe.paging.next.empty()) listing.next = values_at(dom.root(), listing.recipe.paging.next);
}

}  // namespace ootd
