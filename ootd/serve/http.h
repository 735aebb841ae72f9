// HTTP messages as plain values: what the routes see. The sockets and the wire format stay in server.cc.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ootd/base/error.h"
#include "ootd/base/json.h"
#include "ootd/serve/session.h"

namespace ootd {

// The part after '?', decoded. A name that comes twice is refused: two readers might pick different ones.
class Query {
 public:
  // Throws Error(kInput) on a broken %-escape or a repeated name.
  static Query parse(std::string_view text);

  std::optional<std::string> text(const std::string& name) const;
  // Throws Error(kInput) if the value is no whole number within [low, high].
  int number(const std::string& name, int fallback, int low, int high) const;
  // Throws Error(kInput) if a name is not in the list: a typing error must not be ignored in silence.
  void allow_only(std::initializer_list<std::string_view> names) const;

 private:
  std::map<std::string, std::string> values_;
};

struct Request {
  std::string method;  // "GET", "HEAD", "POST" ...
  std::string target;  // as sent: path and query
  // Header fields that matter here; empty where not sent.
  std::string host, origin, fetch_site, content_type, authorization, cookie, if_none_match;
  bool from_loopback = false;  // the peer's address
  bool passed_on = false;      // a header says that a proxy did
  std::string body;
  // Set by routing:
  Query query;
  std::string argument;               // what stood for {} in the route's pattern, unescaped
  std::string user;                   // whose taste this is about; empty = no session yet
  std::optional<WebSession> session;  // of a person's route
};

struct Response {
  int status = 200;
  std::string content_type;
  std::vector<std::pair<std::string, std::string>> headers;
  std::span<const std::byte> body;
  std::shared_ptr<const void> keep;  // owns the body's bytes; null if they live for ever
  std::string log_note;              // for the access log only, never sent
  // Set instead of all above where a picture must be decoded for it: makes the answer, in the threads that do that.
  std::function<Response()> decode;
};

// "/a/b%20c" -> {"a", "b c"}. Throws Error(kInput) on a broken escape or a NUL byte.
std::vector<std::string> path_segments(std::string_view path);

Response empty_response(int status);
// keep: what owns the bytes, or null.
Response bytes_response(std::string content_type, std::span<const std::byte> bytes, std::shared_ptr<const void> keep);
Response json_response(const Json& value, int status = 200);
Response text_response(std::string text, std::string content_type);
// {"error": {"kind": kind, "message": message}}
Response refusal(int status, std::string_view kind, const std::string& message);
// The one place where an Error becomes a status. No answer names a file of this machine: what is our own trouble (503,
// 500), or about a file under `workspace`, goes to the access log, and the client gets a plain sentence. A file of the
// workspace that is not there is 404; one that cannot be read is no fault of the client, so 503.
Response error_response(const Error& error, const std::filesystem::path& workspace = {});

}  // namespace ootd
