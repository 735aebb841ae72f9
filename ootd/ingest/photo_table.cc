#include "ootd/ingest/photo_table.h"

namespace ootd {
namespace {

std::string quoted(const std::string& field) {
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string text = "\"";
  for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
  return text + "\"";
}

// Paths may hold any bytes, the texts of Parquet may not; these become U+FFFD, as in ID.json.
std::string utf8(const std::string& text) { return parse_json(dump_json(text), "a path").get<std::string>(); }

}  // namespace

PhotoTable::PhotoTable(const std::filesystem::path& path, TableFormat format) {
  const std::string csv = path.string() + ".csv", parquet = path.string() + ".parquet";
  if (format == TableFormat::kCsv) {
    other_ = parquet;
    csv_.emplace(csv);
    const std::string_view names = "id,shard,file,source,format,bytes,width,height,labels,garments\n";
    csv_->write(std::as_bytes(std::span(names)));
  } else {
    other_ = csv;
    constexpr auto kText = ParquetType::kText, kInteger = ParquetType::kInteger;
    parquet_.emplace(parquet, std::vector<ParquetField>{{"id", kText},
                                                        {"shard", kText},
                                                        {"file", kText},
                                                        {"source", kText},
                                                        {"format", kText},
                                                        {"bytes", kInteger},
                                                        {"width", kInteger},
                                                        {"height", kInteger},
                                                        {"labels", kText},
                                                        {"garments", kText}});
  }
}

void PhotoTable::add(const ImageRecord& image, const std::string& shard, const std::string& file,
                     const PhotoWords& words) {
  if (parquet_) {
    const ParquetCell cells[] = {image.id,
                                 shard,
                                 file,
                                 utf8(image.source),
                                 image.format,
                                 image.bytes,
                                 std::int64_t{image.width},
                                 std::int64_t{image.height},
                                 dump_json(words.labels),
                                 dump_json(words.garments)};
    return parquet_->add(cells);
  }
  const std::string line = image.id + "," + shard + "," + file + "," + quoted(image.source) + "," + image.format + "," +
                           std::to_string(image.bytes) + "," + std::to_string(image.width) + "," +
                           std::to_string(image.height) + "," + quoted(dump_json(words.labels)) + "," +
                           quoted(dump_json(words.garments)) + "\n";
  csv_->write(std::as_bytes(std::span(line)));
}

void PhotoTable::commit() {
  parquet_ ? parquet_->commit() : csv_->commit();
  std::error_code ignored;
  std::filesystem::remove(other_, ignored);
}

}  // namespace ootd
