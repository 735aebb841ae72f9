// CSV, JSON lines, lists of JSON objects and Parquet: a row for each photo, or for each box.
#include <algorithm>
#include <array>
#include <map>

#include "ootd/base/error.h"
#include "ootd/base/io.h"
#include "ootd/base/unicode.h"
#include "ootd/ingest/annotations.h"
#include "ootd/ingest/boxes.h"
#include "ootd/ingest/csv.h"
#include "ootd/ingest/parquet.h"
#include "ootd/ingest/text_encoding.h"

namespace ootd {
namespace {

namespace fs = std::filesystem;

// The words for the field that names the photo; where a row fills several, the earlier counts.
constexpr std::array<std::string_view, 10> kFileFields = {
    "file", "path", "filename", "file_name", "filepath", "image_path", "image_file", "img", "image", "url"};
constexpr char kFileFieldsText[] = "file, path, filename, file_name, image or url";
// Corners of a box, in pixels; one for each row.
constexpr std::array<std::string_view, 4> kCorners = {"xmin", "ymin", "xmax", "ymax"};
// The word for what is in it, the first that there is.
constexpr std::array<std::string_view, 4> kClassFields = {"class", "category", "label", "name"};

std::optional<std::size_t> file_field_rank(std::string_view field) {
  const auto found = std::ranges::find(kFileFields, lower_case(label_text(field)));
  if (found == kFileFields.end()) return std::nullopt;
  return found - kFileFields.begin();
}

std::string quoted_names(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return text;
}

std::string scalar_text(const Json& value) { return value.is_string() ? value.get<std::string>() : dump_json(value); }

bool is_scalar(const Json& value) { return value.is_string() || value.is_number() || value.is_boolean(); }

// Hugging Face's objects: {"bbox": [[x, y, w, h]], "categories": ["top"]}, or a list of {"bbox": ..., "category": ...}.
void add_objects(Listed& photo, const Json& objects, ListingNotes& notes) {
  constexpr std::array<const char*, 7> kWords = {"categories", "category", "category_name", "labels",
                                                 "label",      "class",    "names"};
  const auto add = [&](const Json& box, const Json& word) {
    try {
      Garment garment;
      garment.category = is_scalar(word) ? scalar_text(word) : "";
      garment.box = box_of(box, "objects");
      photo.garments.push_back(std::move(garment));
    } catch (const Error&) {
      add_to(notes.boxes, "unreadable", photo.where);
    }
  };
  const auto word_of = [&](const Json& object) -> const Json* {
    for (const char* name : kWords)
      if (const auto found = object.find(name); found != object.end()) return &*found;
    return nullptr;
  };
  static const Json kNone;
  if (objects.is_array()) {
    for (const Json& object : objects)
      if (object.is_object() && object.contains("bbox")) {
        const Json* word = word_of(object);
        add(object["bbox"], word != nullptr ? *word : kNone);
      }
    return;
  }
  const auto boxes = objects.find("bbox");
  if (boxes == objects.end() || !boxes->is_array()) return;
  const Json* words = word_of(objects);
  for (std::size_t i = 0; i < boxes->size(); ++i)
    add((*boxes)[i], words != nullptr && words->is_array() && i < words->size() ? (*words)[i] : kNone);
}

// Names of the fields of one row with the photo's name picked out, whatever the format.
class RowBuilder {
 public:
  RowBuilder(Gathering& photos, std::string where) : photos_(photos) { photo_.where = std::move(where); }

  void add(std::string_view field, const std::string& value) {
    const std::string word = lower_case(label_text(field));
    if (const auto rank = file_field_rank(field)) {
      if (!label_text(value).empty()) names_[*rank] = value;
    } else if ((word == "objects" && value.find("bbox") != std::string::npos) ||
               (value.starts_with("[{") && value.find("labels\"") != std::string::npos)) {
      add_json(field, parse_json(value, photo_.where));
    } else {
      fields_.emplace_back(field, value);
    }
  }

