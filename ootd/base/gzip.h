// gzip, for files that are packed themselves (sitemap.xml.gz), whatever a transfer did; and its checksum. Home of zlib.
// Threads: may run on many at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ootd {

inline bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

// Throws Error(kInput) for damaged bytes, and as soon as the text would be larger than max_bytes.
std::string gunzip(std::string_view bytes, std::size_t max_bytes);

// CRC-32 as in gzip, zip and PNG (RFC 1952, 8).
std::uint32_t crc32_of(std::string_view bytes);

}  // namespace ootd
