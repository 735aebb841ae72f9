#include "ootd/ingest/annotations.h"

#include <algorithm>
#include <array>
#include <optional>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/ingest/csv.h"
#include "ootd/ingest/parquet.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// The words for the field that names the photo; where a row fills several, the earlier counts.
constexpr std::array<std::string_view, 6> kFileFields = {"file", "path", "filename", "file_name", "image", "url"};
constexpr char kFileFieldsText[] = "file, path, filename, file_name, image or url";

std::optional<std::size_t> file_field_rank(std::string_view field) {
  const auto found = std::ranges::find(kFileFields, lower_case(field));
  if (found == kFileFields.end()) return std::nullopt;
  return found - kFileFields.begin();
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

std::string quoted_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return text;
}

// Names of the fields of one row with the photo's name picked out, whatever the format.
class RowBuilder {
 public:
  RowBuilder(const fs::path& folder, std::string where) : folder_(folder) { photo_.where = std::move(where); }

  void add(std::string_view field, const std::string& value) {
    if (const auto rank = file_field_rank(field)) {
      if (!value.empty()) names_[*rank] = value;
    } else {
      add_labels(photo_.labels, field, value);
    }
  }

  Listed finish() {
    const auto name = std::ranges::find_if(names_, [](const std::string& text) { return !text.empty(); });
    if (name == names_.end())
      photo_.reason = std::string("names no photo: one of ") + kFileFieldsText + " must be filled";
    else
      locate(photo_, folder_, *name);
    return std::move(photo_);
  }

 private:
  const fs::path& folder_;
  Listed photo_;
  std::array<std::string, kFileFields.size()> names_;
};

// Throws where no column names the photo.
void check_columns(const fs::path& file, const std::vector<std::string>& columns, const std::string& hint) {
  if (std::ranges::any_of(columns, [](const std::string& name) { return file_field_rank(name).has_value(); })) return;
  throw Error(Kind::kInput, file.string() + ": no column names the photo: found " + quoted_names(columns) +
                                ", expected one called " + kFileFieldsText + hint);
}

Listed failed_row(const std::string& where, const std::string& reason) {
  Listed row;
  row.where = where;
  row.reason = reason;
  return row;
}

std::string scalar_text(const Json& value, const std::string& field) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number() || value.is_boolean()) return dump_json(value);
  throw Error(Kind::kInput, "field \"" + field + "\" must be text, a number or a list of them");
}

void add_json_field(RowBuilder& row, const std::string& field, const Json& value) {
  if (value.is_null()) return;
  if (!value.is_array()) return row.add(field, scalar_text(value, field));
  for (const Json& one : value) row.add(field, scalar_text(one, field));
}

