// Certificates: a server that proves nothing gets no request, one whose certificate the user trusts does.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <thread>

#include "ootd/base/error.h"
#include "ootd/http/client.h"
#include "tests/testing/temp_dir.h"

namespace ootd {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

// Signed by itself, for the name "localhost", good for an hour.
Certificate make_certificate(EVP_PKEY* key) {
  Certificate certificate(X509_new(), X509_free);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_set_version(certificate.get(), 2);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_EXTENSION* names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "DNS:localhost");
  X509_add_ext(certificate.get(), names, -1);
  X509_EXTENSION_free(names);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

// Answers as many connections as it is told to, one after the other.
class TlsServer {
 public:
  TlsServer(const std::filesystem::path& certificate_file, int connections)
      : key_(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate_(make_certificate(key_.get())) {
    std::FILE* file = std::fopen(certificate_file.c_str(), "w");
    PEM_write_X509(file, certificate_.get());
    std::fclose(file);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_, 8), 0);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, connections] {
      for (int i = 0; i < connections; ++i) answer_one();
    });
  }
  ~TlsServer() {
    thread_.join();
    ::close(listener_);
  }

  std::string url() const { return "https://localhost:" + std::to_string(port_) + "/"; }
  int requests() const { return requests_; }

 private:
  void answer_one() {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    SSL_CTX_use_certificate(context.get(), certificate_.get());
    SSL_CTX_use_PrivateKey(context.get(), key_.get());
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls(SSL_new(context.get()), SSL_free);
    SSL_set_fd(tls.get(), fd);
    char request[4096];
    if (SSL_accept(tls.get()) == 1 && SSL_read(tls.get(), request, sizeof request) > 0) {
      ++requests_;
      static constexpr char kAnswer[] = "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nsecret";
      SSL_write(tls.get(), kAnswer, sizeof kAnswer - 1);
      SSL_shutdown(tls.get());
    }
    ::close(fd);
  }

  Key key_;
  Certificate certificate_;
  int listener_ = -1, port_ = 0, requests_ = 0;
  std::thread thread_;
};

TEST(Tls, AsksOnlyAServerWhoseCertificateIsTrusted) {
  ::signal(SIGPIPE, SIG_IGN);  // SSL_write to a client that left
  const testing::TempDir dir;
  const auto file = dir.path() / "certificate.pem";
  const char* before = std::getenv("CURL_CA_BUNDLE");
  const std::string bundle = before == nullptr ? "" : before;
  {
    ::unsetenv("CURL_CA_BUNDLE");
    TlsServer server(file, 1);
    FetchRequest request;
    request.url = server.url();
    try {
      fetch_text(request, 100);
      ADD_FAILURE() << "a stranger was believed";
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()).find("certificate"), std::string::npos) << error.what();
    }
    EXPECT_EQ(server.requests(), 0);
  }
  {
    TlsServer server(file, 1);
    ::setenv("CURL_CA_BUNDLE", file.c_str(), 1);
    FetchRequest request;
    request.url = server.url();
    EXPECT_EQ(fetch_text(request, 100), "secret");
  }
  ::setenv("CURL_CA_BUNDLE", bundle.c_str(), 1);
}

}  // namespace
}  // namespace ootd
