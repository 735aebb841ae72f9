#include "ootd/serve/connection.h"

#include <boost/asio.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <ctime>

#include "ootd/base/threads.h"

namespace ootd {
namespace {

namespace http = beast::http;
using asio::use_awaitable;
using Clock = std::chrono::steady_clock;
using Parser = http::request_parser<http::string_body>;

// Chunk headers and the like that a body may have beside an eighth of its limit.
constexpr std::size_t kMaxFraming = 4096;

constexpr auto quiet = asio::as_tuple(use_awaitable);  // errors as values

// Sent with every answer. The page needs nothing from anywhere else, may stand in no frame, and runs no inline script.
constexpr std::pair<const char*, const char*> kSecurityHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
     "form-action 'none'; frame-ancestors 'none'"},
    {"X-Frame-Options", "DENY"},
    {"X-Content-Type-Options", "nosniff"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
};

std::string utc(const char* format) {
  const std::time_t now = std::time(nullptr);
  std::tm parts = {};
  ::gmtime_r(&now, &parts);
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

Request to_request(const Parser& parser, const Connection& connection) {
  const auto& head = parser.get();
  const auto field = [&](http::field name) { return std::string(head[name]); };
  Request request;
  request.method = std::string(head.method_string());
  request.target = std::string(head.target());
  request.host = field(http::field::host);
  request.origin = field(http::field::origin);
  request.fetch_site = std::string(head["Sec-Fetch-Site"]);
  request.content_type = field(http::field::content_type);
  request.authorization = field(http::field::authorization);
  request.cookie = field(http::field::cookie);
  request.if_none_match = field(http::field::if_none_match);
  request.from_loopback = connection.from_loopback;
  for (const char* name : {"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP"})
    request.passed_on |= head.count(name) > 0;
  // Two Host lines: a proxy and we could each believe another one.
  if (head.count(http::field::host) > 1) request.host.clear();
  return request;
}

// time, peer, "method path", status, bytes, milliseconds, note. The query stays out (it can name looks and people), and
// nothing that a client sends can start a new line.
std::string log_line(const Connection& connection, const Request& request, const Response& response,
                     Clock::duration took) {
  std::string path = request.target.substr(0, std::min(request.target.find('?'), std::size_t{200}));
  for (char& c : path)
    if (c < 0x21 || c > 0x7e || c == '"') c = '?';
  char numbers[96];
  std::snprintf(numbers, sizeof numbers, "\" %d %zu %.1fms", response.status, response.body.size(),
                std::chrono::duration<double, std::milli>(took).count());
  std::string line = utc("%FT%TZ ") + connection.peer + " \"" + request.method + " " + path + numbers;
  if (!response.log_note.empty()) line += " " + response.log_note;
  return line;
}

// Whether the connection can go on.
asio::awaitable<bool> send(Service& service, Connection& connection, const Request& request, const Response& response,
                           unsigned version, bool keep_alive) {
  http::response<http::span_body<const char>> out(static_cast<http::status>(response.status), version);
  out.set(http::field::date, utc("%a, %d %b %Y %T GMT"));
  for (const auto& [name, value] : kSecurityHeaders) out.set(name, value);
  if (!response.content_type.empty()) out.set(http::field::content_type, response.content_type);
  for (const auto& [name, value] : response.headers) out.insert(name, value);
  out.body() = {reinterpret_cast<const char*>(response.body.data()), response.body.size()};
  out.keep_alive(keep_alive);
  const bool has_body = response.status != 204 && response.status != 304;
  if (has_body) out.content_length(response.body.size());

  connection.stream.expires_after(service.options.request_timeout);
  http::response_serializer<http::span_body<const char>> serializer(out);
  boost::system::error_code problem;
  if (request.method == "HEAD" || !has_body) {
    const auto [failed, n] = co_await http::async_write_header(connection.stream, serializer, quiet);
    problem = failed;
  } else {
    const auto [failed, n] = co_await http::async_write(connection.stream, serializer, quiet);
    problem = failed;
  }
  co_return !problem && keep_alive;
}

// Takes what the client still sends, for a moment: closing with unread bytes resets the connection, and the client
// would lose the refusal that was just sent.
asio::awaitable<void> drain(Connection& connection) {
  boost::system::error_code ignored;
  connection.stream.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  connection.stream.expires_after(std::chrono::seconds(1));
  constexpr std::size_t kMaxBytes = 4u << 20;
  for (std::size_t taken = 0; taken < kMaxBytes;) {
    connection.buffer.clear();
    const auto [failed, n] = co_await connection.stream.async_read_some(connection.buffer.prepare(16u << 10), quiet);
    if (failed) break;
    taken += n;
  }
}

// Nothing if there is room for one more.
std::optional<Response> enter(WorkPool& pool, WorkPool::Place& place) {
  place = pool.enter();
  if (place) return std::nullopt;
  Response busy = refusal(503, "unavailable", "too many requests are waiting; try again in a moment");
  busy.headers.emplace_back("Retry-After", "1");
  return busy;
}

// The work of a pool's thread, with the strand left for the time and taken again after it.
asio::awaitable<Response> answer(Service& service, Connection& connection, const Api::Route& route,
                                 const Request& request, WorkPool::Place& place) {
  if (route.work == Api::Work::kInline) co_return service.api.handle(route, request);
  WorkPool& pool = service.pools.of(route.work);
  if (!place)
    if (auto busy = enter(pool, place)) co_return *std::move(busy);
  co_await asio::post(asio::bind_executor(pool.threads(), use_awaitable));
  Response response = service.api.handle(route, request);
  place = {};
  if (response.decode) {
    if (auto busy = enter(service.pools.thumbnail, place)) {
      response = *std::move(busy);
    } else {
      co_await asio::post(asio::bind_executor(service.pools.thumbnail.threads(), use_awaitable));
      const auto decode = std::move(response.decode);
      response = decode();
      place = {};
    }
  }
  co_await asio::post(asio::bind_executor(connection.stream.get_executor(), use_awaitable));
  co_return response;
}

// What a head or body that cannot be read deserves; nothing if the client is gone or too slow.
std::optional<Response> refusal_of(boost::system::error_code problem) {
  if (problem == http::error::header_limit) return refusal(431, "too_large", "the request's head is too large");
  if (problem == http::error::body_limit)
    return refusal(413, "too_large", "the request's body, or what frames its chunks, is too large");
  if (problem.category() == make_error_code(http::error::bad_method).category())
    return refusal(400, "input", "this is no HTTP/1.1 request: " + problem.message());
  return std::nullopt;
}

// Reads until the head, or with `whole` the body too, has been parsed. What is read for it is at most `budget` bytes -
// chunk headers, their extensions and trailers count too, whose one part is moreover no longer than a head may be.
asio::awaitable<boost::system::error_code> read(const ServerOptions& options, Connection& connection, Parser& parser,
                                                bool whole, std::size_t budget) {
  constexpr std::size_t kAtOnce = 64u << 10;
  beast::flat_buffer& buffer = connection.buffer;
  parser.eager(whole);
  for (std::size_t parsed = 0;;) {
    if (whole ? parser.is_done() : parser.is_header_done()) co_return boost::system::error_code();
    if (buffer.size() > 0) {
      boost::system::error_code problem;
      const std::size_t n = parser.put(buffer.data(), problem);
      buffer.consume(n);
      parsed += n;
      if (!problem && n > 0) continue;
      if (problem && problem != http::error::need_more) co_return problem;
    }
    const std::size_t taken = parsed + buffer.size();
    if (taken >= budget || buffer.size() >= options.max_header_bytes)
      co_return make_error_code(whole ? http::error::body_limit : http::error::header_limit);
    const auto [failed, n] =
        co_await connection.stream.async_read_some(buffer.prepare(std::min(kAtOnce, budget - taken)), quiet);
    if (failed) co_return failed;
    buffer.commit(n);
  }
}

// Reads one request and answers it. False = the connection ends.
asio::awaitable<bool> serve_request(Service& service, Connection& connection) {
  const ServerOptions& options = service.options;
  beast::tcp_stream& stream = connection.stream;
  if (connection.buffer.size() == 0) {
    if (service.stopping) co_return false;
    connection.buffer.shrink_to_fit();  // thousands of idle connections hold no big buffers
    connection.idle = true;
    stream.expires_after(options.idle_timeout);
    const auto [failed, n] = co_await stream.async_read_some(connection.buffer.prepare(512), quiet);
    connection.idle = false;
    if (failed) co_return false;
    connection.buffer.commit(n);
  }

  stream.expires_after(options.request_timeout);
  Parser parser;
  parser.header_limit(static_cast<std::uint32_t>(options.max_header_bytes));
  parser.body_limit(options.max_body_bytes);
  const auto head_failed = co_await read(options, connection, parser, false, options.max_header_bytes);
  auto started = Clock::now();
  Request request = to_request(parser, connection);
  const Api::Route* route = nullptr;
  std::optional<Response> response;
  if (head_failed) {
    response = refusal_of(head_failed);
    if (!response) co_return false;
  } else {
    auto routed = service.api.route(request);
    route = routed.route;
    response = std::move(routed.answer);
  }
  const std::size_t limit = route != nullptr ? service.api.max_body(*route) : 0;
  WorkPool::Place place;
  if (!response) {
    parser.body_limit(limit);
    if (parser.content_length().value_or(0) > limit)
      response = refusal_of(http::error::body_limit);
    else if (route->body == Api::Body::kPicture)  // before it comes: what waits is held in memory
      response = enter(service.pools.of(route->work), place);
  }
  if (!response && !parser.is_done()) {
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
      http::response<http::empty_body> go_on(http::status::continue_, parser.get().version());
      co_await http::async_write(stream, go_on, quiet);  // if it fails, so does the read
    }
    const auto body_failed = co_await read(options, connection, parser, true, limit + limit / 8 + kMaxFraming);
    started = Clock::now();
    if (body_failed) {
      response = refusal_of(body_failed);
      if (!response) co_return false;
    } else {
      request.body = std::move(parser.get().body());
    }
  }
  if (!response) response = co_await answer(service, connection, *route, request, place);

  const bool keep_alive = parser.is_done() && parser.get().keep_alive() && !service.stopping;
  const bool going_on = co_await send(service, connection, request, *response, parser.get().version(), keep_alive);
  const auto took = Clock::now() - started;
  service.metrics.count(route != nullptr ? std::string(route->pattern) : "none", response->status, took);
  if (options.access_log) options.access_log(log_line(connection, request, *response, took));
  if (!going_on) co_await drain(connection);
  co_return going_on;
}

}  // namespace

