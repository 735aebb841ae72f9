// Sitemaps (sitemaps.org, with Google's image extension) and feeds (RSS 2.0 with Media RSS, Atom).
#include <algorithm>

#include "ootd/base/gzip.h"
#include "ootd/crawl/places.h"
#include "ootd/crawl/selector.h"
#include "ootd/crawl/url_text.h"
#include "ootd/ingest/annotations.h"

namespace ootd {
namespace {

constexpr std::size_t kMaxXmlBytes = 64u << 20;  // a sitemap has at most 50 MB
constexpr int kMaxIndexDepth = 3;

Dom read_xml(ListingBuilder& listing) {
  return listing.read_whole([&] {
    const std::string_view body = listing.answer.body;
    Dom dom = Dom::xml(is_gzip(body) ? gunzip(body, kMaxXmlBytes) : body, "the answer");
    if (!dom.problem().empty()) listing.problem(dom.problem());
    return dom;
  });
}

std::vector<xmlNode*> named(xmlNode* top, std::string_view name) {
  auto elements = elements_below(top);
  std::erase_if(elements, [&](const xmlNode* node) { return qualified_name(node) != name; });
  return elements;
}

bool looks_like_image(const std::string& type, const std::string& url) {
  if (!type.empty()) return type.starts_with("image");
  const std::string path = lower_case(url.substr(0, url.find('?')));
  constexpr std::string_view kEndings[] = {".jpg", ".jpeg", ".png", ".webp", ".avif", ".gif"};
  return std::ranges::any_of(kEndings, [&](std::string_view ending) { return path.ends_with(ending); });
}

// Places are names of elements, with a prefix where they have one: "pubDate", "dc:creator", "category @term".
ListingBuilder::ValuesAt reader_of(xmlNode* item) {
  return [item](std::string_view place) {
    return first_of(place, [&](std::string_view each) {
      const std::size_t at = each.find('@');
      const std::string name = at == std::string_view::npos ? "" : tidy_text(each.substr(at + 1));
      std::vector<std::string> values;
      for (const xmlNode* node : named(item, lower_case(tidy_text(each.substr(0, at))))) {
        std::string value = name.empty() ? text_of(node) : attribute(node, name.c_str()).value_or("");
        if (!trimmed(value).empty()) values.push_back(std::move(value));
      }
      return values;
    });
  };
}

// Media RSS, enclosures, and as a last resort the pictures of the HTML that the item's text is.
std::vector<std::string> images_of_feed_item(xmlNode* item) {
  std::vector<std::string> images, thumbnails, inline_images;
  for (const xmlNode* node : elements_below(item)) {
    const std::string name = qualified_name(node);
    const std::string type = attribute(node, "type").value_or(attribute(node, "medium").value_or(""));
    const bool link = name == "link" && attribute(node, "rel") == "enclosure";
    if (name == "media:content" || name == "enclosure" || link) {
      const std::string url = attribute(node, link ? "href" : "url").value_or("");
      if (!url.empty() && looks_like_image(type, url)) images.push_back(url);
    } else if (name == "media:thumbnail") {
      thumbnails.push_back(attribute(node, "url").value_or(""));
    } else if (name == "description" || name == "content:encoded" || name == "content" || name == "summary") {
      const Dom html = Dom::html(text_of(node), "");
      for (const std::string& url : values_at(html.root(), "img @image")) inline_images.push_back(url);
    }
  }
  return !images.empty() ? images : !thumbnails.empty() ? thumbnails : inline_images;
}

}  // namespace

void list_sitemap(ListingBuilder& listing) {
  const Dom dom = read_xml(listing);
  const std::string kind = qualified_name(dom.root());
  if (kind == "sitemapindex") {
    if (listing.request.page >= kMaxIndexDepth) listing.fail("indexes of sitemaps lie more than 3 deep");
    for (const xmlNode* node : named(dom.root(), "loc")) {
      ListingRequest next = listing.request;
      ++next.page;
      const auto url = absolute_url(listing.base, text_of(node));
      if (!url) {
        listing.problem("\"" + text_of(node).substr(0, 100) + "\" is no http(s) url of a sitemap");
        continue;
      }
      next.url = *url;
      listing.page.next.push_back(std::move(next));
    }
    return;
  }
  if (kind != "urlset") listing.fail("no sitemap: its root is <" + kind + ">");
  for (xmlNode* item : named(dom.root(), "url")) {
    const auto read = reader_of(item);
    auto images = read("image:loc");
    if (const auto page = read("loc"); images.empty() && !page.empty() && looks_like_image("", page[0])) images = page;
    listing.add("url number " + std::to_string(listing.items), read, {.images = images});
  }
}

void list_feed(ListingBuilder& listing) {
  const Dom dom = read_xml(listing);
  auto items = named(dom.root(), "item");
  if (items.empty()) items = named(dom.root(), "entry");
  const std::string kind = qualified_name(dom.root());
  if (items.empty() && kind != "rss" && kind != "feed" && kind != "rdf:rdf")
    listing.fail("no feed: its root is <" + kind + ">");
  for (xmlNode* item : items) {
    const auto images = images_of_feed_item(item);
    listing.add("item number " + std::to_string(listing.items), reader_of(item), {.images = images});
  }
}

}  // namespace ootd
