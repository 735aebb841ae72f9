#include "ootd/serve/access.h"

#include <algorithm>
#include <cctype>
#include <span>

#include "ootd/base/sha256.h"

namespace ootd {
namespace {

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](unsigned char c) { return std::tolower(c); });
  return result;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::string hash(std::string_view text) { return sha256_hex(std::as_bytes(std::span(text))); }

std::string_view without_port(std::string_view host) {
  const std::size_t from = host.starts_with('[') ? std::min(host.find(']'), host.size()) : 0;
  return host.substr(0, host.find(':', from));
}

bool names_loopback(std::string_view host) {
  const std::string name = lower(without_port(host));
  return name == "localhost" || name == "127.0.0.1" || name == "[::1]";
}

}  // namespace

std::optional<Response> check_host(const Request& request, const AccessRules& rules) {
  if (request.host.empty()) return refusal(400, "input", "the request has no Host header");
  if (names_loopback(request.host)) return std::nullopt;
  if (rules.public_host.empty() && !rules.bound_to_loopback) return std::nullopt;
  const std::string host = lower(request.host), allowed = lower(rules.public_host);
  if (!allowed.empty() && (host == allowed || without_port(host) == allowed)) return std::nullopt;
  return refusal(
      403, "forbidden",
      "Host is not a name of this server (localhost, 127.0.0.1, [::1]); behind a proxy, start the server with "
      "--public-host NAME");
}

std::optional<Response> check_same_site(const Request& request) {
  const bool foreign_fetch =
      !request.fetch_site.empty() && request.fetch_site != "same-origin" && request.fetch_site != "none";
  // The scheme is not compared: behind a TLS proxy the browser says https and we are spoken to in http.
  const std::size_t scheme = request.origin.find("://");
  const bool foreign_origin =
      !request.origin.empty() &&
      (scheme == std::string::npos || lower(request.origin.substr(scheme + 3)) != lower(request.host));
  if (foreign_fetch || foreign_origin)
    return refusal(403, "forbidden", "calls from the pages of other sites are refused");
  return std::nullopt;
}

std::optional<Response> check_json(const Request& request) {
  if (lower(trim(request.content_type.substr(0, request.content_type.find(';')))) == "application/json")
    return std::nullopt;
  return refusal(415, "media_type", "send this with Content-Type: application/json");
}

std::optional<Response> check_token(const Request& request, const AccessRules& rules) {
  if (rules.api_token.empty())
    return refusal(403, "forbidden",
                   "this route is off: start the server with --api-token TOKEN or OOTD_API_TOKEN in its environment");
  constexpr std::string_view kScheme = "bearer ";
  const bool is_bearer = lower(request.authorization.substr(0, kScheme.size())) == kScheme;
  const std::string given = hash(is_bearer ? trim(std::string_view(request.authorization).substr(kScheme.size())) : "");
  // Hashes have one length: the time tells nothing about the token.
  if (equal_in_constant_time(given, hash(rules.api_token)) && is_bearer) return std::nullopt;
  Response response = refusal(401, "unauthorized", "send the API token: Authorization: Bearer TOKEN");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

bool is_from_this_machine(const Request& request, const AccessRules& rules) {
  return request.from_loopback && names_loopback(request.host) && !request.passed_on && rules.public_host.empty();
}

}  // namespace ootd
