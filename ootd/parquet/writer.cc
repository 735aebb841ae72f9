#include "ootd/parquet/writer.h"

#include <cassert>

#include "ootd/base/error.h"
#include "ootd/base/gzip.h"
#include "ootd/parquet/codec.h"
#include "ootd/parquet/format.h"
#include "ootd/parquet/thrift.h"

namespace ootd {
namespace {

constexpr std::size_t kGroupBytes = 8 << 20;
constexpr std::size_t kMaxTextBytes = 16 << 20;
constexpr int kUtf8 = 0;  // a converted type, which also old readers know

void append(std::string& bytes, const auto& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

ThriftValue number(auto value) { return thrift_i32(static_cast<std::int32_t>(value)); }

ThriftValue type_of(const ParquetField& field) {
  constexpr PhysicalType kTypes[] = {PhysicalType::kByteArray, PhysicalType::kInt64, PhysicalType::kDouble};
  return number(kTypes[static_cast<int>(field.type)]);
}

ThriftValue element_of(const ParquetField& field) {
  std::vector<std::pair<int, ThriftValue>> element = {
      {1, type_of(field)}, {3, number(field.optional)}, {4, thrift_text(field.name)}};
  if (field.type == ParquetType::kText) element.emplace_back(6, number(kUtf8));
  return thrift_struct(element);
}

// Definition levels: a bit for each row, as one bit-packed run behind its length.
std::string levels_of(const std::vector<bool>& present) {
  const std::size_t groups = (present.size() + 7) / 8;
  std::string run = varint(groups << 1 | 1), bytes;
  const std::size_t begin = run.size();
  run.resize(begin + groups);
  for (std::size_t i = 0; i < present.size(); ++i)
    if (present[i]) run[begin + i / 8] = static_cast<char>(run[begin + i / 8] | 1 << i % 8);
  append(bytes, static_cast<std::uint32_t>(run.size()));
  return bytes + run;
}

std::string page_header(std::int64_t rows, std::size_t bytes, std::string_view packed) {
  const ThriftValue plain = number(Encoding::kPlain), rle = number(Encoding::kRle);
  return thrift_struct({{1, number(PageKind::kData)},
                        {2, number(bytes)},
                        {3, number(packed.size())},
                        {4, number(crc32_of(packed))},
                        {5, thrift_struct({{1, number(rows)}, {2, plain}, {3, rle}, {4, rle}})}})
      .bytes;
}

}  // namespace

ParquetWriter::ParquetWriter(std::filesystem::path path, std::vector<ParquetField> fields) : file_(std::move(path)) {
  for (ParquetField& field : fields) columns_.push_back({std::move(field), "", {}});
  write(kParquetMagic);
}

void ParquetWriter::write(std::string_view bytes) {
  file_.write(std::as_bytes(std::span(bytes)));
  written_ += static_cast<std::int64_t>(bytes.size());
}

void ParquetWriter::add(std::span<const ParquetCell> row) {
  assert(row.size() == columns_.size());
  for (std::size_t i = 0; i < row.size(); ++i) {
    auto& [field, values, present] = columns_[i];
    const bool is_null = std::holds_alternative<std::monostate>(row[i]);
    assert(is_null ? field.optional : row[i].index() == static_cast<std::size_t>(field.type) + 1);
    const std::size_t size = values.size();
    if (field.optional) present.push_back(!is_null);
    if (const auto* text = std::get_if<std::string>(&row[i])) {
      if (text->size() > kMaxTextBytes)
        throw Error(Kind::kInput, "a text of more than 16 MiB for the column \"" + field.name + "\"");
      append(values, static_cast<std::uint32_t>(text->size()));
      values += *text;
    } else if (const auto* integer = std::get_if<std::int64_t>(&row[i])) {
      append(values, *integer);
    } else if (const auto* real = std::get_if<double>(&row[i])) {
      append(values, *real);
    }
    group_bytes_ += values.size() - size + 1;
  }
  ++group_rows_;
  if (group_bytes_ >= kGroupBytes) end_group();
}

void ParquetWriter::end_group() {
  if (group_rows_ == 0) return;
  std::vector<ThriftValue> chunks;
  std::size_t group_bytes = 0;
  for (auto& [field, values, present] : columns_) {
    const std::string page = (field.optional ? levels_of(present) : "") + values, packed = pack_zstd(page);
    const std::string header = page_header(group_rows_, page.size(), packed);
    const auto size = [&](std::size_t body) { return thrift_i64(static_cast<std::int64_t>(header.size() + body)); };
    const ThriftValue encodings = thrift_list({number(Encoding::kPlain), number(Encoding::kRle)});
    const ThriftValue about = thrift_struct({{1, type_of(field)},
                                             {2, encodings},
                                             {3, thrift_list({thrift_text(field.name)})},
                                             {4, number(Codec::kZstd)},
                                             {5, thrift_i64(group_rows_)},
                                             {6, size(page.size())},
                                             {7, size(packed.size())},
                                             {9, thrift_i64(written_)}});
    chunks.push_back(thrift_struct({{2, thrift_i64(written_)}, {3, about}}));
    write(header + packed);
    group_bytes += header.size() + page.size();
    values.clear();
    present.clear();
  }
  groups_.push_back(thrift_struct({{1, thrift_list(chunks)},
                                   {2, thrift_i64(static_cast<std::int64_t>(group_bytes))},
                                   {3, thrift_i64(group_rows_)}})
                        .bytes);
  rows_ += std::exchange(group_rows_, 0);
  group_bytes_ = 0;
}

void ParquetWriter::commit() {
  end_group();
  std::vector<ThriftValue> schema = {thrift_struct({{4, thrift_text("table")}, {5, number(columns_.size())}})}, groups;
  for (const Column& column : columns_) schema.push_back(element_of(column.field));
  for (const std::string& group : groups_) groups.push_back({ThriftType::kStruct, group});
  std::string footer = thrift_struct({{1, number(2)},
                                      {2, thrift_list(schema)},
                                      {3, thrift_i64(rows_)},
                                      {4, thrift_list(groups)},
                                      {6, thrift_text("ootd")}})
                           .bytes;
  append(footer, static_cast<std::uint32_t>(footer.size()));
  write(footer + std::string(kParquetMagic));
  file_.commit();
}

}  // namespace ootd