  void add_json(std::string_view field, const Json& value) {
    if (value.is_null()) return;
    const std::string word = lower_case(label_text(field));
    if (is_scalar(value)) return add(field, scalar_text(value));
    if (word == "objects" || word == "garments") {
      photo_.says_boxes = true;
      return word == "objects" ? add_objects(photo_, value, photos_.notes) : add_garments(photo_, value, photos_.notes);
    }
    if (value.is_array() && std::ranges::all_of(value, is_scalar)) {
      for (const Json& one : value) add(field, scalar_text(one));
      return;
    }
    if (add_studio_boxes(photo_, value, photos_.notes)) return;
    add_to(photos_.notes.ignored_columns, std::string(field), photo_.where);
  }

  // The photo's labels are the row's fields, or, where it has an object "labels", those of that.
  void add_object(const Json& object) {
    const auto labels = object.find("labels");
    const bool labels_apart = labels != object.end() && labels->is_object();
    for (const auto& [field, value] : object.items()) {
      const std::string word = lower_case(field);
      if (!labels_apart || file_field_rank(field) || word == "garments" || word == "objects") add_json(field, value);
    }
    if (labels_apart)
      for (const auto& [field, value] : labels->items()) add_json(field, value);
  }

  Listed finish() {
    const auto name = std::ranges::find_if(names_, [](const std::string& text) { return !text.empty(); });
    if (name == names_.end())
      photo_.reason = std::string("names no photo: one of ") + kFileFieldsText + " must be filled";
    else
      photos_.photos.locate(photo_, photos_.folder(), *name);
    const std::vector<std::string> used = add_corners();
    for (const auto& [field, value] : fields_)
      if (std::ranges::find(used, lower_case(label_text(field))) == used.end())
        add_labels(photo_, field, value, photos_.notes);
    return std::move(photo_);
  }

 private:
  const std::string* find(std::string_view word) const {
    for (const auto& [field, value] : fields_)
      if (lower_case(label_text(field)) == word) return &value;
    return nullptr;
  }

  // Returns the fields that the box is made of, which are no labels.
  std::vector<std::string> add_corners() {
    std::array<double, 4> at = {};
    for (std::size_t i = 0; i < kCorners.size(); ++i) {
      const std::string* text = find(kCorners[i]);
      if (text == nullptr) return {};
      at[i] = parse_number(*text).value_or(0);
    }
    photo_.says_boxes = true;
    std::vector<std::string> used(kCorners.begin(), kCorners.end());
    Garment garment;
    for (const std::string_view field : kClassFields)
      if (const std::string* word = find(field)) {
        garment.category = label_text(*word);
        used.emplace_back(field);
        break;
      }
    garment.box = {static_cast<float>(at[0]), static_cast<float>(at[1]), static_cast<float>(at[2] - at[0]),
                   static_cast<float>(at[3] - at[1])};
    const std::string *width = find("width"), *height = find("height");
    if (width != nullptr && height != nullptr) {
      const double w = parse_number(*width).value_or(0), h = parse_number(*height).value_or(0);
      if (w > 0 && h > 0) photo_.frame = {Frame::Unit::kBitmap, w, h};
    }
    if (garment.box.w >= kSmallestSide && garment.box.h >= kSmallestSide && !garment.category.empty())
      photo_.garments.push_back(std::move(garment));
    else if (!garment.category.empty() || garment.box.area() != 0)
      add_to(photos_.notes.boxes, "unreadable", photo_.where);
    return used;
  }

