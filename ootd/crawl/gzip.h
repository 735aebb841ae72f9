// Inside this folder: files that are gzip themselves (sitemap.xml.gz), whatever the transfer did.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ootd {

inline bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

// Throws Error(kInput) for damaged bytes, and as soon as the text would be larger than max_bytes.
std::string gunzip(std::string_view bytes, std::size_t max_bytes);

}  // namespace ootd
