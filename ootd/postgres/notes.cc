// PostgresCatalog as a SettingStore and a FailureLog, its opening and its check of the whole.
#include "ootd/base/error.h"
#include "ootd/postgres/postgres_catalog.h"
#include "ootd/postgres/statements.h"

namespace ootd {
namespace {

std::filesystem::path made_home(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) throw Error(Kind::kUnavailable, folder.string() + ": cannot make this folder: " + error.message());
  return folder;
}

}  // namespace

std::vector<LookKey> looks_of(PgRows rows) {
  std::vector<LookKey> looks;
  looks.reserve(rows.size());
  while (rows.next()) looks.push_back(rows.get<LookKey>(0));
  return looks;
}

PostgresCatalog::PostgresCatalog(const std::string& url, const std::filesystem::path& home)
    : home_(made_home(home)), pool_(std::make_unique<PgPool>(url)) {}

std::optional<std::string> PostgresCatalog::setting(const std::string& name) const {
  PgPool::Reading database(*pool_);
  return database->first<std::string>("SELECT value FROM settings WHERE name = $1", name);
}

void PostgresCatalog::set_setting(const std::string& name, const std::string& value) {
  PgPool::Writing database(*pool_);
  database->run(
      "INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
      name, PgBytes{value});
  database.commit();
}

void PostgresCatalog::put_failure(const Failure& failure) {
  PgPool::Writing database(*pool_);
  database->run(
      "INSERT INTO failures (stage, item, reason) VALUES ($1, $2, $3) "
      "ON CONFLICT (stage, item) DO UPDATE SET reason = excluded.reason",
      failure.stage, PgBytes{failure.item}, PgBytes{failure.reason});
  database.commit();
}

void PostgresCatalog::clear_failure(const std::string& stage, const std::string& item) {
  PgPool::Writing database(*pool_);
  database->run("DELETE FROM failures WHERE stage = $1 AND item = $2", stage, PgBytes{item});
  database.commit();
}

std::vector<Failure> PostgresCatalog::failures(const std::string& stage) const {
  PgPool::Reading database(*pool_);
  PgRows rows = database->rows("SELECT item, reason FROM failures WHERE stage = $1 ORDER BY item", stage);
  std::vector<Failure> failures;
  while (rows.next()) failures.push_back({stage, rows.get<std::string>(0), rows.get<std::string>(1)});
  return failures;
}

std::vector<std::string> PostgresCatalog::verify() const {
  PgPool::Reading database(*pool_);
  PgRows rows = database->rows(
      "SELECT model, count(*) FROM vectors JOIN generations USING (generation_no) WHERE vector_dims(vector) != dim "
      "GROUP BY model");
  std::vector<std::string> problems;
  while (rows.next())
    problems.push_back("model " + rows.get<std::string>(0) + ": " + std::to_string(rows.get<std::int64_t>(1)) +
                       " vectors of the wrong length");
  return problems;
}

}  // namespace ootd
