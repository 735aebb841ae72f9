// What is PostgreSQL's own: many servers on one database, connections that break, tables that are made.
#include <atomic>
#include <chrono>
#include <fstream>
#include <future>
#include <map>
#include <thread>

#include "ootd/base/io.h"
#include "tests/postgres/workspace.h"

namespace ootd {
namespace {

using std::chrono::milliseconds;
using testing::image;
using testing::in_child;
using testing::kGeneration;
using testing::kind_of;
using testing::message_of;
using testing::put_vector;
using testing::succeeded;

class PostgresCatalogTest : public testing::PostgresTest {
 protected:
  // Ends all connections to the test's schema that are in a transaction.
  void cut_transactions() const {
    PgConnection(url_).once(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%' AND "
        "pid != pg_backend_pid()",
        {});
  }
};

// --- One that breaks

TEST_F(PostgresCatalogTest, ABatchWhoseConnectionIsCutIsTakenBackAndSaysSo) {
  const auto catalog = open();
  {
    Catalog::Batch batch(*catalog);
    catalog->add_image(image("a"));
    cut_transactions();
    EXPECT_EQ(kind_of([&] { catalog->add_image(image("b")); }), Kind::kUnavailable);
    EXPECT_EQ(kind_of([&] { (void)catalog->image_count(); }), Kind::kUnavailable) << "reads of its thread too";
    EXPECT_EQ(kind_of([&] { catalog->add_image(image("c")); }), Kind::kUnavailable) << "never a write of its own";
    EXPECT_EQ(kind_of([&] { batch.commit(); }), Kind::kUnavailable);
  }
  EXPECT_EQ(catalog->image_count(), 0);
  {
    Catalog::Batch batch(*catalog);
    catalog->add_image(image("a"));
    cut_transactions();
    EXPECT_EQ(kind_of([&] { batch.commit(); }), Kind::kUnavailable);
  }
  EXPECT_EQ(catalog->image_count(), 0);
  catalog->add_image(image("a"));
  EXPECT_EQ(catalog->image_count(), 1);
}

TEST_F(PostgresCatalogTest, ABatchAfterAFailedStatementIsNoCommit) {
  const auto catalog = open();
  Catalog::Batch batch(*catalog);
  catalog->add_image(image("a"));
  // No caller can do so; a bug of ours might.
  EXPECT_EQ(kind_of([&] { (void)catalog->looks_without_fingerprint({}, -1); }), Kind::kInput);
  EXPECT_EQ(kind_of([&] { catalog->add_image(image("b")); }), Kind::kUnavailable);
  EXPECT_EQ(kind_of([&] { batch.commit(); }), Kind::kUnavailable);
}

// A server of its own, since it is killed.
TEST(PostgresRestart, CallsAreUnavailableAtOnceWhileTheServerIsAwayAndWorkAgainWhenItIsBack) {
  if (!testing::PostgresServer::is_there()) GTEST_SKIP() << "no PostgreSQL; run scripts/setup --tests";
  testing::PostgresServer server;
  const testing::TempDir home;
  PostgresCatalog catalog(server.url(), home.path());
  int acknowledged = 0;
  for (const int signal : {SIGKILL, SIGINT, SIGKILL}) {
    for (int i = 0; i < 5; ++i, ++acknowledged) catalog.add_image(image("image" + std::to_string(acknowledged)));
    std::optional<Catalog::Batch> batch(catalog);
    catalog.add_image(image("in a batch"));
    server.stop(signal);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(kind_of([&] { catalog.add_image(image("late")); }), Kind::kUnavailable);
    EXPECT_EQ(kind_of([&] { batch->commit(); }), Kind::kUnavailable);
    batch.reset();
    for (int i = 0; i < 3; ++i) {
      EXPECT_EQ(kind_of([&] { (void)catalog.image_count(); }), Kind::kUnavailable);
      EXPECT_EQ(kind_of([&] { catalog.add_image(image("late")); }), Kind::kUnavailable);
      EXPECT_EQ(kind_of([&] { Catalog::Batch refused(catalog); }), Kind::kUnavailable);
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3));
    server.start();
    EXPECT_EQ(catalog.image_count(), acknowledged) << "nothing acknowledged is lost, nothing else is there";
  }
  // Nobody asked while it was away: connections that look alive are not.
  server.stop(SIGKILL);
  server.start();
  EXPECT_EQ(catalog.image_count(), acknowledged);
  catalog.add_image(image("after"));
}

// --- Many servers

// Positions of the feed are given when a row is written, and a reader that has met position 2 never looks for 1 again.
TEST_F(PostgresCatalogTest, AFollowerMissesNothingOfATransactionThatCommitsLate) {
  const auto slow = open(), quick = open(), reader = open();
  const LookKey one = slow->add_image(image("1")).key, two = slow->add_image(image("2")).key;
  std::map<LookKey, int> met;
  VectorLog::Cursor cursor;
  const auto follow = [&] {
    const auto step = reader->changes_after(kGeneration, cursor, 10);
    for (const auto& change : step.changes) ++met[change.look];
    cursor = step.cursor;
  };
  put_vector(*slow, one, 0);
  follow();
  std::future<void> other;
  {
    Catalog::Batch batch(*slow);
    put_vector(*slow, one, 1);  // has its position
    other = std::async(std::launch::async, [&] { put_vector(*quick, two, 2); });
    for (int i = 0; i < 30; ++i) {
      follow();
      std::this_thread::sleep_for(milliseconds(10));
    }
    follow();
    batch.commit();
  }
  other.get();
  for (int i = 0; i < 3; ++i) follow();
  EXPECT_EQ(met[one], 2) << "as it was at first, and what was committed late";
  EXPECT_EQ(met[two], 1);
}

TEST_F(PostgresCatalogTest, EventsOfManyPeopleAreAppendedSideBySide) {
  const auto one = open(), other = open();
  const LookKey look = one->add_image(image("a")).key;
  // As an append that has not ended yet holds it.
  PgConnection append(url_);
  append.script("BEGIN; SELECT pg_advisory_xact_lock_shared(1869575268, " +
                std::to_string(static_cast<std::int32_t>(append.schema())) + ")");
  auto event = std::async(std::launch::async, [&] { other->append_event({.user = "ann", .look = look}); });
  EXPECT_EQ(event.wait_for(std::chrono::seconds(5)), std::future_status::ready);
  auto write = std::async(std::launch::async, [&] { other->set_setting("s", "v"); });
  EXPECT_EQ(write.wait_for(milliseconds(200)), std::future_status::timeout) << "another write waits for it";
  append.script("COMMIT");
  write.get();
}

TEST_F(PostgresCatalogTest, ProcessesThatAppendTheSameEventsAgreeOnThemAndTheirOrder) {
  constexpr int kProcesses = 3, kEvents = 40;
  const LookKey look = open()->add_image(image("a")).key;
  std::vector<pid_t> children;
  for (int p = 0; p < kProcesses; ++p)
    children.push_back(in_child([&] {
      const auto catalog = open();
      std::int64_t last = 0;
      for (int i = 0; i < kEvents; ++i) {
        catalog->append_event({.user = "ann", .look = look, .client_key = "k" + std::to_string(i)});
        const auto own = catalog->append_event(
            {.user = "ann", .look = look, .client_key = std::to_string(p) + "." + std::to_string(i)});
        // A follower of one person's events: those after the last one that it knows.
        for (const Event& event : catalog->events("ann", last)) last = event.id;
        if (last < own.id) throw std::runtime_error("an event was passed over");
      }
      if (catalog->events("ann", last).size() > 0 && catalog->events("ann").size() > kEvents * (kProcesses + 1u))
        throw std::runtime_error("events came twice");
    }));
  for (const pid_t child : children) EXPECT_TRUE(succeeded(child));
  EXPECT_EQ(open()->event_count("ann"), kEvents * (kProcesses + 1));
}

TEST_F(PostgresCatalogTest, AKilledProcessKeepsNobodyWaitingAndLeavesNoHalfBatch) {
  const auto catalog = open();
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = in_child([&] {
    const auto own = open();
    Catalog::Batch batch(*own);
    own->add_image(image("half"));
    if (::write(ready[1], "x", 1) == 1) ::pause();
  });
  char byte = 0;
  ASSERT_EQ(::read(ready[0], &byte, 1), 1);
  auto write = std::async(std::launch::async, [&] { catalog->add_image(image("whole")); });
  EXPECT_EQ(write.wait_for(milliseconds(100)), std::future_status::timeout) << "the batch has the lock";
  ASSERT_EQ(::kill(child, SIGKILL), 0);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  write.get();
  ::close(ready[0]), ::close(ready[1]);
  EXPECT_TRUE(catalog->find_image("whole").has_value());
  EXPECT_FALSE(catalog->find_image("half").has_value());
}

TEST_F(PostgresCatalogTest, CountersGrowWithinABatchAndForOthersAtItsCommit) {
  const auto one = open(), other = open();
  const LookKey look = one->add_image(image("a")).key;
  const auto before = other->label_changes();
  Catalog::Batch batch(*one);
  one->label(look, {"style", "Retro"});
  const auto first = one->label_changes();
  one->label(look, {"style", "Street"});
  EXPECT_GT(first, before);
  EXPECT_GT(one->label_changes(), first);
  EXPECT_EQ(other->label_changes(), before) << "who saw it grow would read the labels as they were";
  batch.commit();
  EXPECT_EQ(other->label_changes(), one->label_changes());
  EXPECT_GT(other->label_changes(), first);
}

// --- Tables

TEST_F(PostgresCatalogTest, ServersThatMakeTheTablesAtOnceMakeThemOnce) {
  // Of a database that has not even the extension yet; two schemas of it.
  const std::string name = "race_" + std::to_string(::getpid());
  PgConnection(url_).script("CREATE DATABASE " + name);
  std::string url = testing::PostgresServer::shared().url();
  url.replace(url.find("/postgres?"), 10, "/" + name + "?");
  PgConnection(url).script("CREATE SCHEMA other");
  std::vector<std::future<void>> servers;
  for (int i = 0; i < 8; ++i)
    servers.push_back(std::async(std::launch::async, [&, i] {
      PostgresCatalog catalog(i % 2 == 0 ? url : url + "&options=-csearch_path%3Dother,public", home_.path());
      catalog.add_image(image("a"));
      EXPECT_EQ(catalog.image_count(), 1);
    }));
  for (auto& server : servers) EXPECT_NO_THROW(server.get());
  EXPECT_EQ(PgConnection(url).value<std::int64_t>("SELECT count(*) FROM ootd_version"), 1);
  EXPECT_EQ(PgConnection(url).value<std::int64_t>("SELECT count(*) FROM other.images"), 1) << "a catalog of its own";
}

TEST_F(PostgresCatalogTest, ACatalogOfANewerProgramAndASchemaOfSomebodyElseAreRefusedUntouched) {
  {
    open();
  }
  PgConnection(url_).script("UPDATE ootd_version SET version = 99");
  EXPECT_EQ(kind_of([&] { open(); }), Kind::kInput);
  EXPECT_NE(message_of([&] { open(); }).find("catalog version 99, this program knows up to 1; use a newer ootd"),
            std::string::npos);
  PgConnection(url_).script("DROP TABLE ootd_version");
  EXPECT_EQ(kind_of([&] { open(); }), Kind::kInput) << "tables that are not known to be ours";
  EXPECT_FALSE(PgConnection(url_).value<bool>("SELECT to_regclass('ootd_version') IS NOT NULL"));
}

// --- What it keeps

TEST_F(PostgresCatalogTest, PathsMayBeAnyBytesAndLabelsHaveToBeUtf8) {
  const auto catalog = open();
  const std::string path = "/photos/caf\xe9.jpg";
  ImageRecord record = image("a");
  record.source = path;
  const LookKey look = catalog->add_image(record).key;
  catalog->put_failure({"import", path, path + ": no picture"});
  EXPECT_EQ(catalog->failures("import")[0].reason, path + ": no picture");
  EXPECT_EQ(catalog->looks_from("/photos"), std::vector<LookKey>{look});
  Catalog::Batch batch(*catalog);
  EXPECT_EQ(kind_of([&] { catalog->put_claim(look, {path, path, {{"style", "R\xe9tro"}}}); }), Kind::kInput);
  EXPECT_EQ(kind_of([&] { (void)catalog->has_user("\xff"); }), Kind::kInput);
  catalog->put_claim(look, {path, path, {{"style", "Rétro"}}});
  batch.commit();
  EXPECT_EQ(catalog->find_image(look)->labels, (std::vector<Label>{{"style", "Rétro"}}));
}

// As docs/formats.md says of erasure.
TEST(PostgresErasure, AfterVacuumFullTheTablesFilesHoldNothingOfWhatWasErased) {
  if (!testing::PostgresServer::is_there()) GTEST_SKIP() << "no PostgreSQL; run scripts/setup --tests";
  testing::PostgresServer server;
  const testing::TempDir home;
  const auto traces = [&] {
    PgConnection(server.url()).script("CHECKPOINT");
    int count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(server.data() + "/base"))
      if (entry.is_regular_file() && read_text(entry.path()).find("canary") != std::string::npos) ++count;
    return count;
  };
  {
    PostgresCatalog catalog(server.url(), home.path());
    const LookKey look = catalog.add_image(image("canary", {{"style", "canary"}})).key;
    catalog.append_event({.user = "canary", .look = look, .client_key = "canary"});
    catalog.append_event({.user = "canary", .kind = EventKind::kQuiz, .picks = QuizPicks{{"canary"}, {}}});
    PgConnection(server.url()).script("ANALYZE");
    EXPECT_GT(traces(), 0);
    catalog.erase_user("canary");
    catalog.erase_image("canary");
  }
  PgConnection(server.url()).script("VACUUM (FULL, ANALYZE)");
  EXPECT_EQ(traces(), 0);
}

}  // namespace
}  // namespace ootd
