// Inside this folder: the values of one column in one row group, from its pages (apache/parquet-format, README, "Data
// Pages"). Memory: the dictionary and one page. Throws Error(kInput) for what is damaged or not read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/parquet/encodings.h"
#include "ootd/parquet/format.h"

namespace ootd {

class ChunkReader {
 public:
  // file and column outlive this. held: the bytes of unpacked pages that all chunks of the row group hold together.
  ChunkReader(std::string_view file, const ColumnSchema& column, const ChunkPlace& place, std::int64_t rows,
              std::size_t& held);
  ChunkReader(const ChunkReader&) = delete;
  ChunkReader& operator=(const ChunkReader&) = delete;

  // As NextValue; nullopt for null. At most `rows` values are asked for.
  std::optional<std::string_view> next();
  // Pages that are left out as a whole are not unpacked.
  void skip(std::int64_t rows);

 private:
  void begin_page();
  void read_dictionary();
  void unpack_page();
  std::string_view unpacked(std::string_view packed, std::int64_t size, std::string& buffer);

  const ColumnSchema& column_;
  const Codec codec_;
  std::size_t& held_;
  std::string_view left_;   // the pages that are not begun
  std::int64_t rows_left_;  // in these
  std::string dictionary_bytes_;
  std::vector<std::string_view> dictionary_;

  PageHeader page_;
  std::string_view packed_;     // what follows its header
  std::int64_t page_left_ = 0;  // values
  bool is_unpacked_ = false;
  std::string page_bytes_;
  std::string_view values_at_;
  std::optional<RleNumbers> levels_;  // 0: null
  NextValue values_;
};

}  // namespace ootd
