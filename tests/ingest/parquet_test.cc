#include "ootd/ingest/parquet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "ootd/base/io.h"
#include "ootd/base/json.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::message_of;

TEST(ParquetRefused, ByABuildWithoutArrowWhichNamesOneThatHasIt) {
  if (has_parquet()) GTEST_SKIP() << "this build has Parquet";
  const std::string sentence =
      "this build of ootd has no Parquet; use CSV, or the build that `make build` makes (build/release/ootd), which "
      "has it";
  EXPECT_EQ(message_of([] { ParquetReader("PAR1", "a.parquet: "); }), "a.parquet: " + sentence);
  EXPECT_EQ(message_of([] { ParquetWriter("/x/t.parquet", {{"a"}}); }), "/x/t.parquet: " + sentence);
}

class ParquetTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_parquet()) GTEST_SKIP() << "a build without Arrow";
  }
};
using ParquetReading = ParquetTest;
using ParquetWriting = ParquetTest;

std::filesystem::path golden(const std::string& name) {
  return std::filesystem::path(OOTD_GOLDEN_DIR) / "parquet" / name;
}
std::string file_of(const std::string& name) { return read_text(golden(name + ".parquet")); }

// All rows from `first` on, of these columns; empty: of those that can be read.
Json rows_of(std::string_view file, const std::vector<std::string>& names = {}, std::int64_t first = 0) {
  ParquetReader reader(file, "f: ");
  std::vector<std::size_t> places;
  for (std::size_t i = 0; names.empty() && i < reader.columns().size(); ++i)
    if (reader.columns()[i].problem.empty()) places.push_back(i);
  for (const std::string& name : names)
    places.push_back(static_cast<std::size_t>(std::ranges::find(reader.columns(), name, &ParquetColumn::name) -
                                              reader.columns().begin()));
  reader.select(places, first);
  Json rows = Json::array();
  while (const auto row = reader.next()) {
    Json cells = Json::array();
    for (const auto& cell : *row) cells.push_back(cell ? Json(*cell) : Json());
    rows.push_back(cells);
  }
  return rows;
}

// The golden table's rows from `first` on, of all columns but one, or of these.
Json golden_rows(const std::string& without = "", std::vector<std::string> names = {}, std::size_t first = 0) {
  const Json table = read_json(golden("table.json"));
  const std::vector<std::string> all = table.at("columns");
  if (names.empty()) names = all;
  std::erase(names, without);
  Json rows = Json::array();
  for (std::size_t i = first; i < table.at("rows").size(); ++i) {
    Json row = Json::array();
    for (const std::string& name : names)
      row.push_back(table["rows"][i][static_cast<std::size_t>(std::ranges::find(all, name) - all.begin())]);
    rows.push_back(row);
  }
  return rows;
}

TEST_F(ParquetReading, GivesTheTextsThatPyarrowAndDuckdbWrote) {
  for (const char* name : {"snappy", "delta", "statistics"}) EXPECT_EQ(rows_of(file_of(name)), golden_rows()) << name;
  EXPECT_EQ(rows_of(file_of("duckdb")), golden_rows("nothing"));
}

TEST_F(ParquetReading, BeginsAtAnyRowWithAnyColumnsInAnyOrder) {
  const std::vector<std::string> names = {"sold", "url", "big"};
  for (const char* name : {"snappy", "delta", "duckdb"}) {
    const std::string file = file_of(name);
    for (std::size_t row = 0; row <= 41; ++row)
      EXPECT_EQ(rows_of(file, names, static_cast<std::int64_t>(row)), golden_rows("", names, row)) << name << row;
  }
}

TEST_F(ParquetReading, AnEmptyTableHasColumnsAndNoRows) {
  const std::string file = file_of("empty");
  ParquetReader reader(file, "");
  EXPECT_EQ(reader.columns().size(), 13u);
  EXPECT_EQ(reader.row_count(), 0);
  reader.select({0});
  EXPECT_FALSE(reader.next());
}

