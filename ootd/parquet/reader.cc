#include "ootd/parquet/reader.h"

#include <algorithm>
#include <charconv>

#include "ootd/parquet/chunk_reader.h"
#include "ootd/parquet/take.h"

namespace ootd {
namespace {

template <class Number>
std::string shortest(std::string_view bytes) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, take_number<Number>(bytes)).ptr};
}

std::string text_of(const ColumnSchema& column, std::string_view value) {
  switch (column.type) {
    case PhysicalType::kBoolean:
      return value[0] != 0 ? "true" : "false";
    case PhysicalType::kInt32:
      return column.is_unsigned ? shortest<std::uint32_t>(value) : shortest<std::int32_t>(value);
    case PhysicalType::kInt64:
      return column.is_unsigned ? shortest<std::uint64_t>(value) : shortest<std::int64_t>(value);
    case PhysicalType::kFloat:
      return shortest<float>(value);
    case PhysicalType::kDouble:
      return shortest<double>(value);
    case PhysicalType::kInt96:  // refused by select()
    case PhysicalType::kByteArray:
    case PhysicalType::kFixedLenByteArray:
      break;
  }
  return std::string(value);
}

ParquetColumn public_column(const ColumnSchema& schema) {
  const bool is_bytes =
      !schema.says_text && (schema.type == PhysicalType::kByteArray || schema.type == PhysicalType::kFixedLenByteArray);
  // pandas' row numbers, which stand without a name in a CSV file.
  const bool is_row_number = schema.name.starts_with("__index_level_");
  return {is_row_number ? "" : schema.name, is_bytes && schema.problem.empty(), schema.problem};
}

}  // namespace

template <class Read>
auto ParquetReader::explained(const std::string& column, const Read& read) const {
  try {
    return read();
  } catch (const Error& error) {
    throw Error(error.kind(), where_ + (column.empty() ? "the file " : "column \"" + column + "\" ") + error.what());
  }
}

ParquetReader::ParquetReader(std::string_view file, std::string where)
    : file_(file),
      where_(std::move(where)),
      footer_(explained("", [&] { return std::make_unique<const ParquetFooter>(read_parquet_footer(file)); })) {
  for (const ColumnSchema& schema : footer_->columns) columns_.push_back(public_column(schema));
}

ParquetReader::~ParquetReader() = default;

std::int64_t ParquetReader::row_count() const { return footer_->rows; }

void ParquetReader::select(std::vector<std::size_t> columns, std::int64_t row) {
  for (const std::size_t column : columns)
    if (const auto& [name, is_bytes, problem] = columns_.at(column); !problem.empty())
      throw Error(Kind::kInput, where_ + "column \"" + name + "\" " + problem +
                                    ", which is not read; write the file with this column as text, or without it");
  selected_ = std::move(columns);
  row_ = std::clamp<std::int64_t>(row, 0, row_count());
  group_end_ = row_;
}

void ParquetReader::begin_group() {
  chunks_.clear();  // their pages are let go before others are unpacked
  held_bytes_ = 0;
  std::int64_t first = 0;
  auto group = footer_->groups.begin();
  for (; row_ >= first + group->rows; ++group) first += group->rows;
  for (const std::size_t column : selected_)
    explained(columns_[column].name, [&] {
      const ColumnSchema& schema = footer_->columns[column];
      if (schema.chunk >= group->chunks.size()) throw_damaged("is missing in a row group");
      chunks_.push_back(
          std::make_unique<ChunkReader>(file_, schema, group->chunks[schema.chunk], group->rows, held_bytes_));
      chunks_.back()->skip(row_ - first);
    });
  group_end_ = first + group->rows;
}

std::optional<ParquetRow> ParquetReader::next() {
  if (row_ >= row_count()) return std::nullopt;
  if (row_ == group_end_) begin_group();
  ParquetRow row;
  for (std::size_t i = 0; i < selected_.size(); ++i)
    row.push_back(explained(columns_[selected_[i]].name, [&]() -> std::optional<std::string> {
      const auto value = chunks_[i]->next();
      return value ? std::optional(text_of(footer_->columns[selected_[i]], *value)) : std::nullopt;
    }));
  ++row_;
  return row;
}

}  // namespace ootd
