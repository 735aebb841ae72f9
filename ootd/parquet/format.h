// Inside this folder: what a Parquet file says of itself (apache/parquet-format, parquet.thrift and README, "File
// format"):
//   "PAR1" | row groups, each a column chunk per column, each some pages | footer | its size u32 | "PAR1"
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/parquet/thrift.h"

namespace ootd {

inline constexpr std::string_view kParquetMagic = "PAR1";

// Numbers as in parquet.thrift. What a file holds may be none of these.
enum class PhysicalType { kBoolean, kInt32, kInt64, kInt96, kFloat, kDouble, kByteArray, kFixedLenByteArray };
enum class Encoding {
  kPlain = 0,
  kPlainDictionary = 2,
  kRle = 3,
  kDeltaBinaryPacked = 5,
  kDeltaLengthByteArray = 6,
  kDeltaByteArray = 7,
  kRleDictionary = 8,
  kByteStreamSplit = 9,
};
enum class Codec { kUncompressed = 0, kSnappy = 1, kGzip = 2, kZstd = 6 };
enum class PageKind { kData = 0, kIndex = 1, kDictionary = 2, kDataV2 = 3 };

// One field of the table.
struct ColumnSchema {
  std::string name;
  PhysicalType type = PhysicalType::kByteArray;
  std::uint64_t width = 0;  // bytes of a value; 0: each has its own length, or (booleans) a bit
  bool optional = false;
  bool is_unsigned = false;
  bool says_text = false;
  std::string problem;    // not empty: why it is not read
  std::size_t chunk = 0;  // its place in RowGroup::chunks, if it is read
};

struct ChunkPlace {
  Codec codec = Codec::kUncompressed;
  std::int64_t values = 0, dictionary_offset = 0, data_offset = 0, bytes = 0;
  bool elsewhere = false;  // in another file
};

struct RowGroup {
  std::int64_t rows = 0;
  std::vector<ChunkPlace> chunks;
};

struct ParquetFooter {
  std::int64_t rows = 0;
  std::vector<ColumnSchema> columns;
  std::vector<RowGroup> groups;
};

struct PageHeader {
  PageKind kind = PageKind::kIndex;
  std::int64_t packed_bytes = -1, bytes = -1;  // behind the header; when unpacked
  std::int64_t crc32 = -1;                     // of the packed bytes; -1: not said
  std::int64_t values = -1;                    // nulls among them
  Encoding encoding = Encoding::kPlain, levels_encoding = Encoding::kRle;
  std::int64_t definition_bytes = 0, repetition_bytes = 0;  // of levels, which V2 keeps unpacked before the values
  bool is_packed = true;
};

// Throw Error(kInput) for what is damaged, encrypted or no Parquet, without the file's name.
ParquetFooter read_parquet_footer(std::string_view file);
PageHeader take_page_header(std::string_view& bytes);

}  // namespace ootd
