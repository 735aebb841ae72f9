// Inside this folder: how the bytes of pages are packed (apache/parquet-format, Compression.md). Home of snappy and
// zstd.
#pragma once

#include <string>
#include <string_view>

#include "ootd/parquet/format.h"

namespace ootd {

// Throws Error(kInput) where it is not exactly `size` bytes that come out; what packs more is found by then.
std::string unpack(Codec codec, std::string_view packed, std::size_t size);

std::string pack_zstd(std::string_view bytes);

}  // namespace ootd
