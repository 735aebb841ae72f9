// Whole tables of text, as tests compare them. Tests only.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ootd/base/json.h"
#include "ootd/parquet/reader.h"

namespace ootd::testing {

inline std::filesystem::path golden_parquet(const std::string& name) {
  return std::filesystem::path(OOTD_GOLDEN_DIR) / "parquet" / name;
}

// Where each of the names stands; fails the test with an exception if one is missing.
inline std::vector<std::size_t> places_of(const ParquetReader& reader, const std::vector<std::string>& names) {
  std::vector<std::size_t> places;
  for (const std::string& name : names)
    for (std::size_t i = 0; i < reader.columns().size(); ++i)
      if (reader.columns()[i].name == name) places.push_back(i);
  if (places.size() != names.size()) throw std::runtime_error("columns are missing");
  return places;
}

// The columns that can be read.
inline std::vector<std::string> readable_names(const ParquetReader& reader) {
  std::vector<std::string> names;
  for (const ParquetColumn& column : reader.columns())
    if (column.problem.empty()) names.push_back(column.name);
  return names;
}

inline Json json_of(const ParquetRow& row) {
  Json cells = Json::array();
  for (const auto& cell : row) cells.push_back(cell ? Json(*cell) : Json());
  return cells;
}

// All rows from `first` on, of these columns; empty: of those that can be read.
inline Json rows_of(std::string_view file, std::vector<std::string> names = {}, std::int64_t first = 0) {
  ParquetReader reader(file, "f: ");
  if (names.empty()) names = readable_names(reader);
  reader.select(places_of(reader, names), first);
  Json rows = Json::array();
  while (const auto row = reader.next()) rows.push_back(json_of(*row));
  return rows;
}

}  // namespace ootd::testing
