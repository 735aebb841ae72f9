#include "ootd/base/sha256.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <initializer_list>
#include <memory>

#include "ootd/base/error.h"

namespace ootd {

std::string hex_of(std::span<const unsigned char> bytes) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * bytes.size());
  for (const unsigned char byte : bytes) {
    hex += kHex[byte >> 4];
    hex += kHex[byte & 15];
  }
  return hex;
}

namespace {

std::string digest_hex(const EVP_MD* kind, std::initializer_list<std::span<const std::byte>> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  bool ok = context && EVP_DigestInit_ex(context.get(), kind, nullptr) == 1;
  for (const auto part : parts) ok = ok && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  if (!ok || EVP_DigestFinal_ex(context.get(), digest, &size) != 1)
    throw Error(Kind::kInternal, "OpenSSL cannot compute a digest");
  return hex_of({digest, size});
}

}  // namespace

std::string sha256_hex(std::span<const std::byte> bytes) { return digest_hex(EVP_sha256(), {bytes}); }

std::string hmac_sha256_hex(std::string_view key, std::string_view message) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(message.data()), message.size(), digest, &size) == nullptr)
    throw Error(Kind::kInternal, "OpenSSL cannot compute a digest");
  return hex_of({digest, size});
}

std::string git_blob_hex(std::span<const std::byte> bytes) {
  const std::string header = "blob " + std::to_string(bytes.size()) + '\0';
  return digest_hex(EVP_sha1(), {std::as_bytes(std::span(header)), bytes});
}

}  // namespace ootd
