// libpq for the catalog, and for nobody else: one connection with a cache of prepared statements, typed parameters
// (values.h) and rows.
//
// Threads: none of these may be used on two threads at once.
// Errors:  Error with the server's place and PostgreSQL's words, never the password. Its kind: kUnavailable if the
//          server is away, starting, shutting down, failing over, full or too busy; kInput for values or a database
//          that can't be; kNotFound for a reference to a row that is gone; kInternal for what only a bug of ours can
//          cause.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "ootd/postgres/values.h"

struct pg_conn;
struct pg_result;

namespace ootd {

// The rows of one statement, all of them in memory.
class PgRows {
 public:
  explicit PgRows(pg_result* result) : result_(result) {}
  ~PgRows();
  PgRows(PgRows&& other) noexcept
      : result_(std::exchange(other.result_, nullptr)), row_(std::exchange(other.row_, -1)) {}
  PgRows(const PgRows&) = delete;
  PgRows& operator=(const PgRows&) = delete;

  bool next();  // to the first row, then to the next one; false after the last
  std::size_t size() const;
  std::int64_t changed() const;  // rows that the INSERT, UPDATE or DELETE changed

  bool is_null(int column) const;
  // T: a number, bool, an enum of numbers, std::string, std::span<const std::byte> (a view that ends with this),
  // std::vector<float> of pgvector's vector. NULL is 0 or nothing.
  template <class T>
  T get(int column) const {
    if constexpr (std::integral<T> || std::is_enum_v<T>) {
      return static_cast<T>(integer(column));
    } else if constexpr (std::floating_point<T>) {
      return static_cast<T>(real(column));
    } else if constexpr (std::same_as<T, std::string>) {
      return std::string(text(column));
    } else if constexpr (std::same_as<T, std::vector<float>>) {
      return vector(column);
    } else {
      return std::as_bytes(std::span(text(column)));
    }
  }
  std::string_view text(int column) const;  // ends with this

 private:
  std::int64_t integer(int column) const;
  double real(int column) const;
  std::vector<float> vector(int column) const;

  pg_result* result_ = nullptr;
  int row_ = -1;
};

class PgConnection {
 public:
  // url: what libpq takes, "postgres://..." or "host=... dbname=..."; what it leaves open, the environment says
  // (PGHOST, PGPASSFILE, PGSSLMODE ...). Of several hosts, the one that takes writes.
  explicit PgConnection(const std::string& url);
  ~PgConnection();
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  void script(const std::string& statements);  // without parameters or rows
  // The statement is prepared at its first use. Its parameters are $1, $2 ...
  template <class... Values>
  PgRows rows(std::string_view sql, const Values&... values) {
    return execute(sql, PgValues::of(values...));
  }
  // Returns how many rows it changed.
  template <class... Values>
  std::int64_t run(std::string_view sql, const Values&... values) {
    return rows(sql, values...).changed();
  }
  // The first column of the first row; nothing if there is no row or it is NULL.
  template <class T, class... Values>
  std::optional<T> first(std::string_view sql, const Values&... values) {
    PgRows found = rows(sql, values...);
    if (!found.next() || found.is_null(0)) return std::nullopt;
    return found.get<T>(0);
  }
  // The same where there always is one; none is a bug of ours.
  template <class T, class... Values>
  T value(std::string_view sql, const Values&... values) {
    if (auto found = first<T>(sql, values...)) return *std::move(found);
    throw_no_row(sql);
  }
  PgRows once(const std::string& sql, const PgValues& values);  // of a statement that is not asked again

  bool is_usable() const;          // idle, and no sign that the server has gone; asks nobody
  bool is_in_transaction() const;  // in one that still can be committed
  void commit();                   // COMMIT; throws if the server took it back instead

  std::int64_t schema() const { return schema_; }      // the oid of the schema that the tables lie in
  unsigned vector_type();                              // the oid of pgvector's vector
  int server_version() const;                          // 150004 is 15.4
  const std::string& place() const { return place_; }  // for messages: "postgres://host:5432/name"

 private:
  PgRows execute(std::string_view sql, const PgValues& values);
  PgRows checked(pg_result* result) const;
  [[noreturn]] void throw_no_row(std::string_view sql) const;

  pg_conn* handle_ = nullptr;
  std::string place_;
  std::int64_t schema_ = 0;
  unsigned vector_type_ = 0;
  std::map<std::string, std::string, std::less<>> prepared_;  // SQL to its name at the server
};

}  // namespace ootd
