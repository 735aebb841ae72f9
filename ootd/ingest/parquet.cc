#include "ootd/ingest/parquet.h"

#include <arrow/buffer.h>
#include <arrow/io/memory.h>
#include <arrow/memory_pool.h>
#include <parquet/column_reader.h>
#include <parquet/column_writer.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/file_writer.h>
#include <parquet/metadata.h>
#include <parquet/schema.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <cstdlib>
#include <utility>

#include "ootd/base/error.h"
#include "ootd/base/io.h"

namespace ootd {
namespace {

constexpr std::int64_t kMaxReadBytes = 1 << 30;
constexpr std::size_t kGroupBytes = 8 << 20;
// Of a small file that says it had more, time would be without a bound. A list whose rows differ takes a byte for some
// ten rows at least.
constexpr std::int64_t kMaxRowsPerByte = 100;

// What Arrow throws, without the name of its error's class.
std::string reason_of(const std::exception& exception) {
  const auto* status = dynamic_cast<const parquet::ParquetStatusException*>(&exception);
  std::string reason = status ? status->status().message() : exception.what();
  while (reason.ends_with('.') || reason.ends_with('\n')) reason.pop_back();
  return reason;
}

// Calls read(). column: empty for the file as a whole.
template <class Read>
auto explained(const std::string& where, const std::string& column, const Read& read) {
  try {
    return read();
  } catch (const Error&) {
    throw;
  } catch (const std::exception& exception) {
    throw Error(Kind::kInput, where + (column.empty() ? "the file" : "column \"" + column + "\"") +
                                  " can not be read as Parquet (" + reason_of(exception) + "); fetch or write it anew");
  }
}

// --- Reading ---

template <class Number>
std::string shortest(Number number) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, number).ptr};
}

bool is_unsigned(const parquet::LogicalType& type) {
  return type.is_int() && !static_cast<const parquet::IntLogicalType&>(type).is_signed();
}

std::string text_of(const parquet::ColumnDescriptor&, bool value) { return value ? "true" : "false"; }
std::string text_of(const parquet::ColumnDescriptor&, float value) { return shortest(value); }
std::string text_of(const parquet::ColumnDescriptor&, double value) { return shortest(value); }
std::string text_of(const parquet::ColumnDescriptor& column, std::int32_t value) {
  return is_unsigned(*column.logical_type()) ? shortest(static_cast<std::uint32_t>(value)) : shortest(value);
}
std::string text_of(const parquet::ColumnDescriptor& column, std::int64_t value) {
  return is_unsigned(*column.logical_type()) ? shortest(static_cast<std::uint64_t>(value)) : shortest(value);
}
std::string text_of(const parquet::ColumnDescriptor&, const parquet::ByteArray& value) {
  return {reinterpret_cast<const char*>(value.ptr), value.len};
}
std::string text_of(const parquet::ColumnDescriptor& column, const parquet::FixedLenByteArray& value) {
  return {reinterpret_cast<const char*>(value.ptr), static_cast<std::size_t>(column.type_length())};
}

// The cells of one column in one row group, in order.
class Cells {
 public:
  virtual ~Cells() = default;
  virtual std::optional<std::string> next() = 0;
};

template <class Type>
class CellsOf final : public Cells {
 public:
  CellsOf(std::shared_ptr<parquet::ColumnReader> reader, std::int64_t skip)
      : reader_(std::static_pointer_cast<parquet::TypedColumnReader<Type>>(std::move(reader))) {
    reader_->Skip(skip);
  }

  std::optional<std::string> next() override {
    if (at_ == rows_) read_batch();
    if (levels_[at_++] < 1) return std::nullopt;
    return text_of(*reader_->descr(), values_[value_++]);
  }

 private:
  // Arrow ends a batch with its page, so texts may stay where they are.
  void read_batch() {
    std::int64_t values = 0;
    levels_.fill(1);  // of columns without nulls none are read
    rows_ = static_cast<std::size_t>(reader_->ReadBatch(static_cast<std::int64_t>(levels_.size()), levels_.data(),
                                                        nullptr, values_.data(), &values));
    if (rows_ == 0 || values != std::count(levels_.begin(), levels_.begin() + static_cast<std::ptrdiff_t>(rows_), 1))
      throw parquet::ParquetException("it ends too early");
    at_ = value_ = 0;
  }

