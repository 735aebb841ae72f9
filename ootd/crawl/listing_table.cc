// Lists of urls: CSV with a first row of names, JSON lines, Parquet, or one url a line.
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

#include "ootd/base/gzip.h"
#include "ootd/crawl/places.h"
#include "ootd/crawl/url_text.h"
#include "ootd/ingest/annotations.h"
#include "ootd/ingest/csv.h"
#include "ootd/ingest/parquet.h"

namespace ootd {
namespace {

constexpr std::size_t kPartBytes = 16u << 20;       // of a local list, when unpacked
constexpr std::size_t kMaxWholeBytes = 128u << 20;  // of one from the web, which is read at once
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
        if (std::string one(trimmed(std::string_view(value).substr(at, end - at))); !one.empty())
          values.push_back(std::move(one));
      }
    }
    return values;
  });
}

bool is_url_name(std::string_view column) {
  return std::ranges::any_of(kUrlNames, [&](std::string_view name) { return same_name(name, column); });
}

// Whether a place of the recipe names this column.
bool is_place(const Recipe& recipe, std::string_view column) {
  std::vector<std::string> places = {recipe.id, recipe.page.from, recipe.image.from};
  for (const RecipeField& field : recipe.fields) places.push_back(field.from);
  bool named = false;
  for (const std::string& place : places)
    first_of(place, [&](std::string_view name) -> std::vector<std::string> {
      named = named || same_name(name, column);
      return {};
    });
  return named;
}

// Whether the recipe reads this column, or would, were it allowed to.
bool is_named(const Recipe& recipe, std::string_view column) {
  return is_personal(tidy_text(column)) || is_url_name(column) || is_place(recipe, column);
}

struct TableRow {
  Columns columns;
  std::string problem;  // not empty: the row can not be read
};

// The rows from some byte on, whatever the format.
struct TableRows {
  std::function<std::optional<TableRow>()> next;
  std::function<std::size_t()> offset;  // in the text, of the row that next() reads; of Parquet its number
};

std::size_t bytes_of(const TableRow& row) {
  std::size_t bytes = sizeof row;
  for (const auto& [name, value] : row.columns) bytes += name.size() + value.size();
  return bytes;
}

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
  if (is_http_url(line)) return {{{"url", std::string(line)}}, ""};
  return {{}, "is no http(s) url: \"" + std::string(line.substr(0, 60)) + "\""};
}

// Empty lines are no rows; in lists of urls, lines that begin with # are remarks.
TableRows line_rows(std::string_view text, std::size_t start, bool jsonl) {
  auto at = std::make_shared<std::size_t>(start == 0 && text.starts_with("\xEF\xBB\xBF") ? 3 : start);
  const auto next = [=]() -> std::optional<TableRow> {
    while (*at < text.size()) {
      const std::size_t end = std::min(text.find('\n', *at), text.size());
      const std::string_view line = trimmed(text.substr(*at, end - *at));
      *at = std::min(end + 1, text.size());
      if (line.empty() || (!jsonl && line.starts_with('#'))) continue;
      return jsonl ? jsonl_row(line) : url_row(line);
    }
    return std::nullopt;
  };
  return {next, [=] { return *at; }};
}

// Reads only the columns that the recipe does. One that it names must be readable; of those that "*" takes, and of the
// names of urls, the others will do.
TableRows parquet_rows(ListingBuilder& listing, std::size_t start, bool every_column) {
  const auto reader = std::make_shared<ParquetReader>(listing.answer.body, "");
  const auto& columns = reader->columns();
  const bool has_url = std::ranges::any_of(
      columns, [](const ParquetColumn& column) { return column.problem.empty() && is_url_name(column.name); });
  const bool needs_url = !has_url && listing.recipe.image.from.empty();
  std::vector<std::size_t> wanted;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const auto& [name, is_bytes, problem] = columns[i];
    const bool named = is_place(listing.recipe, name) || (is_url_name(name) && (problem.empty() || needs_url));
    const bool taken = every_column && !is_named(listing.recipe, name);
    if (named || (taken && problem.empty() && !is_bytes))
      wanted.push_back(i);
    else if (taken && listing.request.page == 0)
      listing.problem("column \"" + name + "\" is left out: it " +
                      (is_bytes ? "holds bytes that are no text" : problem));
  }
  reader->select(wanted, static_cast<std::int64_t>(start));
  const auto next = [=]() -> std::optional<TableRow> {
    auto cells = reader->next();
    if (!cells) return std::nullopt;
    TableRow row;
    for (std::size_t i = 0; i < wanted.size(); ++i)
      if (auto& cell = (*cells)[i]) row.columns.emplace_back(reader->columns()[wanted[i]].name, std::move(*cell));
    return row;
  };
  return {next, [=] { return static_cast<std::size_t>(reader->next_row()); }};
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
  const bool parquet = name.ends_with(".parquet") || text.starts_with("PAR1");
  const std::size_t given = local ? static_cast<std::size_t>(listing.request.offset) : 0;
  const std::size_t start = parquet ? given : std::min(given, text.size());
  const bool csv = name.ends_with(".csv") || listing.answer.content_type.starts_with("text/csv");
  const bool every_column =
      std::ranges::any_of(listing.recipe.fields, [](const RecipeField& field) { return field.key == kEveryColumn; });
  const TableRows rows = listing.read_whole([&] {
    return parquet ? parquet_rows(listing, start, every_column)
           : csv   ? csv_rows(text, start)
                   : line_rows(text, start, name.ends_with(".jsonl") || name.ends_with(".ndjson"));
  });
  const std::size_t first = (parquet ? start : static_cast<std::size_t>(listing.request.page) * kTableItems) + 1;
  std::size_t unpacked = 0;  // bytes, of which a packed list may hold any number
  for (std::size_t n = 0; !local || (n < kTableItems && unpacked < kPartBytes); ++n) {
    const auto row = listing.read_whole([&] { return rows.next(); });
    if (!row) return;
    if (parquet) unpacked += bytes_of(*row);
    if (unpacked > kMaxWholeBytes) listing.fail("is too large when unpacked; download it and give its path");
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
