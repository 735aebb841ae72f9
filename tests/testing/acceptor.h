// A listening socket of this machine, and a thread for each connection that comes. Tests only.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace ootd::testing {

inline sockaddr_in address_of(const std::string& host, int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, host.c_str(), &address.sin_addr);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

class Acceptor {
 public:
  // serve: on a thread of its own for each connection, which is closed afterwards; soon returns when stopping().
  // What it uses must outlive this: an acceptor is the last member of its class.
  Acceptor(const std::string& host, std::function<void(int fd)> serve) : serve_(std::move(serve)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = address_of(host, 0);
    socklen_t size = sizeof address;
    if (listener_ < 0 || ::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        ::listen(listener_, 1024) != 0 || ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("cannot listen on " + host);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { accept_all(); });
  }
  ~Acceptor() {
    stopping_ = true;
    thread_.join();
    for (auto& thread : connections_) thread.join();
    ::close(listener_);
  }
  Acceptor(const Acceptor&) = delete;
  Acceptor& operator=(const Acceptor&) = delete;

  int port() const { return port_; }
  int accepted() const { return accepted_; }
  bool stopping() const { return stopping_; }

 private:
  void accept_all() {
    while (!stopping_) {
      pollfd waiting = {listener_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++accepted_;
      connections_.emplace_back([this, fd] {
        serve_(fd);
        ::close(fd);
      });
    }
  }

  const std::function<void(int)> serve_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> accepted_ = 0;
  std::list<std::thread> connections_;  // touched by thread_, and after its end by the destructor
  std::thread thread_;
};

}  // namespace ootd::testing
