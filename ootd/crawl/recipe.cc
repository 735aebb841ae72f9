#include "ootd/crawl/recipe.h"

#include <algorithm>
#include <cstdio>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/toml.h"
#include "ootd/crawl/json_path.h"
#include "ootd/crawl/places.h"
#include "ootd/crawl/recipe_files.h"
#include "ootd/crawl/url_text.h"

namespace ootd {
namespace {

constexpr Word<ListingKind> kKinds[] = {{"json", ListingKind::kJson},
                                        {"html", ListingKind::kHtml},
                                        {"sitemap", ListingKind::kSitemap},
                                        {"feed", ListingKind::kFeed},
                                        {"table", ListingKind::kTable}};
constexpr Word<PagingKind> kPagings[] = {{"none", PagingKind::kNone},
                                         {"page", PagingKind::kPage},
                                         {"offset", PagingKind::kOffset},
                                         {"cursor", PagingKind::kCursor},
                                         {"next", PagingKind::kNext}};

bool holds(const auto& list, const std::string& text) {
  return std::ranges::find(list, text) != std::ranges::end(list);
}

std::string joined(const auto& list) {
  std::string text;
  for (const auto& each : list) text += (text.empty() ? "" : " ") + std::string(each);
  return text.empty() ? "none" : text;
}

class RecipeReader {
 public:
  RecipeReader(std::string_view text, const std::string& where, const RecipeSettings& settings)
      : parsed_(parse_toml(text, where)), root_(&parsed_, where), settings_(settings) {}

  Recipe read() {
    root_.field("name", recipe_.name);
    root_.field("version", recipe_.version);
    root_.field("about", recipe_.about);
    root_.field("permission", recipe_.permission);
    require(root_.has("name") && root_.has("kind") && root_.has("start"), root_,
            "fields \"name\", \"kind\" and \"start\" must be there");
    root_.word("kind", recipe_.kind, kKinds);
    root_.field("start", recipe_.start);
    root_.field("allow", allowed_);
    allowed_.insert(allowed_.end(), settings_.allow_fields.begin(), settings_.allow_fields.end());
    read_variables();
    read_matrix();
    for (const auto& [key, value] : settings_.set)
      require(variables_.contains(key) || axis(key) != nullptr, root_,
              "there is no \"" + key + "\" to set; known: " + joined(known_settings()));
    for (std::string& url : recipe_.start) url = filled(url);
    read_paging();
    read_items();
    read_labels(root_, recipe_.kind, recipe_.fields);
    read_constants();
    read_detail();
    read_politeness();
    root_.finish();
    check();
    return std::move(recipe_);
  }

 private:
  // With what the variables stand for; other placeholders are filled in when urls are made.
  std::string filled(const std::string& text) const {
    return expand(text, [&](const std::string& name) -> std::optional<std::string> {
      const auto found = variables_.find(name);
      return found == variables_.end() ? std::nullopt : std::optional(found->second);
    });
  }
  void text_field(TableReader& table, const char* name, std::string& value) const {
    table.field(name, value);
    value = filled(value);
  }
  RecipeAxis* axis(const std::string& key) {
    const auto found = std::ranges::find(recipe_.matrix, key, &RecipeAxis::key);
    return found == recipe_.matrix.end() ? nullptr : &*found;
  }
  std::vector<std::string> known_settings() const {
    std::vector<std::string> known;
    for (const auto& [key, value] : variables_) known.push_back(key);
    for (const RecipeAxis& each : recipe_.matrix) known.push_back(each.key);
    return known;
  }

  void read_variables() {
    TableReader table = root_.table("variables");
    for (const std::string& key : table.keys()) {
      TableReader variable = table.table(key.c_str());
      std::string about;
      variable.field("about", about);
      variable.field("default", variables_[key]);
      variable.finish();
      const auto given = std::ranges::count(settings_.set, key, &std::pair<std::string, std::string>::first);
      require(given <= 1, variable, "is set " + std::to_string(given) + " times");
      require(given == 1 || variable.has("default"), variable, "needs a value: --set " + key + "=... (" + about + ")");
      for (const auto& [name, value] : settings_.set)
        if (name == key) variables_[key] = value;
    }
  }