Pools::Pools(const ServerOptions& options)
    : read(static_cast<std::size_t>(thread_count(options.worker_threads)), options.max_queue),
      write(1, options.max_queue),
      model(static_cast<std::size_t>(options.decode_threads), options.max_model_queue),
      thumbnail(static_cast<std::size_t>(options.decode_threads), options.max_queue) {}

WorkPool& Pools::of(Api::Work work) {
  switch (work) {
    case Api::Work::kWrite:
      return write;
    case Api::Work::kModel:
      return model;
    case Api::Work::kThumbnail:
      return thumbnail;
    case Api::Work::kRead:
      return read;
    case Api::Work::kInline:
      break;
  }
  throw Error(Kind::kInternal, "work that is done at once has no pool");
}

std::vector<std::pair<std::string_view, std::size_t>> Pools::depths() const {
  return {{"read", read.depth()}, {"write", write.depth()}, {"model", model.depth()}, {"thumbnail", thumbnail.depth()}};
}

void Pools::join(bool now) {
  for (WorkPool* pool : {&read, &write, &model, &thumbnail}) {
    if (now) pool->threads().stop();
    pool->threads().join();
  }
}

Connection::Connection(asio::ip::tcp::socket socket) : stream(std::move(socket)) {
  boost::system::error_code gone;
  const auto endpoint = stream.socket().remote_endpoint(gone);
  if (gone) return;
  auto address = endpoint.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  peer = address.to_string();
  from_loopback = address.is_loopback();
  boost::system::error_code ignored;
  stream.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}

void Connection::close_if_idle() {
  if (idle) stream.close();
}

asio::awaitable<void> serve_connection(Service& service, std::shared_ptr<Connection> connection) {
  bool going_on = true;  // GCC 12 compiles a co_await in a loop's condition to a trap
  while (going_on) going_on = co_await serve_request(service, *connection);
  connection->stream.close();
}

}  // namespace ootd
