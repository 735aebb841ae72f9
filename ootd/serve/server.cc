#include "ootd/serve/server.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio.hpp>
#include <thread>
#include <unordered_set>
#include <vector>

#include "ootd/serve/connection.h"

namespace ootd {
namespace {

using asio::use_awaitable;

// Each connection is an open file; the usual soft limit of 1024 would be the end of "thousands".
void raise_open_files(std::size_t connections) {
  constexpr rlim_t kOthers = 512;  // pictures being sent, the catalog, the models
  rlimit limit = {};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, connections + kOthers);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

asio::ip::tcp::endpoint endpoint_of(const ServerOptions& options) {
  boost::system::error_code problem;
  const auto address = asio::ip::make_address(options.address, problem);
  if (problem)
    throw Error(Kind::kInput,
                "address \"" + options.address + "\" is no IP address; use 127.0.0.1, 0.0.0.0, ::1 or ::");
  return {address, options.port};
}

void check(const ServerOptions& options) {
  const auto refuse = [](const std::string& what) { throw Error(Kind::kInput, "server options: " + what); };
  if (options.io_threads < 1) refuse("io_threads must be at least 1");
  if (options.worker_threads < 0) refuse("worker_threads must be 0 (all cores) or more");
  if (options.decode_threads < 1) refuse("decode_threads must be at least 1");
  if (options.max_connections < 1) refuse("max_connections must be at least 1");
  if (options.max_header_bytes < 1024) refuse("max_header_bytes must be at least 1024");
  if (options.idle_timeout.count() <= 0 || options.request_timeout.count() <= 0) refuse("time-outs must be over 0");
  if (!options.api_token.empty() && options.api_token.size() < 16)
    refuse("the API token is shorter than 16 characters; make one with: openssl rand -hex 16");
}

}  // namespace

struct Server::Impl {
  Impl(const App& app, ServerOptions given)
      : options((check(given), std::move(given))),
        endpoint(endpoint_of(options)),
        api(app, {endpoint.address().is_loopback(), options.public_host, options.api_token}, options.max_body_bytes,
            [this] { return metrics.text({open_connections, pools.depths()}); }),
        acceptor(control),
        wake(control, ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
        grace(control),
        wake_fd(wake.native_handle()),
        pools(options),
        service{options, api, metrics, pools} {
    raise_open_files(options.max_connections);
    boost::system::error_code problem;
    acceptor.open(endpoint.protocol(), problem);
    if (!problem) acceptor.set_option(asio::socket_base::reuse_address(true), problem);
    if (!problem) acceptor.bind(endpoint, problem);
    if (!problem) acceptor.listen(asio::socket_base::max_listen_connections, problem);
    if (problem)
      throw Error(Kind::kUnavailable, "cannot listen on " + options.address + " port " + std::to_string(options.port) +
                                          ": " + problem.message() + "; choose another with --port (0 = any free one)");
    endpoint = acceptor.local_endpoint();
  }

  asio::awaitable<void> accept_loop() {
    asio::steady_timer pause(control);
    while (!service.stopping) {
      auto [problem, socket] = co_await acceptor.async_accept(asio::make_strand(io), asio::as_tuple(use_awaitable));
      if (problem == asio::error::operation_aborted) break;
      if (problem) {
        // Out of files, most likely: the waiting connection stays in the kernel's queue until others close.
        pause.expires_after(std::chrono::milliseconds(50));
        co_await pause.async_wait(asio::as_tuple(use_awaitable));
        continue;
      }
      if (open_connections >= options.max_connections) continue;  // the socket closes as it goes out of scope
      start(std::move(socket));
    }
  }

  void start(asio::ip::tcp::socket socket) {
    const auto connection = std::make_shared<Connection>(std::move(socket));
    {
      const std::lock_guard lock(mutex);
      connections.insert(connection);
      ++open_connections;
    }
    asio::co_spawn(connection->stream.get_executor(), serve_connection(service, connection),
                   [this, connection](const std::exception_ptr&) { ended(connection); });
  }

  void ended(const std::shared_ptr<Connection>& connection) {
    const std::lock_guard lock(mutex);
    connections.erase(connection);
    if (--open_connections == 0 && service.stopping) asio::post(control, [this] { grace.cancel(); });
  }

  asio::awaitable<void> wait_for_stop() {
    co_await wake.async_wait(asio::posix::stream_descriptor::wait_read, asio::as_tuple(use_awaitable));
    service.stopping = true;
    acceptor.close();
    std::vector<std::shared_ptr<Connection>> open;
    {
      const std::lock_guard lock(mutex);
      open.assign(connections.begin(), connections.end());
    }
    for (const auto& connection : open)
      asio::post(connection->stream.get_executor(), [connection] { connection->close_if_idle(); });
    if (open.empty()) co_return;
    grace.expires_after(options.stop_timeout);
    const auto [cancelled] = co_await grace.async_wait(asio::as_tuple(use_awaitable));
    if (cancelled) co_return;
    gave_up = true;
    io.stop();
  }

  const ServerOptions options;
  asio::ip::tcp::endpoint endpoint;
  Metrics metrics;
  std::atomic<std::size_t> open_connections = 0;
  const Api api;

  // Everything that belongs to a connection runs on its own strand, what belongs to the server on `control`. Members
  // are destroyed from the last to the first: the pools end before what they answer to.
  asio::io_context io;
  asio::strand<asio::io_context::executor_type> control = asio::make_strand(io);
  asio::ip::tcp::acceptor acceptor;
  asio::posix::stream_descriptor wake;
  asio::steady_timer grace;
  const int wake_fd;
  bool gave_up = false;  // on requests under way, when stop_timeout was over
  std::mutex mutex;      // guards `connections`
  std::unordered_set<std::shared_ptr<Connection>> connections;
  Pools pools;
  Service service;
};

Server::Server(const App& app, ServerOptions options) : impl_(std::make_unique<Impl>(app, std::move(options))) {}

Server::~Server() = default;

unsigned short Server::port() const { return impl_->endpoint.port(); }

std::string Server::url() const {
  const auto address = impl_->endpoint.address();
  const std::string host = address.is_unspecified() ? "localhost" : address.to_string();
  return "http://" + (host.find(':') == host.npos ? host : "[" + host + "]") + ":" + std::to_string(port());
}

void Server::run() {
  Impl& impl = *impl_;
  // A server that no longer accepts or stops must not look alive.
  const auto fail_loudly = [](const std::exception_ptr& problem) {
    if (problem) std::rethrow_exception(problem);
  };
  asio::co_spawn(impl.control, impl.accept_loop(), fail_loudly);
  asio::co_spawn(impl.control, impl.wait_for_stop(), fail_loudly);
  std::vector<std::thread> threads;
  for (int i = 1; i < impl.options.io_threads; ++i) threads.emplace_back([&impl] { impl.io.run(); });
  impl.io.run();
  for (auto& thread : threads) thread.join();
  impl.pools.join(impl.gave_up);
}

void Server::stop() noexcept {
  const std::uint64_t one = 1;
  // Cannot fail but by a full counter, and then the server is waking up already.
  [[maybe_unused]] const auto written = ::write(impl_->wake_fd, &one, sizeof one);
}

}  // namespace ootd
