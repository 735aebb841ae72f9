// Inside this folder: how the kinds of listing read the places of a recipe.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/crawl/dom.h"
#include "ootd/crawl/listing.h"
#include "ootd/crawl/recipe.h"

namespace ootd {

// The key and the place, in tables, of all columns that the recipe does not name.
inline constexpr char kEveryColumn[] = "*";

// JSON and HTML: items and fields have places of their own. Elsewhere the format knows.
inline bool has_places(ListingKind kind) { return kind == ListingKind::kJson || kind == ListingKind::kHtml; }

// Whether a label of this key can only be about a person: "gender", "user".
bool is_personal(std::string_view key);

// Throws Error(kInput) naming `where` for a place that is no path or selector; the other kinds take any name.
void check_place(ListingKind kind, std::string_view place, const std::string& where);

// All that stands at a place and is not blank, as it stands there (HTML's texts: tidy); the alternatives of "A || B"
// are tried in turn. The ones that throw are Error(kInput).
std::vector<std::string> values_at(const Json& item, std::string_view place);
// "SELECTOR @attribute", text without @. The attribute of a name that ends in "srcset" is the largest picture of it;
// "@image" of an <img> or <picture> is the address of the picture that it shows, however it is loaded.
std::vector<std::string> values_at(xmlNode* item, std::string_view place);

// The first alternative for which `find` gives something.
std::vector<std::string> first_of(std::string_view place,
                                  const std::function<std::vector<std::string>(std::string_view)>& find);

// One answer on its way to a ListingPage. Each kind of listing reads its items, and hands each to add().
struct ListingBuilder {
  using ValuesAt = std::function<std::vector<std::string>(std::string_view place)>;

  // What a format says of an item without being asked by a recipe.
  struct Known {
    std::vector<std::string> images = {};  // used where the recipe names no place for the image
    std::vector<Label> labels = {};
  };
  // where: "url number 3".
  void add(const std::string& where, const ValuesAt& values_at, const Known& known);
  void problem(const std::string& what) { page.problems.push_back(answer.url + ": " + what); }
  // What `read` gives; its Error(kInput) means that the answer as a whole is not what the recipe knows.
  template <class Read>
  auto read_whole(const Read& read) const {
    try {
      return read();
    } catch (const Error& error) {
      fail(error.what());
    }
  }
  // The site has changed: Error(kInput) with recipe, version and url.
  [[noreturn]] void fail(const std::string& what) const;

  const Recipe& recipe;
  const ListingRequest& request;
  const ListingAnswer& answer;
  std::string base;  // what relative links start from
  ListingPage page = {};
  std::int64_t items = 0;              // so far, with those that could not be read
  std::vector<std::string> next = {};  // what stands at paging.next
};

// As opt_outs_of_html().
OptOuts opt_outs_of(const Dom& dom, std::string_view product);

// One file each. Throw Error(kInput) through fail().
void list_json(ListingBuilder& listing);
void list_html(ListingBuilder& listing);
void list_sitemap(ListingBuilder& listing);
void list_feed(ListingBuilder& listing);
void list_table(ListingBuilder& listing);

}  // namespace ootd