  Gathering& photos_;
  Listed photo_;
  std::array<std::string, kFileFields.size()> names_;
  std::vector<std::pair<std::string, std::string>> fields_;
};

// Throws where no column names the photo.
void check_columns(const fs::path& file, const std::vector<std::string>& columns, const std::string& hint) {
  if (std::ranges::any_of(columns, [](const std::string& name) { return file_field_rank(name).has_value(); })) return;
  throw Error(Kind::kInput, file.string() + ": no column names the photo: found " + quoted_names(columns) +
                                ", expected one called " + kFileFieldsText + hint);
}

std::vector<std::string> header_of(CsvReader& reader) {
  std::vector<std::string> columns;
  if (const auto header = reader.next())
    for (const std::string& name : header->fields) columns.push_back(label_text(name));
  return columns;
}

// The sign that parts the columns such that one of them names the photo; a comma where none does.
char separator_of(std::string_view text) {
  for (const char separator : {',', ';', '\t'}) {
    CsvReader reader(text, separator);
    const auto columns = header_of(reader);
    if (std::ranges::any_of(columns, [](const std::string& name) { return file_field_rank(name).has_value(); }))
      return separator;
  }
  return ',';
}

void add_json_row(const Json& object, const std::string& where, Gathering& photos) {
  if (!object.is_object()) throw Error(Kind::kInput, "is not a JSON object");
  RowBuilder row(photos, where);
  row.add_object(object);
  photos.add(row.finish());
}

}  // namespace

void add_garments(Listed& photo, const Json& garments, ListingNotes& notes) {
  if (!garments.is_array()) return;
  for (const Json& object : garments) {
    try {
      if (object.value("origin", kLabelOrigin) != kLabelOrigin) continue;
      Garment garment;
      garment.category = json_field<std::string>(object, "category", photo.where);
      garment.fine_category = object.value("fine_category", "");
      garment.score = object.value("score", 1.0f);
      garment.box = box_of(json_field<Json>(object, "box", photo.where), "box");
      photo.garments.push_back(std::move(garment));
    } catch (const Error&) {
      add_to(notes.boxes, "unreadable", photo.where);
    } catch (const Json::exception&) {
      add_to(notes.boxes, "unreadable", photo.where);
    }
  }
}

void read_csv(Gathering& photos) {
  const fs::path& file = photos.file;
  std::string text = photos.text();
  if (text.find('\n') == std::string::npos)
    std::ranges::replace(text, '\r', '\n');  // of old Macs, and of Excel's choice
  std::optional<char> separator;
  if (text.starts_with("sep=") && text.size() > 5) {  // Excel's own first line
    separator = text[4];
    text.erase(0, std::min(text.find('\n'), text.size() - 1) + 1);
  }
  CsvReader reader(text, separator.value_or(separator_of(text)));
  const std::vector<std::string> columns = header_of(reader);
  if (columns.empty())
    throw Error(Kind::kInput, file.string() + ": is empty; the first row must hold the column names");
  check_columns(file, columns, " (columns are parted by commas, semicolons or tabs)");
  // Roboflow's file of several classes has a column of 0 and 1 for each.
  std::vector<bool> is_class_column(columns.size());
  if (file.filename() == "_classes.csv")
    for (std::size_t i = 0; i < columns.size(); ++i) is_class_column[i] = !file_field_rank(columns[i]);
  while (auto row = reader.next()) {
    const std::string where = file.string() + ":" + std::to_string(row->line);
    // A table program's empty columns at the end.
    while (row->fields.size() > columns.size() && label_text(row->fields.back()).empty()) row->fields.pop_back();
    if (row->problem.empty() && !std::ranges::all_of(row->fields, is_utf8)) row->problem = kUnknownEncoding;
    if (!row->problem.empty()) {
      photos.fail(where, row->problem);
    } else if (row->fields.size() != columns.size()) {
      photos.fail(where, "has " + std::to_string(row->fields.size()) + " fields, the first row names " +
                             std::to_string(columns.size()) + " columns: " + quoted_names(columns));
    } else {
      try {
        RowBuilder photo(photos, where);
        for (std::size_t i = 0; i < columns.size(); ++i)
          if (!is_class_column[i])
            photo.add(columns[i], row->fields[i]);
          else if (label_text(row->fields[i]) == "1")
            photo.add("label", columns[i]);
        photos.add(photo.finish());
      } catch (const Error& error) {
        photos.fail(where, error.what());
      }
    }
  }
}

void read_jsonl(Gathering& photos) {
  const std::string text = photos.text();
  std::string_view rest = text;
  for (int line = 1; !rest.empty(); ++line) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    const std::string row = without_blanks(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (row.empty()) continue;
    const std::string where = photos.file.string() + ":" + std::to_string(line);
    try {
      if (!is_utf8(row)) throw Error(Kind::kInput, kUnknownEncoding);
      add_json_row(parse_json(row, where), where, photos);
    } catch (const Error& error) {
      photos.fail(where, error.what());
    }
  }
}

std::vector<fs::path> shards_of_export(const fs::path& file) {
  constexpr std::array<std::string_view, 4> kColumns = {"id", "shard", "file", "labels"};
  const auto is_export = [&](const std::vector<std::string>& names) {
    return std::ranges::all_of(kColumns,
                               [&](std::string_view name) { return std::ranges::find(names, name) != names.end(); });
  };
  std::vector<fs::path> shards;
  const auto add = [&](const std::string& name) {
    // A name, never a path to somewhere else.
    const fs::path shard = file.parent_path() / fs::path(name).filename();
    if (std::ranges::find(shards, shard) == shards.end()) shards.push_back(shard);
  };
  try {
    if (lower_case(file.extension().native()) == ".parquet") {
      const MappedFile mapped(file);
      const auto bytes = mapped.bytes();
      ParquetReader reader({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "");
      std::vector<std::string> names;
      for (const auto& column : reader.columns()) names.push_back(column.name);
      if (!is_export(names)) return {};
      reader.select({static_cast<std::size_t>(std::ranges::find(names, "shard") - names.begin())});
      while (const auto cells = reader.next()) add(cells->front().value_or(""));
      return shards;
    }
    const std::string text = read_text(file, kMaxAnnotationBytes);
    CsvReader reader(text);
    const auto names = header_of(reader);
    if (!is_export(names)) return {};
    const auto shard = static_cast<std::size_t>(std::ranges::find(names, "shard") - names.begin());
    while (const auto row = reader.next())
      if (shard < row->fields.size()) add(row->fields[shard]);
  } catch (const Error&) {  // said by whoever reads it as a table of photos
    return {};
  }
  return shards;
}

bool read_json_rows(const Json& root, Gathering& photos) {
  const auto names_photo = [](const Json& row) {
    return row.is_object() && std::ranges::any_of(row.items(), [](const auto& field) {
             return file_field_rank(field.key()).has_value() && field.value().is_string();
           });
  };
  if (!root.is_array() || std::ranges::none_of(root, names_photo)) return false;
  for (std::size_t i = 0; i < root.size(); ++i) {
    const std::string where = photos.file.string() + ":[" + std::to_string(i) + "]";
    try {
      add_json_row(root[i], where, photos);
    } catch (const Error& error) {
      photos.fail(where, error.what());
    }
  }
  return true;
}

// A column that names the photo must be readable; of the others those that are become labels.
void read_parquet(Gathering& photos) {
  const fs::path& file = photos.file;
  const MappedFile mapped(file);
  const auto bytes = mapped.bytes();
  ParquetReader reader({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file.string() + ": ");
  std::vector<std::string> names;
  std::vector<std::size_t> selected;
  for (const auto& column : reader.columns()) names.push_back(label_text(column.name));
  check_columns(file, names, "");
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto& [name, is_bytes, problem] = reader.columns()[i];
    if (file_field_rank(names[i]) || (problem.empty() && !is_bytes))
      selected.push_back(i);
    else
      photos.fail(file.string() + ":" + names[i],
                  "the column is left out: it " + (is_bytes ? "holds bytes that are no text" : problem));
  }
  reader.select(selected);
  while (const auto cells = reader.next()) {
    RowBuilder photo(photos, file.string() + ":" + std::to_string(reader.next_row()));
    for (std::size_t i = 0; i < selected.size(); ++i)
      if (const auto& cell = (*cells)[i]) photo.add(names[selected[i]], *cell);
    photos.add(photo.finish());
  }
}

}  // namespace ootd
