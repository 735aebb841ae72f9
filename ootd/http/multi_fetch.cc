#include "ootd/http/multi_fetch.h"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <unordered_map>
#include <utility>

#include "ootd/http/address.h"
#include "ootd/http/curl_handle.h"
#include "ootd/http/url.h"

namespace ootd {
namespace {

// Of a body at once, on the word of its server alone.
constexpr std::uint64_t kMostReserved = 1u << 20;
// libcurl keeps cookies of any number of hosts, and walks through a share of them for each request.
constexpr int kMostCookies = 5000, kAnswersPerCookieCount = 1000;

// As libcurl looks for them; HTTP_PROXY in capitals could be set by a request to a CGI program.
bool environment_has_proxy(const std::string& scheme) {
  const auto is_set = [](const std::string& name) {
    const char* value = std::getenv(name.c_str());
    return value != nullptr && *value != '\0';
  };
  return is_set(scheme + "_proxy") || (scheme == "https" && is_set("HTTPS_PROXY")) || is_set("all_proxy") ||
         is_set("ALL_PROXY");
}

std::string text_of(const curl_sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = {};
  const void* bytes = address.family == AF_INET
                          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in*>(&address.addr)->sin_addr)
                          : &reinterpret_cast<const sockaddr_in6*>(&address.addr)->sin6_addr;
  return ::inet_ntop(address.family, bytes, text, sizeof text) == nullptr ? "" : text;
}

// Why a proxy must not be asked for it. A name is the proxy's to resolve.
std::optional<std::string> literal_problem(const std::string& host) {
  in_addr v4 = {};
  if (host.starts_with('[')) return address_problem(host.substr(1, host.size() - 2));
  return ::inet_pton(AF_INET, host.c_str(), &v4) == 1 ? address_problem(host) : std::nullopt;
}

}  // namespace

// One request as libcurl's callbacks see it. Exceptions must not cross C code: they are kept, and thrown after it.
struct MultiFetch::Transfer {
  CURL* curl = nullptr;
  HeaderList headers{nullptr, curl_slist_free_all};
  FetchOrder order;
  FetchResult result;
  std::uint64_t* buffered = nullptr;  // of all transfers together
  std::exception_ptr exception;
  std::string blocked;
  bool guarded = false, head_seen = false, stopped = false;
  char words[CURL_ERROR_SIZE] = {};

  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() { curl_easy_cleanup(curl); }

  bool see_head() {
    if (std::exchange(head_seen, true) || !order.wanted || order.wanted(result.head, result.body)) return true;
    return stop(FetchEnd::kUnwanted, "");
  }
  bool stop(FetchEnd end, std::string reason) {
    result.end = end;
    result.reason = std::move(reason);
    stopped = true;
    return false;
  }
  bool stop_too_large() {
    return stop(FetchEnd::kTooLarge, "more than the limit of " + std::to_string(order.max_bytes) + " bytes");
  }

  std::size_t take_body(const char* bytes, std::size_t size) {
    try {
      if (result.body.size() + size > order.max_bytes && !stop_too_large()) return 0;
      if (result.body.empty()) result.body.reserve(std::min(result.head.content_length.value_or(0), kMostReserved));
      result.body.append(bytes, size);
      *buffered += size;
      return see_head() ? size : 0;
    } catch (...) {
      exception = std::current_exception();
      return 0;
    }
  }

  curl_socket_t open_socket(const curl_sockaddr& address) {
    if (guarded) {
      if (const auto problem = address_problem(text_of(address))) {
        blocked = *problem;
        return CURL_SOCKET_BAD;
      }
    }
    return ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
  }
};

struct MultiFetch::State {
  MultiFetchOptions options;
  CURLM* multi = nullptr;
  CURLSH* cookies = nullptr;
  std::unordered_map<CURL*, std::unique_ptr<Transfer>> running;
  std::vector<std::unique_ptr<Transfer>> idle;
  std::vector<FetchResult> ended;
  std::uint64_t buffered = 0;
  int answers = 0;  // since the cookies were counted

  void bound_cookies(CURL* curl);
  std::unique_ptr<Transfer> make_transfer();
  void prepare(Transfer& transfer);
  FetchResult finish(Transfer& transfer, CURLcode code);
};

