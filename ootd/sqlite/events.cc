// SqliteCatalog as an EventLog.
#include "ootd/base/clock.h"
#include "ootd/base/error.h"
#include "ootd/catalog/store_rules.h"
#include "ootd/sqlite/sqlite_catalog.h"
#include "ootd/sqlite/statements.h"

namespace ootd {
namespace {

constexpr char kEventColumns[] =
    "SELECT id, kind, row, undoes, at_ms, client_key, policy, probability, prediction, place, dealt_after, picks "
    "FROM events "
    "WHERE user_no = (SELECT user_no FROM users WHERE name = ?1) ";

std::optional<Event> event_with_key(Database& database, const std::string& user, const std::string& client_key) {
  Statement query(database, std::string(kEventColumns) + "AND client_key = ?2", user, client_key);
  if (!query.step()) return std::nullopt;
  return event_in(query, user);
}

// The look of the swipe that is taken back.
LookKey look_taken_back(Database& database, const Event& undo) {
  const auto look = database.first<LookKey>(
      "SELECT row FROM events WHERE id = ?2 AND user_no = (SELECT user_no FROM users WHERE name = ?1) "
      "AND kind IN ('like', 'save', 'dislike', 'skip') "
      "AND NOT EXISTS (SELECT 1 FROM events AS later WHERE later.undoes = events.id)",
      undo.user, undo.undoes);
  if (!look) throw_nothing_to_undo(undo);
  return *look;
}

}  // namespace

EventLog::Appended SqliteCatalog::append_event(const Event& event) {
  check_event(event);
  Connections::Writing database(*connections_);
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
  database->run("INSERT OR IGNORE INTO users (name) VALUES (?1)", event.user);
  const auto of_deal = [&event](auto Deal::* field) {
    return event.deal ? std::optional((*event.deal).*field) : std::nullopt;
  };
  database->run(
      "INSERT INTO events (user_no, kind, row, undoes, at_ms, client_key, policy, probability, prediction, place, "
      "dealt_after, picks) "
      "VALUES ((SELECT user_no FROM users WHERE name = ?1), ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
      event.user, to_string(event.kind), event.kind == EventKind::kQuiz ? std::nullopt : std::optional(look), undoes,
      event.at_ms != 0 ? event.at_ms : now_ms(),
      event.client_key.empty() ? std::nullopt : std::optional(event.client_key), of_deal(&Deal::policy),
      of_deal(&Deal::probability), of_deal(&Deal::prediction), of_deal(&Deal::place), of_deal(&Deal::after),
      event.picks ? std::optional(picks_text(*event.picks)) : std::nullopt);
  const std::int64_t id = database->last_insert_row();
  database.commit();
  return {id, true};
}

std::optional<Event> SqliteCatalog::find_event(const std::string& user, const std::string& client_key) const {
  Connections::Reading database(*connections_);
  return event_with_key(*database, user, client_key);
}

std::vector<Event> SqliteCatalog::events(const std::string& user, std::int64_t after) const {
  Connections::Reading database(*connections_);
  Statement query(*database, std::string(kEventColumns) + "AND id > ?2 ORDER BY id", user, after);
  std::vector<Event> events;
  while (query.step()) events.push_back(event_in(query, user));
  return events;
}

std::int64_t SqliteCatalog::event_count(const std::string& user) const {
  Connections::Reading database(*connections_);
  return database->value<std::int64_t>(
      "SELECT count(*) FROM events WHERE user_no = (SELECT user_no FROM users WHERE name = ?1)", user);
}

bool SqliteCatalog::has_user(const std::string& user) const {
  Connections::Reading database(*connections_);
  return database->first<std::int64_t>("SELECT user_no FROM users WHERE name = ?1", user).has_value();
}

std::int64_t SqliteCatalog::erase_user(const std::string& user) {
  if (!has_user(user)) return 0;  // costs nobody a lock
  Connections::Writing database(*connections_);
  const auto count = database->value<std::int64_t>(
      "SELECT count(*) FROM events WHERE user_no = (SELECT user_no FROM users WHERE name = ?1)", user);
  database->run("DELETE FROM users WHERE name = ?1", user);  // the events cascade
  count_change(*database, kErasures);
  database.scrub();
  database.commit();
  return count;
}

std::int64_t SqliteCatalog::erasures() const {
  Connections::Reading database(*connections_);
  return changes_counted(*database, kErasures);
}

std::vector<std::string> SqliteCatalog::users() const {
  Connections::Reading database(*connections_);
  Statement query(*database, "SELECT name FROM users ORDER BY name");
  std::vector<std::string> users;
  while (query.step()) users.push_back(query.get<std::string>(0));
  return users;
}

}  // namespace ootd
