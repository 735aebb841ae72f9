#include "ootd/parquet/format.h"

#include <iterator>

#include "ootd/parquet/take.h"

namespace ootd {
namespace {

// Of a small file that says it had more, memory and time would be without a bound. A list whose rows differ takes a
// byte for some ten rows at least.
constexpr std::uint64_t kMaxRowsPerByte = 100;

// Logical types by number; with a name: their values can not be told from what is stored.
constexpr std::string_view kLogicalTypes[] = {
    "", "", "MAP", "LIST", "",     "DECIMAL", "DATE",    "TIME",     "TIMESTAMP", "INTERVAL",
    "", "", "",    "BSON", "UUID", "FLOAT16", "VARIANT", "GEOMETRY", "GEOGRAPHY"};
constexpr int kString = 1, kEnum = 4, kInteger = 10, kJson = 12;
// The same of old: "converted types". What had no successor has a number that is not given.
constexpr int kLogicalOfConverted[] = {kString,  2,        2,        3,        kEnum,    5,        6,        7,
                                       7,        8,        8,        kInteger, kInteger, kInteger, kInteger, kInteger,
                                       kInteger, kInteger, kInteger, kJson,    13,       9};
constexpr int kFirstUnsigned = 11, kLastUnsigned = 14;  // converted

struct SchemaElement {
  std::int64_t type = -1, type_length = 0, repetition = 0, children = 0, logical = 0;
  bool is_unsigned = false;
  std::string name;
};

SchemaElement read_schema_element(ThriftReader& in) {
  SchemaElement element;
  in.read_struct([&](std::int64_t id) {
    if (id == 1) element.type = in.integer();
    if (id == 2) element.type_length = in.integer();
    if (id == 3) element.repetition = in.integer();
    if (id == 4) element.name = in.text();
    if (id == 5) element.children = in.integer();
    if (id == 6) {  // before the logical type, which counts where there is one
      const std::int64_t converted = in.integer();
      if (converted >= 0 && converted < std::ssize(kLogicalOfConverted))
        element.logical = kLogicalOfConverted[converted];
      element.is_unsigned = converted >= kFirstUnsigned && converted <= kLastUnsigned;
    }
    if (id == 10)
      in.read_struct([&](std::int64_t logical) {
        element.logical = logical;
        if (logical == kInteger)
          in.read_struct([&](std::int64_t field) {
            if (field == 2) element.is_unsigned = !in.boolean();
          });
      });
  });
  return element;
}

ColumnSchema column_of(const SchemaElement& element) {
  ColumnSchema column;
  column.name = element.name;
  if (element.type < 0 || element.children > 0 || element.repetition > 1) {
    column.problem = "is nested (a list, map or struct)";
    return column;
  }
  if (element.type > static_cast<int>(PhysicalType::kFixedLenByteArray)) throw_damaged("holds an unknown type");
  column.type = static_cast<PhysicalType>(element.type);
  constexpr std::uint64_t kWidths[] = {0, 4, 8, 12, 4, 8, 0, 0};
  column.width = kWidths[element.type];
  if (column.type == PhysicalType::kFixedLenByteArray) {
    if (element.type_length <= 0) throw_damaged("has a column of an impossible width");
    column.width = static_cast<std::uint64_t>(element.type_length);
  }
  column.optional = element.repetition == 1;
  column.is_unsigned = element.is_unsigned;
  column.says_text = element.logical == kString || element.logical == kEnum || element.logical == kJson;
  if (element.logical < 0 || element.logical >= std::ssize(kLogicalTypes))
    column.problem = "is of a type that is newer than this program";
  else if (const std::string_view type = kLogicalTypes[element.logical]; !type.empty())
    column.problem = "is of the type " + std::string(type);
  if (column.type == PhysicalType::kInt96) column.problem = "is of the type INT96";
  return column;
}

// The schema is a tree, written depth first; each of its leaves has a chunk. Its first level are the columns.
std::vector<ColumnSchema> columns_of(const std::vector<SchemaElement>& tree) {
  std::vector<ColumnSchema> columns;
  std::size_t chunk = 0;
  for (std::size_t at = 1; at < tree.size();) {
    columns.push_back(column_of(tree[at]));
    columns.back().chunk = chunk;
    for (std::int64_t open = 1; open > 0; ++at) {
      if (at >= tree.size()) throw_damaged("has a schema that ends too early");
      const std::int64_t children = tree[at].children;
      if (children < 0 || static_cast<std::uint64_t>(children) > tree.size()) throw_damaged("has an impossible schema");
      open += children - 1;
      if (tree[at].type >= 0) ++chunk;
    }
  }
  return columns;
}

ChunkPlace read_chunk(ThriftReader& in) {
  ChunkPlace chunk;
  in.read_struct([&](std::int64_t id) {
    if (id == 1) chunk.elsewhere = true;
    if (id == 3)
      in.read_struct([&](std::int64_t field) {
        if (field == 4) chunk.codec = static_cast<Codec>(in.integer());
        if (field == 5) chunk.values = in.integer();
        if (field == 7) chunk.bytes = in.integer();
        if (field == 9) chunk.data_offset = in.integer();
        if (field == 11) chunk.dictionary_offset = in.integer();
      });
  });
  return chunk;
}

RowGroup read_group(ThriftReader& in) {
  RowGroup group;
  in.read_struct([&](std::int64_t id) {
    if (id == 1) in.read_list([&] { group.chunks.push_back(read_chunk(in)); });
    if (id == 3) group.rows = in.integer();
  });
  return group;
}

std::string_view footer_bytes(std::string_view file) {
  if (file.ends_with("PARE")) throw_unread("is encrypted; write it without encryption");
  if (!file.starts_with(kParquetMagic)) throw_unread("is no Parquet file");
  const std::size_t tail = sizeof(std::uint32_t) + kParquetMagic.size();
  if (file.size() < kParquetMagic.size() + tail || !file.ends_with(kParquetMagic))
    throw_damaged("does not end like a Parquet file");
  std::string_view size_at = file.substr(file.size() - tail);
  const auto size = take_number<std::uint32_t>(size_at);
  if (size > file.size() - tail - kParquetMagic.size()) throw_damaged("has a footer larger than the file");
  return file.substr(file.size() - tail - size, size);
}

}  // namespace

ParquetFooter read_parquet_footer(std::string_view file) {
  ThriftReader in(footer_bytes(file));
  ParquetFooter footer;
  std::vector<SchemaElement> tree;
  in.read_struct([&](std::int64_t id) {
    if (id == 2) in.read_list([&] { tree.push_back(read_schema_element(in)); });
    if (id == 4) in.read_list([&] { footer.groups.push_back(read_group(in)); });
    if (id == 8) throw_unread("is encrypted; write it without encryption");
  });
  footer.columns = columns_of(tree);
  for (const RowGroup& group : footer.groups) {
    const std::uint64_t most = kMaxRowsPerByte * file.size() - static_cast<std::uint64_t>(footer.rows);
    if (group.rows < 0 || static_cast<std::uint64_t>(group.rows) > most)
      throw_damaged("says that it has more rows than its size allows");
    footer.rows += group.rows;
  }
  return footer;
}

PageHeader take_page_header(std::string_view& bytes) {
  PageHeader page;
  ThriftReader in(bytes);
  const auto encoding = [&] { return static_cast<Encoding>(in.integer()); };
  in.read_struct([&](std::int64_t id) {
    if (id == 1) page.kind = static_cast<PageKind>(in.integer());
    if (id == 2) page.bytes = in.integer();
    if (id == 3) page.packed_bytes = in.integer();
    if (id == 4) page.crc32 = static_cast<std::uint32_t>(in.integer());
    if (id == 5 || id == 7)  // a data page; a dictionary
      in.read_struct([&](std::int64_t field) {
        if (field == 1) page.values = in.integer();
        if (field == 2) page.encoding = encoding();
        if (field == 3 && id == 5) page.levels_encoding = encoding();
      });
    if (id == 8)
      in.read_struct([&](std::int64_t field) {
        if (field == 1) page.values = in.integer();
        if (field == 4) page.encoding = encoding();
        if (field == 5) page.definition_bytes = in.integer();
        if (field == 6) page.repetition_bytes = in.integer();
        if (field == 7) page.is_packed = in.boolean();
      });
  });
  bytes = in.left();
  return page;
}

}  // namespace ootd
