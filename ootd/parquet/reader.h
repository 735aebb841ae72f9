// Reads tables in Parquet (apache/parquet-format 2.x), the flat columns of them, as text: what a CSV file would hold.
// Read are: pages of both versions; PLAIN, RLE, dictionary, delta and split encodings; snappy, gzip, zstd and no
// compression. Not read: nested and repeated columns, INT96, dates, times, decimals, encryption; other columns of such
// a file are.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ootd {

class ChunkReader;
struct ParquetFooter;

struct ParquetColumn {
  std::string name;
  bool is_bytes = false;  // the file does not say that these bytes are text: pictures, or an old program's texts
  std::string problem;    // not empty: can not be read, "is of the type INT96"
};

using ParquetRow = std::vector<std::optional<std::string>>;

// Threads: one at a time. Memory: the footer, and of each selected column a dictionary and a page; of any file 1 GiB
// and a few times its own size at most. Errors: Error(kInput) that begins with `where` and says which column is damaged
// or not read, and what to do; nothing is to be read after one. No number in the file is believed: reading ends, and
// takes time in proportion to the file's size.
class ParquetReader {
 public:
  // Reads the footer. file: all bytes (a mapped file's), which outlive this. where: what errors begin with,
  // "a.parquet: ".
  ParquetReader(std::string_view file, std::string where);
  ~ParquetReader();

  const std::vector<ParquetColumn>& columns() const { return columns_; }  // in the file's order
  std::int64_t row_count() const;

  // next() goes on with row `row` (from 0) and these columns. Cost: of what lies before the row, headers of pages only.
  void select(std::vector<std::size_t> columns, std::int64_t row = 0);
  // A cell for each selected column, nullopt for null. Numbers in their shortest form; booleans are true and false.
  std::optional<ParquetRow> next();
  std::int64_t next_row() const { return row_; }

 private:
  void begin_group();
  template <class Read>
  auto explained(const std::string& column, const Read& read) const;

  const std::string_view file_;
  const std::string where_;
  std::unique_ptr<const ParquetFooter> footer_;
  std::vector<ParquetColumn> columns_;
  std::vector<std::size_t> selected_;
  std::int64_t row_ = 0;
  // Of the row group that row_ lies in: empty until it is begun.
  std::vector<std::unique_ptr<ChunkReader>> chunks_;
  std::int64_t group_end_ = 0;
  std::size_t held_bytes_ = 0;
};

}  // namespace ootd
