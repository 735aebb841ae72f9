#include "ootd/sqlite/connections.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/testing/message_of.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using testing::kind_of;

class ConnectionsTest : public ::testing::Test {
 protected:
  ConnectionsTest() : connections_(home_.path() / "catalog.db") {}
  void put(Database& database, const std::string& name) {
    database.run("INSERT INTO settings (name, value) VALUES (?1, '')", name);
  }
  static int count(Database& database) { return database.value<int>("SELECT count(*) FROM settings"); }
  int committed() {
    return std::async(std::launch::async, [&] { return count(*Connections::Reading(connections_)); }).get();
  }

  const ootd::testing::TempDir home_;
  Connections connections_;
};

TEST_F(ConnectionsTest, AReadingSeesOneStateHoweverMuchIsWrittenMeanwhile) {
  Connections::Reading reading(connections_);
  EXPECT_EQ(count(*reading), 0);
  for (int i = 0; i < 3; ++i) {
    Connections::Writing writing(connections_);
    put(*writing, std::to_string(i));
    writing.commit();
    EXPECT_EQ(count(*reading), 0);
  }
  EXPECT_EQ(committed(), 3);
}

TEST_F(ConnectionsTest, AReadingWithinAWritingSeesWhatWasWrittenAndOthersDoNot) {
  Connections::Writing writing(connections_);
  put(*writing, "a");
  EXPECT_EQ(count(*Connections::Reading(connections_)), 1);
  EXPECT_EQ(committed(), 0);
  put(*writing, "b");  // the reading's end has not ended the writing
  writing.commit();
  EXPECT_EQ(committed(), 2);
}

TEST_F(ConnectionsTest, AWritingWithoutCommitLeavesNothing) {
  {
    Connections::Writing writing(connections_);
    put(*writing, "a");
  }
  EXPECT_EQ(committed(), 0);
}

TEST_F(ConnectionsTest, AWritingWithinAnotherCanBeTakenBackAlone) {
  Connections::Writing outer(connections_);
  put(*outer, "a");
  {
    Connections::Writing lost(connections_);
    put(*lost, "b");
  }
  {
    Connections::Writing kept(connections_);
    put(*kept, "c");
    kept.commit();
    EXPECT_EQ(committed(), 0) << "a part of the outer one is committed with it";
  }
  put(*outer, "d");
  outer.commit();
  EXPECT_EQ(committed(), 3);
}

TEST_F(ConnectionsTest, AWritingWaitsForTheBatchOfAnotherThread) {
  connections_.begin_batch();
  auto other = std::async(std::launch::async, [&] {
    Connections::Writing writing(connections_);
    put(*writing, "theirs");
    writing.commit();
  });
  EXPECT_EQ(other.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  {
    Connections::Writing writing(connections_);
    put(*writing, "ours");
    writing.commit();
  }
  EXPECT_EQ(committed(), 0);
  connections_.commit_batch();
  other.get();
  EXPECT_EQ(committed(), 2);
}

TEST_F(ConnectionsTest, AReadingCannotWrite) {
  Connections::Reading reading(connections_);
  EXPECT_NE(kind_of([&] { put(*reading, "a"); }), std::nullopt);
}

TEST_F(ConnectionsTest, AnyNumberMayReadAtOnce) {
  std::vector<std::unique_ptr<Connections::Reading>> readings;
  for (int i = 0; i < 50; ++i) {
    readings.push_back(std::make_unique<Connections::Reading>(connections_));
    Connections::Writing writing(connections_);
    put(*writing, std::to_string(i));
    EXPECT_EQ(count(**readings.back()), i);
    writing.commit();
  }
  for (int i = 0; i < 50; ++i) EXPECT_EQ(count(**readings[static_cast<std::size_t>(i)]), i);
  readings.clear();
  EXPECT_EQ(committed(), 50);
}

}  // namespace
}  // namespace ootd