Listed jsonl_row(const fs::path& folder, const std::string& where, std::string_view text) {
  const Json object = parse_json(text, where);
  if (!object.is_object()) throw Error(Kind::kInput, "is not a JSON object");
  const auto labels = object.find("labels");
  const bool labels_apart = labels != object.end() && labels->is_object();
  RowBuilder row(folder, where);
  for (const auto& [field, value] : object.items())
    if (!labels_apart || file_field_rank(field)) add_json_field(row, field, value);
  if (labels_apart)
    for (const auto& [field, value] : labels->items()) add_json_field(row, field, value);
  return row.finish();
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

fs::path absolute_path(const fs::path& path) {
  fs::path tidy;
  for (const fs::path& part : fs::absolute(path))
    if (part != "." && !part.empty()) tidy /= part;
  return tidy;
}

void locate(Listed& photo, const fs::path& folder, const std::string& name) {
  const std::string start = lower_case(name.substr(0, 8));
  if (start.starts_with("http://") || start.starts_with("https://"))
    photo.reason = name + " is a url; fetch it first (ootd crawl) or give a path";
  else if (name.empty())
    photo.reason = "the name of the photo is empty";
  else if (name.find('\0') != std::string::npos)
    photo.reason = "the name of the photo holds a zero byte";
  else
    photo.path = absolute_path(folder / name);
}

void add_labels(std::vector<Label>& labels, std::string_view field, std::string_view value) {
  std::string key(trim(field));
  const std::string word = lower_case(key);
  if (word == "width" || word == "height") return;
  // A column without a name is the row number that some table programs write.
  if (key.empty()) return;
  if (word == "style" || word == "styles")
    key = kStyleKey;
  else if (word == "tags")
    key = "tag";
  else if (word == "labels")
    key = "label";
  else if (word == kSplitKey)
    key = kSplitKey;
  while (true) {
    const std::size_t end = value.find('|');
    if (const auto one = trim(value.substr(0, end)); !one.empty()) labels.push_back({key, std::string(one)});
    if (end == std::string_view::npos) return;
    value.remove_prefix(end + 1);
  }
}

void read_csv(const fs::path& file, const ListingSink& sink) {
  const std::string text = read_text(file, kMaxAnnotationBytes);
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF"))
    throw Error(Kind::kInput, file.string() + ": is UTF-16; save it as UTF-8");
  CsvReader reader(text);
  const auto header = reader.next();
  if (!header) throw Error(Kind::kInput, file.string() + ": is empty; the first row must hold the column names");
  std::vector<std::string> columns;
  for (const std::string& name : header->fields) columns.emplace_back(trim(name));
  check_columns(file, columns, " (columns are parted by commas)");
  const fs::path folder = file.parent_path();
  while (const auto row = reader.next()) {
    const std::string where = file.string() + ":" + std::to_string(row->line);
    if (!row->problem.empty()) {
      sink(failed_row(where, row->problem));
    } else if (row->fields.size() != columns.size()) {
      sink(failed_row(where, "has " + std::to_string(row->fields.size()) + " fields, the first row names " +
                                 std::to_string(columns.size()) + " columns: " + quoted_names(columns)));
    } else {
      RowBuilder photo(folder, where);
      for (std::size_t i = 0; i < columns.size(); ++i) photo.add(columns[i], row->fields[i]);
      sink(photo.finish());
    }
  }
}

void read_jsonl(const fs::path& file, const ListingSink& sink) {
  const std::string text = read_text(file, kMaxAnnotationBytes);
  const fs::path folder = file.parent_path();
  std::string_view rest = text;
  if (rest.starts_with("\xEF\xBB\xBF")) rest.remove_prefix(3);
  for (int line = 1; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view row = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (row.empty()) continue;
    const std::string where = file.string() + ":" + std::to_string(line);
    try {
      sink(jsonl_row(folder, where, row));
    } catch (const Error& error) {
      sink(failed_row(where, error.what()));
    }
  }
}

// A column that names the photo must be readable; of the others those that are become labels.
void read_parquet(const fs::path& file, const ListingSink& sink) {
  const MappedFile mapped(file);
  const auto bytes = mapped.bytes();
  ParquetReader reader({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.string() + ": ");
  std::vector<std::string> names;
  std::vector<std::size_t> selected;
  for (const auto& [name, is_bytes, problem] : reader.columns()) {
    names.emplace_back(trim(name));
    if (file_field_rank(names.back()) || (problem.empty() && !is_bytes))
      selected.push_back(names.size() - 1);
    else
      sink(failed_row(file.string() + ":" + names.back(),
                      "the column is left out: it " + (is_bytes ? "holds bytes that are no text" : problem)));
  }
  check_columns(file, names, "");
  reader.select(selected);
  const fs::path folder = file.parent_path();
  while (const auto cells = reader.next()) {
    RowBuilder photo(folder, file.string() + ":" + std::to_string(reader.next_row()));
    for (std::size_t i = 0; i < selected.size(); ++i)
      if (const auto& cell = (*cells)[i]) photo.add(names[selected[i]], *cell);
    sink(photo.finish());
  }
}

}  // namespace ootd
