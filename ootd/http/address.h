// Which addresses belong to the public internet: a crawler that follows links of others must not reach into the
// networks that its own machine can see (SSRF).
#pragma once

#include <optional>
#include <string>

namespace ootd {

// ip: as text, IPv4 or IPv6, without brackets. Nothing if it is a public address, else why it is none: "127.0.0.1 is a
// loopback address". What is no address is not public either. (IANA's special-purpose registries, RFC 6890.)
std::optional<std::string> address_problem(const std::string& ip);

}  // namespace ootd
