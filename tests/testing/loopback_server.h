// An HTTP/1.1 server on 127.0.0.1, or another address of this machine, that misbehaves as told, and remembers what it
// was asked and what it sent. Tests only.
#pragma once

#include <netinet/tcp.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/testing/acceptor.h"

namespace ootd::testing {

struct Seen {
  std::string method, target;                  // "GET"; path and query, or what a proxy is asked for
  std::map<std::string, std::string> headers;  // lower-case names
  std::chrono::steady_clock::time_point at;    // when it came
  int status = 0;                              // of the reply
  std::uint64_t body_sent = 0;                 // bytes that the socket took

  std::string header(const std::string& name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

struct Reply {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  std::optional<std::uint64_t> content_length;  // a lie
  std::optional<std::size_t> cut_after;         // body bytes, then the connection is closed
  std::optional<std::size_t> stall_after;       // body bytes, then silence until the client leaves
  std::chrono::milliseconds delay = {};         // before the first byte
  int tunnel_port = 0;                          // a proxy's answer to CONNECT: bytes go both ways to this port
};

// A well-behaved server's answer: ranges, If-Range and ETag.
inline Reply serve_bytes(const Seen& seen, const std::string& bytes, const std::string& etag = "\"v1\"") {
  Reply reply{200, {{"ETag", etag}, {"Accept-Ranges", "bytes"}}, bytes, {}, {}, {}};
  const std::string range = seen.header("range"), condition = seen.header("if-range");
  if (!range.starts_with("bytes=") || (!condition.empty() && condition != etag)) return reply;
  const std::size_t first = std::stoull(range.substr(6));
  const std::string total = "/" + std::to_string(bytes.size());
  if (first >= bytes.size()) return {416, {{"Content-Range", "bytes *" + total}}, "", {}, {}, {}};
  reply.status = 206;
  reply.headers.emplace_back("Content-Range",
                             "bytes " + std::to_string(first) + "-" + std::to_string(bytes.size() - 1) + total);
  reply.body = bytes.substr(first);
  return reply;
}

class LoopbackServer {
 public:
  using Handler = std::function<Reply(const Seen&)>;  // runs on the connections' threads, one at a time

  explicit LoopbackServer(Handler handler, std::string host = "127.0.0.1")
      : handler_(std::move(handler)), host_(std::move(host)), acceptor_(host_, [this](int fd) { serve(fd); }) {}
  LoopbackServer(const LoopbackServer&) = delete;
  LoopbackServer& operator=(const LoopbackServer&) = delete;

  std::string url(const std::string& path = "") const {
    return "http://" + host_ + ":" + std::to_string(port()) + path;
  }
  int port() const { return acceptor_.port(); }

  std::vector<Seen> log() const {
    const std::lock_guard lock(mutex_);
    return {log_.begin(), log_.end()};
  }
  // Requests whose target contains the text.
  std::vector<Seen> log(const std::string& text) const {
    std::vector<Seen> found;
    for (const Seen& seen : log())
      if (seen.target.find(text) != std::string::npos) found.push_back(seen);
    return found;
  }
  // Bytes of files that were sent for such targets.
  std::uint64_t body_sent(const std::string& text) const {
    std::uint64_t sum = 0;
    for (const Seen& seen : log(text))
      if (seen.status == 200 || seen.status == 206) sum += seen.body_sent;
    return sum;
  }
  // Until a stall has been reached this many times since the start; false after 30 s.
  bool wait_for_stalls(int count) {
    std::unique_lock lock(mutex_);
    return stalled_.wait_for(lock, std::chrono::seconds(30), [&] { return stalls_ >= count; });
  }

 private:
  void serve(int fd) {
    const int now = 1;  // a body must not wait for the acknowledgement of its head
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &now, sizeof now);
    while (answer_one(fd)) {
    }
  }

  // False: the connection is over.
  bool readable(int fd) const {
    while (!acceptor_.stopping()) {
      pollfd waiting = {fd, POLLIN, 0};
      if (::poll(&waiting, 1, 20) > 0) return true;
    }
    return false;
  }

  bool send_all(int fd, const std::string& bytes, std::size_t size, std::uint64_t* count) const {
    for (std::size_t at = 0; at < size;) {
      const ssize_t put = ::send(fd, bytes.data() + at, std::min<std::size_t>(size - at, 16384), MSG_NOSIGNAL);
      if (put <= 0 || acceptor_.stopping()) return false;
      at += static_cast<std::size_t>(put);
      if (count != nullptr) {
        const std::lock_guard lock(mutex_);
        *count += static_cast<std::uint64_t>(put);
      }
    }
    return true;
  }

  bool read_request(int fd, Seen& seen) const {
    std::string text;
    while (text.find("\r\n\r\n") == std::string::npos) {
      char block[4096];
      if (!readable(fd)) return false;
      const ssize_t got = ::recv(fd, block, sizeof block, 0);
      if (got <= 0) return false;
      text.append(block, static_cast<std::size_t>(got));
    }
    const auto first = text.find(' ');
    seen.method = text.substr(0, first);
    seen.target = text.substr(first + 1, text.find(' ', first + 1) - first - 1);
    for (auto at = text.find("\r\n") + 2; text.compare(at, 2, "\r\n") != 0; at = text.find("\r\n", at) + 2) {
      const auto colon = text.find(':', at);
      std::string name = text.substr(at, colon - at);
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      const auto begin = text.find_first_not_of(' ', colon + 1);
      seen.headers[name] = text.substr(begin, text.find("\r\n", at) - begin);
    }
    return true;
  }

  void tunnel(int fd, int port) const {
    const int target = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = address_of("127.0.0.1", port);
    bool open = ::connect(target, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    while (open && !acceptor_.stopping()) {
      pollfd ends[2] = {{fd, POLLIN, 0}, {target, POLLIN, 0}};
      ::poll(ends, 2, 20);
      for (int from = 0; from < 2 && open; ++from) {
        if (ends[from].revents == 0) continue;
        std::string block(16384, '\0');
        const ssize_t got = ::recv(ends[from].fd, block.data(), block.size(), 0);
        open = got > 0 && send_all(ends[1 - from].fd, block, static_cast<std::size_t>(got), nullptr);
      }
    }
    ::close(target);
  }

  bool answer_one(int fd) {
    Seen request;
    if (!read_request(fd, request)) return false;
    request.at = std::chrono::steady_clock::now();
    Reply reply;
    Seen* entry = nullptr;
    {
      const std::lock_guard lock(mutex_);
      log_.push_back(request);
      entry = &log_.back();  // a list's entries stay where they are
    }
    {
      const std::lock_guard lock(handler_mutex_);
      reply = handler_(request);
    }
    std::string head = "HTTP/1.1 " + std::to_string(reply.status) + " x\r\n";
    bool chunked = false;
    for (const auto& [name, value] : reply.headers) {
      head += name + ": " + value + "\r\n";
      chunked = chunked || name == "Transfer-Encoding";
    }
    if (!chunked && reply.tunnel_port == 0)
      head += "Content-Length: " + std::to_string(reply.content_length.value_or(reply.body.size())) + "\r\n";
    head += "\r\n";
    {
      const std::lock_guard lock(mutex_);
      entry->status = reply.status;
    }
    if (reply.delay.count() > 0) std::this_thread::sleep_for(reply.delay);
    const std::size_t wanted =
        std::min({reply.body.size(), reply.cut_after.value_or(SIZE_MAX), reply.stall_after.value_or(SIZE_MAX)});
    if (!send_all(fd, head, head.size(), nullptr) || !send_all(fd, reply.body, wanted, &entry->body_sent)) return false;
    if (reply.tunnel_port != 0) {
      tunnel(fd, reply.tunnel_port);
      return false;
    }
    if (reply.stall_after) {
      {
        const std::lock_guard lock(mutex_);
        ++stalls_;
      }
      stalled_.notify_all();
      readable(fd);  // its end
      return false;
    }
    return !reply.cut_after && !reply.content_length;
  }

  const Handler handler_;
  const std::string host_;
  std::mutex handler_mutex_;
  mutable std::mutex mutex_;
  std::condition_variable stalled_;
  std::list<Seen> log_;
  int stalls_ = 0;
  Acceptor acceptor_;
};

}  // namespace ootd::testing
