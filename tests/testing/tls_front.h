// TLS before a plain server of this machine: what comes in is passed on unpacked, and back. Link OpenSSL::SSL. Tests
// only.
#pragma once

#include <openssl/ssl.h>

#include <csignal>

#include "tests/testing/certificates.h"
#include "tests/testing/loopback_server.h"

namespace ootd::testing {

class TlsFront {
 public:
  // port: of the server, at 127.0.0.1. identity: outlives this.
  TlsFront(const Identity& identity, int port) : context_(SSL_CTX_new(TLS_server_method()), SSL_CTX_free), to_(port) {
    ::signal(SIGPIPE, SIG_IGN);  // SSL_write to a client that left
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 1024) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("cannot listen");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
  }
  ~TlsFront() {
    stopping_ = true;
    acceptor_.join();
    for (auto& thread : connections_) thread.join();
    ::close(listener_);
  }
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;

  int port() const { return port_; }
  std::string url(const std::string& path, const std::string& host = "127.0.0.1") const {
    return "https://" + host + ":" + std::to_string(port_) + path;
  }
  int connections() const { return accepted_; }
  int handshakes() const { return handshakes_; }  // that the client did not break off

 private:
  using Tls = std::unique_ptr<SSL, decltype(&SSL_free)>;

  static sockaddr_in loopback(int port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }

  void accept_all() {
    while (!stopping_) {
      pollfd waiting = {listener_, POLLIN, 0};
      if (::poll(&waiting, 1, 20) <= 0) continue;
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) continue;
      ++accepted_;
      connections_.emplace_back([this, fd] {
        const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        const sockaddr_in address = loopback(to_);
        const Tls tls(SSL_new(context_.get()), SSL_free);
        SSL_set_fd(tls.get(), fd);
        if (SSL_accept(tls.get()) == 1) {
          ++handshakes_;
          if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
            while (pass_on(tls.get(), fd, server)) {
            }
        }
        ::close(server);
        ::close(fd);
      });
    }
  }

  // False: one side has ended.
  bool pass_on(SSL* tls, int client, int server) const {
    pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (SSL_pending(tls) == 0) ::poll(ends, 2, 20);
    if (stopping_) return false;
    char block[16384];
    if (SSL_pending(tls) > 0 || ends[0].revents != 0) {
      const int got = SSL_read(tls, block, sizeof block);
      if (got <= 0) return false;
      for (int at = 0; at < got;) {
        const ssize_t put = ::send(server, block + at, static_cast<std::size_t>(got - at), MSG_NOSIGNAL);
        if (put <= 0) return false;
        at += static_cast<int>(put);
      }
    }
    if (ends[1].revents == 0) return true;
    const ssize_t got = ::recv(server, block, sizeof block, 0);
    if (got > 0) return SSL_write(tls, block, static_cast<int>(got)) > 0;
    SSL_shutdown(tls);
    return false;
  }

  const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  const int to_;
  int listener_ = -1, port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> accepted_ = 0, handshakes_ = 0;
  std::list<std::thread> connections_;  // touched by the acceptor, and after its end by the destructor
  std::thread acceptor_;
};

}  // namespace ootd::testing
