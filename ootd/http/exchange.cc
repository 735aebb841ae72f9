#include "ootd/http/exchange.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <string_view>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/http/curl_handle.h"
#include "ootd/http/url.h"

namespace ootd {
namespace {

constexpr double kLongestBackoff_s = 30;

// One hop as libcurl's callbacks see it. Exceptions must not cross C code: they are kept, and thrown after it.
struct Hop {
  const Exchange::OnHead& on_head;
  const Exchange::OnBody& on_body;
  Head head;
  bool head_seen = false;
  std::optional<Setback> setback;
  std::exception_ptr exception;

  // False: no body is wanted.
  bool see_head() {
    if (head_seen) return true;
    head_seen = true;
    setback = on_head(head);
    return !setback;
  }

  std::size_t take_body(const char* bytes, std::size_t size) {
    if (head.is_redirect()) return 0;
    try {
      if (!see_head()) return 0;
      on_body(std::as_bytes(std::span(bytes, size)));
      return size;
    } catch (...) {
      exception = std::current_exception();
      return 0;
    }
  }
};

}  // namespace

struct Exchange::Handle {
  CURL* curl = nullptr;
  char words[CURL_ERROR_SIZE] = {};
  int max_redirects = 0;

  template <class T>
  void set(CURLoption option, T value) {
    set_option(curl, option, value);
  }
};

Exchange::Exchange(const Patience& patience) : handle_(std::make_unique<Handle>()) {
  Handle& h = *handle_;
  h.curl = make_curl(patience);
  h.max_redirects = patience.max_redirects;
  h.set(CURLOPT_ERRORBUFFER, h.words);
  // Asks for the bytes as they are; what a server compresses all the same is unpacked.
  h.set(CURLOPT_ACCEPT_ENCODING, "identity");
  h.set(
      CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t, std::size_t size, void* hop) {
        return static_cast<Hop*>(hop)->take_body(bytes, size);
      });
  h.set(
      CURLOPT_HEADERFUNCTION, +[](char* bytes, std::size_t, std::size_t size, void* hop) {
        static_cast<Hop*>(hop)->head.take_line({bytes, size});
        return size;
      });
}

Exchange::~Exchange() { curl_easy_cleanup(handle_->curl); }

// Redirects are followed here and not by libcurl, which can not be told our rules.
std::optional<Setback> Exchange::run(const FetchRequest& request, const std::vector<std::string>& extra_headers,
                                     const OnHead& on_head, const OnBody& on_body) {
  Handle& h = *handle_;
  const Origin home = origin_of(request.url);
  std::string url = request.url;
  for (int redirects = 0;; ++redirects) {
    const Origin here = origin_of(url);
    HeaderList headers(nullptr, curl_slist_free_all);
    const auto add = [&](const std::string& line) { append_header(headers, line); };
    for (const auto& line : request.headers) add(line);
    for (const auto& line : extra_headers) add(line);
    if (!request.token.empty() && here == home) {
      if (here.scheme != "https" && !is_loopback(here))
        throw Error(Kind::kInput, request.url + ": a token is not sent over unencrypted http; use https");
      add("Authorization: Bearer " + request.token);
    }
    Hop hop{on_head, on_body, {}, false, {}, {}};
    h.set(CURLOPT_URL, url.c_str());
    // A proxy has another loopback than ours. Null: as the environment says.
    h.set(CURLOPT_NOPROXY, is_loopback(here) ? "*" : static_cast<const char*>(nullptr));
    h.set(CURLOPT_HTTPHEADER, headers.get());
    h.set(CURLOPT_WRITEDATA, static_cast<void*>(&hop));
    h.set(CURLOPT_HEADERDATA, static_cast<void*>(&hop));
    h.words[0] = '\0';
    const CURLcode code = curl_easy_perform(h.curl);
    h.set(CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
    if (hop.exception) std::rethrow_exception(hop.exception);

    if (hop.head.is_redirect() && (code == CURLE_OK || code == CURLE_WRITE_ERROR)) {
      if (redirects == h.max_redirects)
        throw Error(Kind::kUnavailable, request.url + ": more than " + std::to_string(redirects) + " redirects");
      url = resolve_url(url, hop.head.location);
      if (const auto problem = redirect_problem(here, origin_of(url)))
        throw Error(Kind::kUnavailable, request.url + ": " + *problem + ", which is not followed");
      continue;
    }
    if (hop.setback) return hop.setback;
    if (code == CURLE_OK) {
      hop.see_head();  // an answer without a body
      return hop.setback;
    }
    const std::string reason = reason_of(code, h.words, here.host);
    if (may_go_right(h.curl, code)) return Setback{reason, {}};
    throw Error(Kind::kUnavailable, request.url + ": " + reason);
  }
}

std::optional<Setback> judge_status(const Head& head, const FetchRequest& request) {
  const int status = head.status;
  if (status == 200 || status == 206) {
    if (!request.accept_html && head.content_type.starts_with("text/html"))
      throw Error(Kind::kUnavailable,
                  request.url + ": the answer is a web page and not the file; is a proxy or a login in between?");
    return std::nullopt;
  }
  std::string reason = "HTTP status " + std::to_string(status);
  if (!head.message.empty()) reason += " (" + head.message.substr(0, 200) + ")";
  if (status >= 500 || status == 429 || status == 408) return Setback{reason, head.retry_after_s};
  if ((status == 401 || status == 403) && !request.denied_hint.empty()) reason += "; " + request.denied_hint;
  const bool gone = status == 404 || status == 410;
  throw Error(gone ? Kind::kNotFound : Kind::kUnavailable, request.url + ": " + reason);
}

void Retries::wait(const Setback& setback, std::uint64_t bytes) {
  if (bytes > furthest_) failures_ = 0;
  furthest_ = std::max(furthest_, bytes);
  if (++failures_ >= patience_.tries)
    throw Error(Kind::kUnavailable,
                url_ + ": " + setback.reason + " (tried " + std::to_string(failures_) + " times; run again to go on)");
  double pause_s = patience_.first_wait_s;
  for (int i = 1; i < failures_; ++i) pause_s = std::min(2 * pause_s, kLongestBackoff_s);
  pause_s = std::max(pause_s, setback.wait_s.value_or(0));
  if (pause_s > patience_.longest_wait_s)
    throw Error(Kind::kUnavailable, url_ + ": " + setback.reason + "; the server asks to come back in " +
                                        std::to_string(static_cast<long>(pause_s)) + " s");
  std::this_thread::sleep_for(std::chrono::duration<double>(pause_s));
}

}  // namespace ootd
