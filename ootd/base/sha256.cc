#include "ootd/base/sha256.h"

#include <openssl/evp.h>

#include <initializer_list>
#include <memory>

#include "ootd/base/error.h"

namespace ootd {
namespace {

std::string digest_hex(const EVP_MD* kind, std::initializer_list<std::span<const std::byte>> parts) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  bool ok = context && EVP_DigestInit_ex(context.get(), kind, nullptr) == 1;
  for (const auto part : parts) ok = ok && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
  if (!ok || EVP_DigestFinal_ex(context.get(), digest, &size) != 1)
    throw Error(Kind::kInternal, "OpenSSL cannot compute a digest");
  static constexpr char kHex[] = "0123456789abcdef";
  std::string hex;
  hex.reserve(2 * size);
  for (unsigned int i = 0; i < size; ++i) {
    hex += kHex[digest[i] >> 4];
    hex += kHex[digest[i] & 15];
  }
  return hex;
}

}  // namespace

std::string sha256_hex(std::span<const std::byte> bytes) { return digest_hex(EVP_sha256(), {bytes}); }

std::string git_blob_hex(std::span<const std::byte> bytes) {
  const std::string header = "blob " + std::to_string(bytes.size()) + '\0';
  return digest_hex(EVP_sha1(), {std::as_bytes(std::span(header)), bytes});
}

}  // namespace ootd
