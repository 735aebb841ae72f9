// The photos, for services that look after them.
#include <algorithm>

#include "ootd/serve/api.h"
#include "ootd/workspace/photos.h"

namespace ootd {
namespace {

constexpr int kMaxImages = 1000;

// {key: [values]} of one field of the body.
std::vector<Label> labels_in(const Json& body, const char* field) {
  constexpr char kWhere[] = "the body";
  std::vector<Label> labels;
  if (!body.contains(field)) return labels;
  const auto object = json_field<Json>(body, field, kWhere);
  if (!object.is_object()) throw_bad_field(kWhere, field, "must be {key: [values]}");
  for (const auto& [key, values] : object.items())
    for (const std::string& value : json_field<std::vector<std::string>>(object, key.c_str(), field))
      labels.push_back({key, value});
  return labels;
}

}  // namespace

Response Api::images(const Request& request) const {
  request.query.allow_only({"filter", "source", "after", "limit"});
  const int limit = request.query.number("limit", 100, 1, kMaxImages);
  const ChosenPhotos chosen = choose_photos(app_.catalog, {.ids = {},
                                                           .filter = request.query.text("filter").value_or(""),
                                                           .source = request.query.text("source").value_or("")});
  auto begin = chosen.looks.begin();
  if (const auto after = request.query.text("after"))
    begin = std::ranges::upper_bound(chosen.looks, record(*after).key);
  const auto end = begin + std::min<std::ptrdiff_t>(limit, chosen.looks.end() - begin);
  Json list = Json::array();
  for (const ImageRecord& image : app_.catalog.find_images({begin, end})) list.push_back(photo_json(image));
  const Json next = end == chosen.looks.end() || list.empty() ? Json() : list.back().at("id");
  return json_response({{"images", std::move(list)}, {"count", chosen.looks.size()}, {"next", next}});
}

Response Api::image(const Request& request) const {
  request.query.allow_only({});
  return json_response(photo_details(app_.catalog, record(request.argument)));
}

Response Api::label_image(const Request& request) const {
  request.query.allow_only({});
  const Json body = parse_json(request.body, "the body");
  for (const auto& [name, value] : body.items())
    if (name != "label" && name != "unlabel") throw_bad_field("the body", name.c_str(), "is unknown: label or unlabel");
  const LookKey look = record(request.argument).key;
  label_photos(app_.catalog, {&look, 1}, labels_in(body, "label"), labels_in(body, "unlabel"));
  return json_response(photo_json(record(request.argument)));
}

Response Api::remove_image(const Request& request) const {
  request.query.allow_only({});
  const ImageRecord image = record(request.argument);
  const auto removed = remove_photos(app_.catalog, {&image.key, 1});
  thumbnails_->forget(image.id);
  return json_response({{"removed", removed}});
}

}  // namespace ootd
