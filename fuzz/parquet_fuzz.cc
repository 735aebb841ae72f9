// libFuzzer target: any bytes are a table in Parquet, or an Error(kInput). What is read from the middle on is what is
// read from the beginning.
//   scripts/fuzz 60 parquet_fuzz
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "ootd/base/error.h"
#include "ootd/parquet/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  try {
    ootd::ParquetReader reader({reinterpret_cast<const char*>(bytes), size}, "fuzz: ");
    std::vector<std::size_t> columns;
    for (std::size_t i = 0; i < reader.columns().size() && columns.size() < 16; ++i)
      if (reader.columns()[i].problem.empty()) columns.push_back(i);
    constexpr std::int64_t kRows = 1000;
    const std::int64_t middle = std::min(reader.row_count(), kRows) / 2;
    std::optional<ootd::ParquetRow> at_middle;
    reader.select(columns);
    for (std::int64_t i = 0; i < kRows; ++i) {
      auto row = reader.next();
      if (!row) break;
      if (i == middle) at_middle = std::move(row);
    }
    reader.select(columns, middle);
    if (reader.next() != at_middle) std::abort();
  } catch (const ootd::Error& error) {
    if (error.kind() != ootd::Kind::kInput) std::abort();
  }
  return 0;
}
