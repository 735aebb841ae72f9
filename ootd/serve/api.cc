#include "ootd/serve/api.h"

#include <algorithm>

#include "ootd/base/user_id.h"

namespace ootd {
namespace {

constexpr std::size_t kMaxJsonBytes = 64u << 10;
constexpr std::size_t kThumbnailBytes = 64u << 20;

// The segment that stood for {}, "" if the pattern has none; nothing if the path is another one.
std::optional<std::string> match(std::string_view pattern, const std::vector<std::string>& segments) {
  std::string argument;
  for (std::size_t i = 0; i < segments.size(); ++i) {
    if (pattern.empty()) return std::nullopt;
    pattern.remove_prefix(1);
    const std::string_view wanted = pattern.substr(0, pattern.find('/'));
    pattern.remove_prefix(wanted.size());
    if (wanted == "{}")
      argument = segments[i];
    else if (wanted != segments[i])
      return std::nullopt;
  }
  if (!pattern.empty()) return std::nullopt;
  return argument;
}

bool serves(const Api::Route& route, std::string_view method) {
  return route.method == method || (route.method == "GET" && method == "HEAD");
}

// Made at the first start; of two servers that start at once both take the one that was first.
std::string session_key(Catalog& catalog) {
  constexpr char kSetting[] = "session_key";
  if (const auto key = catalog.setting(kSetting)) return *key;
  Catalog::Batch batch(catalog);
  if (const auto key = catalog.setting(kSetting)) return *key;
  const std::string key = new_session_key();
  catalog.set_setting(kSetting, key);
  batch.commit();
  return key;
}

}  // namespace

// The first pattern that fits wins; the last row fits any path of one segment.
const Api::Route Api::kRoutes[] = {
    {"GET", "/api/health", Access::kAnyone, Body::kNone, Work::kInline, &Api::health},
    {"GET", "/api/deck", Access::kSession, Body::kNone, Work::kRead, &Api::deck},
    {"GET", "/api/quiz", Access::kSession, Body::kNone, Work::kRead, &Api::quiz},
    {"POST", "/api/quiz", Access::kSession, Body::kJson, Work::kWrite, &Api::answer_quiz},
    {"POST", "/api/feedback", Access::kSession, Body::kJson, Work::kWrite, &Api::feedback},
    {"GET", "/api/saved", Access::kSession, Body::kNone, Work::kRead, &Api::saved},
    {"GET", "/api/taste", Access::kSession, Body::kNone, Work::kRead, &Api::taste},
    {"POST", "/api/forget", Access::kSession, Body::kJson, Work::kWrite, &Api::forget},
    {"GET", "/api/users/{}/deck", Access::kToken, Body::kNone, Work::kRead, &Api::deck},
    {"GET", "/api/users/{}/quiz", Access::kToken, Body::kNone, Work::kRead, &Api::quiz},
    {"POST", "/api/users/{}/quiz", Access::kToken, Body::kJson, Work::kWrite, &Api::answer_quiz},
    {"POST", "/api/users/{}/feedback", Access::kToken, Body::kJson, Work::kWrite, &Api::feedback},
    {"GET", "/api/users/{}/saved", Access::kToken, Body::kNone, Work::kRead, &Api::saved},
    {"GET", "/api/users/{}/taste", Access::kToken, Body::kNone, Work::kRead, &Api::taste},
    {"POST", "/api/users/{}/forget", Access::kToken, Body::kJson, Work::kWrite, &Api::forget},
    {"GET", "/api/similar", Access::kAnyone, Body::kNone, Work::kRead, &Api::similar},
    {"POST", "/api/search", Access::kToken, Body::kPicture, Work::kModel, &Api::search},
    {"GET", "/api/search", Access::kToken, Body::kNone, Work::kModel, &Api::search_words},
    {"GET", "/api/images", Access::kToken, Body::kNone, Work::kRead, &Api::images},
    {"GET", "/api/images/{}", Access::kToken, Body::kNone, Work::kRead, &Api::image},
    {"POST", "/api/images/{}", Access::kToken, Body::kJson, Work::kWrite, &Api::label_image},
    {"DELETE", "/api/images/{}", Access::kToken, Body::kNone, Work::kWrite, &Api::remove_image},
    {"GET", "/images/{}", Access::kAnyone, Body::kNone, Work::kRead, &Api::picture},
    {"GET", "/thumbs/{}", Access::kAnyone, Body::kNone, Work::kThumbnail, &Api::thumbnail},
    {"GET", "/metrics", Access::kMonitor, Body::kNone, Work::kInline, &Api::metrics},
    {"GET", "/{}", Access::kAnyone, Body::kNone, Work::kInline, &Api::file},
};

Api::Api(const App& app, AccessRules rules, std::size_t max_upload_bytes, std::function<std::string()> metrics)
    : app_(app),
      rules_(std::move(rules)),
      max_upload_bytes_(max_upload_bytes),
      metrics_(std::move(metrics)),
      cookie_(session_key(app.catalog)),
      thumbnails_(std::make_unique<Thumbnails>(kThumbnailBytes)),
      people_(std::make_unique<People>(app.catalog)) {}

Api::Routed Api::route(Request& request) const {
  if (auto refused = check_host(request, rules_)) return {nullptr, std::move(refused)};
  try {
    const std::string_view target = request.target;
    const std::size_t question = std::min(target.find('?'), target.size());
    if (!target.starts_with('/')) throw Error(Kind::kInput, "the address must be a path that starts with /");
    const auto segments = path_segments(target.substr(0, question));

    std::string allowed;
    std::string_view known;  // the pattern that fits the path, if it has not had the method so far
    for (const Route& route : kRoutes) {
      auto argument = match(route.pattern, segments);
      if (!argument) continue;
      if (!serves(route, request.method)) {
        allowed += std::string(route.method) + (route.method == "GET" ? ", HEAD, " : ", ");
        known = route.pattern;
        continue;
      }
      // A path of its own that has no such method; the catch-all must not take it.
      if (!allowed.empty() && route.pattern != known) break;
      request.argument = std::move(*argument);
      request.query = Query::parse(target.substr(std::min(question + 1, target.size())));
      return {&route, check_access(route, request)};
    }
    if (allowed.empty()) return {nullptr, refusal(404, "not_found", "no such address; see docs/api.md")};
    allowed += "OPTIONS";
    Response response = request.method == "OPTIONS"
                            ? empty_response(204)
                            : refusal(405, "method_not_allowed", "this address knows: " + allowed);
    response.headers.emplace_back("Allow", allowed);
    return {nullptr, std::move(response)};
  } catch (const Error& error) {
    return {nullptr, error_response(error)};
  }
}

std::optional<Response> Api::check_access(const Route& route, Request& request) const {
  // Pages may link to pages and pictures, but not drive the API.
  if (route.pattern.starts_with("/api/"))
    if (auto refused = check_same_site(request)) return refused;
  switch (route.access) {
    case Access::kAnyone:
      break;
    case Access::kSession:
      request.session = cookie_.read(request.cookie);
      if (request.session) request.user = request.session->user();
      break;
    case Access::kToken:
      if (auto refused = check_token(request, rules_)) return refused;
      if (route.pattern.starts_with("/api/users/")) request.user = user_id(request.argument);
      break;
    case Access::kMonitor:
      if (!is_from_this_machine(request, rules_))
        if (auto refused = check_token(request, rules_)) return refused;
      break;
  }
  if (route.body == Body::kJson) return check_json(request);
  return std::nullopt;
}

std::size_t Api::max_body(const Route& route) const {
  switch (route.body) {
    case Body::kNone:
      return 0;
    case Body::kJson:
      return std::min(kMaxJsonBytes, max_upload_bytes_);
    case Body::kPicture:
      return max_upload_bytes_;
  }
  return 0;
}

Response Api::handle(const Route& route, const Request& request) const {
  return answered([&] { return (this->*route.handler)(request); });
}

Response Api::answered(const std::function<Response()>& work) const {
  try {
    return work();
  } catch (const Error& error) {
    return error_response(error, app_.catalog.home());
  } catch (const std::exception& problem) {
    return error_response(Error(Kind::kInternal, problem.what()));
  }
}

IndexView::Subset Api::filtered(const Request& request, const IndexView& view) const {
  const auto expression = request.query.text("filter");
  return expression ? view.where(app_.catalog.keys_where(Filter::parse(*expression))) : view.all();
}

ImageRecord Api::record(const ImageId& id) const {
  auto image = app_.catalog.find_image(id);
  if (!image) throw Error(Kind::kNotFound, "no image has the id \"" + id.substr(0, 64) + "\"");
  return *std::move(image);
}

std::vector<LookKey> Api::keys_of(const std::vector<ImageId>& ids) const {
  std::vector<LookKey> keys;
  for (const ImageId& id : ids)
    if (const auto image = app_.catalog.find_image(id)) keys.push_back(image->key);
  return keys;
}

std::filesystem::path Api::path_of(const ImageRecord& image) const {
  // A catalog from a stranger must not make us hand out other files of this machine.
  const std::filesystem::path file = std::filesystem::path(image.file).lexically_normal();
  if (file.empty() || file.is_absolute() || *file.begin() == "..")
    throw Error(Kind::kInternal, "catalog: image " + image.id + " has a file outside the workspace: " + image.file);
  return app_.catalog.home() / file;
}

Json look_json(const ImageRecord& image) {
  return {{"id", image.id},
          {"path", image.file},
          {"image", "/images/" + image.id},
          {"thumb", "/thumbs/" + image.id},
          {"width", image.width},
          {"height", image.height},
          {"labels", labels_json(image.labels)}};
}

}  // namespace ootd
