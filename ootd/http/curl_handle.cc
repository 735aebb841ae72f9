#include "ootd/http/curl_handle.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <new>

namespace ootd {

CURL* make_curl(const Patience& patience) {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  CURL* curl = ready == CURLE_OK ? curl_easy_init() : nullptr;
  if (curl == nullptr) throw Error(Kind::kUnavailable, "libcurl cannot start");
  set_option(curl, CURLOPT_NOSIGNAL, 1L);
  set_option(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set_option(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(patience.connect_timeout_s));
  set_option(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(patience.stall_timeout_s));
  set_option(curl, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(patience.stall_bytes_per_s));
  set_option(curl, CURLOPT_USERAGENT, patience.user_agent.c_str());
  set_option(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);  // a proxy's word is not the server's
  // Certificates of one's own (a company's proxy), named as for most programs.
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* file = std::getenv(name);
    if (file == nullptr || *file == '\0') continue;
    set_option(curl, CURLOPT_CAINFO, file);
    set_option(curl, CURLOPT_PROXY_CAINFO, file);
    break;
  }
  return curl;
}

void append_header(HeaderList& list, const std::string& line) {
  curl_slist* grown = curl_slist_append(list.get(), line.c_str());
  if (grown == nullptr) throw std::bad_alloc();
  static_cast<void>(list.release());
  list.reset(grown);
}

bool may_go_right(CURL* curl, CURLcode code) {
  long tunnel = 0;  // what a proxy said to CONNECT
  curl_easy_getinfo(curl, CURLINFO_HTTP_CONNECTCODE, &tunnel);
  if (tunnel / 100 == 4 && tunnel != 408 && tunnel != 429) return false;
  // CURLE_UNSUPPORTED_PROTOCOL: no HTTP answer, but bytes left over from an answer whose length was a lie.
  constexpr std::array kTransient = {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY,
                                     CURLE_COULDNT_CONNECT,      CURLE_OPERATION_TIMEDOUT,
                                     CURLE_SSL_CONNECT_ERROR,    CURLE_RECV_ERROR,
                                     CURLE_SEND_ERROR,           CURLE_PARTIAL_FILE,
                                     CURLE_GOT_NOTHING,          CURLE_HTTP2,
                                     CURLE_HTTP2_STREAM,         CURLE_WEIRD_SERVER_REPLY,
                                     CURLE_BAD_CONTENT_ENCODING, CURLE_UNSUPPORTED_PROTOCOL};
  return std::ranges::find(kTransient, code) != kTransient.end();
}

std::string reason_of(CURLcode code, const char* words, const std::string& host) {
  const std::string reason = *words != '\0' ? words : curl_easy_strerror(code);
  return code == CURLE_PEER_FAILED_VERIFICATION ? host + ": " + reason : reason;
}

}  // namespace ootd
