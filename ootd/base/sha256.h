// SHA-256 (FIPS 180-4), by OpenSSL. Throws Error(kInternal) only if OpenSSL itself fails.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace ootd {

// 64 lower-case hex digits.
std::string sha256_hex(std::span<const std::byte> bytes);

}  // namespace ootd
