// Writes a flat table as Parquet (apache/parquet-format 2.x): PLAIN values in pages of version 1, zstd, checksums, no
// statistics. The same rows give the same bytes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "ootd/base/io.h"

namespace ootd {

enum class ParquetType { kText, kInteger, kReal };  // UTF-8; 64 bits; 64 bits

struct ParquetField {
  std::string name;
  ParquetType type = ParquetType::kText;
  bool optional = false;  // may hold nulls
};

using ParquetCell = std::variant<std::monostate, std::string, std::int64_t, double>;  // monostate: null

// Threads: one at a time. Memory: the rows of a row group, some 8 MiB, and 100 bytes for each column of those written.
// Errors: Error(kUnavailable) if the file cannot be written.
class ParquetWriter {
 public:
  // As AtomicFile: readers see the file after commit() only.
  ParquetWriter(std::filesystem::path path, std::vector<ParquetField> fields);

  // A cell for each field, of its type. Throws Error(kInput) for a text of more than 16 MiB.
  void add(std::span<const ParquetCell> row);
  void commit();

 private:
  struct Column {
    ParquetField field;
    std::string values;         // PLAIN, of the group that is not written yet
    std::vector<bool> present;  // of an optional one
  };
  void write(std::string_view bytes);
  void end_group();

  AtomicFile file_;
  std::int64_t written_ = 0;  // bytes
  std::vector<Column> columns_;
  std::int64_t rows_ = 0, group_rows_ = 0;
  std::size_t group_bytes_ = 0;
  std::vector<std::string> groups_;  // as the footer will have them
};

}  // namespace ootd
