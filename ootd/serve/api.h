// The routes: from a plain Request to a plain Response. No sockets here. docs/api.md describes each route for users.
// Threads: route() and handle() may run on many threads at once.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "ootd/catalog/catalog.h"
#include "ootd/serve/access.h"
#include "ootd/serve/http.h"
#include "ootd/serve/thumbnails.h"
#include "ootd/taste/people.h"
#include "ootd/workspace/live.h"

namespace ootd {

// What is served. The caller owns it all; it outlives the server.
struct App {
  Catalog& catalog;
  std::function<Served()> now;  // asked once a request, which reads all from that moment
  TasteSettings taste = {};
};

class Api {
 public:
  // max_upload_bytes: the largest picture that POST /api/search takes. metrics: the text of GET /metrics. Makes the key
  // that signs sessions, if the catalog has none yet.
  Api(const App& app, AccessRules rules, std::size_t max_upload_bytes, std::function<std::string()> metrics);

  enum class Access {
    kAnyone,
    kSession,  // request.user = the session's user, empty without one
    kToken,    // the API token; request.user = the argument, where the pattern has one
    kMonitor,  // from this machine, or with the API token
  };
  enum class Body { kNone, kJson, kPicture };
  // Where the handler runs: each kind but the first has a pool of its own, and none waits for another.
  enum class Work {
    kInline,     // on the HTTP thread: touches no disk
    kRead,       // reads the catalog, the index and files: decks, similar looks, pictures
    kWrite,      // may wait for the disk, or for another process's write
    kModel,      // decodes a picture or reads words, and runs the model
    kThumbnail,  // decodes a stored picture
  };

  struct Route {
    std::string_view method, pattern;  // GET answers HEAD too; {} stands for one path segment
    Access access;
    Body body;
    Work work;
    Response (Api::*handler)(const Request&) const;
  };

  // From the head alone, before the body has come; touches no disk. `answer` is set if there is nothing more to read: a
  // refusal (400, 401, 403, 404, 405, 415), or OPTIONS. Sets the request's query, argument and user.
  struct Routed {
    const Route* route = nullptr;
    std::optional<Response> answer;
  };
  Routed route(Request& request) const;
  std::size_t max_body(const Route& route) const;

  // Never throws: an Error becomes its status. The answer may be one that is yet to be made (Response::decode).
  Response handle(const Route& route, const Request& request) const;

 private:
  static const Route kRoutes[];
  std::optional<Response> check_access(const Route& route, Request& request) const;
  Response answered(const std::function<Response()>& work) const;

  // files.cc
  Response file(const Request& request) const;
  Response health(const Request& request) const;
  Response picture(const Request& request) const;
  Response picture_as_jpeg(const Request& request, const ImageRecord& image) const;
  Response thumbnail(const Request& request) const;
  Response metrics(const Request& request) const;
  // deck.cc: what a person is dealt
  Response deck(const Request& request) const;
  Response quiz(const Request& request) const;
  // taste.cc: what a person answers, and what it comes to
  Response feedback(const Request& request) const;
  Response answer_quiz(const Request& request) const;
  Response saved(const Request& request) const;
  Response taste(const Request& request) const;
  Response forget(const Request& request) const;
  // images.cc: the photos, for services that look after them
  Response images(const Request& request) const;
  Response image(const Request& request) const;
  Response label_image(const Request& request) const;
  Response remove_image(const Request& request) const;
  // search.cc
  Response similar(const Request& request) const;
  Response search(const Request& request) const;
  Response search_words(const Request& request) const;
  // The k nearest looks that the request's filter lets through, but `not_this`.
  Response nearest(const Request& request, const IndexView& view, std::span<const float> vector, int k,
                   std::optional<LookKey> not_this = {}) const;

  // Of the ids, in their order; what is gone is left out.
  std::vector<LookKey> keys_of(const std::vector<ImageId>& ids) const;
  // Whether the first event of this session may make its user, see taste.cc.
  bool may_begin(const WebSession& session) const;
  std::int64_t forgotten_ms(const std::string& user) const;
  bool secure_cookies() const { return !rules_.public_host.empty(); }  // TLS in front

  // What the request's filter lets through; all without one.
  IndexView::Subset filtered(const Request& request, const IndexView& view) const;
  ImageRecord record(const ImageId& id) const;  // throws kNotFound
  std::filesystem::path path_of(const ImageRecord& image) const;

  const App app_;
  const AccessRules rules_;
  const std::size_t max_upload_bytes_;
  const std::function<std::string()> metrics_;
  const SessionCookie cookie_;
  const std::unique_ptr<Thumbnails> thumbnails_;
  const std::unique_ptr<People> people_;
};

// {id, path, image, thumb, width, height, labels: {key: [values]}}
Json look_json(const ImageRecord& image);

}  // namespace ootd
