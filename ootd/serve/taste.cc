// A person's answers: swipes and the quiz, and what they add up to.
#include <algorithm>
#include <map>
#include <ranges>

#include "ootd/base/clock.h"
#include "ootd/serve/api.h"
#include "ootd/taste/liked_labels.h"

namespace ootd {
namespace {

constexpr std::size_t kTasteLooks = 1000;  // the latest swipes whose looks' labels are counted
constexpr std::size_t kTopLabels = 12;

EventKind kind_of(const std::string& name) {
  const auto kind = parse_event_kind(name);
  if (!kind || *kind == EventKind::kQuiz)
    throw Error(Kind::kInput, "field \"kind\" must be like, save, dislike, skip, undo or shown, not \"" + name + "\"");
  return *kind;
}

// The client's own name of an event; empty = none.
std::string client_key(const Json& body, const char* where) {
  if (!body.contains("key")) return "";
  std::string key = json_field<std::string>(body, "key", where);
  const bool plain = std::ranges::all_of(key, [](char c) { return c > 0x20 && c < 0x7f; });
  if (key.empty() || key.size() > kMaxClientKeyBytes || !plain)
    throw_bad_field(where, "key", "must be 1 to 64 letters, digits or signs, without spaces");
  return key;
}

// What POST /api/feedback is sent.
struct Sent {
  EventKind kind = EventKind::kLike;
  std::optional<ImageId> image;          // the look; kUndo may name its swipe instead, or nothing: the latest
  std::optional<std::int64_t> event_id;  // kUndo only: the swipe taken back
  std::string key;                       // the client's own name of this event, unique for the user; empty = none
};

Sent parse_sent(const std::string& text) {
  constexpr char kWhere[] = "the body";
  const Json body = parse_json(text, kWhere);
  Sent sent;
  sent.kind = kind_of(json_field<std::string>(body, "kind", kWhere));
  for (const auto& [name, value] : body.items())
    if (name != "kind" && name != "id" && name != "event_id" && name != "key")
      throw_bad_field(kWhere, name.c_str(), "is unknown; a swipe has kind, id, event_id and key");
  if (body.contains("event_id")) {
    if (sent.kind != EventKind::kUndo) throw_bad_field(kWhere, "event_id", "belongs to an undo");
    if (body.contains("id")) throw_bad_field(kWhere, "event_id", "names the swipe; leave id out");
    sent.event_id = json_field<std::int64_t>(body, "event_id", kWhere);
  }
  if (body.contains("id") || sent.kind != EventKind::kUndo) sent.image = json_field<std::string>(body, "id", kWhere);
  sent.key = client_key(body, kWhere);
  return sent;
}

bool stands(const Swipes& swipes, std::int64_t event) {
  const auto standing = swipes.standing();
  return std::ranges::binary_search(standing, event, {}, &Swipe::event);
}

// What was sent comes to: a new event, or, if it would change nothing, the event that said the same before. A client
// that lost our answer sends its swipe again: its key, the swipe that it takes back or the look itself tells the
// repeat.
struct Outcome {
  Event event;
  bool is_repeat = false;
};

Outcome undo_of(const EventLog& log, const std::string& user, const Swipes& swipes, const Sent& sent, LookKey look) {
  std::optional<Event> undo = undo_of_latest(user, swipes, look);
  if (sent.event_id) {
    undo.reset();
    for (const Event& event : log.events(user, std::max<std::int64_t>(*sent.event_id, 1) - 1))
      if (event.id == *sent.event_id && is_swipe(event.kind))
        undo = Event{.user = user, .kind = EventKind::kUndo, .look = event.look, .undoes = event.id};
    if (!undo) throw Error(Kind::kNotFound, "event " + std::to_string(*sent.event_id) + " is no swipe of this user");
  }
  if (sent.event_id ? !stands(swipes, *sent.event_id) : !undo && look != LookKey{}) {  // taken back already?
    const auto history = log.events(user);
    for (auto event = history.rbegin(); event != history.rend(); ++event)
      if (event->kind == EventKind::kUndo && (sent.event_id ? event->undoes == *sent.event_id : event->look == look))
        return {*event, true};
  }
  if (!undo)
    throw Error(Kind::kNotFound, "there is no swipe" + (sent.image ? " on " + *sent.image : "") + " to take back");
  return {*undo};
}

Outcome outcome_of(const EventLog& log, const std::string& user, const Swipes& swipes, const Sent& sent, LookKey look) {
  Event event = {.user = user, .kind = sent.kind, .look = look, .undoes = sent.event_id.value_or(0)};
  if (!sent.key.empty())
    if (const auto known = log.find_event(user, sent.key)) {
      check_same_event(*known, event);
      return {*known, true};
    }
  if (sent.kind == EventKind::kUndo) return undo_of(log, user, swipes, sent, look);
  if (const Swipe* standing = swipes.latest(look); standing != nullptr && standing->answer == sent.kind) {
    event.id = standing->event;
    return {event, true};
  }
  return {event};
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

std::int64_t Api::forgotten_ms(const std::string& user) const {
  return std::stoll(app_.catalog.setting(forgotten_setting(user)).value_or("0"));
}

bool Api::may_begin(const WebSession& session) const { return session.born_ms > forgotten_ms(session.user()); }

Response Api::feedback(const Request& request) const {
  request.query.allow_only({});
  if (request.user.empty()) return no_session();
  const Sent sent = parse_sent(request.body);

  // Read and append in one transaction: the same swipe sent twice at the same time is still one event. The person is
  // asked for within it, so that a deck of theirs never waits for the lock of another process.
  Event event;
  ImageRecord image;
  {
    Catalog::Batch batch(app_.catalog);
    const bool is_known = app_.catalog.has_user(request.user);
    if (!is_known && request.session && !may_begin(*request.session)) return no_session();
    const LookKey look = sent.image ? record(*sent.image).key : LookKey{};
    bool is_repeat = false;
    std::optional<Deal> deal;
    {
      const auto person = people_->ask(request.user, app_.now().copies);
      Outcome outcome = outcome_of(app_.catalog, request.user, person.swipes(), sent, look);
      event = std::move(outcome.event);
      is_repeat = outcome.is_repeat;
      deal = person.deal_of(event.look);
    }
    const auto found = app_.catalog.find_image(event.look);  // events go with their looks
    if (!found) throw Error(Kind::kNotFound, "the look of this swipe is gone");
    image = *found;
    if (!is_repeat) {
      event.client_key = sent.key;
      if (event.kind == EventKind::kShown) {
        // Who only looks leaves no trace; and a card that nobody knows of has been logged, or was dealt too long ago.
        event.deal = deal;
        if (is_known && deal) event.id = app_.catalog.append_event(event).id;
      } else {
        // Who swipes a card has seen it.
        if (deal && is_swipe(event.kind))
          app_.catalog.append_event(
              {.user = request.user, .kind = EventKind::kShown, .look = event.look, .deal = deal});
        event.id = app_.catalog.append_event(event).id;
      }
      batch.commit();
    }
  }
  Json answer = {
      {"event_id", event.id > 0 ? Json(event.id) : Json()}, {"kind", to_string(sent.kind)}, {"id", image.id}};
  if (sent.kind == EventKind::kUndo) answer["card"] = look_json(image);  // so that a page can lay it back on its stack
  return json_response(answer);
}

Response Api::answer_quiz(const Request& request) const {
  request.query.allow_only({});
  if (request.user.empty()) return no_session();
  constexpr char kWhere[] = "the body";
  const Json body = parse_json(request.body, kWhere);
  for (const auto& [name, value] : body.items())
    if (name != "labels" && name != "looks" && name != "key")
      throw_bad_field(kWhere, name.c_str(), "is unknown; a quiz has labels, looks and key");
  Event event = {
      .user = request.user, .kind = EventKind::kQuiz, .picks = QuizPicks(), .client_key = client_key(body, kWhere)};
  std::vector<ImageId> ids;
  if (body.contains("labels")) event.picks->labels = json_field<std::vector<std::string>>(body, "labels", kWhere);
  if (body.contains("looks")) ids = json_field<std::vector<std::string>>(body, "looks", kWhere);
  const auto labels = app_.now().labels;
  check_picks(*labels, event.picks->labels);
  for (const ImageId& id : ids) event.picks->looks.push_back(record(id).key);

  Catalog::Batch batch(app_.catalog);
  if (!app_.catalog.has_user(request.user) && request.session && !may_begin(*request.session)) return no_session();
  const auto id = app_.catalog.append_event(event).id;
  batch.commit();
  return json_response({{"event_id", id}, {"labels", event.picks->labels}, {"looks", ids}});
}

Response Api::saved(const Request& request) const {
  request.query.allow_only({});
  Json list = Json::array();
  if (!request.user.empty()) {
    const auto person = people_->ask(request.user, app_.now().copies);
    for (const Swipe& swipe : std::views::reverse(person.swipes().standing())) {
      if (swipe.answer != EventKind::kSave) continue;
      const auto image = app_.catalog.find_image(swipe.look);
      if (!image) continue;  // erased between the two calls
      Json look = look_json(*image);
      look["at_ms"] = swipe.at_ms;
      list.push_back(std::move(look));
    }
  }
  return json_response({{"saved", std::move(list)}});
}

Response Api::taste(const Request& request) const {
  request.query.allow_only({});
  std::map<EventKind, int> counts;
  std::vector<SwipedLabels> swiped;
  if (!request.user.empty()) {
    const auto person = people_->ask(request.user, app_.now().copies);
    for (const Swipe& swipe : std::views::reverse(person.swipes().standing())) {
      ++counts[swipe.answer];
      if (swipe.answer == EventKind::kSkip || swiped.size() == kTasteLooks) continue;
      if (auto image = app_.catalog.find_image(swipe.look))
        swiped.push_back({is_like(swipe.answer), std::move(image->labels)});
    }
  }
  Json list = Json::array();
  for (const LikedLabel& one : liked_labels(swiped, kTopLabels))
    list.push_back({{"key", one.label.key},
                    {"value", one.label.value},
                    {"count", one.liked},
                    {"swiped", one.swiped},
                    {"lift", one.lift}});
  return json_response({{"likes", counts[EventKind::kLike]},
                        {"saves", counts[EventKind::kSave]},
                        {"dislikes", counts[EventKind::kDislike]},
                        {"top", std::move(list)}});
}

Response Api::forget(const Request& request) const {
  request.query.allow_only({});
  std::int64_t events = 0;
  if (!request.user.empty() && app_.catalog.has_user(request.user)) {
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
