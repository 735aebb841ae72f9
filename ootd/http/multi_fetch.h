// Many GET requests in flight at once, by libcurl's multi interface: HTTP/2 where the server speaks it, connections
// kept, proxies and certificates as client.h, cookies kept as long as the object lives (of some thousand; then all
// are forgotten, and hosts set theirs anew). One order is one request: redirects are not followed but handed back, so
// that the caller judges every hop.
//
// Guard: unless allowed, no request reaches an address that is not public (address.h). It is checked on the socket that
// is about to connect, after the names were resolved. Through a proxy of the environment it is the proxy that resolves
// names, so there only literal addresses are checked, and no_proxy does not count.
// Threads: one, except wake().
// Memory:  the bodies in flight, each up to its order's max_bytes; buffered_bytes() says how many.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "ootd/http/client.h"
#include "ootd/http/head.h"

namespace ootd {

struct FetchOrder {
  std::uint64_t ticket = 0;  // the caller's number, handed back
  std::string url;
  std::vector<std::string> headers;     // "If-None-Match: \"v1\""
  std::uint64_t max_bytes = 64u << 20;  // of the body, as sent and as unpacked
  // Asked once, with the first bytes of the body; false ends the request (kUnwanted).
  std::function<bool(const Head&, std::string_view)> wanted;
  bool as_sent = false;  // takes the body as it comes, whatever Content-Encoding says
};

enum class FetchEnd {
  kAnswer,    // whole, whatever its status is
  kUnwanted,  // the caller said so; the body has its first bytes
  kSetback,   // the network's or the server's fault, may go right another time
  kBlocked,   // the guard's
  kTooLarge,
  kUnpackable,  // the body is not packed as Content-Encoding says, or in no way that libcurl knows; see as_sent
  kImpossible,  // no try will help: a certificate that is not valid, a proxy that refuses ...
};

struct FetchResult {
  std::uint64_t ticket = 0;
  FetchEnd end = FetchEnd::kAnswer;
  Head head;
  std::string body;
  std::string reason;       // in words, unless kAnswer or kUnwanted
  double first_byte_s = 0;  // from the request on a ready connection to the first byte of the answer
  double total_s = 0;
};

struct MultiFetchOptions {
  Patience patience;     // its tries, waits and redirects are the caller's business
  int deadline_s = 300;  // for a whole request
  bool allow_private = false;
};

class MultiFetch {
 public:
  // Whether requests to an HTTP/2 host share a connection: from libcurl 8 on. 7.88 (Debian 12) leaves the end of a body
  // unread at times where several share one.
  static bool shares_connections();

  explicit MultiFetch(const MultiFetchOptions& options);
  ~MultiFetch();
  MultiFetch(const MultiFetch&) = delete;
  MultiFetch& operator=(const MultiFetch&) = delete;

  // Throws Error(kInput) for what is no http(s) URL.
  void start(FetchOrder order);
  // Moves bytes until a request ended, wake() was called or the time is over; what has ended since the last call.
  std::vector<FetchResult> wait(std::chrono::milliseconds longest);
  void wake();

  std::size_t in_flight() const;
  std::uint64_t buffered_bytes() const;

 private:
  struct Transfer;
  struct State;
  const std::unique_ptr<State> state_;
};

}  // namespace ootd