  const std::shared_ptr<parquet::TypedColumnReader<Type>> reader_;
  std::array<std::int16_t, 256> levels_;  // 0: null
  std::array<typename Type::c_type, 256> values_;
  std::size_t rows_ = 0, at_ = 0, value_ = 0;
};

std::unique_ptr<Cells> cells_of(parquet::RowGroupReader& group, const parquet::ColumnDescriptor& column, int leaf,
                                std::int64_t skip, arrow::MemoryPool& pool) {
  auto pages = group.GetColumnPageReader(leaf);
  // Whole pages are passed over by their headers; what is left of `skip` lies in the first that is read.
  const auto left = std::make_shared<std::int64_t>(skip);
  pages->set_data_page_filter([left](const parquet::DataPageStats& page) {
    const bool passed = page.num_values <= *left;
    if (passed) *left -= page.num_values;
    return passed;
  });
  auto reader = parquet::ColumnReader::Make(&column, std::move(pages), &pool);
  reader->HasNext();
  skip = std::exchange(*left, 0);
  switch (column.physical_type()) {
    case parquet::Type::BOOLEAN:
      return std::make_unique<CellsOf<parquet::BooleanType>>(std::move(reader), skip);
    case parquet::Type::INT32:
      return std::make_unique<CellsOf<parquet::Int32Type>>(std::move(reader), skip);
    case parquet::Type::INT64:
      return std::make_unique<CellsOf<parquet::Int64Type>>(std::move(reader), skip);
    case parquet::Type::FLOAT:
      return std::make_unique<CellsOf<parquet::FloatType>>(std::move(reader), skip);
    case parquet::Type::DOUBLE:
      return std::make_unique<CellsOf<parquet::DoubleType>>(std::move(reader), skip);
    case parquet::Type::BYTE_ARRAY:
      return std::make_unique<CellsOf<parquet::ByteArrayType>>(std::move(reader), skip);
    case parquet::Type::FIXED_LEN_BYTE_ARRAY:
      return std::make_unique<CellsOf<parquet::FLBAType>>(std::move(reader), skip);
    case parquet::Type::INT96:
    case parquet::Type::UNDEFINED:
      break;  // refused by select()
  }
  throw parquet::ParquetException("it is of an unknown type");
}

ParquetColumn public_column(const parquet::schema::Node& node) {
  // pandas' row numbers, which stand without a name in a CSV file.
  ParquetColumn column{node.name().starts_with("__index_level_") ? "" : node.name(), false, ""};
  if (node.is_group() || node.is_repeated()) {
    column.problem = "is nested (a list, map or struct)";
    return column;
  }
  const auto type = static_cast<const parquet::schema::PrimitiveNode&>(node).physical_type();
  const auto& logical = *node.logical_type();
  const bool says_text = logical.is_string() || logical.is_enum() || logical.is_JSON();
  if (type == parquet::Type::INT96)
    column.problem = "is of the type INT96";
  else if (!says_text && !logical.is_none() && !logical.is_null() && !logical.is_int())
    column.problem = "is of the type " + logical.ToString();
  else
    column.is_bytes = !says_text && (type == parquet::Type::BYTE_ARRAY || type == parquet::Type::FIXED_LEN_BYTE_ARRAY);
  return column;
}

parquet::ReaderProperties properties_of(std::string_view file, arrow::MemoryPool& pool) {
  parquet::ReaderProperties properties(&pool);
  properties.set_page_checksum_verification(true);
  // Each thing in a list takes a byte at least, so a list is no longer than the file.
  const auto bytes = static_cast<std::int32_t>(std::min<std::size_t>(file.size(), 100'000'000));
  properties.set_thrift_string_size_limit(bytes);
  properties.set_thrift_container_size_limit(std::min(bytes, parquet::kDefaultThriftContainerSizeLimit));
  return properties;
}

}  // namespace

