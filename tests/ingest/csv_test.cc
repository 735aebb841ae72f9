#include "ootd/ingest/csv.h"

#include <gtest/gtest.h>

namespace ootd {
namespace {

using Fields = std::vector<std::string>;

std::vector<CsvRow> csv_rows(std::string_view text) {
  std::vector<CsvRow> rows;
  CsvReader reader(text);
  while (auto row = reader.next()) rows.push_back(std::move(*row));
  return rows;
}

TEST(CsvReader, ReadsRowsWithEitherLineEnd) {
  const auto rows = csv_rows("a,b\r\n1,2\n3,\n,4");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_EQ(rows[0].fields, (Fields{"a", "b"}));
  EXPECT_EQ(rows[1].fields, (Fields{"1", "2"}));
  EXPECT_EQ(rows[2].fields, (Fields{"3", ""}));
  EXPECT_EQ(rows[3].fields, (Fields{"", "4"}));
}

TEST(CsvReader, ACommaAtTheVeryEndOpensOneMoreField) {
  EXPECT_EQ(csv_rows("a,").at(0).fields, (Fields{"a", ""}));
  EXPECT_EQ(csv_rows("a,\n").at(0).fields, (Fields{"a", ""}));
}

TEST(CsvReader, QuotedFieldsHoldCommasQuotesAndLines) {
  const auto rows = csv_rows("\"a,b\",\"say \"\"hi\"\"\",\"\"\r\n\"two\r\nlines\",x,y\nlast,1,2\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].fields, (Fields{"a,b", "say \"hi\"", ""}));
  EXPECT_EQ(rows[1].fields, (Fields{"two\r\nlines", "x", "y"}));
  EXPECT_EQ(rows[1].line, 2);
  EXPECT_EQ(rows[2].line, 4) << "lines are counted inside quotes too";
  for (const auto& row : rows) EXPECT_EQ(row.problem, "");
}

TEST(CsvReader, SkipsTheByteOrderMarkAndBlankLinesButCountsThem) {
  const auto rows = csv_rows(
      "\xEF\xBB\xBF"
      "file\n\n\r\na.jpg\n\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].fields, (Fields{"file"}));
  EXPECT_EQ(rows[1].line, 4);
}

TEST(CsvReader, NamesBrokenQuotesAndGoesOnWhereItCan) {
  const auto rows = csv_rows("\"a\"b,c\nd,e\n\"f");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_NE(rows[0].problem.find("after the closing quote in line 1"), std::string::npos);
  EXPECT_EQ(rows[0].fields.size(), 2u);
  EXPECT_EQ(rows[1].problem, "");
  EXPECT_NE(rows[2].problem.find("line 3 is never closed"), std::string::npos);
}

TEST(CsvReader, KeepsAQuoteInsideAPlainFieldAndBytesThatAreNoUtf8) {
  EXPECT_EQ(csv_rows("5\" heel,\xFF\xFE\r,x").at(0).fields, (Fields{"5\" heel", "\xFF\xFE\r", "x"}));
}

TEST(CsvReader, AnEmptyTextHasNoRows) {
  EXPECT_TRUE(csv_rows("").empty());
  EXPECT_TRUE(csv_rows("\r\n\n").empty());
}

}  // namespace
}  // namespace ootd
