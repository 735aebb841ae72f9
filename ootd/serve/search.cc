// Routes that look for near looks: by a stored picture, by one that is sent, or by words.
#include <algorithm>
#include <span>

#include "ootd/serve/api.h"

namespace ootd {
namespace {

constexpr int kMaxHits = 200;

}  // namespace

Json Api::hits_json(std::span<const Hit> hits) const {
  Json list = Json::array();
  for (const Hit& hit : hits) {
    const auto image = app_.catalog.find_image(hit.row);
    if (!image) continue;
    Json look = look_json(*image);
    look["score"] = hit.score;
    list.push_back(std::move(look));
  }
  return {{"hits", std::move(list)}};
}

Response Api::similar(const Request& request) const {
  request.query.allow_only({"id", "k", "filter"});
  const int k = request.query.number("k", 12, 1, kMaxHits);
  const auto id = request.query.text("id");
  if (!id) throw Error(Kind::kInput, "parameter \"id\" is missing: whose neighbours?");
  const ImageRecord image = record(*id);
  const auto allowed = filter_of(request);
  app_.index.refresh();
  const auto vector = app_.index.vector(image.row);
  if (!vector) throw Error(Kind::kNotFound, "image " + *id + " has no embedding yet; run: ootd embed");
  // One more than asked, because the picture finds itself.
  auto hits = app_.index.search(*vector, k + 1, allowed ? &*allowed : nullptr);
  std::erase_if(hits, [&](const Hit& hit) { return hit.row == image.row; });
  if (hits.size() > static_cast<std::size_t>(k)) hits.resize(static_cast<std::size_t>(k));
  return json_response(hits_json(hits));
}

Response Api::search(const Request& request) const {
  request.query.allow_only({"k", "filter"});
  const int k = request.query.number("k", 12, 1, kMaxHits);
  if (request.body.empty()) throw Error(Kind::kInput, "the body is empty: send the bytes of a picture");
  if (app_.encoder == nullptr)
    return refusal(503, "unavailable",
                   "the server has no model to embed a picture with; run: ootd embed, then start it again");
  const auto allowed = filter_of(request);
  const Image picture =
      decode_query(std::as_bytes(std::span(request.body)), "the picture sent", app_.encoder->input(), app_.outfits);
  const Matrix vector = app_.encoder->encode({&picture, 1});
  app_.index.refresh();
  return json_response(hits_json(app_.index.search(vector.row(0), k, allowed ? &*allowed : nullptr)));
}

Response Api::search_words(const Request& request) const {
  request.query.allow_only({"text", "k", "filter"});
  const int k = request.query.number("k", 12, 1, kMaxHits);
  const auto text = request.query.text("text");
  if (!text) throw Error(Kind::kInput, "parameter \"text\" is missing: which words?");
  if (app_.words == nullptr)
    return refusal(503, "unavailable", "the model in use sees pictures only; words need one with a text tower");
  const auto allowed = filter_of(request);
  const Matrix vector = app_.words->encode({&*text, 1});
  app_.index.refresh();
  return json_response(hits_json(app_.index.search(vector.row(0), k, allowed ? &*allowed : nullptr)));
}

}  // namespace ootd
