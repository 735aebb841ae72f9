#include "ootd/serve/session.h"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <span>

#include "ootd/base/error.h"
#include "ootd/base/sha256.h"

namespace ootd {
namespace {

constexpr std::string_view kName = "ootd_session";
constexpr std::size_t kIdBytes = 16, kKeyBytes = 32;

std::string random_hex(std::size_t bytes) {
  std::array<unsigned char, 32> random;
  if (::getrandom(random.data(), bytes, 0) != static_cast<ssize_t>(bytes))
    throw Error(Kind::kUnavailable, "the kernel gives no random numbers");
  return hex_of(std::span(random).first(bytes));
}

// The value of the cookie of our name; "" if there is none.
std::string_view value_in(std::string_view header) {
  while (!header.empty()) {
    std::string_view pair = header.substr(0, header.find(';'));
    header.remove_prefix(std::min(header.size(), pair.size() + 1));
    pair.remove_prefix(std::min(pair.find_first_not_of(" \t"), pair.size()));
    pair = pair.substr(0, pair.find_last_not_of(" \t") + 1);
    if (pair.starts_with(kName) && pair.substr(kName.size(), 1) == "=") return pair.substr(kName.size() + 1);
  }
  return {};
}

bool is_id(std::string_view text) {
  return text.size() == 2 * kIdBytes && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::string set_cookie(std::string_view value, std::string_view max_age_s, bool secure) {
  return std::string(kName) + "=" + std::string(value) + "; Max-Age=" + std::string(max_age_s) +
         "; Path=/; HttpOnly; SameSite=Strict" + (secure ? "; Secure" : "");
}

std::string signed_part(const WebSession& session) { return session.id + "." + std::to_string(session.born_ms); }

}  // namespace

std::string WebSession::user() const { return "web-" + sha256_hex(std::as_bytes(std::span(id))).substr(0, 32); }

WebSession new_session(std::int64_t born_ms) { return {.id = random_hex(kIdBytes), .born_ms = born_ms}; }

std::string new_session_key() { return random_hex(kKeyBytes); }

std::string SessionCookie::signature(std::string_view signed_part) const { return hmac_sha256_hex(key_, signed_part); }

std::optional<WebSession> SessionCookie::read(std::string_view header) const {
  const std::string_view value = value_in(header);
  WebSession session{.id = std::string(value.substr(0, value.find('.')))};
  if (!is_id(session.id)) return std::nullopt;
  if (value.size() == session.id.size()) {
    session.is_signed = false;
    return session;
  }
  const std::size_t dot = value.rfind('.');
  const std::string_view born = value.substr(0, dot).substr(session.id.size());
  if (born.empty() || !equal_in_constant_time(value.substr(dot + 1), signature(value.substr(0, dot))))
    return std::nullopt;
  const auto [stop, problem] = std::from_chars(born.data() + 1, born.data() + born.size(), session.born_ms);
  if (problem != std::errc() || stop != born.data() + born.size()) return std::nullopt;
  return session;
}

std::string SessionCookie::write(const WebSession& session, bool secure) const {
  constexpr std::string_view kOneYear = "31536000";
  const std::string text = signed_part(session);
  return set_cookie(text + "." + signature(text), kOneYear, secure);
}

std::string SessionCookie::erase(bool secure) { return set_cookie("", "0", secure); }

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned char>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace ootd
