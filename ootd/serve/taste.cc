// A person's routes: the deck, the swipes, and what they add up to.
#include <algorithm>
#include <map>

#include "ootd/base/clock.h"
#include "ootd/recommend/recommender.h"
#include "ootd/serve/api.h"

namespace ootd {
namespace {

constexpr int kMaxCards = 50;
constexpr std::size_t kMaxOnTable = 500;
constexpr std::size_t kTasteLooks = 1000;  // the latest looks whose labels are counted
constexpr std::size_t kTopLabels = 12;

EventKind kind_of(const std::string& name) {
  for (const EventKind kind : {EventKind::kLike, EventKind::kSave, EventKind::kDislike, EventKind::kUndo})
    if (to_string(kind) == name) return kind;
  throw Error(Kind::kInput, "field \"kind\" must be like, save, dislike or undo, not \"" + name + "\"");
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
    if (swipe.key.empty() || swipe.key.size() > kMaxClientKeyBytes || !plain)
      throw_bad_field(kWhere, "key", "must be 1 to 64 letters, digits or signs, without spaces");
  }
  return swipe;
}

// What a swipe comes to: a new event, or, if it would change nothing, the event that said the same before. A client
// that lost our answer sends its swipe again: its key, the swipe that it takes back or the look itself tells the
// repeat.
struct Outcome {
  Event event;
  bool is_repeat = false;
};

Outcome undo_of(const std::vector<Event>& history, const Swipe& swipe, LookKey look) {
  std::optional<Event> undo = undo_of_latest(history, look);
  if (swipe.event_id) {
    undo.reset();
    for (const Event& event : history)
      if (event.id == *swipe.event_id && is_swipe(event.kind))
        undo = Event{.user = event.user, .kind = EventKind::kUndo, .look = event.look, .undoes = event.id};
    if (!undo) throw Error(Kind::kNotFound, "event " + std::to_string(*swipe.event_id) + " is no swipe of this user");
  }
  // Taken back already.
  for (auto event = history.rbegin(); event != history.rend(); ++event) {
    if (event->kind != EventKind::kUndo) continue;
    if (swipe.event_id ? event->undoes == *swipe.event_id : !undo && look != LookKey{} && event->look == look)
      return {*event, true};
  }
  if (!undo)
    throw Error(Kind::kNotFound, "there is no swipe" + (swipe.image ? " on " + *swipe.image : "") + " to take back");
  return {*undo};
}

Outcome outcome_of(const std::string& user, const std::vector<Event>& history, const Swipe& swipe, LookKey look) {
  if (!swipe.key.empty())
    for (const Event& event : history)
      if (event.client_key == swipe.key) {
        const bool same = event.kind == swipe.kind && (look == LookKey{} || event.look == look) &&
                          (!swipe.event_id || event.undoes == *swipe.event_id);
        if (!same)
          throw Error(Kind::kInput,
                      "key \"" + swipe.key + "\" belongs to another event; every swipe needs a key of its own");
        return {event, true};
      }
  if (swipe.kind == EventKind::kUndo) return undo_of(history, swipe, look);
  for (const Event& standing : standing_swipes(history))
    if (standing.look == look && standing.kind == swipe.kind) return {standing, true};
  return {{.user = user, .kind = swipe.kind, .look = look}};
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
  const auto view = app_.now().view;
  const auto among = filtered(request, *view);
  std::vector<LookKey> on_table;
  const std::string ids = request.query.text("on_table").value_or("");
  for (std::size_t from = 0; from < ids.size();) {
    const std::size_t comma = std::min(ids.find(',', from), ids.size());
    if (on_table.size() == kMaxOnTable) throw Error(Kind::kInput, "on_table has more than 500 ids");
    // An unknown id is a look that was erased meanwhile: it is not dealt anyway.
    const auto image = app_.catalog.find_image(ids.substr(from, comma - from));
    on_table.push_back(image ? image->key : LookKey{});
    from = comma + 1;
  }

  // Nothing is written for who only looks: a session costs nothing until its first swipe.
  std::string user = request.user;
  const bool has_events = !user.empty() && app_.catalog.has_user(user);
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

  const auto history = has_events ? app_.catalog.events(user) : std::vector<Event>();
  std::vector<Card> cards = next_cards(user, history, *view, k, &among, on_table);
  // A look that was removed since the view was made is dealt to nobody; others take its place.
  std::map<LookKey, ImageRecord> images;
  for (;;) {
    std::vector<LookKey> keys;
    for (const Card& card : cards) keys.insert(keys.end(), {card.key, card.because});
    for (ImageRecord& image : app_.catalog.find_images(keys)) images.insert_or_assign(image.key, std::move(image));
    const std::size_t gone = on_table.size();
    for (const Card& card : cards)
      if (!images.contains(card.key)) on_table.push_back(card.key);
    if (on_table.size() == gone) break;
    cards = next_cards(user, history, *view, k, &among, on_table);
  }

  Json list = Json::array();
  std::vector<Event> shown;
  for (const Card& card : cards) {
    const auto because = images.find(card.because);
    Json look = look_json(images.at(card.key));
    look["score"] = card.score;
    look["why"] = card.why;
    look["because"] = because != images.end() ? Json(because->second.id) : Json();
    look["explored"] = card.explored;
    look["probability"] = card.probability;
    list.push_back(std::move(look));
    shown.push_back({.user = user, .kind = EventKind::kShown, .look = card.key, .probability = card.probability});
  }
  Response response =
      json_response({{"cards", std::move(list)}, {"images", app_.catalog.image_count()}, {"vectors", view->size()}});
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
  Event event;
  ImageRecord image;
  {
    Catalog::Batch batch(app_.catalog);
    const std::vector<Event> history = app_.catalog.events(request.user);
    if (history.empty() && request.session && !may_begin(*request.session)) return no_session();
    const LookKey look = swipe.image ? record(*swipe.image).key : LookKey{};
    Outcome outcome = outcome_of(request.user, history, swipe, look);
    event = std::move(outcome.event);
    const auto found = app_.catalog.find_image(event.look);  // events go with their looks
    if (!found) throw Error(Kind::kNotFound, "the look of this swipe is gone");
    image = *found;
    if (!outcome.is_repeat) {
      event.client_key = swipe.key;
      event.id = app_.catalog.append_event(event).id;
      batch.commit();
    }
  }
  Json answer = {{"event_id", event.id}, {"kind", to_string(swipe.kind)}, {"id", image.id}};
  if (swipe.kind == EventKind::kUndo) answer["card"] = look_json(image);  // so that a page can lay it back on its stack
  return json_response(answer);
}

Response Api::saved(const Request& request) const {
  request.query.allow_only({});
  Json list = Json::array();
  if (!request.user.empty()) {
    const auto swipes = standing_swipes(app_.catalog.events(request.user));
    for (auto swipe = swipes.rbegin(); swipe != swipes.rend(); ++swipe) {
      if (swipe->kind != EventKind::kSave) continue;
      const auto image = app_.catalog.find_image(swipe->look);
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
      if (const auto image = app_.catalog.find_image(swipe->look))
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
