// What goes to PostgreSQL and back, and which of its errors are whose.
#include <algorithm>
#include <limits>

#include "tests/postgres/workspace.h"

namespace ootd {
namespace {

using testing::kind_of;
using testing::message_of;

class PgConnectionTest : public testing::PostgresTest {
 protected:
  void SetUp() override {
    PostgresTest::SetUp();
    if (!IsSkipped()) connection_ = std::make_unique<PgConnection>(url_);
  }
  std::unique_ptr<PgConnection> connection_;
};

TEST_F(PgConnectionTest, ValuesComeBackAsTheyWere) {
  const std::string bytes("caf\xe9 \0 \xff", 8);
  const std::optional<double> nothing;
  PgRows rows = connection_->rows("SELECT $1, $2, $3, $4, $5, $6", std::numeric_limits<std::int64_t>::min(), 0.1f,
                                  "스트릿", PgBytes{bytes}, nothing, true);
  ASSERT_TRUE(rows.next());
  EXPECT_EQ(rows.get<std::int64_t>(0), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(rows.get<float>(1), 0.1f);
  EXPECT_EQ(rows.get<std::string>(2), "스트릿");
  EXPECT_EQ(rows.get<std::string>(3), bytes);
  EXPECT_TRUE(rows.is_null(4));
  EXPECT_TRUE(rows.get<bool>(5));
  EXPECT_FALSE(rows.next());
}

TEST_F(PgConnectionTest, ArraysComeBackAsTheyWere) {
  const std::vector<std::optional<double>> numbers = {1.5, std::nullopt};
  const std::vector<std::string> words = {"", "a,b\"{}", "빨강"};
  PgRows rows = connection_->rows("SELECT n, w FROM unnest($1::float8[], $2::text[]) AS t (n, w)", numbers, words);
  std::string seen;
  while (rows.next())
    seen += (rows.is_null(0) ? "none" : std::to_string(rows.get<double>(0))) + " " + rows.get<std::string>(1) + "|";
  EXPECT_EQ(seen, "1.500000 |none a,b\"{}|none 빨강|");
  EXPECT_EQ(connection_->value<std::int64_t>("SELECT cardinality($1::bigint[])", std::vector<int>{}), 0);
}

TEST_F(PgConnectionTest, TextThatIsNoUtf8IsTheCallersAndLeavesTheTransactionAlone) {
  connection_->script("BEGIN");
  EXPECT_EQ(kind_of([&] { connection_->run("SELECT $1", std::string("caf\xe9")); }), Kind::kInput);
  EXPECT_EQ(kind_of([&] { connection_->run("SELECT $1", std::string("a\0b", 3)); }), Kind::kInput);
  EXPECT_EQ(message_of([&] { connection_->run("SELECT $1", std::string("caf\xe9")); }),
            "\"caf?\" is no UTF-8 text, which is what PostgreSQL keeps here");
  EXPECT_TRUE(connection_->is_in_transaction());
}

TEST_F(PgConnectionTest, AnErrorsKindSaysWhoseFaultItIs) {
  connection_->script("CREATE TABLE a (n bigint PRIMARY KEY); CREATE TABLE b (n bigint REFERENCES a)");
  const auto refusal = [&](const char* sql) { return kind_of([&] { connection_->script(sql); }); };
  EXPECT_EQ(refusal("INSERT INTO b VALUES (1)"), Kind::kNotFound) << "the row is gone";
  EXPECT_EQ(refusal("INSERT INTO a VALUES (1), (1)"), Kind::kInternal);
  EXPECT_EQ(refusal("SELEKT"), Kind::kInternal);
  EXPECT_EQ(refusal("SELECT 1 / 0"), Kind::kInput) << "a value";
  EXPECT_EQ(refusal("BEGIN READ ONLY; INSERT INTO a VALUES (1)"), Kind::kUnavailable) << "a primary no more";
  EXPECT_EQ(refusal("SELECT 1"), Kind::kUnavailable) << "in a transaction that failed";
  EXPECT_EQ(kind_of([&] { connection_->commit(); }), Kind::kUnavailable) << "COMMIT of it is no commit";
  EXPECT_EQ(refusal("SET statement_timeout = 1; SELECT pg_sleep(5)"), Kind::kUnavailable);
  PgConnection other(url_);
  other.script("BEGIN; LOCK TABLE a");
  EXPECT_EQ(refusal("SET statement_timeout = 0; SET lock_timeout = 1; LOCK TABLE a"), Kind::kUnavailable);
}

TEST_F(PgConnectionTest, MoreConnectionsThanTheServerTakesAreUnavailable) {
  std::vector<std::unique_ptr<PgConnection>> many;
  EXPECT_EQ(kind_of([&] {
              for (int i = 0; i < 100; ++i) many.push_back(std::make_unique<PgConnection>(url_));
            }),
            Kind::kUnavailable);
}

TEST_F(PgConnectionTest, AMessageNamesThePlaceAndNotThePassword) {
  const std::string message = message_of([&] { PgConnection refused("postgres://u:secret@127.0.0.1:1/shop"); });
  EXPECT_EQ(message.find("postgres://127.0.0.1:1/shop: "), 0u) << message;
  EXPECT_EQ(message.find("secret"), message.npos) << message;
  EXPECT_EQ(kind_of([&] { PgConnection refused("postgres://u:secret@127.0.0.1:1/shop"); }), Kind::kUnavailable);
  for (const char* url : {"postgres://u:secret@[", "postgres://u:secret@h/n?colour=red", "nonsense"}) {
    EXPECT_EQ(kind_of([&] { PgConnection refused(url); }), Kind::kInput) << url;
    EXPECT_EQ(message_of([&] { PgConnection refused(url); }).find("secret"), std::string::npos) << url;
  }
}

TEST_F(PgConnectionTest, OfSeveralHostsTheOneThatTakesWritesIsUsed) {
  const std::string host = testing::PostgresServer::shared().data() + "/..";
  const PgConnection connection("host=127.0.0.1," + host + " port=1,5432 user=ootd dbname=postgres");
  EXPECT_NE(connection.place().find(host), std::string::npos);
}

}  // namespace
}  // namespace ootd
