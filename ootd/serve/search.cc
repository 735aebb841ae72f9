// Routes that look for near looks: by a stored picture, by one that is sent, or by words.
#include <span>
#include <vector>

#include "ootd/serve/api.h"

namespace ootd {
namespace {

constexpr int kMaxHits = 200;
constexpr int kSpare = 8;  // looks that may be removed between two views

}  // namespace

Response Api::nearest(const Request& request, const IndexView& view, std::span<const float> vector, int k,
                      std::optional<LookKey> not_this) const {
  auto among = filtered(request, view);
  if (not_this) among = view.except(among, {&*not_this, 1});
  // A look that was removed since the view was made is left out, and another one takes its place.
  const auto hits = view.search(vector, k + kSpare, &among);
  std::vector<LookKey> keys;
  for (const Hit& hit : hits) keys.push_back(hit.key);
  Json list = Json::array();
  auto hit = hits.begin();
  for (const ImageRecord& image : app_.catalog.find_images(keys)) {
    if (list.size() == static_cast<std::size_t>(k)) break;
    while (hit->key != image.key) ++hit;
    Json look = look_json(image);
    look["score"] = hit->score;
    list.push_back(std::move(look));
  }
  return json_response({{"hits", std::move(list)}});
}

Response Api::similar(const Request& request) const {
  request.query.allow_only({"id", "k", "filter"});
  const int k = request.query.number("k", 12, 1, kMaxHits);
  const auto id = request.query.text("id");
  if (!id) throw Error(Kind::kInput, "parameter \"id\" is missing: whose neighbours?");
  const ImageRecord image = record(*id);
  const auto view = app_.now().view;
  const auto vector = view->vector(image.key);
  if (vector.empty()) throw Error(Kind::kNotFound, "image " + *id + " has no embedding yet; run: ootd embed");
  return nearest(request, *view, vector, k, image.key);
}

Response Api::search(const Request& request) const {
  request.query.allow_only({"k", "filter"});
  const int k = request.query.number("k", 12, 1, kMaxHits);
  if (request.body.empty()) throw Error(Kind::kInput, "the body is empty: send the bytes of a picture");
  const Served served = app_.now();
  if (!served.embed_picture)
    return refusal(503, "unavailable", "the server has no model to embed a picture with; run: ootd embed");
  return nearest(request, *served.view, served.embed_picture(std::as_bytes(std::span(request.body))), k);
}

Response Api::search_words(const Request& request) const {
  request.query.allow_only({"text", "k", "filter"});
  const int k = request.query.number("k", 12, 1, kMaxHits);
  const auto text = request.query.text("text");
  if (!text) throw Error(Kind::kInput, "parameter \"text\" is missing: which words?");
  const Served served = app_.now();
  if (!served.embed_words)
    return refusal(503, "unavailable", "the model in use sees pictures only; words need one with a text tower");
  return nearest(request, *served.view, served.embed_words(*text), k);
}

}  // namespace ootd
