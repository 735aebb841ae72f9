// One client's connection, from its first byte to its end. Private to this folder: Boost's types show here.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ootd/serve/api.h"
#include "ootd/serve/metrics.h"
#include "ootd/serve/server.h"
#include "ootd/serve/work_pool.h"

namespace ootd {

namespace asio = boost::asio;
namespace beast = boost::beast;

// One for each kind of Api::Work but kInline.
struct Pools {
  explicit Pools(const ServerOptions& options);
  WorkPool& of(Api::Work work);
  std::vector<std::pair<std::string_view, std::size_t>> depths() const;  // by name
  // Ends when all work is done; `now`: what waits is dropped, what runs is finished.
  void join(bool now);

  WorkPool read, write, model, thumbnail;
};

// What all connections share.
struct Service {
  const ServerOptions& options;
  const Api& api;
  Metrics& metrics;
  Pools& pools;
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
