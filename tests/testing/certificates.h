// A certificate authority of a test's own, and what it signs. Link OpenSSL::SSL. Tests only.
#pragma once

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

namespace ootd::testing {

struct Identity {
  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key{EVP_EC_gen("P-256"), EVP_PKEY_free};
  std::unique_ptr<X509, decltype(&X509_free)> certificate{X509_new(), X509_free};

  void write_certificate(const std::filesystem::path& file) const {
    std::FILE* out = std::fopen(file.c_str(), "w");
    PEM_write_X509(out, certificate.get());
    std::fclose(out);
  }
  void write_key(const std::filesystem::path& file) const {
    std::FILE* out = std::fopen(file.c_str(), "w");
    PEM_write_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
  }
};

class Authority {
 public:
  Authority() { sign(own_, NID_basic_constraints, "critical,CA:TRUE", 3600); }

  // names: "DNS:shop.example,IP:127.0.0.1". seconds: until it expires; negative: it has.
  Identity issue(const std::string& names, int seconds = 3600) const {
    Identity identity;
    sign(identity, NID_subject_alt_name, names, seconds);
    return identity;
  }
  // What clients are to trust.
  void write(const std::filesystem::path& file) const { own_.write_certificate(file); }

 private:
  void sign(const Identity& identity, int extension, const std::string& value, int seconds) const {
    static long serial = 0;
    X509* certificate = identity.certificate.get();
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -7200);
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds);
    X509_set_pubkey(certificate, identity.key.get());
    const auto name = [](X509_NAME* to, const char* text) {
      X509_NAME_add_entry_by_txt(to, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(text), -1, -1, 0);
    };
    const bool is_own = &identity == &own_;
    name(X509_get_subject_name(certificate),
         (std::string(is_own ? "authority " : "server ") + std::to_string(serial)).c_str());
    X509_set_issuer_name(certificate, X509_get_subject_name(own_.certificate.get()));
    X509_EXTENSION* added = X509V3_EXT_conf_nid(nullptr, nullptr, extension, value.c_str());
    X509_add_ext(certificate, added, -1);
    X509_EXTENSION_free(added);
    X509_sign(certificate, own_.key.get(), EVP_sha256());
  }

  Identity own_;
};

}  // namespace ootd::testing
