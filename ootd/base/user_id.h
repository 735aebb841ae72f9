// How a user is called: one rule for the command line and for HTTP.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ootd {

inline constexpr std::size_t kMaxUserIdCharacters = 128;

// The id as it is stored: any 1 to kMaxUserIdCharacters characters (code points) of UTF-8 but control characters, in
// NFC, so that the same name typed on a Mac and on a phone is one user. Throws Error(kInput) saying what is wrong.
std::string user_id(std::string_view text);

}  // namespace ootd
