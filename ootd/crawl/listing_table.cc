// Lists of urls: CSV with a first row of names, JSON lines, or one url a line.
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "ootd/crawl/gzip.h"
#include "ootd/crawl/places.h"
#include "ootd/crawl/url_text.h"
#include "ootd/ingest/annotations.h"
#include "ootd/ingest/csv.h"

namespace ootd {
namespace {

constexpr std::string_view kUrlNames[] = {"url", "image_url", "image", "img", "src"};

using Columns = std::vector<std::pair<std::string, std::string>>;  // name, value

bool same_name(std::string_view a, std::string_view b) { return lower_case(tidy_text(a)) == lower_case(tidy_text(b)); }

// Several values of one field are parted by "|", as in the files of `ootd import`; a url is one value.
std::vector<std::string> values_of(const Columns& columns, std::string_view place, bool separate) {
  return first_of(place, [&](std::string_view name) {
    std::vector<std::string> values;
    for (const auto& [column, value] : columns) {
      if (!same_name(column, name)) continue;
      for (std::size_t at = 0, end = 0; end != std::string::npos; at = end + 1) {
        end = separate ? value.find('|', at) : std::string::npos;
        if (std::string one = tidy_text(value.substr(at, end - at)); !one.empty()) values.push_back(std::move(one));
      }
    }
    return values;
  });
}

// Whether the recipe reads this column, or would, were it allowed to.
bool is_named(const Recipe& recipe, std::string_view column) {
  std::vector<std::string> places = {recipe.id, recipe.page.from, recipe.image.from};
  for (const RecipeField& field : recipe.fields) places.push_back(field.from);
  places.insert(places.end(), std::begin(kUrlNames), std::end(kUrlNames));
  bool named = is_personal(tidy_text(column));
  for (const std::string& place : places)
    first_of(place, [&](std::string_view name) -> std::vector<std::string> {
      named = named || same_name(name, column);
      return {};
    });
  return named;
}

struct TableRow {
  Columns columns;
  std::string problem;  // not empty: the row can not be read
};

// The rows from some byte on, whatever the format.
struct TableRows {
  std::function<std::optional<TableRow>()> next;
  std::function<std::size_t()> offset;  // in the text, of the row that next() reads
};

TableRows csv_rows(std::string_view text, std::size_t start) {
  CsvReader head(text);
  auto header = std::make_shared<const std::optional<CsvRow>>(head.next());
  const std::size_t begin = std::max(start, head.offset());
  auto reader = std::make_shared<CsvReader>(text.substr(begin));
  const auto next = [=]() -> std::optional<TableRow> {
    auto row = reader->next();
    if (!row) return std::nullopt;
    if (!row->problem.empty()) return TableRow{{}, row->problem};
    const auto& names = (*header)->fields;
    if (row->fields.size() != names.size())
      return TableRow{{},
                      "has " + std::to_string(row->fields.size()) + " fields, the first row names " +
                          std::to_string(names.size()) + " columns"};
    TableRow table_row;
    for (std::size_t i = 0; i < names.size(); ++i) table_row.columns.emplace_back(names[i], row->fields[i]);
    return table_row;
  };
  return {next, [=] { return begin + reader->offset(); }};
}

TableRow jsonl_row(std::string_view line) {
  TableRow row;
  try {
    const Json object = parse_json(line, "the line");
    if (!object.is_object()) return {{}, "is no JSON object"};
    for (const auto& [name, value] : object.items())
      for (const std::string& text : values_at(value, value.is_array() ? "$[*]" : "$"))
        row.columns.emplace_back(name, text);
  } catch (const Error& error) {
    row.problem = error.what();
  }
  return row;
}

TableRow url_row(std::string_view line) {
  if (line.starts_with("http://") || line.starts_with("https://")) return {{{"url", std::string(line)}}, ""};
  return {{}, "is no http(s) url: \"" + std::string(line.substr(0, 60)) + "\""};
}

// Empty lines are no rows; in lists of urls, lines that begin with # are remarks.
TableRows line_rows(std::string_view text, std::size_t start, bool jsonl) {
  auto at = std::make_shared<std::size_t>(start == 0 && text.starts_with("\xEF\xBB\xBF") ? 3 : start);
  const auto next = [=]() -> std::optional<TableRow> {
    while (*at < text.size()) {
      const std::size_t end = std::min(text.find('\n', *at), text.size());
      const std::string line = tidy_text(text.substr(*at, end - *at));
      *at = std::min(end + 1, text.size());
      if (line.empty() || (!jsonl && line.starts_with('#'))) continue;
      return jsonl ? jsonl_row(line) : url_row(line);
    }
    return std::nullopt;
  };
  return {next, [=] { return *at; }};
}

void add_row(ListingBuilder& listing, const std::string& where, const Columns& columns, bool every_column) {
  ListingBuilder::Known known;
  for (const std::string_view name : kUrlNames)
    if (known.images.empty()) known.images = values_of(columns, name, /*separate=*/false);
  for (const auto& [name, value] : columns)
    if (every_column && !is_named(listing.recipe, name)) add_labels(known.labels, name, value);
  const auto is_label = [&](std::string_view place) {
    return std::ranges::any_of(listing.recipe.fields, [&](const RecipeField& field) { return field.from == place; });
  };
  listing.add(where, [&](std::string_view place) { return values_of(columns, place, is_label(place)); }, known);
}

}  // namespace

void list_table(ListingBuilder& listing) {
  const std::string_view text = listing.answer.body;
  const bool local = listing.request.is_local();
  const std::string name = lower_case(listing.request.url.substr(0, listing.request.url.find('?')));
  if (is_gzip(text)) listing.fail("the list is compressed; unpack it first (gunzip)");
  if (text.starts_with("PAR1"))
    listing.fail("Parquet is not read; convert the list, in Python: pandas.read_parquet(F).to_csv(G, index=False)");
  const std::size_t start = local ? std::min(static_cast<std::size_t>(listing.request.offset), text.size()) : 0;
  const bool csv = name.ends_with(".csv") || listing.answer.content_type.starts_with("text/csv");
  const TableRows rows =
      csv ? csv_rows(text, start) : line_rows(text, start, name.ends_with(".jsonl") || name.ends_with(".ndjson"));
  const bool every_column =
      std::ranges::any_of(listing.recipe.fields, [](const RecipeField& field) { return field.key == kEveryColumn; });
  const std::size_t first = static_cast<std::size_t>(listing.request.page) * kTableItems + 1;
  for (std::size_t n = 0; !local || n < kTableItems; ++n) {
    const auto row = rows.next();
    if (!row) return;
    const std::string where = "row " + std::to_string(first + n);
    if (row->problem.empty()) {
      add_row(listing, where, row->columns, every_column);
    } else {
      ++listing.items;
      listing.problem(where + " " + row->problem);
    }
  }
  ListingRequest more = listing.request;
  ++more.page;
  more.offset = static_cast<std::int64_t>(rows.offset());
  listing.page.next.push_back(std::move(more));
}

}  // namespace ootd
