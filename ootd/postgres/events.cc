// PostgresCatalog as an EventLog.
#include "ootd/base/clock.h"
#include "ootd/base/error.h"
#include "ootd/catalog/store_rules.h"
#include "ootd/postgres/postgres_catalog.h"
#include "ootd/postgres/schema.h"
#include "ootd/postgres/statements.h"

namespace ootd {
namespace {

constexpr char kEventColumns[] =
    "SELECT id, kind, look, undoes, at_ms, client_key, policy, probability, prediction, place, dealt_after, picks "
    "FROM events "
    "WHERE user_no = (SELECT user_no FROM users WHERE name = $1) ";

std::optional<Event> event_with_key(PgConnection& database, const std::string& user, const std::string& client_key) {
  PgRows query = database.rows(std::string(kEventColumns) + "AND client_key = $2", user, client_key);
  if (!query.next()) return std::nullopt;
  return event_in(query, user);
}

// The look of the swipe that is taken back.
LookKey look_taken_back(PgConnection& database, const Event& undo) {
  const auto look = database.first<LookKey>(
      "SELECT look FROM events WHERE id = $2 AND user_no = (SELECT user_no FROM users WHERE name = $1) "
      "AND kind IN ('like', 'save', 'dislike', 'skip') "
      "AND NOT EXISTS (SELECT 1 FROM events AS later WHERE later.undoes = events.id)",
      undo.user, undo.undoes);
  if (!look) throw_nothing_to_undo(undo);
  return *look;
}

}  // namespace

EventLog::Appended PostgresCatalog::append_event(const Event& event) {
  check_event(event);
  PgPool::Writing database(*pool_, PgPool::Lock::kShared);
  // Of one person one after the other: ids grow in the order in which they commit, and a key is used once.
  database->rows("SELECT pg_advisory_xact_lock(hashtextextended($1, $2))", event.user, database->schema());
  if (!event.client_key.empty()) {
    if (const auto known = event_with_key(*database, event.user, event.client_key)) {
      check_same_event(*known, event);
      return {known->id, false};
    }
  }
  LookKey look = event.look;
  std::optional<std::int64_t> undoes;
  if (event.kind == EventKind::kUndo) {
    look = look_taken_back(*database, event);
    undoes = event.undoes;
  } else if (event.kind != EventKind::kQuiz) {
    require_look(*database, look);
  }
  database->run("INSERT INTO users (name) VALUES ($1) ON CONFLICT DO NOTHING", event.user);
  const auto of_deal = [&event](auto Deal::* field) {
    return event.deal ? std::optional((*event.deal).*field) : std::nullopt;
  };
  const auto id = database->value<std::int64_t>(
      "INSERT INTO events (user_no, kind, look, undoes, at_ms, client_key, policy, probability, prediction, place, "
      "dealt_after, picks) "
      "VALUES ((SELECT user_no FROM users WHERE name = $1), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) "
      "RETURNING id",
      event.user, to_string(event.kind), event.kind == EventKind::kQuiz ? std::nullopt : std::optional(look), undoes,
      event.at_ms != 0 ? event.at_ms : now_ms(),
      event.client_key.empty() ? std::nullopt : std::optional(event.client_key), of_deal(&Deal::policy),
      of_deal(&Deal::probability), of_deal(&Deal::prediction), of_deal(&Deal::place), of_deal(&Deal::after),
      event.picks ? std::optional(picks_text(*event.picks)) : std::nullopt);
  database.commit();
  return {id, true};
}

std::optional<Event> PostgresCatalog::find_event(const std::string& user, const std::string& client_key) const {
  PgPool::Reading database(*pool_);
  return event_with_key(*database, user, client_key);
}

std::vector<Event> PostgresCatalog::events(const std::string& user, std::int64_t after) const {
  PgPool::Reading database(*pool_);
  PgRows rows = database->rows(std::string(kEventColumns) + "AND id > $2 ORDER BY id", user, after);
  std::vector<Event> events;
  events.reserve(rows.size());
  while (rows.next()) events.push_back(event_in(rows, user));
  return events;
}

std::int64_t PostgresCatalog::event_count(const std::string& user) const {
  PgPool::Reading database(*pool_);
  return database->value<std::int64_t>(
      "SELECT count(*) FROM events WHERE user_no = (SELECT user_no FROM users WHERE name = $1)", user);
}

bool PostgresCatalog::has_user(const std::string& user) const {
  PgPool::Reading database(*pool_);
  return database->value<bool>("SELECT EXISTS (SELECT 1 FROM users WHERE name = $1)", user);
}

std::int64_t PostgresCatalog::erase_user(const std::string& user) {
  if (!has_user(user)) return 0;  // costs nobody a lock
  PgPool::Writing database(*pool_);
  const auto count = database->value<std::int64_t>(
      "SELECT count(*) FROM events WHERE user_no = (SELECT user_no FROM users WHERE name = $1)", user);
  database->run("DELETE FROM users WHERE name = $1", user);  // the events cascade
  database.count(PgCounter::kErasures);
  database.commit();
  return count;
}

std::int64_t PostgresCatalog::erasures() const {
  PgPool::Reading database(*pool_);
  return database->value<std::int64_t>("SELECT n FROM counters WHERE name = $1", counter_name(PgCounter::kErasures)) +
         database.counted(PgCounter::kErasures);
}

std::vector<std::string> PostgresCatalog::users() const {
  PgPool::Reading database(*pool_);
  PgRows rows = database->rows("SELECT name FROM users ORDER BY name");
  std::vector<std::string> users;
  while (rows.next()) users.push_back(rows.get<std::string>(0));
  return users;
}

}  // namespace ootd
