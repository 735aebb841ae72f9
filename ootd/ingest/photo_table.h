// The table of an export: a row for each photo, with the columns id, shard, file, source, format, bytes, width, height
// and labels (JSON: {key: [values]}).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "ootd/parquet/writer.h"
#include "ootd/catalog/catalog.h"

namespace ootd {

enum class TableFormat { kCsv, kParquet };

class PhotoTable {
 public:
  // Writes `path`.csv or `path`.parquet; readers see it after commit() only. Throws Error(kUnavailable), as the others.
  PhotoTable(const std::filesystem::path& path, TableFormat format);
  // file: the photo's name in its shard.
  void add(const ImageRecord& image, const std::string& shard, const std::string& file, const Json& labels);
  // Also removes the table in the other format, which an earlier export may have left.
  void commit();

 private:
  std::filesystem::path other_;
  std::optional<AtomicFile> csv_;  // one of the two
  std::optional<ParquetWriter> parquet_;
};

}  // namespace ootd
