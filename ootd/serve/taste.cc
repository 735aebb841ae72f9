// A person's routes: the deck, the swipes, and what they add up to.
#include <algorithm>
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

// A client that lost our answer sends its swipe again. The swipe is a repeat, and its first event the answer, if it
// would change nothing: the look's standing swipe is of this kind already, or its latest one was taken back already.
std::optional<std::int64_t> repeat_of(const std::vector<Event>& history, const std::optional<Event>& standing,
                                      EventKind kind, Row row) {
  if (kind != EventKind::kUndo) {
    if (standing && standing->kind == kind) return standing->id;
    return std::nullopt;
  }
  if (standing) return std::nullopt;
  for (auto event = history.rbegin(); event != history.rend(); ++event)
    if (event->row == row && event->kind == EventKind::kUndo) return event->id;
  return std::nullopt;
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

  const std::string session = request.user.empty() ? new_session() : "";
  const std::string user = request.user.empty() ? user_of_session(session) : request.user;
  app_.index.refresh();
  const auto cards = app_.recommender.next_cards(user, k, allowed ? &*allowed : nullptr, &on_table);

  Json list = Json::array();
  std::vector<Event> shown;
  for (const Card& card : cards) {
    Json look = look_json(record(card.row));
    look["score"] = card.score;
    look["why"] = card.why;
    look["because"] = card.because != 0 ? Json(record(card.because).id) : Json();
    look["explored"] = card.explored;
    look["probability"] = card.probability;
    list.push_back(std::move(look));
    shown.push_back({.user = user, .kind = EventKind::kShown, .row = card.row, .probability = card.probability});
  }
  // HEAD deals no card.
  if (!shown.empty() && request.method == "GET") {
    Catalog::Batch batch(app_.catalog);
    for (const Event& event : shown) app_.catalog.append_event(event);
    batch.commit();
  }

  Response response = json_response(
      {{"cards", std::move(list)}, {"images", app_.catalog.image_count()}, {"vectors", app_.index.size()}});
  if (!session.empty()) {
    const bool behind_tls = !rules_.public_host.empty() && !names_loopback(request.host);
    response.headers.emplace_back("Set-Cookie", session_cookie(session, behind_tls));
  }
  return response;
}

Response Api::feedback(const Request& request) const {
  request.query.allow_only({});
  if (request.user.empty())
    return refusal(401, "unauthorized", "no session: GET /api/deck first, it sets the cookie ootd_session");
  const Json body = parse_json(request.body, "the body");
  const EventKind kind = kind_of(json_field<std::string>(body, "kind", "the body"));
  for (const auto& [name, value] : body.items())
    if (name != "kind" && name != "id")
      throw_bad_field("the body", name.c_str(), "is unknown; a swipe has kind and id");
  const bool latest = kind == EventKind::kUndo && !body.contains("id");
  std::optional<ImageRecord> image;
  if (!latest) image = record(json_field<std::string>(body, "id", "the body"));

  // Read and append in one transaction: the same swipe sent twice at the same time is still one event.
  std::int64_t event_id = 0;
  Row row = 0;
  {
    Catalog::Batch batch(app_.catalog);
    const std::vector<Event> history = app_.catalog.events(request.user);
    const std::vector<Event> swipes = standing_swipes(history);
    std::optional<Event> standing;
    for (const Event& swipe : swipes)
      if (latest || swipe.row == image->row) standing = swipe;
    if (latest && !standing) throw Error(Kind::kNotFound, "there is no swipe to take back");
    row = latest ? standing->row : image->row;
    if (const auto repeat = repeat_of(history, standing, kind, row)) {
      event_id = *repeat;
    } else {
      if (kind == EventKind::kUndo && !standing)
        throw Error(Kind::kNotFound, "there is no swipe on " + image->id + " to take back");
      const std::int64_t undoes = kind == EventKind::kUndo ? standing->id : 0;
      event_id = app_.catalog.append_event({.user = request.user, .kind = kind, .row = row, .undoes = undoes});
    }
    batch.commit();
  }
  Json answer = {{"event_id", event_id}, {"kind", to_string(kind)}};
  if (!image) image = record(row);
  answer["id"] = image->id;
  if (kind == EventKind::kUndo) answer["card"] = look_json(*image);  // so that a page can lay it back on its stack
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
  const std::int64_t events = request.user.empty() ? 0 : app_.catalog.erase_user(request.user);
  Response response = json_response({{"events", events}});
  // The next deck starts a new session. A service that forgets its user has no cookie to lose.
  if (request.argument.empty()) response.headers.emplace_back("Set-Cookie", session_cookie("", false));
  return response;
}

}  // namespace ootd