TEST_F(ParquetReading, NamesWhatIsNotReadAndReadsTheRest) {
  const std::string file = file_of("refused");
  ParquetReader reader(file, "a.parquet: ");
  std::string problems;
  for (const auto& [name, is_bytes, problem] : reader.columns())
    problems += name + ":" + (is_bytes ? "bytes" : problem) + "\n";
  EXPECT_EQ(problems,
            "url:\nwhen:is of the type INT96\nday:is of the type Date\n"
            "price:is of the type Decimal(precision=9, scale=2)\nhalf:is of the type Float16\npicture:bytes\n"
            "tags:is nested (a list, map or struct)\n");
  EXPECT_EQ(rows_of(file, {"url"}), Json::parse(R"([["https://a.example/1.jpg"]])"));
  EXPECT_EQ(message_of([&] { reader.select({0, 1}); }),
            "a.parquet: column \"when\" is of the type INT96, which is not read; write the file with this column as "
            "text, or without it");
  EXPECT_NE(message_of([&] { reader.select({6}); }).find("column \"tags\" is nested"), std::string::npos);
}

TEST_F(ParquetReading, OtherFilesAreRefusedWithAReason) {
  const auto message = [](const std::string& file) { return message_of([&] { rows_of(file); }); };
  for (const char* file : {"", "url\nhttps://a.example/1.jpg\n", "PAR1PAR1"}) {
    const std::string found = message(file);
    EXPECT_TRUE(found.starts_with("f: the file can not be read as Parquet (")) << found;
    EXPECT_TRUE(found.ends_with("); fetch or write it anew")) << found;
  }
  EXPECT_EQ(message(file_of("encrypted_whole")), "f: the file is encrypted; write it without encryption");
  EXPECT_EQ(message(file_of("encrypted_columns")), "f: the file is encrypted; write it without encryption");
}

// Reads all that can be read. False for an Error, which is about the input.
bool reads(std::string_view file) {
  try {
    rows_of(file);
    return true;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::kInput) << error.what();
    return false;
  }
}

TEST_F(ParquetReading, ATruncatedFileIsRefused) {
  for (const char* name : {"snappy", "delta", "empty"}) {
    const std::string file = file_of(name);
    for (std::size_t size = 0; size < file.size(); ++size) EXPECT_FALSE(reads(file.substr(0, size))) << name << size;
  }
}

TEST_F(ParquetReading, AnyByteMayBeWrong) {
  for (const char* name : {"delta", "checksums", "duckdb"}) {
    std::string file = file_of(name);
    for (char& byte : file)
      for (const int flip : {0x01, 0xff}) {
        byte = static_cast<char>(byte ^ flip);
        reads(file);
        byte = static_cast<char>(byte ^ flip);
      }
  }
}

TEST_F(ParquetReading, AChecksumFindsADamagedPage) {
  std::string file = file_of("checksums");
  ASSERT_TRUE(reads(file));
  file.at(file.find("https://a.example/looks/0/3.jpg")) = 'H';
  const std::string found = message_of([&] { rows_of(file); });
  EXPECT_TRUE(found.starts_with("f: column \"url\" can not be read as Parquet (")) << found;
}

constexpr auto kText = ParquetType::kText, kInteger = ParquetType::kInteger, kReal = ParquetType::kReal;

std::string written(const std::vector<ParquetField>& fields, const std::vector<std::vector<ParquetCell>>& rows) {
  const testing::TempDir dir;
  ParquetWriter writer(dir.path() / "t.parquet", fields);
  for (const auto& row : rows) writer.add(row);
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "t.parquet")) << "readers would see half of it";
  writer.commit();
  return read_text(dir.path() / "t.parquet");
}

TEST_F(ParquetReading, ASmallFileMayNotSayThatItHasRowsWithoutEnd) {
  const std::string file = written({{"url", kText, true}}, {4'000'000, {std::monostate()}});
  ASSERT_LT(file.size(), 40'000u);
  EXPECT_NE(message_of([&] { rows_of(file); }).find("more rows than its size allows"), std::string::npos);
}

TEST_F(ParquetWriting, WhatIsWrittenIsRead) {
  using Limits = std::numeric_limits<std::int64_t>;
  const std::string file = written({{"text", kText}, {"note", kText, true}, {"n", kInteger, true}, {"x", kReal, true}},
                                   {{"Café", "", Limits::min(), 0.1},
                                    {std::string("a\0b", 3), std::monostate(), Limits::max(), std::monostate()},
                                    {"", "\"quoted\", and | more\n", std::monostate(), -1e300}});
  EXPECT_EQ(rows_of(file), (Json{{"Café", "", "-9223372036854775808", "0.1"},
                                 {std::string("a\0b", 3), nullptr, "9223372036854775807", nullptr},
                                 {"", "\"quoted\", and | more\n", nullptr, "-1e+300"}}));
  const ParquetReader reader(file, "");
  EXPECT_EQ(reader.columns()[1].name, "note");
  EXPECT_FALSE(reader.columns()[1].is_bytes);
}

TEST_F(ParquetWriting, ATableMayBeEmptyOrAllNull) {
  EXPECT_EQ(rows_of(written({{"a", kText}}, {})), Json::array());
  EXPECT_EQ(rows_of(written({{"a", kReal, true}}, {{{std::monostate()}}, {{std::monostate()}}})),
            (Json{Json::array({nullptr}), Json::array({nullptr})}));
}

TEST_F(ParquetWriting, ALongTableIsWrittenInGroups) {
  const testing::TempDir dir;
  const std::int64_t rows = 150'000;
  const auto url = [](std::int64_t i) { return "https://a.example/" + std::string(80, 'x') + std::to_string(i); };
  for (const char* name : {"a", "b"}) {
    ParquetWriter writer(dir.path() / name, {{"url", kText}, {"n", kInteger, true}});
    for (std::int64_t i = 0; i < rows; ++i) {
      const ParquetCell cells[] = {url(i), i % 3 == 0 ? ParquetCell() : ParquetCell(i)};
      writer.add(cells);
    }
    EXPECT_GT(std::filesystem::file_size(*std::filesystem::directory_iterator(dir.path())), 0u) << "a group";
    writer.commit();
  }
  const std::string file = read_text(dir.path() / "a");
  EXPECT_EQ(file, read_text(dir.path() / "b"));
  ParquetReader reader(file, "");
  EXPECT_EQ(reader.row_count(), rows);
  reader.select({0, 1});
  for (std::int64_t i = 0; i < rows; ++i) {
    const auto row = reader.next();
    ASSERT_EQ(row->at(0), url(i));
    ASSERT_EQ(row->at(1), i % 3 == 0 ? std::nullopt : std::optional(std::to_string(i)));
  }
  reader.select({1}, 130'001);
  EXPECT_EQ(reader.next()->at(0), "130001");
}

TEST_F(ParquetWriting, AFolderThatIsMissingIsAnError) {
  EXPECT_NE(message_of([] { ParquetWriter("/nowhere/t.parquet", {{"a", kText}}); }).find("/nowhere/t.parquet"),
            std::string::npos);
}

}  // namespace
}  // namespace ootd
