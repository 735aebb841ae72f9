// The HTTP/1.1 server: sockets, time-outs, limits, and the hand-over of work to bounded pools.
//
// Threads: run() blocks; port() and stop() may be called from any thread, stop() from a signal handler too.
// One request: an HTTP thread reads the head, the Api checks it, then the body is read, then the handler runs - on a
//          thread of the pool of its kind of work (Api::Work), or at once - and an HTTP thread writes the answer. A
//          deck never waits behind a write, a model or a picture that is decoded. When a pool's queue is full the
//          answer is 503 with Retry-After. No lock is held meanwhile.
// Limits:  a head over max_header_bytes is answered 431, a body over the route's limit 413. All bytes count: a body's
//          chunk headers, extensions and trailers may be an eighth of the limit and 4 KiB. A request that has not
//          arrived whole request_timeout after its first byte is cut off (slow loris), as is a client that does not
//          take its answer in that time. TLS is not spoken: see docs/api.md for a proxy in front.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "ootd/serve/api.h"

namespace ootd {

struct ServerOptions {
  std::string address = "127.0.0.1";  // a number; "0.0.0.0" and "::" for all
  unsigned short port = 8080;         // 0 = any free one
  std::string public_host;            // the name that a TLS proxy in front passes on as Host; empty = none
  std::string api_token;              // for services; empty = their routes are off
  int io_threads = 2;
  int worker_threads = 0;                // that deal decks and read pictures; 0 = all cores
  int decode_threads = 2;                // for searches, and as many for thumbnails; a picture takes up to 470 MB
  std::size_t max_queue = 128;           // requests that wait for a thread of their pool
  std::size_t max_model_queue = 16;      // the same for searches, each of which holds up to max_body_bytes
  std::size_t max_connections = 10'000;  // the soft limit of open files is raised to fit; more are closed at once
  std::size_t max_header_bytes = 16u << 10;
  std::size_t max_body_bytes = 16u << 20;          // POST /api/search; other routes take 64 KiB of JSON or nothing
  std::chrono::milliseconds idle_timeout{75'000};  // keep-alive: until the next request's first byte
  std::chrono::milliseconds request_timeout{
      30'000};                                     // from a request's first byte to its last; the same for the answer
  std::chrono::milliseconds stop_timeout{10'000};  // what stop() leaves to requests under way
  // One line per request, without its end of line, in the words of docs/api.md. Called from many threads at once.
  std::function<void(std::string_view line)> access_log;
};

class Server {
 public:
  // Binds and listens. Throws Error: kInput for a bad option, kUnavailable if the port is taken.
  Server(const App& app, ServerOptions options);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  unsigned short port() const;
  // "http://127.0.0.1:8080"
  std::string url() const;

  // Serves until stop(). Call once.
  void run();
  // Closes the listening socket and idle connections, lets requests under way finish (up to stop_timeout); then run()
  // returns. Repeated calls change nothing.
  void stop() noexcept;

 private:
  struct Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace ootd
