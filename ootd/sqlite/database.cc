#include "ootd/sqlite/database.h"

#include <sqlite3.h>

#include <cassert>

#include "ootd/base/error.h"

namespace ootd {
namespace {

Kind kind_of(int code) {
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
    case SQLITE_TOOBIG:
      return Kind::kInput;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return Kind::kUnavailable;
    default:
      return Kind::kInternal;
  }
}

}  // namespace

Database::Database(const std::filesystem::path& path, int busy_timeout_ms) : path_(path.string()) {
  const int code = sqlite3_open_v2(
      path_.c_str(), &handle_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  if (code != SQLITE_OK) {
    const std::string message = path_ + ": " + (handle_ != nullptr ? sqlite3_errmsg(handle_) : sqlite3_errstr(code));
    sqlite3_close(handle_);  // SQLite hands out a handle even when it could not open
    throw Error(kind_of(code), message);
  }
  set_busy_timeout(busy_timeout_ms);
}

void Database::set_busy_timeout(int busy_timeout_ms) { sqlite3_busy_timeout(handle_, busy_timeout_ms); }

Database::~Database() {
  for (const auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close(handle_);
}

void Database::check(int code) const {
  if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE) return;
  throw Error(kind_of(code), path_ + ": " + sqlite3_errmsg(handle_) + " (SQLite code " + std::to_string(code) + ")");
}

void Database::execute(const std::string& script) {
  check(sqlite3_exec(handle_, script.c_str(), nullptr, nullptr, nullptr));
}

void Database::throw_no_row(std::string_view sql) const {
  throw Error(Kind::kInternal, path_ + ": no row from " + std::string(sql));
}

void Database::take_back(const char* sql) noexcept { sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr); }

void Database::roll_back() noexcept {
  try {
    run("ROLLBACK");
  } catch (...) {  // as take_back()
  }
}

sqlite3_stmt* Database::cached(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) {
    assert(sqlite3_stmt_busy(found->second) == 0);
    return found->second;
  }
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &statement,
                           nullptr));
  statements_.emplace(sql, statement);
  return statement;
}

bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_) == 0; }

std::int64_t Database::last_insert_row() const { return sqlite3_last_insert_rowid(handle_); }

std::int64_t Database::changes() const { return sqlite3_changes64(handle_); }

bool Statement::step() {
  const int code = sqlite3_step(handle_);
  database_.check(code);
  return code == SQLITE_ROW;
}

void Statement::reset() {
  sqlite3_reset(handle_);  // repeats the error of the last step, which has been thrown already
  sqlite3_clear_bindings(handle_);
}

bool Statement::is_null(int column) const { return sqlite3_column_type(handle_, column) == SQLITE_NULL; }

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_, column); }

double Statement::real(int column) const { return sqlite3_column_double(handle_, column); }

std::string_view Statement::text(int column) const {
  const auto* begin = reinterpret_cast<const char*>(sqlite3_column_text(handle_, column));
  if (begin == nullptr) return {};
  return {begin, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

std::span<const std::byte> Statement::blob(int column) const {
  const auto* begin = static_cast<const std::byte*>(sqlite3_column_blob(handle_, column));
  return {begin, static_cast<std::size_t>(sqlite3_column_bytes(handle_, column))};
}

void Statement::bind_integer(int index, std::int64_t value) {
  database_.check(sqlite3_bind_int64(handle_, index, value));
}

void Statement::bind_real(int index, double value) { database_.check(sqlite3_bind_double(handle_, index, value)); }

void Statement::bind_text(int index, std::string_view value) {
  // A null pointer would be NULL, not the empty text.
  const char* begin = value.data() != nullptr ? value.data() : "";
  database_.check(sqlite3_bind_text64(handle_, index, begin, value.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
}

void Statement::bind_blob(int index, std::span<const std::byte> value) {
  database_.check(sqlite3_bind_blob64(handle_, index, value.data(), value.size(), SQLITE_TRANSIENT));
}

Transaction::Transaction(Database& database, Mode mode) : database_(database) {
  if (!database.in_transaction()) {
    database.run(mode == Mode::kWrite ? "BEGIN IMMEDIATE" : "BEGIN");
    scope_ = Scope::kWhole;
  } else if (mode == Mode::kWrite) {
    database.run("SAVEPOINT inner");
    scope_ = Scope::kSavepoint;
  } else {
    scope_ = Scope::kNone;
  }
}

void Transaction::commit() {
  if (scope_ == Scope::kWhole) database_.run("COMMIT");
  if (scope_ == Scope::kSavepoint) database_.run("RELEASE inner");
  scope_ = Scope::kNone;
}

Transaction::~Transaction() {
  // After a full disk or a read error SQLite may have taken the whole transaction back by itself.
  if (scope_ == Scope::kNone || !database_.in_transaction()) return;
  scope_ == Scope::kWhole ? database_.roll_back() : database_.take_back("ROLLBACK TO inner; RELEASE inner");
}

}  // namespace ootd