  // style = ["Casual", "Street"], or where urls call them otherwise: style = { Casual = "1", Street = "2" }
  void read_matrix() {
    TableReader table = root_.table("matrix");
    for (const std::string& key : table.keys()) {
      require(!variables_.contains(key), table, "\"" + key + "\" is a variable already");
      RecipeAxis all{key, {}}, chosen{key, {}};
      if (table.has_table(key.c_str())) {
        TableReader codes = table.table(key.c_str());
        for (const std::string& name : codes.keys()) {
          codes.field(name.c_str(), all.values.emplace_back(name, "").second);
          require(!name.empty(), codes, "a name is empty");
        }
      } else {
        std::vector<std::string> names;
        table.field(key.c_str(), names);
        for (const std::string& name : names) all.values.emplace_back(name, name);
      }
      std::vector<std::string> names;
      for (const auto& [name, code] : all.values) names.push_back(name);
      require(!names.empty(), table, "field \"" + key + "\" must hold at least one value");
      for (const auto& [name, value] : settings_.set) {
        if (name != key) continue;
        const auto found = std::ranges::find(names, value);
        require(found != names.end(), table, "there is no " + key + " \"" + value + "\"; known: " + joined(names));
        chosen.values.push_back(all.values[static_cast<std::size_t>(found - names.begin())]);
      }
      recipe_.matrix.push_back(chosen.values.empty() ? all : chosen);
    }
  }

  void read_paging() {
    TableReader table = root_.table("paging");
    Paging& paging = recipe_.paging;
    table.word("kind", paging.kind, kPagings);
    if (paging.kind == PagingKind::kOffset) paging.first = 0;
    table.field("first", paging.first);
    text_field(table, "next", paging.next);
    table.field("max_pages", paging.max_pages);
    table.field("until_empty", paging.until_empty);
    table.finish();
    require(paging.max_pages >= 1, table, "max_pages must be at least 1");
    const bool by_next = paging.kind == PagingKind::kCursor || paging.kind == PagingKind::kNext;
    require(by_next == !paging.next.empty(), table, "kinds cursor and next, and no others, need the field \"next\"");
    require(!by_next || has_places(recipe_.kind), table, "kinds cursor and next go with json and html only");
    if (by_next) check_place(recipe_.kind, paging.next, table.where() + ": field \"next\"");
  }

  void read_url(TableReader table, ListingKind kind, UrlPlace& url) {
    text_field(table, "from", url.from);
    text_field(table, "url", url.url);
    if (!url.from.empty()) check_place(kind, url.from, table.where() + ": field \"from\"");
    require(url.url.empty() || holds(placeholders(url.url), "value"), table, "field \"url\" must hold {value}");
    std::vector<std::string> pairs;
    table.field("replace", pairs);
    require(pairs.size() % 2 == 0, table, "field \"replace\" must hold pairs: what, by what, ...");
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
      require(!pairs[i].empty(), table, "field \"replace\" must not replace the empty text");
      url.replace.emplace_back(pairs[i], pairs[i + 1]);
    }
    table.finish();
  }

  void read_items() {
    TableReader table = root_.table("items");
    text_field(table, "at", recipe_.items);
    text_field(table, "id", recipe_.id);
    table.finish();
    require(recipe_.items.empty() == !has_places(recipe_.kind), table,
            "kinds json and html, and no others, need the field \"at\": where the items stand");
    if (recipe_.kind == ListingKind::kJson) JsonPath(recipe_.items, table.where() + ": field \"at\"");
    if (recipe_.kind == ListingKind::kHtml) check_place(recipe_.kind, recipe_.items, table.where() + ": field \"at\"");
    if (!recipe_.id.empty()) check_place(recipe_.kind, recipe_.id, table.where() + ": field \"id\"");
    read_url(root_.table("page"), recipe_.kind, recipe_.page);
    read_url(root_.table("image"), recipe_.kind, recipe_.image);
  }

  // [labels], and of [person] what is allowed.
  void read_labels(TableReader& parent, ListingKind kind, std::vector<RecipeField>& fields) {
    for (const bool person : {false, true}) {
      TableReader table = parent.table(person ? "person" : "labels");
      for (const std::string& key : table.keys()) {
        RecipeField field{key, ""};
        text_field(table, key.c_str(), field.from);
        check_place(kind, field.from, table.where() + ": field \"" + key + "\"");
        require(key != kEveryColumn || (kind == ListingKind::kTable && !person), table,
                "\"*\" (every other column) goes under [labels] of kind table only");
        require(person || !is_personal(key), table,
                "\"" + key + "\" is data about a person: it belongs under [person], which is read only where allowed");
        require(!is_program_key(key), table, "\"" + key + "\" is a label of the program's own; choose another name");
        if (person) person_keys_.push_back(key);
        if (!person || holds(allowed_, key)) fields.push_back(field);
      }
    }
  }

  void read_constants() {
    TableReader table = root_.table("constants");
    for (const std::string& key : table.keys()) {
      std::string value;
      text_field(table, key.c_str(), value);
      require(!is_program_key(key), table, "\"" + key + "\" is a label of the program's own; choose another name");
      for (const std::string& name : placeholders(value))
        require(axis(name) != nullptr, table, "field \"" + key + "\" names {" + name + "}, which is not in [matrix]");
      if (!value.empty()) recipe_.constants.emplace_back(key, value);
    }
  }