MultiFetch::MultiFetch(const MultiFetchOptions& options) : state_(std::make_unique<State>()) {
  state_->options = options;
  curl_easy_cleanup(make_curl(options.patience));  // initialises libcurl
  state_->multi = curl_multi_init();
  state_->cookies = curl_share_init();
  if (state_->multi == nullptr || state_->cookies == nullptr) throw Error(Kind::kUnavailable, "libcurl cannot start");
  curl_share_setopt(state_->cookies, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE);
  if (!shares_connections()) curl_multi_setopt(state_->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

bool MultiFetch::shares_connections() { return curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000; }

MultiFetch::~MultiFetch() {
  for (const auto& [curl, transfer] : state_->running) curl_multi_remove_handle(state_->multi, curl);
  state_->running.clear();
  state_->idle.clear();
  curl_multi_cleanup(state_->multi);
  curl_share_cleanup(state_->cookies);
}

std::unique_ptr<MultiFetch::Transfer> MultiFetch::State::make_transfer() {
  auto transfer = std::make_unique<Transfer>();
  transfer->curl = make_curl(options.patience);
  CURL* curl = transfer->curl;
  transfer->buffered = &buffered;
  set_option(curl, CURLOPT_TIMEOUT, static_cast<long>(options.deadline_s));
  set_option(curl, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  set_option(curl, CURLOPT_SHARE, cookies);
  set_option(curl, CURLOPT_COOKIEFILE, "");
  set_option(curl, CURLOPT_ERRORBUFFER, transfer->words);
  set_option(curl, CURLOPT_PRIVATE, transfer.get());
  set_option(curl, CURLOPT_WRITEDATA, transfer.get());
  set_option(curl, CURLOPT_HEADERDATA, transfer.get());
  set_option(curl, CURLOPT_XFERINFODATA, transfer.get());
  set_option(curl, CURLOPT_OPENSOCKETDATA, transfer.get());
  set_option(curl, CURLOPT_NOPROGRESS, 0L);
  set_option(
      curl, CURLOPT_WRITEFUNCTION, +[](char* bytes, std::size_t, std::size_t size, void* self) {
        return static_cast<Transfer*>(self)->take_body(bytes, size);
      });
  set_option(
      curl, CURLOPT_HEADERFUNCTION, +[](char* bytes, std::size_t, std::size_t size, void* self) {
        static_cast<Transfer*>(self)->result.head.take_line({bytes, size});
        return size;
      });
  // A packed body that unpacks to nothing never reaches take_body.
  set_option(
      curl, CURLOPT_XFERINFOFUNCTION, +[](void* self, curl_off_t, curl_off_t received, curl_off_t, curl_off_t) {
        auto& one = *static_cast<Transfer*>(self);
        if (static_cast<std::uint64_t>(received) <= one.order.max_bytes) return 0;
        one.stop_too_large();
        return 1;
      });
  set_option(
      curl, CURLOPT_OPENSOCKETFUNCTION, +[](void* self, curlsocktype, curl_sockaddr* address) {
        return static_cast<Transfer*>(self)->open_socket(*address);
      });
  return transfer;
}

void MultiFetch::State::prepare(Transfer& transfer) {
  const Origin origin = origin_of(transfer.order.url);
  const bool own = is_loopback(origin);  // a proxy has another loopback than ours
  const bool proxied = !own && environment_has_proxy(origin.scheme);
  transfer.guarded = !options.allow_private && !proxied;
  if (!options.allow_private && proxied)
    if (const auto problem = literal_problem(origin.host)) transfer.stop(FetchEnd::kBlocked, *problem);
  const char* direct = own ? "*" : (!options.allow_private && proxied ? "" : nullptr);
  set_option(transfer.curl, CURLOPT_NOPROXY, direct);
  // What starts while the first connection is made shares it if the server speaks HTTP/2, instead of making its own.
  set_option(transfer.curl, CURLOPT_PIPEWAIT, shares_connections() && origin.scheme == "https" ? 1L : 0L);
  set_option(transfer.curl, CURLOPT_HTTP_CONTENT_DECODING, transfer.order.as_sent ? 0L : 1L);
  // Empty: whatever libcurl can unpack.
  set_option(transfer.curl, CURLOPT_ACCEPT_ENCODING, transfer.order.as_sent ? nullptr : "");
  set_option(transfer.curl, CURLOPT_URL, transfer.order.url.c_str());
  transfer.headers.reset();
  for (const std::string& line : transfer.order.headers) append_header(transfer.headers, line);
  set_option(transfer.curl, CURLOPT_HTTPHEADER, transfer.headers.get());
}

void MultiFetch::start(FetchOrder order) {
  State& state = *state_;
  std::unique_ptr<Transfer> transfer;
  if (state.idle.empty()) {
    transfer = state.make_transfer();
  } else {
    transfer = std::move(state.idle.back());
    state.idle.pop_back();
  }
  transfer->order = std::move(order);
  transfer->result = FetchResult{};
  transfer->result.ticket = transfer->order.ticket;
  transfer->head_seen = transfer->stopped = false;
  transfer->exception = nullptr;
  transfer->blocked.clear();
  transfer->words[0] = '\0';
  state.prepare(*transfer);
  if (transfer->stopped) {
    state.ended.push_back(std::move(transfer->result));
    state.idle.push_back(std::move(transfer));
    return;
  }
  if (curl_multi_add_handle(state.multi, transfer->curl) != CURLM_OK)
    throw Error(Kind::kUnavailable, transfer->order.url + ": libcurl takes no further request");
  CURL* curl = transfer->curl;
  state.running.emplace(curl, std::move(transfer));
}

FetchResult MultiFetch::State::finish(Transfer& transfer, CURLcode code) {
  if (transfer.exception) std::rethrow_exception(transfer.exception);
  FetchResult& result = transfer.result;
  const auto seconds = [&](CURLINFO info) {
    curl_off_t microseconds = 0;
    curl_easy_getinfo(transfer.curl, info, &microseconds);
    return static_cast<double>(microseconds) / 1e6;
  };
  result.total_s = seconds(CURLINFO_TOTAL_TIME_T);
  result.first_byte_s = std::max(0.0, seconds(CURLINFO_STARTTRANSFER_TIME_T) - seconds(CURLINFO_PRETRANSFER_TIME_T));
  if (transfer.stopped) return std::move(result);
  if (code == CURLE_OK) {
    transfer.see_head();  // an answer without a body
    return std::move(result);
  }
  if (!transfer.blocked.empty() && result.head.status == 0) {
    result.end = FetchEnd::kBlocked;
    result.reason = transfer.blocked;
  } else if (code == CURLE_BAD_CONTENT_ENCODING && !transfer.order.as_sent) {
    result.end = FetchEnd::kUnpackable;
    result.reason = reason_of(code, transfer.words, origin_of(transfer.order.url).host);
  } else {
    result.end = may_go_right(transfer.curl, code) ? FetchEnd::kSetback : FetchEnd::kImpossible;
    result.reason = reason_of(code, transfer.words, origin_of(transfer.order.url).host);
  }
  return std::move(result);
}

void MultiFetch::State::bound_cookies(CURL* curl) {
  if (++answers < kAnswersPerCookieCount) return;
  answers = 0;
  curl_slist* list = nullptr;
  curl_easy_getinfo(curl, CURLINFO_COOKIELIST, &list);
  const HeaderList owner(list, curl_slist_free_all);
  int count = 0;
  for (; list != nullptr; list = list->next) ++count;
  if (count > kMostCookies) set_option(curl, CURLOPT_COOKIELIST, "ALL");  // forgets them
}

std::vector<FetchResult> MultiFetch::wait(std::chrono::milliseconds longest) {
  State& state = *state_;
  const auto check = [](CURLMcode code) {
    if (code != CURLM_OK) throw Error(Kind::kInternal, std::string("libcurl: ") + curl_multi_strerror(code));
  };
  int count = 0;
  check(curl_multi_perform(state.multi, &count));
  const bool nothing_ended = state.ended.empty() && static_cast<std::size_t>(count) == state.running.size();
  if (nothing_ended && longest.count() > 0) {
    check(curl_multi_poll(state.multi, nullptr, 0, static_cast<int>(longest.count()), nullptr));
    check(curl_multi_perform(state.multi, &count));
  }
  while (const CURLMsg* message = curl_multi_info_read(state.multi, &count)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    CURL* curl = message->easy_handle;
    curl_multi_remove_handle(state.multi, curl);
    auto node = state.running.extract(curl);
    std::unique_ptr<Transfer> transfer = std::move(node.mapped());
    state.buffered -= transfer->result.body.size();
    state.ended.push_back(state.finish(*transfer, code));
    state.bound_cookies(curl);
    state.idle.push_back(std::move(transfer));
  }
  return std::exchange(state.ended, {});
}

void MultiFetch::wake() { curl_multi_wakeup(state_->multi); }
std::size_t MultiFetch::in_flight() const { return state_->running.size() + state_->ended.size(); }
std::uint64_t MultiFetch::buffered_bytes() const { return state_->buffered; }

}  // namespace ootd
