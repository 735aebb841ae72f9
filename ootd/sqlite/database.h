// SQLite for the catalog, and for nobody else: a connection with a cache of prepared statements, typed parameters and
// columns, and transactions that take themselves back.
//
// Threads: none of these may be used on two threads at once (SQLite is opened without its own mutex).
// Errors:  Error with the file's path and SQLite's words. Its kind: kInput if the file is no sound database,
// kUnavailable
//          if the disk or another program is in the way, kInternal for what only a bug of ours can cause.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

struct sqlite3;
struct sqlite3_stmt;

namespace ootd {

class Database {
 public:
  // Opens or makes the file. Nothing is read from it, or written to it, before the first statement.
  Database(const std::filesystem::path& path, int busy_timeout_ms);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  void set_busy_timeout(int busy_timeout_ms);  // how long to wait for other connections' locks
  void execute(const std::string& script);     // statements without parameters or results
  template <class... Values>
  void run(std::string_view sql, const Values&... values);
  // The first column of the first row; nothing if there is no row or it is NULL.
  template <class T, class... Values>
  std::optional<T> first(std::string_view sql, const Values&... values);
  // The same where there always is one; none is a bug of ours.
  template <class T, class... Values>
  T value(std::string_view sql, const Values&... values);
  // ROLLBACK TO or the like, for destructors. It fails only on a broken disk, when an error is on its way already; the
  // next reader of the file ignores what has no commit record.
  void take_back(const char* sql) noexcept;
  void roll_back() noexcept;  // the same, as a prepared statement: every read ends with it

  bool in_transaction() const;
  std::int64_t last_insert_row() const;
  std::int64_t changes() const;  // rows that the last INSERT, UPDATE or DELETE changed
  const std::string& path() const { return path_; }

 private:
  friend class Statement;
  sqlite3_stmt* cached(std::string_view sql);
  void check(int code) const;  // throws unless code is one of success
  [[noreturn]] void throw_no_row(std::string_view sql) const;

  const std::string path_;
  sqlite3* handle_ = nullptr;
  std::map<std::string, sqlite3_stmt*, std::less<>> statements_;
};

// One use of a cached statement, whose parameters are ?1, ?2 ...; the same SQL must not be in use twice at a time.
class Statement {
 public:
  template <class... Values>
  Statement(Database& database, std::string_view sql, const Values&... values)
      : database_(database), handle_(database.cached(sql)) {
    bind(values...);
  }
  ~Statement() { reset(); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  // Sets the parameters and starts anew. Text and blobs are copied.
  template <class... Values>
  void bind(const Values&... values) {
    reset();
    int index = 0;
    (bind_one(++index, values), ...);
  }
  bool step();  // whether there is a row
  template <class... Values>
  void run(const Values&... values) {
    bind(values...);
    step();
    reset();
  }

  bool is_null(int column) const;
  // T: a number, an enum of numbers, std::string, or std::span<const std::byte>, a view that the next step() ends.
  template <class T>
  T get(int column) const {
    if constexpr (std::integral<T> || std::is_enum_v<T>) {
      return static_cast<T>(integer(column));
    } else if constexpr (std::floating_point<T>) {
      return static_cast<T>(real(column));
    } else if constexpr (std::same_as<T, std::string>) {
      return std::string(text(column));
    } else {
      return blob(column);
    }
  }
  std::string_view text(int column) const;  // the next step() ends it

 private:
  template <class T>
  void bind_one(int index, const T& value) {
    if constexpr (std::integral<T> || std::is_enum_v<T>) {
      bind_integer(index, static_cast<std::int64_t>(value));
    } else if constexpr (std::floating_point<T>) {
      bind_real(index, static_cast<double>(value));
    } else if constexpr (std::convertible_to<const T&, std::string_view>) {
      bind_text(index, value);
    } else if constexpr (std::convertible_to<const T&, std::span<const std::byte>>) {
      bind_blob(index, value);
    } else {
      if (value.has_value()) bind_one(index, *value);  // an empty std::optional stays NULL
    }
  }
  void bind_integer(int index, std::int64_t value);
  void bind_real(int index, double value);
  void bind_text(int index, std::string_view value);
  void bind_blob(int index, std::span<const std::byte> value);
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::span<const std::byte> blob(int column) const;
  void reset();

  Database& database_;  // outlives this
  sqlite3_stmt* const handle_;
};

// From construction to commit() all or nothing. Inside a transaction it is a savepoint: taking it back leaves what was
// written before it.
class Transaction {
 public:
  enum class Mode { kRead, kWrite };  // kWrite waits for the file's one writer lock at once, so it cannot fail half-way
  Transaction(Database& database, Mode mode);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  enum class Scope { kNone, kWhole, kSavepoint };
  Database& database_;  // outlives this
  Scope scope_;
};

template <class... Values>
void Database::run(std::string_view sql, const Values&... values) {
  Statement(*this, sql, values...).step();
}

template <class T, class... Values>
std::optional<T> Database::first(std::string_view sql, const Values&... values) {
  Statement statement(*this, sql, values...);
  if (!statement.step() || statement.is_null(0)) return std::nullopt;
  return statement.get<T>(0);
}

template <class T, class... Values>
T Database::value(std::string_view sql, const Values&... values) {
  if (auto found = first<T>(sql, values...)) return *std::move(found);
  throw_no_row(sql);
}

}  // namespace ootd
