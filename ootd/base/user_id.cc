#include "ootd/base/user_id.h"

#include <cstdio>

#include "ootd/base/error.h"
#include "ootd/base/unicode.h"

namespace ootd {

std::string user_id(std::string_view text) {
  const auto refuse = [](const std::string& why) {
    throw Error(Kind::kInput, "a user id has 1 to " + std::to_string(kMaxUserIdCharacters) +
                                  " characters of UTF-8 and no control characters; this one " + why);
  };
  if (text.empty()) refuse("is empty");
  if (!is_utf8(text)) refuse("is no UTF-8");
  const std::u32string id = nfc(decode_utf8(text));
  if (id.size() > kMaxUserIdCharacters) refuse("has " + std::to_string(id.size()) + " characters");
  for (const char32_t c : id) {
    if (c >= 0x20 && (c < 0x7F || c > 0x9F)) continue;
    char code[16];
    std::snprintf(code, sizeof code, "U+%04X", static_cast<unsigned>(c));
    refuse("has " + std::string(code));
  }
  return encode_utf8(id);
}

}  // namespace ootd