  void read_detail() {
    if (!root_.has("detail")) return;
    TableReader table = root_.table("detail");
    DetailPage& detail = recipe_.detail.emplace();
    table.word("kind", detail.kind, kKinds);
    require(has_places(detail.kind), table, "field \"kind\" must be json or html");
    text_field(table, "url", detail.url);
    for (const std::string& name : placeholders(detail.url))
      require(name == "page" || name == "id", table, "field \"url\" names {" + name + "}; known: {page} {id}");
    read_url(table.table("image"), detail.kind, detail.image);
    require(!detail.image.from.empty(), table, "[image] must say \"from\" where the image stands");
    read_labels(table, detail.kind, detail.fields);
    table.finish();
  }

  void read_politeness() {
    TableReader table = root_.table("politeness");
    Politeness& politeness = recipe_.politeness;
    table.field("requests_per_second", politeness.requests_per_second);
    table.field("connections", politeness.connections);
    table.field("min_delay_s", politeness.min_delay_s);
    table.field("user_agent_suffix", politeness.user_agent_suffix);
    std::string hours = "00:00-24:00";
    table.field("hours", hours);
    table.finish();
    int h1 = 0, m1 = 0, h2 = 0, m2 = 0, end = 0;
    const int read = std::sscanf(hours.c_str(), "%2d:%2d-%2d:%2d%n", &h1, &m1, &h2, &m2, &end);
    politeness.from_minute = h1 * 60 + m1;
    politeness.until_minute = h2 * 60 + m2;
    const auto good = [](int h, int m) { return h >= 0 && m >= 0 && m < 60 && h * 60 + m <= 24 * 60; };
    require(read == 4 && end == static_cast<int>(hours.size()) && good(h1, m1) && good(h2, m2) &&
                politeness.from_minute != politeness.until_minute,
            table, "field \"hours\" must be like \"22:00-06:00\"");
    require(politeness.requests_per_second > 0 && politeness.connections >= 1 && politeness.min_delay_s >= 0, table,
            "requests_per_second must be positive, connections at least 1, min_delay_s not negative");
    require(politeness.user_agent_suffix.find_first_of("\r\n") == std::string::npos, table,
            "user_agent_suffix must be one line");
  }

  void check() {
    require(!recipe_.start.empty(), root_, "field \"start\" must hold at least one url");
    const auto needed = recipe_.paging.kind == PagingKind::kPage     ? "page"
                        : recipe_.paging.kind == PagingKind::kOffset ? "offset"
                        : recipe_.paging.kind == PagingKind::kCursor ? "cursor"
                                                                     : "";
    for (const std::string& url : recipe_.start) {
      const auto names = placeholders(url);
      require(!url.empty(), root_, "field \"start\" holds an empty url");
      require(*needed == '\0' || holds(names, needed), root_, "start url \"" + url + "\" lacks {" + needed + "}");
      for (const std::string& name : names)
        require(
            name == needed || axis(name) != nullptr, root_,
            "start url \"" + url + "\" names {" + name + "}; known here: " + joined(known_settings()) + " " + needed);
    }
    require(!has_places(recipe_.kind) || recipe_.detail || !recipe_.image.from.empty(), root_,
            "[image] must say \"from\" where the image stands, or [detail] where a page holds it");
    for (const std::string& key : allowed_)
      require(holds(person_keys_, key), root_,
              "\"" + key +
                  "\" is allowed, but the recipe names no such data of persons; it names: " + joined(person_keys_));
  }

  const toml::table parsed_;
  TableReader root_;
  const RecipeSettings& settings_;
  Recipe recipe_;
  std::map<std::string, std::string> variables_;
  std::vector<std::string> allowed_, person_keys_;
};

}  // namespace

std::vector<std::string> recipe_names() {
  std::vector<std::string> names;
  for (const RecipeFile& file : recipe_files()) names.emplace_back(file.name);
  std::ranges::sort(names);
  return names;
}

Recipe parse_recipe(std::string_view toml, const std::string& where, const RecipeSettings& settings) {
  return RecipeReader(toml, where, settings).read();
}

Recipe find_recipe(const std::string& name_or_file, const RecipeSettings& settings) {
  if (name_or_file.ends_with(".toml")) return parse_recipe(read_text(name_or_file, 1 << 20), name_or_file, settings);
  for (const RecipeFile& file : recipe_files())
    if (file.name == name_or_file) return parse_recipe(file.text, "recipe " + name_or_file, settings);
  throw Error(Kind::kNotFound, "no recipe \"" + name_or_file + "\"; built in: " + joined(recipe_names()) +
                                   "; a recipe of your own is a file whose name ends in .toml");
}

}  // namespace ootd
