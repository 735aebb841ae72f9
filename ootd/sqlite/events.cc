// Catalog: users and what they did.
#include <array>
#include <chrono>

#include "ootd/base/error.h"
#include "ootd/store/catalog_impl.h"

namespace ootd {
namespace {

constexpr std::array kAllKinds = {EventKind::kLike, EventKind::kSave, EventKind::kDislike, EventKind::kUndo,
                                  EventKind::kShown};

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

EventKind stored_kind(std::string_view word) {
  if (const auto kind = parse_event_kind(word)) return *kind;
  throw Error(Kind::kInternal, "event of kind " + std::string(word) + ", which the table's CHECK forbids");
}

struct Swipe {
  std::int64_t id = 0;
  Row row = 0;
};

// The swipe that this undo takes back. A shown card is no swipe.
Swipe swipe_taken_back(Database& database, const Event& undo) {
  Statement query(database,
                  "SELECT id, row FROM events WHERE user_no = (SELECT user_no FROM users WHERE name = ?1) "
                  "AND kind IN ('like', 'save', 'dislike') AND (?2 = 0 OR id = ?2) AND (?3 = 0 OR row = ?3) "
                  "AND NOT EXISTS (SELECT 1 FROM events AS later WHERE later.undoes = events.id) "
                  "ORDER BY id DESC LIMIT 1",
                  undo.user, undo.undoes, undo.row);
  if (!query.step())
    throw Error(Kind::kNotFound, "user " + undo.user + ": nothing to undo" +
                                     (undo.row != 0 ? " on row " + std::to_string(undo.row) : "") +
                                     (undo.undoes != 0 ? ": event " + std::to_string(undo.undoes) +
                                                             " is no like, save or dislike of this user that stands"
                                                       : ""));
  return {query.get<std::int64_t>(0), query.get<Row>(1)};
}

}  // namespace

std::string_view to_string(EventKind kind) {
  switch (kind) {
    case EventKind::kLike:
      return "like";
    case EventKind::kSave:
      return "save";
    case EventKind::kDislike:
      return "dislike";
    case EventKind::kUndo:
      return "undo";
    case EventKind::kShown:
      return "shown";
  }
  throw Error(Kind::kInternal, "EventKind out of range: " + std::to_string(static_cast<int>(kind)));
}

std::optional<EventKind> parse_event_kind(std::string_view word) {
  for (const EventKind kind : kAllKinds)
    if (to_string(kind) == word) return kind;
  return std::nullopt;
}

std::int64_t Catalog::append_event(const Event& event) {
  if (event.user.empty()) throw Error(Kind::kInput, "an event needs the name of a user");
  if (event.undoes != 0 && event.kind != EventKind::kUndo)
    throw Error(Kind::kInput, "user " + event.user + ": only an undo can take back event " +
                                  std::to_string(event.undoes) + ", not a " + std::string(to_string(event.kind)));
  if (event.kind == EventKind::kShown && !(event.probability > 0 && event.probability <= 1))
    throw Error(Kind::kInput, "user " + event.user + ": the probability of a shown card must be in (0, 1], not " +
                                  std::to_string(event.probability));
  Impl::Writing writing(*impl_);
  Database& database = impl_->database;
  Row row = event.row;
  std::optional<std::int64_t> undoes;
  if (event.kind == EventKind::kUndo) {
    const Swipe swipe = swipe_taken_back(database, event);
    row = swipe.row;
    undoes = swipe.id;
  } else {
    impl_->require_image(row);
  }
  database.run("INSERT OR IGNORE INTO users (name) VALUES (?1)", event.user);
  database.run(
      "INSERT INTO events (user_no, kind, row, undoes, probability, at_ms) "
      "VALUES ((SELECT user_no FROM users WHERE name = ?1), ?2, ?3, ?4, ?5, ?6)",
      event.user, to_string(event.kind), row, undoes, event.kind == EventKind::kShown ? event.probability : 1.0,
      event.at_ms != 0 ? event.at_ms : now_ms());
  const std::int64_t id = database.last_insert_row();
  writing.commit();
  return id;
}

std::vector<Event> Catalog::events(const std::string& user) const {
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database,
                  "SELECT id, kind, row, undoes, probability, at_ms FROM events "
                  "WHERE user_no = (SELECT user_no FROM users WHERE name = ?1) ORDER BY id",
                  user);
  std::vector<Event> events;
  while (query.step()) {
    Event event;
    event.id = query.get<std::int64_t>(0);
    event.user = user;
    event.kind = stored_kind(query.text(1));
    event.row = query.get<Row>(2);
    event.undoes = query.get<std::int64_t>(3);  // NULL reads as 0
    event.probability = query.get<double>(4);
    event.at_ms = query.get<std::int64_t>(5);
    events.push_back(std::move(event));
  }
  return events;
}

std::int64_t Catalog::event_count(const std::string& user) const {
  const Impl::Reading reading(*impl_);
  return impl_->database.value<std::int64_t>(
      "SELECT count(*) FROM events WHERE user_no = (SELECT user_no FROM users WHERE name = ?1)", user);
}

std::int64_t Catalog::erase_user(const std::string& user) {
  const std::unique_lock lock(impl_->mutex);  // until scrub() is done too
  Impl::Writing writing(*impl_);
  const std::int64_t count = event_count(user);
  impl_->database.run("DELETE FROM users WHERE name = ?1", user);  // the events cascade
  writing.commit();
  impl_->scrub();
  return count;
}

std::vector<std::string> Catalog::users() const {
  const Impl::Reading reading(*impl_);
  Statement query(impl_->database, "SELECT name FROM users ORDER BY name");
  std::vector<std::string> users;
  while (query.step()) users.push_back(query.get<std::string>(0));
  return users;
}

}  // namespace ootd
