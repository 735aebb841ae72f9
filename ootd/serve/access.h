// Who may ask for what. All checks are made from the request's head, before a byte of its body is read.
//
// A person is a session: 128 random bits in a cookie. The user name in the catalog is made from it by SHA-256, so a
// request can never name another person, and a copy of the catalog does not let anyone become one. A service is the
// holder of the API token and may name any user. Functions are pure unless they say so; "may not" is a Response.
#pragma once

#include <optional>
#include <string>
#include <string_view>

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

// Host, without its port, is localhost, 127.0.0.1 or [::1].
bool names_loopback(std::string_view host);

// The session id in the cookie, or nothing if there is none or it is not 32 hex digits.
std::optional<std::string> session_of(const Request& request);
std::string new_session();  // from the kernel's random numbers
std::string user_of_session(const std::string& session);
// The Set-Cookie value; `session` empty = delete the cookie. `secure`: the browser sends it over TLS only.
std::string session_cookie(const std::string& session, bool secure);

}  // namespace ootd
