// Who a person is: 128 random bits in a signed cookie.
//
// The user name in the catalog is made from the id by SHA-256, so a request can never name another person, and a copy
// of the catalog does not let anyone become one. The signature (HMAC-SHA256 by a key that stays in the catalog) lets
// nobody make up sessions, and its date of birth lets a forgotten one stay dead. A cookie of before sessions were
// signed is read as born at 0, older than any that is made. Nothing here touches the disk; functions run on many
// threads at once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ootd {

struct WebSession {
  std::string id;            // 32 lower-case hex digits
  std::int64_t born_ms = 0;  // Unix time
  bool is_signed = true;

  std::string user() const;  // "web-" and 32 hex digits
};

WebSession new_session(std::int64_t born_ms);
// 64 hex digits from the kernel's random numbers.
std::string new_session_key();

class SessionCookie {
 public:
  explicit SessionCookie(std::string key) : key_(std::move(key)) {}

  // The session in the header Cookie; nothing if there is none, or one that this server has not signed.
  std::optional<WebSession> read(std::string_view header) const;
  // The Set-Cookie value. `secure`: the browser sends it over TLS only.
  std::string write(const WebSession& session, bool secure) const;
  // The Set-Cookie value that deletes it.
  static std::string erase(bool secure);

 private:
  std::string signature(std::string_view signed_part) const;

  const std::string key_;
};

// Compares to the end: the time tells no more than whether the lengths differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace ootd
