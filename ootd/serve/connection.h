// One client's connection, from its first byte to its end. Private to this folder: Boost's types show here.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <string>

#include "ootd/serve/api.h"
#include "ootd/serve/metrics.h"
#include "ootd/serve/server.h"

namespace ootd {

namespace asio = boost::asio;
namespace beast = boost::beast;

// What all connections share.
struct Service {
  const ServerOptions& options;
  const Api& api;
  Metrics& metrics;
  asio::thread_pool& workers;
  const std::size_t worker_count;
  std::atomic<std::size_t> queued = 0;  // requests handed to the workers and not yet done
  std::atomic<bool> stopping = false;
};

// Touched on its stream's strand only.
struct Connection {
  explicit Connection(asio::ip::tcp::socket socket);
  void close_if_idle();

  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  std::string peer;  // the address
  bool from_loopback = false;
  bool idle = false;  // between two requests
};

asio::awaitable<void> serve_connection(Service& service, std::shared_ptr<Connection> connection);

}  // namespace ootd