struct ParquetReader::Source {
  explicit Source(std::string_view bytes)
      : file(parquet::ParquetFileReader::Open(
            std::make_shared<arrow::io::BufferReader>(std::make_shared<arrow::Buffer>(bytes)),
            properties_of(bytes, pool))) {}

  arrow::CappedMemoryPool pool{arrow::default_memory_pool(), kMaxReadBytes};
  const std::unique_ptr<parquet::ParquetFileReader> file;
  const std::shared_ptr<parquet::FileMetaData> about = file->metadata();
  std::vector<std::unique_ptr<Cells>> cells;  // of the selected columns
};

bool has_parquet() { return true; }

ParquetReader::ParquetReader(std::string_view file, std::string where) : where_(std::move(where)) {
  const auto refuse_encrypted = [&](bool is_encrypted) {
    if (is_encrypted) throw Error(Kind::kInput, where_ + "the file is encrypted; write it without encryption");
  };
  refuse_encrypted(file.ends_with("PARE"));
  explained(where_, "", [&] {
    source_ = std::make_unique<Source>(file);
    const auto& root = *source_->about->schema()->group_node();
    for (int i = 0; i < root.field_count(); ++i) columns_.push_back(public_column(*root.field(i)));
    for (int i = 0; i < source_->about->num_row_groups(); ++i) {
      const std::int64_t rows = source_->about->RowGroup(i)->num_rows();
      if (rows < 0 || rows > kMaxRowsPerByte * std::ssize(file) - row_count_)
        throw parquet::ParquetException("it says that it has more rows than its size allows");
      row_count_ += rows;
    }
  });
  refuse_encrypted(source_->about->is_encryption_algorithm_set());
}

ParquetReader::~ParquetReader() = default;

void ParquetReader::select(std::vector<std::size_t> columns, std::int64_t row) {
  for (const std::size_t column : columns)
    if (const auto& [name, is_bytes, problem] = columns_.at(column); !problem.empty())
      throw Error(Kind::kInput, where_ + "column \"" + name + "\" " + problem +
                                    ", which is not read; write the file with this column as text, or without it");
  selected_ = std::move(columns);
  row_ = std::clamp<std::int64_t>(row, 0, row_count_);
  group_end_ = row_;
}

void ParquetReader::begin_group() {
  source_->cells.clear();  // their pages are let go before others are unpacked
  std::int64_t first = 0;
  int index = 0;
  for (std::int64_t rows = 0; row_ >= first + (rows = source_->about->RowGroup(index)->num_rows()); ++index)
    first += rows;
  const auto group = source_->file->RowGroup(index);
  const auto& schema = *source_->about->schema();
  for (const std::size_t column : selected_)
    explained(where_, columns_[column].name, [&] {
      const int leaf = schema.ColumnIndex(*schema.group_node()->field(static_cast<int>(column)));
      source_->cells.push_back(cells_of(*group, *schema.Column(leaf), leaf, row_ - first, source_->pool));
    });
  group_end_ = first + group->metadata()->num_rows();
}

std::optional<ParquetRow> ParquetReader::next() {
  if (row_ >= row_count_) return std::nullopt;
  if (row_ == group_end_) explained(where_, "", [&] { begin_group(); });
  ParquetRow row;
  for (std::size_t i = 0; i < selected_.size(); ++i)
    row.push_back(explained(where_, columns_[selected_[i]].name, [&] { return source_->cells[i]->next(); }));
  ++row_;
  return row;
}

// --- Writing ---

namespace {

// Arrow expects a Status; what AtomicFile throws is its message.
class AtomicStream final : public arrow::io::OutputStream {
 public:
  explicit AtomicStream(const std::filesystem::path& path) : file_(path) {}

  arrow::Status Write(const void* bytes, std::int64_t count) override {
    try {
      file_.write({static_cast<const std::byte*>(bytes), static_cast<std::size_t>(count)});
    } catch (const Error& error) {
      return arrow::Status::IOError(error.what());
    }
    written_ += count;
    return arrow::Status::OK();
  }
  arrow::Result<std::int64_t> Tell() const override { return written_; }
  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }

  void commit() { file_.commit(); }

 private:
  AtomicFile file_;
  std::int64_t written_ = 0;
};

