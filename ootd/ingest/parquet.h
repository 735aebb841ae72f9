// Flat tables in Parquet, read as text (what a CSV file would hold) and written, by Arrow C++. That is part of builds
// where scripts/setup unpacked its wheel (OOTD_WITH_ARROW); in others both constructors throw Error(kUnavailable) that
// names the file and the build to take.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ootd {

bool has_parquet();  // whether this build reads and writes it

struct ParquetColumn {
  std::string name;
  bool is_bytes = false;  // the file does not say that these bytes are text: pictures, or an old program's texts
  std::string problem;    // not empty: can not be read, "is of the type INT96"
};

using ParquetRow = std::vector<std::optional<std::string>>;

// Read are texts, bytes, numbers and booleans in every encoding and codec of Arrow's; not read: nested and repeated
// columns, INT96, dates, times, decimals, encryption. Other columns of such a file are.
// Threads: one at a time. Memory: the footer, and of each selected column a dictionary and a page; of any file 1 GiB
// and a few times its own size at most. Errors: Error(kInput) that begins with `where` and says which column is damaged
// or not read, and what to do; nothing is to be read after one.
class ParquetReader {
 public:
  // Reads the footer. file: all bytes (a mapped file's), which outlive this. where: what errors begin with,
  // "a.parquet: ".
  ParquetReader(std::string_view file, std::string where);
  ~ParquetReader();

  const std::vector<ParquetColumn>& columns() const { return columns_; }  // in the file's order
  std::int64_t row_count() const { return row_count_; }

  // next() goes on with row `row` (from 0) and these columns. Cost: of what lies before the row, headers of pages only.
  void select(std::vector<std::size_t> columns, std::int64_t row = 0);
  // A cell for each selected column, nullopt for null. Numbers in their shortest form; booleans are true and false.
  std::optional<ParquetRow> next();
  std::int64_t next_row() const { return row_; }

 private:
  struct Source;  // Arrow's side
  void begin_group();

  const std::string where_;
  std::unique_ptr<Source> source_;
  std::vector<ParquetColumn> columns_;
  std::vector<std::size_t> selected_;
  std::int64_t row_count_ = 0, row_ = 0;
  std::int64_t group_end_ = 0;  // of the row group that row_ lies in; row_ until that is begun
};

enum class ParquetType { kText, kInteger, kReal };  // UTF-8; 64 bits; 64 bits

struct ParquetField {
  std::string name;
  ParquetType type = ParquetType::kText;
  bool optional = false;  // may hold nulls
};

using ParquetCell = std::variant<std::monostate, std::string, std::int64_t, double>;  // monostate: null

// Packed by zstd, with checksums; the same rows give the same bytes.
// Threads: one at a time. Memory: the rows of a row group, some 8 MiB, and the footer.
// Errors: Error(kUnavailable) if the file cannot be written.
class ParquetWriter {
 public:
  // As AtomicFile: readers see the file after commit() only.
  ParquetWriter(const std::filesystem::path& path, std::vector<ParquetField> fields);
  ~ParquetWriter();

  void add(std::span<const ParquetCell> row);  // a cell for each field, of its type
  void commit();

 private:
  struct Target;  // Arrow's side
  std::unique_ptr<Target> target_;
};

}  // namespace ootd
