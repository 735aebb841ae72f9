// Who may ask for what. All checks are made from the request's head, before a byte of its body is read.
//
// A person is a session (session.h). A service is the holder of the API token and may name any user. Functions are
// pure; "may not" is a Response.
#pragma once

#include <optional>
#include <string>

#include "ootd/serve/http.h"

namespace ootd {

struct AccessRules {
  bool bound_to_loopback = true;
  std::string public_host;  // one more name accepted in Host: that of a TLS proxy in front; empty = none
  std::string api_token;    // empty = routes that need it are off
};

// DNS rebinding: a page on another site can point its own name at 127.0.0.1 and talk to us as "same origin". Hence Host
// must be a name of this machine, or public_host. Not checked when bound to other addresses without a public_host.
std::optional<Response> check_host(const Request& request, const AccessRules& rules);

// CSRF: refuses calls that a browser says come from another site (Sec-Fetch-Site, Origin), and changes that a plain
// HTML form could send (any Content-Type but application/json).
std::optional<Response> check_same_site(const Request& request);
std::optional<Response> check_json(const Request& request);

// "Authorization: Bearer TOKEN", compared in constant time.
std::optional<Response> check_token(const Request& request, const AccessRules& rules);

// Whether a program on this machine asks, which may read /metrics without a token: the peer and Host are loopback, and
// nothing says that somebody else's request is passed on - no header that proxies add, and no public_host, which says
// that a proxy stands in front (one that passes on neither Host nor a header of its own looks like this machine).
bool is_from_this_machine(const Request& request, const AccessRules& rules);

}  // namespace ootd