parquet::schema::NodePtr node_of(const ParquetField& field) {
  using parquet::LogicalType, parquet::schema::PrimitiveNode;
  const auto nulls = field.optional ? parquet::Repetition::OPTIONAL : parquet::Repetition::REQUIRED;
  switch (field.type) {
    case ParquetType::kText:
      return PrimitiveNode::Make(field.name, nulls, LogicalType::String(), parquet::Type::BYTE_ARRAY);
    case ParquetType::kInteger:
      return PrimitiveNode::Make(field.name, nulls, LogicalType::Int(64, true), parquet::Type::INT64);
    case ParquetType::kReal:
      return PrimitiveNode::Make(field.name, nulls, LogicalType::None(), parquet::Type::DOUBLE);
  }
  std::abort();
}

std::unique_ptr<parquet::ParquetFileWriter> open_file(std::shared_ptr<AtomicStream> stream,
                                                      const std::vector<ParquetField>& fields) {
  parquet::schema::NodeVector nodes;
  for (const ParquetField& field : fields) nodes.push_back(node_of(field));
  const auto root = parquet::schema::GroupNode::Make("table", parquet::Repetition::REQUIRED, nodes);
  return parquet::ParquetFileWriter::Open(
      std::move(stream), std::static_pointer_cast<parquet::schema::GroupNode>(root),
      parquet::WriterProperties::Builder().compression(parquet::Compression::ZSTD)->enable_page_checksum()->build());
}

template <class Writer, class Value>
void put(parquet::ColumnWriter& column, const Value* value) {
  const std::int16_t level = value != nullptr;
  static_cast<Writer&>(column).WriteBatch(1, &level, nullptr, value);
}

// Returns the bytes that it takes.
std::size_t put_cell(parquet::ColumnWriter& column, const ParquetCell& cell) {
  switch (column.type()) {
    case parquet::Type::INT64:
      put<parquet::Int64Writer>(column, std::get_if<std::int64_t>(&cell));
      return sizeof(std::int64_t);
    case parquet::Type::DOUBLE:
      put<parquet::DoubleWriter>(column, std::get_if<double>(&cell));
      return sizeof(double);
    default: {
      const auto* text = std::get_if<std::string>(&cell);
      const parquet::ByteArray bytes(text ? std::string_view(*text) : "");
      put<parquet::ByteArrayWriter>(column, text ? &bytes : nullptr);
      return sizeof bytes.len + bytes.len;
    }
  }
}

template <class Write>
void or_unavailable(const Write& write) {
  try {
    write();
  } catch (const parquet::ParquetException& exception) {
    throw Error(Kind::kUnavailable, reason_of(exception));
  }
}

}  // namespace

struct ParquetWriter::Target {
  const std::vector<ParquetField> fields;
  const std::shared_ptr<AtomicStream> stream;
  std::unique_ptr<parquet::ParquetFileWriter> file;
  parquet::RowGroupWriter* group = nullptr;  // the file's; null between two
  std::size_t group_bytes = 0;
};

ParquetWriter::ParquetWriter(const std::filesystem::path& path, std::vector<ParquetField> fields)
    : target_(new Target{std::move(fields), std::make_shared<AtomicStream>(path), nullptr}) {
  or_unavailable([&] { target_->file = open_file(target_->stream, target_->fields); });
}

ParquetWriter::~ParquetWriter() = default;

void ParquetWriter::add(std::span<const ParquetCell> row) {
  auto& [fields, stream, file, group, group_bytes] = *target_;
  assert(row.size() == fields.size());
  or_unavailable([&] {
    if (!group) group = file->AppendBufferedRowGroup();
    for (std::size_t i = 0; i < row.size(); ++i) {
      assert(row[i].index() == 0 ? fields[i].optional : row[i].index() == static_cast<std::size_t>(fields[i].type) + 1);
      group_bytes += put_cell(*group->column(static_cast<int>(i)), row[i]);
    }
    if (group_bytes < kGroupBytes) return;
    group->Close();
    group = nullptr;
    group_bytes = 0;
  });
}

void ParquetWriter::commit() {
  or_unavailable([&] { target_->file->Close(); });
  target_->stream->commit();
}

}  // namespace ootd
