#include "ootd/http/url.h"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <memory>

#include "ootd/base/error.h"

namespace ootd {
namespace {

using Url = std::unique_ptr<CURLU, decltype(&curl_url_cleanup)>;

// A scheme that libcurl lacks is parsed too, so that the error is ours; a text without one is refused.
bool parse(const Url& url, const std::string& text) {
  return curl_url_set(url.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
}

std::string part_of(const Url& url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url.get(), part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
  std::string copy = text;
  curl_free(text);
  return copy;
}

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// As resolvers read it, so that each host has one name here: "shop.example." is shop.example. libcurl spells addresses
// out, but not where the host is escaped: "%30x7f000001".
std::string plain_host(std::string host) {
  if (host.ends_with('.')) host.pop_back();
  in_addr address = {};
  char text[INET_ADDRSTRLEN] = {};
  if (::inet_aton(host.c_str(), &address) == 1 && ::inet_ntop(AF_INET, &address, text, sizeof text) != nullptr)
    return text;
  return host;
}

}  // namespace

Origin origin_of(const std::string& url) {
  const Url parsed(curl_url(), curl_url_cleanup);
  Origin origin;
  if (parse(parsed, url))
    origin = {lower(part_of(parsed, CURLUPART_SCHEME)), plain_host(lower(part_of(parsed, CURLUPART_HOST))),
              std::atoi(part_of(parsed, CURLUPART_PORT).c_str())};
  if ((origin.scheme != "https" && origin.scheme != "http") || origin.host.empty())
    throw Error(Kind::kInput, "\"" + url + "\" is no http(s) URL");
  return origin;
}

std::string to_string(const Origin& origin) {
  const int usual = origin.scheme == "https" ? 443 : 80;
  return origin.scheme + "://" + origin.host + (origin.port == usual ? "" : ":" + std::to_string(origin.port));
}

std::string resolve_url(const std::string& base, const std::string& location) {
  const Url url(curl_url(), curl_url_cleanup);
  if (!parse(url, base) || !parse(url, location)) throw Error(Kind::kInput, "\"" + location + "\" is no http(s) URL");
  char* text = nullptr;
  if (curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK)
    throw Error(Kind::kInput, "\"" + location + "\" is no http(s) URL");
  std::string whole = text;
  curl_free(text);
  return whole;
}

bool is_loopback(const Origin& origin) {
  in_addr v4 = {};
  if (::inet_pton(AF_INET, origin.host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  return origin.host == "localhost" || origin.host == "[::1]";
}

std::optional<std::string> redirect_problem(const Origin& from, const Origin& to) {
  if (is_loopback(to)) {
    if (is_loopback(from)) return std::nullopt;
    return "it redirects to this machine (" + to.host + ")";
  }
  if (from.scheme == "https" && to.scheme != "https") return "it redirects from https to unencrypted " + to.scheme;
  return std::nullopt;
}

}  // namespace ootd
