// A person's routes: the deck, the swipes, and what they add up to.
#include <algorithm>
#include <chrono>
#include <map>

#include "ootd/serve/api.h"

namespace ootd {
namespace {

constexpr int kMaxCards = 50;
constexpr std::size_t kMaxOnTable = 500;
constexpr std::size_t kTasteLooks = 1000;  // the latest looks whose labels are counted
constexpr std::size_t kTopLabels = 12;

bool is_swipe(EventKind kind) {
  switch (kind) {
    case EventKind::kLike:
    case EventKind::kSave:
    case EventKind::kDislike:
      return true;
    case EventKind::kUndo:
    case EventKind::kShown:
      return false;
  }
  return false;
}

EventKind kind_of(const std::string& name) {
  for (const EventKind kind : {EventKind::kLike, EventKind::kSave, EventKind::kDislike, EventKind::kUndo})
    if (to_string(kind) == name) return kind;
  throw Error(Kind::kInput, "field \"kind\" must be like, save, dislike or undo, not \"" + name + "\"");
}

// The swipes that stand (nobody took them back), oldest first; of several on one look only the last.
std::vector<Event> standing_swipes(const std::vector<Event>& history) {
  std::map<std::int64_t, const Event*> standing;
  for (const Event& event : history) {
    if (is_swipe(event.kind)) standing[event.id] = &event;
    if (event.kind == EventKind::kUndo) standing.erase(event.undoes);
  }
  std::map<Row, std::int64_t> last;
  for (const auto& [id, event] : standing) last[event->row] = id;
  std::vector<Event> swipes;
  for (const auto& [id, event] : standing)
    if (last[event->row] == id) swipes.push_back(*event);
  return swipes;
}

// What POST /api/feedback is sent.
struct Swipe {
  EventKind kind = EventKind::kLike;
  std::optional<ImageId> image;          // the look; kUndo may name its swipe instead, or nothing: the latest
  std::optional<std::int64_t> event_id;  // kUndo only: the swipe taken back
  std::string key;                       // the client's own name of this event, unique for the user; empty = none
};

Swipe parse_swipe(const std::string& text) {
  constexpr char kWhere[] = "the body";
  constexpr std::size_t kMaxKey = 64;
  const Json body = parse_json(text, kWhere);
  Swipe swipe;
  swipe.kind = kind_of(json_field<std::string>(body, "kind", kWhere));
  for (const auto& [name, value] : body.items())
    if (name != "kind" && name != "id" && name != "event_id" && name != "key")
      throw_bad_field(kWhere, name.c_str(), "is unknown; a swipe has kind, id, event_id and key");
  if (body.contains("event_id")) {
    if (swipe.kind != EventKind::kUndo) throw_bad_field(kWhere, "event_id", "belongs to an undo");
    if (body.contains("id")) throw_bad_field(kWhere, "event_id", "names the swipe; leave id out");
    swipe.event_id = json_field<std::int64_t>(body, "event_id", kWhere);
  }
  if (body.contains("id") || swipe.kind != EventKind::kUndo) swipe.image = json_field<std::string>(body, "id", kWhere);
  if (body.contains("key")) {
    swipe.key = json_field<std::string>(body, "key", kWhere);
    const bool plain = std::all_of(swipe.key.begin(), swipe.key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
    if (swipe.key.empty() || swipe.key.size() > kMaxKey || !plain)
      throw_bad_field(kWhere, "key", "must be 1 to 64 letters, digits or signs, without spaces");
  }
  return swipe;
}

// The swipe of this id, nothing if it was taken back. Throws kNotFound if the user has none of this id.
std::optional<Event> standing_event(const std::vector<Event>& history, std::int64_t id) {
  std::optional<Event> found;
  for (const Event& event : history)
    if (event.id == id && is_swipe(event.kind)) found = event;
  if (!found) throw Error(Kind::kNotFound, "event " + std::to_string(id) + " is no swipe of this user");
  for (const Event& event : history)
    if (event.undoes == id) return std::nullopt;
  return found;
}

// A client that lost our answer sends its swipe again. The swipe is a repeat, and its first event the answer, if it
// would change nothing: the look's standing swipe is of this kind already, or what it takes back was taken back
// already.
std::optional<Event> repeat_of(const std::vector<Event>& history, const std::optional<Event>& standing,
                               const Swipe& swipe, Row row) {
  if (swipe.kind != EventKind::kUndo) return standing && standing->kind == swipe.kind ? standing : std::nullopt;
  if (standing) return std::nullopt;
  for (auto event = history.rbegin(); event != history.rend(); ++event)
    if (event->kind == EventKind::kUndo && (swipe.event_id ? event->undoes == swipe.event_id : event->row == row))
      return *event;
  return std::nullopt;
}

std::int64_t now_ms() {
  using namespace std::chrono;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

// A forgotten session must stay dead, though a swipe of it may still be on its way, and the catalog must keep no trace
// of the person. So of each 4,096th part of all sessions it keeps when one of them was last forgotten; a session older
// than that lives only as long as its user has events. Who only looked, and shares the part by chance, gets a new
// session.
std::string forgotten_setting(const std::string& user) { return "forgotten_" + user.substr(4, 3); }

Response no_session() {
  return refusal(401, "unauthorized", "no session, or a forgotten one: GET /api/deck first, it sets the cookie");
}

}  // namespace

Response Api::deck(const Request& request) const {
  request.query.allow_only({"k", "filter", "on_table"});
  const int k = request.query.number("k", 10, 1, kMaxCards);
  const auto allowed = filter_of(request);
  Bitmap on_table;
  std::size_t count = 0;
  const std::string ids = request.query.text("on_table").value_or("");
  for (std::size_t from = 0; from < ids.size();) {
    const std::size_t comma = std::min(ids.find(',', from), ids.size());
    if (++count > kMaxOnTable) throw Error(Kind::kInput, "on_table has more than 500 ids");
    // An unknown id is a look that was erased meanwhile: it is not dealt anyway.
    if (const auto image = app_.catalog.find_image(ids.substr(from, comma - from))) on_table.add(image->row);
    from = comma + 1;
  }

  // Nothing is written for who only looks: a session costs nothing until its first swipe.
  std::string user = request.user;
  const bool has_events = !user.empty() && app_.catalog.event_count(user) > 0;
  std::optional<WebSession> cookie;  // to be set
  if (request.argument.empty()) {
    if (!request.session || (!has_events && !may_begin(*request.session))) {
      const WebSession session = new_session(0);
      user = session.user();
      cookie = {.id = session.id, .born_ms = std::max(now_ms(), forgotten_ms(user) + 1)};
    } else if (!request.session->is_signed) {
      cookie = request.session;
    }
  }
  app_.index.refresh();
  const auto cards = app_.recommender.next_cards(user, k, allowed ? &*allowed : nullptr, &on_table);

  Json list = Json::array();
  std::vector<Event> shown;
  for (const Card& card : cards) {
    const auto image = app_.catalog.find_image(card.row);
    if (!image) continue;  // removed meanwhile
    const auto liked = card.because != 0 ? app_.catalog.find_image(card.because) : std::nullopt;
    Json look = look_json(*image);
    look["score"] = card.score;
    look["why"] = card.why;
    look["because"] = liked ? Json(liked->id) : Json();
    look["explored"] = card.explored;
    look["probability"] = card.probability;
    list.push_back(std::move(look));
    shown.push_back({.user = user, .kind = EventKind::kShown, .row = card.row, .probability = card.probability});
  }
  Response response = json_response(
      {{"cards", std::move(list)}, {"images", app_.catalog.image_count()}, {"vectors", app_.index.size()}});
  if (cookie) response.headers.emplace_back("Set-Cookie", cookie_.write(*cookie, secure_cookies()));
  // HEAD deals no card.
  if (has_events && !shown.empty() && request.method == "GET") shown_->add(std::move(shown));
  return response;
}

std::int64_t Api::forgotten_ms(const std::string& user) const {
  return std::stoll(app_.catalog.setting(forgotten_setting(user)).value_or("0"));
}

bool Api::may_begin(const WebSession& session) const { return session.born_ms > forgotten_ms(session.user()); }

Response Api::feedback(const Request& request) const {
  request.query.allow_only({});
  if (request.user.empty()) return no_session();
  const Swipe swipe = parse_swipe(request.body);

  // Read and append in one transaction: the same swipe sent twice at the same time is still one event.
  std::int64_t event_id = 0;
  std::optional<ImageRecord> image;
  {
    Catalog::Batch batch(app_.catalog);
    const std::vector<Event> history = app_.catalog.events(request.user);
    if (history.empty() && request.session && !may_begin(*request.session)) return no_session();
    if (swipe.image) image = record(*swipe.image);
    std::optional<Event> standing;  // the swipe that this one repeats, changes or takes back
    if (swipe.event_id)
      standing = standing_event(history, *swipe.event_id);
    else
      for (const Event& event : standing_swipes(history))
        if (!image || event.row == image->row) standing = event;
    if (const auto repeat = repeat_of(history, standing, swipe, image ? image->row : 0)) {
      event_id = repeat->id;
      image = app_.catalog.find_image(repeat->row);
    } else {
      if (swipe.kind == EventKind::kUndo && !standing)
        throw Error(Kind::kNotFound,
                    "there is no swipe" + (image ? " on " + image->id : std::string()) + " to take back");
      if (standing && !image) image = app_.catalog.find_image(standing->row);
      event_id = app_.catalog.append_event({.user = request.user,
                                            .kind = swipe.kind,
                                            .row = image->row,
                                            .undoes = swipe.kind == EventKind::kUndo ? standing->id : 0});
      batch.commit();
    }
  }
  Json answer = {{"event_id", event_id}, {"kind", to_string(swipe.kind)}, {"id", image->id}};
  if (swipe.kind == EventKind::kUndo)
    answer["card"] = look_json(*image);  // so that a page can lay it back on its stack
  return json_response(answer);
}

Response Api::saved(const Request& request) const {
  request.query.allow_only({});
  Json list = Json::array();
  if (!request.user.empty()) {
    const auto swipes = standing_swipes(app_.catalog.events(request.user));
    for (auto swipe = swipes.rbegin(); swipe != swipes.rend(); ++swipe) {
      if (swipe->kind != EventKind::kSave) continue;
      const auto image = app_.catalog.find_image(swipe->row);
      if (!image) continue;  // erased between the two calls
      Json look = look_json(*image);
      look["at_ms"] = swipe->at_ms;
      list.push_back(std::move(look));
    }
  }
  return json_response({{"saved", std::move(list)}});
}

Response Api::taste(const Request& request) const {
  request.query.allow_only({});
  std::map<EventKind, int> counts;
  std::map<std::pair<std::string, std::string>, int> labels;
  if (!request.user.empty()) {
    const auto swipes = standing_swipes(app_.catalog.events(request.user));
    std::size_t looks = 0;
    for (auto swipe = swipes.rbegin(); swipe != swipes.rend(); ++swipe) {
      ++counts[swipe->kind];
      if (swipe->kind == EventKind::kDislike || ++looks > kTasteLooks) continue;
      if (const auto image = app_.catalog.find_image(swipe->row))
        for (const Label& label : image->labels)
          if (label.key != kSplitKey) ++labels[{label.key, label.value}];
    }
  }
  std::vector<std::pair<int, std::pair<std::string, std::string>>> top;
  for (const auto& [label, count] : labels) top.emplace_back(-count, label);
  std::sort(top.begin(), top.end());  // most first, then by name
  top.resize(std::min(top.size(), kTopLabels));
  Json list = Json::array();
  for (const auto& [count, label] : top)
    list.push_back({{"key", label.first}, {"value", label.second}, {"count", -count}});
  return json_response({{"likes", counts[EventKind::kLike]},
                        {"saves", counts[EventKind::kSave]},
                        {"dislikes", counts[EventKind::kDislike]},
                        {"top", std::move(list)}});
}

Response Api::forget(const Request& request) const {
  request.query.allow_only({});
  std::int64_t events = 0;
  if (!request.user.empty() && app_.catalog.event_count(request.user) > 0) {
    Catalog::Batch batch(app_.catalog);
    events = app_.catalog.erase_user(request.user);
    if (request.session)
      app_.catalog.set_setting(
          forgotten_setting(request.user),
          std::to_string(std::max({now_ms(), forgotten_ms(request.user), request.session->born_ms})));
    batch.commit();
  }
  Response response = json_response({{"events", events}});
  // The next deck starts a new session. A service that forgets its user has no cookie to lose.
  if (request.argument.empty()) response.headers.emplace_back("Set-Cookie", SessionCookie::erase(secure_cookies()));
  return response;
}

}  // namespace ootd
