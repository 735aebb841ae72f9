#include "ootd/parquet/writer.h"

#include <gtest/gtest.h>

#include <limits>

#include "ootd/base/io.h"
#include "tests/parquet/tables.h"
#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::rows_of;

constexpr auto kText = ParquetType::kText, kInteger = ParquetType::kInteger, kReal = ParquetType::kReal;

std::string written(const std::vector<ParquetField>& fields, const std::vector<std::vector<ParquetCell>>& rows) {
  const testing::TempDir dir;
  ParquetWriter writer(dir.path() / "t.parquet", fields);
  for (const auto& row : rows) writer.add(row);
  EXPECT_FALSE(std::filesystem::exists(dir.path() / "t.parquet")) << "readers would see half of it";
  writer.commit();
  return read_text(dir.path() / "t.parquet");
}

TEST(ParquetWriter, WhatIsWrittenIsRead) {
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

TEST(ParquetWriter, ATableMayBeEmptyOrAllNull) {
  EXPECT_EQ(rows_of(written({{"a", kText}}, {})), Json::array());
  EXPECT_EQ(rows_of(written({{"a", kReal, true}}, {{{std::monostate()}}, {{std::monostate()}}})),
            (Json{Json::array({nullptr}), Json::array({nullptr})}));
}

TEST(ParquetWriter, ALongTableIsWrittenInGroups) {
  const testing::TempDir dir;
  const std::int64_t rows = 150'000;
  const auto url = [](std::int64_t i) { return "https://a.example/" + std::string(80, 'x') + std::to_string(i); };
  for (const char* name : {"a", "b"}) {
    ParquetWriter writer(dir.path() / name, {{"url", kText}, {"n", kInteger, true}});
    for (std::int64_t i = 0; i < rows; ++i) {
      const ParquetCell cells[] = {url(i), i % 3 == 0 ? ParquetCell() : ParquetCell(i)};
      writer.add(cells);
    }
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

TEST(ParquetWriter, AFolderThatIsMissingIsAnError) {
  EXPECT_NE(testing::message_of([] { ParquetWriter("/nowhere/t.parquet", {{"a", kText}}); }).find("/nowhere/t.parquet"),
            std::string::npos);
}

}  // namespace
}  // namespace ootd
