// TLS before a plain server of this machine: what comes in is passed on unpacked, and back. Link OpenSSL::SSL. Tests
// only.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <csignal>
#include <cstdint>
#include <memory>
#include <string>

#include "tests/testing/acceptor.h"
#include "tests/testing/certificates.h"

namespace ootd::testing {

class TlsFront {
 public:
  // port: of the server, at 127.0.0.1. identity: outlives this.
  TlsFront(const Identity& identity, int port)
      : context_(make_context(identity)), to_(port), acceptor_("127.0.0.1", [this](int fd) { serve(fd); }) {}
  TlsFront(const TlsFront&) = delete;
  TlsFront& operator=(const TlsFront&) = delete;

  int port() const { return acceptor_.port(); }
  std::string url(const std::string& path, const std::string& host = "127.0.0.1") const {
    return "https://" + host + ":" + std::to_string(port()) + path;
  }
  int connections() const { return acceptor_.accepted(); }
  int handshakes() const { return handshakes_; }  // that the client did not break off

 private:
  using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
  using Tls = std::unique_ptr<SSL, decltype(&SSL_free)>;

  static Context make_context(const Identity& identity) {
    ::signal(SIGPIPE, SIG_IGN);  // SSL_write to a client that left
    Context context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_use_certificate(context.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), identity.key.get());
    return context;
  }

  void serve(int fd) {
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = address_of("127.0.0.1", to_);
    const Tls tls(SSL_new(context_.get()), SSL_free);
    SSL_set_fd(tls.get(), fd);
    if (SSL_accept(tls.get()) == 1) {
      ++handshakes_;
      if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
        while (pass_on(tls.get(), fd, server)) {
        }
    }
    ::close(server);
  }

  // False: one side has ended.
  bool pass_on(SSL* tls, int client, int server) const {
    pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    if (SSL_pending(tls) == 0) ::poll(ends, 2, 20);
    if (acceptor_.stopping()) return false;
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

  const Context context_;
  const int to_;
  std::atomic<int> handshakes_ = 0;
  Acceptor acceptor_;
};

}  // namespace ootd::testing
