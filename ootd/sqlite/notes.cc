// SqliteCatalog as a SettingStore and a FailureLog, its opening and its check of the whole.
#include "ootd/base/error.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "ootd/sqlite/statements.h"

namespace ootd {
namespace {

std::filesystem::path made_folder(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Error(Kind::kUnavailable, folder.string() + ": cannot make this folder: " + error.message());
  return folder;
}

}  // namespace

void count_change(Database& database, const char* counter) {
  database.run("UPDATE counters SET n = n + 1 WHERE name = ?1", counter);
}

std::int64_t changes_counted(Database& database, const char* counter) {
  return database.value<std::int64_t>("SELECT n FROM counters WHERE name = ?1", counter);
}

SqliteCatalog::SqliteCatalog(const std::filesystem::path& home)
    : home_(made_folder(home)), connections_(std::make_unique<Connections>(home_ / "catalog.db")) {}

SqliteCatalog::~SqliteCatalog() = default;

std::optional<std::string> SqliteCatalog::setting(const std::string& name) const {
  Connections::Reading database(*connections_);
  return database->first<std::string>("SELECT value FROM settings WHERE name = ?1", name);
}

void SqliteCatalog::set_setting(const std::string& name, const std::string& value) {
  Connections::Writing database(*connections_);
  database->run("INSERT OR REPLACE INTO settings (name, value) VALUES (?1, ?2)", name, value);
  database.commit();
}

void SqliteCatalog::put_failure(const Failure& failure) {
  Connections::Writing database(*connections_);
  database->run("INSERT OR REPLACE INTO failures (stage, item, reason) VALUES (?1, ?2, ?3)", failure.stage,
                failure.item, failure.reason);
  database.commit();
}

void SqliteCatalog::clear_failure(const std::string& stage, const std::string& item) {
  Connections::Writing database(*connections_);
  database->run("DELETE FROM failures WHERE stage = ?1 AND item = ?2", stage, item);
  database.commit();
}

std::vector<Failure> SqliteCatalog::failures(const std::string& stage) const {
  Connections::Reading database(*connections_);
  Statement query(*database, "SELECT item, reason FROM failures WHERE stage = ?1 ORDER BY item", stage);
  std::vector<Failure> failures;
  while (query.step()) failures.push_back({stage, query.get<std::string>(0), query.get<std::string>(1)});
  return failures;
}

std::vector<std::string> SqliteCatalog::verify() const {
  std::vector<std::string> problems;
  try {
    Connections::Reading database(*connections_);
    Statement integrity(*database, "PRAGMA integrity_check");
    while (integrity.step())
      if (integrity.text(0) != "ok") problems.push_back(integrity.get<std::string>(0));
    Statement references(*database, "PRAGMA foreign_key_check");
    while (references.step())
      problems.push_back("table " + references.get<std::string>(0) + " refers to a missing row of " +
                         references.get<std::string>(2));
    Statement lengths(*database,
                      "SELECT model, count(*) FROM vectors JOIN generations USING (generation_no) "
                      "WHERE length(vector) != 4 * dim GROUP BY model");
    while (lengths.step())
      problems.push_back("model " + lengths.get<std::string>(0) + ": " + lengths.get<std::string>(1) +
                         " vectors of the wrong length");
  } catch (const Error& error) {
    problems.emplace_back(error.what());  // too damaged to be walked to the end
  }
  return problems;
}

}  // namespace ootd
