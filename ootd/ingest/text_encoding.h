// Text files as people have them.
#pragma once

#include <string>

namespace ootd {

// UTF-8 without a byte-order mark, of UTF-8, of UTF-16 with a byte-order mark, and of an old code page where the bytes
// leave no doubt: CP949 (Korean), CP932 (Japanese), GB2312 (Chinese), Windows-1252 (western Europe). All other bytes
// stay as they are, for the reader to refuse in their line.
std::string utf8_text(std::string bytes);

// For a line of what utf8_text() left.
inline constexpr char kUnknownEncoding[] =
    "is neither UTF-8 nor, as far as can be told, CP949, CP932, GB2312 or Windows-1252; save the file as UTF-8";

}  // namespace ootd
