// A recipe says how one sort of site lists its photos: where a list starts and goes on, where in an answer the image,
// its id and its labels stand, and how politely the site is to be asked. Recipes are TOML files; docs/crawling.md
// explains each field and the dialect of paths. Built-in ones lie in recipes/ and are part of the program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ootd {

enum class ListingKind {
  kJson,     // paths: $.data.list[*]
  kHtml,     // CSS selectors: li.look img @data-src
  kSitemap,  // sitemaps and indexes of sitemaps
  kFeed,     // RSS and Atom
  kTable,    // lists of urls: CSV, JSON lines, Parquet, or one url a line, told apart by the name's ending
};

enum class PagingKind {
  kNone,
  kPage,    // {page} counts from `first`
  kOffset,  // {offset} grows by the number of items of each page
  kCursor,  // {cursor} is what the answer holds at `next`
  kNext,    // the answer holds the next page's url at `next`
};

struct Paging {
  PagingKind kind = PagingKind::kNone;
  int first = 1;     // of kOffset: 0
  std::string next;  // a path (JSON) or selector (HTML); sitemap indexes are followed without it
  int max_pages = 10'000;
  bool until_empty = true;  // a page without items is the last one; false: only max_pages or a missing `next` ends
};

// A place is where in an item something stands: "$.brand.name" in JSON, "a.brand @title" in HTML, the name of a column
// in a table, of an element in a feed. "A || B": B where A gives nothing.
struct RecipeField {
  std::string key;  // the label it becomes; "*" in tables: every column that is named nowhere, but data of persons
  std::string from;
};

// Where a url stands, and how the best size is asked for. A srcset gives its largest picture.
struct UrlPlace {
  std::string from;                                          // may match several: $.images[*].src
  std::vector<std::pair<std::string, std::string>> replace;  // plain texts, in order: "_300x", ""
  std::string url;  // then a template around it, "https://img.example{value}"; empty: it is the url itself
};

// One list is read for each combination of the axes' values: style x section.
struct RecipeAxis {
  std::string key;
  std::vector<std::pair<std::string, std::string>> values;  // its name (the label), and what stands for it in urls
};

// The second step: each item's own page holds the image (and further labels).
struct DetailPage {
  ListingKind kind = ListingKind::kHtml;  // kJson or kHtml
  std::string url = "{page}";             // a template; also {id}: "https://shop.example/looks/{id}.json"
  UrlPlace image;
  std::vector<RecipeField> fields;
};

struct Politeness {
  double requests_per_second = 1;               // to one host
  int connections = 2;                          // to one host at once
  double min_delay_s = 0;                       // between two requests to one host, whatever robots.txt says
  int from_minute = 0, until_minute = 24 * 60;  // local time of day; from > until spans midnight
  std::string user_agent_suffix;                // after "ootd/VERSION (+CONTACT)"
};

struct Recipe {
  std::string name;
  int version = 1;
  std::string about, permission;  // shown to the user before the first request
  ListingKind kind = ListingKind::kJson;
  std::vector<std::string> start;  // url templates: of the axes' keys, {page}, {offset} and {cursor}
  std::vector<RecipeAxis> matrix;
  Paging paging;
  std::string items;  // path or selector; empty for sitemaps, feeds and tables
  std::string id;
  UrlPlace page, image;
  std::optional<DetailPage> detail;
  std::vector<RecipeField> fields;  // those of persons only where allowed
  // Label key and template of the axes' names: {"style", "{style}"}, {"source", "musinsa"}; empty ones give no label.
  std::vector<std::pair<std::string, std::string>> constants;
  Politeness politeness;
};

// What the command line says.
struct RecipeSettings {
  // --set key=value; --style S is {"style", S}. A key of the matrix may be given several times: only these are read.
  std::vector<std::pair<std::string, std::string>> set;
  // Label keys of the recipe's [person] table (gender, height ...) that may be kept; the recipe may allow some itself.
  std::vector<std::string> allow_fields;
};

std::vector<std::string> recipe_names();  // the built-in ones, sorted

// By a built-in name, or a path that ends in .toml. Throws Error(kNotFound) naming the built-in ones; Error(kInput)
// naming file and field, also for fields that are not known and for variables that are not known or lack a value.
Recipe find_recipe(const std::string& name_or_file, const RecipeSettings& settings = {});
Recipe parse_recipe(std::string_view toml, const std::string& where, const RecipeSettings& settings = {});

}  // namespace ootd
