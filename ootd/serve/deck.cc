// What a person is dealt: the deck, and the quiz before it.
#include <algorithm>
#include <map>

#include "ootd/base/clock.h"
#include "ootd/serve/api.h"
#include "ootd/taste/kernel.h"
#include "ootd/workspace/garments.h"

namespace ootd {
namespace {

constexpr int kMaxCards = 50;
constexpr std::size_t kMaxOnTable = 500;
constexpr std::size_t kMaxQuizValues = 60;

// "a,b" of a query's field; at most kMaxOnTable.
std::vector<std::string> list_of(const Request& request, const std::string& field) {
  const std::string text = request.query.text(field).value_or("");
  std::vector<std::string> list;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t comma = std::min(text.find(',', from), text.size());
    if (list.size() == kMaxOnTable) throw Error(Kind::kInput, field + " has more than 500 items");
    list.push_back(text.substr(from, comma - from));
    from = comma + 1;
  }
  return list;
}

using Images = std::map<LookKey, ImageRecord>;

// Null for a look that was erased a moment ago.
Json id_of(const Images& images, LookKey look) {
  const auto image = images.find(look);
  return image == images.end() ? Json() : Json(image->second.id);
}

Json card_json(const Card& card, const Swipes& swipes, const Images& images, bool explain) {
  Json json = look_json(images.at(card.key));
  json["score"] = card.score;
  json["why"] = why(card, swipes);
  json["because"] = Json::array();
  for (const LookKey look : card.because)
    if (const auto image = images.find(look); image != images.end())
      json["because"].push_back({{"id", image->second.id},
                                 {"thumb", "/thumbs/" + image->second.id},
                                 {"kind", swipes.latest(look) ? to_string(swipes.latest(look)->answer) : "pick"}});
  json["explored"] = card.explored;
  json["policy"] = card.deal.policy;
  json["probability"] = card.deal.probability;
  json["prediction"] = card.deal.prediction;
  if (!explain) return json;
  json["parts"] = Json::array();
  for (const ScorePart& part : card.parts) {
    Json one = {{"of", to_string(part.of)}, {"value", part.value}};
    if (part.look != LookKey{}) one["id"] = id_of(images, part.look);
    json["parts"].push_back(std::move(one));
  }
  return json;
}

}  // namespace

Response Api::deck(const Request& request) const {
  request.query.allow_only({"k", "filter", "on_table", "explain", "with", "keep", "change"});
  const int k = request.query.number("k", 10, 1, kMaxCards);
  const bool explain = request.query.number("explain", 0, 0, 1) == 1;
  const Served served = app_.now();
  const IndexView& view = *served.view;
  const auto among = filtered(request, view);
  // An unknown id is a look that was erased meanwhile: it is not dealt anyway.
  std::vector<LookKey> on_table = keys_of(list_of(request, "on_table"));

  // Nothing is written for who only looks: a session costs nothing until its first swipe.
  std::string user = request.user;
  std::optional<WebSession> cookie;  // to be set
  if (request.argument.empty()) {
    if (!request.session || (!app_.catalog.has_user(user) && !may_begin(*request.session))) {
      const WebSession session = new_session(0);
      user = session.user();
      cookie = {.id = session.id, .born_ms = std::max(now_ms(), forgotten_ms(user) + 1)};
    } else if (!request.session->is_signed) {
      cookie = request.session;
    }
  }

  std::shared_ptr<const Policy> policy = app_.taste.policy_of(user);
  const auto keep = list_of(request, "keep"), change = list_of(request, "change");
  if (const auto with = request.query.text("with")) {
    const ImageRecord look = record(*with);
    policy = wished_policy(std::move(policy), served.garments, look, keep, change);
    on_table.push_back(look.key);
  } else if (!keep.empty() || !change.empty()) {
    throw Error(Kind::kInput, "keep and change say which garments of a look: name it by with=ID");
  }

  auto person = people_->ask(user, served.copies);
  const Seen& seen = person.seen(served.view);
  const DeckRequest wanted = {.k = k, .explore = app_.taste.explore, .seed = user, .explain = true};
  std::vector<Card> cards;
  Images images;
  for (std::size_t gone = 1; gone > 0;) {
    cards = ootd::deal(*policy, person.swipes(), view, narrowed(view, seen, among, on_table),
                       {served.labels.get(), &served.garments}, wanted);
    std::vector<LookKey> keys;
    for (const Card& card : cards) {
      keys.push_back(card.key);
      keys.insert(keys.end(), card.because.begin(), card.because.end());
      if (explain)
        for (const ScorePart& part : card.parts) keys.push_back(part.look);
    }
    std::ranges::sort(keys);
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    images.clear();
    for (ImageRecord& image : app_.catalog.find_images(keys)) images.insert_or_assign(image.key, std::move(image));
    // A look that was removed since the view was made is dealt to nobody; others take its place.
    gone = 0;
    for (const Card& card : cards)
      if (!images.contains(card.key)) on_table.push_back(card.key), ++gone;
  }
  // A replay does not know what a filter let through: such decks are logged under a name of their own.
  if (request.query.text("filter"))
    for (Card& card : cards) card.deal.policy += "+filter";
  if (request.method == "GET") person.remember(cards);  // HEAD deals no card

  Json list = Json::array();
  for (const Card& card : cards) list.push_back(card_json(card, person.swipes(), images, explain));
  Response response =
      json_response({{"cards", std::move(list)}, {"images", app_.catalog.image_count()}, {"vectors", view.size()}});
  if (cookie) response.headers.emplace_back("Set-Cookie", cookie_.write(*cookie, secure_cookies()));
  return response;
}

// What can be picked: values of the label that tastes go by, each with a look that shows it; and what was picked.
Response Api::quiz(const Request& request) const {
  request.query.allow_only({});
  const Served served = app_.now();
  const LookLabels& labels = *served.labels;
  std::vector<std::pair<std::size_t, int>> values;  // of most looks first
  for (std::size_t i = 0; i < labels.values().size(); ++i)
    values.emplace_back(labels.looks_with(static_cast<int>(i)).size(), static_cast<int>(i));
  std::ranges::sort(values, [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first > b.first : a.second < b.second;
  });
  values.resize(std::min(values.size(), kMaxQuizValues));
  Json list = Json::array();
  for (const auto& [count, value] : values) {
    const auto typical = typical_looks(*served.view, labels, value, 1);
    const auto image = typical.empty() ? std::nullopt : app_.catalog.find_image(typical.front());
    list.push_back({{"value", labels.values()[static_cast<std::size_t>(value)]},
                    {"looks", count},
                    {"look", image ? look_json(*image) : Json()}});
  }
  Json picked = {{"labels", Json::array()}, {"looks", Json::array()}};
  if (!request.user.empty()) {
    const auto person = people_->ask(request.user);
    const QuizPicks& picks = person.swipes().quiz();
    picked["labels"] = picks.labels;
    for (const ImageRecord& image : app_.catalog.find_images(picks.looks)) picked["looks"].push_back(image.id);
  }
  return json_response({{"label", labels.key()}, {"values", std::move(list)}, {"picked", std::move(picked)}});
}

}  // namespace ootd
