#include "ootd/postgres/connection.h"

#include <libpq-fe.h>
#include <poll.h>

#include <bit>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "ootd/base/error.h"
#include "ootd/base/unicode.h"

namespace ootd {
namespace {

// What libpq would leave to the operating system's patience (hours, for a machine that is gone). The user's url stands
// behind these and so goes before them.
constexpr std::pair<const char*, const char*> kDefaults[] = {
    {"connect_timeout", "3"},  // seconds, for each host
    {"target_session_attrs", "read-write"},
    {"keepalives_idle", "10"},     // seconds
    {"keepalives_interval", "5"},  // seconds
    {"keepalives_count", "3"},
    {"tcp_user_timeout", "20000"},  // ms
    {"fallback_application_name", "ootd"},
};

// lock_timeout: longer than any batch should take; who waits for another writer gives up then.
// idle_in_transaction_session_timeout, tcp_*: a server of ours that hangs or is cut off does not keep the writers'
// lock. jit: compiling a query takes longer than any of ours.
constexpr char kSession[] = R"sql(
SET lock_timeout = '10s'; SET idle_in_transaction_session_timeout = '2min'; SET jit = off;
SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;
SELECT coalesce((SELECT oid::bigint FROM pg_namespace WHERE nspname = current_schema()), 0), current_setting('server_encoding'))sql";

// https://www.postgresql.org/docs/current/errcodes-appendix.html
Kind kind_of_state(std::string_view state) {
  const std::string_view group = state.substr(0, 2);
  // 25006: a primary that became a replica. 25P02: after an error that was thrown already. 40: deadlocks. 55P03: the
  // lock_timeout. 57: shutdowns and cancels. 58: the server's disk.
  if (state.empty() || group == "08" || group == "25" || group == "40" || group == "53" || group == "57" ||
      group == "58" || state == "55P03")
    return Kind::kUnavailable;
  if (state == "23503") return Kind::kNotFound;
  // 22: values; 28, 3D, 3F, 42501: the connection's rights and names; 54: limits; 0A: features that it lacks.
  if (group == "22" || group == "28" || group == "3D" || group == "3F" || group == "54" || group == "0A" ||
      state == "42501")
    return Kind::kInput;
  return Kind::kInternal;
}

std::string without_last_newline(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

std::string place_of(const PGconn* handle) {
  const auto text = [](const char* value) { return std::string(value != nullptr ? value : ""); };
  return "postgres://" + text(PQhost(handle)) + ":" + text(PQport(handle)) + "/" + text(PQdb(handle));
}

template <std::unsigned_integral T>
T big_endian(const char* bytes) {
  T number = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    number = static_cast<T>((number << 8) | static_cast<unsigned char>(bytes[i]));
  return number;
}

}  // namespace

// --- PgValues

unsigned PgValues::array_of(unsigned element) {
  switch (element) {
    case kBytea:
      return 1001;
    case kText:
      return 1009;
    case kInt8:
      return 1016;
    case kFloat8:
      return 1022;
    default:
      return 0;
  }
}

std::string_view PgValues::checked_text(std::string_view text) {
  if (text.find('\0') != text.npos || !is_utf8(text)) {
    std::string shown;
    for (const unsigned char c : text.substr(0, 80)) shown += c < 0x20 || c >= 0x7f ? '?' : static_cast<char>(c);
    throw Error(Kind::kInput, "\"" + shown + "\" is no UTF-8 text, which is what PostgreSQL keeps here");
  }
  return text;
}

std::string PgValues::encoded_vector(std::span<const float> numbers) {
  if (numbers.size() > 16'000)
    throw Error(Kind::kInput, "a vector of " + std::to_string(numbers.size()) + " numbers; pgvector holds up to 16000");
  std::string out;
  out.reserve(4 + 4 * numbers.size());
  put(out, static_cast<std::uint16_t>(numbers.size()));
  put(out, std::uint16_t{0});
  for (const float number : numbers) put(out, std::bit_cast<std::uint32_t>(number));
  return out;
}

// --- PgRows

PgRows::~PgRows() { PQclear(result_); }

bool PgRows::next() { return ++row_ < PQntuples(result_); }

std::size_t PgRows::size() const { return static_cast<std::size_t>(PQntuples(result_)); }

std::int64_t PgRows::changed() const {
  const std::string_view tuples = PQcmdTuples(result_);
  std::int64_t count = 0;
  std::from_chars(tuples.data(), tuples.data() + tuples.size(), count);
  return count;
}

bool PgRows::is_null(int column) const { return PQgetisnull(result_, row_, column) != 0; }

std::string_view PgRows::text(int column) const {
  return {PQgetvalue(result_, row_, column), static_cast<std::size_t>(PQgetlength(result_, row_, column))};
}

std::int64_t PgRows::integer(int column) const {
  const std::string_view bytes = text(column);
  switch (bytes.size()) {
    case 0:
      return 0;
    case 1:
      return bytes[0];
    case 4:
      return static_cast<std::int32_t>(big_endian<std::uint32_t>(bytes.data()));
    case 8:
      return static_cast<std::int64_t>(big_endian<std::uint64_t>(bytes.data()));
    default:
      throw Error(Kind::kInternal, "PostgreSQL: an integer of " + std::to_string(bytes.size()) + " bytes");
  }
}

double PgRows::real(int column) const {
  const std::string_view bytes = text(column);
  if (bytes.empty()) return 0;
  if (bytes.size() != 8)
    throw Error(Kind::kInternal, "PostgreSQL: a number of " + std::to_string(bytes.size()) + " bytes");
  return std::bit_cast<double>(big_endian<std::uint64_t>(bytes.data()));
}

std::vector<float> PgRows::vector(int column) const {
  const std::string_view bytes = text(column);
  if (bytes.empty()) return {};
  std::vector<float> numbers(big_endian<std::uint16_t>(bytes.data()));
  if (bytes.size() != 4 + 4 * numbers.size())
    throw Error(Kind::kInternal, "PostgreSQL: a vector of " + std::to_string(bytes.size()) + " bytes");
  for (std::size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = std::bit_cast<float>(big_endian<std::uint32_t>(bytes.data() + 4 + 4 * i));
  return numbers;
}

// --- PgConnection

PgConnection::PgConnection(const std::string& url) {
  std::vector<const char*> names, values;
  const auto add = [&](const char* name, const char* value) {
    names.push_back(name);
    values.push_back(value);
  };
  for (const auto& [name, value] : kDefaults) add(name, value);
  add("dbname", url.c_str());
  add("client_encoding", "UTF8");
  add(nullptr, nullptr);
  char* problem = nullptr;
  PQconninfoOption* const parsed = PQconninfoParse(url.c_str(), &problem);
  if (parsed == nullptr) {
    // libpq quotes what it does not understand, which may be the password.
    PQfreemem(problem);
    throw Error(
        Kind::kInput,
        "the store is no address of a PostgreSQL database; give postgres://user@host:5432/name (libpq's rules)");
  }
  PQconninfoFree(parsed);
  handle_ = PQconnectdbParams(names.data(), values.data(), 1);
  if (handle_ == nullptr) throw Error(Kind::kUnavailable, "PostgreSQL: no memory for a connection");
  place_ = place_of(handle_);
  try {
    if (PQstatus(handle_) != CONNECTION_OK)
      throw Error(Kind::kUnavailable, place_ + ": " + without_last_newline(PQerrorMessage(handle_)));
    PQsetNoticeProcessor(handle_, [](void*, const char*) {}, nullptr);
    pg_result* const result = PQexec(handle_, kSession);  // its rows are text
    const PgRows session = checked(result);
    schema_ = std::strtoll(PQgetvalue(result, 0, 0), nullptr, 10);
    if (const std::string encoding = PQgetvalue(result, 0, 1); encoding != "UTF8")
      throw Error(Kind::kInput,
                  place_ + ": the database's encoding is " + encoding + "; make one with ENCODING 'UTF8'");
    if (schema_ == 0)
      throw Error(Kind::kInput, place_ + ": no schema of the search_path exists; CREATE SCHEMA, or choose another");
  } catch (...) {
    PQfinish(handle_);
    throw;
  }
}

PgConnection::~PgConnection() { PQfinish(handle_); }

PgRows PgConnection::checked(pg_result* result) const {
  PgRows rows(result);
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return rows;
  const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  // libpq's own errors, of a cut connection for one, have no state.
  const Kind kind = PQstatus(handle_) == CONNECTION_BAD ? Kind::kUnavailable : kind_of_state(state ? state : "");
  std::string words = without_last_newline(PQresultErrorMessage(result));
  if (words.empty()) words = without_last_newline(PQerrorMessage(handle_));
  throw Error(kind, place_ + ": " + words + (state ? " (SQLSTATE " + std::string(state) + ")" : ""));
}

void PgConnection::script(const std::string& statements) { checked(PQexec(handle_, statements.c_str())); }

namespace {

// Pointers into `values`, which outlives this.
struct Parameters {
  explicit Parameters(const PgValues& values) : count(static_cast<int>(values.bytes().size())) {
    for (const auto& bytes : values.bytes()) {
      pointers.push_back(bytes ? bytes->data() : nullptr);
      lengths.push_back(bytes ? static_cast<int>(bytes->size()) : 0);
    }
    formats.assign(pointers.size(), 1);  // binary
  }
  const int count;
  std::vector<const char*> pointers;
  std::vector<int> lengths, formats;
};

}  // namespace

PgRows PgConnection::execute(std::string_view sql, const PgValues& values) {
  auto found = prepared_.find(sql);
  if (found == prepared_.end()) {
    const std::string name = "ootd" + std::to_string(prepared_.size());
    checked(PQprepare(handle_, name.c_str(), std::string(sql).c_str(), static_cast<int>(values.types().size()),
                      values.types().data()));
    found = prepared_.emplace(sql, name).first;
  }
  const Parameters parameters(values);
  return checked(PQexecPrepared(handle_, found->second.c_str(), parameters.count, parameters.pointers.data(),
                                parameters.lengths.data(), parameters.formats.data(), 1));
}

PgRows PgConnection::once(const std::string& sql, const PgValues& values) {
  const Parameters parameters(values);
  return checked(PQexecParams(handle_, sql.c_str(), parameters.count, values.types().data(), parameters.pointers.data(),
                              parameters.lengths.data(), parameters.formats.data(), 1));
}

void PgConnection::throw_no_row(std::string_view sql) const {
  throw Error(Kind::kInternal, place_ + ": no row from " + std::string(sql));
}

bool PgConnection::is_usable() const {
  if (PQstatus(handle_) != CONNECTION_OK || PQtransactionStatus(handle_) != PQTRANS_IDLE) return false;
  // Nothing is on its way to an idle connection but a farewell.
  pollfd socket = {PQsocket(handle_), POLLIN, 0};
  return ::poll(&socket, 1, 0) == 0;
}

bool PgConnection::is_in_transaction() const { return PQtransactionStatus(handle_) == PQTRANS_INTRANS; }

void PgConnection::commit() {
  pg_result* const result = PQexec(handle_, "COMMIT");
  const PgRows rows = checked(result);
  if (std::strcmp(PQcmdStatus(result), "COMMIT") != 0)
    throw Error(Kind::kUnavailable, place_ + ": the transaction was taken back after an error");
}

unsigned PgConnection::vector_type() {
  if (vector_type_ == 0) vector_type_ = value<unsigned>("SELECT 'vector'::regtype::oid::bigint");
  return vector_type_;
}

int PgConnection::server_version() const { return PQserverVersion(handle_); }

}  // namespace ootd
