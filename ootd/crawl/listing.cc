#include "ootd/crawl/listing.h"

#include <algorithm>
#include <set>

#include "ootd/base/error.h"
#include "ootd/crawl/places.h"
#include "ootd/crawl/url_text.h"

namespace ootd {
namespace {

std::string list_url(const Recipe& recipe, const ListingRequest& request, const std::string& cursor) {
  const std::string& text = recipe.start.at(static_cast<std::size_t>(request.start));
  const std::string url = expand(text, [&](const std::string& name) -> std::optional<std::string> {
    if (name == "page") return std::to_string(recipe.paging.first + request.page);
    if (name == "offset") return std::to_string(recipe.paging.first + request.offset);
    if (name == "cursor") return escape_url(cursor);
    for (const RecipeAxis& axis : recipe.matrix)
      if (axis.key == name)
        for (const auto& [value, code] : axis.values)
          if (value == request.choices.at(name)) return escape_url(code);
    return std::nullopt;
  });
  return absolute_url("", url).value_or(url);
}

std::string with_constants(const std::string& text, const ListingRequest& request) {
  return expand(text, [&](const std::string& name) { return std::optional(request.choices.at(name)); });
}

// A ledger may hold requests of an older version of the recipe.
void check_request(const Recipe& recipe, const ListingRequest& request) {
  bool fits = request.start >= 0 && static_cast<std::size_t>(request.start) < recipe.start.size() &&
              request.page >= 0 && request.offset >= 0 && (!request.item || recipe.detail);
  for (const RecipeAxis& axis : recipe.matrix) fits = fits && (request.item || request.choices.contains(axis.key));
  if (!fits)
    throw Error(Kind::kInput, "recipe " + recipe.name + ", version " + std::to_string(recipe.version) + ": " +
                                  request.url + " was put on the list by another version; crawl it anew");
}

// Every list of one start url: the axes' values are counted through like the digits of a number.
void add_requests(const Recipe& recipe, ListingRequest request, std::size_t axis,
                  std::vector<ListingRequest>& requests) {
  if (axis == recipe.matrix.size()) {
    request.url = list_url(recipe, request, "");
    return requests.push_back(std::move(request));
  }
  for (const auto& [name, code] : recipe.matrix[axis].values) {
    request.choices[recipe.matrix[axis].key] = name;
    add_requests(recipe, request, axis + 1, requests);
  }
}

constexpr int kMostUnread = 2;  // pages in a row

void add_next(ListingBuilder& listing) {
  const Paging& paging = listing.recipe.paging;
  ListingRequest next = listing.request;
  ++next.page;
  next.offset += listing.items;
  const bool unread = listing.items > 0 && listing.page.items.empty() && listing.page.next.empty();
  next.unread = unread ? next.unread + 1 : 0;
  if (paging.kind == PagingKind::kNone) return;
  if (listing.items == 0 && (paging.until_empty || paging.kind == PagingKind::kOffset)) return;
  if (!paging.next.empty() && listing.next.empty()) return;
  if (next.unread >= kMostUnread || next.page >= paging.max_pages) {
    listing.page.cut_off = next.unread >= kMostUnread ? "unread" : "max_pages";
    return;
  }
  if (paging.kind == PagingKind::kNext) {
    const auto url = absolute_url(listing.base, listing.next.front());
    if (!url) return listing.problem("the next page \"" + listing.next.front() + "\" is no http(s) url");
    next.url = *url;
  } else {
    next.url = list_url(listing.recipe, next, listing.next.empty() ? "" : listing.next.front());
  }
  if (next.url == listing.request.url) return listing.problem("the next page is this page again; the list ends here");
  listing.page.next.push_back(std::move(next));
}

// Of "A || B" B where A gives no address: a placeholder (data:) is none. bad: one that is none.
std::vector<std::string> urls_of(const UrlPlace& place, const std::string& base, const std::vector<std::string>& found,
                                 std::string& bad) {
  std::vector<std::string> urls;
  for (std::string value : found) {
    for (const auto& [from, to] : place.replace)
      for (std::size_t at = 0; (at = value.find(from, at)) != std::string::npos; at += to.size())
        value.replace(at, from.size(), to);
    const std::string text =
        place.url.empty() ? value : expand(place.url, [&](const std::string&) { return std::optional(value); });
    const auto url = absolute_url(base, text);
    if (url && std::ranges::find(urls, *url) == urls.end()) urls.push_back(*url);
    if (!url) bad = text.substr(0, 100);
  }
  return urls;
}

std::vector<std::string> urls_at(const UrlPlace& place, const std::string& base,
                                 const ListingBuilder::ValuesAt& values_at, std::string& bad) {
  return first_of(place.from, [&](std::string_view each) { return urls_of(place, base, values_at(each), bad); });
}

void tidy_labels(std::vector<Label>& labels) {
  for (Label& label : labels) label.value = tidy_text(label.value);
  std::erase_if(labels, [](const Label& label) { return label.value.empty(); });
  std::ranges::sort(labels, {}, [](const Label& label) { return std::tie(label.key, label.value); });
  const auto repeated = std::ranges::unique(labels);
  labels.erase(repeated.begin(), repeated.end());
}

}  // namespace

bool ListingRequest::is_local() const { return !is_http_url(url); }

std::vector<ListingRequest> first_requests(const Recipe& recipe) {
  std::vector<ListingRequest> requests;
  for (std::size_t start = 0; start < recipe.start.size(); ++start) {
    ListingRequest request;
    request.start = static_cast<int>(start);
    add_requests(recipe, request, 0, requests);
  }
  for (const ListingRequest& request : requests) {
    if (request.is_local() ? recipe.kind != ListingKind::kTable : !absolute_url("", request.url))
      throw Error(Kind::kInput, "recipe " + recipe.name + ": start url \"" + request.url + "\" is no http(s) url");
  }
  return requests;
}

std::map<std::string, std::set<std::string>> kinds_of(const Recipe& recipe) {
  std::map<std::string, std::set<std::string>> kinds;
  for (const ListingRequest& request : first_requests(recipe))
    for (const auto& [key, value] : recipe.constants)
      if (const std::string text = with_constants(value, request); !text.empty()) kinds[key].insert(text);
  return kinds;
}

void ListingBuilder::fail(const std::string& what) const {
  constexpr char kAdvice[] =
      ". The site has changed, or its answer is no list (a login, an error page); the recipe must be brought up to "
      "date";
  throw Error(Kind::kInput, "recipe " + recipe.name + ", version " + std::to_string(recipe.version) + ": " +
                                answer.url + ": " + what + (request.is_local() ? "" : kAdvice));
}

void ListingBuilder::add(const std::string& where, const ValuesAt& values_at, const Known& known) {
  ++items;
  const bool detail = request.item.has_value();
  ListingItem item = detail ? *request.item : ListingItem();
  std::string bad;
  if (!detail) {
    if (!recipe.id.empty())
      if (const auto ids = values_at(recipe.id); !ids.empty()) item.id = tidy_text(ids.front());
    if (!recipe.page.from.empty())
      if (const auto pages = urls_at(recipe.page, base, values_at, bad); !pages.empty()) item.page_url = pages.front();
    for (const auto& [key, value] : recipe.constants)
      if (const std::string text = with_constants(value, request); !text.empty()) item.labels.push_back({key, text});
  }
  for (const RecipeField& field : detail ? recipe.detail->fields : recipe.fields)
    for (const std::string& value : values_at(field.from)) item.labels.push_back({field.key, value});
  item.labels.insert(item.labels.end(), known.labels.begin(), known.labels.end());
  tidy_labels(item.labels);
  if (!detail && recipe.detail) {
    const std::string url = expand(recipe.detail->url, [&](const std::string& name) {
      return std::optional(name == "id" ? escape_url(item.id) : item.page_url);
    });
    const auto whole = absolute_url(base, url);
    if (!whole || *whole == answer.url) return problem(where + ": no page to look at: nothing at " + recipe.page.from);
    ListingRequest look;
    look.url = *whole;
    look.item = item;
    return page.next.push_back(std::move(look));
  }
  const UrlPlace& place = detail ? recipe.detail->image : recipe.image;
  bad.clear();
  const auto urls = place.from.empty() ? urls_of(place, base, known.images, bad) : urls_at(place, base, values_at, bad);
  if (urls.empty())
    return problem(where + (bad.empty() ? ": no image" + (place.from.empty() ? "" : " at " + place.from)
                                        : ": \"" + bad + "\" is no http(s) url of an image"));
  for (const std::string& url : urls) {
    page.items.push_back(item);
    page.items.back().image_url = url;
  }
}

ListingPage parse_listing(const Recipe& recipe, const ListingRequest& request, const ListingAnswer& answer) {
  check_request(recipe, request);
  ListingBuilder listing{recipe, request, answer, request.is_local() ? "" : answer.url};
  const ListingKind kind = request.item ? recipe.detail->kind : recipe.kind;
  switch (kind) {
    case ListingKind::kJson:
      list_json(listing);
      break;
    case ListingKind::kHtml:
      list_html(listing);
      break;
    case ListingKind::kSitemap:
      list_sitemap(listing);
      break;
    case ListingKind::kFeed:
      list_feed(listing);
      break;
    case ListingKind::kTable:
      list_table(listing);
      break;
  }
  if (listing.items > 0 && listing.page.items.empty() && listing.page.next.empty() && !request.item &&
      request.page == 0)
    listing.fail("none of " + std::to_string(listing.items) + " items could be read: " + listing.page.problems.front());
  if (!request.item && has_places(kind)) add_next(listing);
  return std::move(listing.page);
}

std::optional<ListingRequest> page_after_unread(const Recipe& recipe, const ListingRequest& request) {
  check_request(recipe, request);
  ListingRequest next = request;
  ++next.page;
  ++next.unread;
  const PagingKind kind = recipe.paging.kind;
  // Offsets go on by what the pages before held on the average.
  if (kind == PagingKind::kOffset && request.page > 0) next.offset += request.offset / request.page;
  const bool known = kind == PagingKind::kPage || (kind == PagingKind::kOffset && next.offset > request.offset);
  if (request.item || !known || next.unread >= kMostUnread || next.page >= recipe.paging.max_pages) return std::nullopt;
  next.url = list_url(recipe, next, "");
  return next;
}

Json to_json(const ListingRequest& request) {
  Json json = {{"url", request.url}};
  if (!request.choices.empty()) json["choices"] = request.choices;
  if (request.start != 0) json["start"] = request.start;
  if (request.page != 0) json["page"] = request.page;
  if (request.offset != 0) json["offset"] = request.offset;
  if (request.unread != 0) json["unread"] = request.unread;
  if (const auto& item = request.item) {
    Json labels = Json::array();
    for (const Label& label : item->labels) labels.push_back({label.key, label.value});
    json["item"] = {{"id", item->id}, {"page", item->page_url}, {"labels", labels}};
  }
  return json;
}

ListingRequest listing_request_from_json(const Json& json, const std::string& where) {
  ListingRequest request;
  request.url = json_field<std::string>(json, "url", where);
  if (json.contains("choices"))
    request.choices = json_field<std::map<std::string, std::string>>(json, "choices", where);
  if (json.contains("start")) request.start = json_field<int>(json, "start", where);
  if (json.contains("page")) request.page = json_field<int>(json, "page", where);
  if (json.contains("offset")) request.offset = json_field<std::int64_t>(json, "offset", where);
  if (json.contains("unread")) request.unread = json_field<int>(json, "unread", where);
  if (const auto found = json.find("item"); found != json.end()) {
    ListingItem& item = request.item.emplace();
    item.id = json_field<std::string>(*found, "id", where);
    item.page_url = json_field<std::string>(*found, "page", where);
    for (auto& [key, value] : json_field<std::vector<std::pair<std::string, std::string>>>(*found, "labels", where))
      item.labels.push_back({key, value});
  }
  return request;
}

}  // namespace ootd
