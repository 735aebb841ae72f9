// Text files as people have them.
#pragma once

#include <string>
#include <utility>

namespace ootd {

struct DecodedText {
  std::string utf8;
  std::string guessed;  // the code page that was taken for it, or empty
};
// UTF-8 without a byte-order mark, of UTF-8, of UTF-16 with a byte-order mark, and of an old code page whose words the
// bytes spell: CP949 (Korean), CP932 (Japanese), GBK (Chinese), Windows-1252 (western Europe). All other bytes stay as
// they are, for the reader to refuse in their line.
DecodedText decode_text(std::string bytes);
inline std::string utf8_text(std::string bytes) { return decode_text(std::move(bytes)).utf8; }

// For a line of what utf8_text() left.
inline constexpr char kUnknownEncoding[] =
    "is neither UTF-8 nor, as far as can be told, CP949, CP932, GBK or Windows-1252; save the file as UTF-8";

}  // namespace ootd
