// SHA-256 (FIPS 180-4), HMAC over it (RFC 2104) and git's file hash, by OpenSSL. Throw Error(kInternal) only if OpenSSL
// itself fails.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ootd {

// Two lower-case hex digits a byte.
std::string hex_of(std::span<const unsigned char> bytes);

// 64 lower-case hex digits.
std::string sha256_hex(std::span<const std::byte> bytes);

// 64 lower-case hex digits that only a holder of the key can make.
std::string hmac_sha256_hex(std::string_view key, std::string_view message);

// The name that git gives to a file of these bytes: SHA-1 over "blob SIZE\\0" and the bytes, 40 lower-case hex digits.
std::string git_blob_hex(std::span<const std::byte> bytes);

}  // namespace ootd
