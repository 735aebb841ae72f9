// Routes that hand out files: the page, pictures, thumbnails; and the two for monitoring.
#include <algorithm>

#include "ootd/base/io.h"
#include "ootd/base/sha256.h"
#include "ootd/image/thumbnail.h"
#include "ootd/ingest/photo_limits.h"
#include "ootd/serve/api.h"
#include "ootd/serve/web_files.h"

namespace ootd {
namespace {

// 304 if the client has this version already (If-None-Match: "a", W/"b" or *).
bool has_it(const Request& request, const std::string& etag) {
  return request.if_none_match == "*" || request.if_none_match.find(etag) != std::string::npos;
}

Response with_etag(const Request& request, Response response, const std::string& etag, const char* cache) {
  if (has_it(request, etag)) response = empty_response(304);
  response.headers.emplace_back("ETag", etag);
  response.headers.emplace_back("Cache-Control", cache);
  return response;
}

// Content never changes under an id; "private" because photos of people should not lie in shared caches.
constexpr char kForEver[] = "private, max-age=31536000, immutable";

std::string content_type_of(const std::string& format) {
  for (const char* known : {"jpeg", "png", "webp", "gif", "avif"})
    if (format == known) return "image/" + format;
  return "application/octet-stream";
}

}  // namespace

Response Api::file(const Request& request) const {
  const std::string name = request.argument.empty() ? "index.html" : request.argument;
  for (const WebFile& file : web_files()) {
    if (file.name != name) continue;
    const std::string etag = "\"" + sha256_hex(file.bytes).substr(0, 24) + "\"";
    return with_etag(request, bytes_response(std::string(file.content_type), file.bytes, nullptr), etag, "no-cache");
  }
  throw Error(Kind::kNotFound, "no such page; the swipe page is at /");
}

Response Api::health(const Request& request) const {
  request.query.allow_only({});
  const auto view = app_.now().view;
  return json_response({{"ok", true},
                        {"model", view->generation().model},
                        {"crops", view->generation().crops},
                        {"vectors", view->size()}});
}

Response Api::metrics(const Request&) const { return text_response(metrics_(), "text/plain; version=0.0.4"); }

Response Api::picture(const Request& request) const {
  request.query.allow_only({});
  const ImageRecord image = record(request.argument);
  if (image.format == "heic") return picture_as_jpeg(request, image);
  const auto mapped = std::make_shared<const MappedFile>(path_of(image));
  Response response = bytes_response(content_type_of(image.format), mapped->bytes(), mapped);
  return with_etag(request, std::move(response), "\"" + image.id + "\"", kForEver);
}

// What browsers do not show.
Response Api::picture_as_jpeg(const Request& request, const ImageRecord& image) const {
  const std::string etag = "\"" + image.id + "-jpeg\"";
  if (has_it(request, etag)) return with_etag(request, {}, etag, kForEver);
  Response later;
  later.decode = [this, &request, image, etag] {
    return answered([&] {
      const auto jpeg = std::make_shared<const std::vector<std::byte>>(
          jpeg_thumbnail(path_of(image), image.id, photo_limits(app_.catalog), image.width));
      return with_etag(request, bytes_response("image/jpeg", *jpeg, jpeg), etag, kForEver);
    });
  };
  return later;
}

Response Api::thumbnail(const Request& request) const {
  request.query.allow_only({"w"});
  const int width = request.query.number("w", 480, kThumbnailWidths.front(), kThumbnailWidths.back());
  if (std::find(kThumbnailWidths.begin(), kThumbnailWidths.end(), width) == kThumbnailWidths.end())
    throw Error(Kind::kInput, "w must be 120, 240, 480 or 960");
  const ImageRecord image = record(request.argument);
  const std::string etag = "\"" + image.id + "-" + std::to_string(width) + "\"";
  if (has_it(request, etag)) return with_etag(request, {}, etag, kForEver);  // before any work
  const auto jpeg = thumbnails_->get(image.id, path_of(image), photo_limits(app_.catalog), width);
  return with_etag(request, bytes_response("image/jpeg", *jpeg, jpeg), etag, kForEver);
}

}  // namespace ootd
