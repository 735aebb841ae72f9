#include "ootd/parquet/reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "ootd/base/io.h"
#include "ootd/parquet/format.h"
#include "ootd/parquet/thrift.h"
#include "tests/parquet/tables.h"
#include "tests/testing/message_of.h"

namespace ootd {
namespace {

using testing::golden_parquet;
using testing::message_of;
using testing::rows_of;

std::string file_of(const std::string& name) { return read_text(golden_parquet(name + ".parquet")); }

const Json& table() {
  static const Json table = read_json(golden_parquet("table.json"));
  return table;
}

std::vector<std::string> flat_columns() { return table().at("columns"); }

// table()'s rows of these columns only.
Json rows_of_table(const std::vector<std::string>& names, std::size_t first = 0, std::size_t end = SIZE_MAX) {
  const auto all = flat_columns();
  const Json& whole = table().at("rows");
  Json rows = Json::array();
  for (std::size_t i = first; i < std::min(end, whole.size()); ++i) {
    Json row = Json::array();
    for (const std::string& name : names)
      row.push_back(whole[i][static_cast<std::size_t>(std::ranges::find(all, name) - all.begin())]);
    rows.push_back(row);
  }
  return rows;
}

std::vector<std::string> without(std::vector<std::string> names, const std::string& name) {
  std::erase(names, name);
  return names;
}

class EveryWayToWriteIt : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryWayToWriteIt, GivesTheSameTable) { EXPECT_EQ(rows_of(file_of(GetParam())), rows_of_table(flat_columns())); }

TEST_P(EveryWayToWriteIt, CanBeReadFromAnyRowOnAndAnyColumnsInAnyOrder) {
  const std::string file = file_of(GetParam());
  const std::vector<std::string> names = {"sold", "url", "big"};
  for (std::size_t row = 0; row <= 41; ++row)
    EXPECT_EQ(rows_of(file, names, static_cast<std::int64_t>(row)), rows_of_table(names, row)) << row;
}

std::vector<std::string> golden_names() {
  std::vector<std::string> names = {"delta_v1", "delta_v2", "statistics"};
  for (const char* codec : {"none", "snappy", "gzip", "zstd"})
    for (const char* page : {"v1", "v2"})
      for (const char* values : {"plain", "dictionary"})
        names.push_back(std::string(codec) + "_" + page + "_" + values);
  return names;
}

INSTANTIATE_TEST_SUITE_P(Golden, EveryWayToWriteIt, ::testing::ValuesIn(golden_names()),
                         [](const auto& test) { return test.param; });

TEST(ParquetReader, ReadsFormatOneAndOtherWriters) {
  EXPECT_EQ(rows_of(file_of("format1")), rows_of_table(without(flat_columns(), "unsigned")));
  EXPECT_EQ(rows_of(file_of("duckdb")), rows_of_table(without(flat_columns(), "nothing")));
}

TEST(ParquetReader, ReadsSplitBytes) {
  EXPECT_EQ(rows_of(file_of("split")), rows_of_table({"price", "ratio", "width", "big", "code"}));
}

TEST(ParquetReader, ReadsLongPages) {
  Json expected = Json::array();
  for (std::int64_t i = 0; i < 700; ++i)
    expected.push_back({std::to_string(i * i * i - 1'000'000 * i),
                        i / 50 % 2 == 1 ? Json() : Json("s" + std::to_string(i * 7 % 300))});
  EXPECT_EQ(rows_of(file_of("long_dictionary")), expected);
  EXPECT_EQ(rows_of(file_of("long_delta")), expected);
}

TEST(ParquetReader, AnEmptyTableHasColumnsAndNoRows) {
  const std::string file = file_of("empty");
  ParquetReader reader(file, "");
  EXPECT_EQ(testing::readable_names(reader), flat_columns());
  EXPECT_EQ(reader.row_count(), 0);
  reader.select({0});
  EXPECT_FALSE(reader.next());
}

TEST(ParquetReader, WhatIsNotReadIsNamedAndTheRestIs) {
  const std::string file = file_of("refused");
  ParquetReader reader(file, "a.parquet: ");
  std::string problems;
  for (const auto& [name, is_bytes, problem] : reader.columns())
    problems += name + ":" + (is_bytes ? "bytes" : problem) + "\n";
  EXPECT_EQ(problems,
            "url:\nwhen:is of the type INT96\nday:is of the type DATE\nprice:is of the type DECIMAL\n"
            "half:is of the type FLOAT16\npicture:bytes\ntags:is nested (a list, map or struct)\n");
  EXPECT_EQ(rows_of(file, {"url"}), Json::parse(R"([["https://a.example/1.jpg"]])"));
  EXPECT_EQ(message_of([&] { reader.select({0, 1}); }),
            "a.parquet: column \"when\" is of the type INT96, which is not read; write the file with this column as "
            "text, or without it");
  EXPECT_NE(message_of([&] { reader.select({6}); }).find("column \"tags\" is nested"), std::string::npos);
}

TEST(ParquetReader, OtherFilesAreRefusedWithAReason) {
  const auto message = [](const std::string& file) { return message_of([&] { rows_of(file); }); };
  EXPECT_EQ(message(""), "f: the file is no Parquet file");
  EXPECT_EQ(message("url\nhttps://a.example/1.jpg\n"), "f: the file is no Parquet file");
  EXPECT_NE(message("PAR1PAR1").find("does not end like a Parquet file"), std::string::npos);
  EXPECT_EQ(message(file_of("encrypted_whole")), "f: the file is encrypted; write it without encryption");
  EXPECT_EQ(message(file_of("encrypted_columns")), "f: the file is encrypted; write it without encryption");
  EXPECT_EQ(message(file_of("brotli")),
            "f: column \"url\" is packed by codec 4, which is not read; pack it by snappy, gzip or zstd");
}

// --- Damage and malice
// --------------------------------------------------------------------------------------------------

// Reads all that can be read. False for an Error, which is about the input.
bool reads(std::string_view file) {
  try {
    ParquetReader reader(file, "f: ");
    reader.select(testing::places_of(reader, testing::readable_names(reader)));
    while (reader.next()) {
    }
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::kInput) << error.what();
    return false;
  }
}

TEST(ParquetReader, ATruncatedFileIsRefused) {
  for (const char* name : {"delta_v2", "snappy_v2_dictionary", "gzip_v1_plain", "empty"}) {
    const std::string file = file_of(name);
    for (std::size_t size = 0; size < file.size(); ++size) EXPECT_FALSE(reads(file.substr(0, size))) << name << size;
  }
}

TEST(ParquetReader, AnyByteMayBeWrong) {
  for (const char* name : {"delta_v1", "delta_v2", "none_v2_dictionary", "snappy_v1_dictionary", "gzip_v2_plain",
                           "long_delta", "split", "duckdb"}) {
    std::string file = file_of(name);
    for (char& byte : file)
      for (const int flip : {0x01, 0x80, 0xff}) {
        byte = static_cast<char>(byte ^ flip);
        reads(file);
        byte = static_cast<char>(byte ^ flip);
      }
  }
}

TEST(ParquetReader, AChecksumFindsEachDamagedPage) {
  std::string file = file_of("checksums");
  ASSERT_TRUE(reads(file));
  std::string_view pages(file);
  pages.remove_prefix(kParquetMagic.size());
  std::size_t damaged = 0;
  for (const RowGroup& group : read_parquet_footer(file).groups)
    for (std::size_t chunk = 0; chunk < group.chunks.size(); ++chunk) {
      std::string_view left = pages.substr(0, static_cast<std::size_t>(group.chunks[chunk].bytes));
      pages.remove_prefix(left.size());
      if (chunk == 1 || chunk == 6 || chunk == 7) continue;  // nested
      while (!left.empty()) {
        const PageHeader header = take_page_header(left);
        ASSERT_GE(header.crc32, 0);
        for (std::int64_t i = 0; i < header.packed_bytes; ++i, ++damaged) {
          char& byte = file[static_cast<std::size_t>(left.data() - file.data())];
          byte = static_cast<char>(byte ^ 0x10);
          EXPECT_FALSE(reads(file)) << "page of chunk " << chunk << ", byte " << i;
          byte = static_cast<char>(byte ^ 0x10);
          left.remove_prefix(1);
        }
      }
    }
  EXPECT_GT(damaged, 500u);
}

// A file of one required column "c", whose only chunk is `chunk`, with whatever the footer says of it.
struct Claims {
  std::int64_t rows = 1, values = 1, offset = 4, bytes = -1;  // -1: the chunk's
  PhysicalType type = PhysicalType::kByteArray;
  std::int32_t length = 0, children = 1;
};

std::string file_of_footer(const std::string& chunk, const std::string& footer) {
  const auto size = static_cast<std::uint32_t>(footer.size());
  return "PAR1" + chunk + footer + std::string(reinterpret_cast<const char*>(&size), sizeof size) + "PAR1";
}

std::string file_with(const std::string& chunk, const Claims& claims) {
  const auto bytes = claims.bytes < 0 ? static_cast<std::int64_t>(chunk.size()) : claims.bytes;
  const ThriftValue root = thrift_struct({{4, thrift_text("table")}, {5, thrift_i32(claims.children)}});
  const ThriftValue column = thrift_struct(
      {{1, thrift_i32(static_cast<int>(claims.type))}, {2, thrift_i32(claims.length)}, {4, thrift_text("c")}});
  const ThriftValue place =
      thrift_struct({{5, thrift_i64(claims.values)}, {7, thrift_i64(bytes)}, {9, thrift_i64(claims.offset)}});
  const ThriftValue group =
      thrift_struct({{1, thrift_list({thrift_struct({{3, place}})})}, {3, thrift_i64(claims.rows)}});
  return file_of_footer(chunk, thrift_struct({{2, thrift_list({root, column})}, {4, thrift_list({group})}}).bytes);
}

std::string page_with(const std::string& body, std::int32_t values, Encoding encoding, std::int64_t bytes = -1) {
  const auto size = static_cast<std::int64_t>(body.size());
  return thrift_struct({{1, thrift_i32(static_cast<int>(PageKind::kData))},
                        {2, thrift_i32(bytes < 0 ? size : bytes)},
                        {3, thrift_i32(size)},
                        {5, thrift_struct({{1, thrift_i32(values)}, {2, thrift_i32(static_cast<int>(encoding))}})}})
             .bytes +
         body;
}

TEST(ParquetReader, BelievesNoNumberInAFile) {
  const std::string good = page_with(std::string("\1\0\0\0x", 5), 1, Encoding::kPlain);
  const auto message = [](const std::string& chunk, const Claims& claims) {
    return message_of([&] { rows_of(file_with(chunk, claims)); });
  };
  EXPECT_EQ(message(good, {}), "accepted");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {message(good, {.rows = std::int64_t{1} << 62}), "more rows than its size allows"},
      {message(good, {.rows = -1}), "more rows than its size allows"},
      {message(good, {.rows = 2}), "another number of values than of rows"},
      {message(good, {.rows = 2, .values = 2}), "ends too early"},
      {message(good, {.offset = 1 << 30}), "beyond the end of the file"},
      {message(good, {.offset = -5}), "beyond the end of the file"},
      {message(good, {.bytes = std::int64_t{1} << 62}), "beyond the end of the file"},
      {message(good, {.bytes = 3}), "ends too early"},
      {message(good, {.type = PhysicalType::kFixedLenByteArray}), "impossible width"},
      {message(good, {.type = PhysicalType::kFixedLenByteArray, .length = 1 << 30}), "ends too early"},
      {message(page_with("\xff\xff\xff\xffx", 1, Encoding::kPlain), {}), "ends too early"},
      {message(page_with("", INT32_MAX, Encoding::kPlain), {}), "more values than rows"},
      {message(page_with("", -1, Encoding::kPlain), {}), "more values than rows"},
      {message(page_with("", 1, Encoding::kPlain, INT32_MAX), {}), "impossible size"},
      {message(page_with("", 1, Encoding::kRleDictionary), {}), "ends too early"},
      {message(page_with("\x21\x02", 1, Encoding::kRleDictionary), {}), "impossible width"},
      {message(page_with(std::string("\x01\x02\x00", 3), 1, Encoding::kRleDictionary), {}), "its dictionary lacks"},
      {message(page_with("", 1, Encoding::kDeltaBinaryPacked), {}), "encoding 5"},
      // 2^32 values of 0 bits in a block: 128 values a miniblock, 4 of these, then the count.
      {message(page_with(std::string("\x80\x04\x04\x80\x80\x80\x80\x10\x00", 9), 1, Encoding::kDeltaLengthByteArray),
               {}),
       "impossible delta blocks"},
      {message(page_with(std::string("\x80\x04\x00\x01\x00", 5), 1, Encoding::kDeltaLengthByteArray), {}),
       "impossible delta blocks"},
      {message(page_with(std::string("\x80\x04\x04\x01\x01", 5), 1, Encoding::kDeltaLengthByteArray), {}),
       "ends too early"},  // a length of -1
  };
  for (const auto& [found, expected] : cases) EXPECT_NE(found.find(expected), std::string::npos) << found;
}

TEST(ParquetReader, HostileFootersEnd) {
  const auto message = [](const std::string& footer) {
    return message_of([&] { rows_of(file_of_footer("", footer)); });
  };
  EXPECT_NE(message(std::string("\x29\xf0\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11)),
            "accepted");  // elements of no type
  EXPECT_NE(message(std::string("\x29\xfc\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11)), "accepted");  // 2^63 structs
  EXPECT_NE(message(std::string(100'000, '\x1c')).find("nested too deeply"), std::string::npos);
  EXPECT_NE(message(std::string(100'000, '\x19')).find("nested too deeply"), std::string::npos);
  EXPECT_NE(message_of([] { rows_of(file_with("", {.children = INT32_MAX})); }), "accepted");
}

}  // namespace
}  // namespace ootd
