#include "ootd/sqlite/database.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "ootd/base/error.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

class DatabaseTest : public ::testing::Test {
 protected:
  DatabaseTest() : path_(dir_.path() / "x.db"), database_(path_, 0) {
    database_.execute("PRAGMA journal_mode = WAL; CREATE TABLE t (i INTEGER, r REAL, s TEXT, b BLOB) STRICT");
  }
  std::int64_t count() { return database_.first<std::int64_t>("SELECT count(*) FROM t").value(); }
  static Kind kind_of(const std::function<void()>& action) {
    try {
      action();
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("x.db: "), std::string::npos) << error.what();
      return error.kind();
    }
    ADD_FAILURE() << "nothing was thrown";
    return Kind::kInternal;
  }

  const ootd::testing::TempDir dir_;
  const std::filesystem::path path_;
  Database database_;
};

TEST_F(DatabaseTest, ValuesComeBackAsTheyWent) {
  const std::string text("a\0b\xff", 4);
  const std::vector<std::byte> bytes = {std::byte{0}, std::byte{200}};
  Statement insert(database_, "INSERT INTO t VALUES (?1, ?2, ?3, ?4)");
  insert.run(std::int64_t{-1} << 62, 0.1, text, std::span<const std::byte>(bytes));
  insert.run(std::optional<int>(), std::optional<double>(2.5), std::string_view(), std::span<const std::byte>());
  Statement query(database_, "SELECT * FROM t ORDER BY rowid");
  ASSERT_TRUE(query.step());
  EXPECT_EQ(query.get<std::int64_t>(0), std::int64_t{-1} << 62);
  EXPECT_EQ(query.get<double>(1), 0.1);
  EXPECT_EQ(query.get<std::string>(2), text);
  EXPECT_TRUE(std::ranges::equal(query.get<std::span<const std::byte>>(3), bytes));
  ASSERT_TRUE(query.step());
  EXPECT_TRUE(query.is_null(0));
  EXPECT_EQ(query.get<double>(1), 2.5);
  EXPECT_FALSE(query.is_null(2)) << "an empty text is no NULL";
  EXPECT_EQ(query.get<std::string>(2), "");
  EXPECT_FALSE(query.step());
}

TEST_F(DatabaseTest, AnInnerTransactionTakesBackOnlyItself) {
  {
    Transaction outer(database_, Transaction::Mode::kWrite);
    database_.run("INSERT INTO t (i) VALUES (1)");
    {
      Transaction inner(database_, Transaction::Mode::kWrite);
      database_.run("INSERT INTO t (i) VALUES (2)");
    }
    EXPECT_EQ(count(), 1);
    {
      Transaction inner(database_, Transaction::Mode::kWrite);
      database_.run("INSERT INTO t (i) VALUES (3)");
      inner.commit();
    }
    outer.commit();
  }
  EXPECT_EQ(count(), 2);
  {
    Transaction lost(database_, Transaction::Mode::kWrite);
    database_.run("DELETE FROM t");
  }
  EXPECT_EQ(count(), 2);
}

TEST_F(DatabaseTest, AFullDatabaseIsUnavailableAndKeepsWhatItHad) {
  database_.run("INSERT INTO t (s) VALUES ('kept')");
  database_.run("PRAGMA max_page_count = 10");
  const std::string big(100'000, 'x');
  EXPECT_EQ(kind_of([&] {
              Transaction transaction(database_, Transaction::Mode::kWrite);
              database_.run("INSERT INTO t (s) VALUES ('with it')");
              database_.run("INSERT INTO t (s) VALUES (?1)", big);
            }),
            Kind::kUnavailable);
  EXPECT_FALSE(database_.in_transaction());
  EXPECT_EQ(count(), 1);
  database_.run("INSERT INTO t (s) VALUES ('after')");
  EXPECT_EQ(count(), 2);
}

TEST_F(DatabaseTest, AWriterThatWaitsTooLongIsUnavailableWhileReadersGoOn) {
  Database other(path_, 10);
  Transaction ours(database_, Transaction::Mode::kWrite);
  EXPECT_EQ(kind_of([&] { Transaction theirs(other, Transaction::Mode::kWrite); }), Kind::kUnavailable);
  EXPECT_EQ(other.first<std::int64_t>("SELECT count(*) FROM t"), 0);
}

TEST_F(DatabaseTest, WrongSqlIsOurOwnBug) {
  EXPECT_EQ(kind_of([&] { database_.run("SELEC 1"); }), Kind::kInternal);
  EXPECT_EQ(kind_of([&] { database_.run("INSERT INTO t (i) VALUES ('text')"); }), Kind::kInternal) << "STRICT";
}

TEST(Database, AFileThatCannotBeOpenedIsNamed) {
  const ootd::testing::TempDir dir;
  try {
    Database database(dir.path() / "none" / "x.db", 0);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), Kind::kUnavailable);
    EXPECT_EQ(error.what(), (dir.path() / "none" / "x.db").string() + ": unable to open database file");
  }
}

}  // namespace
}  // namespace ootd
