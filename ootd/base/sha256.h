// SHA-256 (FIPS 180-4) and git's file hash, by OpenSSL. Throw Error(kInternal) only if OpenSSL itself fails.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace ootd {

// 64 lower-case hex digits.
std::string sha256_hex(std::span<const std::byte> bytes);

// The name that git gives to a file of these bytes: SHA-1 over "blob SIZE\\0" and the bytes, 40 lower-case hex digits.
std::string git_blob_hex(std::span<const std::byte> bytes);

}  // namespace ootd
