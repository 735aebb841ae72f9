// The parts of a URL that decide who may see what.
#pragma once

#include <optional>
#include <string>

namespace ootd {

struct Origin {
  std::string scheme, host;  // lower case, an address spelled out: "127.0.0.1", "[::1]"
  int port = 0;
  friend bool operator==(const Origin&, const Origin&) = default;
};

// Throws Error(kInput) for what is no http(s) URL.
Origin origin_of(const std::string& url);

std::string to_string(const Origin& origin);  // "https://shop.example", with the port if it is not the scheme's own

// A Location header, which may be relative, as a whole URL. Throws as origin_of.
std::string resolve_url(const std::string& base, const std::string& location);

// 127.0.0.0/8, ::1 and localhost.
bool is_loopback(const Origin& origin);

// Why a redirect from one to the other must not be followed, if so: encryption would be lost, or somebody else's server
// would reach into this machine.
std::optional<std::string> redirect_problem(const Origin& from, const Origin& to);

}  // namespace ootd
