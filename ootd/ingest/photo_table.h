// The table of an export: a row for each photo, with the columns id, shard, file, source, format, bytes, width, height,
// labels (JSON: {key: [values]}) and garments (JSON: [{origin, category, fine_category, score, box}]).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/catalog/catalog.h"
#include "ootd/ingest/parquet.h"

namespace ootd {

enum class TableFormat { kCsv, kParquet };

struct PhotoWords {
  Json labels = Json::object();   // {key: [values]}, but the program's own keys,
  Json found = Json::object();    // which are here
  Json garments = Json::array();  // [{origin, category, fine_category, score, box: [x, y, w, h]}], upright pixels
};

class PhotoTable {
 public:
  // Writes `path`.csv or `path`.parquet; readers see it after commit() only. Throws Error(kUnavailable), as the others.
  PhotoTable(const std::filesystem::path& path, TableFormat format);
  // file: the photo's name in its shard.
  void add(const ImageRecord& image, const std::string& shard, const std::string& file, const PhotoWords& words);
  // Also removes the table in the other format, which an earlier export may have left.
  void commit();

 private:
  std::filesystem::path other_;
  std::optional<AtomicFile> csv_;  // one of the two
  std::optional<ParquetWriter> parquet_;
};

}  // namespace ootd
